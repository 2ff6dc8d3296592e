// A scan on the page that opens a heat opens it: the lots scanned here are kept under the heat's id, as charging.js keeps
// what it could not send, and are charged there first.

import { groupCode } from "../scanning/codes.js";
import { explain } from "../scanning/scans.js";
import { KeptScans, drawId } from "./kept_scans.js";

const form = document.querySelector("[data-opening]");

let sent = false;
function open() {
  if (!sent) form.requestSubmit();
  sent = true;
}

document.addEventListener("scan", (event) => {
  if (event.defaultPrevented) return;
  const { payload, answer } = event.detail;
  if (payload.kind === "furnace") return; // leads to that furnace
  event.preventDefault();
  if (payload.kind === "lot" || payload.kind === "code") {
    const isKept = new KeptScans(form.elements.id.value).keep({ code: payload.code, id: drawId(), mass: "" });
    if (!isKept) return answer("error", form.dataset.lost.replace("{code}", groupCode(payload.code)));
    answer("success", form.dataset.words);
    open();
  } else if (payload.command === "finish") {
    answer("success", form.dataset.words);
    open();
  } else if (payload.command === "cancel") document.querySelector("[data-back]").click();
  else answer("error", explain(payload) || form.dataset.noLot);
});

// A scan on the page that opens a heat opens it: the lots scanned here are kept under the heat's id, as charging.js keeps
// what it could not send, and are charged there first.

import { explain } from "../scanning/scans.js";

const form = document.querySelector("[data-opening]");

function keep(code) {
  const key = `heat-scans:${form.elements.id.value}`;
  const kept = JSON.parse(localStorage.getItem(key) ?? "[]");
  if (kept.some((one) => one.code === code)) return;
  const id = [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join("");
  localStorage.setItem(key, JSON.stringify([...kept, { code, id, mass: "" }]));
}

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
    keep(payload.code);
    answer("success", form.dataset.words);
    open();
  } else if (payload.command === "finish") {
    answer("success", form.dataset.words);
    open();
  } else if (payload.command === "cancel") document.querySelector("[data-back]").click();
  else answer("error", explain(payload) || form.dataset.noLot);
});

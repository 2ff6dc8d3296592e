// Binds a page's list of lots to scans, cards and buttons. Without this file Enter in the scan box asks the server.

import { groupCode } from "../scanning/codes.js";
import { announce, explain } from "../scanning/scans.js";
import { showDifferences } from "./differences.js";
import { showNoteBelow } from "./list_bar.js";
import { LotList } from "./lot_list.js";

const AGAIN_MS = 10_000; // until what could not be checked is asked about again

function hearScans(list, root) {
  root.addEventListener("scan", (event) => {
    const { payload, answer } = event.detail;
    if (event.defaultPrevented) return;
    if (payload.kind === "shipment") { // of a truck that is not on the page the server says why
      if (list.openNote(payload.code, answer)) event.preventDefault();
      return;
    }
    event.preventDefault();
    if (payload.kind === "command") {
      list[payload.command](answer); // finish, undo, cancel
    } else if (payload.kind === "lot" || payload.kind === "code") {
      const here = root.activeElement;
      // The label of a lot to be made is meant where the hand put the focus.
      if (here?.matches("[data-scan]") && !list.home.contains(here)) fillIn(here, payload.code, answer, list.words);
      else list.take(payload.code, answer);
    } else {
      answer("error", explain(payload) || list.words.no_lot);
    }
  });
}

function fillIn(field, code, answer, words) {
  field.value = groupCode(code);
  for (const type of ["input", "change"]) field.dispatchEvent(new Event(type, { bubbles: true }));
  answer("success", words.in_field.replace("{code}", groupCode(code)));
}

function bindRows(list) {
  list.home.addEventListener("click", (event) => {
    const button = event.target.closest(".remove");
    if (!button) return;
    event.preventDefault();
    list.turn(button.closest("tr"));
  });
  list.home.addEventListener("change", ({ target }) => {
    if (target.name?.endsWith("-lot_code")) list.readTyped(target.closest("tr"));
  });
  list.home.addEventListener("input", ({ target }) => {
    if (target.name?.endsWith("-mass_kg")) list.refresh();
  });
}

// An alloy that is chosen after the scans decides about them as well.
function bindStep(list) {
  list.form.addEventListener("change", ({ target }) => {
    if (target.name === "kind" || /^outputs-\d+-material$/.test(target.name)) list.changeStep();
  });
}

// The buttons of a load that is due: open its note, tick one of its lots, or all of them.
function bindLoads(list, root) {
  root.addEventListener("click", (event) => {
    const button = event.target.closest(".load button[name=action]");
    if (!button) return;
    event.preventDefault();
    const load = button.closest(".load");
    const one = button.closest("[data-code]");
    if (!one) list.openNote(load.dataset.note, () => {});
    if (one) list.tick(one.dataset);
    else if (!button.matches("[data-open-note]")) for (const { dataset } of load.querySelectorAll("[data-code]")) list.tick(dataset);
  });
}

// Keys of a desk: what they do beside the mouse stands in the help of the page.
function bindKeys(list, root) {
  const undo = root.querySelector("[data-undo-last]");
  if (undo) {
    undo.hidden = false;
    undo.addEventListener("click", () => list.undo(announce));
  }
  root.addEventListener("page-key", (event) => {
    const { key } = event.detail;
    if (key === "F4") list.weighLast();
    else if (key === "F8") list.finish(announce);
    else return;
    event.preventDefault();
  });
}

const home = document.querySelector("[data-list]");
if (home) {
  const list = new LotList(home);
  hearScans(list, document);
  bindRows(list);
  bindStep(list);
  bindLoads(list, document);
  bindKeys(list, document);
  showDifferences(list);
  showNoteBelow(document);
  document.querySelector("[data-stay]")?.addEventListener("click", () => { list.leaving.hidden = true; });
  window.addEventListener("online", () => list.askAgain());
  setInterval(() => list.askAgain(), AGAIN_MS);
}

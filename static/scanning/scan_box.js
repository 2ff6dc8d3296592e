// The scan box of a page: it takes what no page took, and what is typed into it.
//
//   1. what is no code of ours is refused in words, and leaves nothing behind,
//   2. else the first empty [data-scan] field takes the code,
//   3. else the box is submitted, unless the page holds entries not yet sent: then the same scan or Enter once more.
// Without this file the box is a plain form; nothing depends on it.

import { installCameraPanel } from "./camera_panel.js";
import { groupCode } from "./codes.js";
import { readPayload } from "./payload.js";
import { installPhotos } from "./photo.js";
import { announce, explain, offerScan, wordOf } from "./scans.js";
import { installWedge } from "./wedge.js";

const box = document.getElementById("scan-code");
const form = document.getElementById("scan");
const isList = Boolean(box?.form && box.form !== form); // its scans go into the form of the page
let confirmed = "";

function answerScan(event) {
  if (event.defaultPrevented) return;
  const { text, source, payload, answer } = event.detail;
  const { kind, code, command, reason } = payload;
  if (kind === "unreadable" || kind === "foreign") {
    if (source === "typed" && !isList) return; // the server says it, and keeps what was typed
    event.preventDefault();
    answer("error", explain(payload));
  } else if (kind === "command") {
    event.preventDefault();
    answer("warning", wordOf("scan.command").replace("{name}", wordOf(`command.${command}`)));
  } else if (kind === "shipment" && isList) {
    if (source === "typed") return; // the server puts the lots of the truck into the list, or says why not
    event.preventDefault();
    answer("success", wordOf("scan.heard").replace("{code}", groupCode(code)));
    sendToList(text);
  } else if (source !== "typed") {
    event.preventDefault();
    if (!fillField(code, kind) && !leadOn(text)) answer("warning", wordOf(isList ? "scan.not_here" : "scan.unsaved"));
    else if (reason) answer("warning", explain(payload));
    else answer("success", wordOf("scan.heard").replace("{code}", groupCode(code ?? text)));
  }
}

// A label's address is long, and a field shows its beginning: the code alone is what people compare with the label.
function fillField(code, kind) {
  if (kind !== "lot" && kind !== "code") return false;
  const here = document.activeElement;
  const free = (field) => !field.value && !field.disabled && !field.readOnly;
  const field = here?.matches("[data-scan]") && free(here) ? here : [...document.querySelectorAll("[data-scan]")].find(free);
  if (!field) return false;
  field.value = groupCode(code);
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
  return true;
}

// Sends the list with a scan that only the server can take: a truck has lots that this page does not know.
function sendToList(text) {
  box.value = confirmed = text;
  box.form.requestSubmit(document.querySelector(`button[form="${box.form.id}"][name=action][value=scan]`));
}

// Opens what the code stands for; false where that would leave entries behind, for the first time.
function leadOn(text) {
  if (isList) return false;
  box.value = text;
  if (hasEntries() && confirmed !== text) {
    confirmed = text;
    box.focus();
    return false;
  }
  confirmed = text;
  form.requestSubmit();
  return true;
}

function submitTyped(event) {
  const scans = event.target === form || (event.submitter?.name === "action" && event.submitter.value === "scan");
  if (!scans || (confirmed && confirmed === box.value)) return;
  const typed = box.value;
  if (typed.trim() && offerScan(typed, "typed")) {
    event.preventDefault();
    if (readPayload(typed).kind === "unreadable") box.select(); // to be mended
    else box.value = "";
  } else if (!isList && hasEntries()) {
    event.preventDefault();
    confirmed = typed;
    announce("", wordOf("scan.unsaved"));
  }
}

function hasEntries() {
  if (document.querySelector("[data-unsaved].errors")) return true; // refused once: what is in the form is nowhere else
  for (const field of document.querySelectorAll("main form :is(input, textarea, select)")) {
    if (field === box || ["hidden", "submit", "file"].includes(field.type)) continue;
    if (field instanceof HTMLSelectElement) {
      if (field.value && field.value !== usualChoice(field)) return true;
    } else if (field.type === "radio" || field.type === "checkbox") {
      if (field.checked !== field.defaultChecked) return true;
    } else if (field.value !== field.defaultValue) return true;
  }
  return false;
}

function usualChoice(select) {
  const options = [...select.options];
  return (options.find((option) => option.defaultSelected) ?? options[0])?.value;
}

if (form && box) {
  installWedge();
  window.addEventListener("scan", answerScan); // after every page that takes scans on the document
  document.addEventListener("submit", submitTyped, { capture: true });
  box.addEventListener("input", () => { confirmed = ""; announce("", ""); });
  const panel = document.getElementById("camera");
  if (panel) installCameraPanel(panel);
  installPhotos();
}

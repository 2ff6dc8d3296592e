// Keyboard wedges: a scan has one effect, wherever the focus was when the trigger was pulled.
//
// A wedge types its text and ends with Enter or Tab. Timing cannot tell it from a person (a loaded page delivers keys
// late), so the text itself must match: our address, or a code whose check character is right. Then
//   1. the field that had the focus gets back what it held before the scan,
//   2. a "scan" event with detail.text is sent to the document; a page that answers it calls preventDefault(),
//   3. else the first empty [data-scan] field takes the code,
//   4. else the scan box is submitted, unless the page holds entries not yet sent: then a second Enter is asked for.
// Without this file the scan box is a plain form; nothing depends on it.

import { groupCode, isCode, normaliseCode } from "./codes.js";

// A pause this long starts a new text; a page may give slow (Bluetooth) scanners more.
const IDLE_MS = Number(document.documentElement.dataset.idleMs) || 500;
const AIM = /^\][A-Za-z][0-9A-Za-z]/; // symbology identifier, where a scanner is set to send it
const ADDRESS = /https?:\/\/[^\s/]+\/[lsfc]\/([0-9A-Za-z-]{12,14})\/?$/i;
const SHIFTED = { Digit1: "!", Digit2: "@", Digit3: "#", Digit5: "%", Digit7: "&", Slash: "?", Semicolon: ":", Minus: "_", Equal: "+", Period: ">", Comma: "<" };
const PLAIN = { Slash: "/", Semicolon: ";", Minus: "-", Equal: "=", Period: ".", Comma: ",", Space: " ", NumpadDivide: "/", NumpadSubtract: "-", NumpadDecimal: ".", BracketRight: "]", BracketLeft: "[" };

// An input method swallows e.key (keyCode 229) but still names the key: a US layout, as wedges are set.
export function charOf(event) {
  const composing = event.isComposing || event.keyCode === 229 || event.key === "Process" || event.key === "Unidentified";
  if (!composing) return event.key.length === 1 ? event.key : "";
  const code = event.code;
  if (/^Key[A-Z]$/.test(code)) return event.shiftKey ? code[3] : code[3].toLowerCase();
  if (event.shiftKey && SHIFTED[code]) return SHIFTED[code];
  if (/^(Digit|Numpad)[0-9]$/.test(code)) return code.at(-1);
  return PLAIN[code] ?? "";
}

export function readScan(text) {
  const plain = text.replace(/\p{Cf}/gu, "").replace(AIM, "").trim();
  const address = plain.match(ADDRESS);
  if (address) return isCode(normaliseCode(address[1])) ? address[0] : null;
  return isCode(normaliseCode(plain)) ? plain : null;
}

export function installWedge(root = document) {
  const form = root.getElementById("scan");
  const box = root.getElementById("scan-code");
  const note = root.getElementById("scan-note");
  if (!form || !box) return;

  let heard = "";
  let last = -Infinity;
  let before = null; // the focused field as it was when the text began
  let confirmed = "";

  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.timeStamp - last > IDLE_MS) {
      heard = "";
      before = snapshot(root.activeElement);
    }
    last = event.timeStamp;

    const ends = ["Enter", "NumpadEnter", "Tab"].includes(event.code) || event.key === "Enter" || event.key === "Tab";
    if (!ends) {
      heard += charOf(event);
      return;
    }
    const scan = readScan(heard);
    last = -Infinity; // the next scan may follow at once, into another field
    if (!scan) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    restore(before);
    deliver(scan);
  }, { capture: true });

  function deliver(text) {
    const event = new CustomEvent("scan", { detail: { text }, bubbles: true, cancelable: true });
    if (!root.dispatchEvent(event)) return;
    const field = [...root.querySelectorAll("[data-scan]")].find((input) => !input.value && !input.disabled);
    const code = normaliseCode(text.match(ADDRESS)?.[1] ?? text);
    if (field) {
      field.value = text;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.dispatchEvent(new Event("change", { bubbles: true }));
      say(note.dataset.heard.replace("…", groupCode(code)));
      return;
    }
    box.value = text;
    if (hasEntries(root) && confirmed !== text) {
      confirmed = text;
      say(note.dataset.unsaved);
      box.focus();
      return;
    }
    form.requestSubmit();
  }

  // The box itself: a typed code is submitted as by any form, but not over entries that would be lost.
  form.addEventListener("submit", (event) => {
    if (!hasEntries(root) || confirmed === box.value) return;
    event.preventDefault();
    confirmed = box.value;
    say(note.dataset.unsaved);
  });
  box.addEventListener("input", () => { confirmed = ""; say(""); });

  function say(text) {
    note.textContent = text;
  }
}

function snapshot(field) {
  const writable = field instanceof HTMLTextAreaElement || (field instanceof HTMLInputElement && !["radio", "checkbox", "button", "submit", "file"].includes(field.type));
  return writable ? { field, value: field.value } : null;
}

function restore(before) {
  if (!before) return;
  const { field, value } = before;
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  if (field !== document.activeElement) return;
  // An open composition would write its text after us: leaving the field ends it, then the value is set once more.
  field.blur();
  field.value = value;
  field.focus();
}

function hasEntries(root) {
  if (root.querySelector("[data-unsaved].errors")) return true; // refused once: what is in the form is nowhere else
  for (const field of root.querySelectorAll("main form :is(input, textarea, select)")) {
    if (field.type === "hidden" || field.type === "submit") continue;
    if (field instanceof HTMLSelectElement) {
      if ([...field.options].some((option) => option.selected !== option.defaultSelected && option.selected && option.value)) return true;
    } else if (field.type === "radio" || field.type === "checkbox") {
      if (field.checked !== field.defaultChecked) return true;
    } else if (field.value !== field.defaultValue) return true;
  }
  return false;
}

installWedge();

// The bus of scans: whatever reads a code offers it here, and the page that wants it takes it.
//
//   offerScan(text, source)      source is "wedge", "camera", "photo" or "typed"
//
// sends a "scan" event to the document. Its detail has text, source, payload (payload.js) and answer(tone, message). A
// page that takes the scan calls preventDefault() and, at once or later, answer("success" | "warning" | "error", text).
// Each scan has exactly one effect (sound, vibration, flash, note), in the order of scans: an early answer waits for the
// scans before it, but not longer than WAIT_MS, for one that is never answered must not silence the rest.
// What no page takes is answered by scan_box.js.

import { signal } from "./feedback.js";
import { readPayload } from "./payload.js";

const WAIT_MS = 3000;
const waiting = []; // {tone, message}, in the order of scans; tone is null until the answer comes

export function offerScan(text, source, root = document) {
  const slot = { tone: null, message: "", answered: false, late: false };
  const payload = readPayload(text);
  const answer = (tone, message) => {
    if (slot.answered) return;
    Object.assign(slot, { tone, message, answered: true });
    if (slot.late) show(slot);
    else showReady();
  };
  waiting.push(slot);
  const event = new CustomEvent("scan", { detail: { text, source, payload, answer }, bubbles: true, cancelable: true });
  const taken = !root.dispatchEvent(event);
  if (!taken) forget(slot);
  else if (!slot.answered) setTimeout(() => forget(slot), WAIT_MS);
  return taken;
}

// Words that say what is wrong with a text, as the page brought them; "" where nothing is.
export function explain(payload) {
  return payload.reason ? wordOf(payload.reason).replace("{host}", payload.host ?? "") : "";
}

export function wordOf(code) {
  return words()[code] ?? code;
}

function forget(slot) {
  const place = waiting.indexOf(slot);
  if (place < 0) return;
  slot.late = true;
  waiting.splice(place, 1);
  showReady();
}

function showReady() {
  while (waiting[0]?.answered) show(waiting.shift());
}

function show({ tone, message }) {
  signal(tone);
  announce(tone, message, false);
}

// Writes what is no answer to a scan, such as that a photo is being read; tone "" is neither good nor bad.
export function announce(tone, message, aloud = true) {
  if (aloud && tone) signal(tone);
  document.dispatchEvent(new CustomEvent("scan-answer", { detail: { tone, message } }));
  for (const note of document.querySelectorAll("[data-scan-note], #scan-note")) {
    note.textContent = message;
    note.dataset.tone = tone;
  }
}

let read = null;
function words() {
  read ??= JSON.parse(document.getElementById("scan-words")?.textContent ?? "{}");
  return read;
}

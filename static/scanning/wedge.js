// Keyboard wedges: a scanner types its text and ends with Enter or Tab, and has one effect wherever the focus was.
//
// recognise.js finds the scan at the end of what was typed. It alone is taken out of the field: the field gets back what it
// held before the first key of the scan, caret and selection as they were, and what a hand typed while the scanner did.
// Then the scan is offered (scans.js). What is no scan is left alone, with its Enter or Tab.

import { charOf, isComposed, isEnd, isModifier, usCharOf } from "./keys.js";
import { HAND_MS, findScan, isSure, startOfPieces } from "./recognise.js";
import { RUBOUT, isText, restore, snapshot } from "./restore.js";
import { offerScan } from "./scans.js";

const IDLE_MS = 500; // a pause this long starts a new text; a page may give slow (Bluetooth) scanners more
const BROKEN_MS = 5000; // a scanner that broke off in a weight goes on, or is triggered again, within this
const MOST_KEYS = 2100;

export function installWedge(root = document) {
  const idle = Number(root.documentElement.dataset.idleMs) || IDLE_MS;
  let keys = []; // {char, us, time, held, isDown, code, target, before, composed}; char is RUBOUT for Backspace
  let ended = -Infinity; // when the last scan ended
  let typedByNumber = ""; // digits typed with Alt held: how a scanner set for any layout sends a character

  root.addEventListener("keydown", (event) => {
    const last = keys.at(-1)?.time ?? -Infinity;
    if (event.timeStamp - last > idle && !hasBrokenOff(keys, event)) keys = [];
    if (isModifier(event)) return;
    if (event.altKey && /^Numpad[0-9]$/.test(event.code)) {
      typedByNumber += event.code.at(-1);
      return;
    }
    if (isEnd(event)) {
      if (event.ctrlKey || event.altKey || event.metaKey) keys = [];
      else end(event);
      return;
    }
    const char = charOf(event);
    const us = usCharOf(event);
    if (event.code === "Backspace" && !event.ctrlKey && !event.altKey && !event.metaKey) {
      if (keys.length) hear(event, RUBOUT, RUBOUT);
      return;
    }
    const command = (event.ctrlKey && us !== "\x1d") || event.metaKey || (event.altKey && !event.getModifierState("AltGraph"));
    if (isSuffix(event)) swallow(event);
    else if (command || (!char && !us)) keys = [];
    else hear(event, event.ctrlKey ? us : char, us);
  }, { capture: true });

  root.addEventListener("keyup", (event) => {
    // The same key of two keyboards: a scanner lets go of its own first.
    const released = [...keys].reverse().find((key) => key.isDown && key.code === event.code);
    if (released) released.isDown = false;
    if (event.key !== "Alt" || !typedByNumber) return;
    const char = String.fromCharCode(Number(typedByNumber) % 256);
    typedByNumber = "";
    hear(event, char, char);
  }, { capture: true });

  function hear(event, char, us) {
    const { target, timeStamp, code } = event;
    const isQuick = keys.length > 0 && timeStamp - keys.at(-1).time <= HAND_MS;
    if (char === " " && isQuick && !isText(target)) event.preventDefault(); // it would press the button that has the focus
    keys.push({
      char, us, time: timeStamp, code, target, held: event.repeat, isDown: event.type === "keydown",
      before: snapshot(target), composed: isComposed(event),
    });
    if (keys.length > MOST_KEYS) keys.shift();
  }

  // Some wedges end with CR and LF, which arrive as a second Enter or as Ctrl+J.
  function isSuffix(event) {
    return event.ctrlKey && ["KeyJ", "KeyM"].includes(event.code) && !keys.length && event.timeStamp - ended <= HAND_MS;
  }

  function end(event) {
    if (!keys.length && event.timeStamp - ended <= HAND_MS) {
      swallow(event);
      return;
    }
    const heard = keys;
    keys = [];
    const scan = recognise(heard, event.timeStamp, placeOf(event.target));
    if (!scan) return;
    swallow(event);
    ended = event.timeStamp;
    takeOut(scan);
    offerScan(scan.text, "wedge", root);
  }
}

// Whether the keys before a pause are a piece of a scan: they came quickly into a field of figures, and nobody has touched
// it since.
function hasBrokenOff(keys, { target, timeStamp, code }) {
  const [one, last] = keys.slice(-2);
  if (!last || code === "Backspace" || timeStamp - last.time > BROKEN_MS || last.time - one.time > HAND_MS) return false;
  if (target !== last.target || placeOf(target) !== "figures" || typeof last.before?.start !== "number") return false;
  const { value, start, end } = last.before;
  return target.value === value.slice(0, start) + last.char + value.slice(end);
}

// As the layout has it, then as a US keyboard. Returns {text, scan: its keys, byHand: those that a hand pressed meanwhile}.
function recognise(heard, endTime, place) {
  const typed = heard.filter((key) => key.char !== RUBOUT);
  for (const name of ["char", "us"]) {
    const found = findScan(typed.map((key) => ({ ...key, char: key[name] })), endTime, place);
    if (!found || (name === "us" && !typed.some((key) => key.composed) && !isSure(found.text))) continue;
    // What a hand has rubbed out meanwhile was mended by hand.
    const isMended = typed.length < heard.length;
    const start = place === "figures" && !isMended ? startOfPieces(typed, found.start, name) : found.start;
    const since = heard.slice(heard.indexOf(typed[start === found.skipped ? start + 1 : start]));
    const hand = typed[found.skipped];
    const isByHand = (key) => key === hand || key.char === RUBOUT;
    return { text: found.text, scan: since.filter((key) => !isByHand(key)), byHand: since.filter(isByHand) };
  }
  return null;
}

function takeOut({ scan, byHand }) {
  for (const field of new Set(scan.map(({ target }) => standing(target)))) {
    const first = scan.find(({ target }) => standing(target) === field);
    const typed = byHand.filter(({ target }) => standing(target) === field).map((key) => key.char || key.us);
    restore(first.before && { ...first.before, field }, typed, scan.some((key) => key.composed));
  }
}

// A page may draw a field anew in the middle of a scan: the new one came up with what the scan had brought by then.
function standing(target) {
  return target.isConnected || !target.id ? target : document.getElementById(target.id) ?? target;
}

function placeOf(target) {
  if (target.id === "scan-code") return "box";
  if (target instanceof HTMLTextAreaElement) return "text";
  if (!isText(target)) return target instanceof HTMLSelectElement ? "figures" : "none";
  const figures = ["number", "date", "month", "time", "week", "datetime-local"].includes(target.type);
  return figures || ["decimal", "numeric"].includes(target.inputMode) ? "figures" : "text";
}

function swallow(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}

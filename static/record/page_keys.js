// Keys of a page for who has no mouse in hand, and the help that lists those that this page has.
//
// What has data-key is pressed, or a field in it gets the focus, by that key; data-key-name says what it does. F8 sends the form of an event, F4 and F8 are
// offered to the page first ("page-key" on the document). "?" and "/" are nothing while somebody types, a scanner types, or
// an input method composes.

import { isComposed } from "../scanning/keys.js";
import { HAND_MS } from "../scanning/recognise.js";
import { finish } from "./finish.js";

const TYPED = "input:not([type=radio], [type=checkbox], [type=button], [type=submit]), textarea, select, [contenteditable]";
const OFFERED = ["F4", "F8"];
const help = document.getElementById("keys");
const box = document.getElementById("scan-code");
const isShown = (element) => Boolean(element) && element.getClientRects().length > 0 && !element.disabled;
const findForm = () => document.querySelector("form.event");
const findFinish = (form) => form?.querySelector("[data-finish]") ?? form?.querySelector(".actions .button.main");

// Return what a key of the page presses; undefined where it has none.
function findOwner(key) {
  return [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find(isShown);
}

function isTyping(target) {
  return target.matches?.(TYPED) && !(target === box && !box.value);
}

function offer(key) {
  return !document.dispatchEvent(new CustomEvent("page-key", { detail: { key }, cancelable: true }));
}

// Do what a key stands for; return whether it stands for anything here.
function press(key) {
  if (OFFERED.includes(key) && offer(key)) return true;
  const owner = findOwner(key);
  const field = owner?.matches(TYPED) ? owner : owner?.querySelector(TYPED);
  if (field) {
    field.focus();
    field.select?.();
  } else if (owner) owner.click();
  else if (key === "F8" && isShown(findFinish(findForm()))) finish(findForm());
  else return false;
  return true;
}

function goToBox() {
  box.focus();
  box.select();
}

function leave() {
  const stay = document.querySelector("[data-stay]");
  if (isShown(stay)) stay.click();
  if (isShown(box)) goToBox();
}

// --- the help -------------------------------------------------------------------------------------------------------------

// Return (key, what it does) of all keys that the page has now, in the order of the page.
function listKeys() {
  const { words } = help.dataset;
  const say = JSON.parse(words);
  const form = findForm();
  const stated = [...document.querySelectorAll("[data-key]")].filter(isShown).map(({ dataset }) => [dataset.key, dataset.keyName]);
  const taken = [...document.querySelectorAll("button:not([data-keys]) > kbd")].filter(isShown)
    .map((kbd) => [kbd.textContent, textOf(kbd.parentElement)]);
  const has = (key) => [...stated, ...taken].some(([other]) => other === key);
  const end = findFinish(form);
  return [
    ...(isShown(box) && !has("/") ? [["/", say.box]] : []),
    ...stated,
    ...taken,
    ...(document.querySelector("[data-list] [name$='-mass_kg']") && !has("F4") ? [["F4", say.weight]] : []),
    ...(isShown(end) && !has("F8") ? [["F8", textOf(end)]] : []),
    ...(form ? [["Enter", say.next]] : []),
    ["Esc", say.escape],
    ["?", say.help],
  ].sort(([one], [other]) => rank(one) - rank(other));
}

const ORDER = ["/", "F2", "F4", "F8", "F9", "Enter", "Esc", "?"];
const rank = (key) => (ORDER.includes(key) ? ORDER.indexOf(key) : ORDER.length);

function textOf(element) {
  return [...element.childNodes].filter((node) => node.nodeName !== "KBD").map((node) => node.textContent).join(" ").trim();
}

function toggleHelp() {
  if (help.open) {
    help.close();
    return;
  }
  help.querySelector("dl").replaceChildren(...listKeys().flatMap(([key, does]) => {
    const [name, said] = [document.createElement("dt"), document.createElement("dd")];
    name.append(Object.assign(document.createElement("kbd"), { textContent: key }));
    said.textContent = does;
    return [name, said];
  }));
  help.showModal();
}

// --- hearing --------------------------------------------------------------------------------------------------------------

function hear() {
  let last = -Infinity; // when the key before was pressed
  document.addEventListener("keydown", (event) => {
    const isQuick = event.timeStamp - last <= HAND_MS;
    last = event.timeStamp;
    if (event.defaultPrevented || event.repeat || isComposed(event)) return;
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "?" || event.key === "/") {
      if (isQuick || isTyping(event.target) || (event.key === "/" && !isShown(box))) return;
      event.preventDefault();
      if (event.key === "?") toggleHelp();
      else goToBox();
    } else if (event.key === "Escape") {
      if (!help.open && !event.target.matches?.("select")) leave();
    } else if (/^F\d+$/.test(event.key) && !event.shiftKey && !help.open && press(event.key)) {
      event.preventDefault();
    }
  });
}

if (help) {
  hear();
  for (const hint of document.querySelectorAll("[data-keys]")) {
    hint.hidden = false;
    hint.addEventListener("click", toggleHelp);
  }
}

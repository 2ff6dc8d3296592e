// The elements that screens are made of, so that every screen has them alike.

import { make } from "./dom.js";
import { say } from "./words.js";

// The heading that gets the focus when a screen opens.
export function heading(text, attributes = {}) {
  return make("h1", { tabindex: "-1", ...attributes }, text);
}

export function softText(text) {
  return make("p", { class: "yard-soft" }, text);
}

// The one action of a screen, at its bottom.
export function mainButton(id, code, onclick, { disabled = false } = {}) {
  return make("button", { class: "button main yard-main", type: "button", id, disabled, onclick }, say(code));
}

export function wideButton(text, onclick, attributes = {}) {
  return make("button", { class: "button yard-wide", type: "button", onclick, ...attributes }, text);
}

export function removeButton(code, onclick) {
  return wideButton(say("yard.take_out", { code }), onclick, { class: "button grave yard-wide" });
}

// A line that leads to the screen where what it says is changed.
export function changeLine(href, said, { id = null, beside = null } = {}) {
  const content = make("span", {}, said);
  return make("a", { class: "yard-line", href, id }, content, make("span", { class: "yard-change" }, say("yard.change")), beside);
}

// A tile of two lines; pressed where it is what was chosen.
export function tile(name, other, attributes) {
  const words = [make("span", {}, name), other ? make("small", {}, other) : null];
  if (attributes.href) return make("a", { class: "yard-tile", ...attributes }, words);
  return make("button", { class: "yard-tile", type: "button", ...attributes }, words);
}

// A tile that is on or off, with words of its own for both: yard.NAME, yard.NAME_on, yard.NAME_off.
export function toggleTile(name, isOn, set) {
  const words = say(`yard.${name}_${isOn ? "on" : "off"}`);
  return tile(say(`yard.${name}`), words, { id: name, "aria-pressed": String(isOn), onclick: () => set(!isOn) });
}

export function textField(id, code, value, onText, attributes = {}) {
  const oninput = ({ target }) => onText(target.value);
  return labelled(say(code), make("input", { id, autocomplete: "off", value, oninput, ...attributes }));
}

export function labelled(text, control) {
  return make("label", { class: "yard-field" }, make("span", {}, text), control);
}

// A large field for what a scale shows. Enter ends it, and a scanner's Enter never comes here.
export function weightField(id, text, value, { unit = "kg", onText, onEnter, describedBy = null }) {
  const onkeydown = (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    onEnter();
  };
  const field = make("input", {
    id,
    inputmode: "decimal",
    autocomplete: "off",
    enterkeyhint: "done",
    value,
    "aria-describedby": describedBy,
    oninput: ({ target }) => onText(target.value),
    onkeydown,
  });
  const unitText = make("span", { class: "yard-unit" }, unit);
  return make(
    "label",
    { class: "yard-weight" },
    make("span", {}, text),
    make("span", { class: "yard-weight-field" }, field, unitText),
  );
}

// What stands in a form, as a list of {name, value}, and the way back. Left out are passwords, files, buttons, tokens, the
// box that scans pass through, and whatever is marked `data-not-kept`.

import { ensureRow, rowOfName } from "./row_copies.js";

const NEVER = ["password", "file", "submit", "button", "reset", "image", "fieldset", "output"];
const PASSING = ["csrf_token", "scan"];
const CHOSEN = ["radio", "checkbox"];

export function readValues(form) {
  const values = [];
  for (const field of keptFields(form)) {
    if (CHOSEN.includes(field.type)) {
      if (field.checked) values.push({ name: field.name, value: field.value });
    } else if (field.type === "hidden") {
      values.push({ name: field.name, value: field.value, hidden: true });
    } else if (field.localName === "select") {
      values.push({ name: field.name, value: field.value, words: field.selectedOptions[0]?.text.trim() });
    } else {
      values.push({ name: field.name, value: field.value });
    }
  }
  return values;
}

// Puts values into a form, with as many rows as they need; returns those that no field takes.
export function writeValues(form, values) {
  for (const { name } of values) ensureRow(form, name);
  const typed = groupByName(values);
  const taken = new Map();
  for (const field of keptFields(form)) {
    const own = typed.get(field.name) ?? [];
    if (CHOSEN.includes(field.type)) {
      taken.set(field.name, own.length);
      put(field, "checked", own.some(({ value }) => value === field.value));
      continue;
    }
    const count = taken.get(field.name) ?? 0;
    taken.set(field.name, count + 1);
    if (count < own.length) fill(field, own[count]);
    else if (field.type === "hidden") field.closest("[data-entry]")?.remove(); // it was taken out again
    else if (rowOfName(field.name)) fill(field, { value: "" });
  }
  const left = [];
  for (const [name, own] of typed) left.push(...own.slice(taken.get(name) ?? 0));
  return left;
}

function keptFields(form) {
  const isKept = ({ name, type }) => name && !PASSING.includes(name) && !NEVER.includes(type);
  return [...form.elements].filter((field) => isKept(field) && !field.disabled && !field.closest("[data-not-kept]"));
}

function groupByName(values) {
  const groups = new Map();
  for (const one of values) groups.set(one.name, [...(groups.get(one.name) ?? []), one]);
  return groups;
}

function fill(field, { value, words }) {
  const lacks = field.localName === "select" && ![...field.options].some((option) => option.value === value);
  if (lacks) field.add(new Option(words || value, value));
  put(field, "value", value);
}

function put(field, property, value) {
  if (field[property] === value) return;
  field[property] = value;
  for (const name of ["input", "change"]) field.dispatchEvent(new Event(name, { bubbles: true }));
  for (let around = field.closest("details"); around && value; around = around.parentElement.closest("details")) around.open = true;
}

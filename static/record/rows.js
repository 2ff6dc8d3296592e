// Scans into a list: each takes the next empty row at once, without asking the server, so that a quick hand loses none.
// Without this file Enter in the scan box asks the server for the same.

import { groupCode, normaliseCode } from "../shell/codes.js";

const ADDRESS = /\/l\/([0-9A-Za-z-]{12,14})\/?$/i;
const list = document.querySelector("[data-list]");
const note = document.getElementById("scan-note");

const codeOf = (text) => normaliseCode(text.match(ADDRESS)?.[1] ?? text);
const fields = () => [...list.querySelectorAll("[name$='-lot_code']")];

function addLine() {
  const last = list.lastElementChild;
  const next = last.cloneNode(true);
  const place = Math.max(...fields().map((field) => Number(field.name.split("-")[1]))) + 1;
  for (const element of next.querySelectorAll("*")) {
    for (const name of ["id", "name", "for", "value", "aria-describedby"]) {
      const value = element.getAttribute(name);
      if (value && !(name === "value" && element.tagName !== "BUTTON")) {
        element.setAttribute(name, value.replace(/(inputs|lots)-\d+/, `$1-${place}`));
      }
    }
    if (element.tagName === "INPUT") {
      element.removeAttribute("value");
      element.value = "";
      element.removeAttribute("aria-invalid");
    }
  }
  next.querySelectorAll("[id$='-error']").forEach((error) => error.remove());
  next.querySelectorAll(".has-error").forEach((field) => field.classList.remove("has-error"));
  next.querySelector(".of")?.replaceChildren();
  next.classList.remove("heard");
  next.classList.add("empty");
  list.append(next);
  return next;
}

function take(text) {
  const code = codeOf(text);
  if (fields().some((field) => field.value && codeOf(field.value) === code)) {
    note.textContent = `${groupCode(code)} ${list.dataset.already}`;
    return;
  }
  let field = fields().find((one) => !one.value);
  if (!field) field = addLine().querySelector("[name$='-lot_code']");
  field.value = groupCode(code);
  list.querySelector(".heard")?.classList.remove("heard");
  field.closest(".line").classList.add("heard");
  field.closest(".line").classList.remove("empty");
  note.textContent = note.dataset.heard.replace("…", groupCode(code));
  if (fields().every((one) => one.value)) addLine();
}

if (list) {
  list.addEventListener("input", ({ target }) => {
    if (target.name?.endsWith("-lot_code")) target.closest(".line").classList.toggle("empty", !target.value);
  });
  document.addEventListener("scan", (event) => {
    const here = document.activeElement;
    const elsewhere = here?.matches("[data-scan]") && !here.closest("[data-list]");
    if (elsewhere) {
      // A label for a new lot is meant where the hand put the focus.
      here.value = event.detail.text;
    } else {
      take(event.detail.text);
    }
    event.preventDefault();
  });
}

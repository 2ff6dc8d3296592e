// Scans into a list: each takes the next empty row at once, without asking the server, so that a quick hand loses none.
// Without this file Enter in the scan box asks the server for the same.

import { groupCode, normaliseCode } from "../scanning/codes.js";
import { explain, wordOf } from "../scanning/scans.js";

const ADDRESS = /\/l\/([0-9A-Za-z-]{12,14})\/?$/i;
const list = document.querySelector("[data-list]");

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

function take({ payload, answer }) {
  const { code, reason } = payload;
  if (fields().some((field) => field.value && codeOf(field.value) === code)) {
    answer("warning", `${groupCode(code)} ${list.dataset.already}`);
    return;
  }
  let field = fields().find((one) => !one.value);
  if (!field) field = addLine().querySelector("[name$='-lot_code']");
  field.value = groupCode(code);
  list.querySelector(".heard")?.classList.remove("heard");
  field.closest(".line").classList.add("heard");
  field.closest(".line").classList.remove("empty");
  if (reason) answer("warning", explain(payload));
  else answer("success", wordOf("scan.heard").replace("{code}", groupCode(code)));
  if (fields().every((one) => one.value)) addLine();
}

if (list) {
  list.addEventListener("input", ({ target }) => {
    if (target.name?.endsWith("-lot_code")) target.closest(".line").classList.toggle("empty", !target.value);
  });
  document.addEventListener("scan", (event) => {
    const { kind } = event.detail.payload;
    if (kind !== "lot" && kind !== "code") return; // the scan box says what it is
    const here = document.activeElement;
    if (here?.matches("[data-scan]") && !here.closest("[data-list]")) return; // a label for a new lot: meant for that field
    take(event.detail);
    event.preventDefault();
  });
}

// The list of lots that a truck is loaded with or brings: one row a lot, opened by a tap to change or remove it.

import { make } from "./dom.js";
import { formatKg } from "../components/masses.js";
import { NO_VALUE, say } from "./words.js";
import { groupCode } from "../scanning/codes.js";

const COLUMNS = ["yard.code", "yard.material", "yard.mass"];

// A row is { code, material, mass_g, known }, the newest on top; `actions(row)` gives the elements of an opened one.
export function drawRows(app, rows, opened, open, actions) {
  const names = COLUMNS.map((code) => make("th", { scope: "col" }, say(code)));
  const lines = [...rows].reverse().flatMap((row) => drawRow(app, row, row.code === opened, open, actions));
  return make(
    "table",
    { class: "yard-rows" },
    make("caption", { class: "unseen" }, say("yard.lots_listed")),
    make("thead", { class: "unseen" }, make("tr", {}, names)),
    make("tbody", {}, lines),
  );
}

function drawRow(app, row, isOpen, open, actions) {
  const press = {
    class: "yard-row-code",
    "aria-expanded": String(isOpen),
    onclick: () => open(isOpen ? "" : row.code),
  };
  const line = make(
    "tr",
    { "data-code": row.code, "data-unknown": !row.known },
    make("th", { scope: "row" }, make("button", press, shortCode(row.code))),
    make("td", {}, row.material ? app.shortName(row.material) : say("yard.to_check")),
    make("td", {}, row.known ? formatKg(row.mass_g) : "–"),
  );
  if (!isOpen) return [line];
  const cell = make("td", { colspan: "3" }, make("div", { class: "yard-row-actions" }, actions(row)));
  return [line, make("tr", {}, cell)];
}

export function shortCode(code) {
  const groups = groupCode(code).split("-");
  return `${groups[0]}-…-${groups[groups.length - 1]}`;
}

// Return { count, mass_g, unknown }: lots of unknown mass are counted, and said beside the total; where no mass is known
// mass_g is null.
export function sumRows(rows) {
  const known = rows.filter((row) => row.known);
  const mass_g = rows.length && !known.length ? null : known.reduce((sum, row) => sum + row.mass_g, 0);
  return { count: rows.length, mass_g, unknown: rows.length - known.length };
}

export function drawTotals(rows) {
  const { count, mass_g, unknown } = sumRows(rows);
  return make(
    "p",
    { class: "yard-totals", role: "status" },
    make("span", { "data-count": count }, say("yard.lots", { count })),
    unknown ? make("span", { class: "yard-soft" }, say("yard.lots_to_check", { count: unknown })) : null,
    make("span", { "data-mass": mass_g ?? "" }, make("b", {}, mass_g === null ? NO_VALUE : formatKg(mass_g)), "\u00a0kg"),
  );
}

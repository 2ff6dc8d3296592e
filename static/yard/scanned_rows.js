// The list of lots that a truck is loaded with or brings: one row a lot, opened by a tap to change or remove it.

import { make } from "./dom.js";
import { formatKg } from "../components/masses.js";
import { NO_VALUE, say } from "./words.js";
import { groupCode } from "../scanning/codes.js";

const COLUMNS = ["yard.code", "yard.material", "yard.mass"];

// Returns the rows by what the device knows now: one that was unknown has become a lot, or says why it may not stand there,
// as does a lot that went elsewhere meanwhile. `judge` is of verdicts.js, `rowOf` makes a row of a lot.
export function judgeAgain(app, rows, judge, rowOf) {
  const judged = rows.map((row) => {
    const lot = app.lotOf(row.code);
    if (!lot) return row;
    const verdict = judge(lot.code, lot, app.site, []);
    if (verdict.tone === "error") return { ...row, fault: app.sayVerdict(verdict) };
    return { ...(row.known ? row : rowOf(lot)), fault: "" };
  });
  return judged.filter(({ code }, place) => judged.findIndex((row) => row.code === code) === place);
}

// Asks what becomes of lots that this device does not know, since one of them keeps the whole truck from the book. Resolves
// with the rows to record, null where somebody looks again.
export async function askOfUnknown(app, rows) {
  const known = rows.filter((row) => row.known);
  const count = rows.length - known.length;
  if (!count) return rows;
  const all = say("yard.record_to_check", { count: rows.length });
  const choices = known.length ? { yes: say("yard.record_known", { count: known.length }), other: all } : { yes: all };
  const said = await app.ask([say("yard.unknown_waits", { count })], { ...choices, no: say("yard.look_again") });
  if (!said) return null;
  return said === "other" || !known.length ? rows : known;
}

// A row is { code, material, mass_g, known, fault }, the newest on top; `actions(row)` gives the elements of an opened one,
// `takeOut(row)` removes one that cannot be recorded by a single tap.
export function drawRows(app, rows, opened, open, actions, takeOut = null) {
  const names = COLUMNS.map((code) => make("th", { scope: "col" }, say(code)));
  const lines = [...rows].reverse().flatMap((row) => drawRow(app, row, row.code === opened, { open, actions, takeOut }));
  return make(
    "table",
    { class: "yard-rows" },
    make("caption", { class: "unseen" }, say("yard.lots_listed")),
    make("thead", { class: "unseen" }, make("tr", {}, names)),
    make("tbody", {}, lines),
  );
}

function drawRow(app, row, isOpen, { open, actions, takeOut }) {
  const press = {
    class: "yard-row-code",
    "aria-expanded": String(isOpen),
    onclick: () => open(isOpen ? "" : row.code),
  };
  const line = make(
    "tr",
    { "data-code": row.code, "data-unknown": !row.known, "data-refused": Boolean(row.fault) },
    make("th", { scope: "row" }, make("button", press, shortCode(row.code))),
    make("td", {}, row.fault || (row.material ? app.shortName(row.material) : say("yard.to_check"))),
    make("td", {}, takeOut && isStopped(row) ? crossButton(row, takeOut) : row.known ? formatKg(row.mass_g) : NO_VALUE),
  );
  if (!isOpen) return [line];
  const cell = make("td", { colspan: "3" }, make("div", { class: "yard-row-actions" }, actions(row)));
  return [line, make("tr", {}, cell)];
}

const isStopped = (row) => !row.known || Boolean(row.fault);

function crossButton(row, takeOut) {
  const name = say("yard.take_out", { code: row.code });
  return make("button", { class: "yard-row-out", type: "button", "aria-label": name, title: name, onclick: () => takeOut(row) }, "✕");
}

export function shortCode(code) {
  const groups = groupCode(code).split("-");
  return `${groups[0]}-…-${groups[groups.length - 1]}`;
}

// Return { count, mass_g, unknown }: lots of unknown mass are counted, and said beside the total; where no mass is known
// mass_g is null.
export function sumRows(rows) {
  const known = rows.filter((row) => !isStopped(row));
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

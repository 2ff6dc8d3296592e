// The rows of a list of lots as they stand on the page: added, filled with what a lot is, marked, taken out and put back.

import { formatKg, readKg } from "../components/masses.js";
import { groupCode, normaliseCode } from "../scanning/codes.js";
import { copyRow, rowOfName } from "../components/row_copies.js";

const STATES = ["asked", "fine", "doubtful", "refused", "unchecked"];

export class LotRows {
  constructor(home, words) {
    this.home = home;
    this.words = words;
    this.list = home.dataset.list;
    this.body = home.querySelector("tbody");
    this.blank = this.copyEmpty(this.body.lastElementChild, 0);
    this.sequence = 0;
    home.classList.add("live");
    for (const row of this.body.children) this.label(row);
  }

  // Return the rows that the form sends a lot with, in their order.
  listLive() {
    return [...this.body.children].filter((row) => this.codeOf(row) && !row.classList.contains("taken-out"));
  }

  codeOf(row) {
    return row.dataset.code ?? "";
  }

  // Return the row of a code in the list, also where it is another label of the same lot.
  find(code) {
    return this.listLive().find((row) => this.codeOf(row) === code || row.dataset.lot === code);
  }

  // Return another row that holds a lot by any of its labels, by the newest code of the lot.
  findTwin(row, lot) {
    return lot && this.listLive().find((other) => other !== row && [other.dataset.lot, this.codeOf(other)].includes(lot));
  }

  findTakenOut(code) {
    return [...this.body.querySelectorAll(".taken-out")].find((row) => this.codeOf(row) === code);
  }

  placeOf(row) {
    return this.listLive().indexOf(row) + 1;
  }

  // Return the row that was scanned last, of those still in the list.
  findLast() {
    return this.listLive().reduce((last, row) => (Number(row.dataset.order) > Number(last?.dataset.order ?? -1) ? row : last), undefined);
  }

  // Add a row for a code, in the first empty place, and leave an empty one beneath.
  add(code) {
    const row = [...this.body.children].find((one) => one.classList.contains("vacant")) ?? this.append();
    const input = this.inputOf(row);
    input.value = groupCode(code);
    row.classList.remove("vacant");
    this.name(row, code);
    if (![...this.body.children].some((one) => one.classList.contains("vacant"))) this.append();
    return row;
  }

  // Make a row stand for what its field holds by now, whatever it stood for before; return the code, "" for an empty row.
  reread(row) {
    const typed = this.inputOf(row).value.trim();
    const code = normaliseCode(typed);
    forgetLot(row);
    row.classList.toggle("vacant", !typed);
    if (typed) this.name(row, code);
    return typed ? code : "";
  }

  // Note whose row it is, as the newest of all.
  name(row, code) {
    Object.assign(row.dataset, { code, order: ++this.sequence });
    row.querySelector(".told").textContent = groupCode(code);
    this.label(row);
  }

  // Write what a lot is, and what stands against it.
  fill(row, lot, state, said) {
    row.classList.remove(...STATES);
    if (state) row.classList.add(state);
    if (lot.lot) row.dataset.lot = lot.lot;
    if (lot.metal) row.dataset.metal = lot.metal;
    if (lot.form) row.dataset.form = lot.form;
    if (lot.mass_g !== undefined) row.dataset.massG = lot.mass_g;
    if (lot.material) {
      const form = document.createElement("span");
      form.className = "soft";
      form.textContent = this.words.forms[lot.form] ?? "";
      row.querySelector(".row-what").replaceChildren(lot.material, " ", form);
      row.querySelector(".row-mass").textContent = formatKg(lot.mass_g);
      const part = this.partOf(row);
      if (part) part.placeholder = formatKg(lot.mass_g);
    }
    row.querySelector(".row-said").textContent = said;
  }

  // Forget a row: it was never in the list.
  drop(row) {
    row.remove();
  }

  // Take a row out of what the form sends, and offer to put it back.
  takeOut(row) {
    this.forgetTakenOut();
    row.classList.add("taken-out");
    row.dataset.notKept = ""; // a draft on the device leaves it out
    for (const input of row.querySelectorAll("input")) input.disabled = true;
    row.dataset.said = row.querySelector(".row-said").textContent;
    row.querySelector(".row-said").textContent = this.words.removed;
    this.label(row);
  }

  putBack(row) {
    row.classList.remove("taken-out");
    delete row.dataset.notKept;
    for (const input of row.querySelectorAll("input")) input.disabled = false;
    row.querySelector(".row-said").textContent = row.dataset.said;
    row.dataset.order = ++this.sequence;
    this.label(row);
  }

  forgetTakenOut() {
    for (const row of this.body.querySelectorAll(".taken-out")) row.remove();
  }

  // Mark the row of the last scan, and bring it into sight without moving the page more than needed.
  point(row) {
    this.body.querySelector(".heard")?.classList.remove("heard");
    row.classList.add("heard");
    row.scrollIntoView({ block: "nearest" });
  }

  inputOf(row) {
    return row.querySelector("[name$='-lot_code']");
  }

  partOf(row) {
    return row.querySelector("[name$='-mass_kg']");
  }

  // Return grams that the form takes of a row's lot: what was typed, else all of it; null where neither is known.
  massOf(row) {
    const typed = this.partOf(row)?.value.trim();
    if (typed) return readKg(typed);
    return row.dataset.massG === undefined ? null : Number(row.dataset.massG);
  }

  append() {
    const places = [...this.body.children].map((row) => this.numberOf(row));
    const row = this.copyEmpty(this.blank, Math.max(-1, ...places) + 1);
    this.body.append(row);
    return row;
  }

  // Return a copy of a row with a number and nothing in it, also of what is known of its lot.
  copyEmpty(row, number) {
    const copy = copyRow(row, this.list, this.numberOf(row), number);
    copy.classList.add("vacant");
    forgetLot(copy);
    for (const input of copy.querySelectorAll("input")) {
      input.placeholder = "";
      input.disabled = false;
    }
    return copy;
  }

  // Return the number of a row in the names of its fields.
  numberOf(row) {
    return rowOfName(this.inputOf(row).name).place;
  }

  // Say beside each button what it does, and to which lot.
  label(row) {
    const button = row.querySelector(".remove");
    const out = row.classList.contains("taken-out");
    const code = this.codeOf(row);
    button.textContent = out ? this.words.undo : "✕";
    button.setAttribute("aria-label", `${out ? this.words.undo : this.words.remove} ${groupCode(code)}`.trim());
  }

  number() {
    for (const row of this.body.children) row.querySelector(".place").textContent = "";
    this.listLive().forEach((row, place) => { row.querySelector(".place").textContent = place + 1; });
    this.home.classList.toggle("without-lots", this.listLive().length === 0);
  }
}

// Take out of a row what was known of the lot in it.
function forgetLot(row) {
  row.classList.remove("at-fault", "heard", "taken-out", ...STATES);
  for (const name of ["code", "lot", "massG", "metal", "form", "order", "said", "notKept"]) delete row.dataset[name];
  row.querySelector(".differs")?.remove();
  row.querySelectorAll(".told, .row-what, .row-mass, .row-said, .place").forEach((cell) => cell.replaceChildren());
}

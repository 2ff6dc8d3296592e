// A list of lots that scans go into: one scan, one effect, at once. The row stands there before the server is asked; what the
// step cannot take leaves no row, and is said with its own reason.

import { groupCode, isCode, normaliseCode } from "../scanning/codes.js";
import { wordOf } from "../scanning/scans.js";
import { formatKg } from "../components/masses.js";
import { DueLoads } from "./due_loads.js";
import { finish } from "./finish.js";
import { showSum } from "./list_bar.js";
import { LotChecks } from "./lot_checks.js";
import { LotRows } from "./lot_rows.js";

const NOBODY = () => {}; // hears of a row that no scan brought

const say = (text, values) => Object.entries(values).reduce((said, [name, value]) => said.replace(`{${name}}`, value), text);

export class LotList {
  constructor(home) {
    this.home = home;
    this.form = home.closest("form");
    this.root = home.ownerDocument;
    this.words = JSON.parse(home.dataset.words);
    this.rows = new LotRows(home, this.words);
    this.checks = new LotChecks(home.dataset.asks, home.dataset.site);
    this.asks = home.dataset.asks !== ""; // a correction does not: the lots stand there as it left them
    this.takesOne = "one" in home.dataset;
    this.loads = new DueLoads(this.root);
    this.leaving = this.root.querySelector(".leaving");
    for (const row of [...this.rows.body.children]) this.begin(row);
    this.refresh();
  }

  // What stood in the page when it opened is asked about too, unless the server just said what is wrong with it.
  begin(row) {
    const typed = this.rows.inputOf(row).value.trim();
    if (!typed) return;
    this.rows.name(row, normaliseCode(typed));
    if (!row.classList.contains("at-fault")) this.lookUp(row);
  }

  refresh() {
    this.rows.number();
    showSum(this.root, this.rows.listLive().map((row) => this.rows.massOf(row)));
    this.loads.refresh((code) => Boolean(this.rows.find(code)), this.words.ticked);
  }

  // --- into the list and out of it ------------------------------------------------------------------------------------

  // Take a code into the list; `answer(tone, text)` is called once.
  take(code, answer) {
    const [out, twin] = [this.rows.findTakenOut(code), this.rows.find(code)];
    if (out) {
      this.putBack(out, answer);
      return;
    }
    this.rows.forgetTakenOut();
    if (twin) {
      this.rows.point(twin);
      answer("warning", this.tellTwin(groupCode(code), twin));
    } else if (this.takesOne && this.rows.listLive().length) {
      answer("warning", this.words.one);
    } else {
      const row = this.rows.add(code);
      this.rows.point(row);
      this.refuseScan(row, answer);
    }
    this.refresh();
  }

  refuseScan(row, answer) {
    this.check(row, answer, (lot, tone = "error") => {
      this.rows.drop(row);
      answer(tone, tell(lot));
    });
  }

  // Take in what is known to be on its way here, without a question.
  tick({ code, material, form, massG }) {
    if (this.rows.find(code)) return;
    this.rows.forgetTakenOut();
    this.rows.fill(this.rows.add(code), { material, form, mass_g: Number(massG) }, "", "");
    this.refresh();
  }

  // The button of a row takes it out, and then back.
  turn(row) {
    if (row.classList.contains("taken-out")) {
      this.putBack(row, NOBODY);
    } else {
      this.rows.takeOut(row);
      this.refresh();
    }
  }

  putBack(row, answer) {
    this.rows.putBack(row);
    this.rows.point(row);
    if (row.classList.contains("asked")) this.lookUp(row); // its answer came while it was out
    this.refresh();
    answer("success", this.tellAdded(row));
  }

  // What was typed into a row by hand, or brought back from a draft, is looked up as it stands.
  readTyped(row) {
    const code = this.rows.reread(row);
    if (code && isCode(code)) this.lookUp(row);
    else if (code) this.mark(row, { reasons: [wordOf(code.length === 12 ? "scan.check_character" : "scan.not_a_code")] });
    this.refresh();
  }

  // What may go into one step may not go into another.
  changeStep() {
    for (const row of this.rows.listLive()) this.lookUp(row);
  }

  // What was not checked, or was of no lot yet, is asked about again.
  askAgain() {
    for (const row of this.rows.listLive().filter((one) => isOpen(one))) this.lookUp(row);
  }

  // --- what the server says -------------------------------------------------------------------------------------------

  // Ask about a row that stays in the list whatever the answer.
  lookUp(row) {
    if (this.asks) this.check(row, NOBODY, (lot) => this.mark(row, lot));
  }

  mark(row, lot) {
    this.rows.fill(row, lot, "refused", lot.reasons.join(" "));
  }

  // Ask about the lot of a row and show the answer; `refuse(lot, tone)` says what becomes of one that the step cannot take.
  async check(row, answer, refuse) {
    const code = this.rows.codeOf(row);
    if (!this.asks) {
      answer("success", this.tellAdded(row));
      return;
    }
    this.rows.fill(row, {}, "asked", this.words.asked);
    const lot = await this.checks.ask(code, () => this.describeForm(code));
    if (!row.isConnected || row.classList.contains("taken-out") || this.rows.codeOf(row) !== code) {
      answer("warning", say(this.words.taken_back, { code: groupCode(code) }));
    } else if (lot === null) {
      this.rows.fill(row, {}, "unchecked", this.words.unchecked);
      answer("warning", say(this.words.kept, { code: groupCode(code) }));
    } else {
      this.judge(row, lot, answer, refuse);
    }
    this.refresh();
  }

  judge(row, lot, answer, refuse) {
    const twin = this.rows.findTwin(row, lot.lot);
    if (twin) {
      refuse({ ...lot, reasons: [this.tellTwin(lot.grouped, twin)] }, "warning");
    } else if (lot.verdict === "refused") {
      refuse(lot);
    } else {
      const doubtful = lot.verdict === "warning";
      this.rows.fill(row, lot, doubtful ? "doubtful" : "fine", doubtful ? lot.reasons.join(" ") : this.words.fine);
      const what = lot.material ? `${lot.material} ${formatKg(lot.mass_g)} kg` : "";
      answer(doubtful ? "warning" : "success", [this.tellAdded(row), what, ...lot.reasons].filter(Boolean).join(" "));
    }
  }

  // Return what the form holds that decides about a further lot: the step, a lot of each metal, and what is to be made.
  describeForm(code) {
    const byMetal = new Map();
    for (const row of this.rows.listLive()) {
      const { metal } = row.dataset;
      if (metal && this.rows.codeOf(row) !== code && !byMetal.has(metal)) byMetal.set(metal, this.rows.codeOf(row));
    }
    const making = [...this.form.querySelectorAll("[name^='outputs-'][name$='-material']")].map((input) => input.value);
    const kind = this.form.querySelector("[name=kind]:checked")?.value ?? this.home.dataset.kind;
    return { kind, beside: [...byMetal.values()], making: making.filter(Boolean), notes: this.loads.listOpen() };
  }

  tellAdded(row) {
    return say(this.words.added, { place: this.rows.placeOf(row), code: groupCode(this.rows.codeOf(row)) });
  }

  tellTwin(code, twin) {
    return say(this.words.already, { code, place: this.rows.placeOf(twin) });
  }

  // Open the delivery note of a load that is due, so that its lots are counted; return whether it is on the page.
  openNote(code, answer) {
    if (!this.loads.open(code)) return false;
    this.refresh();
    answer("success", say(this.words.note_opened, { code: groupCode(code) }));
    return true;
  }

  // Bring the hand to the mass of the lot that was scanned last.
  weighLast() {
    const last = this.rows.findLast();
    const field = last && this.rows.partOf(last);
    field?.focus();
    field?.select();
  }

  // --- command cards --------------------------------------------------------------------------------------------------

  // Send the form, once everything scanned before is answered.
  async finish(answer) {
    await this.checks.settle();
    answer("success", this.words.finishing);
    finish(this.form);
  }

  // Take back the lot that was scanned last.
  undo(answer) {
    const last = this.rows.findLast();
    if (!last) {
      answer("warning", this.words.nothing_to_undo);
      return;
    }
    this.rows.takeOut(last);
    this.refresh();
    answer("success", say(this.words.taken_back, { code: groupCode(this.rows.codeOf(last)) }));
  }

  // Leave the page: at once where the list is empty, else once it is asked again. A dialog of the browser would be
  // answered by the Enter of the scanner.
  cancel(answer) {
    if (!this.leaving.hidden || !this.rows.listLive().length) {
      answer("success", this.words.left);
      this.leaving.querySelector("[data-leave]").click();
      return;
    }
    this.leaving.hidden = false;
    answer("warning", this.words.leave_asks);
  }
}

// Return the reasons with the code that they are about, which most of them name.
function tell(lot) {
  const said = lot.reasons.join(" ");
  return said.includes(lot.grouped) ? said : `${lot.grouped} ${said}`;
}

function isOpen({ classList, dataset }) {
  return classList.contains("unchecked") || (classList.contains("doubtful") && !dataset.lot);
}

// A new lot: grade, weight, scan of a blank label. What repeats stays for the next one.

import { make } from "../dom.js";
import {
  describeLoad,
  listMissing,
  listQuestions,
  makeLoadDraft,
  nextLoad,
  readReadings,
  settleForm,
  startLoad,
} from "../load_form.js";
import { formatKg, formatMass } from "../../components/masses.js";
import { changeLine, heading, mainButton, textField, tile, weightField, wideButton } from "../parts.js";
import { namesLot } from "../verdicts.js";
import { nameOf, say } from "../words.js";
import { groupCode } from "../../scanning/codes.js";
import { signal } from "../../scanning/feedback.js";

const TILES = 5; // grades beside the tile of all others
const DAY_MS = 86_400_000;
const PLACES = {
  supplier: "#/collect/from",
  source_class: "#/collect/from",
  tare: "#/collect/tare",
  moisture: "#/collect/deductions",
  impurity: "#/collect/deductions",
}; // where a field is that does not stand on this screen

export function collectScreen(app) {
  let form = startLoad(app.drafts.load ?? app.recentLoad());
  let body;
  let isAsking = false; // while a scanned label waits for an answer
  const material = () => app.material(form.material);
  const vehicle = () => app.vehicle(form.vehicle);
  return { title: () => say("yard.new_lot"), draw, takeScan };

  function change(fields, { redraw = true } = {}) {
    form = { ...form, ...fields };
    app.keepDraft("load", form);
    if (redraw) app.redraw();
    else drawSums();
  }

  // --- drawing ----------------------------------------------------------------------------------------------------

  function draw(main, footer) {
    body = main;
    main.append(heading(say("yard.new_lot")), drawGrades(), drawParties(), drawGross());
    main.append(make("div", { class: "yard-sums", id: "sums" }));
    if (material()?.waste_code) main.append(drawManifest());
    const last = app.entriesToday().find((entry) => entry.draft.kind === "collect");
    if (last) main.append(app.drawEntry(last, { short: true }));
    footer.append(
      mainButton("save", "yard.scan_and_save", save),
      make("p", { class: "yard-soft yard-under" }, say("yard.kept_first")),
    );
    drawSums();
  }

  function drawGrades() {
    const shown = app.gradesFirst(form.material, TILES);
    const all = say("yard.all_grades", { count: app.grades().length });
    const tiles = [...shown.map(drawGrade), tile(all, say("yard.search"), { href: "#/collect/grade" })];
    return make("div", { class: "yard-tiles", role: "group", "aria-label": say("yard.grade") }, tiles);
  }

  function drawGrade(grade) {
    const isChosen = grade.id === form.material;
    const attributes = { "aria-pressed": String(isChosen), "data-grade": grade.id, onclick: () => choose(grade.id) };
    return tile(...app.splitName(grade), attributes);
  }

  function choose(id) {
    change({ material: id });
    if (!form.gross) document.getElementById("gross").focus();
  }

  function drawParties() {
    const who = [form.vehicle, form.supplier].filter(Boolean).join("　") || say("yard.choose_supplier");
    const kind = form.source_class && say(`class.${form.source_class}`);
    const what = [kind, app.regionName(form.origin || app.province()), say(`channel.${form.channel}`)];
    const small = make("small", {}, what.filter(Boolean).join(" · "));
    return changeLine("#/collect/from", [make("b", {}, who), small], { id: "from" });
  }

  function drawGross() {
    return weightField("gross", say("yard.gross"), form.gross, {
      onText: (text) => change({ gross: text }, { redraw: false }),
      onEnter: () => document.getElementById("save").focus(), // the button is seen once the keyboard is gone
      describedBy: "sums",
    });
  }

  function drawManifest() {
    const keep = (text) => change({ manifest: text }, { redraw: false });
    return textField("manifest", "yard.manifest", form.manifest, keep);
  }

  // Only this part changes while somebody types: the field keeps its focus and its keyboard.
  function drawSums() {
    const settled = settleForm(form, material(), vehicle());
    const net = settled.settled_g === null ? "–" : formatMass(settled.settled_g);
    const beside = make("output", { class: "yard-net", id: "net" }, say("yard.net"), " ", make("b", {}, net));
    body.querySelector("#sums").replaceChildren(
      changeLine("#/collect/tare", sayTare()),
      changeLine("#/collect/deductions", sayDeductions(), { beside }),
      ...drawVerdict(settled),
    );
    const doubt = body.querySelector('#instead, .yard-verdict:not([data-tone="right"])');
    if (doubt && form.gross) doubt.scrollIntoView({ block: "nearest" }); // the keyboard leaves little to see
  }

  function sayTare() {
    const known = vehicle();
    if (form.tare !== null) return say("yard.tare_typed", { tare_g: readReadings(form, known).tare_g });
    if (!form.vehicle) return say("yard.tare_none");
    if (!known?.tare_g) return say("yard.tare_unknown");
    if (!known.tare_ms) return say("yard.tare_typed", { tare_g: known.tare_g });
    const count = Math.floor((Date.now() - known.tare_ms) / DAY_MS);
    return say(count ? "yard.tare_of_days" : "yard.tare_of_today", { tare_g: known.tare_g, count });
  }

  function sayDeductions() {
    const typed = ["impurity", "moisture"].filter((name) => form[name].text.trim());
    const said = typed.map((name) => say(`yard.${name}_${form[name].unit}`, { amount: form[name].text }));
    return said.join("　") || say("yard.no_deductions");
  }

  function drawVerdict(settled) {
    const { faults, questions, settled_g, instead_g } = settled;
    const said = [...faults, ...questions].map((one) => verdict(faults.length ? "wrong" : "doubt", sayVerdict(one)));
    if (instead_g !== null) {
      const words = say("yard.meant", { gross_g: instead_g });
      said.push(wideButton(words, () => change({ gross: formatKg(instead_g) }), { id: "instead" }));
    }
    if (!said.length && settled_g !== null && material()?.high_g) said.push(verdict("right", say("yard.usual")));
    return said;
  }

  function verdict(tone, text) {
    return make("p", { class: "yard-verdict", "data-tone": tone, role: "status" }, text);
  }

  function sayVerdict({ code, values }) {
    return say(code, { ...values, material: values.material && nameOf(app.material(values.material)) });
  }

  // --- saving -----------------------------------------------------------------------------------------------------

  // Returns what keeps the load from being saved: the field and the words; null where nothing does.
  function findRefusal() {
    const missing = listMissing(form, material(), vehicle());
    const [field] = Object.keys(missing);
    if (field) return { field, text: say(missing[field]) };
    const [fault] = settleForm(form, material(), vehicle()).faults;
    return fault ? { field: "gross", text: sayVerdict(fault) } : null;
  }

  function save() {
    const refusal = findRefusal();
    if (!refusal) {
      const { settled_g } = settleForm(form, material(), vehicle());
      app.openScanner(say("yard.scan_blank"), `${app.splitName(material())[0]}　${formatMass(settled_g)}`);
      return;
    }
    app.refuse(refusal.text);
    showField(refusal.field);
  }

  function showField(field) {
    if (PLACES[field]) app.go(PLACES[field]);
    else if (field === "material") body.querySelector(".yard-tile").focus();
    else document.getElementById(field)?.focus();
  }

  async function takeScan({ payload, answer }) {
    const { code } = payload;
    const bound = namesLot(payload) && app.lotOf(code);
    const refusal = findRefusal();
    if (!namesLot(payload)) answer("error", app.sayWrongScan(payload));
    else if (isAsking) answer("warning", say("yard.answer_first"));
    else if (bound) answer("error", sayBound(bound, code));
    else if (refusal) {
      answer("error", refusal.text);
      app.closeScanner();
    } else await askAndRecord(code, answer);
  }

  function sayBound(lot, code) {
    return say("yard.label_bound", { code, material: nameOf(app.material(lot.material)), mass_g: lot.mass_g });
  }

  async function askAndRecord(code, answer) {
    const settled = settleForm(form, material(), vehicle());
    const questions = listQuestions(form, settled, app.loadsToday(), Date.now());
    if (!questions.length) return record(code, settled, [], answer);
    signal("warning");
    isAsking = true;
    const choices = { yes: say("yard.save_anyway", { mass_g: settled.settled_g }), no: say("yard.change_weight") };
    const isRight = await app.ask(questions.map(sayVerdict), choices);
    isAsking = false;
    if (isRight) return record(code, settled, questions.map(({ confirms }) => confirms).filter(Boolean), answer);
    answer("warning", say("yard.not_saved"));
    app.closeScanner();
    document.getElementById("gross")?.select();
  }

  // The weight is taken out of the form before anything is awaited: a second scan in the same breath finds none.
  async function record(code, settled, confirmed, answer) {
    const saved = form;
    const load = { ...describeLoad(form, settled), ticket: form.ticket.trim() || groupCode(code) };
    const draft = makeLoadDraft(form, readReadings(form, vehicle()), code, confirmed);
    const { material: grade } = form;
    const lot = { code, material: grade, form: "scrap", mass_g: settled.settled_g, site: app.site, status: "available" };
    change(nextLoad(form));
    try {
      await app.record(draft, { made: [lot], load });
    } catch (fault) {
      change(saved);
      answer("error", say("yard.not_kept", { reason: fault.message }));
      return;
    }
    answer("success", say("yard.kept", { code, mass_g: settled.settled_g }));
    app.closeScanner();
    app.redraw();
    document.getElementById("gross")?.focus();
  }
}

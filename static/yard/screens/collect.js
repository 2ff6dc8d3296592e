// A new lot: grade, weight, scan of a blank label. What repeats stays for the next one.

import { make } from "../dom.js";
import {
  chooseGrade,
  describeLoad,
  listMissing,
  listQuestions,
  makeGrade,
  makeLoadDraft,
  nextLoad,
  readReadings,
  reloadGrade,
  settleForm,
  startLoad,
  unloadGrade,
} from "../load_form.js";
import { formatKg, formatMass } from "../../components/masses.js";
import { drawSums } from "../load_sums.js";
import { changeLine, heading, mainButton, textField, tile, toggleTile } from "../parts.js";
import { drawPhotos, photoTile } from "../photo_field.js";
import { drawGrades, massOfGrade } from "../truck_grades.js";
import { namesLot } from "../verdicts.js";
import { nameOf, say } from "../words.js";
import { groupCode } from "../../scanning/codes.js";
import { signal } from "../../scanning/feedback.js";

const TILES = 5; // grades beside the tile of all others
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
    else showSums();
  }

  // --- drawing ----------------------------------------------------------------------------------------------------

  function draw(main, footer) {
    body = main;
    main.append(heading(say("yard.new_lot")), drawTiles(), drawParties(), drawReading("gross", "yard.gross"));
    if (form.more) main.append(drawReading("after", "yard.after"));
    main.append(make("div", { class: "yard-sums", id: "sums" }), drawExtras(), drawPhotos(form.photos, keepPhotos));
    if (material()?.waste_code) main.append(drawManifest());
    main.append(drawGrades(app, form.parts, () => change(reloadGrade(form))));
    const last = app.entriesToday().find((entry) => entry.draft.kind === "collect");
    if (last) main.append(app.drawEntry(last, { short: true }));
    footer.append(
      mainButton("save", form.more ? "yard.scan_and_go_on" : "yard.scan_and_save", save),
      make("p", { class: "yard-soft yard-under" }, say("yard.kept_first")),
    );
    showSums();
  }

  function drawTiles() {
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
    change(chooseGrade(form, id));
    if (!form.gross) document.getElementById("gross").focus();
  }

  function drawParties() {
    const who = [form.vehicle, form.supplier].filter(Boolean).join("　") || say("yard.choose_supplier");
    const kind = form.source_class && say(`class.${form.source_class}`);
    const what = [kind, app.regionName(form.origin || app.province()), say(`channel.${form.channel}`)];
    const small = make("small", {}, what.filter(Boolean).join(" · "));
    return changeLine("#/collect/from", [make("b", {}, who), small], { id: "from" });
  }

  function drawReading(name, code) {
    return app.scale.field(name, say(code), form[name], form.frames[name], {
      onText: (text, frame) => change({ [name]: text, frames: { ...form.frames, [name]: frame } }, { redraw: false }),
      onEnter: () => document.getElementById("save").focus(), // the button is seen once the keyboard is gone
      describedBy: "sums",
    });
  }

  // What is said of a truck by one tap each.
  function drawExtras() {
    return make(
      "div",
      { class: "yard-tiles yard-extras" },
      toggleTile("radiation", form.radiation, (radiation) => change({ radiation })),
      photoTile(app, form.photos, keepPhotos),
      toggleTile("more", form.more, (more) => {
        change({ more });
        if (more) document.getElementById("after").focus();
      }),
    );
  }

  function keepPhotos(photos) {
    change({ photos });
  }

  function drawManifest() {
    const keep = (text) => change({ manifest: text }, { redraw: false });
    return textField("manifest", "yard.manifest", form.manifest, keep);
  }

  // Only this part changes while somebody types: the field keeps its focus and its keyboard.
  function showSums() {
    const correct = (gross) => change({ gross, frames: { ...form.frames, gross: "" } });
    body.querySelector("#sums").replaceChildren(...drawSums(form, material(), vehicle(), { sayVerdict, correct }));
    const last = body.querySelector(".yard-entry");
    if (last) last.hidden = Boolean(form.gross); // what is typed now is what is looked at
    const doubt = [...body.querySelectorAll('#sums > #instead, #sums > .yard-verdict:not([data-tone="right"])')].at(-1);
    if (doubt && form.gross) doubt.scrollIntoView({ block: "nearest" }); // the keyboard leaves little to see
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
    const taken = namesLot(payload) && app.sayTaken(code, app.lotOf(code) ?? findUnloaded(code));
    const refusal = findRefusal();
    if (!namesLot(payload)) answer("error", app.sayWrongScan(payload));
    else if (isAsking) answer("warning", say("yard.answer_first"));
    else if (taken) answer("error", taken);
    else if (refusal) {
      answer("error", refusal.text);
      app.closeScanner();
    } else await askAndRecord(code, answer);
  }

  // A label that one of this truck's grades has got already.
  function findUnloaded(code) {
    const grade = form.parts.find((one) => one.code === code);
    return grade ? lotOf(grade) : null;
  }

  function lotOf(grade) {
    const { code, material: of } = grade;
    return { code, material: of, form: "scrap", mass_g: massOfGrade(grade), site: app.site, status: "available" };
  }

  async function askAndRecord(code, answer) {
    const settled = settleForm(form, material(), vehicle());
    const asked = { earlier: app.loadsToday(), now_ms: Date.now(), deducts: app.deducts(form.material) };
    const questions = listQuestions(form, settled, asked);
    const confirmed = questions.map(({ confirms }) => confirms).filter(Boolean);
    const said = questions.length ? await ask(questions, settled) : "yes";
    if (said === "other") {
      change({ gross: formatKg(settled.instead_g), frames: { ...form.frames, gross: "" } });
      return askAndRecord(code, answer);
    }
    if (said) return form.more ? unload(code, confirmed, answer) : record(code, settled, confirmed, answer);
    answer("warning", say("yard.not_saved"));
    app.closeScanner();
    document.getElementById("gross")?.select();
  }

  async function ask(questions, { settled_g, instead_g }) {
    signal("warning");
    isAsking = true;
    const choices = {
      yes: say("yard.save_anyway", { mass_g: settled_g }),
      other: instead_g === null ? "" : say("yard.meant", { gross_g: instead_g }),
      no: say("yard.change_weight"),
    };
    const said = await app.ask(questions.map(sayVerdict), choices);
    isAsking = false;
    return said;
  }

  // A grade of a truck that is not its last: it waits in the form for the others.
  function unload(code, confirmed, answer) {
    const grade = makeGrade(form, readReadings(form, vehicle()), code, confirmed);
    change(unloadGrade(form, grade));
    answer("success", say("yard.grade_unloaded", { code, mass_g: massOfGrade(grade) }));
    app.closeScanner();
  }

  // The weight is taken out of the form before anything is awaited: a second scan in the same breath finds none.
  async function record(code, settled, confirmed, answer) {
    const saved = form;
    const readings = readReadings(form, vehicle());
    const draft = makeLoadDraft(form, readings, code, confirmed);
    const made = [...form.parts, makeGrade(form, readings, code, confirmed)].map(lotOf);
    const load = form.parts.length ? null : { ...describeLoad(form, settled), ticket: form.ticket.trim() || groupCode(code) };
    change(nextLoad(form));
    try {
      await app.record(draft, { made, load, photos: saved.photos });
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

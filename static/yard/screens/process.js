// Sorting, baling, splitting: lots in by scan, grades out with mass and label. A scan of a lot here is an input; a scan of
// a blank label, once a mass is typed, is an output.

import { formatKg, formatMass, readKg } from "../../components/masses.js";
import { make } from "../dom.js";
import { heading, labelled, mainButton, removeButton, softText, tile } from "../parts.js";
import { drawPicker } from "../picker.js";
import { findForm, listOutcomes } from "../process_grades.js";
import { PROCESSES, addOutput, findProcessFault, findUnfit, makeProcessDraft, startProcess, sumProcess } from "../process_form.js";
import { drawRows } from "../scanned_rows.js";
import { judgeDeparture, namesLot } from "../verdicts.js";
import { doubtPart } from "../weighing.js";
import { nameOf, say } from "../words.js";

const TILES = 5; // grades beside the tile of all others
const LARGE_LOSS_PERCENT = 10; // of what went in: asked about before it is recorded

function openProcess(app) {
  let form = startProcess(app.drafts.process);
  if (!form.process) form = { ...form, process: PROCESSES.find((kind) => app.reference.kinds.includes(kind)) ?? PROCESSES[0] };
  return {
    get: () => form,
    change(fields, { redraw = true } = {}) {
      form = { ...form, ...fields };
      app.keepDraft("process", form);
      if (redraw) app.redraw();
    },
  };
}

export function processScreen(app) {
  const state = openProcess(app);
  let opened = "";
  let isAsking = false; // whether the weight of a part is right
  return { title: () => say("yard.process"), draw, takeScan, camera: () => say("yard.process") };

  function draw(main, footer) {
    const form = state.get();
    main.append(heading(say("yard.process"), { class: "unseen" }), drawKinds(form), make("h2", {}, say("yard.inputs")));
    if (form.inputs.length) main.append(drawRows(app, form.inputs, opened, open, drawInputActions));
    else main.append(softText(say("yard.scan_inputs")));
    if (form.inputs.length) main.append(...drawMaking(form));
    footer.append(drawSums(), mainButton("process", "yard.process_done", record, { disabled: !form.outputs.length }));
  }

  function drawKinds({ process }) {
    const kinds = PROCESSES.filter((kind) => app.reference.kinds.includes(kind));
    const choose = (kind) => state.change({ process: kind, material: "" });
    const tiles = kinds.map((kind) => tile(say(`yard.${kind}`), "", { "aria-pressed": String(kind === process), "data-id": kind, onclick: () => choose(kind) }));
    return make("div", { class: "yard-tiles", role: "group", "aria-label": say("yard.process") }, tiles);
  }

  function drawMaking(form) {
    const chosen = form.material;
    const drawGrade = (grade) => tile(...app.splitName(grade), {
      "aria-pressed": String(grade.id === chosen),
      "data-grade": grade.id,
      onclick: () => choose(grade.id),
    });
    const shown = listOutcomes(app, form.process, form.inputs, chosen);
    const tiles = [...shown.slice(0, TILES).map(drawGrade), tile(say("yard.all_grades", { count: shown.length }), say("yard.search"), { href: "#/process/grade" })];
    return [
      make("h2", {}, say("yard.outputs")),
      form.outputs.length ? drawRows(app, form.outputs, opened, open, drawOutputActions) : "",
      make("div", { class: "yard-tiles", role: "group", "aria-label": say("yard.grade") }, tiles),
      app.scale.field("made", say("yard.mass_made"), form.typed, "", {
        onText: (typed) => {
          state.change({ typed }, { redraw: false });
          document.querySelector(".yard-balance").replaceWith(drawSums());
        },
        onEnter: () => document.getElementById("process").focus(),
      }),
      softText(say("yard.scan_output")),
    ];
  }

  function choose(material) {
    state.change({ material });
    document.getElementById("made").focus();
  }

  function drawSums() {
    const { in_g, out_g, loss_g } = sumProcess(state.get());
    const tone = loss_g < 0 ? "wrong" : null;
    const words = say("yard.balance", { in_g, out_g });
    return make("p", { class: "yard-totals yard-balance", role: "status" }, make("span", {}, words), make("span", { id: "loss", "data-loss": loss_g, "data-tone": tone }, say(loss_g < 0 ? "yard.surplus" : "yard.loss"), " ", make("b", {}, formatMass(Math.abs(loss_g)))));
  }

  function open(code) {
    opened = code;
    app.redraw();
  }

  // --- rows -------------------------------------------------------------------------------------------------------

  function drawInputActions(row) {
    const field = make("input", { id: "taken", inputmode: "decimal", autocomplete: "off", placeholder: formatKg(row.whole_g), onchange: ({ target }) => takePart(row, target.value) });
    return [labelled(say("yard.mass_taken"), field), removeButton(row.code, () => removeFrom("inputs", row))];
  }

  function drawOutputActions(row) {
    return [removeButton(row.code, () => removeFrom("outputs", row))];
  }

  function takePart(row, text) {
    const mass_g = text.trim() ? readKg(text) : row.whole_g;
    if (!mass_g || mass_g > row.whole_g) return app.refuse(say("yard.not_so_much", { code: row.code, mass_g: row.whole_g }));
    state.change({ inputs: state.get().inputs.map((other) => (other === row ? { ...row, mass_g } : other)) });
  }

  function removeFrom(list, row) {
    opened = "";
    state.change({ [list]: state.get()[list].filter((other) => other !== row) });
  }

  // --- scans ------------------------------------------------------------------------------------------------------

  function takeScan({ payload, answer }) {
    if (!namesLot(payload)) return answer("error", app.sayWrongScan(payload));
    if (isAsking) return answer("warning", say("yard.answer_first"));
    const { code } = payload;
    const form = state.get();
    if (form.outputs.some((row) => row.code === code)) return answer("error", say("yard.already_listed", { code }));
    const lot = app.lotOf(code);
    if (lot) return addInput(lot, answer);
    return form.inputs.length ? addMade(code, answer) : answer("error", say("yard.inputs_first", { code }));
  }

  function addInput(lot, answer) {
    const form = state.get();
    const verdict = judgeDeparture(lot.code, lot, app.site, form.inputs);
    if (verdict.tone === "error") return answer("error", app.sayVerdict(verdict));
    const unfit = findUnfit(form.process, [lot], app.reference.forms_in);
    if (unfit) return answer("error", sayUnfit(form, unfit));
    const row = { code: lot.code, material: lot.material, form: lot.form, metal: lot.metal, mass_g: lot.mass_g, whole_g: lot.mass_g, known: true };
    // What is baled or split stays what it is.
    const material = form.process === "sort" ? form.material : form.material || lot.material;
    state.change({ inputs: [...form.inputs, row], material });
    answer("success", app.sayLot(lot));
  }

  function sayUnfit({ process }, { code, form }) {
    return say("yard.form_not_taken", { code, process, form });
  }

  async function addMade(code, answer) {
    const form = state.get();
    const taken = app.sayTaken(code);
    if (taken) return answer("error", taken);
    if (!form.material) return answer("error", say("yard.choose_grade"));
    const mass_g = readKg(form.typed);
    if (!mass_g) return answer("error", say("yard.mass_before_label"));
    const said = await askOf(mass_g, sumProcess({ ...form, typed: "" }).loss_g);
    if (!said) {
      answer("warning", say("yard.not_saved"));
      return document.getElementById("made").select();
    }
    const meant = said === "other" ? { ...form, typed: formatKg(mass_g * 1000) } : form;
    state.change(addOutput(meant, code, findForm(app.material(form.material), form.process, form.inputs)));
    answer("success", say("yard.lot_said", { code, material: app.shortName(form.material), mass_g: readKg(meant.typed) }));
    const field = document.getElementById("made");
    field.focus();
    field.scrollIntoView({ block: "nearest" });
  }

  async function askOf(mass_g, rest_g) {
    const { questions, instead_g } = doubtPart(mass_g, rest_g);
    if (!questions.length) return true;
    isAsking = true;
    const choices = { yes: say("yard.save_anyway", { mass_g }), other: say("yard.meant", { gross_g: instead_g }), no: say("yard.change_weight") };
    const said = await app.ask(questions.map(({ code, values }) => say(code, values)), choices);
    isAsking = false;
    return said;
  }

  // --- recording --------------------------------------------------------------------------------------------------

  async function record() {
    const form = state.get();
    const fault = findProcessFault(form);
    if (fault) return app.refuse(say(fault.code, fault.values));
    const unfit = findUnfit(form.process, form.inputs, app.reference.forms_in); // scanned for another process
    if (unfit) return app.refuse(sayUnfit(form, unfit));
    const { in_g, loss_g } = sumProcess(form);
    if (loss_g * 100 > in_g * LARGE_LOSS_PERCENT) {
      const isRight = await app.ask([say("yard.loss_large", { loss_g, in_g })], { yes: say("yard.loss_right"), no: say("yard.change_weight") });
      if (!isRight) return;
    }
    state.change(startProcess({ process: form.process })); // before anything is awaited: a second tap records nothing
    try {
      await app.record(makeProcessDraft(form), effectsOf(form));
    } catch (error) {
      state.change(form);
      return app.refuse(say("yard.not_kept", { reason: error.message }));
    }
    app.confirm(say("yard.processed", { process: say(`yard.${form.process}`), count: form.outputs.length, loss_g }));
    app.go("#/records");
  }

  function effectsOf(form) {
    const made = form.outputs.map(({ code, material, form: shape, mass_g }) => ({ code, material, form: shape, metal: app.material(material)?.metal, mass_g, site: app.site, status: "available" }));
    return { before: form.inputs.map((row) => app.lotOf(row.code)).filter(Boolean), used: form.inputs.map(({ code, mass_g }) => ({ code, mass_g })), made };
  }
}

// All grades that the process may make.
export function outputGradeScreen(app) {
  const state = openProcess(app);
  return { title: () => say("yard.grade"), draw };

  function draw(main) {
    const { process, inputs, material } = state.get();
    const grades = listOutcomes(app, process, inputs, material).map((grade) => ({ id: grade.id, name: nameOf(grade), also: grade.id }));
    main.append(heading(say("yard.grade")));
    drawPicker(main, grades, { id: "grade", search: say("yard.search_grade"), chosen: material, choose });
  }

  function choose(material) {
    state.change({ material }, { redraw: false });
    app.back();
  }
}

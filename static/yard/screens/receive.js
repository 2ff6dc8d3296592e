// A truck arrives: what is on its way here, by truck, ticked by scans or by hand; a mass is weighed again where one wants.

import { make } from "../dom.js";
import { differsBy, formatKg, formatMass, readKg } from "../../components/masses.js";
import { heading, labelled, mainButton, removeButton, softText, textField, wideButton } from "../parts.js";
import { askOfUnknown, drawRows, drawTotals, judgeAgain, sumRows } from "../scanned_rows.js";
import { judgeArrival, namesLot } from "../verdicts.js";
import { doubtArrival } from "../weighing.js";
import { nameOf, say } from "../words.js";
import { groupCode } from "../../scanning/codes.js";

const EMPTY = { rows: [], reason: "" };
const MANY = 5; // lots on their way: of several trucks then each is opened by a tap

export function receiveScreen(app) {
  let form = { ...EMPTY, ...app.drafts.arrival };
  let opened = "";
  let isAsking = false; // about what was weighed, or what nobody knows
  return { title: () => say("yard.receive"), draw, takeScan, camera: () => say("yard.receive") };

  function change(fields, { redraw = true } = {}) {
    form = { ...form, ...fields };
    app.keepDraft("arrival", form);
    if (redraw) app.redraw();
  }

  function draw(main, footer) {
    form = { ...form, rows: judgeAgain(app, form.rows, judgeArrival, rowOf) };
    main.append(heading(say("yard.receive"), { class: "unseen" })); // the scanner says it
    if (form.rows.length) main.append(drawRows(app, form.rows, opened, open, drawActions, remove));
    else main.append(softText(say("yard.scan_arrivals")));
    if (isOff()) main.append(drawReason());
    if (!opened) main.append(...drawExpected()); // one thing at a time
    footer.append(drawTotals(form.rows), mainButton("arrive", "yard.arrived", arrive, { disabled: !form.rows.length }));
  }

  function open(code) {
    opened = code;
    app.redraw();
  }

  // --- what is expected -------------------------------------------------------------------------------------------

  function drawExpected() {
    const missing = listMissing();
    if (missing.length) {
      const trucks = groupByTruck(missing);
      const isFolded = trucks.length > 1 && missing.length > MANY;
      return [make("h2", {}, say("yard.on_the_way")), ...trucks.map((lots) => drawTruck(lots, isFolded))];
    }
    return [softText(say(form.rows.length ? "yard.nothing_else" : "yard.nothing_on_its_way"))];
  }

  function listMissing() {
    return app.arrivals().filter((lot) => !form.rows.some((row) => row.code === lot.code));
  }

  function groupByTruck(lots) {
    const trucks = new Map();
    for (const lot of lots) trucks.set(lot.shipment, [...(trucks.get(lot.shipment) ?? []), lot]);
    return [...trucks.values()];
  }

  function drawTruck(lots, isFolded) {
    const [{ site, vehicle, sent_ms }] = lots;
    const mass_g = lots.reduce((sum, lot) => sum + lot.mass_g, 0);
    const ticks = lots.map(drawExpectedLot);
    const folded = make("details", { class: "yard-more" }, make("summary", {}, say("yard.lots_of_truck")), ticks);
    return make(
      "section",
      { class: "yard-truck" },
      make("h3", {}, [app.siteName(site), vehicle].filter(Boolean).join(" · ")),
      softText(say("yard.sent_with", { sent_ms, count: lots.length, mass_g })),
      wideButton(say("yard.take_all", { count: lots.length }), () => tick(lots)),
      isFolded ? folded : ticks,
    );
  }

  function drawExpectedLot(lot) {
    const code = make("code", {}, groupCode(lot.code));
    const material = make("span", {}, nameOf(app.material(lot.material)));
    const mass = make("b", {}, formatMass(lot.mass_g));
    const attributes = { class: "yard-tick", type: "button", "data-code": lot.code, onclick: () => tick([lot]) };
    return make("button", attributes, code, material, mass);
  }

  function tick(lots) {
    change({ rows: [...form.rows, ...lots.map(rowOf)] });
  }

  function rowOf({ code, material, form: shape, mass_g }) {
    return { code, material, form: shape, mass_g, sent_g: mass_g, weighed: "", known: true };
  }

  // --- rows -------------------------------------------------------------------------------------------------------

  function drawActions(row) {
    const { questions, instead_g } = doubtOf(row);
    const meant = instead_g !== null && wideButton(say("yard.meant", { gross_g: instead_g }), () => weigh(row, formatKg(instead_g)), { id: "instead" });
    const field = make("input", {
      id: "weighed",
      inputmode: "decimal",
      autocomplete: "off",
      value: row.weighed,
      placeholder: row.known ? formatKg(row.sent_g ?? row.mass_g) : "",
      onchange: ({ target }) => weigh(row, target.value),
    });
    const doubts = questions.map((one) => make("p", { class: "yard-verdict", "data-tone": "doubt", role: "status" }, sayDoubt(one)));
    return [labelled(say("yard.mass_received"), field), ...doubts, meant, removeButton(row.code, () => remove(row))];
  }

  function doubtOf(row) {
    return doubtArrival(row.weighed ? row.mass_g : null, row.sent_g, app.material(row.material));
  }

  function sayDoubt({ code, values }) {
    return say(code, { ...values, material: values.material && nameOf(app.material(values.material)) });
  }

  function weigh(row, text) {
    const mass_g = text.trim() ? readKg(text) : row.sent_g;
    if (text.trim() && !mass_g) return app.refuse(say("yard.not_a_weight"));
    const weighed = { ...row, weighed: text.trim(), mass_g, known: mass_g !== undefined };
    change({ rows: form.rows.map((other) => (other.code === row.code ? weighed : other)) });
  }

  function remove(row) {
    opened = "";
    change({ rows: form.rows.filter((other) => other.code !== row.code) });
  }

  // Beyond the tolerance of its kind a difference needs a reason.
  function isOff() {
    const { transit_ppm, transit_molten_ppm } = app.tolerances;
    const limit = (row) => (row.form === "molten_primary" ? transit_molten_ppm : transit_ppm);
    return form.rows.some((row) => row.weighed && row.sent_g && differsBy(row.mass_g, row.sent_g, limit(row)));
  }

  function drawReason() {
    return textField("reason", "yard.difference_reason", form.reason, (reason) => change({ reason }, { redraw: false }));
  }

  function takeScan({ payload, answer }) {
    if (isAsking) return answer("warning", say("yard.answer_first"));
    if (payload.kind === "shipment") return tickNote(payload.code, answer);
    if (!namesLot(payload)) return answer("error", app.sayWrongScan(payload));
    const lot = app.lotOf(payload.code);
    const code = lot?.code ?? payload.code;
    const verdict = judgeArrival(code, lot, app.site, form.rows);
    const row = lot ? rowOf(lot) : { code, known: false, weighed: "" };
    if (verdict.tone !== "error") change({ rows: [...form.rows, row] });
    if (!lot) app.askForNews();
    answer(verdict.tone, verdict.tone === "success" ? app.sayLot(lot) : app.sayVerdict(verdict));
  }

  // The note of a truck stands for all that it brings.
  function tickNote(note, answer) {
    const lots = listMissing().filter((lot) => lot.note === note);
    if (!lots.length) return answer("error", say("yard.note_not_expected", { note }));
    tick(lots);
    const { count, mass_g } = sumRows(lots.map(rowOf));
    answer("success", say("yard.note_ticked", { count, mass_g }));
  }

  // --- recording --------------------------------------------------------------------------------------------------

  function makeDraft(rows) {
    const lots = rows.map((row) => ({ lot_code: row.code, ...(row.weighed && { mass_g: row.mass_g }) }));
    return { kind: "receive", lots, ...(form.reason.trim() && { reason: form.reason.trim() }) };
  }

  // What is known of the lots is here from now on; of the others the server will tell.
  function effectsOf(rows) {
    const before = rows.map((row) => app.lotOf(row.code)).filter(Boolean);
    const massOf = (lot) => rows.find((row) => row.code === lot.code).mass_g;
    return { before, made: before.map((lot) => ({ ...lot, site: app.site, status: "available", mass_g: massOf(lot) })) };
  }

  // Asks what the masses and the unknown lots ask for; resolves with the rows to record, null where somebody looks again.
  async function settleRows() {
    const doubtful = form.rows.map((row) => [row, doubtOf(row)]).filter(([, { questions }]) => questions.length);
    if (doubtful.length) {
      const words = doubtful.flatMap(([row, { questions }]) => questions.map((one) => `${groupCode(row.code)}　${sayDoubt(one)}`));
      if (!(await app.ask(words, { yes: say("yard.weights_right"), no: say("yard.change_weight") }))) {
        open(doubtful[0][0].code);
        document.getElementById("weighed")?.select();
        return null;
      }
    }
    return askOfUnknown(app, form.rows);
  }

  async function arrive() {
    if (isAsking) return;
    const count_out = form.rows.filter(({ fault }) => fault).length;
    if (count_out) return app.refuse(say("yard.take_out_first", { count: count_out }));
    if (isOff() && !form.reason.trim()) {
      app.refuse(say("yard.difference_needs_reason"));
      return document.getElementById("reason").focus();
    }
    isAsking = true;
    const rows = await settleRows();
    isAsking = false;
    if (!rows) return;
    const { rows: kept, reason } = form;
    const draft = makeDraft(rows);
    const effects = effectsOf(rows);
    change({ ...EMPTY, rows: kept.filter((row) => !rows.includes(row)) }); // before anything is awaited: a second tap sends nothing
    try {
      await app.record(draft, effects);
    } catch (fault) {
      change({ rows: kept, reason });
      return app.refuse(say("yard.not_kept", { reason: fault.message }));
    }
    const { count, mass_g } = sumRows(rows);
    app.confirm(say("yard.received", { count, mass_g }));
    app.go("#/records");
  }
}

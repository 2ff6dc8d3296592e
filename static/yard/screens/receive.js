// A truck arrives: what is on its way here, by truck, ticked by scans or by hand; a mass is weighed again where one wants.

import { make } from "../dom.js";
import { differsBy, formatKg, formatMass, readKg } from "../../components/masses.js";
import { heading, labelled, mainButton, removeButton, softText, textField, wideButton } from "../parts.js";
import { drawRows, drawTotals, sumRows } from "../scanned_rows.js";
import { judgeArrival, namesLot } from "../verdicts.js";
import { nameOf, say } from "../words.js";
import { groupCode } from "../../scanning/codes.js";

const EMPTY = { rows: [], reason: "" };

export function receiveScreen(app) {
  let form = { ...EMPTY, ...app.drafts.arrival };
  let opened = "";
  return { title: () => say("yard.receive"), draw, takeScan, camera: () => say("yard.receive") };

  function change(fields, { redraw = true } = {}) {
    form = { ...form, ...fields };
    app.keepDraft("arrival", form);
    if (redraw) app.redraw();
  }

  function draw(main, footer) {
    main.append(heading(say("yard.receive"), { class: "unseen" })); // the scanner says it
    if (form.rows.length) main.append(drawRows(app, form.rows, opened, open, drawActions));
    else main.append(softText(say("yard.scan_arrivals")));
    if (isOff()) main.append(drawReason());
    main.append(...drawExpected());
    footer.append(drawTotals(form.rows), mainButton("arrive", "yard.arrived", arrive, { disabled: !form.rows.length }));
  }

  function open(code) {
    opened = code;
    app.redraw();
  }

  // --- what is expected -------------------------------------------------------------------------------------------

  function drawExpected() {
    const missing = listMissing();
    if (missing.length) return [make("h2", {}, say("yard.on_the_way")), ...groupByTruck(missing).map(drawTruck)];
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

  function drawTruck(lots) {
    const [{ site, vehicle, sent_ms }] = lots;
    const mass_g = lots.reduce((sum, lot) => sum + lot.mass_g, 0);
    return make(
      "section",
      { class: "yard-truck" },
      make("h3", {}, [app.siteName(site), vehicle].filter(Boolean).join(" · ")),
      softText(say("yard.sent_with", { sent_ms, count: lots.length, mass_g })),
      wideButton(say("yard.take_all", { count: lots.length }), () => tick(lots)),
      lots.map(drawExpectedLot),
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
    const field = make("input", {
      id: "weighed",
      inputmode: "decimal",
      autocomplete: "off",
      value: row.weighed,
      placeholder: row.known ? formatKg(row.sent_g ?? row.mass_g) : "",
      onchange: ({ target }) => weigh(row, target.value),
    });
    return [labelled(say("yard.mass_received"), field), removeButton(row.code, () => remove(row))];
  }

  function weigh(row, text) {
    const mass_g = text.trim() ? readKg(text) : row.sent_g;
    if (text.trim() && !mass_g) return app.refuse(say("yard.not_a_weight"));
    const weighed = { ...row, weighed: text.trim(), mass_g, known: mass_g !== undefined };
    change({ rows: form.rows.map((other) => (other === row ? weighed : other)) });
  }

  function remove(row) {
    opened = "";
    change({ rows: form.rows.filter((other) => other !== row) });
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
    if (payload.kind === "shipment") return tickNote(payload.code, answer);
    if (!namesLot(payload)) return answer("error", app.sayWrongScan(payload));
    const lot = app.lotOf(payload.code);
    const code = lot?.code ?? payload.code;
    const verdict = judgeArrival(code, lot, app.site, form.rows);
    const row = lot ? rowOf(lot) : { code, known: false, weighed: "" };
    if (verdict.tone !== "error") change({ rows: [...form.rows, row] });
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

  function makeDraft() {
    const lots = form.rows.map((row) => ({ lot_code: row.code, ...(row.weighed && { mass_g: row.mass_g }) }));
    return { kind: "receive", lots, ...(form.reason.trim() && { reason: form.reason.trim() }) };
  }

  // What is known of the lots is here from now on; of the others the server will tell.
  function effectsOf(rows) {
    const before = rows.map((row) => app.lotOf(row.code)).filter(Boolean);
    const massOf = (lot) => rows.find((row) => row.code === lot.code).mass_g;
    return { before, made: before.map((lot) => ({ ...lot, site: app.site, status: "available", mass_g: massOf(lot) })) };
  }

  async function arrive() {
    if (isOff() && !form.reason.trim()) {
      app.refuse(say("yard.difference_needs_reason"));
      return document.getElementById("reason").focus();
    }
    const { rows, reason } = form;
    const draft = makeDraft();
    const effects = effectsOf(rows);
    change(EMPTY); // before anything is awaited: a second tap sends nothing
    try {
      await app.record(draft, effects);
    } catch (fault) {
      change({ rows, reason });
      return app.refuse(say("yard.not_kept", { reason: fault.message }));
    }
    const { count, mass_g } = sumRows(rows);
    app.confirm(say("yard.received", { count, mass_g }));
    app.go("#/records");
  }
}

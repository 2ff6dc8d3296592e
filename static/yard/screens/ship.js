// A truck is loaded: each scan is one lot, refused with its reason or in the list at once.

import { make } from "../dom.js";
import { changeLine, heading, mainButton, removeButton, softText, textField } from "../parts.js";
import { drawChoices, drawPicker } from "../picker.js";
import { askOfUnknown, drawRows, drawTotals, judgeAgain, sumRows } from "../scanned_rows.js";
import { judgeDeparture, namesLot } from "../verdicts.js";
import { say } from "../words.js";
import { drawVehicles } from "./load_choices.js";

const MODES = ["road", "rail", "water", "pipeline", "belt", "none"];
const VEHICLE_CLASSES = ["diesel", "gas", "new_energy", "other"];
const EMPTY = { to: "", mode: "road", vehicle_class: "", vehicle: "", distances: {}, rows: [] };

export function shipScreen(app) {
  let form = { ...EMPTY, ...app.drafts.departure };
  let opened = "";
  let isAsking = false; // what becomes of lots that nobody knows
  const sayWhere = () => (form.to ? say("yard.load_to", { site: app.siteName(form.to) }) : say("yard.load"));
  return { title: () => say("yard.load"), draw, takeScan, camera: sayWhere };

  function change(fields) {
    form = { ...form, ...fields };
    app.keepDraft("departure", form);
    app.redraw();
  }

  function draw(main, footer) {
    form = { ...form, rows: judgeAgain(app, form.rows, judgeDeparture, rowOf) };
    const to = make("b", {}, form.to ? app.siteName(form.to) : say("yard.choose_destination"));
    const how = [say(`mode.${form.mode}`), form.vehicle, form.vehicle_class && say(`vehicle.${form.vehicle_class}`)];
    const small = make("small", {}, how.filter(Boolean).join(" · "));
    main.append(
      heading(sayWhere(), { class: "unseen" }),
      changeLine("#/ship/to", [to, small], { id: "to" }),
      form.rows.length ? drawRows(app, form.rows, opened, open, drawActions, takeOut) : softText(say("yard.scan_lots")),
    );
    footer.append(drawTotals(form.rows), mainButton("depart", "yard.depart", depart, { disabled: !form.rows.length }));
  }

  function open(code) {
    opened = code;
    app.redraw();
  }

  function drawActions(row) {
    return removeButton(row.code, () => takeOut(row));
  }

  function takeOut(row) {
    opened = "";
    change({ rows: form.rows.filter((other) => other.code !== row.code) });
  }

  function rowOf({ code, material, mass_g }) {
    return { code, material, mass_g, known: true };
  }

  function takeScan({ payload, answer }) {
    if (!namesLot(payload)) return answer("error", app.sayWrongScan(payload));
    if (isAsking) return answer("warning", say("yard.answer_first"));
    const lot = app.lotOf(payload.code);
    const code = lot?.code ?? payload.code; // a label of before names the lot by its code of today
    const verdict = judgeDeparture(code, lot, app.site, form.rows);
    const row = lot ? rowOf(lot) : { code, known: false };
    if (verdict.tone !== "error") change({ rows: [...form.rows, row] });
    if (!lot) app.askForNews();
    answer(verdict.tone, verdict.tone === "success" ? app.sayLot(lot) : app.sayVerdict(verdict));
  }

  function makeDraft(rows) {
    const distance_km = Number.parseInt(form.distances[form.to], 10);
    return {
      kind: "ship",
      to: form.to,
      mode: form.mode,
      ...(form.vehicle_class && { vehicle_class: form.vehicle_class }),
      ...(form.vehicle && { vehicle_plate: form.vehicle }),
      ...(Number.isInteger(distance_km) && { distance_km }),
      lots: rows.map((row) => ({ lot_code: row.code })),
    };
  }

  // The rows leave the form before anything is awaited: a second tap sends nothing.
  async function depart() {
    if (!form.to) {
      app.refuse(say("yard.choose_destination"));
      return app.go("#/ship/to");
    }
    const { rows: kept } = form;
    const count_out = kept.filter(({ fault }) => fault).length;
    if (count_out) return app.refuse(say("yard.take_out_first", { count: count_out }));
    isAsking = true;
    const rows = await askOfUnknown(app, kept);
    isAsking = false;
    if (!rows) return;
    const draft = makeDraft(rows);
    const before = rows.map((row) => app.lotOf(row.code)).filter(Boolean);
    change({ rows: kept.filter((row) => !rows.includes(row)) });
    try {
      await app.record(draft, { before, made: before.map((lot) => ({ ...lot, status: "in_transit", to: draft.to })) });
    } catch (fault) {
      change({ rows: kept });
      return app.refuse(say("yard.not_kept", { reason: fault.message }));
    }
    const { count, mass_g } = sumRows(rows);
    app.confirm(say("yard.departed", { count, mass_g, to: app.siteName(form.to) }));
    app.go("#/records");
  }
}

export function destinationScreen(app) {
  let form = { ...EMPTY, ...app.drafts.departure };
  return { title: () => say("yard.destination"), draw };

  function set(fields, { redraw = true } = {}) {
    form = { ...form, ...fields };
    app.keepDraft("departure", form);
    if (redraw) app.redraw();
  }

  function draw(main, footer) {
    const worded = (ids, prefix) => ids.map((id) => ({ id, name: say(`${prefix}.${id}`) }));
    main.append(heading(say("yard.destination")));
    drawPicker(main, app.destinations(), {
      id: "destination",
      search: say("yard.search_site"),
      chosen: form.to,
      most: 4,
      choose: (to) => set({ to }),
    });
    drawVehicles(main, app, form.vehicle, (vehicle) => set({ vehicle }));
    drawChoices(main, say("yard.mode"), worded(MODES, "mode"), form.mode, (mode) => set({ mode }), { isTight: true });
    const classes = worded(VEHICLE_CLASSES, "vehicle");
    drawChoices(main, say("yard.vehicle_class"), classes, form.vehicle_class, (id) => set({ vehicle_class: id }), { isTight: true });
    if (form.to) main.append(drawDistance());
    footer.append(mainButton("done", "yard.done", () => app.back()));
  }

  // A distance belongs to a destination: it is typed once.
  function drawDistance() {
    const keep = (text) => {
      const distances = { ...form.distances, [form.to]: text.replace(/\D/g, "") };
      set({ distances }, { redraw: false });
    };
    return textField("distance", "yard.distance", form.distances[form.to] ?? "", keep, { inputmode: "numeric" });
  }
}

// What is rarely changed of a load, each on a screen of its own: the grade among all, from whom, tare, deductions.

import { make } from "../dom.js";
import { chooseGrade, chooseSource, startLoad } from "../load_form.js";
import { heading, labelled, mainButton, softText, textField, weightField } from "../parts.js";
import { drawChoices, drawPicker } from "../picker.js";
import { say } from "../words.js";

const CLASSES = ["post", "pre", "unspecified"];
const CHANNELS = ["offline", "online"];
const UNITS = [
  { id: "kg", name: "kg" },
  { id: "percent", name: "%" },
];

function openForm(app) {
  let form = startLoad(app.drafts.load ?? app.recentLoad());
  return {
    get: () => form,
    change(fields, { redraw = false } = {}) {
      form = { ...form, ...fields };
      app.keepDraft("load", form);
      if (redraw) app.redraw();
    },
    setSource(source) {
      const isOtherTruck = "vehicle" in source && source.vehicle !== form.vehicle;
      this.change({ ...chooseSource(form, source), ...(isOtherTruck && { tare: null, frames: { ...form.frames, tare: "" } }) }, { redraw: true });
    },
  };
}

const done = (app) => mainButton("done", "yard.done", () => app.back());

export function gradeScreen(app) {
  const form = openForm(app);
  return { title: () => say("yard.grade"), draw };

  function draw(main) {
    const grades = app.grades().map((grade) => ({ id: grade.id, name: app.splitName(grade).join(" "), also: grade.id }));
    main.append(heading(say("yard.grade")));
    drawPicker(main, grades, { id: "grade", search: say("yard.search_grade"), chosen: form.get().material, choose });
  }

  function choose(id) {
    form.change(chooseGrade(form.get(), id));
    app.back();
  }
}

export function sourceScreen(app) {
  const form = openForm(app);
  const set = (fields) => form.change(fields, { redraw: true });
  const worded = (ids, prefix) => ids.map((id) => ({ id, name: say(`${prefix}.${id}`) }));
  return { title: () => say("yard.from"), draw };

  function draw(main, footer) {
    const { supplier, source_class, channel } = form.get();
    main.append(heading(say("yard.from")));
    drawPicker(main, app.suppliers(), {
      title: say("yard.supplier"),
      id: "supplier",
      search: say("yard.search_or_new"),
      chosen: supplier,
      most: 4,
      isNew: true,
      choose: (supplier) => form.setSource({ supplier }),
    });
    drawVehicles(main, app, form.get().vehicle, (vehicle) => form.setSource({ vehicle }));
    drawChoices(main, say("yard.source_class"), worded(CLASSES, "class"), source_class, (id) => set({ source_class: id }), { isTight: true });
    drawChoices(main, say("yard.channel"), worded(CHANNELS, "channel"), channel, (id) => set({ channel: id }));
    main.append(labelled(say("yard.origin"), drawOrigins()));
    footer.append(done(app));
  }

  function drawOrigins() {
    const origin = form.get().origin || app.province();
    const options = app.provinces().map(({ id, name }) => make("option", { value: id, selected: id === origin }, name));
    return make("select", { id: "origin", onchange: ({ target }) => form.change({ origin: target.value }) }, options);
  }
}

export function drawVehicles(main, app, chosen, choose) {
  drawPicker(main, app.vehicles(), {
    title: say("yard.vehicle"),
    id: "vehicle",
    search: say("yard.plate"),
    chosen,
    most: 3,
    isNew: true,
    none: say("yard.no_vehicle"),
    choose,
  });
}

export function tareScreen(app) {
  const form = openForm(app);
  return { title: () => say("yard.tare"), draw };

  function draw(main, footer) {
    const kept = app.vehicle(form.get().vehicle)?.tare_g;
    const onText = (text, frame) => form.change({ tare: text.trim() ? text : null, frames: { ...form.get().frames, tare: frame } });
    main.append(
      heading(say("yard.tare")),
      app.scale.field("tare", say("yard.tare"), form.get().tare ?? "", form.get().frames.tare, { onText, onEnter: () => app.back() }),
      kept ? softText(say("yard.tare_kept", { tare_g: kept })) : "",
      textField("ticket", "yard.ticket", form.get().ticket, (ticket) => form.change({ ticket })),
    );
    footer.append(done(app));
    document.getElementById("tare").focus();
  }
}

export function deductionsScreen(app) {
  const form = openForm(app);
  return { title: () => say("yard.deductions"), draw };

  function draw(main, footer) {
    main.append(heading(say("yard.deductions")));
    for (const name of ["impurity", "moisture"]) drawDeduction(main, name);
    footer.append(done(app));
  }

  function drawDeduction(main, name) {
    const { text, unit } = form.get()[name];
    const set = (fields, options) => form.change({ [name]: { ...form.get()[name], ...fields } }, options);
    const symbol = UNITS.find((one) => one.id === unit).name;
    const onText = (typed) => set({ text: typed });
    main.append(weightField(name, say(`yard.${name}`), text, { unit: symbol, onText, onEnter: () => app.back() }));
    drawChoices(main, "", UNITS, unit, (id) => set({ unit: id }, { redraw: true }));
  }
}

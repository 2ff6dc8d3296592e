// What is typed and chosen of a load, kept on the device between screens and reloads, and the draft that comes of it.

import { formatKg, readKg, readPercent } from "../components/masses.js";
import { findEqualLoad, settle } from "./weighing.js";
import { groupCode } from "../scanning/codes.js";

const DEDUCTIONS = ["moisture", "impurity"];

// What repeats from load to load stays; what was read off the scale does not.
const OF_ONE_LOAD = { gross: "", tare: null, ticket: "", manifest: "", photos: [], parts: [], more: false, after: "", frames: {} };
const EMPTY = {
  material: "",
  supplier: "", // the name; the server finds who that is, or that it is somebody new
  vehicle: "", // the plate
  source_class: "",
  origin: "",
  channel: "offline",
  moisture: { text: "", unit: "percent" },
  impurity: { text: "", unit: "kg" },
  radiation: false, // this truck was checked and passed
  agreed: {}, // deductions in per cent by grade, as they were made last
  ...OF_ONE_LOAD,
};
const NO_DEDUCTIONS = Object.fromEntries(DEDUCTIONS.map((name) => [name, EMPTY[name]]));

export const startLoad = (kept) => ({ ...EMPTY, ...kept });

// Return the form for the next load: a deduction in kilograms was weighed, one in per cent is agreed.
export function nextLoad(form) {
  return { ...form, ...OF_ONE_LOAD, ...keepAgreed(form) };
}

export function keepAgreed(form) {
  const keep = (deduction) => (deduction.unit === "percent" ? deduction : { ...deduction, text: "" });
  return Object.fromEntries(DEDUCTIONS.map((name) => [name, keep(form[name])]));
}

// Return the form with another grade, and what was agreed to be deducted of that one.
export function chooseGrade(form, material) {
  if (!form.material || form.material === material) return { ...form, material };
  const agreed = { ...form.agreed, [form.material]: keepAgreed(form) };
  return { ...form, material, agreed, ...(agreed[material] ?? NO_DEDUCTIONS) };
}

// Return the form with another supplier or vehicle: whose load was checked is another load now.
export function chooseSource(form, source) {
  const isAnother = Object.entries(source).some(([name, value]) => form[name] !== value);
  return isAnother ? { ...form, ...source, radiation: false } : form;
}

// Return what the scale says: grams, null of what is missing or no number.
export function readReadings(form, vehicle) {
  const gross_g = readKg(form.gross);
  const tare_g = readTare(form, vehicle);
  return { gross_g, tare_g, moisture: readDeduction(form.moisture), impurity: readDeduction(form.impurity) };
}

// While further grades are on the truck it is weighed with them. Without a vehicle the scrap itself was on the scale; a
// vehicle that was weighed before keeps its tare until another is typed.
function readTare(form, vehicle) {
  if (form.more) return readKg(form.after);
  if (form.tare !== null) return readKg(form.tare);
  if (!form.vehicle) return 0;
  return vehicle?.tare_g || null;
}

function readDeduction({ text, unit }) {
  if (!text.trim()) return null;
  const share_ppm = unit === "percent" ? readPercent(text) : null;
  return unit === "percent" ? { share_ppm } : { mass_g: readKg(text) };
}

export function settleForm(form, material, vehicle) {
  return settle(readReadings(form, vehicle), material, form.more ? 0 : vehicle?.tare_g);
}

// Return the message codes of what is missing or unreadable, by the name of the field, in the order of the screen.
export function listMissing(form, material, vehicle) {
  const readings = readReadings(form, vehicle);
  const missing = {};
  if (!material) missing.material = "yard.choose_grade";
  if (!form.supplier) missing.supplier = "yard.choose_supplier";
  else if (!form.source_class) missing.source_class = "yard.choose_class";
  if (!readings.gross_g) missing.gross = form.gross.trim() ? "yard.not_a_weight" : "yard.weight_missing";
  if (readings.tare_g === null) Object.assign(missing, missTare(form));
  for (const name of DEDUCTIONS) {
    const read = readings[name];
    if (read && (read.mass_g ?? read.share_ppm) === null) missing[name] = "yard.not_a_deduction";
  }
  if (material?.waste_code && !form.manifest.trim()) missing.manifest = "yard.manifest_missing";
  return missing;
}

function missTare(form) {
  const typed = form.more ? form.after : form.tare;
  const code = form.more ? "yard.after_missing" : "yard.tare_missing";
  return { [form.more ? "after" : "tare"]: typed?.trim() ? "yard.not_a_weight" : code };
}

// Return the questions that the readings and earlier entries of this device raise; `deducts` says that something is
// usually deducted of the grade.
export function listQuestions(form, settled, { earlier, now_ms, deducts }) {
  const questions = [...settled.questions];
  const isPlain = DEDUCTIONS.every((name) => !form[name].text.trim());
  if (deducts && isPlain) questions.push({ code: "yard.nothing_deducted", values: { material: form.material } });
  const twin = findEqualLoad(describeLoad(form, settled), earlier, now_ms);
  if (!twin) return questions;
  const values = { ticket: twin.ticket, mass_g: settled.settled_g };
  return [...questions, { code: "yard.load_repeated", confirms: "warning.load_repeated", values }];
}

export function describeLoad(form, settled) {
  return { supplier: form.supplier, vehicle: form.vehicle, material: form.material, settled_g: settled.settled_g };
}

// Return the draft of a load whose label was scanned. Its ticket is that of the weighbridge, else the label's own number,
// which is unique too; of several grades that of the first.
export function makeLoadDraft(form, readings, code, confirmed) {
  const last = makeGrade(form, readings, code, confirmed);
  const grades = [...form.parts, last];
  const asked = [...new Set(grades.flatMap((grade) => grade.confirmed))];
  return {
    kind: "collect",
    ticket: form.ticket.trim() || groupCode(grades[0].code),
    supplier_name: form.supplier,
    ...(form.vehicle && { vehicle_plate: form.vehicle }),
    source_class: form.source_class,
    ...(form.origin && { origin: form.origin }),
    channel: form.channel,
    ...(form.manifest.trim() && { manifest: form.manifest.trim() }),
    ...(form.radiation && { radiation: "passed" }),
    ...(form.photos.length && { photos: form.photos.map((photo) => photo.sha256) }),
    ...(grades.length === 1 && { weighing: last.weighing }),
    outputs: grades.length === 1 ? [stateOutput(last)] : grades.map((grade) => ({ ...stateOutput(grade), weighing: grade.weighing })),
    ...(asked.length && { confirmed: asked }),
  };
}

const stateOutput = ({ material, code }) => ({ form: "scrap", material, code });

// Return one grade of a truck as it was weighed: with what is on the truck after it was unloaded in place of the tare.
export function makeGrade(form, readings, code, confirmed) {
  const weighing = {
    gross_g: readings.gross_g,
    tare_g: readings.tare_g,
    ...stateDeduction("moisture", readings.moisture),
    ...stateDeduction("impurity", readings.impurity),
    ...stateFrame("gross_frame", form.frames.gross),
    ...stateFrame("tare_frame", form.more ? form.frames.after : form.frames.tare),
  };
  return { material: form.material, code, weighing, confirmed };
}

// Return the form after a grade that is not the truck's last: what is still on it is the gross of the next.
export function unloadGrade(form, grade) {
  return { ...form, ...keepAgreed(form), parts: [...form.parts, grade], gross: form.after, after: "", more: false, frames: { gross: form.frames.after } };
}

// Return the form as it was before its last grade was unloaded.
export function reloadGrade(form) {
  const grade = form.parts[form.parts.length - 1];
  const { gross_g, tare_g, gross_frame, tare_frame } = grade.weighing;
  const frames = { gross: gross_frame, after: tare_frame };
  const readings = { gross: formatKg(gross_g), after: formatKg(tare_g), more: true, frames };
  return { ...chooseGrade(form, grade.material), parts: form.parts.slice(0, -1), ...readings };
}

// What a scale sent for a reading is kept with it, as it was sent.
function stateFrame(name, frame) {
  return frame?.trim() ? { [name]: frame.trim() } : {};
}

function stateDeduction(name, deduction) {
  if (!deduction) return {};
  if (deduction.share_ppm === undefined) return { [`${name}_g`]: deduction.mass_g };
  return { [`${name}_percent`]: writePercent(deduction.share_ppm) };
}

function writePercent(share_ppm) {
  const decimals = String(share_ppm % 10_000).padStart(4, "0").replace(/0+$/, "");
  return `${Math.trunc(share_ppm / 10_000)}${decimals && `.${decimals}`}`;
}

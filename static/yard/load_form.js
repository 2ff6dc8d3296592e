// What is typed and chosen of a load, kept on the device between screens and reloads, and the draft that comes of it.

import { readKg, readPercent } from "../components/masses.js";
import { findEqualLoad, settle } from "./weighing.js";
import { groupCode } from "../scanning/codes.js";

const DEDUCTIONS = ["moisture", "impurity"];

// What repeats from load to load stays; what was read off the scale does not.
const OF_ONE_LOAD = { gross: "", tare: null, ticket: "", manifest: "" };
const EMPTY = {
  material: "",
  supplier: "", // the name; the server finds who that is, or that it is somebody new
  vehicle: "", // the plate
  source_class: "",
  origin: "",
  channel: "offline",
  moisture: { text: "", unit: "percent" },
  impurity: { text: "", unit: "kg" },
  ...OF_ONE_LOAD,
};

export const startLoad = (kept) => ({ ...EMPTY, ...kept });

// Return the form for the next load: a deduction in kilograms was weighed, one in per cent is agreed.
export function nextLoad(form) {
  const keep = (deduction) => (deduction.unit === "percent" ? deduction : { ...deduction, text: "" });
  return { ...form, ...OF_ONE_LOAD, ...Object.fromEntries(DEDUCTIONS.map((name) => [name, keep(form[name])])) };
}

// Return what the scale says: grams, null of what is missing or no number.
export function readReadings(form, vehicle) {
  const gross_g = readKg(form.gross);
  const tare_g = readTare(form, vehicle);
  return { gross_g, tare_g, moisture: readDeduction(form.moisture), impurity: readDeduction(form.impurity) };
}

// Without a vehicle the scrap itself was on the scale; a vehicle that was weighed before keeps its tare until another is typed.
function readTare(form, vehicle) {
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
  return settle(readReadings(form, vehicle), material, vehicle?.tare_g);
}

// Return the message codes of what is missing or unreadable, by the name of the field, in the order of the screen.
export function listMissing(form, material, vehicle) {
  const readings = readReadings(form, vehicle);
  const missing = {};
  if (!material) missing.material = "yard.choose_grade";
  if (!form.supplier) missing.supplier = "yard.choose_supplier";
  else if (!form.source_class) missing.source_class = "yard.choose_class";
  if (!readings.gross_g) missing.gross = form.gross.trim() ? "yard.not_a_weight" : "yard.weight_missing";
  if (readings.tare_g === null) missing.tare = form.tare?.trim() ? "yard.not_a_weight" : "yard.tare_missing";
  for (const name of DEDUCTIONS) {
    const read = readings[name];
    if (read && (read.mass_g ?? read.share_ppm) === null) missing[name] = "yard.not_a_deduction";
  }
  if (material?.waste_code && !form.manifest.trim()) missing.manifest = "yard.manifest_missing";
  return missing;
}

// Return the questions that the readings and earlier entries of this device raise.
export function listQuestions(form, settled, earlier, now_ms) {
  const twin = findEqualLoad(describeLoad(form, settled), earlier, now_ms);
  if (!twin) return settled.questions;
  const values = { ticket: twin.ticket, mass_g: settled.settled_g };
  return [...settled.questions, { code: "yard.load_repeated", confirms: "warning.load_repeated", values }];
}

export function describeLoad(form, settled) {
  return { supplier: form.supplier, vehicle: form.vehicle, material: form.material, settled_g: settled.settled_g };
}

// Return the draft of a load whose label was scanned. Its ticket is that of the weighbridge, else the label's own number,
// which is unique too.
export function makeLoadDraft(form, readings, code, confirmed) {
  return {
    kind: "collect",
    ticket: form.ticket.trim() || groupCode(code),
    supplier_name: form.supplier,
    ...(form.vehicle && { vehicle_plate: form.vehicle }),
    source_class: form.source_class,
    ...(form.origin && { origin: form.origin }),
    channel: form.channel,
    ...(form.manifest.trim() && { manifest: form.manifest.trim() }),
    weighing: {
      gross_g: readings.gross_g,
      tare_g: readings.tare_g,
      ...stateDeduction("moisture", readings.moisture),
      ...stateDeduction("impurity", readings.impurity),
    },
    outputs: [{ form: "scrap", material: form.material, code }],
    ...(confirmed.length && { confirmed }),
  };
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

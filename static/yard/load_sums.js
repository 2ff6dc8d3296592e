// What a load comes to while somebody types: tare and its age, deductions, the net, and what looks like a slip.

import { formatKg, formatMass } from "../components/masses.js";
import { make } from "./dom.js";
import { readReadings, settleForm } from "./load_form.js";
import { changeLine, wideButton } from "./parts.js";
import { say } from "./words.js";

const DAY_MS = 86_400_000;

// Returns the lines beneath the weight; `correct` takes the reading that was probably meant, as people type it.
export function drawSums(form, material, vehicle, { sayVerdict, correct }) {
  const settled = settleForm(form, material, vehicle);
  const net = settled.settled_g === null ? "–" : formatMass(settled.settled_g);
  const beside = make("output", { class: "yard-net", id: "net" }, say("yard.net"), " ", make("b", {}, net));
  return [
    form.more ? "" : changeLine("#/collect/tare", sayTare(form, vehicle)),
    changeLine("#/collect/deductions", sayDeductions(form), { beside }),
    ...drawVerdict(settled, material, { sayVerdict, correct }),
  ];
}

function sayTare(form, vehicle) {
  if (form.tare !== null) return say("yard.tare_typed", { tare_g: readReadings(form, vehicle).tare_g });
  if (!form.vehicle) return say("yard.tare_none");
  if (!vehicle?.tare_g) return say("yard.tare_unknown");
  if (!vehicle.tare_ms) return say("yard.tare_typed", { tare_g: vehicle.tare_g });
  const count = Math.floor((Date.now() - vehicle.tare_ms) / DAY_MS);
  return say(count ? "yard.tare_of_days" : "yard.tare_of_today", { tare_g: vehicle.tare_g, count });
}

function sayDeductions(form) {
  const typed = ["impurity", "moisture"].filter((name) => form[name].text.trim());
  const said = typed.map((name) => say(`yard.${name}_${form[name].unit}`, { amount: form[name].text }));
  return said.join("　") || say("yard.no_deductions");
}

function drawVerdict({ faults, questions, settled_g, instead_g }, material, { sayVerdict, correct }) {
  const said = [...faults, ...questions].map((one) => verdict(faults.length ? "wrong" : "doubt", sayVerdict(one)));
  if (instead_g !== null) {
    const words = say("yard.meant", { gross_g: instead_g });
    said.push(wideButton(words, () => correct(formatKg(instead_g)), { id: "instead" }));
  }
  if (!said.length && settled_g !== null && material?.high_g) said.push(verdict("right", say("yard.usual")));
  return said;
}

function verdict(tone, text) {
  return make("p", { class: "yard-verdict", "data-tone": tone, role: "status" }, text);
}

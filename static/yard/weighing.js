// What the readings of a load come to, and what is to be asked before they are recorded.
//
// The rules are those of the server (domain/entry.py, check_usual_mass of domain/rules.py), told here while somebody can
// still go back to the scale. A fault keeps the load from being saved; a question is put once and its answer recorded.

import { differsBy, shareOf } from "../components/masses.js";

const TARE_PPM = 20_000; // a vehicle that comes out further off its usual tare is asked about
const FAR = 10; // times beyond the usual range: a supervisor has to approve it, nobody else's answer is enough
const LIKE_TONNES_G = 100_000; // a reading with a point below 100 kg
const NEAR_PPM = 100_000; // so near to what was sent that it was meant
const SLIPS = [1000, 100, 10]; // tonnes typed for kilograms, a point too many

// Return { net_g, settled_g, faults, questions }; readings: { gross_g, tare_g, moisture, impurity }, deductions being
// { mass_g } or { share_ppm }. Masses are null until they are known.
export function settle(readings, material, usualTare_g, tarePpm = TARE_PPM) {
  const { gross_g, tare_g } = readings;
  const result = { net_g: null, settled_g: null, faults: [], questions: [], instead_g: null };
  if (gross_g === null || tare_g === null) return result;
  const values = { gross_g, tare_g };
  const net_g = gross_g - tare_g;
  if (net_g <= 0) {
    result.faults.push({ code: "yard.tare_not_below_gross", values });
    result.instead_g = guessReading(gross_g, tare_g, readings, material);
    return result;
  }
  const settled_g = net_g - deducted(readings.moisture, net_g) - deducted(readings.impurity, net_g);
  result.net_g = net_g;
  if (settled_g <= 0) {
    result.faults.push({ code: "yard.deductions_exceed_net", values: { net_g } });
    return result;
  }
  result.settled_g = settled_g;
  if (looksLikeTonnes(readings, material)) {
    result.questions.push({ code: "yard.tonnes_meant", values: { gross_g } });
    result.instead_g = gross_g * SLIPS[0];
  }
  if (tare_g && tare_g * FAR * FAR < gross_g) {
    result.questions.push({ code: "yard.tare_small", values }); // no truck is a hundredth of its load
  }
  if (!isUsual(settled_g, material)) {
    const range = { material: material.id, mass_g: settled_g, low_g: material.low_g, high_g: material.high_g };
    const isFar = settled_g * FAR <= material.low_g || settled_g >= material.high_g * FAR;
    if (isFar) result.questions.push({ code: "yard.mass_far", values: range });
    else result.questions.push({ code: "yard.mass_unusual", confirms: "warning.mass_unusual", values: range });
    result.instead_g = guessReading(gross_g, tare_g, readings, material);
  }
  if (usualTare_g && differsBy(tare_g, usualTare_g, tarePpm)) {
    const tares = { tare_g, usual_g: usualTare_g };
    result.questions.push({ code: "yard.tare_off", confirms: "warning.tare_off_history", values: tares });
  }
  return result;
}

// Return { questions, instead_g } of what a lot weighs where it arrives: what was sent tells more than the grade does.
export function doubtArrival(mass_g, sent_g, material) {
  const result = { questions: [], instead_g: null };
  if (mass_g === null || mass_g === undefined) return result;
  if (!sent_g) {
    if (!isLikeTonnes(mass_g)) return result;
    return { questions: [{ code: "yard.tonnes_meant", values: { gross_g: mass_g } }], instead_g: mass_g * SLIPS[0] };
  }
  if (mass_g * FAR <= sent_g || mass_g >= sent_g * FAR) {
    result.questions.push({ code: "yard.far_off_sent", values: { mass_g, sent_g } });
    result.instead_g = SLIPS.map((slip) => mass_g * slip).find((meant_g) => !differsBy(meant_g, sent_g, NEAR_PPM)) ?? null;
  } else if (isUsual(sent_g, material) && !isUsual(mass_g, material)) {
    const range = { material: material.id, mass_g, low_g: material.low_g, high_g: material.high_g };
    result.questions.push({ code: "yard.mass_unusual", values: range });
  }
  return result;
}

// Return { questions, instead_g } of a part of what is taken apart, where `rest_g` is not accounted for yet: 2.5 for 2.5 t.
export function doubtPart(mass_g, rest_g) {
  const meant_g = mass_g * SLIPS[0];
  if (!isLikeTonnes(mass_g) || meant_g > rest_g) return { questions: [], instead_g: null };
  return { questions: [{ code: "yard.tonnes_meant", values: { gross_g: mass_g } }], instead_g: meant_g };
}

export function isUsual(mass_g, material) {
  return !material?.high_g || (material.low_g <= mass_g && mass_g <= material.high_g);
}

// Of a grade without a usual mass: 5.7 typed for 5.7 t.
function looksLikeTonnes({ gross_g }, material) {
  return !material?.high_g && isLikeTonnes(gross_g);
}

const isLikeTonnes = (mass_g) => mass_g < LIKE_TONNES_G && mass_g % 1000 !== 0;

function deducted(deduction, net_g) {
  if (!deduction) return 0;
  return deduction.share_ppm === undefined ? deduction.mass_g : shareOf(net_g, deduction.share_ppm);
}

// Return the reading that was probably meant: 18 200 kg where 18.2 was typed. Null where none fits better.
function guessReading(gross_g, tare_g, readings, material) {
  const meant = SLIPS.map((slip) => gross_g * slip).find((reading_g) => {
    const net_g = Math.max(0, reading_g - tare_g);
    const settled_g = net_g - deducted(readings.moisture, net_g) - deducted(readings.impurity, net_g);
    return settled_g > 0 && material?.high_g && isUsual(settled_g, material);
  });
  return meant ?? null;
}

// Return the entry of the last day that has the same supplier, vehicle, grade and mass, or undefined: perhaps the same
// load twice. Loads are { supplier, vehicle, material, settled_g, made_ms }.
export function findEqualLoad(load, earlier, now_ms) {
  const alike = ["supplier", "vehicle", "material", "settled_g"];
  return earlier.find((one) => now_ms - one.made_ms < 86_400_000 && alike.every((name) => one[name] === load[name]));
}

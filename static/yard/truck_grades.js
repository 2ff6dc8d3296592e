// The grades that were unloaded from a truck already, while the rest is still on it: nothing is recorded before the last.

import { formatMass } from "../components/masses.js";
import { make } from "./dom.js";
import { wideButton } from "./parts.js";
import { shortCode } from "./scanned_rows.js";
import { say } from "./words.js";
import { settle } from "./weighing.js";

// Returns the settled mass of a grade that was unloaded.
export function massOfGrade({ weighing }) {
  return settle({ gross_g: weighing.gross_g, tare_g: weighing.tare_g, moisture: statedOf(weighing, "moisture"), impurity: statedOf(weighing, "impurity") }).settled_g;
}

function statedOf(weighing, name) {
  if (weighing[`${name}_g`] !== undefined) return { mass_g: weighing[`${name}_g`] };
  if (weighing[`${name}_percent`] === undefined) return null;
  const [whole, decimals = ""] = weighing[`${name}_percent`].split(".");
  return { share_ppm: Number(whole) * 10_000 + Number(decimals.padEnd(4, "0")) };
}

// Draws them, and what puts the last one back; nothing where there are none.
export function drawGrades(app, grades, putBack) {
  if (!grades.length) return "";
  const lines = grades.map((grade) => make(
    "li",
    { "data-code": grade.code },
    make("code", {}, shortCode(grade.code)),
    " ",
    app.shortName(grade.material),
    " ",
    make("b", {}, formatMass(massOfGrade(grade))),
  ));
  return make(
    "section",
    { class: "yard-unloaded", "aria-label": say("yard.unloaded") },
    make("h2", {}, say("yard.unloaded")),
    make("ol", {}, lines),
    wideButton(say("yard.put_back"), putBack, { id: "put-back" }),
  );
}

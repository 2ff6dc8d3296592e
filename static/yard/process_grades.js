// Which grades may come of a process, and in which form.

import { sortedBy } from "./knowledge.js";

// Return the grades that a process may make of its inputs: what goes in first, then those used last.
export function listOutcomes(app, process, inputs, chosen) {
  const metals = new Set(inputs.map((row) => row.metal).filter(Boolean));
  const own = [...new Set([chosen, ...inputs.map((row) => row.material)].filter(Boolean))];
  if (process === "split") return own.map((id) => app.material(id)).filter(Boolean);
  const fits = ({ metal }) => !metal || !metals.size || metals.has(metal);
  const isMade = (material) => material.kinds.includes(process) && findForm(material, process, inputs) && fits(material);
  return sortedBy(app.reference.materials.filter(isMade), [...new Set([...own, ...(app.reference.recent.materials ?? [])])]);
}

// Return the form of what is made: that of the inputs where a grade has it, else what is left over in sorting; "" of none.
export function findForm({ forms }, process, inputs) {
  if (inputs.length && forms.includes(inputs[0].form)) return inputs[0].form;
  return process === "sort" && forms.includes("residue") ? "residue" : "";
}

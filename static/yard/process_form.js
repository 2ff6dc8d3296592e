// What is taken apart or put together: lots in, grades out with their masses and labels, and what was lost between.

import { readKg } from "../components/masses.js";

export const PROCESSES = ["sort", "bale", "split"]; // in the order of their use
const EMPTY = { process: "", inputs: [], outputs: [], material: "", typed: "" };

export const startProcess = (kept) => ({ ...EMPTY, ...kept });

// Returns the sums in grams: in, out, and lost; what is typed and not labelled yet counts as out.
export function sumProcess({ inputs, outputs, typed }) {
  const in_g = sumOf(inputs);
  const out_g = sumOf(outputs) + (readKg(typed) ?? 0);
  return { in_g, out_g, loss_g: in_g - out_g };
}

const sumOf = (rows) => rows.reduce((sum, row) => sum + row.mass_g, 0);

// Returns the form with one more output, whose label was scanned; the grade stays for the next.
export function addOutput(form, code, lotForm) {
  const output = { code, material: form.material, form: lotForm, mass_g: readKg(form.typed), known: true };
  return { ...form, outputs: [...form.outputs, output], typed: "" };
}

// Returns what keeps the process from being recorded: a message code and its values; null where nothing does.
export function findProcessFault(form) {
  const { in_g, out_g, loss_g } = sumProcess(form);
  if (!form.inputs.length) return { code: "yard.no_inputs", values: {} };
  if (form.typed.trim()) return { code: "yard.output_without_label", values: {} };
  if (!form.outputs.length) return { code: "yard.no_outputs", values: {} };
  if (loss_g < 0) return { code: "yard.more_out_than_in", values: { in_g, out_g } };
  return null;
}

// Returns the first input whose form a process does not take; undefined where all may go in. `formsIn` are those that each
// kind takes, as the server told this device; one that was told nothing refuses nothing.
export function findUnfit(process, inputs, formsIn) {
  const taken = formsIn?.[process];
  return taken && inputs.find(({ form }) => !taken.includes(form));
}

export function makeProcessDraft(form) {
  const lots = form.inputs.map(({ code, mass_g, whole_g }) => ({ lot_code: code, ...(mass_g !== whole_g && { mass_g }) }));
  const outputs = form.outputs.map((row) => ({ form: row.form, material: row.material, mass_g: row.mass_g, code: row.code }));
  return { kind: form.process, inputs: lots, outputs, loss_g: sumProcess(form).loss_g };
}

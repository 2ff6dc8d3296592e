// Enter leads to the next field and never sends a form: a scale's indicator ends its weight with Enter, a wedge its code.
// The form is sent by its button, by the card "finish", or by Ctrl+Enter, which no device types.

import { finish } from "./finish.js";

const TYPED = "input:not([type=hidden], [type=submit], [type=button], [type=file]), select, textarea";

// What is folded away has a place on the page in newer browsers, but takes no focus.
const isShown = (field) => field.getClientRects().length > 0 && !field.closest("details:not([open])");

// Return the fields that Enter visits, in the order of the page; of a group of choices the chosen one, or the first.
function listFields(form) {
  const visited = new Set();
  return [...form.elements].filter((field) => {
    if (!field.matches(TYPED) || field.disabled || field.readOnly || field.id === "scan-code" || !isShown(field)) return false;
    if (field.type !== "radio") return true;
    if (visited.has(field.name)) return false;
    const group = [...form.elements].filter((one) => one.type === "radio" && one.name === field.name);
    if (!field.checked && group.some((one) => one.checked && isShown(one))) return false;
    visited.add(field.name);
    return true;
  });
}

// Return the field after one; after the last the scan box, so that a further Enter finds nothing to press.
function findNext(form, field) {
  const fields = listFields(form);
  const same = (one) => one === field || (field.type === "radio" && one.type === "radio" && one.name === field.name);
  return fields[fields.findIndex(same) + 1] ?? document.getElementById("scan-code");
}

function installFieldKeys(root = document) {
  root.addEventListener("keydown", (event) => {
    const field = event.target;
    const ends = event.key === "Enter" || event.code === "NumpadEnter";
    if (!ends || event.defaultPrevented || event.isComposing || event.keyCode === 229) return;
    if (!field.matches?.(TYPED) || !field.form?.matches("form.event")) return;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      finish(field.form);
      return;
    }
    if (field.matches("textarea")) return; // a line of its own
    if (field.id === "scan-code") { // what was typed is offered as a scan; of nothing nothing comes
      if (!field.value.trim()) event.preventDefault();
      return;
    }
    event.preventDefault();
    const next = findNext(field.form, field);
    if (!next || next === field) return;
    next.focus();
    if (next.matches("input:not([type=radio], [type=checkbox])")) next.select();
  });
}

installFieldKeys();

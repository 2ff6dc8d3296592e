// What a field held before a key, and how to put it back.

const WITHOUT_TEXT = new Set(["radio", "checkbox", "button", "submit", "reset", "file", "image", "color", "range", "hidden"]);

export function isText(field) {
  return field instanceof HTMLTextAreaElement || (field instanceof HTMLInputElement && !WITHOUT_TEXT.has(field.type));
}

export function snapshot(field) {
  if (field instanceof HTMLSelectElement) return { field, chosen: [...field.options].map((option) => option.selected) };
  if (field instanceof HTMLInputElement && ["radio", "checkbox"].includes(field.type)) return { field, checked: field.checked };
  if (!isText(field)) return null;
  const { value, selectionStart, selectionEnd } = field; // both null in fields of numbers and dates
  return { field, value, start: selectionStart, end: selectionEnd };
}

// Puts back what was there, with `kept` where the caret was: what a hand typed meanwhile.
export function restore(before, kept = "", composed = false) {
  if (!before) return;
  const { field } = before;
  if ("chosen" in before) {
    if (before.chosen.every((chosen, index) => field.options[index].selected === chosen)) return;
    before.chosen.forEach((chosen, index) => { field.options[index].selected = chosen; });
    tell(field, "input", "change");
    return;
  }
  if ("checked" in before) {
    if (field.checked === before.checked) return;
    field.checked = before.checked;
    tell(field, "input", "change");
    return;
  }
  restoreText(before, kept, composed);
}

function restoreText({ field, value, start, end }, kept, composed) {
  const caret = start ?? value.length;
  const whole = value.slice(0, caret) + kept + value.slice(caret);
  const put = () => {
    if (field.value !== whole) field.value = whole;
    if (start !== null) field.setSelectionRange(caret + kept.length, (end ?? caret) + kept.length);
  };
  const changed = field.value !== whole;
  put();
  if (changed) tell(field, "input");
  if (!composed || field !== document.activeElement) return;
  // An open composition would write its text after us: leaving the field ends it, then the value is put once more.
  field.blur();
  put();
  field.focus();
}

function tell(field, ...kinds) {
  for (const kind of kinds) field.dispatchEvent(new Event(kind, { bubbles: true }));
}

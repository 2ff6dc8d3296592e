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

export const RUBOUT = "\b";

// Puts back what was there, and types after it what a hand typed meanwhile: characters, and RUBOUT for Backspace.
export function restore(before, typed = [], composed = false) {
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
  restoreText(before, typed, composed);
}

function restoreText({ field, value, start, end }, typed, composed) {
  let left = value.slice(0, start ?? value.length);
  let chosen = value.slice(left.length, end ?? left.length);
  const right = value.slice(left.length + chosen.length);
  for (const char of typed) {
    if (char !== RUBOUT) left += char;
    else if (!chosen) left = left.slice(0, -1);
    chosen = "";
  }
  const whole = left + chosen + right;
  const put = () => {
    if (field.value !== whole) field.value = whole;
    if (start !== null) field.setSelectionRange(left.length, left.length + chosen.length);
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

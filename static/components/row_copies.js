// Rows of a list in a form, by the names of their fields: `inputs-3-lot_code` is of row 3 of `inputs`, as is
// `roles.3.scope` of `roles`. A new row is a copy of one that is there, with the next number and nothing in it.

const ROW = /^([a-z_]+)([-.])(\d+)[-.]/;
const NUMBERED = ["id", "name", "for", "list", "aria-describedby"];
const TYPED = "input:not([type=radio], [type=checkbox])";

// Returns {list, mark, place} of a field's name; null of a field that is of no row.
export function rowOfName(name) {
  const found = name.match(ROW);
  return found && { list: found[1], mark: found[2], place: Number(found[3]) };
}

// Makes sure that the list of a field has its row; returns whether it has.
export function ensureRow(form, name) {
  const wanted = rowOfName(name);
  if (!wanted) return false;
  const begin = wanted.list + wanted.mark;
  const fields = [...form.elements].filter((field) => field.name?.startsWith(begin) && rowOfName(field.name));
  if (fields.some((field) => rowOfName(field.name).place === wanted.place)) return true;
  const last = fields.at(-1);
  const row = last && findRow(last, form);
  if (!row) return false;
  row.after(copyRow(row, wanted.list, rowOfName(last.name).place, wanted.place));
  return true;
}

// Returns an empty copy of a row that has the number `from`, with the number `to`.
export function copyRow(row, list, from, to) {
  const copy = row.cloneNode(true);
  const number = new RegExp(`(^|[\\s-])(${list}[-.])${from}(?!\\d)`, "g");
  for (const element of copy.querySelectorAll("*")) {
    for (const name of element.localName === "button" ? [...NUMBERED, "value"] : NUMBERED) {
      const text = element.getAttribute(name);
      if (text) element.setAttribute(name, text.replace(number, `$1$2${to}`));
    }
  }
  for (const field of copy.querySelectorAll(TYPED)) {
    field.removeAttribute("value");
    field.value = "";
  }
  for (const field of copy.querySelectorAll("textarea")) field.value = "";
  for (const option of copy.querySelectorAll("option[selected]")) option.removeAttribute("selected");
  for (const field of copy.querySelectorAll("[checked]")) field.removeAttribute("checked");
  copy.querySelectorAll("[aria-invalid]").forEach((field) => field.removeAttribute("aria-invalid"));
  copy.querySelectorAll("[id$='-error']").forEach((error) => error.remove());
  copy.querySelectorAll(".has-error").forEach((field) => field.classList.remove("has-error"));
  copy.querySelector(".of")?.replaceChildren();
  return copy;
}

// A row is marked as one, or it is the widest element that holds fields of its own number alone.
function findRow(field, form) {
  const marked = field.closest(".line, [data-row], tr");
  if (marked && form.contains(marked)) return marked;
  const { list, place } = rowOfName(field.name);
  const isOwn = ({ name }) => {
    const row = rowOfName(name);
    return row?.list === list && row.place === place;
  };
  let row = field;
  while (row.parentElement !== form && [...row.parentElement.querySelectorAll("[name]:not(button)")].every(isOwn)) {
    row = row.parentElement;
  }
  return row;
}

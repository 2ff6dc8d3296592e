// Where a clerk at a desk begins to type: at what is wrong or asked, else at the field that is typed first. A phone would
// cover the page with its keyboard. Scans arrive wherever the focus is.

export function focusFirst(field) {
  if (!matchMedia("(pointer: fine)").matches) return;
  const wrong = document.querySelector("main .has-error input:not([type=hidden])");
  (wrong ?? document.getElementById("errors") ?? field)?.focus();
}

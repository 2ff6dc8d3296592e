// Groups of the menu fold away again when somebody clicks elsewhere or presses Escape. Without this
// script they fold when another is opened, or by a second click.

const groups = () => document.querySelectorAll(".navigation details[open]");

document.addEventListener("click", (event) => {
  for (const group of groups()) {
    if (!group.contains(event.target)) group.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const group of groups()) {
    if (group.contains(document.activeElement)) group.querySelector("summary").focus();
    group.open = false;
  }
});

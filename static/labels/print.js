// The print button; without scripts the browser's own print command does the same, so the button is hidden then.

const button = document.getElementById("print");
if (button) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// Send a form by its own button, as a person would: for the card "finish" and for Ctrl+Enter.

export function finish(form) {
  const button = form.querySelector("[data-finish]") ?? form.querySelector(".actions .button.main");
  if (button) form.requestSubmit(button);
}

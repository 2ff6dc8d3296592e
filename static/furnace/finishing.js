// Command cards at the end of a heat: finish records it, undo and cancel lead back to charging.

document.addEventListener("scan", (event) => {
  const { payload, answer } = event.detail;
  if (event.defaultPrevented || payload.kind !== "command") return;
  event.preventDefault();
  answer("success", "");
  if (payload.command === "finish") document.getElementById("event").requestSubmit(document.querySelector("[data-finish]"));
  else document.querySelector("[data-back]").click();
});

// Nothing is typed into the scan box here: a scanner is heard wherever the focus is.
const first = document.querySelector(".errors") ? null : document.getElementById("made-count");
window.addEventListener("load", () => first?.focus());

// The keys of a page at a desk: whatever has data-key is pressed, or gets the focus, by that key. The help lists what this
// page has, by data-key-name. Signs ("/", "?") count only outside of fields, and in a scan box that is empty.

const FIELD = "input:not([type=checkbox], [type=radio], [type=button]), textarea, select";

function isTyping(root) {
  const here = root.activeElement;
  return Boolean(here?.matches(FIELD)) && !(here.id === "scan-code" && here.value === "");
}

function press(one) {
  const field = one.matches(FIELD) ? one : one.querySelector(FIELD);
  if (field) {
    field.focus();
    field.select?.();
  } else one.click();
}

function showHelp(root) {
  const list = root.querySelector("[data-keys-list]");
  const facts = [...root.querySelectorAll("[data-key]")].flatMap((one) => {
    const [key, name] = [root.createElement("dt"), root.createElement("dd")];
    key.textContent = one.dataset.key;
    name.textContent = one.dataset.keyName;
    return [key, name];
  });
  list.querySelector("dl").replaceChildren(...facts);
  list.showModal();
}

export function installPageKeys(root = document) {
  root.querySelector("[data-keys-help]")?.addEventListener("click", () => showHelp(root));
  root.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (root.querySelector("dialog[open]")) return;
    if (event.key === "Escape") {
      root.getElementById("scan-code")?.focus();
      return;
    }
    if (event.key.length === 1 && isTyping(root)) return;
    const one = [...root.querySelectorAll("[data-key]")].find(({ dataset }) => dataset.key === event.key);
    if (!one) return;
    event.preventDefault();
    press(one);
  });
}

installPageKeys();

// Choosing one of many by tiles: the last used first, the rest by search, somebody new by typing a name.

import { make } from "./dom.js";
import { softText, tile } from "./parts.js";
import { say } from "./words.js";

const MOST_FOUND = 60;

// Draws tiles of `options` ({ id, name, also }) beneath a search field, and calls `choose` with the id of one.
//   small: a second line of an option   most: how many stand there before a search   isNew: what was typed may be taken as it is   none: words of no choice
export function drawPicker(main, options, settings) {
  const { title = "", id, search, chosen, most = MOST_FOUND, isNew = false, none = "", choose } = settings;
  const name = title || search;
  const field = make("input", {
    id,
    type: "search",
    autocomplete: "off",
    placeholder: search,
    "aria-label": name,
    oninput: show,
  });
  const tiles = make("div", { class: "yard-choices", role: "group", "aria-label": name });
  if (title) main.append(make("h2", {}, title));
  main.append(make("div", { class: "yard-field" }, field), tiles);
  show();

  function show() {
    const typed = field.value.trim();
    const found = typed ? options.filter((option) => matches(option, typed)).slice(0, MOST_FOUND) : firstOptions();
    const drawn = found.map((option) => optionTile(option, choose, option.id === chosen));
    if (none && !typed) drawn.unshift(optionTile({ id: "", name: none }, choose, !chosen));
    if (typed && isNew && !found.some((option) => option.name === typed)) {
      drawn.push(optionTile({ id: typed, name: say("yard.take_new", { name: typed }) }, choose, false));
    }
    tiles.replaceChildren(...(drawn.length ? drawn : [softText(say("yard.nothing_found"))]));
  }

  // What is chosen stands there too, wherever it is in the list.
  function firstOptions() {
    const first = options.slice(0, most);
    if (!chosen || first.some((option) => option.id === chosen)) return first;
    const also = options.find((option) => option.id === chosen) ?? { id: chosen, name: chosen };
    return [also, ...first.slice(0, most - 1)];
  }
}

// Draws all options as tiles; where they are short three stand in a row.
export function drawChoices(main, title, options, chosen, choose, { isTight = false } = {}) {
  if (title) main.append(make("h2", {}, title));
  const tiles = options.map((option) => optionTile(option, choose, option.id === chosen));
  main.append(make("div", { class: isTight ? "yard-tiles yard-tight" : "yard-choices", role: "group", "aria-label": title || null }, tiles));
}

function optionTile({ id, name, small = "" }, choose, isChosen) {
  return tile(name, small, { "aria-pressed": String(isChosen), "data-id": id, onclick: () => choose(id) });
}

const plain = (text) => text.normalize("NFKC").toLowerCase().replace(/[\s·.\-]/g, "");

function matches(option, typed) {
  return plain(`${option.name} ${option.also ?? ""}`).includes(plain(typed));
}

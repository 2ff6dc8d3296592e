// The scale of the site at the app's weight fields: what it shows stands above them and is taken by a tap. Where the site has
// none, or nobody can be asked for it, a weight is typed as ever.

import { installWeightField, openDesk } from "../scales/weight_field.js";
import { make } from "./dom.js";
import { weightField } from "./parts.js";
import { wordsOf } from "./words.js";

const RETRY_MS = 60_000; // between questions whether there is a scale

export class SiteScale {
  #tell;
  #askedMs = performance.now();
  #desk;
  #words = wordsOf("scale_live.");

  // `tell` is called once a scale was found.
  constructor(site, tell) {
    const { desk, loaded } = openDesk(site);
    this.#desk = desk;
    this.#tell = tell;
    this.#await(loaded);
  }

  async #await(loading) {
    if (!(await loading)) return;
    this.#desk.sleep(); // the first field wakes it
    this.#tell();
  }

  #findAgain() {
    if (performance.now() - this.#askedMs < RETRY_MS) return;
    this.#askedMs = performance.now();
    this.#await(this.#desk.load());
  }

  // Return a weight field that the scale fills in; `onText` is called with what was typed or taken and the frame that the
  // scale sent for it, "" where it was typed.
  field(id, text, value, frame, { onText, ...settings }) {
    const kept = make("input", { type: "hidden", name: `${id}-frame`, value: frame ?? "" });
    const oninput = ({ target }) => target !== kept && onText(target.value, kept.value);
    const field = weightField(id, text, value, { ...settings, onText: () => {} });
    const container = make("div", { class: "yard-scale", oninput }, field, kept);
    if (this.#desk.scales.length) installWeightField(container, this.#desk, this.#words);
    else this.#findAgain();
    return container;
  }
}

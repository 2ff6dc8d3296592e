// My records on this device: what is kept here, what the server has, what it holds or refuses and why.

import { make } from "../dom.js";
import { heading, softText, wideButton } from "../parts.js";
import { say } from "../words.js";

export function recordsScreen(app) {
  return { title: () => say("yard.my_records"), draw, takeScan: app.showLot };

  function draw(main) {
    const entries = app.entries();
    const { waiting, attention } = app.counts();
    const cards = entries.map((entry) => make("li", {}, app.drawEntry(entry)));
    main.append(heading(say("yard.my_records")));
    main.append(cards.length ? make("ul", { class: "yard-entries" }, cards) : softText(say("yard.no_records")));
    if (waiting || attention) main.append(wideButton(say("yard.export"), app.exportEntries, { id: "export" }));
  }
}

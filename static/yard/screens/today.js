// Today at this site: what everybody recorded, as the server told it last, what waits on this device, and totals by grade.

import { formatMass } from "../../components/masses.js";
import { entryOfEvent, recordedToday, totalsToday, waitingToday } from "../day.js";
import { make } from "../dom.js";
import { drawActs } from "../entry_card.js";
import { heading, softText } from "../parts.js";
import { shortCode } from "../scanned_rows.js";
import { formatClock, say } from "../words.js";

export function todayScreen(app) {
  app.askForNews(); // what others did since
  return { title: () => say("yard.today"), draw, takeScan: app.showLot };

  function draw(main) {
    const waiting = waitingToday(app);
    const told = recordedToday(app);
    main.append(heading(say("yard.today")), ...drawTotals(totalsToday(app)));
    if (waiting.length) main.append(make("h2", {}, say("yard.waits_here", { count: waiting.length })), list(waiting.map((entry) => app.drawEntry(entry, { short: true }))));
    main.append(make("h2", {}, say("yard.by_all", { count: told.length })));
    if (told.length) main.append(list(told.map(drawEvent)));
    else if (!waiting.length) main.append(softText(say("yard.nothing_today")));
    main.append(softText(say("yard.data_of", { made_ms: app.madeMs })));
  }

  function drawTotals(totals) {
    if (!totals.length) return [];
    const lines = totals.map(({ material, count, mass_g }) => make(
      "tr",
      { "data-grade": material, "data-mass": mass_g },
      make("th", { scope: "row" }, app.shortName(material)),
      make("td", {}, say("yard.lots", { count })),
      make("td", {}, formatMass(mass_g)),
    ));
    const caption = make("caption", {}, say("yard.collected_today"));
    return [make("table", { class: "yard-rows", id: "totals" }, caption, make("tbody", {}, lines))];
  }

  function list(cards) {
    return make("ul", { class: "yard-entries" }, cards.map((card) => make("li", {}, card)));
  }

  function drawEvent(event) {
    const entry = entryOfEvent(app, event);
    const card = make(
      "article",
      { class: "yard-entry", "data-state": "done", "data-event": event.id },
      make("p", { class: "yard-entry-state" }, make("time", {}, formatClock(event.record_ms)), " ", event.person),
      make("p", {}, make("b", {}, say(`kind.${event.kind}`)), " ", describe(event)),
    );
    card.append(...drawActs([entry && app.drawUndo(entry)]));
    return card;
  }

  function describe({ made, lots, mass_g }) {
    const [lot] = made;
    if (made.length === 1) return `${shortCode(lot.code)} ${app.shortName(lot.material)} ${formatMass(lot.mass_g)}`;
    const count = made.length || lots;
    return `${say("yard.lots", { count })} ${formatMass(made.length ? made.reduce((sum, one) => sum + one.mass_g, 0) : mass_g)}`;
  }
}

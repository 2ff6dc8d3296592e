// The first screen: where one is, what one can do, and of when the device's knowledge is.

import { recordedToday, waitingToday } from "../day.js";
import { make } from "../dom.js";
import { heading, softText } from "../parts.js";
import { formatTime, say } from "../words.js";

const MOST_DIFFERENCES = 3; // the page of shipments has the rest

const TASKS = [
  ["collect", "yard.new_lot"],
  ["ship", "yard.load"],
  ["receive", "yard.receive"],
  ["process", "yard.process"],
  ["stocktake", "yard.stocktake"],
  ["find", "yard.find"],
  ["relabel", "yard.relabel"],
  ["today", "yard.today"],
  ["records", "yard.my_records"],
];

function sayCounted(counts) {
  return counts.length ? say("yard.counted_so_far", { count: counts.length }) : say("yard.hint_stocktake");
}

export function startScreen(app) {
  return { title: () => say("yard.tasks"), draw, takeScan: app.showLot };

  function draw(main) {
    const tasks = TASKS.filter(([task]) => app.allows(task)).map(drawTask);
    main.append(
      heading(app.siteName(app.site)),
      drawDifferences(app.reference.differences ?? []),
      make("nav", { class: "yard-tasks", "aria-label": say("yard.tasks") }, tasks),
      app.madeMs ? softText(say("yard.data_of", { made_ms: app.madeMs })) : "",
    );
  }

  // Loads of this site that weighed otherwise where they arrived.
  function drawDifferences(differences) {
    if (!differences.length) return "";
    const lines = differences.slice(0, MOST_DIFFERENCES).map((one) => make("li", { "data-shipment": one.shipment, "data-difference": one.difference_g }, sayDifference(one)));
    return make("section", { class: "yard-verdict", "data-tone": "doubt", "aria-label": say("home.differences") }, make("b", {}, say("home.differences")), make("ul", {}, lines));
  }

  function sayDifference({ to, vehicle, sent_ms, sent_g, received_g, difference_g }) {
    const what = say("yard.difference", { site: app.siteName(to), sent_g, received_g, difference_g });
    return [what, vehicle, formatTime(sent_ms)].filter(Boolean).join(" · ");
  }

  function drawTask([task, code]) {
    const attributes = { class: "yard-task", href: `#/${task}`, "data-task": task };
    return make("a", attributes, make("span", {}, say(code)), make("small", {}, sayHint(task)));
  }

  function sayHint(task) {
    if (task === "receive") return say("yard.arrivals", { count: app.arrivals().length });
    if (task === "today") return say("yard.events_today", { count: recordedToday(app).length + waitingToday(app).length });
    if (task === "stocktake") return sayCounted(app.drafts.stocktake?.counts ?? []);
    if (task === "records") return say("yard.entries_today", { count: app.entriesToday().length });
    return say(`yard.hint_${task}`);
  }
}

// The first screen: where one is, what one can do, and of when the device's knowledge is.

import { make } from "../dom.js";
import { heading, softText } from "../parts.js";
import { say } from "../words.js";

const TASKS = [
  ["collect", "yard.new_lot"],
  ["ship", "yard.load"],
  ["receive", "yard.receive"],
  ["find", "yard.find"],
  ["records", "yard.my_records"],
];

export function startScreen(app) {
  return { title: () => say("yard.tasks"), draw, takeScan: app.showLot };

  function draw(main) {
    const tasks = TASKS.filter(([task]) => app.allows(task)).map(drawTask);
    main.append(
      heading(app.siteName(app.site)),
      make("nav", { class: "yard-tasks", "aria-label": say("yard.tasks") }, tasks),
      app.madeMs ? softText(say("yard.data_of", { made_ms: app.madeMs })) : "",
    );
  }

  function drawTask([task, code]) {
    const attributes = { class: "yard-task", href: `#/${task}`, "data-task": task };
    return make("a", attributes, make("span", {}, say(code)), make("small", {}, sayHint(task)));
  }

  function sayHint(task) {
    if (task === "receive") return say("yard.arrivals", { count: app.arrivals().length });
    if (task === "records") return say("yard.entries_today", { count: app.entriesToday().length });
    return say(`yard.hint_${task}`);
  }
}

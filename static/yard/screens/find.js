// What a lot is and where, as this device knows it; with a network the page of the lot tells the rest.

import { make } from "../dom.js";
import { formatMass } from "../../components/masses.js";
import { heading, softText } from "../parts.js";
import { drawPicker } from "../picker.js";
import { nameOf, say } from "../words.js";
import { groupCode } from "../../scanning/codes.js";

const FIRST = 4; // lots that stand there before a search

// Draws the lots of the site, to be found by grade, mass or a part of the number where no label can be read.
export function drawStock(main, app, choose) {
  const lots = app.stock().map(({ code, material, mass_g }) => ({
    id: code,
    name: `${app.shortName(material)} ${formatMass(mass_g)}`,
    small: groupCode(code),
    also: `${code} ${nameOf(app.material(material))} ${mass_g / 1000}`,
  }));
  drawPicker(main, lots, { title: say("yard.in_stock"), id: "stock", search: say("yard.search_stock"), most: FIRST, choose });
}

export function findScreen(app, [code]) {
  return { title: () => say("yard.find"), draw, takeScan: app.showLot, camera: () => say("yard.find") };

  function draw(main) {
    main.append(heading(say("yard.find"), { class: "unseen" })); // the scanner says it
    if (!code) {
      main.append(softText(say("yard.scan_to_find")));
      return drawStock(main, app, (found) => app.go(`#/find/${found}`));
    }
    const lot = app.lotOf(code);
    if (lot?.material) main.append(drawLot(lot));
    else main.append(make("p", { class: "yard-verdict", "data-tone": "doubt" }, say("yard.not_on_device", { code })));
    if (lot?.material && app.allows("relabel")) main.append(make("a", { class: "button yard-wide", href: `#/relabel/${lot.code}`, id: "relabel" }, say("yard.relabel")));
    if (lot?.material && navigator.onLine) main.append(make("a", { class: "button yard-wide", href: `/labels?code=${lot.code}`, id: "reprint" }, say("yard.reprint")));
    const page = make("a", { class: "button yard-wide", href: `/l/${code}` }, say("yard.open_page"));
    if (navigator.onLine) main.append(page);
  }

  function drawLot(lot) {
    const isMoving = lot.status === "in_transit" && lot.to;
    const where = isMoving ? say("yard.on_its_way_to", { site: app.siteName(lot.to) }) : app.siteName(lot.site);
    const facts = [
      ["yard.material", nameOf(app.material(lot.material))],
      ["yard.mass", formatMass(lot.mass_g)],
      ["yard.where", where],
      ["yard.state", say(`status.${lot.status}`)],
    ];
    const list = facts.map(([name, value]) => make("div", {}, make("dt", {}, say(name)), make("dd", {}, value)));
    return make(
      "section",
      { class: "yard-lot", "data-code": lot.code },
      make("h2", {}, make("code", {}, groupCode(lot.code))),
      make("dl", {}, list),
      softText(say("yard.data_of", { made_ms: app.madeMs })),
    );
  }
}

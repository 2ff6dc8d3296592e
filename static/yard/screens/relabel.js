// A new label for a lot whose old one is torn or wrong: the lot by scan or by its number, then a blank label.

import { formatMass } from "../../components/masses.js";
import { groupCode } from "../../scanning/codes.js";
import { make } from "../dom.js";
import { heading, softText, wideButton } from "../parts.js";
import { judgeRelabel, namesLot } from "../verdicts.js";
import { nameOf, say } from "../words.js";
import { drawStock } from "./find.js";

export function relabelScreen(app, [found = ""]) {
  let old = app.lotOf(found) ? found : "";
  let isBusy = false;
  return { title: () => say("yard.relabel"), draw, takeScan, camera: () => say("yard.relabel") };

  function draw(main) {
    main.append(heading(say("yard.relabel"), { class: "unseen" }));
    if (!old) {
      main.append(softText(say("yard.scan_old")), softText(say("yard.torn_what")));
      return drawStock(main, app, choose);
    }
    const lot = app.lotOf(old);
    main.append(
      make("h2", {}, make("code", {}, groupCode(old))),
      make("p", { id: "old" }, make("b", {}, nameOf(app.material(lot.material))), " ", formatMass(lot.mass_g)),
      softText(say("yard.scan_new_label")),
      wideButton(say("yard.another_lot"), () => choose("")),
    );
  }

  function choose(code) {
    old = code;
    app.redraw();
  }

  async function takeScan({ payload, answer }) {
    if (!namesLot(payload)) return answer("error", app.sayWrongScan(payload));
    const { code } = payload;
    const taken = old && app.sayTaken(code);
    if (taken) return answer("error", taken);
    if (old) return isBusy ? answer("warning", say("yard.answer_first")) : record(code, answer);
    const lot = app.lotOf(code);
    const verdict = judgeRelabel(code, lot, app.site);
    if (verdict.tone === "error") return answer("error", app.sayVerdict(verdict));
    answer("success", app.sayLot(lot));
    choose(lot.code);
  }

  async function record(code, answer) {
    isBusy = true;
    const lot = app.lotOf(old);
    const draft = { kind: "relabel", lots: [{ lot_code: old }], code, reason: say("yard.relabel_reason") };
    try {
      await app.record(draft, { before: [lot], made: [{ ...lot, codes: [...(lot.codes ?? []), code] }] });
    } catch (fault) {
      isBusy = false;
      return answer("error", say("yard.not_kept", { reason: fault.message }));
    }
    answer("success", say("yard.relabelled", { code, old }));
    app.go("#/records");
  }
}

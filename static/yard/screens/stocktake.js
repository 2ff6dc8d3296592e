// A stocktake by walking the yard: each scan shows what the book has, the person types what is there. What was counted
// stays on the device until it is recorded; what was not seen is listed, and never written off by itself.

import { formatMass, readKg } from "../../components/masses.js";
import { signal } from "../../scanning/feedback.js";
import { groupCode } from "../../scanning/codes.js";
import { make } from "../dom.js";
import { heading, mainButton, softText, wideButton } from "../parts.js";
import { addCount, isFarOff, listDifferences, listUnseen, makeAdjustment, sumCounts } from "../stocktake_count.js";
import { shortCode } from "../scanned_rows.js";
import { judgeCount, namesLot } from "../verdicts.js";
import { formatClock, nameOf, say } from "../words.js";

const EMPTY = { counts: [], current: "", typed: "", started_ms: 0 };

function openCount(app) {
  let form = { ...EMPTY, ...app.drafts.stocktake };
  if (form.current && !app.lotOf(form.current)) form = { ...form, current: "", typed: "" }; // it went meanwhile
  return {
    get: () => form,
    change(fields, { redraw = true } = {}) {
      form = { ...form, ...fields };
      app.keepDraft("stocktake", form);
      if (redraw) app.redraw();
    },
  };
}

export function stocktakeScreen(app) {
  const form = openCount(app);
  return { title: () => say("yard.stocktake"), draw, takeScan, camera: () => say("yard.stocktake") };

  function draw(main, footer) {
    const { counts, current } = form.get();
    const lots = app.stock();
    main.append(heading(say("yard.stocktake"), { class: "unseen" }), drawProgress(counts, lots));
    if (current) main.append(...drawCurrent(app.lotOf(current)));
    else main.append(softText(say(counts.length ? "yard.scan_next" : "yard.scan_to_count")));
    main.append(make("ul", { class: "yard-counts" }, [...counts].reverse().slice(0, 5).map((count) => drawCount(app, count))));
    const finish = wideButton(say("yard.finish_count"), () => app.go("#/stocktake/end"), { id: "finish", disabled: !counts.length });
    if (current) footer.append(mainButton("counted", "yard.take_count", take));
    else footer.append(finish);
  }

  function drawProgress(counts, lots) {
    const seen = lots.length - listUnseen(lots, counts).length;
    return make(
      "p",
      { class: "yard-totals", role: "status" },
      make("span", { id: "progress", "data-seen": seen, "data-all": lots.length }, say("yard.counted_of", { seen, count: lots.length })),
      make("progress", { max: Math.max(1, lots.length), value: seen, "aria-label": say("yard.stocktake") }),
    );
  }

  function drawCurrent(lot) {
    const book = make("p", { id: "book" }, make("b", {}, nameOf(app.material(lot.material))), " ", say("yard.book_has", { mass_g: lot.mass_g }));
    return [
      make("h2", {}, make("code", {}, groupCode(lot.code))),
      book,
      app.scale.field("count", say("yard.counted"), form.get().typed, "", {
        onText: (typed) => form.change({ typed }, { redraw: false }),
        onEnter: take,
        describedBy: "book",
      }),
      wideButton(say("yard.as_in_book", { mass_g: lot.mass_g }), () => keep(lot, lot.mass_g), { id: "as-in-book" }),
    ];
  }

  // --- counting ---------------------------------------------------------------------------------------------------

  function takeScan({ payload, answer }) {
    if (!namesLot(payload)) return answer("error", app.sayWrongScan(payload));
    const lot = app.lotOf(payload.code);
    const verdict = judgeCount(payload.code, lot, app.site);
    if (verdict.tone === "error") return answer("error", app.sayVerdict(verdict));
    const { current, typed } = form.get();
    if (current && current !== lot.code && !takeTyped()) return answer("error", sayUncounted(current, typed));
    form.change({ current: lot.code, typed: "" });
    answer("success", app.sayLot(lot));
    document.getElementById("count")?.focus();
  }

  function sayUncounted(code, typed) {
    const counted_g = readKg(typed);
    if (!typed.trim()) return say("yard.count_first", { code });
    if (counted_g === null) return say("yard.not_a_weight");
    return say("yard.count_far_off", { counted_g, book_g: app.lotOf(code).mass_g });
  }

  // Keeps what was typed for the lot at hand, where it is a mass and needs no question; returns whether it did.
  function takeTyped() {
    const { current, typed } = form.get();
    const lot = app.lotOf(current);
    const counted_g = readKg(typed);
    const isPlain = counted_g !== null && !isFarOff(counted_g, lot.mass_g);
    if (isPlain) keep(lot, counted_g);
    return isPlain;
  }

  async function take() {
    const { current, typed } = form.get();
    if (takeTyped()) return;
    const words = sayUncounted(current, typed);
    const counted_g = readKg(typed);
    if (counted_g === null) return app.refuse(words);
    const isRight = await app.ask([words], { yes: say("yard.count_right", { counted_g }), no: say("yard.change_weight") });
    if (isRight) keep(app.lotOf(current), counted_g);
    else document.getElementById("count")?.select();
  }

  function keep({ code, material, mass_g }, counted_g) {
    const counts = addCount(form.get().counts, { code, material, book_g: mass_g, counted_g });
    form.change({ counts, current: "", typed: "", started_ms: form.get().started_ms || Date.now() });
    signal("success");
  }
}

function drawCount(app, { code, material, book_g, counted_g }) {
  const difference_g = counted_g - book_g;
  const said = difference_g ? say("yard.differs_by", { difference_g }) : say("yard.agrees");
  return make(
    "li",
    { "data-code": code, "data-difference": difference_g },
    make("code", {}, shortCode(code)),
    make("span", {}, app.shortName(material)),
    make("b", {}, formatMass(counted_g)),
    make("small", { "data-tone": difference_g ? "doubt" : "right" }, said),
  );
}

// The end of a stocktake: what differs, and what nobody saw. Only differences are recorded, each as it was counted.
export function countEndScreen(app) {
  const form = openCount(app);
  let isSending = false;
  return { title: () => say("yard.finish_count"), draw, takeScan: app.showLot };

  function draw(main, footer) {
    const { counts } = form.get();
    const differences = listDifferences(counts);
    const unseen = listUnseen(app.stock(), counts);
    main.append(heading(say("yard.finish_count")), drawSum(counts), make("h2", {}, say("yard.differences", { count: differences.length })));
    if (differences.length) main.append(make("ul", { class: "yard-counts" }, differences.map((count) => drawCount(app, count))));
    else main.append(softText(say("yard.no_differences")));
    main.append(...drawUnseen(unseen));
    if (differences.length && !app.canAdjust) main.append(softText(say("yard.supervisor_decides")));
    main.append(wideButton(say("yard.count_on"), () => app.back()));
    footer.append(mainButton("record-count", differences.length ? "yard.record_differences" : "yard.end_count", record, { disabled: isSending || !counts.length }));
  }

  function drawSum(counts) {
    const { book_g, counted_g, difference_g } = sumCounts(counts);
    return make("p", { id: "count-sum", "data-difference": difference_g }, say("yard.count_sum", { count: counts.length, book_g, counted_g, difference_g }));
  }

  function drawUnseen(lots) {
    if (!lots.length) return [softText(say("yard.all_seen"))];
    const lines = lots.map((lot) => make(
      "li",
      { "data-unseen": lot.code },
      make("code", {}, shortCode(lot.code)),
      make("span", {}, app.shortName(lot.material)),
      make("b", {}, formatMass(lot.mass_g)),
    ));
    return [make("h2", {}, say("yard.not_seen", { count: lots.length })), softText(say("yard.not_seen_what")), make("ul", { class: "yard-counts", id: "unseen" }, lines)];
  }

  async function record() {
    if (isSending) return;
    isSending = true;
    const { counts, started_ms } = form.get();
    const differences = listDifferences(counts);
    const reason = say("yard.count_reason", { started_ms: started_ms || Date.now() });
    for (const count of differences) {
      try {
        await recordOne(count, reason);
      } catch (fault) {
        isSending = false;
        return app.refuse(say("yard.not_kept", { reason: fault.message }));
      }
      form.change({ counts: form.get().counts.map((one) => (one.code === count.code ? { ...one, book_g: one.counted_g } : one)) }, { redraw: false });
    }
    form.change(EMPTY, { redraw: false });
    const words = differences.length ? "yard.count_recorded" : "yard.count_agreed";
    app.confirm(say(words, { count: differences.length, time: formatClock(Date.now()) }));
    app.go("#/records");
  }

  // What a supervisor counted changes the stock of this device at once; an operator's count waits for the supervisor.
  function recordOne(count, reason) {
    const lot = app.lotOf(count.code);
    const changed = app.canAdjust && lot ? { before: [lot], made: [{ ...lot, mass_g: lot.mass_g + count.counted_g - count.book_g }] } : {};
    return app.record(makeAdjustment(count, reason), { used: [], ...changed });
  }
}

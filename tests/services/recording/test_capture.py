"""Capture records every event once: batches in order, late entries, and rules that need store or
clock.
"""

import json
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any

import pytest

from graph.store import Store
from tests.support.business import Business, grams, open_business, uuid7
from tests.support.stores import assert_equal_to_a_rebuild
from traceability.domain.calendar import SHANGHAI
from traceability.domain.decision import Changes
from traceability.domain.errors import BadDraft, EventConflict, EventRejected
from traceability.domain.provenance import CLASSES
from traceability.domain.vocabulary import TURNOVER_ACCOUNTS
from traceability.services.directory.reference import ReferenceDocument, put_reference
from traceability.services.recording.capture import MOST_EVENTS, Receipt, capture_batch
from traceability.services.recording.judge import Deliverer
from traceability.services.recording.seal import find_changed
from traceability.wire import load_batch

Body = dict[str, Any]


@pytest.fixture
def here(sqlite_store: Store) -> Business:
    open_business(sqlite_store)
    return Business(sqlite_store)


def seq(here: Business) -> int:
    with here.store.read() as reader:
        return reader.find_head()[0]


def refused(here: Business, body: Body) -> list[str]:
    before = seq(here)
    with pytest.raises(EventRejected) as caught:
        here.send(body)
    assert seq(here) == before
    return sorted(violation.code for violation in caught.value.violations)


def scrap(kg: float | None, material: str = "tense", **more: Any) -> Body:
    return {"form": "scrap", "material": material, "mass_g": None if kg is None else grams(kg), **more}


def collected(here: Business, ticket: str, kg: float = 100, at: str = "", **fields: Any) -> Body:
    given = {
        "supplier": "zhang",
        "source_class": "post",
        "channel": "offline",
        "outputs": [scrap(kg)],
        **fields,
    }
    return here.draft("collect", given.pop("site", "yard"), at, ticket=ticket, **given)


def sorting(here: Business, lot: str, kg: float, at: str = "", **fields: Any) -> Body:
    used = [{"lot": lot, "mass_g": grams(kg)}]
    return here.draft("sort", "yard", at, inputs=used, outputs=[scrap(kg)], **fields)


# --- once and only once --------------------------------------------------------------------------------------------


def test_the_same_event_again_gives_the_first_receipt(here: Business) -> None:
    body = collected(here, "1")
    first = here.send(body)
    here.now_ms += 60_000
    again = here.send({**body, "note": None, "id": body["id"].upper()})
    assert (first.status, again.status) == ("created", "duplicate")
    assert (again.seq, again.record_ms, again.lots) == (first.seq, first.record_ms, first.lots)
    assert seq(here) == 1


def test_the_same_id_with_other_content_is_a_conflict(here: Business) -> None:
    body = collected(here, "1")
    here.send(body)
    with pytest.raises(EventConflict) as caught:
        here.send({**body, "note": "x"})
    assert (caught.value.code, caught.value.figures) == ("event.conflict", {"id": body["id"], "seq": 1})
    assert seq(here) == 1


def test_a_refused_id_may_come_again(here: Business) -> None:
    body = collected(here, "1")
    assert refused(here, {**body, "channel": None}) == ["rule.field_missing"]
    assert here.send(body).status == "created"


def test_the_same_ticket_with_the_same_content_gives_the_first_receipt(here: Business) -> None:
    body = collected(here, "1")
    first = here.send(body)
    copy = {**body, "id": uuid7(900), "actor": "wang", "outputs": [scrap(100, lot=uuid7(901))]}
    again = here.send(copy)
    assert (again.status, again.event, again.lots) == ("duplicate", body["id"], first.lots)
    assert refused(here, {**copy, "note": "other"}) == ["rule.ticket_used"]
    assert refused(here, {**copy, "id": uuid7(902), "outputs": [scrap(101)]}) == ["rule.ticket_used"]


def test_a_ticket_is_unique_per_site_and_calendar_year(here: Business) -> None:
    here.send(collected(here, "1", at="2024-12-31T23:59:00"))
    here.send(collected(here, "1", at="2025-01-01T00:00:00"))
    here.send(collected(here, "1", at="2025-01-01T00:00:00", site="plant"))
    assert refused(here, collected(here, "1", at="2024-06-01T00:00:00")) == ["rule.ticket_used"]


def test_a_heat_number_is_unique_per_site_and_year_and_recognised(here: Business) -> None:
    lot = here.collect("tutu", 1000, site="plant")
    product = {"form": "product", "material": "6063", "mass_g": grams(490)}
    inputs = [{"lot": lot, "mass_g": grams(500)}]
    body = here.draft("melt", "plant", heat_number="7", inputs=inputs, outputs=[product])
    first = here.send(body)
    again = here.send({**body, "id": uuid7(900)})
    assert (again.status, again.event, again.lots) == ("duplicate", first.event, first.lots)
    assert here.lot(lot).remaining_g == grams(500)
    assert refused(here, {**body, "id": uuid7(901), "furnace": "2"}) == ["rule.heat_used"]
    here.send({**body, "id": uuid7(902), "event_time": "2025-12-31T23:00:00+08:00", "heat_number": "8"})


def test_a_session_delivers_only_its_own_persons_drafts(here: Business) -> None:
    drafts = load_batch({"events": [collected(here, "1", actor="wang"), collected(here, "2", actor="chen")]})
    receipts = capture_batch(here.store, drafts, Deliverer("session", "wang"), here.now_ms)
    assert [receipt.status for receipt in receipts] == ["created", "rejected"]
    assert here.event(receipts[0].event).deliverer == "session"
    assert isinstance(receipts[1].error, EventRejected)
    assert [violation.code for violation in receipts[1].error.violations] == ["rule.not_own_draft"]


# --- batches -------------------------------------------------------------------------------------------------------


def batch(here: Business, bodies: list[Body]) -> list[Receipt]:
    return capture_batch(here.store, load_batch({"events": bodies}), Deliverer("test"), here.now_ms)


def test_a_batch_is_judged_in_order_and_only_what_is_accepted_is_written(here: Business) -> None:
    lot = uuid7(500)
    first = collected(here, "1", outputs=[scrap(100, lot=lot)])
    bodies = [
        sorting(here, lot, 10),  # before its lot exists
        first,
        sorting(here, lot, 60),
        sorting(here, lot, 60),  # more than the batch has left
        {**first, "note": "other"},
        first,
        {**first, "id": uuid7(501)},
        {"kind": "sort"},
        sorting(here, lot, 40),
        here.draft("ship", "yard", lots=[{"lot": lot}], to="plant"),
    ]
    receipts = batch(here, bodies)
    assert [receipt.status for receipt in receipts] == [
        "rejected", "created", "created", "rejected", "conflict", "duplicate", "duplicate", "rejected", "created",
        "rejected",
    ]  # fmt: skip
    assert [receipt.seq for receipt in receipts if receipt.status == "created"] == [1, 2, 3]
    assert isinstance(receipts[7].error, BadDraft)
    assert receipts[5].lots == receipts[6].lots == receipts[1].lots
    assert seq(here) == 3
    assert here.lot(lot).status == "consumed"
    with here.store.read() as reader:
        known = reader.find_events([body["id"] for body in bodies if "id" in body])
    assert set(known) == {receipt.event for receipt in receipts if receipt.status == "created"}
    assert [receipt.status for receipt in batch(here, bodies)].count("duplicate") == 5
    assert_equal_to_a_rebuild(here.store)


def test_two_hundred_events_go_into_one_batch(here: Business) -> None:
    lot = uuid7(500)
    bodies = [collected(here, "1", 10_000, outputs=[scrap(10_000, lot=lot)])]
    bodies += [sorting(here, lot, 51) for _ in range(MOST_EVENTS - 1)]
    receipts = batch(here, bodies)
    created = [receipt for receipt in receipts if receipt.status == "created"]
    assert len(created) == 1 + 10_000 // 51
    assert receipts[196].status == "created"
    assert {receipt.status for receipt in receipts[197:]} == {"rejected"}
    assert here.lot(lot).remaining_g == grams(10_000 - 196 * 51)
    with pytest.raises(BadDraft):
        batch(here, bodies * 2)
    assert_equal_to_a_rebuild(here.store)


def test_corrections_and_late_entries_within_a_batch(here: Business) -> None:
    lot = uuid7(500)
    first = collected(here, "1", at="2025-02-01T08:00:00", outputs=[scrap(100, lot=lot)])
    take = sorting(here, lot, 60, "2025-02-03T08:00:00")
    bodies = [
        first,
        take,
        sorting(here, lot, 41, "2025-02-02T08:00:00"),  # late, and too much for what follows
        sorting(here, lot, 40, "2025-02-02T08:00:00"),
        here.draft(
            "correct", "yard", "2025-02-04T08:00:00", targets=[{"event": take["id"]}], reason="mistake"
        ),
        sorting(here, lot, 60, "2025-02-03T09:00:00"),
    ]
    statuses = [receipt.status for receipt in batch(here, bodies)]
    assert statuses == ["created", "created", "rejected", "created", "created", "created"]
    assert here.lot(lot).remaining_g == 0
    assert_equal_to_a_rebuild(here.store)


def test_a_correction_may_name_another_actor(here: Business) -> None:
    body = collected(here, "1", at="2025-02-01T08:00:00", actor="wang")
    here.send(body)
    stated = {key: value for key, value in body.items() if key != "id"} | {"actor": "chen"}
    targets = [{"event": body["id"], "draft": stated}]
    here.send(here.draft("correct", "yard", "2025-02-04T08:00:00", targets=targets, reason="chen weighed it"))
    assert here.event(body["id"]).draft.actor == "chen"
    assert_equal_to_a_rebuild(here.store)


# --- when ----------------------------------------------------------------------------------------------------------


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).timestamp() * 1000)


def test_a_date_without_time_follows_what_made_its_lots_that_day(here: Business) -> None:
    lot = here.collect("tense", 100, at="2025-02-01T15:30:00")
    same_day = here.send(sorting(here, lot, 10, "2025-02-01"))
    next_day = here.send(sorting(here, lot, 10, "2025-02-02"))
    assert here.event(same_day.event).frozen.time_ms == ms("2025-02-01T15:30")
    assert here.event(next_day.event).frozen.time_ms == ms("2025-02-02")
    assert refused(here, sorting(here, lot, 10, "2025-01-31")) == ["rule.before_made"]
    alone = here.send(collected(here, "d", at="2025-02-01"))
    assert here.event(alone.event).frozen.time_ms == ms("2025-02-01")


def test_a_date_without_time_follows_moves_and_releases_also_when_late(here: Business) -> None:
    lot = here.collect("tense", 100, at="2025-02-01T08:00:00")
    here.inspect(lot, False, at="2025-02-02T09:00:00")
    here.inspect(lot, True, at="2025-02-02T11:00:00")
    here.ship(lot, "plant", at="2025-02-05T08:00:00")
    here.receive(lot, "plant", at="2025-02-05T17:00:00")
    here.assay(lot, "0.95", site="plant", at="2025-02-06T08:00:00")
    late = here.send({**sorting(here, lot, 10, "2025-02-05"), "site": "plant"})
    assert here.event(late.event).frozen.time_ms == ms("2025-02-05T17:00")
    assert_equal_to_a_rebuild(here.store)


def test_a_late_entry_is_judged_by_where_the_lot_was_then(here: Business) -> None:
    lot = here.collect("tense", 100, at="2025-02-01T08:00:00")
    part = here.ship(lot, "plant", kg=60, at="2025-02-03T08:00:00")
    here.receive(part, "plant", at="2025-02-04T08:00:00")
    here.send(sorting(here, lot, 15, "2025-02-02T08:00:00"))
    assert here.lot(lot).remaining_g == grams(25)
    assert refused(here, sorting(here, lot, 26, "2025-02-02T09:00:00")) == ["rule.overdrawn"]
    # What it would break later, a receipt without its difference, may be said beside it.
    assert "rule.before_made" in refused(here, sorting(here, part, 5, "2025-02-02T09:00:00"))
    assert "rule.in_transit" in refused(here, sorting(here, part, 5, "2025-02-03T09:00:00"))
    assert refused(here, sorting(here, part, 5, "2025-02-05T09:00:00")) == ["rule.foreign_site"]
    assert_equal_to_a_rebuild(here.store)


def test_a_late_take_of_a_lot_that_later_left_whole_names_the_movement(here: Business) -> None:
    lot = here.collect("tense", 100, at="2025-02-01T08:00:00")
    here.ship(lot, "plant", at="2025-02-03T08:00:00")
    shipment = here.last_event()
    with pytest.raises(EventRejected) as caught:
        here.send(sorting(here, lot, 10, "2025-02-02T08:00:00"))
    assert [violation.events for violation in caught.value.violations] == [(shipment,)]
    assert here.lot(lot).remaining_g == grams(100)


def replaced(here: Business, *bodies: Body) -> None:
    here.replace_all({body["id"]: body for body in bodies})
    assert_equal_to_a_rebuild(here.store)


def time_of(here: Business, body: Body) -> int:
    return here.event(body["id"]).frozen.time_ms


@pytest.mark.parametrize("kind", ["assay", "ship"])
def test_a_date_without_time_that_a_correction_states_goes_by_what_was_before_it(
    here: Business, kind: str
) -> None:
    lot = here.collect("tense", 100, at="2025-02-01T10:00:00")
    fields = {"metal_fraction": "0.9"} if kind == "assay" else {"to": "plant", "mode": "road"}
    body = here.draft(kind, "yard", "2025-02-03", lots=[{"lot": lot}], **fields)
    here.send(body)
    if kind == "assay":
        here.ship(lot, "plant", at="2025-02-04T09:00:00")
    here.receive(lot, "plant", at="2025-02-04T17:00:00")
    replaced(here, {**body, "event_time": "2025-02-01"})
    assert time_of(here, body) == ms("2025-02-01T10:00")
    replaced(here, {**body, "event_time": "2025-02-02"})
    assert time_of(here, body) == ms("2025-02-02")


@pytest.mark.parametrize("order", [1, -1])
def test_a_date_without_time_follows_what_the_same_correction_moves(here: Business, order: int) -> None:
    ticket = collected(here, "t", at="2025-02-01T10:00:00")
    lot = here.send(ticket).lots[0].id
    sort = sorting(here, lot, 10, "2025-02-01")
    made = here.send(sort).lots[0].id
    again = {**sorting(here, made, 5, "2025-02-01"), "note": "from the list"}
    here.send(again)
    later = {**ticket, "event_time": "2025-02-01T11:00:00+08:00"}
    with pytest.raises(EventRejected):
        here.replace_all({ticket["id"]: later})
    replaced(here, *[later, sort, again][::order])
    assert time_of(here, sort) == time_of(here, again) == ms("2025-02-01T11:00")
    replaced(here, {**ticket, "event_time": "2025-02-01T09:00:00+08:00"}, {**sort, "note": "x"})
    assert time_of(here, sort) == ms("2025-02-01T09:00")


def test_a_date_without_time_keeps_its_place_before_what_moved_its_lots_later_that_day(
    here: Business,
) -> None:
    lot = here.collect("tense", 100, at="2025-02-01T10:00:00")
    other = here.collect("tense", 100, at="2025-02-01T11:00:00")
    sort = sorting(here, lot, 10, "2025-02-01")
    here.send(sort)
    here.ship(lot, "plant", kg=90, at="2025-02-01T16:00:00")
    here.receive(lot, "plant", at="2025-02-01T17:00:00")
    replaced(here, {**sort, "note": "x"})
    assert time_of(here, sort) == ms("2025-02-01T10:00")
    both = [*sort["inputs"], {"lot": other, "mass_g": grams(10)}]
    replaced(here, {**sort, "inputs": both, "outputs": [scrap(20)]})
    assert time_of(here, sort) == ms("2025-02-01T11:00")


# --- what was used before it was known to have failed ----------------------------------------------------------------


def failing(here: Business, lot: str, day: int = 7, **fields: Any) -> Body:
    given = {"subject": "radiation", "passed": False, **fields}
    return here.draft("inspect", "yard", f"2025-01-{day:02}T08:00:00", lots=[{"lot": lot}], **given)


def warned(here: Business, body: Body) -> list[tuple[str, tuple[str, ...], object, object]]:
    """What the inspection warns of now, which is what a rebuild makes of it too."""
    assert_equal_to_a_rebuild(here.store)
    return [
        (one.code, one.events, one.figures["takes"], one.figures["mass_g"])
        for one in here.event(body["id"]).warnings
    ]


BEFORE = "warning.taken_before_failure"


def used(here: Business, lot: str) -> tuple[Body, Body]:
    """A take on the 8th and the shipment of all else on the 9th."""
    take = sorting(here, lot, 30, "2025-01-08T08:00:00")
    here.send(take)
    ship = here.draft("ship", "yard", "2025-01-09T08:00:00", lots=[{"lot": lot}], to="plant", mode="road")
    here.send(ship)
    return take, ship


def test_a_failure_warns_of_what_was_taken_and_sent_off_before_it_was_recorded(here: Business) -> None:
    lot = here.collect("tense", 100, at="2025-01-06T08:00:00")
    here.send(sorting(here, lot, 20, "2025-01-06T09:00:00"))
    take, ship = used(here, lot)
    here.receive(lot, "plant", at="2025-01-10T08:00:00")
    body = failing(here, lot)
    receipt = here.send(body)
    assert [(one.lots, one.events) for one in receipt.warnings] == [((lot,), (take["id"], ship["id"]))]
    assert warned(here, body) == [(BEFORE, (take["id"], ship["id"]), 2, grams(80))]


def test_the_warning_of_a_failure_follows_the_takes(here: Business) -> None:
    lot = here.collect("tense", 100, at="2025-01-06T08:00:00")
    take = sorting(here, lot, 30, "2025-01-08T08:00:00")
    here.send(take)
    part = here.ship(lot, "plant", kg=20, at="2025-01-09T08:00:00")
    shipped = here.last_event()
    here.receive(part, "plant", at="2025-01-10T08:00:00")
    body = failing(here, lot)
    here.send(body)
    assert warned(here, body) == [(BEFORE, (take["id"], shipped), 2, grams(50))]
    less = [{"lot": lot, "mass_g": grams(10)}]
    here.replace(take["id"], {**take, "inputs": less, "outputs": [scrap(10)]})
    assert warned(here, body) == [(BEFORE, (take["id"], shipped), 2, grams(30))]
    here.void(take["id"])
    assert warned(here, body) == [(BEFORE, (shipped,), 1, grams(20))]
    here.inspect(lot, True, at="2025-01-09T12:00:00")
    assert warned(here, body) == [(BEFORE, (shipped,), 1, grams(20))]
    here.inspect(lot, True, at="2025-01-07T12:00:00")
    assert warned(here, body) == []


def test_a_failure_that_a_correction_states_flags_what_was_recorded_before_it(here: Business) -> None:
    lot = here.collect("tense", 100, at="2025-01-06T08:00:00")
    body = failing(here, lot, passed=True)
    here.send(body)
    take, ship = used(here, lot)
    here.replace(body["id"], {**body, "passed": False})
    assert here.lot(lot).failures
    assert warned(here, body) == [(BEFORE, (take["id"], ship["id"]), 2, grams(100))]
    here.replace(body["id"], {**body, "passed": False, "note": "by the gate's record"})
    assert warned(here, body) == [(BEFORE, (take["id"], ship["id"]), 2, grams(100))]
    more = {**take, "inputs": [{"lot": lot, "mass_g": grams(31)}], "outputs": [scrap(31)]}
    with pytest.raises(EventRejected):
        here.replace(take["id"], more)
    here.replace(body["id"], body)
    assert warned(here, body) == []


def test_a_failure_that_a_correction_moves_before_takes_flags_them(here: Business) -> None:
    lot = here.collect("tense", 100, at="2025-01-06T08:00:00")
    first = sorting(here, lot, 10, "2025-01-08T08:00:00")
    here.send(first)
    body = failing(here, lot, 9)
    assert here.send(body).warnings == ()
    late = sorting(here, lot, 20, "2025-01-08T09:00:00")
    here.send(late)
    moved = {**body, "event_time": "2025-01-07T08:00:00+08:00"}
    here.replace(body["id"], moved)
    assert warned(here, body) == [(BEFORE, (first["id"], late["id"]), 2, grams(30))]
    assert refused(here, sorting(here, lot, 20, "2025-01-08T10:00:00")) == ["rule.quarantined"]
    here.replace(body["id"], body)
    assert warned(here, body) == []


def test_what_a_return_split_off_stays_quarantined_when_the_failures_note_is_corrected(
    here: Business,
) -> None:
    lot = here.collect("tense", 100, at="2025-01-06T08:00:00")
    here.ship(lot, "plant", at="2025-01-06T09:00:00")
    shipment = here.last_event()
    here.receive(lot, "plant", at="2025-01-06T10:00:00")
    body = {**failing(here, lot), "site": "plant"}
    here.send(body)
    moved = [{"lot": lot, "mass_g": grams(30)}]
    [part] = here.do("return", "yard", "2025-01-08T08:00:00", shipment=shipment, lots=moved)
    here.replace(body["id"], {**body, "note": "x"}, "plant")
    assert here.lot(part).status == "quarantined"
    assert warned(here, body) == []


def test_the_clock_may_run_five_minutes_ahead(here: Business) -> None:
    here.now_ms = ms("2025-02-01T08:00")
    here.send(collected(here, "1", at="2025-02-01T08:05:00"))
    assert refused(here, collected(here, "2", at="2025-02-01T08:05:01")) == ["rule.in_the_future"]


# --- weighing ------------------------------------------------------------------------------------------------------


def weighed(here: Business, tare_kg: float, vehicle: str = "湘A1", **more: Any) -> Receipt:
    here.tickets += 1
    readings = {"gross_g": grams(20_000), "tare_g": grams(tare_kg), **more}
    output = {"form": "scrap", "material": "tense"}
    return here.send(
        collected(here, f"W{here.tickets}", vehicle=vehicle, weighing=readings, outputs=[output])
    )


def test_a_tare_more_than_two_percent_off_the_vehicles_history_warns(here: Business) -> None:
    assert not weighed(here, 5000).warnings  # no history yet
    assert not weighed(here, 10_000, "湘B2").warnings
    assert not weighed(here, 5100).warnings  # exactly 2 %
    [warning] = weighed(here, 4948.999).warnings  # more than 2 % below the mean of these two
    assert (warning.code, warning.figures["usual_g"]) == ("warning.tare_off_history", grams(5050))


def test_deductions_are_settled_half_up(here: Business) -> None:
    [lot] = weighed(here, 5000, moisture_percent="0.5", impurity_g=grams(25)).lots
    assert lot.mass_g == grams(15_000 - 75 - 25)
    odd = {"gross_g": 100_001, "tare_g": 1, "moisture_percent": "0.0005"}  # 0.5 g
    output = {"form": "scrap", "material": "tense"}
    [lot] = here.send(collected(here, "half", weighing=odd, outputs=[output])).lots
    assert lot.mass_g == 99_999


def test_what_the_scale_says_is_held_to_the_limit_of_a_typed_mass(here: Business) -> None:
    limit_kg = 10_000_000
    output = {"form": "scrap", "material": "tense"}
    readings = {"gross_g": grams(limit_kg + 11_001), "tare_g": grams(11_000)}
    approval = {"approver": "chen", "reason": "a long train"}
    body = collected(here, "1", weighing=readings, outputs=[output], approval=approval, actor="wang")
    assert refused(here, body) == ["rule.mass_absurd"]
    in_two = [scrap(limit_kg - 1), scrap(2)]
    assert refused(here, {**body, "outputs": in_two}) == ["rule.mass_absurd"]
    [lot] = here.send({**body, "weighing": {**readings, "moisture_g": 1000}}).lots
    assert lot.mass_g == grams(limit_kg)


# --- where metal comes from, and whether it is counted -----------------------------------------------------------------


def supplied(
    here: Business, form: str, material: str, content: list[Body] | None = None, **fields: Any
) -> Body:
    output = {
        "form": form,
        "material": material,
        "mass_g": grams(100),
        "metal_g": grams(100),
        "content": content,
    }
    papers = {"certificate": "C1"} if content else {}
    return here.draft("supply", "plant", supplier="zhang", outputs=[output], **papers, **fields)


def vector_of(here: Business, body: Body) -> dict[tuple[int, str, int], int]:
    return dict(here.lot(here.send(body).lots[0].id).content.vector)


@pytest.mark.parametrize("source_class", ["post", "primary", "unknown"])
@pytest.mark.parametrize(("form", "material"), [("ore_feed", "cu-concentrate"), ("additive", "si")])
def test_only_bought_in_product_has_its_content_by_certificate(
    here: Business, form: str, material: str, source_class: str
) -> None:
    content = [{"source_class": source_class, "metal_g": grams(100)}]
    assert refused(here, supplied(here, form, material, content)) == ["rule.content_not_allowed"]
    without_paper = {**supplied(here, form, material, content), "certificate": None}
    assert refused(here, without_paper) == ["rule.content_not_allowed"]
    product = supplied(here, "product", "al99.70", content)
    assert vector_of(here, product) == {(CLASSES.index(source_class), "430000", 1): grams(100)}


def test_content_that_would_be_ignored_is_refused(here: Business) -> None:
    content = [{"source_class": "pre", "metal_g": grams(90)}]
    body = collected(here, "1", outputs=[scrap(100, content=content)])
    assert refused(here, body) == ["rule.content_not_allowed"]
    lot = here.collect("tense", 100)
    body = {**sorting(here, lot, 100), "outputs": [scrap(100, content=content)]}
    assert refused(here, body) == ["rule.content_not_allowed"]


def test_ore_feed_is_uncounted_primary_and_an_additive_counted(here: Business) -> None:
    ore = supplied(here, "ore_feed", "cu-concentrate", origin="360000")
    assert vector_of(here, ore) == {(3, "360000", 0): grams(100)}
    assert vector_of(here, supplied(here, "additive", "si", origin="360000")) == {(3, "ADD", 1): grams(100)}
    assert vector_of(here, supplied(here, "product", "al99.70")) == {(4, "430000", 1): grams(100)}


def bought(here: Business, origin: str) -> Body:
    content = [{"source_class": "post", "metal_g": grams(100), "origin": origin}]
    return supplied(here, "product", "al99.70", content)


def imported(here: Business, ticket: str, **fields: Any) -> Body:
    given = {
        "source_class": "post",
        "country": "JP",
        "declaration_no": "D1",
        "outputs": [scrap(100)],
        **fields,
    }
    return here.draft("import", "yard", ticket=ticket, **given)


def test_a_first_record_of_a_sealed_month_is_supplementary(here: Business) -> None:
    here.collect("tense", 1000)
    here.seal("2025-03", "plant", at="2025-04-02T08:00:00")
    power = here.draft("declare", "plant", type="power", period="2025-03", kwh=10, renewable_kwh=1)
    assert [warning.code for warning in here.send(power).warnings] == ["warning.supplementary"]


def test_scrap_comes_from_a_province_and_an_import_from_its_country(here: Business) -> None:
    not_province = ["rule.origin_not_province"]
    for number, origin in enumerate(("ADD", "OPEN", "IMP-JP")):
        assert refused(here, collected(here, f"C{number}", origin=origin)) == not_province
    for origin in ("ADD", "OPEN"):
        assert refused(here, supplied(here, "ore_feed", "cu-concentrate", origin=origin)) == not_province
    ore = supplied(here, "ore_feed", "cu-concentrate", origin="IMP-CL")  # ore comes from abroad too
    assert {origin for _, origin, _ in vector_of(here, ore)} == {"IMP-CL"}
    assert refused(here, collected(here, "9", origin="430600")) == ["rule.origin_below_province"]
    for origin in ("990000", "999999", "000000"):
        assert refused(here, collected(here, "9", origin=origin)) == ["rule.unknown_province"]
        assert refused(here, bought(here, origin)) == ["rule.unknown_province"]
    for number, origin in enumerate(("430000", "430681", "IMP-US", "ADD", "OPEN")):
        assert refused(here, imported(here, f"I{number}", origin=origin)) == ["rule.origin_not_country"]
    assert refused(here, imported(here, "8", origin="430000", country=None)) == ["rule.field_missing"]
    for ticket, given in (("1", {}), ("2", {"origin": "IMP-JP"})):
        assert vector_of(here, imported(here, ticket, **given)) == {(0, "IMP-JP", 0): grams(90)}


def test_a_certificate_names_provinces_and_countries(here: Business) -> None:
    for origin in ("500000", "IMP-CL"):
        assert vector_of(here, bought(here, origin)) == {(0, origin, 1): grams(100)}
    assert (
        refused(here, bought(here, "OPEN")) == refused(here, bought(here, "ADD")) == ["rule.content_origin"]
    )
    assert refused(here, bought(here, "510100")) == ["rule.origin_below_province"]


def test_declared_stock_is_of_origin_open_whatever_is_known_of_it(here: Business) -> None:
    stock = opened(here, "2025-01-01")["outputs"][0]
    for number, origin in enumerate(("OPEN", "430000", "IMP-JP")):
        lines = [{**stock["content"][0], "origin": origin}]
        body = opened(here, f"2025-01-0{number + 1}", outputs=[{**stock, "content": lines}])
        assert vector_of(here, body) == {(0, "OPEN", 0): grams(100)}
    lines = [{**stock["content"][0], "origin": "ADD"}]
    body = opened(here, "2025-01-05", outputs=[{**stock, "content": lines}])
    assert refused(here, body) == ["rule.content_origin"]


def test_a_correction_is_held_to_the_same_rules_as_an_entry(here: Business) -> None:
    body = collected(here, "1")
    here.send(body)
    event = here.last_event()
    for change, code in (
        ({"origin": "430681"}, "rule.origin_below_province"),
        ({"outputs": [scrap(100, metal="Cu")]}, "rule.metal_differs"),
        ({"weighing": {"gross_g": 2 * 10**10, "tare_g": 1}, "outputs": [scrap(None)]}, "rule.mass_absurd"),
    ):
        with pytest.raises(EventRejected) as caught:
            here.replace(event, {**body, **change})
        assert code in [violation.code for violation in caught.value.violations]
        assert all(violation.path.startswith("targets.0.draft.") for violation in caught.value.violations)


@pytest.mark.parametrize("metal", ["Cu", "mixed"])
def test_a_material_keeps_its_own_metal(here: Business, metal: str) -> None:
    scrapped = here.collect("tutu", 1000, site="plant")
    product = {"form": "product", "material": "cathode", "mass_g": grams(900), "metal": "Al"}
    heat = here.draft("melt", "plant", heat_number="1", inputs=[{"lot": scrapped}], outputs=[product])
    assert refused(here, heat) == ["rule.metal_differs"]
    assert refused(here, collected(here, "1", outputs=[scrap(100, metal=metal)])) == ["rule.metal_differs"]
    here.send(collected(here, "1", outputs=[scrap(100, metal="Al")]))


def test_a_part_keeps_the_metal_of_its_lot_though_its_grade_is_another_metal_by_now(here: Business) -> None:
    lot = here.collect("tense", 100)
    part = {**scrap(40), "metal": "Al"}
    with here.store.read() as reader:
        grade = reader.find_documents("material", ["tense"])["tense"].body
    entry = ReferenceDocument("material", "tense", {**grade, "metal": "mixed"})
    here.store.write(lambda writer: put_reference(writer, [entry]))
    [piece, _] = here.transform("split", [lot], [part, {**part, "mass_g": grams(60)}])
    assert here.lot(piece).metal == "Al"


# --- licences, certificates -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "allowed"), [("2019-12-31", False), ("2020-01-01", True)])
def test_hazardous_scrap_needs_a_licence_of_its_own_day(here: Business, day: str, allowed: bool) -> None:
    body = collected(here, "1", at=f"{day}T08:00:00", manifest="M1", outputs=[scrap(100, "rains")])
    if allowed:
        receipt = here.send(body)
        assert here.event(receipt.event).frozen.licence == "HW-1"
        assert here.lot(receipt.lots[0].id).waste_code == "900-052-31"
    else:
        assert refused(here, body) == ["rule.licence_missing"]


def test_a_licence_covers_its_own_waste_codes_only(here: Business) -> None:
    body = collected(here, "1", manifest="M1", outputs=[scrap(100, "rents")])
    assert refused(here, body) == ["rule.licence_missing"]
    plain = collected(here, "2", outputs=[scrap(100, waste_code="900-052-31")])
    assert refused(here, plain) == ["rule.manifest_missing"]


def licensed(here: Business, *licences: tuple[str, str]) -> None:
    """The yard has licences of these numbers, each for one waste code."""
    with here.store.read() as reader:
        yard = reader.find_documents("site", ["yard"])["yard"].body
    rows = [
        {"number": number, "waste_codes": [code], "from": "2020-01-01", "until": "2030-12-31"}
        for number, code in licences
    ]
    entry = ReferenceDocument("site", "yard", {**yard, "licences": rows})
    here.store.write(lambda writer: put_reference(writer, [entry]))


def test_licences_cover_together_what_none_covers_alone(here: Business) -> None:
    batteries, dross = "900-052-31", "321-026-48"
    both = collected(here, "1", manifest="M1", outputs=[scrap(100, "rains"), scrap(100, "thirl")])
    licensed(here, ("A", batteries))
    with pytest.raises(EventRejected) as caught:
        here.send(both)
    [missing] = caught.value.violations
    assert (missing.code, missing.path) == ("rule.licence_missing", "outputs.1")
    assert missing.figures["waste_code"] == dross
    licensed(here, ("A", batteries), ("B", dross))
    assert here.event(here.send(both).event).frozen.licence == "A, B"
    one = collected(here, "2", manifest="M1", outputs=[scrap(100, "thirl")])
    assert here.event(here.send(one).event).frozen.licence == "B"
    licensed(here, ("A", batteries), ("B", "321-002-48"))
    assert refused(here, {**one, "id": uuid7(900), "ticket": "3"}) == ["rule.licence_missing"]
    assert_equal_to_a_rebuild(here.store)


def declaring(here: Business, site: str = "yard", **fields: Any) -> Body:
    return here.draft("declare", site, **{"type": "power", "period": "2025-01", "kwh": 100, **fields})


def test_a_certificate_is_used_once_whoever_has_it(here: Business) -> None:
    here.send(declaring(here, renewable_kwh=50, certificate="G1"))
    body = declaring(here, "plant", renewable_kwh=50, certificate="G1")
    assert refused(here, body) == ["rule.certificate_used"]
    here.send({**body, "certificate": "G2"})


def test_a_sealed_month_is_declared_by_correction_only(here: Business) -> None:
    here.send(declaring(here))
    declared = here.last_event()
    here.seal("2025-01", at="2025-02-01T08:00:00")
    assert "rule.month_sealed" in refused(here, declaring(here, kwh=7))
    here.send(declaring(here, period="2025-02"))
    here.send(declaring(here, "plant"))
    here.replace(declared, declaring(here, kwh=120))
    assert here.event(declared).draft.detail.figures == {"kwh": 120}  # type: ignore[union-attr]


def test_a_record_is_known_by_what_it_is_counted_by(here: Business) -> None:
    """A meter by its name, whatever else it states; fuel by its kind, and its line's name."""
    here.send(declaring(here))
    assert refused(here, declaring(here, kwh=9, fuel="x")) == ["rule.already_declared"]
    here.send(declaring(here, line="2", fuel="x"))
    assert refused(here, declaring(here, line="2")) == ["rule.already_declared"]
    burnt: Body = {"type": "fuel", "kwh": None, "fuel_g": 5}
    for fields in (
        {"fuel": "gas"},
        {"fuel": "coal"},
        {"fuel": "gas", "line": "1"},
        {"fuel": "coal", "line": "1"},
    ):
        here.send(declaring(here, **burnt, **fields))
        assert refused(here, declaring(here, **burnt, **fields)) == ["rule.already_declared"]


# --- seals ---------------------------------------------------------------------------------------------------------


def digest_by_hand(here: Business, site: str, month: str) -> str:
    with here.store.read() as reader:
        postings = sorted(reader.scan_postings(range(1, reader.find_head().seq + 1)))
    rows = [
        {**one._asdict(), **one.row._asdict()}
        for one in postings
        if (one.row.site, one.book_month) == (site, month) and one.row.account not in TURNOVER_ACCOUNTS
    ]
    for row in rows:
        del row["row"]
        assert not row.pop("book_region"), "no site of these tests moves"
    text = json.dumps(rows, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(text.encode()).hexdigest()


def test_a_seal_holds_the_digest_of_its_sites_month(store: Store) -> None:
    open_business(store)
    here = Business(store)
    first = here.collect("tense", 100, at="2025-03-05T08:00:00")
    fault = here.last_event()
    here.collect("tutu", 100, site="plant", at="2025-03-05T08:00:00")
    here.collect("tense", 70, at="2025-04-05T08:00:00")
    here.transform("sort", [(first, 50)], [scrap(49)], at="2025-03-06T08:00:00")
    here.seal("2025-03", at="2025-04-01T08:00:00")
    seal = here.last_event()
    held = here.event(seal).frozen.month_digest
    assert held == digest_by_hand(here, "yard", "2025-03")
    here.seal("2024-12", at="2025-04-01T08:00:00")
    assert here.event(here.last_event()).frozen.month_digest == sha256(b"[]").hexdigest()
    # A late entry and a correction of it are booked elsewhere.
    here.collect("tense", 5, at="2025-03-07T08:00:00")
    here.replace(fault, collected(here, "T00001", 90, at="2025-03-05T08:00:00"))
    here.seal("2025-04", at="2025-05-01T08:00:00")
    assert held == digest_by_hand(here, "yard", "2025-03")
    assert_equal_to_a_rebuild(store)
    assert here.event(seal).frozen.month_digest == held
    # What the ledger takes in behind the seal's back is told.
    event = here.event(seal)
    with store.read() as reader:
        assert find_changed(reader, event) == find_changed(reader, here.event(fault)) == ""
        one = reader.scan_postings([1])[0]
    assert one.book_month == "2025-03"
    store.write(lambda writer: writer.apply(Changes(postings=[one._replace(cause=seq(here), number=9)])))
    with store.read() as reader:
        assert find_changed(reader, event) == digest_by_hand(here, "yard", "2025-03") != held
        first_books = replace(event, frozen=event.frozen._replace(month_digest=""))
        assert find_changed(reader, first_books) == "", "seals of the first books hold nothing"


def test_a_seal_counts_what_its_own_batch_posts_before_it(here: Business) -> None:
    here.collect("tense", 40, at="2025-03-09T08:00:00")
    fault = here.last_event()
    bodies = [
        collected(here, "B1", at="2025-03-05T08:00:00"),
        here.draft("correct", "yard", targets=[{"event": fault}], reason="mistake"),
        here.draft("seal", "yard", at="2025-04-01T08:00:00", month="2025-03"),
        collected(here, "B2", at="2025-03-06T08:00:00"),
    ]
    drafts = load_batch({"events": bodies})
    *_, seal, _ = capture_batch(here.store, drafts, Deliverer("test"), here.now_ms)
    held = here.event(seal.event).frozen.month_digest
    assert held == digest_by_hand(here, "yard", "2025-03")
    with here.store.read() as reader:
        assert {one.book_month for one in reader.scan_postings([seal.seq + 1])} == {"2026-01"}
    assert_equal_to_a_rebuild(here.store)


def test_a_months_postings_of_two_regions_go_by_event(here: Business) -> None:
    """The county was renumbered within the month: a store lists by region."""
    for region in ("430699", "430611", "430699"):
        body = {"zh": "yard", "en": "yard", "kinds": ["collection"], "region": region, "firm": "f"}
        yard = ReferenceDocument("site", "yard", body)
        here.store.write(lambda writer, yard=yard: put_reference(writer, [yard]))  # type: ignore[misc]
        here.collect("tense", 100, at="2025-03-05T08:00:00")
    here.seal("2025-03", at="2025-04-01T08:00:00")
    held = here.event(here.last_event()).frozen.month_digest
    assert held == digest_by_hand(here, "yard", "2025-03")


# --- openings ------------------------------------------------------------------------------------------------------


def opened(here: Business, at: str, source_class: str = "post", **fields: Any) -> Body:
    content = [{"source_class": source_class, "metal_g": grams(100)}]
    output = {
        "form": "internal",
        "material": "internal",
        "metal": "Al",
        "mass_g": grams(100),
        "content": content,
    }
    papers = {"reason": "start", "documents": [{"type": "stocktake", "number": "1"}]}
    return here.draft("opening", "yard", at, **{**papers, "outputs": [output], **fields})


def test_openings_come_before_all_else_in_book_order(here: Business) -> None:
    here.send(opened(here, "2025-01-01T00:00:00"))
    here.send(collected(here, "1", at="2025-01-10T08:00:00"))
    here.send(opened(here, "2025-01-02T00:00:00"))  # recorded later, dated before
    assert refused(here, opened(here, "2025-01-11T00:00:00")) == ["rule.opening_not_first"]
    assert refused(here, collected(here, "2", at="2025-01-01T12:00:00")) == ["rule.before_opening"]
    here.send(collected(here, "3", at="2025-01-02T12:00:00"))
    assert_equal_to_a_rebuild(here.store)


def test_an_opening_needs_a_person_responsible_a_reason_and_a_document(here: Business) -> None:
    body = opened(here, "2025-01-01T00:00:00", actor="wang", reason=None, documents=None)
    assert refused(here, body) == ["rule.field_missing", "rule.field_missing", "rule.needs_supervisor"]


def test_stock_found_in_a_stocktake_is_of_class_unknown_and_closes_no_earlier_day(here: Business) -> None:
    here.send(opened(here, "2025-01-01T00:00:00"))
    here.send(collected(here, "1", at="2025-01-10T08:00:00"))
    [found] = here.send(opened(here, "2025-03-01T00:00:00", "unknown")).lots
    assert here.lot(found.id).content.vector == {(4, "OPEN", 1): grams(100)}
    here.send(collected(here, "2", at="2025-02-01T08:00:00"))
    assert refused(here, collected(here, "3", at="2024-12-31T08:00:00")) == ["rule.before_opening"]
    assert_equal_to_a_rebuild(here.store)


@pytest.mark.parametrize(
    ("form", "material", "source_class", "flag"),
    [("internal", "internal", "post", 0), ("heel", "heel", "unspecified", 0), ("heel", "heel", "primary", 1),
     ("scrap", "tense", "unknown", 1), ("ore_feed", "blister", "primary", 0), ("ore_feed", "blister", "unknown", 0),
     ("product", "6063", "post", 1), ("product", "6063", "primary", 1), ("scrap", "tense", "pre", 0)],
)  # fmt: skip
def test_what_opening_stock_has_already_been_counted(
    here: Business, form: str, material: str, source_class: str, flag: int
) -> None:
    metal = {"metal": "Al"} if form in ("internal", "heel") else {}
    output = {"form": form, "material": material, "mass_g": grams(1000), "metal_g": grams(900), **metal,
              "content": [{"source_class": source_class, "metal_g": grams(900)}]}  # fmt: skip
    [lot] = here.send(opened(here, "2025-01-01", outputs=[output])).lots
    [key] = here.lot(lot.id).content.vector
    assert key[1:] == ("OPEN", flag)

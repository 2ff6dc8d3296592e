"""The front door: once and only once, batches in order, late entries, and what only the store and the clock know."""

from datetime import datetime
from typing import Any

import pytest

from graph.store import Store
from tests.support.business import Business, grams, open_business, uuid7
from tests.support.stores import assert_equal_to_a_rebuild
from traceability.domain.errors import BadDraft, EventConflict, EventRejected
from traceability.domain.event import SHANGHAI
from traceability.services.capture import MOST_EVENTS, Deliverer, Receipt, capture_batch
from traceability.wire import load_batch

Body = dict[str, Any]


@pytest.fixture
def here(sqlite_store: Store) -> Business:
    open_business(sqlite_store)
    return Business(sqlite_store)


def seq(here: Business) -> int:
    with here.store.read() as reader:
        return reader.last()[0]


def refused(here: Business, body: Body) -> list[str]:
    before = seq(here)
    with pytest.raises(EventRejected) as caught:
        here.send(body)
    assert seq(here) == before
    return sorted(violation.code for violation in caught.value.violations)


def scrap(kg: float, material: str = "tense", **more: Any) -> Body:
    return {"form": "scrap", "material": material, "mass_g": grams(kg), **more}


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
    [warning] = weighed(here, 4899.999).warnings
    assert (warning.code, warning.figures["usual_g"]) == ("warning.tare_off_history", grams(5000))


def test_deductions_are_settled_half_up(here: Business) -> None:
    [lot] = weighed(here, 5000, moisture_percent="0.5", impurity_g=grams(25)).lots
    assert lot.mass_g == grams(15_000 - 75 - 25)
    odd = {"gross_g": 100_001, "tare_g": 1, "moisture_percent": "0.0005"}  # 0.5 g
    output = {"form": "scrap", "material": "tense"}
    [lot] = here.send(collected(here, "half", weighing=odd, outputs=[output])).lots
    assert lot.mass_g == 99_999


# --- licences, certificates, statistics ------------------------------------------------------------------------------


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


def declaring(here: Business, site: str = "yard", **fields: Any) -> Body:
    return here.draft("declare", site, **{"type": "power", "period": "2025-01", "kwh": 100, **fields})


def test_a_certificate_is_used_once_whoever_has_it(here: Business) -> None:
    here.send(declaring(here, renewable_kwh=50, certificate="G1"))
    body = declaring(here, "plant", renewable_kwh=50, certificate="G1")
    assert refused(here, body) == ["rule.certificate_used"]
    here.send({**body, "certificate": "G2"})


def test_a_statistic_is_the_planners_and_once_per_region_metals_and_period(here: Business) -> None:
    given: Body = {
        "type": "statistic",
        "region": "430000",
        "metals": ["Al", "Cu"],
        "output_g": 10**12,
        "kwh": None,
    }
    body = declaring(here, actor="liu", **given)
    here.send(body)
    assert refused(here, declaring(here, actor="liu", **given, period="2025-01")) == ["rule.already_declared"]
    turned = {**given, "metals": ["Cu", "Al"]}
    assert refused(here, declaring(here, actor="liu", **turned)) == ["rule.already_declared"]
    here.send(declaring(here, actor="liu", **{**given, "metals": ["Cu"]}))
    here.send(declaring(here, actor="liu", **{**given, "period": "2025"}))
    # A supervisor of the site is none of the region: no other role at the site would help.
    assert refused(here, declaring(here, **{**given, "period": "2024"})) == ["rule.no_right"]


def test_a_sealed_month_is_declared_by_correction_only(here: Business) -> None:
    here.send(declaring(here))
    declared = here.last_event()
    here.seal("2025-01")
    assert refused(here, declaring(here, type="fuel", fuel="gas", fuel_g=5, kwh=None)) == [
        "rule.month_sealed"
    ]
    here.send(declaring(here, period="2025-02"))
    here.send(declaring(here, "plant"))
    here.replace(declared, declaring(here, kwh=120))
    assert here.event(declared).draft.detail.figures == {"kwh": 120}  # type: ignore[union-attr]


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

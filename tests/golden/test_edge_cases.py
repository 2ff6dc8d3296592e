"""The edge cases beside the golden scenario: months, returns, remelting, rounding, on both engines."""

from datetime import datetime
from typing import Any

import pytest

from graph.store import Store, TallyFilter
from tests.support.business import Business, grams, open_business, uuid7
from tests.support.stores import assert_equal_to_a_rebuild
from traceability.domain.calendar import SHANGHAI
from traceability.domain.errors import EventRejected
from traceability.domain.event import Acquisition
from traceability.services.upkeep.check import check_book


@pytest.fixture
def here(store: Store) -> Business:
    open_business(store)
    return Business(store)


def month_sums(
    here: Business, place: str, month: str, *, event_month: bool = False, until: str = ""
) -> dict[str, int]:
    with here.store.read() as reader:
        found = reader.sum_tallies(
            TallyFilter((place,), (), month, until or month, by_event_month=event_month), by=("place",)
        )
    return found[0].sums if found else {}


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).timestamp() * 1000)


def refused(here: Business, kind: str, site: str, at: str = "", **fields: object) -> set[str]:
    with pytest.raises(EventRejected) as error:
        here.do(kind, site, at, **fields)
    return {violation.code for violation in error.value.violations}


def weighing(here: Business, ticket: str, **fields: Any) -> dict[str, Any]:
    """The draft of a load of 1,000 kg."""
    output = {"form": "scrap", "material": "tense", "mass_g": grams(1000)}
    return here.draft("collect", "yard", ticket=ticket, supplier="zhang", source_class="post", channel="offline",
                      outputs=[output], **fields)  # fmt: skip


def ticket_of(here: Business, event: str) -> str | None:
    """The weighing ticket that a load is recorded under now."""
    detail = here.event(event).draft.detail
    assert isinstance(detail, Acquisition)
    return detail.ticket


# 1 ----------------------------------------------------------------------------------------------------------------


def test_months_are_those_of_shanghai_and_of_the_event(here: Business) -> None:
    here.collect("tense", 100, at="2025-03-31T23:50:00+08:00")
    here.collect("tense", 200, at="2025-03-31T16:30:00+00:00")
    assert month_sums(here, "site:yard/430681", "2025-03")["collected"] == grams(100)
    assert month_sums(here, "site:yard/430681", "2025-04")["collected"] == grams(200)


def test_a_late_entry_into_a_sealed_month_is_booked_in_the_month_of_recording(here: Business) -> None:
    here.now_ms = at("2025-03-10T09:00")
    here.collect("tense", 100, at="2025-03-10T08:00:00+08:00")
    here.now_ms = at("2025-04-02T09:00")
    here.seal("2025-03", at="2025-04-02T08:00:00+08:00")
    sealed = month_sums(here, "site:yard/430681", "2025-03")
    here.now_ms = at("2025-05-06T09:00")
    here.collect("tense", 40, at="2025-03-20T08:00:00+08:00")
    assert month_sums(here, "site:yard/430681", "2025-03") == sealed
    assert month_sums(here, "site:yard/430681", "2025-05")["collected"] == grams(40)
    assert month_sums(here, "site:yard/430681", "2025-03", event_month=True)["collected"] == grams(140)
    assert not check_book(here.store).findings


def test_a_correction_of_a_sealed_month_posts_the_difference_later(here: Business) -> None:
    here.now_ms = at("2025-03-10T09:00")
    lot = here.collect("tense", 100, at="2025-03-10T08:00:00+08:00")
    event = here.last_event()
    here.now_ms = at("2025-04-02T09:00")
    here.seal("2025-03", at="2025-04-02T08:00:00+08:00")
    here.now_ms = at("2025-05-06T09:00")
    here.clock = datetime(2025, 5, 6, 8, tzinfo=SHANGHAI)
    here.void(event)
    assert here.lot(lot).status == "void"
    assert month_sums(here, "site:yard/430681", "2025-03")["collected"] == grams(100)
    assert month_sums(here, "site:yard/430681", "2025-05")["collected"] == -grams(100)
    assert not check_book(here.store).findings


def test_a_month_is_not_sealed_before_its_end_nor_twice(here: Business) -> None:
    here.now_ms = at("2025-03-31T23:50")
    assert "rule.month_not_over" in refused(
        here, "seal", "yard", "2025-03-31T23:40:00+08:00", month="2025-03"
    )
    here.now_ms = at("2025-04-01T00:10")
    here.seal("2025-03", at="2025-04-01T00:05:00+08:00")
    assert "rule.already_sealed" in refused(
        here, "seal", "yard", "2025-04-01T00:06:00+08:00", month="2025-03"
    )


# 3 ----------------------------------------------------------------------------------------------------------------


def test_a_return_in_april_leaves_the_first_quarter_and_adds_nothing_when_remelted(here: Business) -> None:
    scrap = here.collect("tutu", 1000, site="plant", at="2025-02-01T08:00:00+08:00")
    [alloy] = here.melt(scrap, into=990, alloy="6063", at="2025-02-02T08:00:00+08:00")
    sold = here.ship(alloy, "customer", site="plant", at="2025-03-10T08:00:00+08:00")
    shipment = here.last_event()
    quarter = month_sums(here, "nation:CN", "2025-01", until="2025-03")
    assert here.lot(sold).status == "delivered"
    [back] = here.do(
        "return", "plant", "2025-04-10T08:00:00+08:00", shipment=shipment,
        lots=[{"lot": alloy, "mass_g": grams(500)}],
    )  # fmt: skip
    assert (here.lot(back).status, here.lot(back).remaining_g) == ("available", grams(500))
    assert here.lot(alloy).remaining_g == grams(490)
    assert month_sums(here, "nation:CN", "2025-01", until="2025-03") == quarter
    here.melt(back, into=495, alloy="6063", at="2025-04-11T08:00:00+08:00")
    assert "recycled" not in {name for name, g in month_sums(here, "nation:CN", "2025-04").items() if g}
    too_much = [{"lot": alloy, "mass_g": grams(491)}]
    assert "rule.overdrawn" in refused(
        here, "return", "plant", "2025-04-12T08:00:00+08:00", shipment=shipment, lots=too_much
    )


# 6 ----------------------------------------------------------------------------------------------------------------


def test_no_gram_is_counted_twice_through_heels_and_dross(here: Business) -> None:
    scrap = here.collect("tutu", 1000, site="plant")
    alloy, heel, dross = here.melt(scrap, into=850, alloy="6063", heel_kg=90, dross_kg=50)
    counted = month_sums(here, "nation:CN", "2025-01")["recycled"]
    assert counted == grams(850)
    _, second_heel = here.melt(alloy, heel, into=840, alloy="6063", heel_kg=90)
    total = month_sums(here, "nation:CN", "2025-01")["recycled"]
    # The product's grams were counted before; of the uncounted heel only what became product now is new.
    uncounted_heel = sum(
        grams_ for key, grams_ in here.lot(second_heel).contents[0].vector.items() if not key[2]
    )
    assert total - counted == pytest.approx(grams(90) - uncounted_heel - grams(10) * 90 / 940, abs=2)
    [won] = here.transform(
        "recover", [dross], [{"form": "internal", "material": "internal", "mass_g": grams(20)}], "plant"
    )
    assert all(not key[2] for key in here.lot(won).contents[0].vector)
    here.melt(won, into=19, alloy="6063")
    assert month_sums(here, "nation:CN", "2025-01")["recycled"] - total == grams(19)
    assert not check_book(here.store).findings


# 10 ---------------------------------------------------------------------------------------------------------------


def test_a_thousand_takes_of_27_kg(here: Business) -> None:
    """Masses exact, metal within 1 g a take, and check says so."""
    first = here.collect("tense", 15_000.001)
    second = here.collect("tutu", 12_000.002, source="pre")
    [lot] = here.transform("sort", [first, second], [
        {"form": "scrap", "material": "tense", "mass_g": grams(27_000), "metal_fraction": "0.951003"}])  # fmt: skip
    for start in range(0, 1000, 200):
        for _ in range(start, start + 200):
            here.transform("sort", [(lot, 27)], [
                {"form": "scrap", "material": "twitch", "mass_g": grams(26), "metal_fraction": "0.95"}])  # fmt: skip
    assert here.lot(lot).remaining_g == 0
    report = check_book(here.store)
    assert not report.findings
    assert 0 < report.rounding_g <= 1001


# corrections ------------------------------------------------------------------------------------------------------


def test_void_and_everything_after_it(here: Business) -> None:
    scrap = here.collect("tense", 1000)
    event = here.last_event()
    [sorted_lot] = here.transform(
        "sort", [scrap], [{"form": "scrap", "material": "tense", "mass_g": grams(900)}]
    )
    sent = here.ship(sorted_lot, "plant")
    here.receive(sent, "plant")
    [alloy] = here.melt(sent, into=800, site="plant")
    with pytest.raises(EventRejected) as error:
        here.void(event)
    assert error.value.violations[0].code == "rule.output_used"
    here.void(event, cascade=True)
    assert {here.lot(lot).status for lot in (scrap, sorted_lot, alloy)} == {"void"}
    assert not any(month_sums(here, "nation:CN", "2025-01").values())
    assert_equal_to_a_rebuild(here.store)


@pytest.mark.parametrize("moved", ["ship", "receive"])
def test_a_movement_is_void_with_everything_after_it(here: Business, moved: str) -> None:
    scrap, other = here.collect("tense", 1000), here.collect("tense", 1000, site="plant")
    here.assay(scrap, "0.92")
    here.ship(scrap, "plant")
    events = {"ship": (here.last_event(), "yard")}
    here.receive(scrap, "plant")
    events["receive"] = (here.last_event(), "plant")
    [alloy] = here.melt(scrap, other, into=1600, site="plant")
    in_the_way = {"ship": events["receive"][0], "receive": here.last_event()}[moved]
    here.inspect(alloy, True, site="plant")
    with pytest.raises(EventRejected) as error:
        here.void(*events[moved])
    assert error.value.violations[0].events == (in_the_way,)
    here.void(*events[moved], cascade=True)
    assert here.lot(scrap).status == {"ship": "available", "receive": "in_transit"}[moved]
    assert (here.lot(scrap).remaining_g, here.lot(other).remaining_g) == (grams(1000), grams(1000))
    assert here.lot(alloy).status == "void"
    assert here.lot(scrap).remaining().metal_g == grams(920)  # what was examined before stands
    assert_equal_to_a_rebuild(here.store)


def test_what_left_whole_turns_out_lighter_only_together_with_its_shipment(here: Business) -> None:
    scrap = here.collect("tense", 1000)
    collected = here.last_event()
    weighed = here.draft("collect", "yard", "2025-01-06T08:01:00+08:00", ticket="T00001", supplier="zhang",
                         source_class="post", channel="offline",
                         outputs=[{"form": "scrap", "material": "tense", "mass_g": grams(950)}])  # fmt: skip
    shipping = here.draft(
        "ship", "yard", lots=[{"lot": scrap}], mode="road", vehicle_class="diesel", to="plant"
    )
    here.send(shipping)
    with pytest.raises(EventRejected) as error:
        here.replace(collected, weighed)
    assert "rule.overdrawn" in {violation.code for violation in error.value.violations}
    assert here.lot(scrap).remaining_g == grams(1000)
    here.replace_all({collected: weighed, shipping["id"]: shipping})
    assert (here.lot(scrap).remaining_g, here.lot(scrap).status) == (grams(950), "in_transit")
    assert not check_book(here.store).findings


@pytest.mark.parametrize("taken_kg", [250, 900])
def test_a_ticket_and_what_was_taken_of_its_scrap_are_corrected_together(
    here: Business, taken_kg: int
) -> None:
    """The lot comes out of the collection as it was; what is taken of it counts from there, not from today."""
    scrap = here.collect("tense", 1000, ticket="A-1")
    collected = here.last_event()
    output = {"form": "scrap", "material": "twitch", "mass_g": grams(200), "metal_fraction": "0.95"}
    sorting = here.draft("sort", "yard", inputs=[{"lot": scrap, "mass_g": grams(700)}], outputs=[output])
    here.send(sorting)
    renamed = weighing(here, "A-2", at="2025-01-06T08:01:00+08:00")
    resorted = {**sorting, "inputs": [{"lot": scrap, "mass_g": grams(taken_kg)}]}
    here.replace_all({collected: renamed, sorting["id"]: resorted})
    assert here.lot(scrap).remaining_g == grams(1000 - taken_kg)
    assert not check_book(here.store).findings


@pytest.mark.parametrize("counted_too", [True, False])
def test_what_happened_to_a_lot_stays_behind_its_making_when_both_are_corrected(
    here: Business, counted_too: bool
) -> None:
    """A sort moved past the stocktake of its output is refused, whether or not that is among what is corrected."""
    scrap = here.collect("tense", 1000)
    output = {"form": "scrap", "material": "twitch", "mass_g": grams(200), "metal_fraction": "0.95"}
    sorting = here.draft("sort", "yard", inputs=[{"lot": scrap, "mass_g": grams(700)}], outputs=[output])
    [lot] = [made.id for made in here.send(sorting).lots]
    counting = here.draft("adjust", "yard", lots=[{"lot": lot}], delta_g=1, reason="stocktake")
    here.send(counting)
    using = here.draft("sort", "yard", "2025-01-07T08:00:00+08:00", inputs=[{"lot": lot, "mass_g": grams(100)}],
                       outputs=[{**output, "mass_g": grams(90)}])  # fmt: skip
    here.send(using)
    drafts = {sorting["id"]: {**sorting, "event_time": "2025-01-06T12:00:00+08:00"}}
    drafts |= {counting["id"]: counting} if counted_too else {using["id"]: {**using, "note": "wet", "inputs": [
        {"lot": lot, "mass_g": grams(110)}]}}  # fmt: skip
    with pytest.raises(EventRejected) as error:
        here.replace_all(drafts)
    assert {violation.code for violation in error.value.violations} == {"rule.before_made"}
    assert not check_book(here.store).findings


def test_what_was_used_before_its_moved_making_is_refused(here: Business) -> None:
    """Also where the user is reached through another lot first, whose origin is corrected with it."""
    scrap = here.collect("tense", 1000)
    collected = here.last_event()
    other = weighing(here, "B-1")
    second = here.send(other).lots[0].id
    here.transform(
        "bale", [(scrap, 100), (second, 100)], [{"form": "scrap", "material": "tense", "mass_g": grams(200)}]
    )
    moved = {**other, "event_time": "2025-01-06T12:00:00+08:00"}
    elsewhere = weighing(here, "T00001", at="2025-01-06T08:01:00+08:00", origin="500000")
    for drafts in ({other["id"]: moved}, {collected: elsewhere, other["id"]: moved}):
        with pytest.raises(EventRejected) as error:
            here.replace_all(drafts)
        assert [violation.code for violation in error.value.violations] == ["rule.before_made"]
    assert not check_book(here.store).findings


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"material": "tutu"}, "6xxx"),
        ({"material": "bare-bright"}, "rule.metal_not_allowed"),
    ],
)
def test_another_grade_is_another_metal_to_all_who_used_it(
    here: Business, change: dict[str, str], told: str
) -> None:
    """The mass, the metal in it and where it came from are the same."""
    output = {"form": "scrap", "material": "tense", "mass_g": grams(1000), "metal_g": grams(900)}
    collecting = here.draft("collect", "plant", ticket="B-1", supplier="zhang", source_class="post", channel="offline",
                            outputs=[output])  # fmt: skip
    scrap = here.send(collecting).lots[0].id
    here.melt((scrap, 500), into=400)
    [blend] = here.transform(
        "blend", [(scrap, 100)], [{**output, "mass_g": grams(100), "metal_g": None}], "plant"
    )
    part = here.ship(scrap, "yard", kg=100, site="plant")
    regraded = {**collecting, "supplier": "li", "outputs": [{**output, **change}]}
    if told.startswith("rule."):
        with pytest.raises(EventRejected) as error:
            here.replace_all({collecting["id"]: regraded})
        assert told in {violation.code for violation in error.value.violations}
    else:
        here.replace_all({collecting["id"]: regraded})
        assert {here.lot(lot).family for lot in (scrap, blend, part)} == {told}
        assert here.lot(part).supplier == "li"
    assert not check_book(here.store).findings


@pytest.mark.parametrize("passed", [True, False])
def test_a_part_follows_the_corrected_inspection_of_what_it_was_split_off_from(
    here: Business, passed: bool
) -> None:
    lot = here.collect("tense", 1000)
    here.ship(lot, "plant")
    shipment = here.last_event()
    here.receive(lot, "plant")
    inspecting = here.draft("inspect", "plant", lots=[{"lot": lot}], subject="radiation", passed=passed)
    here.send(inspecting)
    [part] = here.do("return", "yard", shipment=shipment, lots=[{"lot": lot, "mass_g": grams(300)}])
    here.replace_all({inspecting["id"]: {**inspecting, "passed": not passed}})
    expected = "quarantined" if passed else "available"
    assert (here.lot(lot).status, here.lot(part).status) == (expected, expected)
    assert not check_book(here.store).findings


def test_another_origin_flows_through_what_was_measured_parted_and_melted(here: Business) -> None:
    """A correction of where scrap came from shares out again what was made of it, along every kind of way."""
    collecting = weighing(here, "A-1")
    scrap = here.send(collecting).lots[0].id
    output = {"form": "scrap", "material": "twitch", "mass_g": grams(290), "metal_fraction": "0.95"}
    [plain], [measured], [parted] = (here.transform("sort", [(scrap, 300)], [output]) for _ in range(3))
    here.assay(measured, "0.9")
    part = here.ship(parted, "plant", kg=100)
    for lot in (plain, measured):
        here.ship(lot, "plant")
    for lot in (plain, measured, part):
        here.receive(lot, "plant")
    primary = here.supply("al99.70", 500, form="product")
    for number, lot in enumerate((plain, measured, part)):
        _, heel, dross = here.melt((lot, 50), (primary, 50), into=80, heel_kg=5, dross_kg=5)
        here.melt((heel, 5), (lot, 20), into=20, heat=f"again {number}")
        here.transform(
            "recover", [dross], [{"form": "internal", "material": "internal", "mass_g": grams(1)}], "plant"
        )

    def by_origin() -> dict[str, int]:
        with here.store.read() as reader:
            flows = reader.sum_flows(TallyFilter(("province:430000",)), ["recycled"], by=("origin",))
        return {flow.origin: flow.grams for flow in flows if flow.grams}

    before = by_origin()
    assert set(before) == {"430000"}
    here.replace_all({collecting["id"]: {**collecting, "origin": "500000"}})
    assert by_origin() == {"500000": before["430000"]}
    assert_equal_to_a_rebuild(here.store)


def test_a_void_frees_the_ticket_but_never_the_code(here: Business) -> None:
    lot = here.collect("tense", 1000, ticket="A-1")
    event, code = here.last_event(), here.lot(lot).code
    here.void(event)
    again = here.collect("tense", 900, ticket="A-1")
    assert here.lot(again).remaining_g == grams(900)
    with pytest.raises(EventRejected) as error:
        here.collect("tense", 800, code=code)
    assert [violation.code for violation in error.value.violations] == ["rule.code_taken"]


def test_reclassified_internal_scrap_of_another_firm(here: Business) -> None:
    scrap = here.collect("tutu", 1000, site="chengdu")
    outputs = [
        {"form": "product", "material": "6063", "mass_g": grams(900)},
        {"form": "internal", "material": "internal", "mass_g": grams(90)},
    ]
    _, gates = here.transform("melt", [scrap], outputs, "chengdu", heat_number="G1")
    here.ship(gates, "plant", site="chengdu")
    here.receive(gates, "plant")
    lot = here.lot(gates)
    assert (lot.form, lot.reclassified) == ("scrap", True)
    assert lot.content.vector == {(1, "510000", 0): grams(90)}


def test_only_a_pass_of_what_was_failed_releases(here: Business) -> None:
    lot = here.collect("tense", 1000)
    here.inspect(lot, False)
    here.inspect(lot, False, subject="quality")
    with pytest.raises(EventRejected) as error:
        here.do("inspect", "yard", actor="wang", lots=[{"lot": lot}], subject="radiation", passed=True)
    assert [violation.code for violation in error.value.violations] == ["rule.release_needs_supervisor"]
    here.inspect(lot, True, subject="quality")
    assert here.lot(lot).status == "quarantined", "a sound alloy may still radiate"
    here.inspect(lot, True)
    assert here.lot(lot).status == "available"
    here.inspect(lot, False, subject="quality")
    [part] = here.do(
        "dispose", "yard", lots=[{"lot": lot, "mass_g": grams(300)}], outcome="sent_back", receiver="zhang"
    )
    assert (here.lot(part).status, here.lot(lot).status) == ("disposed", "quarantined")
    assert [subject for subject, _ in here.lot(part).born_failures] == ["quality"]
    assert_equal_to_a_rebuild(here.store)


def test_quarantine_blocks_later_takes_and_flags_earlier_ones(here: Business) -> None:
    lot = here.collect("tense", 1000, at="2025-01-06T08:00:00+08:00")
    here.transform("sort", [(lot, 300)], [{"form": "scrap", "material": "tense", "mass_g": grams(290)}],
                   at="2025-01-08T08:00:00+08:00")  # fmt: skip
    here.inspect(lot, False, at="2025-01-07T08:00:00+08:00")
    assert here.lot(lot).status == "quarantined"
    output = [{"form": "scrap", "material": "tense", "mass_g": grams(90)}]
    codes = refused(
        here,
        "sort",
        "yard",
        "2025-01-09T08:00:00+08:00",
        inputs=[{"lot": lot, "mass_g": grams(100)}],
        outputs=output,
    )
    assert codes == {"rule.quarantined"}
    here.inspect(lot, True, at="2025-01-10T08:00:00+08:00")
    assert here.lot(lot).status == "available"
    assert not check_book(here.store).findings


# claims within one correction -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "code"),
    [("ticket", "rule.ticket_used"), ("lot", "rule.lot_exists"), ("code", "rule.code_taken")],
)
def test_two_corrected_at_once_cannot_hold_the_same(here: Business, what: str, code: str) -> None:
    first, second = weighing(here, "A-1"), weighing(here, "A-2")
    here.send(first)
    here.send(second)
    drafts = {}
    for body in (first, second):
        further = {"form": "scrap", "material": "tutu", "mass_g": grams(50)}
        if what != "ticket":
            further[what] = uuid7(777) if what == "lot" else "126B07K7Q3F7"
        number = "A-3" if what == "ticket" else body["ticket"]
        drafts[body["id"]] = {**body, "ticket": number, "outputs": [*body["outputs"], further]}
    with pytest.raises(EventRejected) as error:
        here.replace_all(drafts)
    assert [violation.code for violation in error.value.violations] == [code]
    assert error.value.violations[0].path.startswith("targets.1.draft.")
    assert not check_book(here.store).findings


def test_tickets_that_were_mixed_up_are_exchanged_in_one_correction(here: Business) -> None:
    first, second = weighing(here, "A-1"), weighing(here, "A-2")
    here.send(first)
    here.send(second)
    mixed_up = {first["id"]: {**first, "ticket": "A-2"}, second["id"]: {**second, "ticket": "A-1"}}
    here.replace_all(mixed_up)
    assert [ticket_of(here, id_) for id_ in mixed_up] == ["A-2", "A-1"]
    assert here.send(weighing(here, "A-2", event_time=first["event_time"])).event == first["id"]
    assert refused(here, "collect", "yard", ticket="A-1", supplier="li", source_class="post", channel="offline",
                   outputs=first["outputs"]) == {"rule.ticket_used"}  # fmt: skip
    assert_equal_to_a_rebuild(here.store)


def test_a_ticket_passes_on_where_its_first_bearer_is_voided_in_the_same_correction(here: Business) -> None:
    first, second = weighing(here, "A-1"), weighing(here, "A-2")
    here.send(first)
    here.send(second)
    replaced = {name: value for name, value in {**second, "ticket": "A-1"}.items() if name != "id"}
    targets = [{"event": second["id"], "draft": replaced}, {"event": first["id"]}]
    here.do("correct", "yard", targets=targets, reason="weighed twice")
    assert not here.event(first["id"]).live
    assert ticket_of(here, second["id"]) == "A-1"
    assert_equal_to_a_rebuild(here.store)


def test_a_code_stays_with_its_lot_even_where_lot_and_event_have_one_id(here: Business) -> None:
    first, second = weighing(here, "A-1"), weighing(here, "A-2")
    output = {**first["outputs"][0], "lot": first["id"], "code": "126B07K7Q3F7"}
    here.send({**first, "outputs": [output]})
    here.send(second)
    labelled = {name: value for name, value in second.items() if name != "id"}
    labelled["outputs"] = [{**second["outputs"][0], "code": "126B07K7Q3F7"}]
    targets = [{"event": first["id"]}, {"event": second["id"], "draft": labelled}]
    assert refused(here, "correct", "yard", targets=targets, reason="wrong label") == {"rule.code_taken"}
    assert not check_book(here.store).findings


def test_a_relabelling_may_be_corrected_and_keep_its_code(here: Business) -> None:
    lot = here.collect("tense", 1000)
    relabelling = here.draft("relabel", "yard", lots=[{"lot": lot}], code="126B07K7Q3F7", reason="torn")
    here.send(relabelling)
    here.replace_all({relabelling["id"]: {**relabelling, "reason": "wet"}})
    assert here.lot(lot).code == "126B07K7Q3F7"
    other = here.collect("tense", 1000)
    with pytest.raises(EventRejected) as error:
        here.replace_all({relabelling["id"]: {**relabelling, "lots": [{"lot": other}]}})
    assert "rule.code_taken" in {violation.code for violation in error.value.violations}
    assert not check_book(here.store).findings


def test_what_came_back_whole_after_some_was_used_there(here: Business) -> None:
    lot = here.collect("tense", 1000)
    here.ship(lot, "plant")
    shipment = here.last_event()
    here.receive(lot, "plant")
    here.transform(
        "sort", [(lot, 100)], [{"form": "scrap", "material": "tense", "mass_g": grams(90)}], "plant"
    )
    here.do("return", "yard", shipment=shipment, lots=[{"lot": lot}])
    assert (here.lot(lot).site, here.lot(lot).remaining_g) == ("yard", grams(900))
    assert not check_book(here.store).findings


def test_a_day_without_a_time_keeps_its_place_when_corrected(here: Business) -> None:
    lot = here.collect("tense", 1000, at="2025-01-06T08:00:00+08:00")
    output = {"form": "scrap", "material": "twitch", "mass_g": grams(90), "metal_fraction": "0.95"}
    inputs = [{"lot": lot, "mass_g": grams(100)}]
    sorting = here.draft("sort", "yard", "2025-01-06", inputs=inputs, outputs=[output])
    here.send(sorting)
    here.ship(lot, "plant", at="2025-01-06T09:00:00+08:00")
    here.receive(lot, "plant", at="2025-01-06T10:00:00+08:00")
    here.replace_all({sorting["id"]: {**sorting, "note": "wet"}})
    assert here.event(sorting["id"]).draft.note == "wet"
    assert (here.lot(lot).site, here.lot(lot).remaining_g) == ("plant", grams(900))
    assert not check_book(here.store).findings


def stocktaking(here: Business, day: str) -> dict[str, Any]:
    """The draft of a stock of 1,000 kg declared at the start."""
    content = [{"source_class": "post", "metal_g": grams(900)}]
    output = {
        "form": "scrap",
        "material": "tense",
        "mass_g": grams(1000),
        "metal_g": grams(900),
        "content": content,
    }
    return here.draft("opening", "yard", f"{day}T08:00:00+08:00", reason="stock", outputs=[output],
                      documents=[{"type": "stocktake", "number": "1"}])  # fmt: skip


def test_an_opening_corrected_to_another_site_leaves_the_first_one_free(here: Business) -> None:
    opening = stocktaking(here, "2025-01-09")
    here.send(opening)
    with pytest.raises(EventRejected) as error:
        here.collect("tense", 100, at="2025-01-08T08:00:00+08:00")
    assert [violation.code for violation in error.value.violations] == ["rule.before_opening"]
    here.replace_all({opening["id"]: {**opening, "site": "plant"}})
    here.collect("tense", 100, at="2025-01-08T08:00:00+08:00")
    with pytest.raises(EventRejected):
        here.collect("tense", 100, site="plant", at="2025-01-08T08:00:00+08:00")
    assert not check_book(here.store).findings


def test_an_opening_and_a_delivery_corrected_together_keep_their_order(here: Business) -> None:
    opening, load = stocktaking(here, "2025-01-05"), weighing(here, "A-1", at="2025-01-10T08:00:00+08:00")
    here.send(opening)
    here.send(load)

    def moved(to: str, other: str) -> dict[str, dict[str, Any]]:
        return {
            opening["id"]: {**opening, "event_time": f"{to}T08:00:00+08:00"},
            load["id"]: {**load, "event_time": f"{other}T08:00:00+08:00"},
        }

    with pytest.raises(EventRejected) as error:
        here.replace_all(moved("2025-01-09", "2025-01-07"))
    assert [(found.code, found.path) for found in error.value.violations] == [
        ("rule.before_opening", "targets.1.draft.event_time")
    ]
    here.replace_all(moved("2025-01-12", "2025-01-13"))
    here.replace_all(moved("2025-01-02", "2025-01-03"))
    assert refused(here, "collect", "yard", "2025-01-01T08:00:00+08:00", ticket="A-2", supplier="zhang",
                   source_class="post", channel="offline", outputs=load["outputs"]) == {"rule.before_opening"}  # fmt: skip
    assert_equal_to_a_rebuild(here.store)


# what a later event asks of a lot whose nature is corrected ---------------------------------------------------------


def test_internal_scrap_is_reclassified_once_its_shipper_turns_out_another_firm(here: Business) -> None:
    load = {
        **weighing(here, "A-1"),
        "outputs": [{"form": "scrap", "material": "tutu", "mass_g": grams(1000)}],
    }
    scrap = here.send(load).lots[0].id
    outputs = [
        {"form": "product", "material": "6063", "mass_g": grams(850)},
        {"form": "internal", "material": "internal", "mass_g": grams(90)},
    ]
    heat = here.draft("melt", "yard", heat_number="G1", inputs=[{"lot": scrap}], outputs=outputs)
    gates = here.send(heat).lots[1].id
    shipping = here.draft(
        "ship", "yard", lots=[{"lot": gates}], mode="road", vehicle_class="diesel", to="plant"
    )
    here.send(shipping)
    here.receive(gates, "plant")
    assert (here.lot(gates).form, here.lot(gates).reclassified) == ("internal", False)
    here.replace_all({body["id"]: {**body, "site": "chengdu"} for body in (load, heat, shipping)})
    assert (here.lot(gates).form, here.lot(gates).reclassified) == ("scrap", True)
    assert here.lot(gates).content.vector == {(1, "510000", 0): grams(90)}
    assert_equal_to_a_rebuild(here.store)


def test_run_around_scrap_on_the_road_stays_so_when_its_firm_gets_another_name(here: Business) -> None:
    scrap = here.collect("tutu", 1000)
    outputs = [
        {"form": "product", "material": "6063", "mass_g": grams(850)},
        {"form": "internal", "material": "internal", "mass_g": grams(90)},
    ]
    _, gates = here.transform("melt", [scrap], outputs, heat_number="G1")
    here.ship(gates, "plant")
    for site in ("yard", "plant"):
        here.change_reference("site", site, firm="merged")
    here.receive(gates, "plant")
    assert (here.lot(gates).form, here.lot(gates).reclassified) == ("internal", False)
    assert_equal_to_a_rebuild(here.store)


def test_an_assay_is_held_against_the_alloy_that_its_heat_is_corrected_to(here: Business) -> None:
    scrap = here.collect("tutu", 1000, site="plant")
    product = {"form": "product", "material": "adc12", "mass_g": grams(850)}
    heat = here.draft("melt", "plant", heat_number="G1", inputs=[{"lot": scrap}], outputs=[product])
    alloy = here.send(heat).lots[0].id
    assaying = here.draft("assay", "plant", lots=[{"lot": alloy}], composition={"Si": "11", "Cu": "2.5"})
    here.send(assaying)
    other = {**heat, "outputs": [{**product, "material": "6063"}]}
    with pytest.raises(EventRejected) as error:
        here.replace(heat["id"], other, "plant")
    assert {(found.code, found.figures["alloy"], found.events) for found in error.value.violations} == {
        ("rule.outside_alloy", "6063", (assaying["id"],))
    }
    assert here.lot(alloy).material == "adc12"
    measured = {**assaying, "composition": {"Si": "0.5", "Cu": "0.05"}}
    here.replace_all({heat["id"]: other, assaying["id"]: measured}, "plant")
    assert here.lot(alloy).material == "6063"
    assert_equal_to_a_rebuild(here.store)


def test_limits_of_another_heat_corrected_later_do_not_reach_an_old_assay(here: Business) -> None:
    """Reference data may change; what a heat froze stays what its assays are held against."""
    scrap = [here.collect("tutu", 1000, site="plant"), here.collect("tutu", 1000, site="plant", source="pre")]
    product = {"form": "product", "material": "6063", "mass_g": grams(850)}
    first = here.draft("melt", "plant", heat_number="G1", inputs=[{"lot": scrap[0]}], outputs=[product])
    billet = here.send(first).lots[0].id
    remelted = {**product, "material": "adc12", "mass_g": grams(800)}
    second = here.draft("melt", "plant", heat_number="G2", inputs=[{"lot": billet}], outputs=[remelted])
    alloy = here.send(second).lots[0].id
    here.do("assay", "plant", lots=[{"lot": alloy}], composition={"Mn": "0.05"}, metal_fraction="0.9")
    here.replace(second["id"], {**second, "outputs": [{**remelted, "material": "6063"}]}, "plant")
    with here.store.read() as reader:
        limits = reader.find_documents("material", ["6063"])["6063"].body["limits"]
    stricter = [[name, low, 100 if name == "Mn" else high] for name, low, high in limits]
    here.change_reference("material", "6063", limits=stricter)
    here.replace(first["id"], {**first, "inputs": [{"lot": scrap[1]}]}, "plant")
    assert here.lot(alloy).content.vector.keys() == {(1, "430000", 1)}
    assert_equal_to_a_rebuild(here.store)

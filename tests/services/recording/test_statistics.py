"""Statistics of a region are its own planners' alone: declared, corrected and voided at its authority, on both engines."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from graph.store import Store
from tests.support.business import Business, authority, open_business
from tests.support.reading import ask
from tests.support.stores import assert_equal_to_a_rebuild
from traceability.domain.access import Assignment
from traceability.domain.errors import EventRejected
from traceability.domain.event import Declaration
from traceability.domain.period import parse_period
from traceability.exchange.event_log import import_log
from traceability.services.directory.people import Person, put_person
from traceability.services.directory.reference import put_reference
from traceability.services.recording.capture import capture_batch
from traceability.services.recording.judge import Deliverer
from traceability.services.reporting.declared.replaced import list_newest, list_replaced
from traceability.services.reporting.declared.statistics import read_statistics
from traceability.services.upkeep.check import check_book
from traceability.wire import load_draft

Body = dict[str, Any]
HUNAN, SICHUAN = "430000", "510000"
NOT_THEIRS = "rule.not_the_regions_planner"
OLD_BOOK = (
    Path(__file__).parent / "statistics_at_a_firm.jsonl"
)  # as the last version before authorities wrote it
OLD_DIGEST = "9217aa8246c4b66511101982be25f939d4a5930afe8b8f970fce6cb65b4dc2d5"


@pytest.fixture
def here(store: Store) -> Business:
    open_business(store)
    return Business(store)


def refused(here: Business, body: Body) -> list[tuple[str, str]]:
    with pytest.raises(EventRejected) as caught:
        here.send(body)
    return [(violation.code, violation.path) for violation in caught.value.violations]


def add_person(here: Business, id_: str, *roles: tuple[str, str]) -> None:
    person = Person(id_, id_, tuple(Assignment(*role) for role in roles))
    here.store.write(lambda writer: put_person(writer, person))


def add_authority(here: Business, id_: str, region: str) -> None:
    here.store.write(lambda writer: put_reference(writer, [authority(id_, region)]))


def correcting(here: Business, event: str, draft: Body | None = None, **fields: Any) -> Body:
    target: Body = {"event": event}
    if draft is not None:
        target["draft"] = {name: value for name, value in draft.items() if name != "id"}
    stated = {"site": "hunan-authority", "actor": "hunan-planner", "at": "2026-01-01T00:00:00", **fields}
    return here.draft("correct", stated.pop("site"), targets=[target], reason="misread", **stated)


def stated(here: Business, event: str) -> Declaration:
    detail = here.event(event).draft.detail
    assert isinstance(detail, Declaration)
    return detail


def test_only_planners_of_exactly_the_region_declare_its_statistics(here: Business) -> None:
    add_person(here, "everything", *((role, "*") for role in ("operator", "supervisor", "planner", "admin")))
    add_person(here, "narrower", ("planner", "4306"), ("supervisor", "hunan-authority"))
    add_person(here, "once", ("planner", "43"))
    for actor in ("sichuan-planner", "liu", "everything", "narrower", "chen", "nobody"):
        body = here.statistic(HUNAN, "2025", actor=actor, output_g=1)
        assert refused(here, body) == [(NOT_THEIRS, "actor")], actor
    assert refused(here, here.statistic("CN", "2025", actor="hunan-planner", output_g=1)) == [
        (NOT_THEIRS, "actor")
    ]
    here.send(here.statistic(HUNAN, "2025", output_g=1))
    here.send(here.statistic("CN", "2025", output_g=1))
    here.send(here.statistic(HUNAN, "2024", actor="once", output_g=1))


def test_counties_and_prefectures_have_authorities_of_their_own(here: Business) -> None:
    add_authority(here, "yueyang", "430600")
    add_authority(here, "miluo", "430681")
    add_person(here, "of-yueyang", ("planner", "4306"))
    add_person(here, "of-miluo", ("planner", "430681"))
    for site, region, own, other in (
        ("yueyang", "430600", "of-yueyang", "of-miluo"),
        ("miluo", "430681", "of-miluo", "of-yueyang"),
    ):
        body = {**here.statistic(HUNAN, "2025", output_g=1), "site": site, "region": region}
        assert refused(here, {**body, "actor": other}) == [(NOT_THEIRS, "actor")]
        assert refused(here, {**body, "actor": "hunan-planner"}) == [(NOT_THEIRS, "actor")]
        here.send({**body, "actor": own})


def test_a_statistic_is_kept_at_the_authority_of_its_region(here: Business) -> None:
    body = here.statistic(HUNAN, "2025", output_g=1)
    assert refused(here, {**body, "site": "plant"}) == [("rule.not_an_authority", "site")]
    assert refused(here, {**body, "site": "sichuan-authority"}) == [("rule.not_its_region", "region")]
    of_sichuan = {**body, "region": SICHUAN}
    assert refused(here, of_sichuan) == [("rule.not_its_region", "region"), (NOT_THEIRS, "actor")]
    without = {name: value for name, value in body.items() if name != "region"}
    assert ("rule.field_missing", "region") in refused(here, without)
    assert here.event(here.send(body).event).frozen.region == HUNAN


def test_an_authority_records_nothing_else_and_receives_no_lots(here: Business) -> None:
    lot = here.collect("tense", 100)
    shipping = here.draft("ship", "yard", lots=[{"lot": lot}], mode="road", vehicle_class="diesel",
                          to="hunan-authority")  # fmt: skip
    assert refused(here, shipping) == [("rule.to_authority", "to")]
    add_person(here, "everybody", ("supervisor", "*"))
    there: Body = {"site": "hunan-authority", "actor": "everybody"}
    power = here.draft("declare", **there, type="power", period="2025-01", kwh=1)
    assert ("rule.authority_site", "site") in refused(here, power)
    output = {"form": "scrap", "material": "tense", "mass_g": 1000}
    for body in (
        here.draft("seal", **there, month="2025-01", at="2025-03-01T08:00:00"),
        here.draft("collect", **there, ticket="1", supplier="zhang", source_class="post", channel="offline",
                   outputs=[output]),
    ):  # fmt: skip
        assert ("rule.site_activity", "kind") in refused(here, body)


def test_corrections_and_voids_are_the_same_planners(here: Business) -> None:
    event = here.send(body := here.statistic(HUNAN, "2025", output_g=1)).event
    add_person(here, "everywhere", ("supervisor", "*"), ("planner", "*"), ("supervisor", "hunan-authority"))
    right = {**body, "output_g": 2}
    for actor in ("everywhere", "sichuan-planner", "chen", "liu"):
        assert refused(here, correcting(here, event, actor=actor)) == [(NOT_THEIRS, "actor")], actor
        # Whoever the replacement names: the corrector decides.
        assert (NOT_THEIRS, "actor") in refused(here, correcting(here, event, right, actor=actor)), actor
    add_person(here, "colleague", ("planner", "43"))
    here.send(correcting(here, event, right, actor="colleague"))
    assert stated(here, event).figures == {"output_g": 2}
    assert (NOT_THEIRS, "targets.0.draft.actor") in refused(
        here, correcting(here, event, {**right, "actor": "liu"})
    )
    here.send(correcting(here, event))
    assert not here.event(event).live
    here.send(here.statistic(HUNAN, "2025", output_g=3))
    assert_equal_to_a_rebuild(here.store)


def test_no_correction_turns_another_record_into_a_statistic_or_back(here: Business) -> None:
    power = here.draft("declare", "plant", type="power", period="2025-01", kwh=1)
    here.send(power)
    statistic = here.statistic(HUNAN, "2025", output_g=1)
    add_person(here, "everywhere", ("supervisor", "*"))
    turned = correcting(here, power["id"], statistic, site="plant", actor="everywhere")
    assert (NOT_THEIRS, "targets.0") in refused(here, turned)
    here.send(statistic)
    back = correcting(here, statistic["id"], power, site="plant", actor="everywhere")
    assert (NOT_THEIRS, "targets.0") in refused(here, back)
    # Nor beside another record, nor from another site.
    both = correcting(here, power["id"], site="plant", actor="everywhere")
    both["targets"].append({"event": statistic["id"]})
    assert (NOT_THEIRS, "targets.1") in refused(here, both)
    assert refused(here, correcting(here, statistic["id"], site="plant")) == [
        ("rule.corrected_elsewhere", "site")
    ]
    assert ("rule.authority_site", "site") in refused(here, correcting(here, power["id"], actor="everywhere"))


def test_what_was_corrected_or_stated_anew_is_told_with_both_values(here: Business) -> None:
    first = here.statistic(HUNAN, "2025", output_g=100)
    here.send(first)
    event = here.last_event()
    here.send(correcting(here, event, {**first, "output_g": 130}))
    year = parse_period("2025")

    def told() -> list[tuple[int, int]]:
        pairs = ask(here.store, list_replaced, HUNAN, year)
        return [
            (pair.before.detail.figures["output_g"], pair.by.detail.figures["output_g"]) for pair in pairs
        ]

    assert told() == [(100, 130)]
    (pair,) = ask(here.store, list_replaced, HUNAN, year)
    assert (pair.before.cause.draft.kind, pair.by.cause.draft.kind) == ("declare", "correct")
    here.send(correcting(here, event))
    assert told() == []
    assert [one.state for one in ask(here.store, list_newest, [HUNAN], 5)] == ["void"]
    here.send(here.statistic(HUNAN, "2025", output_g=140))
    assert told() == [(130, 140)]
    assert [one.state for one in ask(here.store, list_newest, [HUNAN], 5)] == ["in_force", "replaced"]
    assert_equal_to_a_rebuild(here.store)
    assert check_book(here.store).findings == []


def test_a_statistic_moved_to_another_region_is_of_both_planners(here: Business) -> None:
    event = here.send(here.statistic(HUNAN, "2025", output_g=1)).event
    moved = here.statistic(SICHUAN, "2025", output_g=1)
    add_person(here, "both", ("planner", "43"), ("planner", "51"))
    assert (NOT_THEIRS, "actor") in refused(here, correcting(here, event, moved))
    here.send(correcting(here, event, {**moved, "actor": "both"}, actor="both"))
    assert here.event(event).frozen.region == SICHUAN
    here.send(here.statistic(HUNAN, "2025", output_g=1))


def test_each_region_indicator_metals_and_period_has_one(here: Business) -> None:
    first: Body = {"output_g": 10**12, "metals": ["Al", "Cu"]}
    here.send(here.statistic(HUNAN, "2025", **first))
    used = [("rule.already_declared", "period")]
    assert refused(here, here.statistic(HUNAN, "2025", **{**first, "metals": ["Cu", "Al"]})) == used
    assert refused(here, here.statistic(HUNAN, "2025", **first, indicator="ten_metal_output")) == used
    here.send(here.statistic(HUNAN, "2025", **{**first, "metals": ["Cu"]}))
    here.send(here.statistic(HUNAN, "2025", **first, indicator="recycled_output"))
    here.send(here.statistic(HUNAN, "2025-01", **first))
    here.send(here.statistic(SICHUAN, "2025", **first))
    here.send(here.statistic("CN", "2025", **first))


def test_a_statistic_needs_a_document_and_an_ended_period(here: Business) -> None:
    assert refused(here, here.statistic(HUNAN, "2025", output_g=1, documents=None)) == [
        ("rule.field_missing", "documents")
    ]
    for period, too_early in (("2025", "2025-12-31T23:59:59"), ("2025-03", "2025-03-31T23:59:59")):
        assert refused(here, here.statistic(HUNAN, period, output_g=1, at=too_early)) == [
            ("rule.period_not_over", "period")
        ]
    here.send(here.statistic(HUNAN, "2025-03", output_g=0, at="2025-04-01T00:00:00"))


def test_the_amount_is_in_the_unit_of_the_indicator(here: Business) -> None:
    energy: Body = {"indicator": "energy_per_value_added", "metals": None, "value": "-14", "unit": "%"}

    def tried(**fields: Any) -> list[tuple[str, str]]:
        return refused(here, here.statistic(HUNAN, "2025", **{**energy, **fields}))

    assert tried(metals=["Al"]) == [("rule.metals_not_asked", "metals")]
    assert tried(unit=None) == tried(unit="kWh") == [("rule.unit_differs", "unit")]
    assert tried(value=None) == [("rule.field_missing", "value")]
    assert tried(value=None, output_g=5) == [("rule.value_wanted", "output_g")]
    assert tried(value="-100.1") == [("rule.value_too_low", "value")]
    assert tried(value="101") == [("rule.value_too_high", "value")]
    assert tried(indicator="happiness") == [("rule.unknown_statistic", "indicator")]
    assert tried(indicator="green_factories", value="-1", unit="number") == [("rule.value_too_low", "value")]
    mass: Body = {"indicator": "recycled_output", "metals": ["Al"], "unit": None}
    assert tried(**mass) == [("rule.mass_wanted", "value")]
    assert tried(**mass, value=None) == [("rule.field_missing", "output_g")]
    assert tried(**{**mass, "metals": None}, value=None, output_g=5) == [("rule.field_missing", "metals")]
    event = here.send(here.statistic(HUNAN, "2025", **energy)).event
    assert (stated(here, event).value, stated(here, event).unit) == ("-14", "%")
    found = ask(here.store, read_statistics, parse_period("2025")).find(HUNAN, "energy_per_value_added", ())
    assert found is not None
    assert found.value == Fraction(-14, 100)
    assert_equal_to_a_rebuild(here.store)


def test_a_file_refuses_statistics_of_others_line_by_line(here: Business) -> None:
    """A loader hands over drafts of anybody: the actor that a draft names is judged."""
    drafts = [
        load_draft(here.statistic(HUNAN, "2025", actor=actor, output_g=1))
        for actor in ("sichuan-planner", "hunan-planner")
    ]
    receipts = capture_batch(here.store, drafts, Deliverer("load"), here.now_ms)
    assert [receipt.status for receipt in receipts] == ["rejected", "created"]


def test_statistics_of_older_books_at_firms_are_superseded_and_hold_no_claim(store: Store) -> None:
    import_log(store, OLD_BOOK)
    assert check_book(store).digest == OLD_DIGEST
    period = parse_period("2025-03")
    assert ask(store, read_statistics, period).find(HUNAN, "ten_metal_output", ("Al",)) is None
    store.write(lambda writer: put_reference(writer, [authority("hunan-authority", HUNAN)]))
    here = Business(store)
    add_person(here, "hunan-planner", ("planner", "43"))
    add_person(here, "chen", ("supervisor", "*"))
    now = here.statistic(HUNAN, "2025-03", output_g=7, at="2025-06-01T08:00:00")
    here.number = 100
    here.send({**now, "id": here.draft("declare", "x")["id"]})
    found = ask(store, read_statistics, period).find(HUNAN, "ten_metal_output", ("Al",))
    assert found is not None
    assert (found.grams, found.provenance) == (7, "own")
    # What was replaced is told: the firm's value by the authority's, both with who and when.
    (pair,) = ask(store, list_replaced, HUNAN, period)
    assert (pair.before.event.draft.site, pair.by.detail.figures) == ("plant", {"output_g": 7})
    assert ask(store, list_replaced, "CN", period, found.events) == [pair]
    assert ask(store, list_replaced, HUNAN, parse_period("2025-02")) == []
    newest = ask(store, list_newest, [HUNAN], 10)
    assert (newest[0].stated.event.id, newest[0].state) == (found.events[0], "in_force")
    assert "replaced" in {one.state for one in newest}
    # The old one is the region's planners' too, where it stands; made again it is kept at the authority.
    old = "0194a000-0000-7000-8000-000000000002"
    assert refused(here, correcting(here, old, site="plant", actor="chen")) == [(NOT_THEIRS, "actor")]
    here.send(correcting(here, old, site="plant"))
    assert ask(store, read_statistics, period).find(HUNAN, "ten_metal_output", ("Al",)) == found
    assert_equal_to_a_rebuild(store)

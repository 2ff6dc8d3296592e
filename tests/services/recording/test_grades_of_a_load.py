"""Several grades of one load: each with its own readings, deductions, class and origin; on both engines."""

from typing import Any

import pytest

from graph.store import PostingFilter, Store
from tests.support.business import SITES, Business, grams, open_business
from tests.support.reading import ask
from tests.support.stores import assert_equal_to_a_rebuild
from tests.support.viewing import owner_of
from traceability.domain.errors import EventRejected
from traceability.domain.provenance import by_class
from traceability.services.recording.capture import Receipt
from traceability.services.tracing.events import find_weighing

Body = dict[str, Any]


@pytest.fixture
def here(store: Store) -> Business:
    open_business(store)
    return Business(store)


def grade(material: str, gross: float, tare: float, **more: Any) -> Body:
    readings = {"gross_g": grams(gross), "tare_g": grams(tare)}
    for name in ("moisture_g", "impurity_percent"):
        if name in more:
            readings[name] = more.pop(name)
    return {"form": "scrap", "material": material, "weighing": readings, **more}


def load(here: Business, *grades: Body, ticket: str = "T1", **more: Any) -> Body:
    stated = {"supplier": "zhang", "channel": "offline", "source_class": "post", "vehicle": "xiang", **more}
    return here.draft("collect", "yard", ticket=ticket, outputs=list(grades), **stated)


def three(here: Business, **more: Any) -> Body:
    return load(
        here,
        grade("tense", 12_000, 9_000, moisture_g=grams(30)),
        grade("tutu", 9_000, 6_500, impurity_percent="2", source_class="pre", origin="500000"),
        grade("talc", 6_500, 6_000),
        **more,
    )


def codes(here: Business, body: Body) -> list[tuple[str, str]]:
    with pytest.raises(EventRejected) as caught:
        here.send(body)
    return [(violation.code, violation.path) for violation in caught.value.violations]


def masses(receipt: Receipt) -> list[int]:
    return [lot.mass_g for lot in receipt.lots]


def test_each_grade_has_its_own_readings_class_and_origin(here: Business) -> None:
    receipt = here.send(three(here))
    assert masses(receipt) == [grams(2970), grams(2450), grams(500)]
    lots = [here.lot(lot.id) for lot in receipt.lots]
    vectors = [next(iter(lot.content.vector)) for lot in lots]
    assert vectors == [(0, "430000", 0), (1, "500000", 0), (0, "430000", 0)]
    assert by_class(lots[1].content.vector)["pre"] == lots[1].content.metal_g
    weighings = [ask(here.store, find_weighing, owner_of(*SITES), lot) for lot in lots]
    assert [weighing.tare_g for weighing in weighings if weighing] == [grams(9000), grams(6500), grams(6000)]
    with here.store.read() as reader:
        found, _ = reader.list_postings(PostingFilter(accounts=("collected",)), limit=10)
    assert sorted(
        (row.row.material, row.row.source_class, row.row.origin, row.grams) for row, _ in found
    ) == [
        ("talc", "post", "430000", grams(500)),
        ("tense", "post", "430000", grams(2970)),
        ("tutu", "pre", "500000", grams(2450)),
    ]
    assert_equal_to_a_rebuild(here.store)


def test_the_same_ticket_again_gives_the_first_receipt(here: Business) -> None:
    first = here.send(three(here))
    again = three(here)
    again["event_time"] = "2025-01-06T08:01:00+08:00"
    assert (here.send(again).status, here.last_event()) == ("duplicate", first.event)
    other = {**again, "outputs": [*again["outputs"][:2], grade("talc", 6_500, 6_001)]}
    assert codes(here, other) == [("rule.ticket_used", "ticket")]


def test_the_empty_vehicle_is_the_last_reading(here: Business) -> None:
    here.send(three(here))
    off = load(here, grade("tense", 12_000, 9_000), grade("tutu", 9_000, 6_500), ticket="T2")
    assert [(item.code, item.path) for item in here.send(off).warnings] == [
        ("warning.tare_off_history", "outputs.1.weighing.tare_g")
    ]


def test_readings_of_grades_are_checked_each(here: Business) -> None:
    wrong = load(here, grade("tense", 9_000, 9_000), grade("tutu", 9_000, 8_000, moisture_g=grams(1000)))
    assert codes(here, wrong) == [
        ("rule.tare_not_below_gross", "outputs.0.weighing.tare_g"),
        ("rule.deductions_exceed_net", "outputs.1.weighing"),
    ]
    typed = load(here, grade("tense", 9_000, 8_000, mass_g=grams(900)))
    assert codes(here, typed) == [("rule.weighing_mismatch", "outputs.0")]
    unclassed = load(here, grade("tense", 9_000, 8_000, source_class="pre"), source_class=None)
    assert here.send(unclassed).status == "created"
    half = load(
        here,
        grade("tense", 9_000, 8_000, source_class="pre"),
        grade("tutu", 8_000, 7_000),
        source_class=None,
        ticket="T3",
    )
    assert codes(here, half) == [("rule.field_missing", "source_class")]
    abroad = load(here, grade("tense", 9_000, 8_000, origin="IMP-JP"), ticket="T4")
    assert codes(here, abroad) == [("rule.origin_not_province", "outputs.0.origin")]


def test_one_grade_of_a_load_is_corrected(here: Business) -> None:
    receipt = here.send(three(here))
    body = three(here)
    body["outputs"][1]["source_class"] = "post"
    body["event_time"] = "2025-01-06T08:01:00+08:00"
    here.replace(receipt.event, body)
    assert [here.lot(lot.id).remaining_g for lot in receipt.lots] == masses(receipt)
    assert next(iter(here.lot(receipt.lots[1].id).content.vector)) == (0, "500000", 0)
    assert_equal_to_a_rebuild(here.store)

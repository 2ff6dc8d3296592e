"""A lot is told every reason that holds at once, and what was true when it was used is not judged by what it is now;
on both engines.
"""

from typing import Any

import pytest

from graph.store import PostingFilter, Store
from tests.support.business import Business, grams, open_business
from tests.support.stores import assert_equal_to_a_rebuild
from traceability.domain.errors import EventRejected

Body = dict[str, Any]


@pytest.fixture
def here(store: Store) -> Business:
    open_business(store)
    return Business(store)


def scrap(kg: float, material: str = "tense") -> Body:
    return {"form": "scrap", "material": material, "mass_g": grams(kg)}


def refusals(here: Business, body: Body) -> list[str]:
    with pytest.raises(EventRejected) as caught:
        here.send(body)
    return sorted(violation.code for violation in caught.value.violations)


def taking(here: Business, lot: str, kg: float, site: str = "yard") -> Body:
    used = [{"lot": lot, "mass_g": grams(kg)}]
    return here.draft("sort", site, inputs=used, outputs=[scrap(kg)])


def moving(here: Business, kind: str, lot: str, kg: float, site: str = "yard", **more: Any) -> Body:
    return here.draft(kind, site, lots=[{"lot": lot, "mass_g": grams(kg)}], **more)


def test_a_take_is_told_all_that_stands_against_it(here: Business) -> None:
    lot = here.collect("tense", 100)
    here.inspect(lot, False)
    assert refusals(here, taking(here, lot, 200)) == ["rule.overdrawn", "rule.quarantined"]
    assert refusals(here, taking(here, lot, 200, "chengdu")) == [
        "rule.foreign_site",
        "rule.overdrawn",
        "rule.quarantined",
    ]
    here.inspect(lot, True)
    part = here.ship(lot, "plant", 40)
    assert refusals(here, taking(here, part, 50)) == ["rule.in_transit", "rule.overdrawn"]
    gone = here.ship(lot, "fawer", 40)
    assert refusals(here, taking(here, gone, 50)) == ["rule.delivered", "rule.overdrawn"]


def test_a_movement_is_told_all_that_stands_against_it(here: Business) -> None:
    lot = here.collect("tense", 100)
    here.inspect(lot, False)
    away: Body = {"mode": "road", "to": "chengdu"}
    assert refusals(here, moving(here, "ship", lot, 200, **away)) == ["rule.overdrawn", "rule.quarantined"]
    assert refusals(here, moving(here, "ship", lot, 200, "plant", **away)) == [
        "rule.foreign_site",
        "rule.overdrawn",
        "rule.quarantined",
    ]
    here.inspect(lot, True)
    disposal: Body = {"outcome": "sent_back", "receiver": "zhang"}
    assert refusals(here, moving(here, "dispose", lot, 200, "plant", **disposal)) == [
        "rule.foreign_site",
        "rule.not_disposable",
        "rule.overdrawn",
        "rule.sent_back_needs_quarantine",
    ]
    part = here.ship(lot, "plant", 40)
    shipment = here.last_event()
    assert refusals(here, moving(here, "receive", part, 50, "chengdu")) == [
        "rule.gain_too_large",
        "rule.other_destination",
    ]
    back = moving(here, "return", part, 50, "chengdu", shipment=shipment)
    assert refusals(here, back) == ["rule.not_the_shipper", "rule.overdrawn", "rule.returns_exceed_shipment"]


def test_an_observation_is_told_all_that_stands_against_it(here: Business) -> None:
    lot = here.collect("tense", 100)
    count = here.draft("adjust", "plant", lots=[{"lot": lot}], delta_g=-grams(200), reason="count")
    assert refusals(here, count) == ["rule.foreign_site", "rule.overdrawn"]
    here.transform("sort", [lot], [scrap(90)])
    measured = here.draft("assay", "plant", lots=[{"lot": lot}], metal_fraction="0.9")
    assert refusals(here, measured) == ["rule.foreign_site", "rule.nothing_remains"]


def test_a_grade_list_judges_what_a_lot_was_when_it_was_charged(here: Business) -> None:
    """Internal metal that another firm received later is scrap by now; the heat that took some of it before stays."""
    first = here.collect("tutu", 1000, site="guiyang", ticket="X")
    collected = here.last_event()
    gates = {"form": "internal", "material": "internal", "metal": "Al", "mass_g": grams(400)}
    product = {"form": "product", "material": "6063", "mass_g": grams(500)}
    _, own = here.transform("melt", [first], [product, gates], "guiyang", heat_number="H1")
    here.transform("melt", [(own, 200)], [{**product, "mass_g": grams(190)}], "guiyang", heat_number="H2")
    here.ship(own, "plant", site="guiyang")
    here.receive(own, "plant")
    assert here.lot(own).form == "scrap"
    body = here.draft(
        "collect", "guiyang", ticket="X", supplier="zhang", source_class="pre", channel="offline",
        outputs=[{**scrap(1000, "tutu"), "metal_fraction": "0.99"}],
    )  # fmt: skip
    here.replace(collected, {**body, "event_time": "2025-01-06T08:01:00+08:00"}, site="guiyang")
    assert_equal_to_a_rebuild(here.store)


def test_scrap_without_metal_has_an_origin_too(here: Business) -> None:
    here.collect("tense", 100, metal_g=0)
    stated = {**scrap(100), "metal_g": 0}
    paper = {"country": "JP", "declaration_no": "D1", "ticket": "I1", "source_class": "post"}
    here.do("import", "yard", outputs=[stated], **paper)
    with here.store.read() as reader:
        found, _ = reader.list_postings(PostingFilter(accounts=("collected", "imported")), limit=10)
    rows = sorted((posting.row.account, posting.row.source_class, posting.row.origin) for posting, _ in found)
    assert rows == [("collected", "post", "430000"), ("imported", "post", "IMP-JP")]
    assert_equal_to_a_rebuild(here.store)


def opening(here: Business, at: str, source: str = "post") -> Body:
    share = {"source_class": source, "metal_g": grams(90)}
    return here.draft(
        "opening", "plant", at, outputs=[{**scrap(100), "metal_g": grams(90), "content": [share]}], reason="start",
        documents=[{"type": "stocktake", "number": "1"}],
    )  # fmt: skip


def test_what_touches_no_lot_may_come_before_an_opening(here: Business) -> None:
    here.do("declare", "plant", "2025-01-02T08:00:00", type="power", period="2024-12", kwh=1)
    here.seal("2024-12", "plant", "2025-01-02T09:00:00")
    assert here.send(opening(here, "2025-01-03T08:00:00")).status == "created"
    here.do("declare", "plant", "2025-01-02T10:00:00", type="power", period="2024-11", kwh=1)
    late = here.draft(
        "collect", "plant", "2025-01-02T08:00:00", ticket="L", supplier="zhang", source_class="post",
        channel="offline", outputs=[scrap(100)],
    )  # fmt: skip
    assert refusals(here, late) == ["rule.before_opening"]
    assert here.send({**late, "event_time": "2025-01-03T09:00:00+08:00"}).status == "created"
    assert refusals(here, opening(here, "2025-01-04T08:00:00")) == ["rule.opening_not_first"]
    assert here.send(opening(here, "2025-01-04T08:00:00", "unknown")).status == "created"
    assert_equal_to_a_rebuild(here.store)

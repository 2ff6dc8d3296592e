"""What explains a share adds up exactly: parts to the rest, months to the period, sites and metals to the region."""

import pytest

from tests.support.golden import NOW_MS, Golden
from traceability.domain.access import Assignment
from traceability.domain.period import Period
from traceability.domain.rights import find_viewer
from traceability.services.directory.reference import reference_in
from traceability.services.reporting.behind.drill_down import FigureAddress
from traceability.services.reporting.figures.gaps import gap_of_all
from traceability.services.reporting.scope import Level, MonthView
from traceability.services.reporting.why.parts import LiquidUse
from traceability.services.reporting.why.reasons import Why, read_why

QUARTER = Period("2025-01", "2025-03")
SHARES = (
    "supply_share_official",
    "supply_share_official_refined",
    "supply_share",
    "direct_alloying",
    "local_conversion",
)
PLACES: tuple[tuple[Level, str], ...] = (
    ("province", "510000"), ("province", "430000"), ("province", "520000"), ("nation", "CN"),
    ("prefecture", "430600"), ("site", "miluo"), ("group", "430000,510000"),
)  # fmt: skip


def explain(
    told: Golden, level: Level, code: str, indicator: str, period: Period = QUARTER, view: MonthView = "book"
) -> Why:
    address = FigureAddress(level, code, indicator, period, (), view)
    with told.store.read() as reader:
        gazetteer = reference_in(reader).gazetteer
        auditor = find_viewer((Assignment("auditor", "*"),), gazetteer, "2026-02-01")
        return read_why(reader, auditor, address, NOW_MS)


@pytest.mark.parametrize("indicator", SHARES)
def test_parts_months_sites_and_metals_add_up(told: Golden, indicator: str) -> None:
    known = 0
    for level, code in PLACES:
        why = explain(told, level, code, indicator)
        parts = why.now.parts
        if parts is None:
            assert why.figure.value is None, (level, code)
            continue
        known += 1
        assert (parts.whole, parts.counted) == (why.figure.denominator, why.figure.numerator)
        assert sum(parts.parts.values()) == parts.rest, (level, code)
        assert why.months is not None
        whole = why.place.figures[why.months.indicator]
        points = why.months.points
        assert sum(point.numerator or 0 for point in points) == whole.numerator
        assert sum(point.denominator or 0 for point in points) == whole.denominator
        if why.split is not None:
            for among in (why.split.sites, why.split.metals):
                assert sum(part.numerator for part in among) == whole.numerator
                assert sum(part.denominator for part in among) == whole.denominator
            # Each part is rounded up to the gram by itself.
            gaps = [part.gap for part in why.split.sites if part.gap is not None]
            assert 0 <= sum(gaps) - (gap_of_all(why.split, why.figure) or 0) < max(len(gaps), 1)
    assert known >= 3


def test_liquid_is_told_by_who_took_it(told: Golden) -> None:
    why = explain(told, "province", "520000", "direct_alloying")
    assert why.now.parts is not None
    assert why.now.parts.parts == {
        "direct_elsewhere": 0, "ingot_own": 5_000_000, "ingot_others": 0, "liquid_other": 0, "liquid_open": 0,
    }  # fmt: skip
    assert why.now.uses == (
        LiquidUse("guiyang", "guiyang", 80_000_000, 5_000_000, 0),
        LiquidUse("guiyang", "guiyang-neighbour", 10_000_000, 0, 0),
        LiquidUse("guiyang", "chengdu", 5_000_000, 0, 0),
    )
    for site in why.now.liquid.values():
        mine = [use for use in why.now.uses if use.site == site.site]
        assert sum(use.taken_g for use in mine) == site.direct_g + site.ingot_g + site.other_g


def test_the_official_rest_is_primary_output_that_the_book_holds(told: Golden) -> None:
    why = explain(told, "province", "360000", "supply_share_official")
    assert why.now.parts is not None
    # Refined copper is in the output; rods of direct use and cast alloy are above the line only.
    assert why.now.parts.parts == {
        "primary_melted": 75_240_000, "primary_first": 0, "unrecorded": 0, "beside_output": -24_120_000,
    }  # fmt: skip
    metals = {metal: (one.local_g, one.import_g, one.elsewhere_g) for metal, one in why.now.origins.items()}
    assert metals == {"Al": (2_772_000, 1_848_000, 0), "Cu": (19_500_000, 23_760_000, 0)}


def test_families_and_origins_add_up_to_recycled_metal(told: Golden) -> None:
    for level, code in PLACES:
        why = explain(told, level, code, "supply_share")
        recycled = why.place.figures["recycled_output"].numerator
        assert why.now.families is not None
        assert sum(one.recycled_g for one in why.now.families.values()) == recycled, (level, code)
        assert sum(one.recycled_g for one in why.now.origins.values()) == recycled


def test_the_year_after_knows_what_was_a_year_before(told: Golden) -> None:
    why = explain(told, "province", "510000", "direct_alloying", Period("2026-01", "2026-03"))
    assert why.now.parts is None
    assert why.then.parts is not None
    assert (why.then.parts.whole, why.then.parts.rest) == (50_000_000, 10_000_000)
    assert why.months is not None
    assert {point.value for point in why.months.points} == {None}

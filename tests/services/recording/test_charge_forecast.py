"""What operators are told of a charge is what recording it says then, and what they are offered is theirs to charge."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.business import NOW_MS, Business, grams, open_business
from tests.support.stores import empty_sqlite_store
from tests.support.viewing import owner_of
from traceability.domain.charge import chargeable, predict_contents
from traceability.domain.errors import NotAllowed, NotFound
from traceability.domain.event import LotUse
from traceability.domain.recycled_content import recycled_content
from traceability.services.recording.charge_forecast import ChargeForecast, ChargePlan, forecast_charge
from traceability.services.recording.preview import preview_event
from traceability.wire import load_draft

OPERATOR = owner_of("plant", works_at=("plant",))
GOOD = {
    "Si": "10.0",
    "Fe": "0.9",
    "Cu": "2.0",
    "Mg": "0.10",
    "Mn": "0.2",
    "Zn": "0.5",
    "Ni": "0.1",
    "Al": "bal",
}
LEAN = {**GOOD, "Si": "8.0", "Mg": "0.40"}


@pytest.fixture(scope="module")
def plant() -> Iterator[Business]:
    """A plant with stock of all forms, of uneven masses."""
    with empty_sqlite_store() as store:
        open_business(store)
        yield Business(store)


@pytest.fixture(scope="module")
def stock(plant: Business) -> dict[str, str]:
    lots = {
        "lean": plant.collect("tense", 7_000.019, site="plant", metal_fraction="0.95"),
        "good": plant.collect("tense", 30_000, site="plant", source="pre"),
        "unknown": plant.collect("telic", 5_000.001, site="plant", source="unspecified"),
        "silicon": plant.supply("si", 2_000.7),
        "flux": plant.supply("flux", 100),
        "held": plant.collect("twitch", 900, site="plant"),
    }
    for name, composition in (("lean", LEAN), ("good", GOOD)):
        plant.do("assay", "plant", lots=[{"lot": lots[name]}], composition=composition)
    scrap = plant.collect("tutu", 3_000, site="plant")
    lots["heel"] = plant.melt(scrap, into=2_000.003, heel_kg=900.007, alloy="6063")[1]
    plant.inspect(lots["held"], passed=False, site="plant", subject="quality")
    return lots


def ask(plant: Business, *uses: LotUse, alloy: str = "adc12", **more: Any) -> ChargeForecast:
    reserved = more.pop("reserved", ())
    viewer = more.pop("viewer", OPERATOR)
    with plant.store.read() as reader:
        return forecast_charge(reader, viewer, ChargePlan("plant", alloy, uses, **more), reserved)


shares = st.integers(10_000, 1_000_000)  # so much that every output weighs something


@settings(max_examples=25, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["lean", "good", "unknown", "silicon", "heel"]), shares, min_size=1),
    st.lists(st.integers(1, 300), min_size=1, max_size=3),
)
def test_recycled_content_is_what_recording_the_heat_says(
    plant: Business, stock: dict[str, str], taken: dict[str, int], parts: list[int]
) -> None:
    taken.setdefault("good", 77_777)  # metal of the heat's own
    uses: list[dict[str, Any]] = [
        {"lot": stock[name], "mass_g": max(plant.lot(stock[name]).remaining_g * share // 1_000_000, 1)}
        for name, share in taken.items()
    ]
    lots = [chargeable(plant.lot(use["lot"]), {}).charge(use["mass_g"]) for use in uses]
    metal_g = sum(lot.metal_g for lot in lots)
    masses_g = [metal_g * part // 1_000 for part in parts]
    forms = zip(("product", "heel", "internal"), ("adc12", "heel", "internal"), masses_g, strict=False)
    outputs = [
        {"form": form, "material": material, "mass_g": grams} for form, material, grams in forms if grams
    ]
    body = plant.draft(
        "melt", "plant", at="2025-12-01T08:00:00", actor="wang", heat_number="P1", inputs=uses, outputs=outputs,
        approval={"approver": "chen", "reason": "trial"},
    )  # fmt: skip
    with plant.store.read() as reader:
        preview = preview_event(reader, load_draft(body), NOW_MS)
    assert not preview.violations
    told = predict_contents(lots, [lot.contents[0].metal_g for lot in preview.made])
    said = [recycled_content(lot.contents[0].vector, lot.contents[0].strict_g) for lot in preview.made]
    assert told == said
    whole = ask(plant, *(LotUse(use["lot"], use["mass_g"]) for use in uses)).forecast
    assert (whole.mass_g, whole.metal_g) == (preview.inputs_g, preview.metal_in_g)
    (undivided,) = predict_contents(lots, [metal_g])
    assert whole.content == undivided


def test_stock_that_brings_a_charge_into_its_limits_is_offered(
    plant: Business, stock: dict[str, str]
) -> None:
    told = ask(plant, LotUse(stock["lean"]), capacity_g=grams(60_000))
    assert [one.element for one in told.forecast.outside] == ["Si", "Mg"]
    first = told.proposals[0]
    assert [(material.id, code) for material, code, _ in first.additions] == [
        ("tense", plant.lot(stock["good"]).code)
    ]
    assert first.after.state == "within"
    assert not told.assumes_rest
    without = ask(plant, LotUse(stock["lean"]), reserved=[stock["good"]])
    codes = {code for proposal in without.proposals for _, code, _ in proposal.additions}
    assert plant.lot(stock["good"]).code not in codes, "another heat has it"
    assert plant.lot(stock["held"]).code not in codes, "it is quarantined"


def test_a_lot_without_an_assay_is_taken_for_typical_of_its_grade_or_unknown(
    plant: Business, stock: dict[str, str]
) -> None:
    forecast = ask(plant, LotUse(stock["silicon"]), LotUse(stock["unknown"], grams(1_000))).forecast
    silicon = forecast.elements[0]
    assert forecast.typical_g == silicon.known_g == plant.lot(stock["silicon"]).remaining_g
    assert forecast.assayed_g == 0
    assert forecast.known == Fraction(forecast.typical_g, forecast.metal_g)
    assert silicon.high_ppm > silicon.low_ppm


def test_who_asks_and_what_is_asked(plant: Business, stock: dict[str, str]) -> None:
    empty = ask(plant)
    assert (empty.forecast.mass_g, empty.forecast.elements, empty.proposals) == (0, (), ())
    assert ask(plant, LotUse(stock["lean"]), alloy="").alloy is None
    with pytest.raises(NotAllowed):
        ask(plant, viewer=owner_of("yard", works_at=("yard",)))
    with pytest.raises(NotFound):
        ask(plant, alloy="unobtainium")
    with pytest.raises(NotFound):
        ask(plant, LotUse("0194a000-0000-7000-8000-00000000ffff"))


def test_what_earlier_heats_of_the_alloy_recovered_counts(plant: Business) -> None:
    for _ in range(3):
        scrap = plant.collect("tense", 1_000, site="plant", metal_fraction="1")
        plant.do("assay", "plant", lots=[{"lot": scrap}], composition={"Mg": "0.5", "Al": "bal"})
        product, *_ = plant.melt(scrap, into=950, alloy="a356.2")
        plant.do("assay", "plant", lots=[{"lot": product}], composition={"Mg": "0.40", "Al": "bal"})
    fresh = plant.collect("tense", 1_000, site="plant", metal_fraction="1")
    plant.do("assay", "plant", lots=[{"lot": fresh}], composition={"Mg": "0.5", "Al": "bal"})
    magnesium = next(
        one for one in ask(plant, LotUse(fresh), alloy="a356.2").forecast.elements if one.element == "Mg"
    )
    assert magnesium.recovery is not None
    assert (magnesium.recovery.heats, magnesium.ppm) == (3, Fraction(4_000))
    other = ask(plant, LotUse(fresh)).forecast
    assert all(one.recovery is None for one in other.elements), "another alloy has its own experience"

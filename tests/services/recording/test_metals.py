"""A metal that an installation adds is collected, melted and reported, on both engines; one that nobody listed is
refused with those that are known.
"""

from pathlib import Path
from typing import Any

import pytest

from graph.store import Store
from tests.support.business import Business, grams, open_business
from tests.support.metals import GALLIUM, add_gallium
from tests.support.reading import ask
from tests.support.stores import assert_equal_to_a_rebuild
from traceability.domain.errors import BadInput, EventRejected
from traceability.domain.metal import DEFAULT_METALS
from traceability.domain.period import parse_period
from traceability.locale import LANGUAGES, text
from traceability.services.directory.reference import reference_in
from traceability.services.reporting.figures.report import find_figure, regional_report

JANUARY = parse_period("2025-01")


@pytest.fixture
def here(store: Store) -> Business:
    open_business(store)
    return Business(store)


def refusals(here: Business, body: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(EventRejected) as caught:
        here.send(body)
    unknown = [one for one in caught.value.violations if one.code == "rule.unknown_metal"]
    for violation in unknown:
        for language in LANGUAGES:
            said = text(violation.code, violation.figures, language)
            assert "Xx" in said
            assert "Al, Cu, Pb" in said
    return [(violation.code, violation.path) for violation in unknown]


def test_a_metal_that_is_added_is_collected_melted_and_reported(here: Business, tmp_path: Path) -> None:
    add_gallium(here.store, tmp_path)
    scrap = here.collect("ga-scrap", 100, site="plant")
    output = {"form": "product", "material": "gallium", "mass_g": grams(95)}
    product = here.transform("melt", [scrap], [output], "plant", heat_number="H-GA")[0]
    assert [here.lot(lot).metal for lot in (scrap, product)] == ["Ga", "Ga"]
    assert here.lot(product).content.metal_g == grams(95)
    report = ask(here.store, regional_report, JANUARY)
    assert list(report.total.by_metal) == ["Ga"]
    made = find_figure(report, "430000", "recycled_output", "Ga")
    assert made.numerator == grams(95)
    assert find_figure(report, "430000", "recycled_output").value is None  # none of the ten was made
    assert find_figure(report, "430000", "supply_share", "Ga").value == 1
    alone = ask(here.store, regional_report, JANUARY, ["Ga"])
    assert alone.total.figures["collected"].numerator == grams(100)
    assert alone.total.figures["supply_share"].value is None  # the share is that of the ten
    assert_equal_to_a_rebuild(here.store)


def test_other_metals_follow_the_ten(here: Business, tmp_path: Path) -> None:
    add_gallium(here.store, tmp_path)
    here.transform("melt", [here.collect("ga-scrap", 100, site="plant")],
                   [{"form": "product", "material": "gallium", "mass_g": grams(90)}], "plant", heat_number="H-1")  # fmt: skip
    here.melt(here.collect("tense", 100, site="plant"), into=85)
    report = ask(here.store, regional_report, JANUARY)
    assert list(report.total.by_metal) == ["Al", "Ga"]
    assert report.total.figures["recycled_output"].numerator == grams(85)
    assert_equal_to_a_rebuild(here.store)


def test_an_output_may_state_the_metal(here: Business, tmp_path: Path) -> None:
    add_gallium(here.store, tmp_path)
    scrap = here.collect("zorba", 100)
    outputs = [
        {"form": "scrap", "material": "tense", "mass_g": grams(90)},
        {"form": "scrap", "material": "ga-scrap", "metal": "Ga", "mass_g": grams(1)},
    ]
    assert here.lot(here.transform("sort", [scrap], outputs)[1]).metal == "Ga"


def test_an_unknown_metal_is_refused_with_those_that_are_known(here: Business) -> None:
    scrap = here.collect("tense", 100)
    output = {"form": "scrap", "material": "tense", "metal": "Xx", "mass_g": grams(100)}
    sorting = here.draft("sort", "yard", inputs=[{"lot": scrap}], outputs=[output])
    assert refusals(here, sorting) == [("rule.unknown_metal", "outputs.0.metal")]
    line: dict[str, Any] = {
        "type": "line",
        "period": "2025",
        "line": "1",
        "capacity_g": grams(1000),
        "level": "benchmark",
    }
    declaring = here.draft("declare", "plant", metal="Xx", **line)
    assert refusals(here, declaring) == [("rule.unknown_metal", "metal")]
    statistic = here.statistic("430000", "2025-01", metals=["Al", "Xx"], output_g=1)
    assert refusals(here, statistic) == [("rule.unknown_metal", "metals.1")]
    mixed = here.statistic("430000", "2025-01", metals=["mixed"], output_g=1)
    with pytest.raises(EventRejected) as caught:
        here.send(mixed)
    assert [violation.path for violation in caught.value.violations] == ["metals.0"]
    with pytest.raises(BadInput) as unknown:
        ask(here.store, regional_report, JANUARY, ["Xx"])
    assert unknown.value.figures["metals"] == "Xx"
    assert "Al, Cu" in str(unknown.value.figures["known"])


def test_a_correction_may_not_bring_in_an_unknown_metal(here: Business) -> None:
    scrap = here.collect("zorba", 100)
    output = {"form": "scrap", "material": "tense", "metal": "Al", "mass_g": grams(100)}
    body = here.draft("sort", "yard", inputs=[{"lot": scrap}], outputs=[output])
    here.send(body)
    with pytest.raises(EventRejected) as caught:
        here.replace(body["id"], {**body, "outputs": [{**output, "metal": "Xx"}]})
    assert "rule.unknown_metal" in [violation.code for violation in caught.value.violations]


def test_a_list_of_an_older_installation_refuses_nothing(here: Business) -> None:
    """It says which metals are of the ten; what it lacks is known all the same, behind its own."""
    rows = [
        {"symbol": symbol, "zh": symbol, "en": symbol, "ten_metals": symbol == "Al"} for symbol in ("W", "Al")
    ]
    here.change_reference("setting", "metals", rows=rows)
    reference = ask(here.store, reference_in)
    assert list(reference.metals)[:2] == ["W", "Al"]
    assert set(reference.metals) == set(DEFAULT_METALS)
    assert reference.ten_metals == {"Al"}
    here.change_reference("setting", "metals", rows=[])
    reference = ask(here.store, reference_in)
    assert list(reference.metals) == list(DEFAULT_METALS)
    assert len(reference.ten_metals) == 10


def test_gallium_is_named_by_its_list(here: Business, tmp_path: Path) -> None:
    add_gallium(here.store, tmp_path)
    metal = ask(here.store, reference_in).metals["Ga"]
    assert (metal.name("zh"), metal.name("en"), metal.edition, metal.source) == GALLIUM
    assert not metal.of_ten

"""Compositions as laboratories write them: below the detection limit, the balance, rounded sums; on both engines."""

from collections.abc import Sequence
from typing import Any

import pytest

from graph.store import Store
from tests.support.business import Business, grams, open_business
from tests.support.stores import assert_equal_to_a_rebuild
from traceability.domain.errors import EventRejected
from traceability.services.recording.capture import Receipt

Composition = dict[str, str]


@pytest.fixture
def here(store: Store) -> Business:
    open_business(store)
    return Business(store)


def cast(here: Business) -> str:
    scrap = here.collect("tutu", 1000, site="plant")
    product = {"form": "product", "material": "6063", "mass_g": grams(850)}
    heat = here.draft("melt", "plant", heat_number="G1", inputs=[{"lot": scrap}], outputs=[product])
    return here.send(heat).lots[0].id


def assay(here: Business, lot: str, composition: Composition, **more: Any) -> Receipt:
    return here.send(here.draft("assay", "plant", lots=[{"lot": lot}], composition=composition, **more))


def refusals(here: Business, lot: str, composition: Composition) -> list[tuple[str, str]]:
    with pytest.raises(EventRejected) as caught:
        assay(here, lot, composition)
    return [(violation.code, violation.path) for violation in caught.value.violations]


def contents(here: Business, lot: str) -> Sequence[tuple[Any, ...]]:
    return [tuple(content) for content in here.lot(lot).composition]


def test_a_content_below_the_detection_limit_and_the_balance_are_kept_as_such(here: Business) -> None:
    billet = cast(here)
    assay(here, billet, {"Al": "bal", "Si": "0.4", "Mg": "0.6", "Pb": "<0.01"})
    assert contents(here, billet) == [
        ("Al", 990_000, "balance"), ("Mg", 6_000, ""), ("Pb", 100, "below"), ("Si", 4_000, ""),
    ]  # fmt: skip
    assert_equal_to_a_rebuild(here.store)


@pytest.mark.parametrize(("aluminium", "accepted"), [("98.95", True), ("99.05", True), ("99.0501", False)])
def test_a_sum_is_rounded_up_to_a_tenth_of_a_per_cent_above_the_whole(
    here: Business, aluminium: str, accepted: bool
) -> None:
    billet = cast(here)
    composition = {"Al": aluminium, "Si": "0.45", "Mg": "0.6", "Pb": "<5"}
    if accepted:
        assay(here, billet, composition)
    else:
        assert refusals(here, billet, composition) == [("rule.composition_above_whole", "composition")]


def test_a_detection_limit_counts_in_full_against_an_upper_limit_and_as_nothing_for_a_lower_one(
    here: Business,
) -> None:
    billet = cast(here)  # 6063 has at most 0.10 % Cu and at least 0.20 % Si
    assay(here, billet, {"Cu": "<0.10"})
    assert refusals(here, billet, {"Cu": "<0.11"}) == [("rule.outside_alloy", "composition.Cu")]
    assert refusals(here, billet, {"Si": "<0.30"}) == [("rule.outside_alloy", "composition.Si")]


def test_the_balance_must_leave_something(here: Business) -> None:
    billet = cast(here)
    found = refusals(here, billet, {"Al": "bal", "Si": "60", "Mg": "40"})
    assert ("rule.balance_not_positive", "composition.Al") in found

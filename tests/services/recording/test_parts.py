"""A part of a lot is what its lot is: parts of splits and of movements, as recorded and after corrections, on both
engines.
"""

from datetime import timedelta
from typing import Any

import pytest

from graph.store import PostingFilter, Store
from tests.support.business import Business, grams, open_business
from tests.support.stores import assert_equal_to_a_rebuild
from traceability.domain.errors import EventRejected
from traceability.domain.event import ElementContent

Body = dict[str, Any]


@pytest.fixture
def here(store: Store) -> Business:
    open_business(store)
    return Business(store)


def part(kg: float, material: str = "tense", form: str = "scrap", **more: Any) -> Body:
    return {"form": form, "material": material, "mass_g": grams(kg), **more}


def refusals(here: Business, body: Body) -> list[tuple[str, str]]:
    with pytest.raises(EventRejected) as caught:
        here.send(body)
    return [(violation.code, violation.path) for violation in caught.value.violations]


def posted(here: Business, account: str) -> list[tuple[str, int]]:
    """The (kind of event, kg) of all rows of an account."""
    with here.store.read() as reader:
        found, _ = reader.list_postings(PostingFilter(accounts=(account,)), limit=1_000)
    return sorted((posting.row.via, posting.grams // 1000) for posting, _ in found)


def dross(here: Business, kg: float = 60) -> str:
    scrap = here.collect("tutu", 1000, site="plant")
    return here.melt(scrap, into=880, alloy="6063", dross_kg=kg)[1]


# --- residue ---------------------------------------------------------------------------------------------------------


def test_splitting_and_blending_residue_generates_none(here: Business) -> None:
    waste = part(30, "al-dross", "residue")
    one, two = here.transform("split", [dross(here, 60)], [waste, waste], site="plant")
    here.transform("blend", [one, two], [part(60, "al-dross", "residue")], site="plant")
    assert posted(here, "residue_generated") == [("melt", 60)]
    assert_equal_to_a_rebuild(here.store)


def test_residue_of_a_recovery_is_generated_again(here: Business) -> None:
    won = part(10, "internal", "internal", metal="Al", metal_g=grams(10))
    here.transform(
        "recover", [dross(here, 60)], [won, part(40, "al-dross", "residue", metal_g=0)], site="plant"
    )
    assert posted(here, "residue_generated") == [("melt", 60), ("recover", 40)]
    assert posted(here, "residue_utilised") == [("recover", 60)]
    assert_equal_to_a_rebuild(here.store)


# --- what a part is --------------------------------------------------------------------------------------------------


def test_a_part_keeps_waste_code_and_composition_of_its_lot(here: Business) -> None:
    whole = here.collect("tense", 1000, waste_code="900-052-31", manifest="M1")
    here.do("assay", "yard", lots=[{"lot": whole}], composition={"Si": "9.5"})
    one, two = here.transform("split", [(whole, 600)], [part(400), part(200)])
    shipped = here.ship(whole, "plant", 100)
    below = here.transform("split", [one], [part(400)])[0]
    for lot in map(here.lot, (one, two, shipped, below)):
        assert (lot.waste_code, lot.composition) == ("900-052-31", (ElementContent("Si", 95_000),))
    # A part's own measurement is newer.
    here.do("assay", "yard", lots=[{"lot": two}], composition={"Si": "9.7"})
    assert here.lot(two).composition == (ElementContent("Si", 97_000),)
    assert_equal_to_a_rebuild(here.store)


def test_a_late_composition_reaches_the_parts_that_came_after_it(here: Business) -> None:
    whole = here.collect("tense", 1000)
    early = here.transform("split", [(whole, 100)], [part(100)])[0]
    between = here.clock.isoformat(timespec="seconds")
    here.clock += timedelta(minutes=1)
    late = here.transform("split", [(whole, 100)], [part(100)])[0]
    here.do("assay", "yard", at=between, lots=[{"lot": whole}], composition={"Si": "9.5"})
    assert here.lot(early).composition == ()
    assert here.lot(late).composition == (ElementContent("Si", 95_000),)
    assert_equal_to_a_rebuild(here.store)


def test_a_part_states_nothing_else_than_its_lot_is(here: Business) -> None:
    whole = here.collect("tense", 1000)
    used = [{"lot": whole, "mass_g": grams(500)}]
    stated = part(500, "tutu", metal="Cu", waste_code="321-026-48")
    assert refusals(here, here.draft("split", "yard", inputs=used, outputs=[stated])) == [
        ("rule.same_material", "outputs.0.material"),
        ("rule.part_metal", "outputs.0.metal"),
        ("rule.part_waste_code", "outputs.0.waste_code"),
    ]
    same = part(500, metal="Al")
    assert here.send(here.draft("split", "yard", inputs=used, outputs=[same])).status == "created"
    # The same is asked of a replacement.
    body = here.draft("split", "yard", inputs=used, outputs=[part(500, waste_code="321-026-48")])
    with pytest.raises(EventRejected) as caught:
        here.replace(here.last_event(), body)
    assert [violation.code for violation in caught.value.violations] == ["rule.part_waste_code"]


def test_parts_follow_a_correction_of_their_lot(here: Business) -> None:
    whole = here.collect("tense", 1000, ticket="X1")
    origin = here.last_event()
    one, two = here.transform("split", [(whole, 600)], [part(400), part(200)])
    below = here.transform("split", [one], [part(400)])[0]
    shipped = here.ship(whole, "plant", 100)
    body = here.draft(
        "collect", "yard", ticket="X1", supplier="zhang", source_class="post", channel="offline",
        outputs=[part(1000, "bare-bright", metal_fraction="0.99")],
    )  # fmt: skip
    here.replace(origin, {**body, "event_time": "2025-01-06T08:01:00+08:00"})
    for lot in map(here.lot, (whole, one, two, below, shipped)):
        assert (lot.material, lot.metal) == ("bare-bright", "Cu")
        assert lot.contents[0].metal_g == lot.contents[0].mass_g * 99 // 100
    assert_equal_to_a_rebuild(here.store)


def test_a_blend_keeps_the_waste_code_that_all_its_lots_have(here: Business) -> None:
    given = {"waste_code": "900-052-31"}
    one, two = (here.collect("tense", 100, manifest=number, **given) for number in ("M1", "M2"))
    assert here.lot(here.transform("blend", [one, two], [part(200)])[0]).waste_code == "900-052-31"
    assert_equal_to_a_rebuild(here.store)


# --- the metal of a part ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["split", "blend"])
def test_where_one_metal_is_entered_the_others_share_what_is_left(here: Business, kind: str) -> None:
    whole = here.collect("tense", 1000, metal_g=grams(700))
    made = here.transform(kind, [whole], [part(500, metal_g=grams(400)), part(300), part(100)])
    # 300 kg are left for 300 kg, 100 kg and a loss of 100 kg.
    metals = [here.lot(lot).contents[0].metal_g for lot in made]
    assert metals == [grams(400), grams(180), grams(60)]
    assert_equal_to_a_rebuild(here.store)


def test_nothing_is_left_where_more_is_entered_than_there_was(here: Business) -> None:
    whole = here.collect("tense", 1000, metal_g=grams(500))
    made = here.transform("split", [whole], [part(600, metal_g=grams(550)), part(400)])
    assert [here.lot(lot).contents[0].metal_g for lot in made] == [grams(550), 0]
    assert_equal_to_a_rebuild(here.store)


# --- quarantine ------------------------------------------------------------------------------------------------------


def statuses(here: Business, *lots: str) -> list[str]:
    return [here.lot(lot).status for lot in lots]


def failed_late(here: Business) -> tuple[str, str, str, str, str]:
    """A lot that failed before parts were taken of it, which nobody knew: (lot, part, its part, a part shipped, one
    used up)."""
    whole = here.collect("tense", 1000)
    failed_at = here.clock.isoformat(timespec="seconds")
    here.clock += timedelta(minutes=1)
    one = here.transform("split", [(whole, 600)], [part(600)])[0]
    below = here.transform("split", [(one, 300)], [part(300)])[0]
    used = here.transform("split", [(one, 200)], [part(200)])[0]
    here.transform("sort", [used], [part(200)])
    shipped = here.ship(whole, "plant", 100)
    here.inspect(whole, False, at=failed_at)
    return whole, one, below, shipped, used


def test_parts_split_off_after_a_failure_are_quarantined_with_their_lot(here: Business) -> None:
    whole, one, below, shipped, used = failed_late(here)
    assert all(here.lot(lot).quarantined for lot in (whole, one, below, shipped, used))
    assert statuses(here, shipped, used) == ["in_transit", "consumed"]  # what was done before stands
    assert_equal_to_a_rebuild(here.store)
    sorting = here.draft("sort", "yard", inputs=[{"lot": below}], outputs=[part(300)])
    assert refusals(here, sorting) == [("rule.quarantined", "inputs.0")]
    here.inspect(one, True)
    assert statuses(here, whole, one, below) == ["quarantined", "available", "quarantined"]
    assert_equal_to_a_rebuild(here.store)


def test_parts_are_released_with_the_inspection_that_was_recorded_wrongly(here: Business) -> None:
    parts = failed_late(here)
    here.void(here.last_event())
    assert not any(here.lot(lot).quarantined for lot in parts)
    assert_equal_to_a_rebuild(here.store)


def test_parts_of_the_time_before_a_failure_and_after_a_release_are_free(here: Business) -> None:
    whole = here.collect("tense", 1000)
    before = here.transform("split", [(whole, 100)], [part(100)])[0]
    here.inspect(whole, False)
    here.inspect(whole, True)
    after = here.transform("split", [(whole, 100)], [part(100)])[0]
    assert statuses(here, before, after, whole) == ["available"] * 3
    assert_equal_to_a_rebuild(here.store)

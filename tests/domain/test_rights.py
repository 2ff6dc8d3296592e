"""Who sees what follows from one table and from dated roles."""

from traceability.domain.rights import SEES, Disclosure, Relation, Thing


def test_a_competitor_learns_no_more_than_the_province() -> None:
    assert SEES[Relation.OTHER][Thing.RECORD] is Disclosure.PROVINCE
    assert {SEES[Relation.OTHER][thing] for thing in Thing if thing is not Thing.RECORD} == {
        Disclosure.NOTHING
    }


def test_whoever_plans_for_a_region_sees_rows_without_parties_people_or_photos() -> None:
    told = {thing: SEES[Relation.PLANNED][thing] for thing in Thing}
    assert told.pop(Thing.RECORD) is Disclosure.FULL
    assert set(told.values()) == {Disclosure.NOTHING}

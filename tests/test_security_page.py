"""docs/security.md judges every requirement once, counts them right, and holds the table of rights that the code holds."""

import re
from collections import Counter

import pytest

from tests.support.parts import ROOT
from traceability.domain.rights import SEES, Relation, Thing

PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
MET, NOT_MET, NOT_APPLICABLE = "met", "not met", "n/a"
VERDICTS = (MET, NOT_MET, NOT_APPLICABLE)
LEVEL_1_AND_2 = """
1.1:1-2 1.2:1-9 1.3:1-11 1.4:1-3 1.5:1-2 2.1:1-3 2.2:1-3 2.3:1-4 2.4:1 3.2:1-2 3.3:1-4 3.4:1-6 3.5:1-5 3.7:1-2 4.1:1-3
4.2:1 4.3:1-2 4.4:1-4 5.1:1 5.2:1-3 5.3:1-2 5.4:1-3 6.1:1-3 6.2:1-12 6.3:1-4 6.4:1-4 6.5:1-5 6.6:1-3 6.8:1-4 7.1:1-3
7.2:1-4 7.3:1-2 7.4:1-5 7.5:1-2 7.6:1-2 8.1:1-2 8.2:1-3 8.3:1 8.4:1 9.1:1-3 9.2:1-4 10.1:1-2 10.2:1-2 10.3:1-4 10.4:1-11
10.5:1-5 10.6:1-2 10.7:1-3 11.1:1-2 11.2:1-3 11.3:1-3 11.4:1-4 11.5:1 11.6:1 12.1:1-3 12.2:1-2 12.3:1-4 13.1:1 13.2:1-5
13.3:1-2 13.4:1-5 14.1:1-2 14.2:1-4 14.3:1-3 15.1:1-3 15.2:1-3 15.3:1-7 16.1:1 16.2:1-5 16.3:1-4 16.4:1-3 16.5:1-3 17.1:1
17.2:1-4 17.3:1-2
"""
"""Numbers of the requirements of levels 1 and 2 of ASVS 5.0.0, by section."""


def list_requirements() -> list[str]:
    """Return the number of every requirement of levels 1 and 2."""
    found = []
    for section, numbers in (entry.split(":") for entry in LEVEL_1_AND_2.split()):
        first, _, last = numbers.partition("-")
        found += [f"{section}.{number}" for number in range(int(first), int(last or first) + 1)]
    return found


def read_verdicts() -> list[tuple[str, str, str]]:
    """Return (requirement, verdict, reason) of every row."""
    rows = re.findall(r"^\| ((?:\d+\.\d+\.\d+(?:, )?)+) \| ([^|]+) \| (.+) \|$", PAGE, re.MULTILINE)
    return [(number, verdict, reason) for numbers, verdict, reason in rows for number in numbers.split(", ")]


def test_every_requirement_is_judged_once() -> None:
    judged = read_verdicts()
    assert len(list_requirements()) == 253
    assert sorted(number for number, _, _ in judged) == sorted(list_requirements())
    assert {verdict for _, verdict, _ in judged} == set(VERDICTS)
    assert all(reason.strip() for _, _, reason in judged)


def test_the_sums_are_those_of_the_rows() -> None:
    chapters = re.findall(r"^\| V(\d+) [^|]*\| (\d+) \| (\d+) \| (\d+) \|$", PAGE, re.MULTILINE)
    assert len(chapters) == 17
    whole: Counter[str] = Counter()
    for chapter, *told in chapters:
        counted = Counter(
            verdict for number, verdict, _ in read_verdicts() if number.split(".")[0] == chapter
        )
        assert [str(counted[verdict]) for verdict in VERDICTS] == told, chapter
        whole += counted
    (told,) = re.findall(
        r"^\| \*\*all 253\*\* \| \*\*(\d+)\*\* \| \*\*(\d+)\*\* \| \*\*(\d+)\*\* \|$", PAGE, re.MULTILINE
    )
    assert [str(whole[verdict]) for verdict in VERDICTS] == list(told)


def test_what_is_not_met_stands_in_the_list_of_what_is_missing() -> None:
    missing = PAGE.partition("## What is missing")[2]
    listed = set(re.findall(r"\d+\.\d+\.\d+", missing))
    assert listed == {number for number, verdict, _ in read_verdicts() if verdict == NOT_MET}


@pytest.mark.parametrize("relation", list(Relation))
def test_the_table_of_rights_is_the_codes(relation: Relation) -> None:
    assert f"| | {' | '.join(Thing)} |" in PAGE
    told = " | ".join(SEES[relation][thing].name.lower() for thing in Thing)
    assert f"\n| {relation} | {told} |\n" in PAGE

"""Every rule is of state, of the statement or of rights, so it is settled what becomes of a refused draft of a queue."""

import re
from pathlib import Path

from traceability.domain import held
from traceability.domain.device_clock import DeviceTime
from traceability.domain.errors import Violation
from traceability.domain.held import STANDING, WAITING, Standing, find_remedy, is_held, is_waiting

ROOT = Path(__file__).resolve().parents[2]
CODE = re.compile(r'"((?:rule|scan|lot|held)\.[a-z_]+)"')
"""How the codes of violations are written where they are raised."""
NOT_VIOLATIONS = {
    "held.conflict", "held.inbox_full", "held.needs_supervisor", "held.reason_needed", "held.settled", "held.unknown",
}  # fmt: skip
"""Codes of other errors of the same modules."""


def list_raised() -> set[str]:
    files = [
        *(ROOT / "traceability/domain").glob("*.py"),
        *(ROOT / "traceability/services/recording").glob("*.py"),
    ]
    texts = [file.read_text(encoding="utf-8") for file in files if file.name != "held.py"]
    raised = {code for text in texts for code in CODE.findall(text)}
    return (raised | {held.ROLE_ENDED.code, held.PASSWORD_NEEDED.code, "correct.too_much"}) - NOT_VIOLATIONS


def test_every_rule_has_one_standing_and_nothing_else_has() -> None:
    listed = [*held._STATEMENT, *held._RIGHTS, *held._STATE]
    assert sorted(listed) == sorted(set(listed))
    assert set(listed) == list_raised()
    assert set(listed) == STANDING.keys()


def test_only_what_breaks_rules_of_state_alone_is_held() -> None:
    state, statement, right = (
        Violation("rule.overdrawn"),
        Violation("rule.field_missing"),
        Violation("rule.no_right"),
    )
    assert is_held([state, state])
    assert is_held([Violation("rule.nobody_knows_yet")])
    assert not is_held([state, statement])
    assert not is_held([right, state])
    assert not is_waiting([state])
    assert is_waiting([state, Violation("rule.unknown_lot")])
    assert {STANDING[code] for code in WAITING} == {Standing.STATE}


def test_every_rule_of_state_says_what_can_be_done_and_every_remedy_names_rules_that_are() -> None:
    assert {find_remedy(code) for code in held._STATE} == {*held.Remedy, None}
    assert {code for codes in held._REMEDIES.values() for code in codes} <= set(held._STATE)


def test_a_gap_is_told_in_the_unit_that_people_count_in() -> None:
    told = [
        DeviceTime(0, shift_ms).gap
        for shift_ms in (
            7 * 60_000,
            -(7 * 60_000 + 29_999),
            119 * 60_000,
            2 * 3_600_000,
            47 * 3_600_000,
            -(10**11),
        )
    ]
    assert told == [(7, "minutes"), (7, "minutes"), (2, "hours"), (2, "hours"), (2, "days"), (1157, "days")]

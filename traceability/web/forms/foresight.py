"""Judges a form that has faults as far as it can be judged already, so that every reason is said at
once.
"""

from collections.abc import Collection, Sequence
from copy import deepcopy
from typing import Any

from traceability.domain.errors import BadDraft, EventConflict, Violation
from traceability.services.recording.preview import Preview, preview_event
from traceability.web.forms.fields import FieldRows
from traceability.web.forms.form_reader import FormReading
from traceability.web.forms.problems import FormFault
from traceability.web.shell import current
from traceability.wire import load_draft

INDEPENDENT = frozenset(
    {
        "rule.field_missing", "rule.no_right", "rule.needs_supervisor", "rule.in_the_future", "rule.too_long_ago",
        "rule.code_taken", "rule.unknown_lot", "scan.unbound_input", "rule.lot_void", "rule.in_transit", "rule.delivered", "rule.disposed",
        "rule.foreign_site", "rule.not_in_view", "rule.quarantined", "rule.radiation_failed", "rule.one_destination", "rule.not_in_transit",
        "rule.other_destination", "rule.tare_not_below_gross", "rule.deductions_exceed_net",
    }
)  # fmt: skip
"""Rules that can be judged although other fields cannot be read."""

_STAND_INS = {"period": "2000", "month": "2000-01", "delta_g": 1, "subject": "radiation", "passed": True}
"""Values for fields that no draft can be without; no rule in INDEPENDENT looks at them."""


def list_further_violations(
    body: dict[str, Any], reading: FormReading, faults: Sequence[FormFault], known: Collection[str]
) -> list[Violation]:
    """Return what stands against a body beside its faults, once for an input."""
    at_fault = {reading.find_input(fault.path, known) for fault in faults}
    violations = [*_judge_masses(body, reading), *_judge_rest(body, faults)]
    return [item for item in violations if reading.find_input(item.path, known) not in at_fault]


def _judge_masses(body: dict[str, Any], reading: FormReading) -> list[Violation]:
    """Return what is wrong with masses of rows that no rule sees because of other faults."""
    violations = []
    must_be = {item.name for item in reading.fields if isinstance(item, FieldRows) and item.must_be}
    rows = body.get("outputs", ())
    for number, row in enumerate(rows if isinstance(rows, list) else ()):
        path, mass_g = f"outputs.{number}.mass_g", row.get("mass_g")
        if isinstance(mass_g, int) and mass_g <= 0:
            violations.append(Violation("rule.mass_not_positive", path, figures={"mass_g": mass_g}))
        elif mass_g is None and number == 0 and "outputs" in must_be and "weighing" not in {*body, *row}:
            violations.append(Violation("rule.mass_missing", path))
    return violations


def _judge_rest(body: dict[str, Any], faults: Sequence[FormFault]) -> list[Violation]:
    """Return what the rules say of the body without what is at fault."""
    preview = _preview_without(body, [fault.path.split(".") for fault in faults])
    return [item for item in preview.violations if item.code in INDEPENDENT] if preview else []


def _preview_without(body: dict[str, Any], paths: Sequence[list[str]]) -> Preview | None:
    """Return the preview of a body without the fields at fault, or their rows; None for none."""
    for drop in (_drop, _stand_in, lambda rest, path: _drop(rest, path[:1])):
        rest = deepcopy(body)
        for path in paths:
            drop(rest, path)
        try:
            return preview_event(current.reader(), load_draft(rest), current.now_ms())
        except BadDraft:  # without this field there is no row or part; try without that
            continue
        except EventConflict:
            return None
    return None


def _stand_in(body: dict[str, Any], path: list[str]) -> None:
    """Drop what stands at a path, but put a value in place of what no draft can be without."""
    if len(path) == 1 and path[0] in _STAND_INS:
        body[path[0]] = _STAND_INS[path[0]]
    else:
        _drop(body, path)


def _drop(body: Any, path: list[str]) -> None:
    """Take what stands at a path out of a body, if it is there."""
    for part in path[:-1]:
        if isinstance(body, list) and part.isdigit() and int(part) < len(body):
            body = body[int(part)]
        elif isinstance(body, dict):
            body = body.get(part)
        else:
            return
    if isinstance(body, dict):
        body.pop(path[-1], None)

"""Show the charge of a heat as plain values, and say what became of a scan."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import request

from scanners.codes import group_code
from traceability.domain.lot import Lot
from traceability.domain.provenance import ORIGIN_ADDITIVE
from traceability.locale import format_kg, join_words
from traceability.services.operations.charging import HeatCharge, ScanAnswer, ShownRow
from traceability.services.tracing.lots import make_up
from traceability.web.forms.approval import offer_supervisors
from traceability.web.furnace.forecast_view import show_forecast
from traceability.web.shell import current
from traceability.web.shell.words import material_name, region_name, say, t

TONES = {
    "charged": "success", "doubtful": "error", "duplicate": "warning", "refused": "error", "unknown": "warning",
}  # fmt: skip
"""What a scan sounds like."""
MOST_ORIGINS = 2
_NO_FAULTS: Mapping[str, str] = {}


class ChargeLine(NamedTuple):
    """A lot in the charge; ``doubts`` are what a supervisor has to approve, in words."""

    place: int
    code: str
    material: str
    form: str
    mass_g: int
    metal_g: int
    origin: str
    doubts: tuple[str, ...]
    approved_by: str = ""


def show_line(place: int, one: ShownRow, approvers: Mapping[str, str]) -> ChargeLine:
    """Return a row as it is shown; ``approvers`` are names by the lot that they approved."""
    reference = current.reference()
    doubts = [say(doubt.violation, reference) for doubt in one.row.doubts]
    return ChargeLine(
        place, one.row.code, material_name(one.lot.material), one.lot.form, one.taken.mass_g, one.taken.metal_g,
        say_origin(one.lot), tuple(dict.fromkeys(doubts)), approvers.get(one.lot.id, ""),
    )  # fmt: skip


def say_origin(lot: Lot) -> str:
    """Return where the metal of a lot came from, the most first; of an additive that it is one."""
    grams: dict[str, int] = {}
    for (_, origin), metal_g in make_up(lot).origins.items():
        grams[origin] = grams.get(origin, 0) + metal_g
    origins = sorted(grams, key=lambda origin: (-grams[origin], origin))[:MOST_ORIGINS]
    if origins == [ORIGIN_ADDITIVE]:
        return t("form.additive")
    return join_words([region_name(origin) for origin in origins], current.language())


def show_charge_part(charge: HeatCharge, faults: Mapping[str, str] = _NO_FAULTS) -> dict[str, Any]:
    """Return what ``furnace/charge_part.html`` draws; ``faults`` are those of an approval."""
    site = charge.work.site
    lines = [show_line(place, one, charge.approvers) for place, one in enumerate(charge.rows, 1)]
    asked = [line for line in lines if line.doubts and not line.approved_by]
    return {
        "work": charge.work,
        "lines": lines,
        "supervisors": offer_supervisors(site, request.form.get("approval-approver", "")) if asked else [],
        "approval_typed": request.form,
        "approval_faults": faults,
        "unknown": charge.heat.unknown,
        "doubtful": charge.doubtful,
        "doubtful_lots": [(line.code, f"{group_code(line.code)} {line.material}") for line in asked],
        "forecast": show_forecast(charge.forecast),
    }


def say_answer(answer: ScanAnswer, code: str) -> str:
    """Return in words what became of a scan."""
    grouped = group_code(code)
    if answer.outcome == "unknown":
        return t("heat.scan_unknown", code=grouped)
    if answer.outcome == "duplicate":
        return t("heat.scan_duplicate", place=answer.place)
    reference = current.reference()
    reasons = " ".join(dict.fromkeys(say(reason, reference) for reason in answer.reasons))
    if answer.outcome == "refused" or answer.lot is None:
        return reasons if grouped in reasons or code in reasons else f"{grouped} {reasons}"
    said = t(
        "heat.scan_charged",
        place=answer.place,
        material=material_name(answer.lot.material),
        mass=format_kg(answer.lot.remaining_g if answer.mass_g is None else answer.mass_g),
    )
    if answer.outcome == "doubtful":
        return f"{said} {reasons} {t('heat.needs_supervisor')}"
    return said


def say_prediction(charge: HeatCharge) -> str:
    """Return what is amber of the charge as it stands: over the furnace's capacity, outside the alloy's limits; '' for
    nothing."""
    shown = show_forecast(charge.forecast)
    outside = shown["verdict"] if charge.forecast.forecast.outside else ""
    return " ".join(part for part in (shown["over_capacity"], outside) if part)

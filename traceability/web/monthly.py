"""What a site states once a month or year, and the month closed: declarations and seals."""

from typing import Any

from flask import request

from traceability.domain.lot import Lot
from traceability.domain.next_steps import may_record
from traceability.domain.vocabulary import DECLARATIONS, EFFICIENCY_LEVELS, METALS
from traceability.web import current
from traceability.web.event_page import EventPage, RowForm, blueprint
from traceability.web.words import t

STATISTIC = "statistic"  # what planners state of a region


def _types() -> list[str]:
    """What the person may declare."""
    plans, works = bool(current.planned_sites()), bool(current.work_sites())
    return [word for word in DECLARATIONS if (plans if word == STATISTIC else works)]


def _planned() -> list[str]:
    """The sites where the person may state the statistic that is asked for."""
    if request.values.get("type", "") == STATISTIC or not current.work_sites():
        return [site.id for site in current.planned_sites()]
    return []


def _declaring(form: RowForm) -> dict[str, Any]:
    return {
        "type": form.value("type"),
        "types": [(word, t(f"declaration.{word}")) for word in _types()],
        "levels": [(word, t(f"level.{word}")) for word in EFFICIENCY_LEVELS],
        "metals": [(metal, t(f"metal.{metal}")) for metal in METALS],
        "chosen_metals": form.typed.getlist("metals"),
    }


def _declaring_start(kind: str, lot: Lot | None) -> dict[str, str]:
    asked = request.args.get("type", "")
    types = _types() or DECLARATIONS
    start = {"type": asked if asked in types else types[0]}
    return {**start, "site": _planned()[0]} if _planned() else start


def _sealing(form: RowForm) -> dict[str, Any]:
    return {"may": may_record("seal", current.roles(form.site))}


DECLARE = EventPage(
    "monthly/declare.html", _declaring, ("declare",), start=_declaring_start, open_at=_planned
)
SEAL = EventPage("monthly/seal.html", _sealing, ("seal",))

AREAS = (blueprint("declare", "/declare", DECLARE), blueprint("seal", "/seal", SEAL))

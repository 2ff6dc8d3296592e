"""What a site states once a month or year, and the month closed: declarations and seals."""

from typing import Any

from flask import request

from traceability.domain.lot import Lot
from traceability.domain.next_steps import may_record
from traceability.domain.vocabulary import DECLARATIONS, EFFICIENCY_LEVELS, METALS
from traceability.web import current
from traceability.web.event_page import EventPage, RowForm, blueprint
from traceability.web.words import t


def _declaring(form: RowForm) -> dict[str, Any]:
    return {
        "type": form.value("type"),
        "types": [(word, t(f"declaration.{word}")) for word in DECLARATIONS],
        "levels": [(word, t(f"level.{word}")) for word in EFFICIENCY_LEVELS],
        "metals": [(metal, t(f"metal.{metal}")) for metal in METALS],
        "chosen_metals": form.typed.getlist("metals"),
    }


def _declaring_start(kind: str, lot: Lot | None) -> dict[str, str]:
    asked = request.args.get("type", "")
    return {"type": asked if asked in DECLARATIONS else DECLARATIONS[0]}


def _sealing(form: RowForm) -> dict[str, Any]:
    return {"may": may_record("seal", current.roles(form.site))}


DECLARE = EventPage("monthly/declare.html", _declaring, ("declare",), start=_declaring_start)
SEAL = EventPage("monthly/seal.html", _sealing, ("seal",))

AREAS = (blueprint("declare", "/declare", DECLARE), blueprint("seal", "/seal", SEAL))

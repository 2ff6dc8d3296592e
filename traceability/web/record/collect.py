"""The page that registers scrap: weighing, deductions, grade, source; the lot gets its label."""

from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from traceability.domain.lot import Lot
from traceability.domain.material import Material
from traceability.services.tracing.lots import list_scrap_grades
from traceability.web.forms.form import EventForm, EventPage, after
from traceability.web.record.event_page import blueprint, material_groups
from traceability.web.shell import current
from traceability.web.shell.words import metal_name, name_of

USUAL = 6  # grades that stand on the page as tiles


def _collect(kind: str, page: EventPage) -> ResponseReturnValue:
    """Register scrap from a supplier; with ``again`` the next load follows."""
    form = EventForm(kind, page, page.start(kind, None))
    receipt = form.record()
    if receipt:
        return redirect(after(receipt, url_for("collect.form") if form.value("again") else ""))
    return form.page()


def _start(kind: str, lot: Lot | None) -> dict[str, str]:
    return {"outputs-0-code": request.args.get("code", ""), "channel": "offline"}


def _context(form: EventForm) -> dict[str, Any]:
    usual, others = _grades(form.site)
    return {"groups": material_groups(form.kind, form.site), "usual": usual, "others": others}


def _grades(site: str) -> tuple[list[tuple[str, str, str]], list[tuple[str, str, str]]]:
    """Return (the grades last used at the site, all others), as tiles."""
    usual, others = list_scrap_grades(current.reader(), site, USUAL)

    def tiles(grades: list[Material]) -> list[tuple[str, str, str]]:
        return [(grade.id, name_of(grade), metal_name(grade.metal)) for grade in grades]

    return tiles(usual), tiles(others)


COLLECT = EventPage(
    "record/collect.html",
    _context,
    ("collect",),
    rows={"outputs": 1},
    start=_start,
    weight="weighing-gross_kg",
)
PAGES = {"collect": COLLECT}
AREAS = (blueprint("collect", "/collect", COLLECT, _collect),)

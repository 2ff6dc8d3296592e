"""The pages that record events: one area per kind, so that ``<kind>.form`` is where the next steps
of a lot lead.

Scans come into the page's one box (``scan``, in the head of the page): each fills the first empty
row of its list. Enter adds to the list, it never records.
"""

from collections.abc import Callable

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from scanners.codes import normalise_code
from traceability.domain.kinds import FORMS_OUT
from traceability.domain.next_steps import list_step_sites
from traceability.services.tracing.lots import find_lot
from traceability.web.forms.form import EventForm, EventPage, after
from traceability.web.shell import current
from traceability.web.shell.session import needs_site
from traceability.web.shell.words import name_of


def material_groups(kind: str, site: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return (form, materials of that form as (id, name)) for the outputs of a kind: of metals that the site
    may record it for."""
    every = current.reference().materials.values()
    metals = {
        metal: current.allows(site, kind, metal) for metal in {material.metal for material in every} - {""}
    }
    barred = not any(metals.values())  # a correction of what was accepted once shows what it states
    materials = [material for material in every if barred or metals.get(material.metal, True)]
    groups = [
        (form, [(material.id, name_of(material)) for material in materials if form in material.forms])
        for form in FORMS_OUT[kind]
    ]
    return [(form, listed) for form, listed in groups if listed]


def blueprint(
    kind: str, rule: str, page: EventPage, view: Callable[[str, EventPage], ResponseReturnValue] | None = None
) -> Blueprint:
    """Return the area of one kind: ``<kind>.form`` at ``rule``, for ``?code=`` of a lot to begin
    with.
    """
    pages = Blueprint(kind, __name__)

    def shown() -> ResponseReturnValue:
        return (view or answer)(kind, page)

    def form() -> ResponseReturnValue:
        return shown() if page.open_at() else needs_site(shown)()

    form.__doc__ = f"Record {kind}."
    pages.add_url_rule(rule, "form", form, methods=["GET", "POST"])
    return pages


def answer(kind: str, page: EventPage) -> ResponseReturnValue:
    """Record what was sent, or show the page."""
    form = begin(kind, page)
    receipt = form.record()
    return redirect(after(receipt)) if receipt else form.page()


def begin(kind: str, page: EventPage) -> EventForm:
    """Return the form as sent, or as it starts: for the lot asked for, at the site that would
    record this of it.
    """
    if request.method == "POST":
        return EventForm(kind, page)
    code = normalise_code(request.args.get("code", ""))
    lot = find_lot(current.reader(), current.viewer(), code) if code else None
    start = dict(page.start(kind, lot))
    if lot is not None:
        sites = list_step_sites(lot, kind, current.roles, current.allows)
        chosen = current.site()
        if sites:
            start["site"] = chosen.id if chosen and chosen.id in sites else sites[0]
    if code and page.listed:
        start[f"{page.listed}-0-lot_code"] = code
    return EventForm(kind, page, start)

"""How do the pages of all kinds of events work that name lots in rows? What ``web/forms.py`` does, and a box to scan into.

An ``EventPage`` says which kinds a page records, its template and what that template needs; ``blueprint`` makes the
area of one kind, so that ``<kind>.form`` is where the next steps of a lot lead. Scans come into the page's one box
(``scan``, in the head of the page): each fills the first empty row of its list. Enter adds to the list, it never records.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from scanners.codes import normalise_code
from scanners.payload import read_payload
from traceability.domain.errors import EventConflict, FieldError
from traceability.domain.event import Draft
from traceability.domain.kinds import FORMS_OUT
from traceability.domain.lot import Lot
from traceability.domain.next_steps import list_steps
from traceability.services.tracing.lots import find_lot, find_lots
from traceability.web.forms.form import MOST_ROWS, OF_THE_PAGE, EventForm, FindId, after
from traceability.web.forms.photos import KEPT, Photo
from traceability.web.lots.lot_view import ShownLot, show_lot
from traceability.web.shell import current
from traceability.web.shell.session import needs_site
from traceability.web.shell.words import name_of, say

SCAN = "scan"


class EventPage(NamedTuple):
    """A page. ``listed`` is its list of lots ('' for none); ``start`` tells what fields hold at first, for a lot or None.

    ``open_at`` are sites where the person asking may use the page without working there. ``photos``: it takes them in.
    """

    template: str
    context: Callable[["RowForm"], Mapping[str, Any]]
    kinds: tuple[str, ...]
    listed: str = ""
    rows: Mapping[str, int] = {}
    names: tuple[str, ...] = ()
    ids: Mapping[str, FindId] = {}
    parties: tuple[str, ...] = ()
    start: Callable[[str, Lot | None], Mapping[str, str]] = lambda kind, lot: {}
    open_at: Callable[[], Collection[str]] = tuple
    always: tuple[str, ...] = ()
    settle: Callable[["RowForm"], None] = lambda form: None
    photos: bool = False


class RowForm(EventForm):
    """A form with lots in rows, one of them always empty for the next scan."""

    replacing = False

    def __init__(self, kind: str, page: EventPage, start: Mapping[str, str] | None = None) -> None:
        self.page_of = page
        self.asked: set[str] = set()
        rows = {**({page.listed: 1} if page.listed else {}), **page.rows}
        super().__init__(
            kind,
            rows=rows,
            start=start,
            names=page.names,
            ids=page.ids,
            parties=page.parties,
            always=page.always,
            photos=page.photos,
        )
        chosen = self.typed.pop("kind", kind)
        self.kind = chosen if chosen in page.kinds else kind
        self.said = ""
        self.lots: dict[int, Lot] = {}
        scanned = self.typed.pop(SCAN, "").strip()
        if page.listed:
            if self.action == SCAN and scanned:
                self._take_scan(scanned)
            self._keep_one_empty()

    def _read_site(self) -> str:
        meant = self.typed.get("site", "")
        return meant if meant in self.page_of.open_at() else super()._read_site()

    # --- scanning --------------------------------------------------------------------------------------------------

    def _take_scan(self, scanned: str) -> None:
        code = self.code_in(scanned)
        if code and code in self._codes().values():
            self.said = code
            return
        self._keep_one_empty()
        self.typed[f"{self.page_of.listed}-{self._empty_places()[0]}-lot_code"] = code or scanned

    def _empty_places(self) -> list[int]:
        listed = self.page_of.listed
        return [place for place in self.rows(listed) if not self.typed.get(f"{listed}-{place}-lot_code")]

    def _keep_one_empty(self) -> None:
        places = self.rows(self.page_of.listed)
        if not self._empty_places() and len(places) < MOST_ROWS:
            places.append(max(places, default=-1) + 1)

    def code_in(self, typed: str) -> str:
        """The code that a typed or scanned text means; '' where it means none."""
        found = read_payload(typed, current.settings().host)
        return found.code or "" if found.kind in ("lot", "code") else ""

    def _codes(self) -> dict[int, str]:
        """Codes by row."""
        listed = self.page_of.listed
        typed = {place: self.typed.get(f"{listed}-{place}-lot_code", "") for place in self.rows(listed)}
        return {place: self.code_in(text) for place, text in typed.items() if text.strip()}

    def add_lots(self, codes: list[str]) -> None:
        """Put lots into the list that are not in it yet."""
        known = set(self._codes().values())
        for code in codes:
            if normalise_code(code) not in known:
                self._take_scan(code)
        self._keep_one_empty()

    # --- what the template asks ------------------------------------------------------------------------------------

    def value(self, name: str, otherwise: str = "") -> str:
        """What stands in a field."""
        self.asked.add(name)
        return super().value(name, otherwise)

    def photos(self) -> list[Photo]:
        """Those that the page shows, which ``carried`` must not send once more."""
        self.asked.add(KEPT)
        return super().photos()

    def shown_lots(self) -> dict[int, ShownLot]:
        """The lots named so far, by row; a code that none has is said beside it."""
        if not self.page_of.listed:
            return {}
        self.lots = self.named_lots()
        for place, code in self._codes().items():
            name = f"{self.page_of.listed}-{place}-lot_code"
            if place not in self.lots and not self.error(name):
                fault = FieldError(name, "scan.unbound_input" if code else "scan.not_a_code", {"code": code})
                self._add(name, say(fault))
        return {place: show_lot(lot) for place, lot in self.lots.items()}

    def named_lots(self) -> dict[int, Lot]:
        """The lots of the codes typed so far, by row."""
        codes = self._codes()
        lots = find_lots(current.reader(), current.viewer(), {code for code in codes.values() if code})
        return {place: lots[code] for place, code in codes.items() if code in lots}

    def carried(self) -> Markup:
        """Hidden fields for what a replaced event states and the page does not show."""
        hidden = Markup('<input type="hidden" name="{}" value="{}">')
        left = [
            (name, value)
            for name, value in self.typed.items(multi=True)
            if self.replacing and name not in self.asked and name not in OF_THE_PAGE
        ]
        return Markup("").join(hidden.format(name, value) for name, value in left)

    def conflict(self, error: EventConflict) -> None:
        """Show what the event is in conflict with."""
        self.status = 409
        self._add("", say(error, current.reference()))

    def page(self, template: str = "", **context: Any) -> ResponseReturnValue:
        """The page with the form as it stands."""
        known = self.shown_lots()
        more = self.page_of.context(self)
        return super().page(template or self.page_of.template, known=known, **{**more, **context})

    # --- reading ---------------------------------------------------------------------------------------------------

    def _known_names(self) -> list[str]:
        """With the list of lots to be made: that there is none is wrong with no row of it."""
        return [*super()._known_names(), *(["outputs"] if "outputs" in self._places else [])]

    def draft(self) -> Draft | None:
        """The draft; what follows from the lots and materials need not be given."""
        self.settle_outputs()
        self.page_of.settle(self)
        return super().draft()

    def settle_outputs(self) -> None:
        """Put the form of each output where its material has one only."""
        for place in self._places.get("outputs", ()):
            self._settle_output(f"outputs-{place}")

    def _settle_output(self, row: str) -> None:
        material = current.reference().materials.get(self.typed.get(f"{row}-material", ""))
        if material is None or self.typed.get(f"{row}-form"):
            return
        possible = [form for form in FORMS_OUT[self.kind] if form in material.forms]
        if len(possible) == 1:
            self.typed[f"{row}-form"] = possible[0]


def material_groups(kind: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """(form, materials of that form as (id, name)) for the outputs of a kind."""
    materials = current.reference().materials.values()
    groups = [
        (form, [(material.id, name_of(material)) for material in materials if form in material.forms])
        for form in FORMS_OUT[kind]
    ]
    return [(form, listed) for form, listed in groups if listed]


def blueprint(
    kind: str, rule: str, page: EventPage, view: Callable[[str, EventPage], ResponseReturnValue] | None = None
) -> Blueprint:
    """The area of one kind: ``<kind>.form`` at ``rule``, for ``?code=`` of a lot to begin with."""
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


def begin(kind: str, page: EventPage) -> RowForm:
    """The form as sent, or as it starts: for the lot asked for, at the site that would record this of it."""
    if request.method == "POST":
        return RowForm(kind, page)
    code = normalise_code(request.args.get("code", ""))
    lot = find_lot(current.reader(), current.viewer(), code) if code else None
    start = dict(page.start(kind, lot))
    if lot is not None:
        sites = [step.site for step in list_steps(lot, current.roles) if step.kind == kind]
        if sites:
            start["site"] = sites[0]
    if code and page.listed:
        start[f"{page.listed}-0-lot_code"] = code
    return RowForm(kind, page, start)

"""How does a page record an event? One mechanism for every kind, working without JavaScript.

A view makes an ``EventForm``, records if it was sent, and shows the page otherwise::

    @pages.route("/sort", methods=["GET", "POST"])
    @needs_site
    def form() -> ResponseReturnValue:
        form = EventForm("sort", rows={"inputs": 1, "outputs": 2}, start={"inputs-0-lot_code": request.args.get("code", "")})
        receipt = form.record()
        if receipt:
            return redirect(after(receipt))
        return form.page("record/sort.html", grades=…)

and its template, between ``{{ form_start(form) }}`` and ``</form>`` (``templates/components/event_form.html``)::

    {{ error_summary(form.problems) }}
    {% for place in form.rows('outputs') %}
      {{ kg_field('outputs-%d-mass_kg' % place, t('term.mass'), **form.field('outputs-%d-mass_kg' % place)) }}
      {{ remove_row(form, 'outputs', place) }}
    {% endfor %}
    {{ add_row('outputs') }} {{ approval_fields(form) }} {{ time_field(form) }} {{ submit() }}

Names of fields are the paths of the wire with hyphens, and their endings say how they are read (``web/typed.py``:
``outputs-0-mass_kg``, ``inputs-0-lot_code``, ``weighing-moisture_amount``). ``form.field(name)`` gives a macro its value
and error. ``id`` is a UUIDv7 made when the form is first shown and sent along, so that a double submit gets the first
receipt. An empty event time means now (of an event recorded before: its own time).

- Buttons ``name=action`` with ``add-<list>``, ``remove-<list>-<place>`` show the page again with one row more or less;
  any other value but ``""`` is the view's own (``form.action``), and records nothing.
- A refusal shows the page again with status 422 (409 for a conflict), everything typed, every reason beside its field
  and all of them on top. A break that a supervisor may approve brings up the fields of ``approval_fields``.
- While the store is out of reach ``web/errors.py`` answers 503 with what was typed and a button to send it again.

Which site: the one chosen at sign-in (``current.site()``); the form carries it, so that a form left open while another
site is chosen still records where it was meant to. Who: the person signed in; an approver gives their own password.
"""

import re
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from copy import deepcopy
from typing import Any, NamedTuple

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from traceability.domain.calendar import iso_time
from traceability.domain.errors import (
    BadDraft,
    BadInput,
    EventConflict,
    EventRejected,
    FieldError,
    Figures,
    NotAllowed,
    TooMuchWork,
    TraceabilityError,
    Violation,
    WriteConflict,
)
from traceability.domain.event import Draft
from traceability.domain.next_steps import may_record
from traceability.domain.vocabulary import SCHEMA
from traceability.locale import format_month
from traceability.services.directory.parties import NamedParty, find_named
from traceability.services.directory.sign_in import sign_in
from traceability.services.recording.capture import Receipt, capture_event
from traceability.services.recording.judge import Deliverer
from traceability.services.recording.preview import preview_event
from traceability.services.tracing.events import list_moved_months
from traceability.services.tracing.lots import find_lot_ids
from traceability.services.upkeep.jobs import Job
from traceability.web.forms.form_reader import Typed, read_typed
from traceability.web.forms.photos import KEPT, REMOVE, UPLOADS, Photo, show_photos, take_in, unseal
from traceability.web.jobs import views as jobs
from traceability.web.shell import current
from traceability.web.shell.words import say, t
from traceability.wire import dump_draft, load_draft

OF_THE_PAGE = frozenset({"csrf_token", "action", "again", "id", "site", "next", "approval-password"})
MOST_ROWS = 500
INDEPENDENT = frozenset(
    {
        "rule.field_missing", "rule.no_right", "rule.needs_supervisor", "rule.in_the_future", "rule.too_long_ago",
        "rule.code_taken", "rule.unknown_lot", "rule.lot_void", "rule.in_transit", "rule.delivered", "rule.disposed",
        "rule.foreign_site", "rule.quarantined", "rule.radiation_failed", "rule.one_destination", "rule.not_in_transit",
        "rule.other_destination", "rule.tare_not_below_gross", "rule.deductions_exceed_net",
    }
)  # fmt: skip
"""Rules that can be judged although other fields cannot be read."""
_STAND_INS = {"period": "2000", "month": "2000-01", "delta_g": 1, "subject": "radiation", "passed": True}
_ROW_ACTION = re.compile(r"(add|remove)-([a-z_]+)(?:-(\d{1,4}))?", re.ASCII)


FindId = Callable[[str], str]
"""The id that an event holds, by the name that was typed."""


class Problem(NamedTuple):
    """A reason: the field it stands beside ('' for none), its words."""

    name: str
    text: str


class EventForm:
    """A form for one kind of event, as first shown or as sent.

    ``rows`` are the lists of the page with the number of rows to start with; ``start`` what fields hold at first;
    ``names`` further fields of the page that browsers do not send while empty (radio buttons); ``ids`` turns what
    is typed into some fields into the ids that events hold; ``parties`` are fields, called as their kind, into which the
    name of a party or a plate is typed; ``always`` are rows (``outputs-0``) that the
    event has although nothing was filled in, so that what is missing in them is said. ``weight`` is the field that asks
    for the weight first, where that is not the mass of a row. With ``photos`` files sent in its fields ``photo`` are kept,
    whatever becomes of the rest.
    """

    def __init__(
        self,
        kind: str,
        *,
        rows: Mapping[str, int] | None = None,
        start: Mapping[str, str] | None = None,
        names: Sequence[str] = (),
        ids: Mapping[str, FindId] | None = None,
        parties: Collection[str] = (),
        always: Sequence[str] = (),
        weight: str = "",
        photos: bool = False,
    ) -> None:
        self.kind = kind
        self.status = 200
        self.least = dict(rows or {})
        self.names = tuple(names)
        self.ids = dict(ids or {})
        self.parties = tuple(parties)
        self.named: dict[tuple[str, str], NamedParty] = {}
        self._again = False  # the draft is made a second time
        self.always = tuple(always)
        self.weight = weight
        self.problems: list[Problem] = []
        self.vouched: tuple[str, ...] = ()  # the approver whose password was typed
        self._beside: dict[Problem, str] = {}  # shorter words, where a field's own label stands above them
        self.needs_approval = False
        self.job: Job | None = None  # that records it, where it was too much for a request
        self.sent = request.method == "POST"
        self.typed: MultiDict[str, str] = MultiDict(request.form if self.sent else start or {})
        self.action = self.typed.get("action", "")
        self.id = self.typed.get("id") or uuid7(current.now_ms())
        self.site = self._read_site()
        self._places = {name: self._find_places(name) for name in self.least}
        self._change_rows()
        self.with_photos = photos
        if self.sent:
            self._admit_photos()
            if photos:
                self._take_photos()

    # --- what the template asks ------------------------------------------------------------------------------------

    @property
    def beforehand(self) -> str:
        """Why whoever is signed in cannot record this here, to be said before they type; '' where they can."""
        if may_record(self.kind, current.roles(self.site)):
            return ""
        figures: Figures = {"kind": self.kind, "site": self.site}
        return say(Violation("rule.needs_supervisor", "actor", figures=figures), current.reference())

    def value(self, name: str, otherwise: str = "") -> str:
        """What stands in a field."""
        return self.typed.get(name, otherwise)

    def error(self, name: str) -> list[str]:
        """What is wrong with a field."""
        return [self._beside.get(problem, problem.text) for problem in self.problems if problem.name == name]

    def field(self, name: str, otherwise: str = "") -> dict[str, Any]:
        """Value and error, as the macros of ``components/fields.html`` take them."""
        return {"value": self.value(name, otherwise), "error": self.error(name)}

    def rows(self, name: str) -> list[int]:
        """The places of a list's rows, as they stand in the names of their fields."""
        return self._places[name]

    def photos(self) -> list[Photo]:
        """The photos that are kept so far."""
        return show_photos(self.typed.getlist(KEPT))

    # --- recording -------------------------------------------------------------------------------------------------

    def record(self) -> Receipt | None:
        """Record the event if the form was sent for that; None to show the page (again), or that of its ``job``.

        Raises StoreError, NotAllowed.
        """
        if not self.sent or self.action:
            return None
        self.needs_approval = "approval-approver" in self.typed
        draft = self.draft()
        # A draft without faults may still have problems: photos that are not kept.
        if draft is None or self.problems or not self._approved(draft):
            return None
        person = current.signed_in()
        deliverer = Deliverer(f"session:{person.id}", person.id, self.vouched)
        try:
            return self._hand_in(draft, deliverer)
        except (EventRejected, EventConflict, WriteConflict) as error:
            if not self._again and self._may_be_outrun(error):
                self._again = True
                self.named.clear()
                return self.record()
            if isinstance(error, WriteConflict):
                raise
            self._show_refusal(error)
        return None

    def _hand_in(self, draft: Draft, deliverer: Deliverer) -> Receipt | None:
        named = tuple(self.named.values())
        try:
            return capture_event(current.store(), draft, deliverer, current.now_ms(), named)
        except TooMuchWork:
            self.job = jobs.queue(dump_draft(draft), deliverer, named)
        return None

    def _may_be_outrun(self, error: TraceabilityError) -> bool:
        """Whether the same form, sent twice at once, may stand behind it: then the draft, made again, says the same as
        the one recorded, whose time and newcomers are known by now."""
        if not isinstance(error, EventRejected):
            return True
        return any(
            one.new and not find_named(current.reader(), one.kind, one.name).new
            for one in self.named.values()
        )

    def _show_refusal(self, error: EventRejected | EventConflict) -> None:
        if isinstance(error, EventConflict):
            self.status = 409
            self._add("", say(error, current.reference()))
            return
        self.needs_approval |= any(found.confirmable for found in error.violations)
        self.refuse(error.violations)

    def draft(self) -> Draft | None:
        """The draft of what was typed, for a preview too; None where it has faults, which are then shown."""
        self._read = self._read_typed()
        body = {
            "schema": SCHEMA,
            "id": self.id,
            "kind": self.kind,
            "site": self.site,
            "actor": current.signed_in().id,
            "event_time": self._default_time(),
            **self._read.body,
        }
        found = list(self._read.faults)
        try:
            draft = load_draft(body)
        except BadDraft as error:
            known = self._known_names()
            at = {self._read.find_name(fault.path, known) for fault in found}
            # What could not be read is not missing.
            found += [fault for fault in error.fields if self._read.find_name(fault.path, known) not in at]
        if found:
            self.refuse([*found, *self._weights(body, found), *self._further(body, found)])
            return None
        return draft

    def _weights(self, body: dict[str, Any], found: Sequence[FieldError]) -> list[Violation]:
        """What is wrong with the masses of rows that have other faults too, so that no rule gets to see them."""
        known = self._known_names()
        at = {self._read.find_name(fault.path, known) for fault in found}
        wrong = []
        rows = body.get("outputs", ())
        for number, row in enumerate(rows if isinstance(rows, list) else ()):
            path, mass_g = f"outputs.{number}.mass_g", row.get("mass_g") if isinstance(row, dict) else ""
            if isinstance(mass_g, int) and mass_g <= 0:
                wrong.append(Violation("rule.mass_not_positive", path, figures={"mass_g": mass_g}))
            elif mass_g is None and f"outputs-{number}" in self.always and "weighing" not in body:
                wrong.append(Violation("rule.mass_missing", path))
        return [one for one in wrong if self._read.find_name(one.path, known) not in at]

    def _further(self, body: dict[str, Any], found: Sequence[FieldError]) -> list[Violation]:
        """What the rules say already of a body with faults, as far as it does not hang on what is at fault."""
        for drop in (_drop, _stand_in, lambda body, path: _drop(body, path[:1])):
            rest = deepcopy(body)
            for fault in found:
                drop(rest, fault.path.split("."))
            try:
                preview = preview_event(current.reader(), load_draft(rest), current.now_ms())
                break
            except BadDraft:  # without this field there is no row or part; try without that
                continue
            except EventConflict:
                return []
        else:
            return []
        known = self._known_names()
        at = {self._read.find_name(fault.path, known) for fault in found}
        return [
            item
            for item in preview.violations
            if item.code in INDEPENDENT and self._read.find_name(item.path, known) not in at
        ]

    def refuse(self, faults: Sequence[FieldError | Violation]) -> None:
        """Show these reasons, each beside its field."""
        self.status = 422
        known = self._known_names()
        reference = current.reference()
        unsaid = {
            f"{fault.path.removesuffix('material')}form"
            for fault in faults
            if fault.path.endswith(".material")
        }
        for fault in faults:
            if fault.code == "field.required" and fault.path in unsaid:
                continue  # the form of a lot follows from its material
            if fault.code == "rule.mass_missing" and self.weight:
                self._add(self.weight, t("form.no_weight"))
                continue
            name = self._read.find_name(self._path(fault), known) if fault.path else ""
            # The words of a rule say what it is about; those of a field only what is wrong with it.
            told = in_form(fault)
            term = _term(told.path) if isinstance(told, FieldError) else ""
            said = say(told, reference)
            self._add(name, said[:1].upper() + said[1:], term)

    def _path(self, fault: FieldError | Violation) -> str:
        """Where a reason belongs that is about a row or part as a whole, if it is about one field of it here."""
        if fault.code == "rule.weighing_mismatch":
            return f"{fault.path}.0.mass_g"
        if fault.code == "rule.metal_exceeds_mass":
            return f"{fault.path}.mass_g"
        if fault.path == "shipment":  # follows from the lot
            return "lots.0.lot"
        if fault.code == "rule.deductions_exceed_net":
            impure = self.typed.get("weighing-impurity_amount", "").strip()
            return "weighing.impurity_g" if impure else "weighing.moisture_g"
        return fault.path

    def page(self, template: str, **context: Any) -> ResponseReturnValue:
        """The page with the form as it stands; where a job took it over, the way there."""
        if self.job:
            flash(t("job.begun"), "info")
            return redirect(url_for("jobs.show", job_id=self.job.id))
        return make_response(render_template(template, form=self, **context), self.status)

    # --- within ----------------------------------------------------------------------------------------------------

    def _read_site(self) -> str:
        site = current.site()
        meant = self.typed.get("site") or (site.id if site else "")
        if meant not in current.viewer().works_at:
            raise NotAllowed("person.no_site" if current.work_sites() else "person.records_nothing")
        return meant

    def _find_places(self, name: str) -> list[int]:
        pattern = re.compile(rf"{re.escape(name)}-(\d{{1,4}})-")
        found = {int(match[1]) for field in self.typed if (match := pattern.match(field))}
        return sorted(found | (set() if self.sent else set(range(self.least[name]))))[:MOST_ROWS]

    def _change_rows(self) -> None:
        change = _ROW_ACTION.fullmatch(self.action)
        if not change or change[2] not in self._places:
            return
        places = self._places[change[2]]
        if change[1] == "add" and not change[3] and len(places) < MOST_ROWS:
            places.append(max(places, default=-1) + 1)
        elif change[1] == "remove" and change[3] and int(change[3]) in places:
            places.remove(int(change[3]))
            gone = f"{change[2]}-{int(change[3])}-"
            for field in [field for field in self.typed if field.startswith(gone)]:
                del self.typed[field]

    def known_photos(self) -> Collection[str]:
        """Digests that the form may carry as they are: a record that holds them is being stated again."""
        return ()

    def _admit_photos(self) -> None:
        """Let in photos that this person was given only, whatever part of the event they are for."""
        refused = 0
        for name in [name for name in self.typed if name.rpartition("-")[2] == KEPT]:
            carried = [value.strip() for value in self.typed.getlist(name) if value.strip()]
            known = [value if value in self.known_photos() else unseal(value) for value in carried]
            refused += known.count("")
            self.typed.setlist(name, [digest for digest in known if digest])
        if refused:
            self.status = 422
            self._add(UPLOADS if self.with_photos else "", t("photo.not_given", count=refused))

    def _take_photos(self) -> None:
        taken = take_in()
        if taken.error:
            raise taken.error  # the page that keeps the form says how many are lost
        gone = self.action.removeprefix(REMOVE) if self.action.startswith(REMOVE) else ""
        kept = [
            digest for digest in dict.fromkeys([*self.typed.getlist(KEPT), *taken.kept]) if digest != gone
        ]
        self.typed.setlist(KEPT, kept)
        for fault in taken.faults:
            self.status = 422
            self._add(UPLOADS, say(fault))

    def _read_typed(self) -> Typed:
        fields: list[tuple[str, str]] = []
        faults: list[FieldError] = []
        for name, value in self.typed.items(multi=True):
            if name in OF_THE_PAGE:
                continue
            if (name in self.ids or name in self.parties) and value.strip():
                try:
                    value = self._id_of(name, value.strip())
                except BadInput as error:
                    faults.append(FieldError(name.replace("-", "."), error.code, error.figures))
                    continue
            fields.append((name, value))
        typed = read_typed(fields, self._find_lots, current.settings().host, self.always)
        typed.faults += faults
        return typed

    def _id_of(self, field: str, typed: str) -> str:
        """What the event holds for what was typed. Raises BadInput."""
        if field in self.ids:
            return self.ids[field](typed)
        found = self.named.get((field, typed)) or find_named(current.reader(), field, typed)
        self.named[field, typed] = found
        return found.id

    def _find_lots(self, codes: Collection[str]) -> Mapping[str, str]:
        return find_lot_ids(current.reader(), codes)

    def _known_names(self) -> list[str]:
        return [*(name for name in self.typed if name not in OF_THE_PAGE), *self.names]

    def _default_time(self) -> str:
        known = current.reader().find_events([self.id]).get(self.id)
        moment_ms = known.draft.time_ms if known else current.now_ms()
        return iso_time(moment_ms, 480)

    def _approved(self, draft: Draft) -> bool:
        """Whether the named approver is the person themself, or gave their password."""
        if draft.approval is None or draft.approval.approver == draft.actor:
            return True
        password = self.typed.get("approval-password", "")
        address = request.remote_addr or ""
        if sign_in(current.store(), draft.approval.approver, password, address, current.now_ms()):
            self.vouched = (draft.approval.approver,)
            return True
        self.status = 422
        self._add("approval-password", t("person.wrong_password"))
        return False

    def _add(self, name: str, text: str, term: str = "") -> None:
        problem = Problem(name, t("form.of_field", name=term, text=text) if term else text)
        if problem not in self.problems:
            self.problems.append(problem)
            self._beside[problem] = text


def in_form(fault: FieldError | Violation) -> FieldError | Violation:
    """The fault with words of its own for people who type, where those for programs would speak of offsets and grams."""
    if isinstance(fault, FieldError):
        if fault.path == "shipment":
            return fault._replace(path="", code="typed.no_shipment")
        stem = fault.code.replace("field.", "typed.", 1)
        unit = "_t" if fault.path in ("capacity_g", "output_g") else "_g" if fault.path.endswith("_g") else ""
        for code in dict.fromkeys((stem + unit, stem)):
            if t(code) != code:
                return fault._replace(code=code)
    return fault


def _term(path: str) -> str:
    """What a field is called, '' where it has no name: by the last part of its path that is no number."""
    leaf = next((part for part in reversed(path.split(".")) if not part.isdigit()), "")
    if path.startswith("composition."):
        return leaf  # the symbol of an element
    names = ((code, t(code)) for code in (f"field_name.{leaf}", f"term.{leaf}"))
    return next((name for code, name in names if name != code), "")


def _stand_in(body: dict[str, Any], path: list[str]) -> None:
    """As ``_drop``, but what no draft can be without is there: no rule in INDEPENDENT looks at it."""
    if path[-1] in _STAND_INS and len(path) == 1:
        body[path[-1]] = _STAND_INS[path[-1]]
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


def tell(receipt: Receipt, event: str) -> None:
    """A word of what happened, and which months it counts in where those of the event are sealed."""
    flash(t(f"receipt.{receipt.status}"), "success" if receipt.status == "created" else "info")
    for month, booked in list_moved_months(current.reader(), event):
        language = current.language()
        months = {"month": format_month(month, language), "booked": format_month(booked, language)}
        flash(t("receipt.month_sealed", **months), "info")


def after(receipt: Receipt, instead: str = "") -> str:
    """The page of the lot that was made, or of the event, or the one ``instead``; with a word of what happened there."""
    tell(receipt, receipt.event)
    if not instead and len(receipt.lots) != 1:
        return url_for("events.show", event_id=receipt.event)  # which has the warnings
    if instead:
        for lot in receipt.lots:
            words = t("receipt.lot", code=lot.code, mass_g=lot.mass_g)
            flash(Markup('<a href="{}">{}</a>').format(url_for("labels.show", code=lot.code), words), "info")
    reference = current.reference()
    for warning in receipt.warnings:
        flash(say(warning, reference), "warning")
    return instead or url_for("lots.show", code=receipt.lots[0].code)


def uuid7(now_ms: int) -> str:
    """A new id: 48 bits of time, then chance (RFC 9562)."""
    number = (now_ms << 80) | secrets.randbits(80)
    number = number & ~(0xF << 76) | (0x7 << 76)
    number = number & ~(0x3 << 62) | (0x2 << 62)
    digits = f"{number:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))

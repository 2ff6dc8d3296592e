"""The form of an event: one mechanism for every kind, working without JavaScript.

A view makes an ``EventForm``, records if it was sent, and shows the page otherwise::

    form = EventForm("sort", PAGE, start={"inputs-0-lot_code": request.args.get("code", "")})
    receipt = form.record()
    return redirect(after(receipt)) if receipt else form.page()

and the template shows inputs of the kind's list of fields (``event_fields.py``) between
``event_form_start(form)`` and ``event_form_end(form)`` (``templates/components/event_form.html``).
``id`` is a UUIDv7 made when the form is first shown and sent along, so that a double submit gets
the first receipt. An empty event time means now (of an event recorded before: its own time).

A form is composed of the texts typed into it, its rows (``lot_rows.py``), the reasons against it
(``problems.py``) and its purpose (``purpose.py``): an event of its own, or the correction of a
recorded one (``correction.py``), or what a held draft becomes (``web/held/mending.py``).

- Buttons ``name=action`` with ``add-<list>``, ``remove-<list>-<place>`` show the page again with
  one row more or less, ``scan`` takes a scan into the list of lots; any other value but ``""`` is
  the view's own (``form.action``), and records nothing.
- Warnings that are asked about (``domain/confirmation.py``) show the page again with status 422
  and ``form.asked`` above it; its button ``confirm`` sends the ``warned`` fingerprints of what was
  shown, so that other figures are asked about anew.
- A refusal shows the page again with status 422 (409 for a conflict), everything as it was typed,
  every reason beside its input and all of them on top. A break that a supervisor may approve brings
  up the fields of ``approval_fields``.
- While the store is out of reach ``web/shell/errors.py`` answers 503 with what was typed and a
  button to send it again.

Which site: the one chosen at sign-in (``current.site()``); the form carries it, so that a form left
open while another site is chosen still records where it was meant to. Who: the person signed in; an
approver gives their own password. What cannot be taken back asks for the person's own, where they did not
type it in the last ten minutes (``needs_proof``).
"""

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from scanners.codes import group_code
from scanners.payload import read_payload
from traceability.domain.calendar import SHANGHAI_OFFSET_MIN, iso_time
from traceability.domain.confirmation import ASKED, fingerprint
from traceability.domain.errors import (
    BadDraft,
    EventConflict,
    EventRejected,
    EventUnconfirmed,
    FieldError,
    NotAllowed,
    TooMuchWork,
    Violation,
    WriteConflict,
)
from traceability.domain.event import Draft, is_irrevocable
from traceability.domain.kinds import FORMS_OUT
from traceability.domain.lot import Lot
from traceability.domain.next_steps import may_record
from traceability.domain.rules import describe_bar
from traceability.domain.vocabulary import SCHEMA
from traceability.locale import format_month
from traceability.services.directory.audit import AuditAction
from traceability.services.directory.parties import Party, list_names, list_namesakes, write_code
from traceability.services.directory.people import find_account
from traceability.services.directory.photos import NoRoomForPhotos
from traceability.services.directory.sign_in import APPROVAL, PROOF, WRONG, TooManyAttempts, sign_in
from traceability.services.recording.capture import Receipt, capture_event
from traceability.services.recording.judge import Deliverer
from traceability.services.tracing.events import list_moved_months
from traceability.services.tracing.lots import find_lots
from traceability.services.upkeep.jobs import Job
from traceability.web.forms.approval import APPROVER, PASSWORD, REASON, offer_supervisors
from traceability.web.forms.event_fields import EVENT_FIELDS
from traceability.web.forms.fields import (
    WHICH,
    FieldGroup,
    FieldList,
    FormField,
    Options,
    PartyField,
    PhotosField,
    SelectField,
    find_field,
)
from traceability.web.forms.form_reader import read_form
from traceability.web.forms.list_words import list_words
from traceability.web.forms.lot_rows import FormRows, LotRows
from traceability.web.forms.photos import KEPT, UPLOADS, Photo, admit_photos, show_photos, take_photos
from traceability.web.forms.problems import FormFault, Problem, ProblemList
from traceability.web.forms.purpose import FormPurpose, NewEvent
from traceability.web.jobs import views as jobs
from traceability.web.lots.lot_view import ShownLot, show_lot
from traceability.web.shell import current
from traceability.web.shell.security import PROOF_PASSWORD
from traceability.web.shell.session import here
from traceability.web.shell.words import region_name, say, t
from traceability.wire import dump_draft, load_draft

SCAN = "scan"
SEEN = "seen"  # the digest of what the page showed, where others may change it meanwhile
NOTES, REST = ARRIVAL = ("delivery", "rest")  # notes that are opened, and lots of them that stay on their way
SPECTRUM, SPECTRUM_READ, SPECTRUM_SAMPLE = SPECTRA = ("spectrum", "spectrum-read", "spectrum-sample")
ALIKE = "alike"  # whether what is stated of a lot holds for the others of its heat
WARNED, CONFIRM = CONFIRMATION = ("warned", "confirm")
NOT_OF_THE_EVENT = frozenset(
    {"csrf_token", "action", "again", "id", "site", "kind", "next", "approval-password", PROOF_PASSWORD}
    | {SCAN, SEEN, *CONFIRMATION, *SPECTRA, *ARRIVAL, ALIKE}
)
"""Inputs of the page that state nothing about the event."""


class EventPage(NamedTuple):
    """A page that records events of some kinds.

    ``context`` is what its template needs beside the form. ``listed`` is the list that scans go
    into, '' for none; ``rows`` are its other lists with the number of rows to start with. ``start``
    returns what inputs hold at first, for a lot or None. ``open_at`` are sites where the person
    asking may use the page without working there. ``settle`` puts in what follows from other
    inputs, ``check`` returns what the page refuses by itself. ``weight`` is the input that asks for
    the weight first, where that is not the mass of a row. ``open_note`` opens a delivery note on the page and
    returns whether any lot of it is due at the form's site; a page without it takes no delivery notes.
    """

    template: str
    context: Callable[["EventForm"], Mapping[str, Any]] = lambda form: {}
    kinds: tuple[str, ...] = ()
    listed: str = ""
    rows: Mapping[str, int] = {}
    start: Callable[[str, Lot | None], Mapping[str, str]] = lambda kind, lot: {}
    open_at: Callable[[], Collection[str]] = tuple
    settle: Callable[["EventForm"], None] = lambda form: None
    check: Callable[["EventForm"], Sequence[FieldError]] = lambda form: ()
    weight: str = ""
    open_note: Callable[["EventForm", str], bool] | None = None


class AskedWarning(NamedTuple):
    """A warning to confirm: the input it stands beside, its words, and the value that confirms it."""

    name: str
    text: str
    value: str


class EventForm:
    """A form for one kind of event, as first shown or as sent."""

    def __init__(
        self,
        kind: str,
        page: EventPage,
        start: Mapping[str, str] | MultiDict[str, str] | None = None,
        purpose: FormPurpose | None = None,
    ) -> None:
        self.event_page = page
        self.purpose = purpose or NewEvent()
        self.replacing = self.purpose.replaces
        self.filled = purpose is not None  # with what was stated before
        self.sent = request.method == "POST"
        self.start = start or {}
        self.typed: MultiDict[str, str] = MultiDict(request.form if self.sent else start or {})
        chosen = self.typed.get("kind", kind)
        self.kind = chosen if chosen in page.kinds and not self.replacing else kind
        self.fields = (*EVENT_FIELDS[self.kind], *self.purpose.fields)
        self.with_photos = any(isinstance(field, PhotosField) for field in self.fields)
        self.action = self.typed.get("action", "")
        self.id = self.purpose.id or self.typed.get("id") or uuid7(current.now_ms())
        self.site = self.purpose.site or self._read_site()
        self.needs_approval = False
        self.is_proved = current.is_proved()
        self.needs_proof = kind == "seal" and not self.is_proved  # the password is asked for
        self.supervisors: list[tuple[str, str]] = []  # who could approve, once the page asks for it
        self._retry_seconds = 0
        self.asked: list[AskedWarning] = []  # what is to be confirmed before anything is recorded
        self.job: Job | None = None  # that records it, where it was too much for a request
        self.lots: dict[int, Lot] = {}  # of the rows, once the page is shown
        self.changed_meanwhile: Sequence[object] = ()  # what others corrected since the form was opened
        self.already = ""  # the code of a scan that was in the list
        self.remarks: dict[int, str] = {}  # of the page on rows of the list, once it is shown
        self._problems = ProblemList(page.weight)
        self._vouched: tuple[str, ...] = ()  # the approver whose password was typed
        self._shown: set[str] = set()
        self._photos: list[Photo] = []  # that are kept so far, once the page is shown
        self._party_names: dict[str, list[str]] = {}  # that the site deals with, once the page is shown
        self._namesakes: dict[str, list[Party]] = {}  # by input: of whom one is to be chosen
        least = {**({page.listed: 1} if page.listed else {}), **page.rows}
        self._rows = FormRows(self.typed, least, sent=self.sent)
        self._rows.change(self.action)
        self._lot_rows = LotRows(self._rows, page.listed, current.settings().host) if page.listed else None
        self._take_scan()
        if self.sent:
            self._take_photos()

    def _read_site(self) -> str:
        chosen = current.site()
        site = self.typed.get("site") or (chosen.id if chosen else "")
        if site not in current.viewer().works_at and site not in self.event_page.open_at():
            raise NotAllowed("person.no_site" if current.work_sites() else "person.records_nothing")
        return site

    def _take_scan(self) -> None:
        if not self._lot_rows:
            return
        scanned = self.typed.get(SCAN, "").strip()
        if self.action == SCAN and scanned and not self._take_note(scanned):
            self.already = self._lot_rows.take_scan(scanned)
        self._lot_rows.keep_one_empty()

    def _take_note(self, scanned: str) -> bool:
        """Open a delivery note, or say why not; return whether it was one."""
        payload = read_payload(scanned, current.settings().host)
        if payload.kind != "shipment" or not payload.code:
            return False
        self.open_note(payload.code)
        return True

    def open_note(self, code: str) -> None:
        """Open a delivery note whose lots are due here, or say why not."""
        opens = self.event_page.open_note
        if not opens or not opens(self, code):
            flash(t("note.nothing_open" if opens else "note.not_here", code=group_code(code)), "error")

    def _take_photos(self) -> None:
        beside = UPLOADS if self.with_photos else ""
        reason = self.beforehand or ("" if self.replacing else self.barred)
        refused, gone, faults = admit_photos(self.typed, self.purpose.photos, self.site)
        for code, count in (("photo.not_given", refused), ("photo.gone", gone)):
            if count:
                self._problems.status = 422
                self._problems.add(beside, t(code, count=count))
        if self.with_photos and reason:  # who may not record here fills no folder
            if any(upload.filename for upload in request.files.getlist(UPLOADS)):
                self._problems.status = 422
                self._problems.add(beside, reason)
        elif self.with_photos:
            faults += take_photos(self.typed, self.action, self.site)
        for fault in faults:
            self._problems.status = 507 if isinstance(fault, NoRoomForPhotos) else 422
            self._problems.add(beside, say(fault))

    # --- what the template asks ------------------------------------------------------------------------------------

    @property
    def problems(self) -> list[Problem]:
        """The reasons against what was typed."""
        return self._problems.all

    @property
    def scans(self) -> bool:
        """Whether the page has a list that scans go into."""
        return self._lot_rows is not None

    @property
    def beforehand(self) -> str:
        """Why whoever is signed in cannot record this here, to be said before they type; '' where
        they can.
        """
        if may_record(self.kind, current.roles(self.site)):
            return ""
        values = {"kind": self.kind, "site": self.site}
        return say(Violation("rule.needs_supervisor", "actor", figures=values), current.reference())

    @property
    def approval_faults(self) -> dict[str, list[str]]:
        """What is wrong with an approval, by the names of its inputs."""
        return {name: words for name in (APPROVER, PASSWORD, REASON) if (words := self.error(name))}

    def value(self, name: str, otherwise: str = "") -> str:
        """Return what stands in an input."""
        self._shown.add(name)
        return self.typed.get(name, otherwise)

    def error(self, name: str) -> list[str]:
        """Return what is wrong with an input."""
        return self._problems.beside(name)

    def field(self, name: str, otherwise: str = "") -> dict[str, Any]:
        """Return value and error, as the macros of ``components/fields.html`` take them."""
        return {"value": self.value(name, otherwise), "error": self.error(name)}

    def values(self, name: str) -> list[str]:
        """Return the values of an input that may be sent several times."""
        self._shown.add(name)
        return self.typed.getlist(name)

    def declared(self, name: str) -> FormField:
        """Return the field that is declared for an input."""
        field = find_field(self.fields, name)
        assert field, f"no field of {self.kind} is declared for {name}"
        return field

    def options(self, name: str) -> Options:
        """Return what may be chosen in an input."""
        return self.declared(name).options(self.site, self.typed.get(name, ""))

    def blank_words(self, name: str) -> str:
        """Return what choosing nothing in an input is called."""
        field = self.declared(name)
        return field.blank_words(self.site) if isinstance(field, SelectField) else ""

    def suggestions(self, name: str) -> list[str]:
        """Return texts that are usual in an input."""
        return self._party_names.get(name) or [value for value, _ in self.options(name)]

    def choices_of(self, name: str) -> list[tuple[str, str, str]]:
        """Return whom a typed name may mean, where several have it: (id, name, code and region)."""
        return [
            (
                one.id,
                one.name or one.id,
                " · ".join(
                    filter(None, (write_code(one.code, one.id), one.region and region_name(one.region)))
                ),
            )
            for one in self._namesakes.get(name, ())
        ]

    def _named_parties(self) -> list[PartyField]:
        return [field for field in self.fields if isinstance(field, PartyField) and field.name_key]

    def _find_namesakes(self) -> None:
        reference = current.reference()
        firm = reference.firm_of(self.site)
        sites = [self.site, *(other for other in reference.sites_of(firm) if other != self.site)]
        for field in self._named_parties():
            typed = self.typed.get(field.name, "").strip()
            found = list_namesakes(current.reader(), sites, field.name, typed) if typed else []
            self._namesakes[field.name] = found

    def _choose_parties(self, stated: dict[str, Any]) -> dict[str, Any]:
        """Return what is stated with the party that was chosen, where several have the name that stands there now."""
        self._find_namesakes()
        chosen = dict(stated)
        for field in self._named_parties():
            id_ = self.typed.get(field.name + WHICH, "")
            if field.name_key in chosen and id_ in [one.id for one in self._namesakes[field.name]]:
                del chosen[field.name_key]
                chosen[field.name] = id_
        return chosen

    def rows(self, name: str) -> list[int]:
        """Return the places of a list's rows, as they stand in the names of their inputs."""
        return self._rows.places(name)

    def photos(self) -> list[Photo]:
        """Return the photos that are kept so far."""
        self._shown.add(KEPT)
        return self._photos

    def carried(self) -> Markup:
        """Return hidden inputs for what a corrected event or mended draft states and the page does not show."""
        hidden = Markup('<input type="hidden" name="{}" value="{}">')
        left = [
            (name, value)
            for name, value in self.typed.items(multi=True)
            if self.filled and name not in self._shown and name not in NOT_OF_THE_EVENT
        ]
        return Markup("").join(hidden.format(name, value) for name, value in left)

    @property
    def barred(self) -> str:
        """Why the kinds of the site do not let anybody record this here; '' where they do."""
        if current.allows(self.site, self.kind):
            return ""
        site = current.reference().sites[self.site]
        kinds = site.kinds_at(current.now_ms())
        violation = describe_bar(self.kind, site.id, kinds, current.reference().activities)
        return say(violation, current.reference())

    def _show_bar(self) -> ResponseReturnValue:
        """Return the page that says what may not be recorded here, and the way on."""
        others = [site.id for site in current.work_sites() if current.allows(site.id, self.kind)]
        alike = [kind for kind in self.event_page.kinds if current.allows(self.site, kind)]
        return render_template("record/not_here.html", form=self, others=others, alike=alike, next=here())

    def page(self, template: str = "", **context: Any) -> ResponseReturnValue:
        """Return the page with the form as it stands; where a job took it over, the way there.

        A form that is not filled in yet is none where the site may not record this.
        """
        if self.barred and not self.sent and not self.replacing:
            return self._show_bar()
        if self.job:
            flash(t("job.begun"), "info")
            return redirect(url_for("jobs.show", job_id=self.job.id))
        known = self._show_lots()
        self._party_names = {
            field.name: list_names(current.reader(), field.name, self.site) for field in self._named_parties()
        }
        self._find_namesakes()
        if self.needs_approval:
            self.supervisors = offer_supervisors(self.site, self.typed.get(APPROVER, ""))
        self._photos = show_photos(self.typed.getlist(KEPT)) if self.with_photos else []
        more = {**self.event_page.context(self), **context}
        html = render_template(template or self.event_page.template, form=self, known=known, **more)
        answer = make_response(html, self._problems.status)
        if self._retry_seconds:
            answer.headers["Retry-After"] = str(self._retry_seconds)
        return answer

    def _show_lots(self) -> dict[int, ShownLot]:
        """Return the lots named so far, by row; a code that none has is said beside it."""
        if not self._lot_rows:
            return {}
        self.lots = self.named_lots()
        for place, code in self._lot_rows.codes().items():
            name = self._lot_rows.input_at(place)
            if place not in self.lots and not self.error(name):
                fault = FieldError(name, "scan.unbound_input" if code else "scan.not_a_code", {"code": code})
                self._problems.add(name, say(fault))
        return {place: show_lot(lot) for place, lot in self.lots.items()}

    def named_lots(self) -> dict[int, Lot]:
        """Return the lots of the codes typed so far, by row."""
        codes = self._lot_rows.codes() if self._lot_rows else {}
        lots = find_lots(current.reader(), current.viewer(), {code for code in codes.values() if code})
        return {place: lots[code] for place, code in codes.items() if code in lots}

    def sum_listed(self) -> int:
        """Return the mass of the lots in the list, once the page is shown, in grams."""
        return self._lot_rows.sum_g(self.lots) if self._lot_rows else 0

    def list_words(self) -> dict[str, object]:
        """Return the words that the scripts of the list need."""
        return list_words()

    def add_lots(self, codes: list[str]) -> None:
        """Put lots into the list that are not in it yet."""
        if self._lot_rows:
            self._lot_rows.add(codes)

    # --- reading ---------------------------------------------------------------------------------------------------

    def draft(self) -> Draft | None:
        """Return the draft of what was typed; None where it has faults, which are then shown."""
        self._settle_forms()
        self._settle_approver()
        self.event_page.settle(self)
        typed = (pair for pair in self.typed.items(multi=True) if pair[0] not in NOT_OF_THE_EVENT)
        self._reading = reading = read_form(self.fields, typed, current.settings().host)
        confirmed = list(dict.fromkeys(code for code, _ in self._list_confirmed()))
        stated = self._choose_parties(reading.body)
        stated |= {"confirmed": confirmed} if confirmed else {}
        body = self.purpose.wrap(self._envelope(), stated)
        faults: list[FormFault] = [*reading.faults, *self.event_page.check(self)]
        draft = None
        try:
            draft = load_draft(body)
        except BadDraft as error:
            known = self.known_inputs()
            at_fault = {reading.find_input(fault.path, known) for fault in faults}
            # What could not be read is not missing.
            faults += [
                fault
                for fault in map(self.purpose.unwrap, error.fields)
                if reading.find_input(fault.path, known) not in at_fault
            ]
        if faults:
            known = self.known_inputs()
            further = self.purpose.list_further(body, reading, faults, known)
            self._problems.refuse([*faults, *further], reading, known)
            return None
        return draft

    def known_inputs(self) -> list[str]:
        """Return the names of the inputs on the page: those sent, and those that browsers do not
        send while empty.
        """
        sent = [name for name in self.typed if name not in NOT_OF_THE_EVENT]
        return [*sent, *self._unsent(self.fields, "")]

    def _unsent(self, fields: FieldList, prefix: str) -> list[str]:
        names = []
        for item in fields:
            if isinstance(item, FormField):
                names += [] if item.sent_when_empty else [prefix + item.name]
            elif isinstance(item, FieldGroup):
                names += self._unsent(item.fields, f"{prefix}{item.name}-")
            elif not prefix and item.name in self._rows:
                names += [item.name] if item.anchored else []
                for place in self._rows.places(item.name):
                    names += self._unsent(item.fields, f"{item.name}-{place}-")
        return names

    def _envelope(self) -> dict[str, Any]:
        known = current.reader().find_events([self.id]).get(self.id)
        return {
            "schema": SCHEMA,
            "id": self.id,
            "kind": self.kind,
            "site": self.site,
            "actor": current.signed_in().id,
            "event_time": iso_time(known.draft.time_ms if known else current.now_ms(), SHANGHAI_OFFSET_MIN),
        }

    def _settle_approver(self) -> None:
        """Put in the account that is meant: a phone writes the first letter of a name large."""
        typed = self.typed.get("approval-approver", "")
        known = find_account(current.reader(), typed.strip()) if typed else None
        if known:
            self.typed["approval-approver"] = known.id

    def _settle_forms(self) -> None:
        """Put in the form of each lot to be made where its material has one only."""
        materials = current.reference().materials
        for place in self.rows("outputs") if "outputs" in self._rows else ():
            row = f"outputs-{place}"
            material = materials.get(self.typed.get(f"{row}-material", ""))
            if material is None or self.typed.get(f"{row}-form"):
                continue
            possible = [form for form in FORMS_OUT[self.kind] if form in material.forms]
            if len(possible) == 1:
                self.typed[f"{row}-form"] = possible[0]

    # --- recording -------------------------------------------------------------------------------------------------

    def record(self, *, again: bool = False) -> Receipt | None:
        """Record the event if the form was sent for that; None to show the page (again), or that of
        its ``job``.

        Raises StoreError, NotAllowed.
        """
        if not self.sent or self.action:
            return None
        self.needs_approval = "approval-approver" in self.typed
        draft = self.draft()
        # A draft without faults may still have problems: photos that are not kept.
        if draft is None or self.problems or not (self._is_proved(draft) and self._is_approved(draft)):
            return None
        deliverer = self.vouching()
        asking = deliverer._replace(asks=True, shown=tuple(digest for _, digest in self._list_confirmed()))
        try:
            settles = self.purpose.held.id if self.purpose.held else ""
            draft, asking = self.purpose.hand_in(draft, asking)
            return capture_event(
                current.store(), draft, asking, current.now_ms(), resolves=settles, then=self.purpose.then
            )
        except TooMuchWork:
            if self.purpose.then is None:
                self.job = jobs.queue(dump_draft(draft), deliverer)
            else:  # a job records the event alone, and the ticket or heat would stay open
                self._problems.status = 413
                self._problems.add("", t("work.too_much"))
        except EventUnconfirmed as error:
            self.ask(error.violations)
        except EventConflict as error:
            if not again:  # the same form, sent twice at once: the time of the other is known by now
                return self.record(again=True)
            self.conflict(error)
        except EventRejected as error:
            self.refuse(error.violations)
        except WriteConflict as error:  # somebody else settled the held draft meanwhile
            self._problems.status = 409
            self._problems.add("", say(error, current.reference()))
        return None

    def vouching(self) -> Deliverer:
        """Return who hands over what this form recorded, with the approver whose password was typed."""
        person = current.signed_in()
        return Deliverer(f"session:{person.id}", person.id, self._vouched)

    def object_to(self, name: str, words: str) -> None:
        """Show a reason of the page's own beside an input."""
        self._problems.status = 422
        self._problems.add(name, words)

    def refuse(self, violations: Sequence[Violation]) -> None:
        """Show these reasons against the draft, each beside its input."""
        self.needs_approval |= any(violation.confirmable for violation in violations)
        faults = [self.purpose.unwrap(violation) for violation in violations]
        self._problems.refuse(faults, self._reading, self.known_inputs())

    def ask(self, warnings: Sequence[Violation]) -> None:
        """Show the page again with what is to be confirmed, and with what was confirmed already."""
        self._problems.status = 422
        known, reference = self.known_inputs(), current.reference()
        for warning in warnings:
            path = self.purpose.unwrap(warning).path
            name = self._reading.find_input(path, known) if path else ""
            value = f"{warning.code} {fingerprint(warning)}"
            self.asked.append(AskedWarning(name, say(warning, reference), value))

    def _list_confirmed(self) -> list[tuple[str, str]]:
        """Return (code, fingerprint) of the warnings that were confirmed."""
        values = self.typed.getlist(WARNED) if CONFIRM in self.typed else []
        pairs = [value.partition(" ")[::2] for value in values]
        return [(code, digest) for code, digest in pairs if code in ASKED]

    def conflict(self, error: EventConflict) -> None:
        """Show what the event is in conflict with."""
        self._problems.status = 409
        self._problems.add("", say(error, current.reference()))

    def _is_approved(self, draft: Draft) -> bool:
        """Return whether the named approver is the person themself, or gave their password."""
        approval = self.purpose.approved(draft).approval
        if approval is None or approval.approver == draft.actor:
            return True
        if self._verify("approval-password", approval.approver, APPROVAL):
            self._vouched = (approval.approver,)
            return True
        return False

    def _is_proved(self, draft: Draft) -> bool:
        """Return whether what cannot be taken back is done by somebody who typed their password just now."""
        if self.is_proved or not is_irrevocable(draft):
            return True
        self.needs_proof = True
        if not self.typed.get(PROOF_PASSWORD):
            self._problems.status = 422
            self._problems.add(PROOF_PASSWORD, t("proof.needed"))
            return False
        if self._verify(PROOF_PASSWORD, current.signed_in().id, PROOF):
            current.note_proof()
            self.is_proved, self.needs_proof = True, False
            return True
        return False

    def _verify(self, name: str, person_id: str, purpose: AuditAction) -> bool:
        """Return whether the password in an input is a person's; what is wrong stands beside it."""
        password = self.typed.get(name, "")
        try:
            outcome = sign_in(
                current.store(), person_id, password, current.whereabouts(), current.now_ms(), purpose
            )
        except TooManyAttempts as error:
            self._problems.status, self._retry_seconds = 429, error.retry_seconds
            self._problems.add(name, say(error))
            return False
        if outcome.person is None:
            self._problems.status = 422
            own = purpose is PROOF and outcome.fault == WRONG
            self._problems.add(name, t("proof.wrong" if own else outcome.fault))
        return outcome.person is not None


def tell(receipt: Receipt, event: str) -> None:
    """Flash what happened, and which months it counts in where those of the event are sealed."""
    flash(t(f"receipt.{receipt.status}"), "success" if receipt.status == "created" else "info")
    for month, booked in list_moved_months(current.reader(), event):
        language = current.language()
        months = {"month": format_month(month, language), "booked": format_month(booked, language)}
        flash(t("receipt.month_sealed", **months), "info")


def after(receipt: Receipt, instead: str = "") -> str:
    """Flash what happened; return the address of the lot that was made, or of the event, or the one
    ``instead``.
    """
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
    """Return a new id: 48 bits of time, then chance (RFC 9562)."""
    number = (now_ms << 80) | secrets.randbits(80)
    number = number & ~(0xF << 76) | (0x7 << 76)
    number = number & ~(0x3 << 62) | (0x2 << 62)
    digits = f"{number:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))

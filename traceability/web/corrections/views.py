"""A mistake is answered: an event voided, with what came after it if need be, or replaced by what is right."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from traceability.domain.errors import BadDraft, EventConflict, FieldError, TooMuchWork, Violation
from traceability.domain.event import Correction, Draft, Event, lots_of
from traceability.domain.kinds import CORRECTIBLE
from traceability.domain.next_steps import may_record
from traceability.domain.vocabulary import SCHEMA
from traceability.services.directory.names import find_names
from traceability.services.directory.parties import VEHICLE, find_parties, find_vehicles
from traceability.services.recording.capture import Receipt
from traceability.services.recording.correct import list_consequences
from traceability.services.recording.preview import preview_event
from traceability.services.tracing.events import find_event, list_corrections
from traceability.web.forms.form import EventForm, tell
from traceability.web.forms.prefill import listed_of, typed_of
from traceability.web.record import entries, monthly, moving, processing
from traceability.web.record import observations as acts
from traceability.web.record.event_page import EventPage, RowForm
from traceability.web.shell import current
from traceability.web.shell.words import say, site_name, t
from traceability.wire import dump_draft, load_draft

pages = Blueprint("correct", __name__)

REASON = "correction-reason"  # of the correction; some kinds of events have a reason of their own
WITHIN = "targets.0.draft."
PARTIES = ("supplier", "customer", "receiver")
MOST_SHOWN = 200

PAGES: dict[str, EventPage] = {
    **processing.PAGES,
    **moving.PAGES,
    **monthly.PAGES,
    **acts.PAGES,
    **entries.PAGES,
}


def may_correct(event: Event) -> bool:
    """Whether whoever is signed in is responsible for the event's site."""
    return may_record("correct", current.roles(event.draft.site))


@pages.route("/events/<uuid:event_id>/void", methods=["GET", "POST"])
def void(event_id: UUID) -> ResponseReturnValue:
    """Void an event, alone or with everything after it."""
    event = find_event(current.reader(), current.viewer(), str(event_id))
    why_not = _why_not(event)
    if why_not:
        return _refuse(event, why_not)
    after = [later for later in list_consequences(current.reader(), event.id) if later.live]
    others = [later for later in after if not may_correct(later)]
    start = {"site": event.draft.site, "targets-0-event": event.id}
    form = EventForm("correct", rows={}, start=start, names=("cascade",))
    receipt = form.record()
    if receipt:
        return _done(event, receipt)
    return form.page(
        "corrections/void.html",
        event=event,
        corrections=list_corrections(current.reader(), event),
        after=after[:MOST_SHOWN],
        count=len(after),
        others=len(others),
        other_sites=sorted({site_name(later.draft.site) for later in others}),
        names=find_names(current.reader(), [event, *after[:MOST_SHOWN]], ()),
        can_replace=event.draft.kind in PAGES,
    )


@pages.route("/events/<uuid:event_id>/replace", methods=["GET", "POST"])
def replace(event_id: UUID) -> ResponseReturnValue:
    """State again what happened, from what was stated before."""
    event = find_event(current.reader(), current.viewer(), str(event_id))
    why_not = _why_not(event)
    if why_not or event.draft.kind not in PAGES:
        return _refuse(event, why_not or t("correct.no_form"))
    form = Replacement(event, PAGES[event.draft.kind])
    receipt = form.record()
    if receipt:
        return _done(event, receipt)
    return form.page(preview=processing.preview_of(form) if form.action == "preview" else None)


def _why_not(event: Event) -> str:
    if event.draft.kind not in CORRECTIBLE:
        return t("rule.not_correctable", kind=event.draft.kind)
    if not may_correct(event):
        return t("correct.needs_supervisor", site=site_name(event.draft.site))
    return ""


def _refuse(event: Event, why_not: str) -> ResponseReturnValue:
    names = find_names(current.reader(), [event], ())
    return make_response(
        render_template("corrections/refused.html", event=event, why_not=why_not, names=names), 403
    )


def _done(event: Event, receipt: Receipt) -> ResponseReturnValue:
    tell(receipt, event.id)
    return redirect(url_for("events.show", event_id=event.id))


class Replacement(RowForm):
    """The form of a recorded event, holding what is in force; sent, it becomes a correction with one target."""

    replacing = True

    def __init__(self, event: Event, page: EventPage) -> None:
        self.event = event
        start = {"site": event.draft.site, **typed_of(event, _codes_of(event))}
        super().__init__(event.draft.kind, page, {**start, **_names_of(start)})
        self.kind = event.draft.kind
        self.site = event.draft.site
        self.reason = self.typed.pop(REASON, "")
        self.was = {name: start.get(name, "") for name in (*self.ids, *self.parties)}
        if not self.sent:
            for name, values in listed_of(event).items():
                self.typed.setlist(name, values)

    def _id_of(self, field: str, typed: str) -> str:
        """Somebody whose name was erased is still meant by the id."""
        return typed if typed == self.was[field] else super()._id_of(field, typed)

    def known_photos(self) -> Collection[str]:
        """Those of the event as it stands."""
        return getattr(self.event.draft.detail, "photos", ())

    def draft(self) -> Draft | None:
        """A correction whose target is the event as typed now; None where it has faults, which are then shown."""
        self.settle_outputs()
        self._read = self._read_typed()
        original = dump_draft(self.event.draft)
        stated = {name: original[name] for name in ("kind", "site", "actor", "event_time")}
        body = {
            "schema": SCHEMA,
            "id": self.id,
            "kind": "correct",
            "site": self.site,
            "actor": current.signed_in().id,
            "event_time": self._default_time(),
            "reason": self.reason.strip() or None,
            "targets": [{"event": self.event.id, "draft": {**stated, **self._read.body}}],
        }
        found = list(self._read.faults)
        try:
            draft = load_draft(body)
        except BadDraft as error:
            at = {WITHIN + fault.path for fault in found}
            found += [fault for fault in error.fields if fault.path not in at]
        if found:
            self.refuse([*found, *_besides_reason(body, found)])
            return None
        return draft

    def refuse(self, faults: Sequence[FieldError | Violation]) -> None:
        """Show these reasons: those about the event beside its field, those about others by themselves."""
        for fault in faults:
            others = set(fault.events) - {self.event.id} if isinstance(fault, Violation) else set()
            of_target = fault.path.startswith("targets") and not fault.path.startswith(WITHIN)
            if fault.path == "reason":
                self.status = 422
                self._add(REASON, say(fault), t("correct.reason"))
            else:
                path = "" if others or of_target else fault.path.removeprefix(WITHIN)
                super().refuse([fault._replace(path=path)])

    def _approved(self, draft: Draft) -> bool:
        """An approval is of the event as it is stated now."""
        inner = draft.detail.targets[0].draft if isinstance(draft.detail, Correction) else None
        assert inner is not None, "a replacement has a draft"
        return super()._approved(inner._replace(actor=draft.actor))


def _besides_reason(body: dict[str, Any], found: Sequence[FieldError]) -> Sequence[Violation]:
    """What else stands against a correction whose reason alone is missing."""
    if any(fault.path != "reason" for fault in found):
        return ()
    draft = load_draft({**body, "reason": t("correct.reason")})
    try:
        return preview_event(current.reader(), draft, current.now_ms()).violations
    except (EventConflict, TooMuchWork):
        return ()


def _codes_of(event: Event) -> dict[str, str]:
    """The codes of the lots that an event names, by id."""
    lots = current.reader().find_lots(lots_of(event.draft))
    return {id_: lot.code for id_, lot in lots.items()}


def _names_of(start: Mapping[str, str]) -> dict[str, str]:
    """Names in place of the ids of parties and vehicles, as people type them."""
    reader = current.reader()
    parties = find_parties(reader, {start[field] for field in PARTIES if start.get(field)})
    vehicles = find_vehicles(reader, {start[VEHICLE]} if start.get(VEHICLE) else set())
    names = {id_: party.name for id_, party in parties.items()}
    names |= {id_: vehicle.plate for id_, vehicle in vehicles.items()}
    return {field: names[start[field]] for field in (*PARTIES, VEHICLE) if start.get(field) in names}

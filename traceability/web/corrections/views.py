"""Pages that correct an event: void it, with what came after it if need be, or replace it by what
is right.
"""

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from graph.store import Writer
from traceability.domain.authority import find_statistic
from traceability.domain.errors import BadInput, EventRejected, WriteConflict
from traceability.domain.event import Event
from traceability.domain.kinds import CORRECTIBLE
from traceability.services.directory.names import find_names
from traceability.services.operations.endings import reopen, reopen_undone
from traceability.services.recording.capture import Receipt, capture_batch, capture_event
from traceability.services.recording.confirm import can_confirm, make_confirmation
from traceability.services.recording.correct import list_consequences
from traceability.services.recording.judge import Deliverer
from traceability.services.recording.open_work import OpenWork, find_work
from traceability.services.recording.undo import list_undo
from traceability.services.tracing.events import find_changes_since, find_event, list_corrections
from traceability.web.events.event_facts import show_stated
from traceability.web.forms.correction import VERSION, EventCorrection
from traceability.web.forms.form import EventForm, EventPage, tell, uuid7
from traceability.web.forms.purpose import FormPurpose
from traceability.web.record import collect, entries, monthly, moving, observations, processing
from traceability.web.shell import current
from traceability.web.shell.navigation import work_href
from traceability.web.shell.session import flash_refusal
from traceability.web.shell.words import say, site_name, t

pages = Blueprint("correct", __name__)

MOST_SHOWN = 200
MOST_DIGITS = 16  # of a seq
VOID = EventPage("corrections/void.html")

PAGES: dict[str, EventPage] = {
    **processing.PAGES,
    **moving.PAGES,
    **monthly.PAGES,
    **observations.PAGES,
    **entries.PAGES,
    **collect.PAGES,
}
"""The page that records a kind of event, and corrects it."""


@pages.route("/events/<uuid:event_id>/void", methods=["GET", "POST"])
def void(event_id: UUID) -> ResponseReturnValue:
    """Void an event, alone or with everything after it."""
    event = find_event(current.reader(), current.viewer(), str(event_id))
    return void_by_form(event, {"site": event.draft.site, "targets-0-event": event.id})


def void_by_form(
    event: Event, start: Mapping[str, str], purpose: FormPurpose | None = None
) -> ResponseReturnValue:
    """Show the form that voids an event, filled in with ``start``, or record what was sent."""
    why_not = explain_no_correction(event)
    if why_not:
        return _refuse(event, why_not)
    after = [later for later in list_consequences(current.reader(), event.id) if later.live]
    others = [later for later in after if not current.may_correct(later)]
    shown = [later for later in after if current.viewer().shows_site(later.draft.site)][:MOST_SHOWN]
    form = EventForm("correct", VOID._replace(open_at=lambda: [event.draft.site]), start, purpose)
    receipt = form.record()
    if receipt:
        return _done(event, receipt)
    return form.page(
        event=event,
        corrections=list_corrections(current.reader(), event),
        after=shown,
        count=len(after),
        others=len(others),
        other_sites=sorted({_name_site(later.draft.site) for later in others}),
        names=find_names(current.reader(), current.viewer(), [event, *shown], ()),
        can_replace=event.draft.kind in PAGES,
    )


@pages.route("/events/<uuid:event_id>/replace", methods=["GET", "POST"])
def replace(event_id: UUID) -> ResponseReturnValue:
    """State again what happened, from what was stated before."""
    event = find_event(current.reader(), current.viewer(), str(event_id))
    return replace_by_form(EventCorrection(event, current.reader()))


def replace_by_form(correction: EventCorrection) -> ResponseReturnValue:
    """Show the form that states an event again, as the correction fills it in, or record what was sent."""
    event = correction.event
    why_not = explain_no_correction(event)
    if why_not or event.draft.kind not in PAGES:
        return _refuse(event, why_not or t("correct.no_form"))
    form = EventForm(event.draft.kind, PAGES[event.draft.kind], correction.fill(), correction)
    receipt = form.record()
    if receipt:
        return _done(event, receipt)
    if form.sent:
        _show_what_changed(form, event.id)
    return form.page(preview=processing.preview_of(form) if form.action == "preview" else None)


@pages.post("/events/<uuid:event_id>/undo")
def undo(event_id: UUID) -> ResponseReturnValue:
    """Void an event that its recorder takes back."""
    event = find_event(current.reader(), current.viewer(), str(event_id))
    person = current.signed_in()
    now_ms = current.now_ms()
    drafts = list_undo(current.reader(), event, uuid7(now_ms), now_ms, t("undo.reason"))
    drafts = [draft._replace(actor=person.id) for draft in drafts]
    deliverer = Deliverer(f"session:{person.id}", person.id)
    viewer, opened = current.viewer(), list[OpenWork]()

    def open_again(writer: Writer, _: Receipt) -> None:
        work = reopen_undone(writer, viewer, event.id)
        opened[:] = [work] if work else []

    for receipt in capture_batch(current.store(), drafts, deliverer, now_ms, then=open_again):
        if isinstance(receipt.error, EventRejected):
            return _refuse(event, " ".join(say(violation) for violation in receipt.error.violations))
        if receipt.error is not None:
            raise receipt.error
    flash(t("undo.done", kind=event.draft.kind), "success")
    return _go_on(opened[0]) if opened else redirect(url_for("events.show", event_id=event.id))


@pages.post("/events/<uuid:event_id>/open-again")
def open_again(event_id: UUID) -> ResponseReturnValue:
    """Open the ticket or heat again whose event was taken back."""
    viewer = current.viewer()
    try:
        work = reopen(current.store(), viewer, str(event_id))
    except (BadInput, WriteConflict) as error:
        flash_refusal(say(error))
        return redirect(work_href(find_work(current.reader(), viewer, str(event_id))))
    return _go_on(work)


def _go_on(work: OpenWork) -> ResponseReturnValue:
    flash(t("work.opened_again", work=str(work.kind), number=work.number), "success")
    return redirect(work_href(work))


@pages.post("/events/<uuid:event_id>/confirm")
def confirm(event_id: UUID) -> ResponseReturnValue:
    """Confirm the warnings of an event that came by a queue, a file or a program: nothing else of it changes."""
    event = find_event(current.reader(), current.viewer(), str(event_id))
    why_not = explain_no_correction(event)
    if why_not:
        return _refuse(event, why_not)
    if can_confirm(event):  # sent twice, it is done once
        now_ms, person = current.now_ms(), current.signed_in()
        draft = make_confirmation(event, uuid7(now_ms), person.id, now_ms, t("confirm.reason"))
        try:
            capture_event(current.store(), draft, Deliverer(f"session:{person.id}", person.id), now_ms)
        except EventRejected as refused:
            return _refuse(event, " ".join(say(violation) for violation in refused.violations))
    flash(t("confirm.done", kind=event.draft.kind), "success")
    home = request.form.get("back") == "home"
    return redirect(url_for("home.show") if home else url_for("events.show", event_id=event.id))


def _show_what_changed(form: EventForm, event_id: str) -> None:
    """Show what others corrected since the form was opened; sent again, it is against what is shown."""
    event = find_event(current.reader(), current.viewer(), event_id)
    opened = form.typed.get(VERSION, "")
    if opened.isdecimal() and len(opened) < MOST_DIGITS and int(opened) != event.version:
        changes = find_changes_since(current.reader(), event, int(opened))
        shown = show_stated(event.draft.kind, changes.facts, changes.before, changes.parties)
        form.changed_meanwhile = [
            fact for fact in shown if fact.old != fact.value and (fact.old or not fact.value)
        ]
    form.typed[VERSION] = str(event.version)


def explain_no_correction(event: Event) -> str:
    """Return why the person asking cannot correct an event; '' where they can."""
    if event.draft.kind not in CORRECTIBLE:
        return t("rule.not_correctable", kind=event.draft.kind)
    if not current.may_correct(event):
        statistic = find_statistic(event.draft)
        if statistic is not None:
            return t("rule.not_the_regions_planner")
        return t("correct.needs_supervisor", site=site_name(event.draft.site))
    return ""


def _name_site(site: str) -> str:
    return site_name(site) if current.viewer().shows_site(site) else t("trace.other_firm")


def _refuse(event: Event, why_not: str) -> ResponseReturnValue:
    names = find_names(current.reader(), current.viewer(), [event], ())
    return make_response(
        render_template("corrections/refused.html", event=event, why_not=why_not, names=names), 403
    )


def _done(event: Event, receipt: Receipt) -> ResponseReturnValue:
    tell(receipt, event.id)
    return redirect(url_for("events.show", event_id=event.id))

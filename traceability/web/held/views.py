"""Pages of the drafts that wait: the list of a site, one draft with its reasons, its form to mend it, dropping it."""

from collections.abc import Collection
from typing import NamedTuple, Self
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from traceability.domain.calendar import month_of
from traceability.domain.errors import BadInput, NotAllowed, NotFound, Violation
from traceability.domain.event import Correction, Event, Seal
from traceability.domain.held import Remedy, find_remedy, list_used_elsewhere
from traceability.domain.kinds import kinds_of
from traceability.domain.material import Reference
from traceability.services.directory.audit import Actor
from traceability.services.recording.held import HeldDraft, HeldState
from traceability.services.recording.held_inbox import (
    Inbox,
    drop,
    find_in_inbox,
    list_inbox,
    list_supervised,
)
from traceability.web.api.query import QuerySchema, read_query
from traceability.web.corrections.views import (
    PAGES,
    explain_no_correction,
    replace_by_form,
    void_by_form,
)
from traceability.web.events.event_facts import say_clock
from traceability.web.forms.form import EventForm, after
from traceability.web.forms.photos import show_photos
from traceability.web.held.draft_facts import list_draft_facts, list_draft_lots
from traceability.web.held.mending import (
    HeldMending,
    HeldReplacement,
    find_corrected,
    find_draft_lots,
)
from traceability.web.record import monthly, processing
from traceability.web.shell import current
from traceability.web.shell.words import say, t
from traceability.wire.fields import Choice, Shaped, Text
from traceability.wire.schemas import MONTH

pages = Blueprint("held", __name__)

FORMS = {**PAGES, **dict.fromkeys(kinds_of(Seal), monthly.SEAL)}
"""The page that records a kind, which mends a held draft of it; a correction is mended on the page that corrects its event."""

WAITING, SETTLED = "waiting", "settled"
REST = "rest"
"""What the form of a draft is filled in with: all that it states, or only the lots that nothing else used."""


class HeldQuery(QuerySchema):
    """Which drafts a list shows."""

    site = Text()
    state = Choice((WAITING, SETTLED))
    month = Shaped(MONTH, "bad_period")


@pages.get("/held")
def list_all() -> ResponseReturnValue:
    """List what waits at the sites of the person, or what was settled in a month."""
    asked = read_query(HeldQuery(), request.args)
    now_ms, person = current.now_ms(), current.signed_in()
    site, state = asked.get("site", ""), asked.get("state", WAITING)
    if site and site not in current.viewer().works_at:
        raise NotFound("held.site_unknown", site=site)
    month = asked.get("month", month_of(now_ms)) if state == SETTLED else ""
    inbox = list_inbox(current.reader(), current.viewer(), person.id, now_ms, [site] if site else [], month)
    return render_template(
        "held/list.html",
        inbox=inbox,
        sites=current.work_sites(),
        site=site,
        state=state,
        month=month,
        say_reason=_say_first_reason,
    )


@pages.get("/held/<uuid:held_id>")
def show(held_id: UUID) -> ResponseReturnValue:
    """Show what was recorded on the device, and each reason with what can be done about it."""
    return _show(str(held_id))


@pages.post("/held/<uuid:held_id>/drop")
def drop_one(held_id: UUID) -> ResponseReturnValue:
    """Settle a draft that shall not be recorded."""
    person = current.signed_in()
    actor = Actor(person.id, current.now_ms(), request.remote_addr or "")
    try:
        drop(current.store(), actor, str(held_id), request.form.get("reason", ""))
    except BadInput as error:
        return make_response(_show(str(held_id), say(error)), 422)
    flash(t("held.was_dropped"), "success")
    return redirect(url_for("held.list_all"))


@pages.route("/held/<uuid:held_id>/mend", methods=["GET", "POST"])
def mend(held_id: UUID) -> ResponseReturnValue:
    """Show the form of the draft's kind as the draft states it; recorded under a new id, it settles the draft."""
    inbox = _find(str(held_id))
    held = inbox.drafts[0]
    if not _is_supervised(held):
        raise NotAllowed("held.needs_supervisor")
    own = request.form.get("id", "") if request.method == "POST" else ""
    settled = held.state is not HeldState.HELD and not (
        own and held.successor == own
    )  # the same form, sent twice
    if settled:
        by = inbox.name(held.closed_by) or t("held.nobody")
        flash(t("held.settled", state=str(held.state), by=by), "warning")
    corrected = find_corrected(current.reader(), current.viewer(), held.draft)
    if settled or not _has_form(held, corrected):
        return redirect(url_for("held.show", held_id=held.id))
    if corrected:
        return _mend_correction(held, corrected)
    is_rest = request.args.get("lots") == REST
    without = list_used_elsewhere(held.reasons) if is_rest else ()
    purpose = HeldMending(held, current.reader(), without)
    form = EventForm(held.kind, FORMS[held.kind], purpose.fill(), purpose)
    receipt = form.record()
    if receipt:
        return redirect(after(receipt))
    return form.page(preview=processing.preview_of(form) if form.action == "preview" else None)


def _mend_correction(held: HeldDraft, event: Event) -> ResponseReturnValue:
    """Show the form that voids or states again the event that a held correction is of."""
    assert isinstance(held.draft.detail, Correction)
    replacement = held.draft.detail.targets[0].draft
    if replacement is not None:
        return replace_by_form(HeldReplacement(held, event, replacement, current.reader()))
    purpose = HeldMending(held, current.reader())
    return void_by_form(event, purpose.fill(), purpose)


def _has_form(held: HeldDraft, corrected: Event | None) -> bool:
    """Return whether a page records what a held draft states; a correction is written on the page of its event."""
    if corrected is None:
        return held.kind in FORMS
    return corrected.draft.kind in PAGES and not explain_no_correction(corrected)


def _find(held_id: str) -> Inbox:
    person = current.signed_in()
    return find_in_inbox(current.reader(), current.viewer(), person.id, held_id, current.now_ms())


def _is_supervised(held: HeldDraft) -> bool:
    return held.site in list_supervised(current.reader(), current.signed_in().id, current.now_ms())


def _show(held_id: str, fault: str = "") -> str:
    inbox = _find(held_id)
    held: HeldDraft = inbox.drafts[0]
    draft = held.draft
    reference = current.reference()
    targets = draft.detail.targets if isinstance(draft.detail, Correction) else ()
    used = list_used_elsewhere(held.reasons)
    lots_named = set(find_draft_lots(current.reader(), draft).values()) if used else set()
    return render_template(
        "held/one.html",
        held=held,
        inbox=inbox,
        clock=say_clock(held.times if held.times.shift_ms else None),
        reasons=[_Reason.of(one, used, reference) for one in held.reasons],
        used=len(used),
        left=len(lots_named.difference(used)),
        facts=list_draft_facts(current.reader(), held),
        lots=list_draft_lots(current.reader(), draft),
        targets=[target.event for target in targets],
        photos=show_photos(getattr(draft.detail, "photos", ())),
        supervised=_is_supervised(held),
        has_form=_has_form(held, find_corrected(current.reader(), current.viewer(), held.draft)),
        fault=fault,
    )


class _Reason(NamedTuple):
    """A reason in words, what can be done about it, and the page of what used the lot."""

    words: str
    remedy: str
    href: str

    @classmethod
    def of(cls, reason: Violation, used: Collection[str], reference: Reference) -> Self:
        remedy = find_remedy(reason.code)
        is_elsewhere = remedy is Remedy.ELSEWHERE
        if not is_elsewhere and set(reason.lots) & set(used):
            remedy = None  # what used the lot says what to do
        href = url_for("events.show", event_id=reason.events[0]) if is_elsewhere and reason.events else ""
        return cls(say(reason, reference), t(f"held.do.{remedy}") if remedy else "", href)


def _say_first_reason(held: HeldDraft) -> str:
    """Return the first reason in words, and that there are more."""
    first = say(held.reasons[0], current.reference()) if held.reasons else ""
    return t("held.and_more", first=first, count=len(held.reasons) - 1) if len(held.reasons) > 1 else first

"""Events: record them by machine, list those in view, and tell one with what it froze.

``POST /api/v1/events`` takes one event or up to 200.

A program's token (``Authorization: Bearer``, scope ``record``) authorises, or the session of a signed-in person with a
matching Origin; a CSRF token is not asked for, because a queue that was filled offline has none. One event answers with its own status (201, 200,
409, 422); a list with 200 and a result for each, in order. A correction that is too much work for a
request becomes a job, with its whole message: 202, and ``Location`` is the job's address. Errors are
problem+json with a stable ``code`` and every reason under ``errors``.

A message that seals a month, or voids an event and all after it, is refused as a whole (403,
``session.password_needed``, of a token ``token.not_for_this``) unless the person typed their password in the last ten minutes.

A device's queue says whose it is and when it was sent, ``{"person", "sent_at", "events"}``: its times are corrected by what
its clock is wrong, and what breaks a rule of state is held for the supervisor of its site instead of refused. A queue is
never refused as a whole for what one draft of it lacks, a password included, since all behind it would wait for ever.

With ``?ask=1`` an event with warnings that its ``confirmed`` does not list is not recorded but
answered with 422, code ``event.unconfirmed`` and the warnings; without it, it is recorded, and the
supervisor of the site sees what was not confirmed.
"""

from typing import Any
from uuid import UUID

from flask import Response, abort, jsonify, request, url_for
from flask.typing import ResponseReturnValue

from graph.store import EventFilter
from traceability.domain.calendar import SHANGHAI_OFFSET_MIN, iso_time
from traceability.domain.device_clock import find_device_time
from traceability.domain.errors import NotAllowed, TooMuchWork
from traceability.domain.event import Draft, Event, is_irrevocable
from traceability.domain.kinds import KIND_BY_ID, KINDS
from traceability.domain.place import code_of
from traceability.services.directory.sessions import RECORD
from traceability.services.recording.capture import Receipt, capture_batch
from traceability.services.recording.outcome import encode_receipt
from traceability.services.recording.queue import Queue, capture_queue
from traceability.services.tracing.events import (
    EventDossier,
    dump_draft_in_view,
    find_event_dossier,
    list_events_in_view,
)
from traceability.services.upkeep.jobs import Job
from traceability.web.api.query import USUAL_ROWS, YES, PageSchema, QuerySchema, StartOfDay, read_query
from traceability.web.api.resource import Json, Operation, describe, next_page, pages, resource
from traceability.web.api.schemas import (
    EventRecordSchema,
    EventsSchema,
    JobSchema,
    QueueReceiptsSchema,
    ReceiptSchema,
    ReceiptsSchema,
)
from traceability.web.jobs import views as jobs
from traceability.web.shell import current
from traceability.web.shell.errors import problem, status_of
from traceability.web.shell.security import from_our_page
from traceability.wire import is_queue, load_batch, load_queue, read_json
from traceability.wire.fields import Choice, Many, Text, Uuid
from traceability.wire.queue import QueueMessage

_STATUSES = {"created": 201, "duplicate": 200}


class RecordQuery(QuerySchema):
    """Whether warnings are to be confirmed first."""

    ask = Choice(("0", "1"))


class EventsQuery(PageSchema):
    """Whose events, of which kinds, of which days; ``until`` is exclusive. ``voided`` are told only where asked for."""

    site = Text()
    kind = Many(Choice(KINDS), len(KINDS))
    since = StartOfDay()
    until = StartOfDay()
    voided = Choice((YES,))
    order = Choice(("newest", "oldest"))


describe(
    Operation(
        "record", "POST", "/events", "events", "api.record", RECORD, RecordQuery(),
        {201: (ReceiptSchema(),), 200: (ReceiptSchema(), ReceiptsSchema(), QueueReceiptsSchema()), 202: (JobSchema(),)},
        refusals=(409, 413, 415, 422), takes_events=True,
    )
)  # fmt: skip
describe(
    Operation(
        "tell", "GET", "/jobs/<job_id>", "events", "api.tell", RECORD, QuerySchema(), {200: (JobSchema(),)},
        path={"job_id": Text()},
    )
)  # fmt: skip


@pages.get("/jobs/<job_id>")
def tell(job_id: str) -> ResponseReturnValue:
    """Answer how far long work has come, to who sent it. Raises BadQuery, NotFound."""
    read_query(QuerySchema(), request.args)
    return jsonify(jobs.tell(job_id))


@resource("/events", group="events", query=EventsQuery, answer=EventsSchema, example="/events?kind=melt")
def events(
    limit: int = USUAL_ROWS, after: str = "", site: str = "", kind: tuple[str, ...] = (),
    since: int | None = None, until: int | None = None, voided: str = "", order: str = "newest",
) -> Json:  # fmt: skip
    """Return the events of the sites in view, site by site, those of a site in book order or its reverse."""
    wanted = EventFilter(site, "", kind, since, until, live_only=voided != YES)
    found, onward = list_events_in_view(
        current.reader(), current.viewer(), wanted, after, limit, newest_first=order == "newest"
    )
    return {"events": [_tell_item(event) for event in found], "next": next_page(onward)}


@resource("/events/<uuid:event_id>", group="events", answer=EventRecordSchema, path={"event_id": Uuid()})
def event(event_id: UUID) -> Json:
    """Return an event: its draft in force, what it froze, its lots and postings, the terms of EPCIS."""
    dossier = find_event_dossier(current.reader(), current.viewer(), str(event_id))
    return _tell_item(dossier.event, named=dossier.is_named) | _tell_dossier(dossier)


def _tell_item(event: Event, *, named: bool = True) -> Json:
    draft = event.draft
    return {
        "seq": event.seq,
        "id": event.id,
        "kind": draft.kind,
        "site": draft.site if named else "",
        "event_time": iso_time(draft.time_ms, draft.offset_min),
        "record_time": iso_time(event.record_ms, draft.offset_min),
        "month": event.month,
        "live": event.live,
        "href": url_for("api.event", event_id=event.id),
    }


def _tell_dossier(dossier: EventDossier) -> Json:
    event, kind = dossier.event, KIND_BY_ID[dossier.event.draft.kind]
    named = dossier.is_named
    return {
        "draft": dump_draft_in_view(event, current.viewer()) if named else None,
        "frozen": _tell_frozen(event) if named else None,
        "epcis": {"type": kind.epcis_type, "action": kind.epcis_action, "biz_step": kind.biz_step},
        "revisions": event.revisions if named else (),
        "parts": [
            {
                "role": part.role,
                "lot": part.lot.id,
                "code": part.lot.code,
                "mass_g": part.mass_g,
                "metal_g": part.metal_g,
                "change_g": part.change_g,
            }
            for part in dossier.parts
        ],
        "postings": [
            {
                **{name: getattr(posting.row, name) for name in _OF_ROW},
                "region": code_of(posting.row.region),
                "book_month": posting.book_month,
                "amount": posting.grams,
            }
            for posting in dossier.postings
        ],
        "warnings": [
            {
                "code": one.warning.code,
                "path": one.warning.path,
                "figures": dict(one.warning.figures),
                "unconfirmed": one.unconfirmed,
            }
            for one in dossier.warnings
        ],
    }


_OF_ROW = ("account", "site", "metal", "month", "source_class", "origin")


def _tell_frozen(event: Event) -> Json:
    frozen = event.frozen
    return {
        **{name: getattr(frozen, name) for name in _OF_FROZEN},
        "region": code_of(frozen.region),
        "clock": _tell_clock(event),
        "masses_g": frozen.masses,
        "materials": [
            {
                "material": id_,
                "metal": material.metal,
                "family": material.family,
                "fraction_ppm": material.fraction_ppm,
                "waste_code": material.waste_code,
            }
            for id_, material in sorted(frozen.materials.items())
        ],
    }


def _tell_clock(event: Event) -> Json | None:
    """Return what the clock of the device said, where the time was corrected by what it was wrong."""
    times = find_device_time(event)
    if times is None:
        return None
    offset_min = event.draft.offset_min
    return {
        "device_time": iso_time(times.stated_ms, offset_min),
        "corrected_time": iso_time(times.corrected_ms, offset_min),
        "shift_ms": times.shift_ms,
    }


_OF_FROZEN = (
    "roles", "lots", "codes", "tare_g", "licence", "late", "clean", "to_other_firm", "month_digest", "missing_records",
)  # fmt: skip


# --- recording ----------------------------------------------------------------------------------------------------


@pages.post("/events")
def record() -> ResponseReturnValue:
    """Record one event, or each of a batch."""
    by_program = current.bearer_token() is not None
    if not by_program and not from_our_page(current.settings()):
        raise NotAllowed("http.foreign_origin")
    if not request.is_json:
        abort(415)
    asks = read_query(RecordQuery(), request.args).get("ask") == "1"
    body = read_json(request.get_data())
    if is_queue(body):
        assert isinstance(body, dict)
        return _record_queue(load_queue(body), asks=asks)
    drafts = load_batch(body)
    if not current.is_proved() and any(isinstance(one, Draft) and is_irrevocable(one) for one in drafts):
        raise NotAllowed("token.not_for_this" if by_program else "session.password_needed")
    deliverer = current.deliverer()
    asking = deliverer._replace(asks=asks)
    try:
        receipts = capture_batch(current.store(), drafts, asking, current.now_ms())
    except TooMuchWork:
        assert isinstance(body, dict), "the wire refuses every other message"
        return _answer_later(jobs.queue(body, deliverer))
    if isinstance(body, dict) and "events" in body:
        return jsonify({"results": [tell_receipt(receipt) for receipt in receipts]})
    return _answer_one(receipts[0])


def _record_queue(message: QueueMessage, *, asks: bool) -> ResponseReturnValue:
    """Record or hold the drafts of a queue. Raises NotAllowed where another person is signed in than filled it."""
    deliverer = current.deliverer()
    if message.person != deliverer.person:
        raise NotAllowed("queue.other_person", person=message.person)
    queue = Queue(message.drafts, message.sent_ms, current.is_proved())
    answer = capture_queue(current.store(), queue, deliverer._replace(asks=asks), current.now_ms())
    return jsonify(
        {
            "received_at": iso_time(answer.received_ms, SHANGHAI_OFFSET_MIN),
            "clock_shift_ms": answer.clock_shift_ms,
            "results": [tell_receipt(receipt) for receipt in answer.receipts],
        }
    )


def tell_receipt(receipt: Receipt) -> dict[str, Any]:
    """Return the receipt of one event as JSON."""
    body = encode_receipt(receipt)
    if receipt.error is not None:
        body["error"] = problem(receipt.error, current.reference())
    return body


def _answer_later(job: Job) -> Response:
    answer = jsonify(jobs.describe(job))
    answer.status_code = 202
    answer.headers["Location"] = url_for("api.tell", job_id=job.id)
    return answer


def _answer_one(receipt: Receipt) -> Response:
    if receipt.error is None:
        answer = jsonify(tell_receipt(receipt))
        answer.status_code = _STATUSES[receipt.status]
        return answer
    answer = jsonify(problem(receipt.error, current.reference()))
    answer.mimetype = "application/problem+json"
    answer.status_code = status_of(receipt.error)
    return answer

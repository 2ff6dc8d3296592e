"""Record events by machine: ``POST /api/v1/events`` takes one event or up to 200.

A program's token (``Authorization: Bearer``, scope ``record``) authorises, or the session of a signed-in person with a
matching Origin; a CSRF token is not asked for, because a queue that was filled offline has none. One event answers with its own status (201, 200,
409, 422); a list with 200 and a result for each, in order. A correction that is too much work for a
request becomes a job, with its whole message: 202, and ``Location`` is the job's address. Errors are
problem+json with a stable ``code`` and every reason under ``errors``.

A message that seals a month, or voids an event and all after it, is refused as a whole (403,
``session.password_needed``, of a token ``token.not_for_this``) unless the person typed their password in the last ten minutes.

With ``?ask=1`` an event with warnings that its ``confirmed`` does not list is not recorded but
answered with 422, code ``event.unconfirmed`` and the warnings; without it, it is recorded, and the
supervisor of the site sees what was not confirmed.
"""

from typing import Any

from flask import Blueprint, Response, abort, jsonify, request, url_for
from flask.typing import ResponseReturnValue

from traceability.domain.errors import NotAllowed, TooMuchWork
from traceability.domain.event import Draft, is_irrevocable
from traceability.services.recording.capture import Receipt, capture_batch
from traceability.services.recording.outcome import encode_receipt
from traceability.services.upkeep.jobs import Job
from traceability.web.jobs import views as jobs
from traceability.web.shell import current
from traceability.web.shell.errors import problem, status_of
from traceability.web.shell.security import csrf, from_our_page
from traceability.wire import load_batch, read_json

pages = Blueprint("api", __name__, url_prefix="/api/v1")
csrf.exempt(pages)

_STATUSES = {"created": 201, "duplicate": 200}


@pages.post("/events")
def record() -> ResponseReturnValue:
    """Record one event, or each of a batch."""
    by_program = current.bearer_token() is not None
    if not by_program and not from_our_page(current.settings()):
        raise NotAllowed("http.foreign_origin")
    if not request.is_json:
        abort(415)
    body = read_json(request.get_data())
    drafts = load_batch(body)
    if not current.is_proved() and any(isinstance(one, Draft) and is_irrevocable(one) for one in drafts):
        raise NotAllowed("token.not_for_this" if by_program else "session.password_needed")
    deliverer = current.deliverer()
    asking = deliverer._replace(asks=request.args.get("ask") == "1")
    try:
        receipts = capture_batch(current.store(), drafts, asking, current.now_ms())
    except TooMuchWork:
        assert isinstance(body, dict), "the wire refuses every other message"
        return _answer_later(jobs.queue(body, deliverer))
    if isinstance(body, dict) and "events" in body:
        return jsonify({"results": [describe(receipt) for receipt in receipts]})
    return _answer_one(receipts[0])


def describe(receipt: Receipt) -> dict[str, Any]:
    """Return the receipt of one event as JSON."""
    body = encode_receipt(receipt)
    if receipt.error is not None:
        body["error"] = problem(receipt.error)
    return body


def _answer_later(job: Job) -> Response:
    answer = jsonify(jobs.describe(job))
    answer.status_code = 202
    answer.headers["Location"] = url_for("jobs.tell", job_id=job.id)
    return answer


def _answer_one(receipt: Receipt) -> Response:
    if receipt.error is None:
        answer = jsonify(describe(receipt))
        answer.status_code = _STATUSES[receipt.status]
        return answer
    answer = jsonify(problem(receipt.error))
    answer.mimetype = "application/problem+json"
    answer.status_code = status_of(receipt.error)
    return answer

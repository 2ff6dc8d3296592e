"""Answer errors: one table of statuses for pages and API.

People get a page that says what happened and what to do; the API gets RFC 9457 problem+json with the
stable code, its figures and every reason. A form that could not be stored because the store is out
of reach keeps what was typed.
"""

import logging
from contextlib import suppress
from typing import Any

from flask import Flask, Response, current_app, g, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import BadHost, HTTPException, MethodNotAllowed

from traceability.domain.errors import (
    BadDraft,
    BadInput,
    BadQuery,
    EventConflict,
    EventRejected,
    NotAllowed,
    NotFound,
    StoreError,
    StoreUnsafe,
    TooMuchWork,
    TraceabilityError,
    WriteConflict,
)
from traceability.domain.material import Reference
from traceability.services.directory.photos import BYTES_PER_MB, NoRoomForPhotos
from traceability.services.directory.sign_in import TooManyAttempts
from traceability.services.upkeep.log_lines import write_plain_lines
from traceability.web.forms import photos
from traceability.web.shell import current, limits
from traceability.web.shell.security import PROOF_PASSWORD, from_our_page, session_person
from traceability.web.shell.words import say, t
from traceability.wire.errors import problem_body, problem_head

log = logging.getLogger(__name__)

STATUSES: tuple[tuple[type[TraceabilityError], int], ...] = (
    (BadQuery, 400),
    (BadDraft, 422),
    (NoRoomForPhotos, 507),
    (BadInput, 400),
    (EventRejected, 422),
    (EventConflict, 409),
    (WriteConflict, 409),
    (NotFound, 404),
    (NotAllowed, 403),
    (TooManyAttempts, 429),
    (TooMuchWork, 413),
    (StoreError, 503),
)
PAGES = (400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503, 507)
"""Statuses with words of their own, ``status.<n>``; any other is shown as 400 or 500."""

DESCRIPTION = "api.docs"  # the one page below /api/: people who are not signed in are asked to
RETRY_SECONDS = 5
MOST_READ_ON = 2 * limits.MOST_PHOTO_BYTES
NEVER_KEPT = frozenset(
    {"csrf_token", "password", "new-password", "new-password-again", "approval-password", PROOF_PASSWORD}
)


def status_of(error: TraceabilityError) -> int:
    """Return the HTTP status of an expected error."""
    if error.code in ("json.too_large", "json.too_many_values"):
        return 413
    return next(status for kind, status in STATUSES if isinstance(error, kind))


def is_api() -> bool:
    """Return whether the caller is a program."""
    by_address = request.path.startswith("/api/") and request.endpoint != DESCRIPTION
    return by_address or current.bearer_token() is not None


def problem(error: TraceabilityError, reference: Reference | None = None) -> dict[str, Any]:
    """Return an expected error as problem+json, in its words names for ids where reference data is at hand."""
    status = status_of(error)
    return problem_body(error, status, t(f"http.{status}"), lambda reason: say(reason, reference))


def answer(
    status: int, code: str, detail: str, body: dict[str, Any] | None = None, retry: int = 0
) -> Response:
    """Return an error as problem+json to a program, as a page to people."""
    shown = status if status in PAGES else 500 if status >= 500 else 400
    if is_api():
        response = jsonify(body or problem_head(shown, t(f"http.{shown}"), code, detail))
        response.mimetype = "application/problem+json"
    else:
        response = make_response(
            render_template("shell/error.html", status=shown, detail=detail, quiet=status >= 500)
        )
    response.status_code = status
    if retry:
        response.headers["Retry-After"] = str(retry)
    return response


def _expected(error: TraceabilityError) -> Response:
    current.drop_view()
    status = status_of(error)
    if error.code == "store.changed" and request.method == "GET" and not g.get("asked_again"):
        return _ask_again()
    if status == 503:
        log.warning("store: %s", error)
        if request.endpoint == "health.ready":
            unwell = jsonify({"status": "unavailable", "reason": error.code})
            unwell.status_code = status
            return unwell
        if request.method == "POST" and request.form and not is_api():
            return keep_form(say(error), 503, stored=isinstance(error, StoreUnsafe))
        return answer(status, error.code, say(error), problem(error), RETRY_SECONDS)
    retry = error.retry_seconds if isinstance(error, TooManyAttempts) else 0
    return answer(status, error.code, say(error), problem(error), retry)


def _ask_again() -> Response:
    """Make a page whose reads a writer overtook once more; the store then reads under the lock."""
    g.asked_again = True
    current.read_afresh()
    try:
        answer = current_app.make_response(current_app.dispatch_request())
        current.end_reading()
        return answer
    except TraceabilityError as error:
        return _expected(error)
    except HTTPException as error:
        return current_app.make_response(_http(error))


def keep_form(detail: str, status: int, *, stored: bool = False) -> Response:
    """Return a page that holds what was typed and a button that sends it again; needs no store.

    ``stored`` is whether it may be stored already. Photos that could not be kept are counted, and
    chosen again on the page.
    """
    typed = [(name, value) for name, value in request.form.items(multi=True) if name not in NEVER_KEPT]
    # Of whoever is signed in; the folder of photos needs no store.
    taken = photos.take_in() if status != 401 else photos.leave_out()
    kept = [(photos.KEPT, photos.seal(digest)) for digest in taken.kept]
    typed += [field for field in kept if field not in typed]
    page = render_template(
        "shell/try_again.html",
        status=status,
        detail=detail,
        stored=stored,
        typed=typed,
        refused=[say(fault) for fault in taken.faults],
        lost=taken.lost + len(taken.faults),
        quiet=True,
    )
    response = make_response(page, status)
    if status == 503:
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _http(error: HTTPException) -> Any:
    current.drop_view()
    if error.response is not None:
        return error.response
    if isinstance(error, BadHost):  # no page of ours has an address there
        return Response("Bad Host header\n", 400, mimetype="text/plain")
    status = error.code or 500
    if isinstance(error, CSRFError):
        if not from_our_page(current.settings()):
            g.forged = True  # for the audit log
        if request.form and from_our_page(current.settings()):
            if not session_person() and request.blueprint != "session":  # its token went with the session
                return keep_form(t("session.ended"), 401)
            return keep_form(t("http.csrf"), 400)
        return answer(400, "http.csrf", t("http.csrf"))
    shown = status if status in PAGES else 400
    if status == 413:
        return _too_large()
    said = answer(status, f"http.{shown}", t(f"http.{shown}.what"))
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        said.headers["Allow"] = ", ".join(sorted(error.valid_methods))  # RFC 9110 asks for it
    return said


def _too_large() -> Response:
    """Return what the limit is, and what to do; nothing more is taken from a stranger."""
    limit = limits.limit_of(request)
    if request.endpoint in limits.PHOTO_FORMS and not session_person():
        return answer(413, "http.413", t("session.ended"))  # what limit was met is no use to them
    if session_person():
        _read_on()
    if limits.takes_photos(request):
        return answer(413, "http.413", t("photo.together", most=limit.bytes // BYTES_PER_MB))
    words = "http.413.message" if is_api() else "http.413.form"
    return answer(413, "http.413", t(words, most=limit.bytes // 1000, fields=limit.fields))


def _read_on() -> None:
    """Read what a browser still sends: one that cannot finish shows a broken connection, no answer."""
    left = min(request.content_length or 0, MOST_READ_ON)
    with suppress(OSError):
        while left > 0 and (read := len(request.environ["wsgi.input"].read(min(left, 1 << 16)))):
            left -= read


def _unexpected(error: Exception) -> Response:
    current.drop_view()
    log.exception("unexpected error at %r %r", request.method, request.path)
    return answer(500, "http.500", t("http.500.what"))


def _end_reading(answer: Response) -> Response:
    """Verify the reads of an answer without a template, while it can still be made again."""
    try:
        current.end_reading()
    except StoreError as error:
        return _expected(error)
    return answer


def install(app: Flask) -> None:
    """Register the table; what is logged cannot be forged by what was sent."""
    write_plain_lines(logging.getLogger("traceability"))
    app.after_request(_end_reading)
    app.register_error_handler(TraceabilityError, _expected)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)

"""Note in the audit log what pages refuse, send as files, and show of others; written once the answer has gone.

Of people and programs it notes too what no form of ours sends: bodies too large, wrong types and methods, messages that are
refused, photos that they were never given. Of strangers it notes attempts that had to wait, forms without their token, tokens that are none and wrong codes of
devices; by address, since nobody knows who they are.
"""

from functools import partial

from flask import Flask, Response, g, request

from traceability.services.directory.audit import AuditAction, AuditEntry, AuditOutcome
from traceability.services.directory.sessions import SignedIn
from traceability.web.shell import current
from traceability.web.shell.errors import is_api

REFUSALS = (403, 404)
NO_FORM_OF_OURS = (405, 413, 415)
UNREADABLE = (400, 422)
"""Of programs, whose messages nobody types: a form that is refused is a slip, and stands in no log."""
SHOWN_BY_OFFICE = frozenset(
    {"lots.show", "lots.trace", "events.show", "people.show", "parties.list_all", "findings.one"}
)
"""Pages that show what is somebody else's to whoever sees it as an auditor, planner or administrator."""


def install(app: Flask) -> None:
    """Look at every answer."""

    @app.after_request
    def look(answer: Response) -> Response:
        found: SignedIn | None = g.get("signed_in")
        if request.endpoint not in (None, "static"):
            _note(found.person.id if found else "", answer)
        queue, store = current.wiring().audit, current.wiring().store
        if len(queue):
            answer.call_on_close(partial(queue.write, store))
        return answer


def _note(person_id: str, answer: Response) -> None:
    outcome = AuditOutcome.DONE
    if answer.status_code == 429:
        action, outcome = AuditAction.REFUSED, AuditOutcome.LIMITED
    elif "forged" in g or (answer.status_code in REFUSALS and person_id):
        action, outcome = AuditAction.REFUSED, AuditOutcome.REFUSED
    elif answer.status_code == 401 and current.bearer_token() is not None:
        action, outcome = AuditAction.REFUSED, AuditOutcome.WRONG
    elif answer.status_code == 422 and request.endpoint == "access.enrol":
        action, outcome = AuditAction.DEVICE_ENROL, AuditOutcome.WRONG
    elif not person_id:
        return
    elif answer.status_code in NO_FORM_OF_OURS or (answer.status_code in UNREADABLE and is_api()):
        action, outcome = AuditAction.REFUSED, AuditOutcome.WRONG
    elif answer.status_code == 200 and answer.headers.get("Content-Disposition", "").startswith("attachment"):
        action = AuditAction.EXPORT
    elif answer.status_code == 200 and request.endpoint in SHOWN_BY_OFFICE and _is_in_office():
        action = AuditAction.VIEW
    else:
        return
    query = f"?{request.query_string.decode('ascii', 'replace')}" if request.query_string else ""
    kind = str(request.endpoint)
    path = request.path if action is AuditAction.VIEW or not person_id else request.path + query
    entry = AuditEntry(person_id, current.now_ms(), action, kind, path, outcome, request.remote_addr or "")
    current.wiring().audit.add(entry)


def _is_in_office() -> bool:
    """Return whether the person sees by an office: an administrator's page, or the view of a planner or auditor."""
    return "viewer" not in g or g.viewer.is_watcher

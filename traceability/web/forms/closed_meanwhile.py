"""Tell who fills in the end of a ticket or heat that somebody else ended it meanwhile: the form could never be taken."""

from flask import redirect, request
from flask.typing import ResponseReturnValue

from traceability.services.recording.open_work import OpenWork, WorkState, find_work, refuse_ended
from traceability.web.shell import current
from traceability.web.shell.session import flash_refusal
from traceability.web.shell.words import say


def lead_to_closed(work: OpenWork, page: str) -> ResponseReturnValue | None:
    """Return the way to the ``page`` of work that is closed by now, whose form was sent and not taken; None for all else."""
    if request.method != "POST":
        return None
    current.read_afresh()  # it may have been closed in this very moment
    now = find_work(current.reader(), current.viewer(), work.id, work.kind)
    if now.state is not WorkState.CLOSED:
        return None
    flash_refusal(say(refuse_ended(now)))
    return redirect(page)

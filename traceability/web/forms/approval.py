"""Read the approval that a supervisor gives at a form, beside whoever is signed in (``components/approval.html``)."""

from typing import NamedTuple

from flask import request

from traceability.domain.errors import BadInput
from traceability.domain.event import Approval
from traceability.services.directory.sign_in import TooManyAttempts
from traceability.services.recording.approvals import ApprovalRequest, give_approval, list_supervisors
from traceability.web.shell import current
from traceability.web.shell.words import say

APPROVER, PASSWORD, REASON = ("approval-approver", "approval-password", "approval-reason")


class ReadApproval(NamedTuple):
    """An approval, or what is wrong by the names of the inputs; ``status`` is that of the page then."""

    approval: Approval | None
    faults: dict[str, str]
    status: int = 200
    retry_seconds: int = 0


def read_approval(site: str) -> ReadApproval:
    """Return the approval that was sent with the request for a break at a site. Raises StoreError."""
    typed = {name: request.form.get(name, "") for name in (APPROVER, PASSWORD, REASON)}
    asked = ApprovalRequest(site, current.signed_in().id, typed[APPROVER], typed[PASSWORD], typed[REASON])
    try:
        return ReadApproval(
            give_approval(current.store(), asked, current.whereabouts(), current.now_ms()), {}
        )
    except TooManyAttempts as error:
        return ReadApproval(None, {PASSWORD: say(error)}, 429, error.retry_seconds)
    except BadInput as error:
        return ReadApproval(None, {f"approval-{error.figures['field']}": say(error)}, 422)


def offer_supervisors(site: str, chosen: str = "") -> list[tuple[str, str]]:
    """Return who could approve at a site, as (account, name), with the one chosen already."""
    found = list_supervisors(current.reader(), site, current.now_ms(), current.signed_in().id)
    offered = [(one.id, f"{one.name} ({one.id})") for one in found]
    return offered if not chosen or any(id_ == chosen for id_, _ in offered) else [*offered, (chosen, chosen)]

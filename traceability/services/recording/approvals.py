"""Take a supervisor's approval where the break is, while the operator stays signed in: by the supervisor's own password.

Confirmable breaks (``rules.confirm``) stand in the way of an event until a supervisor of its site takes responsibility with a
reason. On a form the password comes with the event; of a heat, which is charged over hours, the approval is given when the
lot is scanned, kept with the heat, and stated by its event.
"""

from collections.abc import Sequence
from typing import NamedTuple

from graph.store import Reader, Store
from traceability.domain.errors import BadInput
from traceability.domain.event import Approval
from traceability.services.directory.people import Person, is_supervisor, list_people
from traceability.services.directory.sign_in import APPROVAL, AttemptPlace, sign_in
from traceability.wire.fields import NOTE_LIMIT

LONGEST_REASON = 500


class ApprovalRequest(NamedTuple):
    """What was typed for an approval at a site, and who is signed in there."""

    site: str
    person: str
    approver: str
    password: str
    reason: str


def list_supervisors(reader: Reader, site: str, now_ms: int, person: str = "") -> list[Person]:
    """Return who could approve at a site today, by name; ``person`` left out, for nobody approves their own."""
    found = [
        one
        for one in list_people(reader)
        if one.id != person and one.password and not one.disabled and is_supervisor(reader, one.id, site, now_ms)
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.name, one.id))


def give_approval(store: Store, asked: ApprovalRequest, place: AttemptPlace, now_ms: int) -> Approval:
    """Return the approval that a supervisor's password proves.

    Raises BadInput with the ``field`` that is wrong: approver, password or reason; TooManyAttempts.
    """
    reason = " ".join(asked.reason.split())
    if not asked.approver.strip():
        raise BadInput("approval.no_approver", field="approver")
    if not reason:
        raise BadInput("approval.no_reason", field="reason")
    if len(reason) > LONGEST_REASON:
        raise BadInput("approval.reason_long", field="reason", most=LONGEST_REASON)
    if not reason.isprintable():  # the event states it later, by no wire that would refuse it
        raise BadInput("approval.bad_reason", field="reason")
    outcome = sign_in(store, asked.approver, asked.password, place, now_ms, APPROVAL)
    if outcome.person is None:
        raise BadInput(outcome.fault, field="password")
    approver = outcome.person.id
    if approver == asked.person:
        raise BadInput("rule.approval_of_own", field="approver", approver=approver)
    with store.read() as reader:
        if not is_supervisor(reader, approver, asked.site, now_ms):
            raise BadInput("rule.approver_not_supervisor", field="approver")
    return Approval(approver, reason)


def join_approvals(approvals: Sequence[Approval]) -> Approval | None:
    """Return the one approval that an event states for several, None for none: by whoever approved last, with all reasons
    as far as a note holds them, and who gave them where that was somebody else."""
    if not approvals:
        return None
    last = approvals[-1].approver
    reasons = dict.fromkeys(
        one.reason if one.approver == last else f"{one.approver}: {one.reason}" for one in approvals
    )
    return Approval(last, "; ".join(reasons)[:NOTE_LIMIT])

"""What can be done with this lot now, by whoever has these roles? Offered steps are steps that would be accepted.

Read from the same tables as the rules: forms and rights from ``kinds``, custody
as in ``custody``. A step says that a draft of this kind naming the lot can be accepted, not that every draft will be.
"""

from collections.abc import Callable, Collection
from typing import NamedTuple

from traceability.domain.kinds import FORMS_IN, KINDS, PROCESSES, SUPERVISED
from traceability.domain.lot import DELIVERED, HELD, IN_TRANSIT, Lot
from traceability.domain.vocabulary import MIXED

WORKERS = frozenset({"operator", "supervisor"})
Roles = Callable[[str], Collection[str]]
"""The roles of a person at a site today."""


class NextStep(NamedTuple):
    """An event kind that is possible now, and the site that would record it."""

    kind: str
    site: str


def may_record(kind: str, roles: Collection[str]) -> bool:
    """Whether one of these roles at a site lets a person record this kind of event there (statistics apart)."""
    return bool(WORKERS.intersection(roles)) and (kind not in SUPERVISED or "supervisor" in roles)


def list_steps(lot: Lot, roles: Roles) -> list[NextStep]:
    """The kinds possible now for the lot, in the order of ``kinds``; of transformations as their only input."""
    if lot.void:
        return []
    found = (
        {NextStep(kind, lot.site) for kind in _held_steps(lot, roles(lot.site))}
        if lot.custody == HELD
        else set()
    )
    if lot.custody == IN_TRANSIT and lot.to:
        found.add(NextStep("receive", lot.to))
    if _returnable(lot):
        found.add(NextStep("return", lot.shipper))
    allowed = [step for step in found if may_record(step.kind, roles(step.site))]
    return sorted(allowed, key=lambda step: KINDS.index(step.kind))


def _held_steps(lot: Lot, roles: Collection[str]) -> set[str]:
    found = {"relabel", "inspect"}
    if not lot.remaining_g:
        return found
    found |= {"assay", "adjust"}
    if lot.form == "residue" or lot.quarantined:
        found.add("dispose")
    if lot.quarantined:
        return found
    return (
        found
        | {"ship"}
        | {kind for kind, forms in FORMS_IN.items() if lot.form in forms and _processable(lot, kind)}
    )


def _processable(lot: Lot, kind: str) -> bool:
    """Metal processes take one known base metal, which an additive alone does not give."""
    return kind not in PROCESSES or (lot.metal != MIXED and lot.form != "additive")


def _returnable(lot: Lot) -> bool:
    if not lot.shipment or lot.returned_g >= lot.shipped_g or not lot.remaining_g:
        return False
    return lot.custody in (IN_TRANSIT, DELIVERED) or (lot.custody == HELD and lot.site == lot.to)

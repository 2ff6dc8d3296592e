"""List what can be done with a lot now by whoever has these roles. Offered steps are steps that would be accepted.

They follow from the same tables as the rules: forms, rights and states from ``kinds``, custody as in ``custody``, what a
site may record from ``activities``. A step says that a draft of this kind naming the lot can be accepted, not that every
draft will be.
"""

from collections.abc import Callable, Collection
from typing import NamedTuple

from traceability.domain.activities import ANY_METAL
from traceability.domain.kinds import (
    ALWAYS,
    ARRIVING,
    AS_WASTE,
    EVENT_KINDS,
    NEVER,
    PROCESS,
    RELEASED,
    RETURNABLE,
    SUPERVISED,
    EventKind,
)
from traceability.domain.lot import DELIVERED, HELD, IN_TRANSIT, Lot
from traceability.domain.rights import WORKERS
from traceability.domain.vocabulary import MIXED

Roles = Callable[[str], Collection[str]]
"""The roles of a person at a site today."""
Allows = Callable[[str, str, str], bool]
"""Whether the kinds of a site today allow a kind of event there, with outputs of a metal."""


class NextStep(NamedTuple):
    """An event kind that is possible now, and the site that would record it."""

    kind: str
    site: str


def may_record(kind: str, roles: Collection[str]) -> bool:
    """Return whether one of these roles at a site lets a person record this kind of event there (statistics apart)."""
    return bool(WORKERS.intersection(roles)) and (kind not in SUPERVISED or "supervisor" in roles)


def list_steps(lot: Lot, roles: Roles, allows: Allows) -> list[NextStep]:
    """Return the kinds possible now for the lot, in the order of ``kinds``; of transformations as their only input."""
    if lot.void:
        return []
    sites = ((kind.id, _site_of_step(lot, kind)) for kind in EVENT_KINDS)
    metal = lot.metal or ANY_METAL
    return [
        NextStep(kind, site)
        for kind, site in sites
        if site and may_record(kind, roles(site)) and allows(site, kind, metal)
    ]


def _site_of_step(lot: Lot, kind: EventKind) -> str:
    """Return the site that could record this kind of event for the lot now; '' for none."""
    if kind.offered == ARRIVING:
        return lot.to if lot.custody == IN_TRANSIT else ""
    if kind.offered == RETURNABLE:
        return lot.shipper if _is_returnable(lot) else ""
    return lot.site if lot.custody == HELD and _is_possible(lot, kind) else ""


def _is_possible(lot: Lot, kind: EventKind) -> bool:
    """Return whether the site that holds the lot could do this with it."""
    if kind.offered == ALWAYS:
        return True
    if kind.offered == NEVER or not lot.remaining_g:
        return False
    if kind.offered == AS_WASTE:
        return lot.form == "residue" or lot.quarantined
    if kind.offered == RELEASED and lot.quarantined:
        return False
    return not kind.forms_in or (lot.form in kind.forms_in and _is_processable(lot, kind))


def _is_processable(lot: Lot, kind: EventKind) -> bool:
    """Return whether the metal fits: a process takes one known base metal, not an additive alone."""
    return kind.group != PROCESS or (lot.metal != MIXED and lot.form != "additive")


def _is_returnable(lot: Lot) -> bool:
    if not lot.shipment or lot.returned_g >= lot.shipped_g or not lot.remaining_g:
        return False
    return lot.custody in (IN_TRANSIT, DELIVERED) or (lot.custody == HELD and lot.site == lot.to)

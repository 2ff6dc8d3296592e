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
    KIND_BY_ID,
    NEVER,
    PROCESS,
    RELEASED,
    RETURNABLE,
    SUPERVISED,
    EventKind,
)
from traceability.domain.lot import HELD, IN_TRANSIT, Lot
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
    steps = ((kind.id, _list_sites(lot, kind, roles, allows)) for kind in EVENT_KINDS)
    return [NextStep(kind, sites[0]) for kind, sites in steps if sites]


def list_step_sites(lot: Lot, kind: str, roles: Roles, allows: Allows) -> list[str]:
    """Return the sites at which a person could record a kind of event for the lot now.

    Several where the lot came by shipments of several sites that each could take it back.
    """
    if lot.void:
        return []
    return _list_sites(lot, KIND_BY_ID[kind], roles, allows)


def _list_sites(lot: Lot, kind: EventKind, roles: Roles, allows: Allows) -> list[str]:
    metal = lot.metal or ANY_METAL
    return [
        site
        for site in _sites_of_step(lot, kind)
        if site and may_record(kind.id, roles(site)) and allows(site, kind.id, metal)
    ]


def _sites_of_step(lot: Lot, kind: EventKind) -> list[str]:
    """Return the sites that could record this kind of event for the lot now."""
    if kind.offered == ARRIVING:
        return [lot.to] if lot.custody == IN_TRANSIT else []
    if kind.offered == RETURNABLE:
        return list(dict.fromkeys(sent.shipper for sent in lot.list_returnable()))
    return [lot.site] if lot.custody == HELD and _is_possible(lot, kind) else []


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

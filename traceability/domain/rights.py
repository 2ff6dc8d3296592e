"""Decide what each person sees: one table, by how they stand to a site and by what is asked for.

Competing firms share one book. A person works for a firm, audits or plans for a part of the country,
or does none of this; the table says what of a site each of them may know. Pages, the programming
interface, files and messages ask ``Viewer``, and nothing else.
"""

from collections.abc import Iterable, Mapping
from enum import IntEnum, StrEnum
from typing import NamedTuple

from traceability.domain.access import ANYWHERE, Assignment, list_roles, speaks_for
from traceability.domain.lot import DELIVERED, DISPOSED, Lot
from traceability.domain.place import Gazetteer, Site, lies_in, province_of


class Relation(StrEnum):
    """How a person stands to a site."""

    OWN = "own"  # works for its firm; of an authority: declares its statistics
    AUDITED = "audited"
    PLANNED = "planned"  # plans for a part of the country that it lies in
    PUBLIC = "public"  # an authority: its statistics are for all
    OTHER = "other"  # all others; the nation's planner stands so to every site


class Thing(StrEnum):
    """What may be known of a site."""

    RECORD = "record"  # its events and lots, and the rows behind figures
    PARTY = "party"  # its suppliers, customers, carriers and receivers, with their papers
    PERSON = "person"  # who recorded, approved or examined
    PHOTO = "photo"


class Disclosure(IntEnum):
    """How much is told."""

    NOTHING = 0
    PROVINCE = 1  # of lots in the chain of lots in view: code, content and province, no firm
    FULL = 2


_N, _P, _F = Disclosure

SEES: Mapping[Relation, Mapping[Thing, Disclosure]] = {
    relation: dict(zip(Thing, told, strict=True))
    for relation, *told in (
        #                  record party person photo
        (Relation.OWN,     _F,    _F,   _F,    _F),
        (Relation.AUDITED, _F,    _F,   _F,    _F),
        (Relation.PLANNED, _F,    _N,   _N,    _N),
        (Relation.PUBLIC,  _F,    _N,   _N,    _F),
        (Relation.OTHER,   _P,    _N,   _N,    _N),
    )
}  # fmt: skip
"""The table of who sees what."""

WORKERS = frozenset({"operator", "supervisor"})
WATCHERS = {"auditor": Relation.AUDITED, "planner": Relation.PLANNED}


class Viewer(NamedTuple):
    """Whoever asks, and what they may see.

    ``works_at`` are the sites where the person records events; ``relations`` how they stand to sites,
    OTHER to those left out. ``is_firm`` is whether they see figures of regions as a competitor does:
    whoever plans for no region and audits none. ``watches`` are the scopes of regions that they plan for or
    audit; ``regions`` those whose sums they may open, for the nation's planner all (``*``).
    """

    works_at: tuple[str, ...]
    relations: Mapping[str, Relation]
    is_firm: bool = False
    watches: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()

    def tells(self, site: str, thing: Thing) -> bool:
        """Return whether the viewer may know a thing of a site in full."""
        return SEES[self.relations.get(site, Relation.OTHER)][thing] is Disclosure.FULL

    def shows_site(self, site: str) -> bool:
        """Return whether the events and lots of a site, and its rows behind figures, are shown."""
        return self.tells(site, Thing.RECORD)

    def shows_stay(self, site: str, region: str) -> bool:
        """Return whether figures of a site while it was in a region are told: the site is in view, or was then.

        A site that moved takes nothing of its past with it, so nor does it leave the reports of its past.
        """
        return self.shows_site(site) or any(
            scope == ANYWHERE or lies_in(region, scope.ljust(6, "0")) for scope in self.watches
        )

    @property
    def watched_sites(self) -> frozenset[str]:
        """Return the sites that they audit or plan for, be it one by one."""
        return frozenset(site for site, relation in self.relations.items() if relation in WATCHERS.values())

    @property
    def is_watcher(self) -> bool:
        """Return whether they audit or plan for a region or a site.

        Whoever watches single sites alone sees sums of regions as a firm does, so ``is_firm`` holds beside it.
        """
        return bool(self.regions or self.watched_sites)

    @property
    def sees(self) -> frozenset[str]:
        """Return the sites whose events, lots and rows are shown."""
        return frozenset(site for site in self.relations if self.shows_site(site))

    def shows_lot(self, lot: Lot) -> bool:
        """Return whether the holder and history of a lot are named: it is at, goes to or came from a
        site in view, whose firm traded with the holder."""
        return any(site and self.shows_site(site) for site in (lot.site, lot.to, lot.shipper))

    def see_lot(self, lot: Lot) -> Lot:
        """Return the lot as the viewer may know it.

        Of one out of view no site is left, only the province. A supplier is known to the firm that
        collected the lot, a customer to the one that delivered it.
        """
        hidden: dict[str, str] = {}
        if not self.shows_lot(lot):
            hidden = {
                "site": "",
                "region": province_of(lot.region) if lot.region else "",
                "shipper": "",
                "shipper_region": "",
                "to": "",
                "tapped_at": "",
                "tapped_region": "",
            }
        elif lot.to and lot.custody in (DELIVERED, DISPOSED) and not self.tells(lot.site, Thing.PARTY):
            hidden["to"] = ""
        if lot.supplier and not self.tells(find_collector(lot), Thing.PARTY):
            hidden["supplier"] = ""
        return lot.changed(**hidden) if hidden else lot


def find_collector(lot: Lot) -> str:
    """Return the site that knows the supplier of a lot: where it was before it was ever shipped."""
    shipments = lot.list_shipments()
    return shipments[0].shipper if shipments else lot.site


def find_viewer(assignments: Iterable[Assignment], gazetteer: Gazetteer, day: str) -> Viewer:
    """Return what a person's roles on a day let them see: auditors and planners their whole scope,
    workers every site of their firms."""
    held = [role for role in assignments if role.valid_from <= day <= role.valid_until]
    in_order = sorted(gazetteer.sites.values(), key=lambda site: site.id)
    month = day[:7]
    at_site = {site.id: _list_roles(held, site, gazetteer, month, day) for site in in_order}
    works_at = tuple(site.id for site in in_order if at_site[site.id] & WORKERS and not site.is_authority)
    firms = {site.firm for site in in_order if site.id in works_at}
    relations: dict[str, Relation] = {}
    for site in in_order:
        roles = at_site[site.id]
        if site.is_authority:
            own = speaks_for(held, gazetteer.region_at(site.id, month), day)
            relations[site.id] = Relation.OWN if own else Relation.PUBLIC
        elif site.firm in firms:
            relations[site.id] = Relation.OWN
        elif "auditor" in roles:
            relations[site.id] = Relation.AUDITED
        elif "planner" in roles:
            relations[site.id] = Relation.PLANNED
    watched = [role for role in held if role.role in WATCHERS]
    watches = {
        role.scope
        for role in watched
        if role.scope.isdigit() or (role.scope == ANYWHERE and role.role == "auditor")
    }
    regions = {role.scope for role in watched if role.scope == ANYWHERE or role.scope.isdigit()}
    return Viewer(works_at, relations, not regions, tuple(sorted(watches)), tuple(sorted(regions)))


def _list_roles(
    held: Iterable[Assignment], site: Site, gazetteer: Gazetteer, month: str, day: str
) -> set[str]:
    """Return a person's roles at a site; a planner of the whole country has sums, not sites."""
    local = [role for role in held if not (role.role == "planner" and role.scope == ANYWHERE)]
    return set(list_roles(local, site.id, gazetteer.region_at(site.id, month), day))

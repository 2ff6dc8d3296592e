"""Decide who may record and see what: dated roles of persons, and what the viewer of a page may see.

Everything of the sites in view is shown; of others a code and grams in traces only.
"""

from collections.abc import Iterable
from typing import NamedTuple

from traceability.domain.lot import Lot
from traceability.domain.place import Gazetteer, lies_in
from traceability.domain.vocabulary import NATION

ANYWHERE = "*"


class Assignment(NamedTuple):
    """A role at a site, in a region (digits of its code, such as 43) or anywhere, between two ISO days inclusive."""

    role: str
    scope: str
    valid_from: str = ""
    valid_until: str = "9999-12-31"

    def covers(self, site: str, region: str, day: str) -> bool:
        """Return whether the role holds on a day at a site, which is in that region (a region key) then."""
        if not self.valid_from <= day <= self.valid_until:
            return False
        if self.scope in (ANYWHERE, site):
            return True
        return self.scope.isdigit() and lies_in(region, self.scope.ljust(6, "0"))


def list_roles(assignments: Iterable[Assignment], site: str, region: str, day: str) -> tuple[str, ...]:
    """Return the roles that a person has at a site on a day, sorted."""
    return tuple(
        sorted({assignment.role for assignment in assignments if assignment.covers(site, region, day)})
    )


def scope_of(region: str) -> str:
    """Return the scope that is exactly a region: 43 of 430000, 4306 of 430600, anywhere of the nation."""
    return ANYWHERE if region == NATION else region.removesuffix("00").removesuffix("00")


def speaks_for(assignments: Iterable[Assignment], region: str, day: str) -> bool:
    """Return whether a person plans for exactly a region on a day: not for a part of it, nor for more."""
    return any(
        held.role == "planner"
        and held.scope == scope_of(region)
        and held.valid_from <= day <= held.valid_until
        for held in assignments
    )


WORKERS = frozenset({"operator", "supervisor"})
WATCHERS = frozenset({"planner", "auditor"})


class Viewer(NamedTuple):
    """Whoever asks, and what they may see.

    ``works_at`` are the sites where the person records events, ``sees`` those whose lots are shown
    with everything. ``watches`` are the scopes of regions that the person plans for or audits.
    """

    works_at: tuple[str, ...]
    sees: frozenset[str]
    watches: tuple[str, ...] = ()

    def shows_site(self, site: str) -> bool:
        """Return whether the site's events, people and suppliers are named."""
        return site in self.sees

    def shows_stay(self, site: str, region: str) -> bool:
        """Return whether figures of a site while it was in a region are told: the site is in view, or was then.

        A site that moved takes nothing of its past with it, so nor does it leave the reports of its past.
        """
        return self.shows_site(site) or any(
            scope == ANYWHERE or lies_in(region, scope.ljust(6, "0")) for scope in self.watches
        )

    def shows_lot(self, lot: Lot) -> bool:
        """Return whether the lot's holder, history and parties are named: it is at, goes to or came
        from a site in view."""
        return bool({lot.site, lot.to, lot.shipper} & self.sees)

    def see_lot(self, lot: Lot) -> Lot:
        """Return the lot as the viewer may know it: of one out of view no site and no party."""
        if self.shows_lot(lot):
            return lot
        return lot.changed(
            site="",
            region="",
            to="",
            shipper="",
            shipper_region="",
            supplier="",
            tapped_at="",
            tapped_region="",
        )


def find_viewer(assignments: Iterable[Assignment], gazetteer: Gazetteer, day: str) -> Viewer:
    """Return what a person's roles on a day let them see: watchers their whole scope, workers every
    site of their firms."""
    dated_roles = tuple(assignments)
    in_order = sorted(gazetteer.sites.values(), key=lambda site: site.id)
    roles = {
        site.id: set(list_roles(dated_roles, site.id, gazetteer.region_at(site.id, day[:7]), day))
        for site in in_order
    }
    works_at = tuple(site.id for site in in_order if roles[site.id] & WORKERS and not site.is_authority)
    firms = {site.firm for site in in_order if site.id in works_at}
    sees = {site.id for site in in_order if site.firm in firms or roles[site.id] & WATCHERS}
    watches = {
        held.scope
        for held in dated_roles
        if held.role in WATCHERS
        and held.valid_from <= day <= held.valid_until
        and (held.scope == ANYWHERE or held.scope.isdigit())
    }
    return Viewer(works_at, frozenset(sees), tuple(sorted(watches)))

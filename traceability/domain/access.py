"""Decide which roles a person has on a day: at a site, in a region or anywhere."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from traceability.domain.place import lies_in
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


def held_still(then: Collection[str], now: Collection[str]) -> tuple[str, ...]:
    """Return the roles of a day that a person still has; a supervisor may do what an operator may, on either day."""
    reach = {role: {role, "operator"} if role == "supervisor" else {role} for role in (*then, *now)}
    could = {role for held in then for role in reach[held]}
    can = {role for held in now for role in reach[held]}
    kept = could & can
    return tuple(sorted(kept - {"operator"} if "supervisor" in kept and "operator" not in then else kept))


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

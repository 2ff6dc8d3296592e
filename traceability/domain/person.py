"""Who may do what where, and since when: the dated roles of a person."""

from collections.abc import Iterable
from typing import NamedTuple

ANYWHERE = "*"


class Assignment(NamedTuple):
    """A role at a site, in a region (prefix of its code, such as 43) or anywhere, between two ISO days inclusive."""

    role: str
    scope: str
    valid_from: str = ""
    valid_until: str = "9999-12-31"

    def covers(self, site: str, region: str, day: str) -> bool:
        """Whether the role holds at that site on that day."""
        if not self.valid_from <= day <= self.valid_until:
            return False
        return self.scope in (ANYWHERE, site) or (self.scope.isdigit() and region.startswith(self.scope))


def roles_at(assignments: Iterable[Assignment], site: str, region: str, day: str) -> tuple[str, ...]:
    """The roles that a person has at a site on a day, sorted."""
    return tuple(sorted({held.role for held in assignments if held.covers(site, region, day)}))

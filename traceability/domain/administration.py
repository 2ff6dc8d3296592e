"""Decide whom an administrator manages, which roles they may give, and that one administrator is always left."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from traceability.domain.access import ANYWHERE, Assignment
from traceability.domain.place import lies_in

ADMIN = "admin"
NO_END = "9999-12-31"


class Administrator(NamedTuple):
    """The scopes of a person's roles as administrator on a day, and the regions of all sites then."""

    scopes: tuple[str, ...]
    regions: Mapping[str, str]
    day: str

    @property
    def is_any(self) -> bool:
        """Return whether the person administers anything."""
        return bool(self.scopes)

    @property
    def is_of_all(self) -> bool:
        """Return whether the person administers the whole system: its master data and audit log too."""
        return ANYWHERE in self.scopes

    def covers(self, scope: str) -> bool:
        """Return whether a scope lies within one that the person administers."""
        return any(self._contains(own, scope) for own in self.scopes)

    def _contains(self, own: str, scope: str) -> bool:
        if own in (ANYWHERE, scope):
            return True
        if not own.isdigit():
            return False
        region = scope.ljust(6, "0") if scope.isdigit() else self.regions.get(scope, "")
        return bool(region) and lies_in(region, own.ljust(6, "0"))

    def knows(self, roles: Iterable[Assignment]) -> bool:
        """Return whether a person with these roles is shown: one of them, ended or not, is of a scope of theirs."""
        held = tuple(roles)
        return self.is_of_all or any(self.covers(role.scope) for role in held)

    def manages(self, roles: Iterable[Assignment]) -> bool:
        """Return whether name, password and state of such an account are theirs to change.

        No role that has not ended may lie beyond their scopes: nobody becomes somebody mightier by a password.
        """
        held = tuple(roles)
        return self.knows(held) and all(
            self.covers(role.scope) for role in held if role.valid_until >= self.day
        )


def find_administrator(
    assignments: Iterable[Assignment], regions: Mapping[str, str], day: str
) -> Administrator:
    """Return what a person administers on a day; nothing where they are no administrator then."""
    return Administrator(list_administered(assignments, day), regions, day)


def list_administered(assignments: Iterable[Assignment], day: str) -> tuple[str, ...]:
    """Return the scopes that a person administers on a day, sorted."""
    return tuple(sorted({held.scope for held in assignments if held.role == ADMIN and _holds(held, day)}))


def list_forbidden_roles(
    administrator: Administrator, before: Iterable[Assignment], after: Iterable[Assignment]
) -> list[Assignment]:
    """Return the roles that a change gives, takes or redates although they lie beyond the administrator's scopes."""
    return sorted(role for role in set(before) ^ set(after) if not administrator.covers(role.scope))


def leaves_no_administrator(
    before: Iterable[tuple[Assignment, ...]], after: Iterable[tuple[Assignment, ...]], day: str
) -> str:
    """Return the first day from which a change leaves nobody who administers the whole system, '' for none.

    Both are the roles of everybody who can sign in. A day that nobody covered before is not held against the change.
    """
    had, has = _of_all(before), _of_all(after)
    ends = {held.valid_until for held in (*had, *has) if held.valid_until < NO_END}
    days = {day, *(following for end in ends if (following := _next_day(end)) > day)}
    days |= {held.valid_from for held in has if held.valid_from > day}
    for one in sorted(days):
        if not any(_holds(held, one) for held in has) and any(_holds(held, one) for held in had):
            return one
    return ""


def _of_all(people: Iterable[tuple[Assignment, ...]]) -> list[Assignment]:
    return [held for roles in people for held in roles if held.role == ADMIN and held.scope == ANYWHERE]


def _holds(held: Assignment, day: str) -> bool:
    return held.valid_from <= day <= held.valid_until


def _next_day(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()

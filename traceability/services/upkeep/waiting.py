"""Gather what waits for an administrator: accounts, roles and licences that end, devices that are silent, clock and book."""

from typing import NamedTuple

from graph.store import Reader
from traceability.domain.access import Assignment
from traceability.domain.administration import Administrator
from traceability.domain.calendar import DAY_MS, day_of
from traceability.domain.place import Licence
from traceability.services.directory.accounts import ACTIVE, DISABLED, ManagedAccount, list_accounts
from traceability.services.directory.devices import YardDevice, list_devices
from traceability.services.directory.reference import reference_in
from traceability.services.recording.clock import ClockState, read_clock
from traceability.services.upkeep.jobs import DONE, Job, list_jobs

SOON_DAYS = 30
SILENT_DAYS = 7
MOST = 20  # of each kind; the lists behind them hold all


class EndingRole(NamedTuple):
    """A role that ends soon."""

    account: ManagedAccount
    role: Assignment


class EndingLicence(NamedTuple):
    """A licence of a site that ends soon, or ended and was not followed by another."""

    site: str
    licence: Licence


class Waiting(NamedTuple):
    """What waits; for an administrator of a scope only what concerns its people.

    A disabled account waits for nothing: that is how an account is put away.
    """

    accounts: list[ManagedAccount]
    roles: list[EndingRole]
    licences: list[EndingLicence]
    devices: list[YardDevice]  # that nobody has used for a week
    clock: ClockState | None
    check: Job | None


def list_waiting(reader: Reader, administrator: Administrator, now_ms: int) -> Waiting:
    """Return what waits for an administrator."""
    until = day_of(now_ms + SOON_DAYS * DAY_MS)
    accounts = list_accounts(reader, administrator)
    shut = [one for one in accounts if one.state not in (ACTIVE, DISABLED)]
    roles = [
        EndingRole(one, held)
        for one in accounts
        if one.state == ACTIVE
        for held in one.roles
        if administrator.day <= held.valid_until <= until
    ]
    roles.sort(key=lambda one: (one.role.valid_until, one.account.person.id))
    if not administrator.is_of_all:
        return Waiting(shut[:MOST], roles[:MOST], [], [], None, None)
    checks = [job for job in list_jobs(reader, DONE) if job.task == "check"]
    return Waiting(
        shut[:MOST],
        roles[:MOST],
        _list_licences(reader, until)[:MOST],
        _list_silent(reader, now_ms)[:MOST],
        read_clock(reader, now_ms),
        checks[0] if checks else None,
    )


def _list_licences(reader: Reader, until: str) -> list[EndingLicence]:
    """Return the licences that end by a day and that no later one of the site follows for the same wastes."""
    ending = []
    for site in reference_in(reader).sites.values():
        for licence in site.licences:
            followed = any(
                other.valid_until > licence.valid_until and set(licence.waste_codes) <= set(other.waste_codes)
                for other in site.licences
            )
            if licence.valid_until <= until and not followed:
                ending.append(EndingLicence(site.id, licence))
    return sorted(ending, key=lambda one: (one.licence.valid_until, one.site))


def _list_silent(reader: Reader, now_ms: int) -> list[YardDevice]:
    """Return the enrolled devices that nobody has used for a week, the longest silent first."""
    silent = [one for one in list_devices(reader, now_ms) if one.used_ms < now_ms - SILENT_DAYS * DAY_MS]
    return sorted(silent, key=lambda one: one.used_ms)

"""Correct the times of a queue whose device had the wrong time.

A queue says when it was sent by the device's own clock. What that differs from the time of receipt beyond a slow network
is how wrong the clock is, and was when the events happened: they are recorded by the corrected time, and keep by how much.
"""

from typing import NamedTuple

from traceability.domain.calendar import DAY_MS
from traceability.domain.event import DATE, MINUTE, MINUTE_MS, Draft, Event, Heat

TOLERATED_MS = 2 * 60 * 1000  # what a slow network and a clock in order may differ by
HOUR_MS = 3600 * 1000
_UNITS_MS = {MINUTE: MINUTE_MS, DATE: DAY_MS}


def find_clock_shift(sent_ms: int, received_ms: int) -> int:
    """Return what is to be added to the times of a queue, in ms: 0 where the device's clock is right."""
    shift_ms = received_ms - sent_ms
    return shift_ms if abs(shift_ms) > TOLERATED_MS else 0


def shift_as_stated(draft: Draft, shift_ms: int) -> int:
    """Return a shift as far as the draft's time says anything of it: in whole minutes or days of what is stated so."""
    unit_ms = _UNITS_MS.get(draft.precision, 1)
    return (2 * shift_ms + unit_ms) // (2 * unit_ms) * unit_ms


def shift_times(draft: Draft, shift_ms: int) -> Draft:
    """Return the draft with its own times corrected.

    Events that a correction states again keep theirs: they were told by the server, not by the device.
    """
    if not shift_ms:
        return draft
    detail = draft.detail
    if isinstance(detail, Heat) and detail.started_ms is not None:
        detail = detail._replace(started_ms=detail.started_ms + shift_ms)
    return draft._replace(time_ms=draft.time_ms + shift_ms, detail=detail)


class DeviceTime(NamedTuple):
    """The time of an event by the clock of the device, and as it was corrected, in ms UTC."""

    stated_ms: int
    corrected_ms: int

    @property
    def shift_ms(self) -> int:
        """Return what was added: above 0 where the clock was behind."""
        return self.corrected_ms - self.stated_ms

    @property
    def gap(self) -> tuple[int, str]:
        """Return by how much the clock was wrong, as (number, unit): minutes, from two hours on hours, from two days on days."""
        for unit, unit_ms, least in (("days", DAY_MS, 2), ("hours", HOUR_MS, 2), ("minutes", MINUTE_MS, 0)):
            number = (2 * abs(self.shift_ms) + unit_ms) // (2 * unit_ms)
            if number >= least:
                return number, unit
        raise AssertionError("minutes are always enough")


def find_device_time(event: Event) -> DeviceTime | None:
    """Return the time of an event by the clock of its device, and the one first recorded instead.

    None where the clock was right, or nobody asked.
    """
    first = event.first or event.frozen
    if not first.clock_shift_ms:
        return None
    return DeviceTime(first.stated_ms, first.stated_ms + first.clock_shift_ms)

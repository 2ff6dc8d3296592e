"""Correct the times of a queue whose device had the wrong time.

A queue says when it was sent by the device's own clock. What that differs from the time of receipt beyond a slow network
is how wrong the clock is, and was when the events happened: they are recorded by the corrected time, and keep by how much.
"""

from traceability.domain.calendar import DAY_MS
from traceability.domain.event import DATE, MINUTE, MINUTE_MS, Draft, Event, Heat

TOLERATED_MS = 2 * 60 * 1000  # what a slow network and a clock in order may differ by
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


def find_device_time(event: Event) -> tuple[int, int] | None:
    """Return (what the device's clock said, what was recorded instead) of an event as it was first recorded, in ms UTC.

    None where the clock was right, or nobody asked.
    """
    first = event.first or event.frozen
    if not first.clock_shift_ms:
        return None
    return first.stated_ms, first.stated_ms + first.clock_shift_ms

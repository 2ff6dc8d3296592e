"""List what was recorded in the order of recording: events, corrections, seals, declarations, with what is to be said of each.

Pages go by record number, newest first. Rows are read off the primary key in both engines, and told apart before an event is
decoded; at most MOST_READ are looked at for one page, so a search for what is rare goes on from page to page.
"""

from enum import StrEnum
from typing import NamedTuple

from graph.records import EventRow, decode_event
from graph.store import Reader
from traceability.domain.calendar import month_of
from traceability.domain.event import Event
from traceability.domain.rights import Thing, Viewer
from traceability.services.directory.names import Names, find_names

AT_ONCE = 500  # rows a reading
MOST_READ = 5_000


class JournalPart(StrEnum):
    """Which entries of the journal are asked for."""

    ALL = "all"
    CORRECTIONS = "corrections"
    SEALS = "seals"
    DECLARATIONS = "declarations"
    LATE = "late"
    CORRECTED = "corrected"
    UNCONFIRMED = "unconfirmed"


_KINDS = {
    JournalPart.CORRECTIONS: "correct",
    JournalPart.SEALS: "seal",
    JournalPart.DECLARATIONS: "declare",
}


class JournalFilter(NamedTuple):
    """Conditions on entries, '' or None for none; ``region`` is a prefix, times are in ms, their end exclusive."""

    part: JournalPart = JournalPart.ALL
    kind: str = ""
    site: str = ""
    region: str = ""
    person: str = ""
    from_ms: int | None = None
    until_ms: int | None = None
    recorded_from_ms: int | None = None
    recorded_until_ms: int | None = None


class JournalEntry(NamedTuple):
    """An event with what is to be said of it. ``is_late``: it happened in a month before that of its recording."""

    event: Event
    is_late: bool
    is_corrected: bool
    is_unconfirmed: bool


class Journal(NamedTuple):
    """A page of entries, newest first; ``after`` is the record number to go on from, 0 at the end.

    ``read_back_to`` is the oldest record number that was looked at, 0 where there was nothing.
    """

    entries: list[JournalEntry]
    names: Names
    after: int
    read_back_to: int


def list_journal(
    reader: Reader, viewer: Viewer, wanted: JournalFilter, after: int = 0, limit: int = 100
) -> Journal:
    """Return a page of the entries of sites in view before a record number, from the newest on where it is 0."""
    upto = after - 1 if after else reader.find_head().seq
    if wanted.recorded_until_ms is not None:
        upto = min(upto, find_seq_before(reader, wanted.recorded_until_ms))
    lowest = 0
    if wanted.recorded_from_ms is not None:
        lowest = find_seq_before(reader, wanted.recorded_from_ms)
    stop = max(lowest, upto - MOST_READ)
    found: list[EventRow] = []
    while upto > stop and len(found) < limit:
        start = max(stop, upto - AT_ONCE)
        for row in reversed(reader.scan_events(start, AT_ONCE, upto)):
            upto = row.seq - 1
            if _matches(row, wanted) and _is_in_view(row, wanted, viewer):
                found.append(row)
                if len(found) == limit:
                    break
        else:
            upto = start
    entries = [_enter(row) for row in found]
    names = find_names(reader, viewer, [entry.event for entry in entries], ())
    return Journal(entries, names, upto + 1 if upto > lowest else 0, upto + 1 if upto >= 0 else 0)


def find_seq_before(reader: Reader, time_ms: int) -> int:
    """Return the number of the last event recorded before a time: record times never decrease."""
    low, high = 0, reader.find_head().seq
    while low < high:
        middle = (low + high + 1) // 2
        rows = reader.scan_events(middle - 1, 1, middle)
        if rows and rows[0].record_ms < time_ms:
            low = middle
        else:
            high = middle - 1
    return low


def _is_in_view(row: EventRow, wanted: JournalFilter, viewer: Viewer) -> bool:
    """Return whether a row may be listed; asked for by person only where the people of its site may be known."""
    if wanted.person and not viewer.tells(row.site, Thing.PERSON):
        return False
    return viewer.shows_stay(row.site, row.region)


def _matches(row: EventRow, wanted: JournalFilter) -> bool:
    return (
        wanted.kind in ("", row.kind)
        and wanted.site in ("", row.site)
        and wanted.person in ("", row.actor)
        and row.region.startswith(wanted.region)
        and (wanted.from_ms is None or row.time_ms >= wanted.from_ms)
        and (wanted.until_ms is None or row.time_ms < wanted.until_ms)
        and _belongs(row, wanted.part)
    )


def _belongs(row: EventRow, part: JournalPart) -> bool:
    if part in _KINDS:
        return row.kind == _KINDS[part]
    if part is JournalPart.LATE:
        return _is_late(row)
    if part is JournalPart.CORRECTED:
        return row.revisions != "[]"
    return part is not JournalPart.UNCONFIRMED or row.unconfirmed is not None


def _is_late(row: EventRow) -> bool:
    return row.month < month_of(row.record_ms)


def _enter(row: EventRow) -> JournalEntry:
    return JournalEntry(decode_event(row), _is_late(row), row.revisions != "[]", row.unconfirmed is not None)

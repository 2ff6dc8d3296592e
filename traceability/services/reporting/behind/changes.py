"""Tell what changed a figure since a record: the events that booked or declared something about it, with what each added."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from graph.paging import read_all
from graph.store import Reader
from traceability.domain.event import Event
from traceability.domain.indicators import INDICATORS
from traceability.domain.posting import Posting
from traceability.domain.rights import Viewer
from traceability.services.reporting.behind.drill_down import (
    FigureAddress,
    adds_to_terms,
    find_addressed,
    open_book,
)
from traceability.services.reporting.behind.past_book import PastRecord, find_past_record
from traceability.services.reporting.declared.declarations import is_declared_to
from traceability.services.reporting.figures.postings import FigureInputs
from traceability.services.reporting.figures.report import Figure
from traceability.services.reporting.scope import find_whereabouts

CHUNK = 5_000
MOST_CAUSES = 50  # events that are listed


class BookedCause(NamedTuple):
    """What an event booked about a figure, in the unit of its columns; None where it is no sum of postings."""

    event: Event
    numerator: int
    denominator: int | None


class FigureChange(NamedTuple):
    """A figure at a record and now, and what made the difference.

    ``causes`` are events in view that booked something since, newest first, ``more`` how many there are besides, with the
    sum of what those booked. ``declared`` are statistics and records that were declared or corrected since.
    """

    record: PastRecord
    last_seq: int
    then: Figure
    now: Figure
    causes: tuple[BookedCause, ...]
    more: int
    rest: tuple[int, int | None]
    declared: tuple[Event, ...]


def find_change(
    reader: Reader, viewer: Viewer, address: FigureAddress, then: Figure, now_ms: int
) -> FigureChange:
    """Return what changed a figure since the record that its address names. Raises BadInput, NotFound, NotAllowed."""
    newest, newest_ms = open_book(reader, viewer, replace(address, at=0), now_ms)
    now = find_addressed(newest, viewer, replace(address, at=0), newest_ms).figure
    sums = _sum_causes(reader, now, address.at)
    events = reader.find_events_by_seq(sums) if sums else {}
    in_view = [
        seq
        for seq in sorted(sums, reverse=True)
        if viewer.shows_stay(events[seq].draft.site, events[seq].frozen.region)
    ][:MOST_CAUSES]
    hidden = [amounts for seq, amounts in sums.items() if seq not in set(in_view)]
    return FigureChange(
        find_past_record(reader, address.at), reader.find_head().seq, then, now,
        tuple(BookedCause(events[seq], *_write(now, sums[seq])) for seq in in_view),
        len(hidden),
        _write(now, (sum(above for above, _ in hidden), sum(below for _, below in hidden))),
        tuple(list_declared(reader, viewer, (then, now), address.at)),
    )  # fmt: skip


def _write(figure: Figure, amounts: tuple[int, int]) -> tuple[int, int | None]:
    indicator = INDICATORS.get(figure.indicator)
    return amounts[0], amounts[1] if indicator is not None and indicator.denominator is not None else None


def _sum_causes(reader: Reader, figure: Figure, seq: int) -> dict[int, tuple[int, int]]:
    """Return by seq what the events after a record booked above and below the line."""
    indicator = INDICATORS.get(figure.indicator)
    if indicator is None:
        return {}
    sums: dict[int, tuple[int, int]] = {}
    for posting in _list_later(reader, replace(figure.inputs, seq=0), seq):
        above, below = sums.get(posting.cause, (0, 0))
        sums[posting.cause] = (
            above + adds_to_terms(indicator.numerator, posting),
            below + adds_to_terms(indicator.denominator, posting),
        )
    return {cause: amounts for cause, amounts in sums.items() if any(amounts)}


def _list_later(reader: Reader, inputs: FigureInputs, seq: int) -> Iterator[Posting]:
    whereabouts = find_whereabouts(reader)
    for place, wanted in inputs.filters(whereabouts):
        for posting, _ in read_all(partial(reader.list_postings, wanted, limit=CHUNK)):
            if posting.cause > seq and inputs.holds(whereabouts, place, posting):
                yield posting


def list_declared(reader: Reader, viewer: Viewer, figures: Iterable[Figure], seq: int) -> Iterator[Event]:
    """Yield the declarations behind figures that the viewer may read and that were recorded or corrected since."""
    ids = dict.fromkeys(id_ for figure in figures for id_ in figure.inputs.events)
    for event in reader.find_events(ids).values() if ids else ():
        if max(event.seq, event.version) > seq and is_declared_to(viewer, event):
            yield event

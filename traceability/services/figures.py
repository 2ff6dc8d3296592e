"""What is behind one figure: the figure itself, what each posting adds to it, and the declarations that it rests on.

An address names a figure as a page's link does. Opening it reads the report of its place once and a page of postings.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from graph.store import EventFilter, Store
from traceability.domain.event import Event
from traceability.domain.indicators import INDICATORS, Footprint, Terms, factors_in_force, screening_footprint
from traceability.domain.period import Period, add_months, parse_period
from traceability.domain.place import province_of
from traceability.domain.posting import Posting, parts_of
from traceability.services.postings import CSV_HEADER, Line, csv_rows, drill_down
from traceability.services.reference import factor_sets_in
from traceability.services.reports import (
    STATISTIC,
    Figure,
    Level,
    ProductContent,
    ReportRow,
    View,
    find_figure,
    list_product_content,
    report_for,
)

PAGE = 50
MOST_YEARS = 10
_NAMED = ("event", "seq", "cause", "event_time", "site", "other_site")  # what would tell who it was


@dataclass(frozen=True, slots=True)
class Address:
    """Which figure: place, indicator, period and view; ``metals`` were chosen for the whole report.

    ``metal`` is one metal's own line, ``spoken`` the metals that a target speaks of.
    """

    level: Level
    code: str
    indicator: str
    period: Period
    metals: tuple[str, ...] = ()
    view: View = "book"
    metal: str = ""
    spoken: tuple[str, ...] = ()


class Contribution(NamedTuple):
    """A posting and what it adds to the figure's numerator and denominator, in their columns' unit."""

    line: Line
    numerator: int
    denominator: int


@dataclass(frozen=True, slots=True)
class OpenFigure:
    """A figure with a page of what is behind it; ``after`` continues. ``whole`` is what the book says now.

    ``seq`` is the book that the postings are of: a page further on stays in the book of the first one.
    ``has_denominator`` is False where the denominator is no sum of postings.
    """

    figure: Figure
    place: ReportRow
    recorded_ms: int
    whole_seq: int
    seq: int
    lines: tuple[Contribution, ...]
    after: str
    declarations: tuple[Event, ...]
    has_denominator: bool


def find_open_figure(store: Store, address: Address, now_ms: int) -> tuple[Figure, ReportRow, int, int]:
    """(figure, its place's row, the book's seq, when that was recorded). Raises BadInput, NotFound."""
    report = report_for(
        store, address.level, address.code, address.period, address.metals, address.view,
        evidence=address.indicator == "evidence", now_ms=now_ms,
    )  # fmt: skip
    figure = find_figure(report, address.code, address.indicator, address.metal, address.spoken)
    return figure, report.total, report.seq, report.recorded_ms


def open_figure(
    store: Store, address: Address, now_ms: int, after: str = "", seq: int = 0, limit: int = PAGE
) -> OpenFigure:
    """A figure and a page of its postings. Raises BadInput, NotFound."""
    figure, place, whole_seq, recorded_ms = find_open_figure(store, address, now_ms)
    kept = min(seq or whole_seq, whole_seq)
    page = drill_down(store, replace(figure.source, seq=kept), after, limit)
    indicator = INDICATORS.get(figure.indicator)
    numerator = indicator.numerator if indicator else None
    denominator = indicator.denominator if indicator and figure.basis != STATISTIC else None
    lines = tuple(
        Contribution(line, _adds(numerator, line.posting), _adds(denominator, line.posting))
        for line in page.lines
    )
    return OpenFigure(
        figure,
        place,
        recorded_ms,
        whole_seq,
        kept,
        lines,
        page.after,
        page.declarations,
        denominator is not None,
    )


def _adds(terms: Terms | None, posting: Posting) -> int:
    columns = (posting.row.account, *parts_of(posting.row))
    return terms.of(dict.fromkeys(columns, posting.grams)) if terms else 0


def figure_rows(
    store: Store, address: Address, now_ms: int, sees: Collection[str]
) -> Iterator[tuple[str, ...]]:
    """Header and every posting behind a figure, streamed; of sites that are not seen only province and amount.

    Raises BadInput, NotFound at once, not while streaming.
    """
    source = find_open_figure(store, address, now_ms)[0].source
    return (_hide(row, sees) for row in csv_rows(store, source))


def _hide(row: tuple[str, ...], sees: Collection[str]) -> tuple[str, ...]:
    if row == CSV_HEADER or row[CSV_HEADER.index("site")] in sees:
        return row
    cells = dict(zip(CSV_HEADER, row, strict=True)) | dict.fromkeys(_NAMED, "")
    return tuple((cells | {"region": province_of(cells["region"])}).values())


def list_periods(store: Store) -> list[tuple[str, list[Period]]]:
    """(year, its months so far, quarters and itself), newest first: what there are events for, at most ten years."""
    with store.read() as reader:
        newest, _ = reader.list_events(EventFilter(), limit=1, newest_first=True)
        oldest, _ = reader.list_events(EventFilter(), limit=1)
    if not newest:
        return []
    last, first = newest[0].month, max(oldest[0].month, f"{int(newest[0].month[:4]) - MOST_YEARS + 1}-01")
    found: dict[str, list[Period]] = {}
    month = last
    while month >= first:
        listed = found.setdefault(month[:4], [parse_period(month[:4])])
        quarter = parse_period(f"{month[:4]}-Q{(int(month[5:]) + 2) // 3}")
        if quarter not in listed:
            listed.append(quarter)
        listed.append(Period(month, month))
        month = add_months(month, -1)
    return list(found.items())


class Product(NamedTuple):
    """What a site made of an alloy, with its screening footprint by the factors in force when the period ends."""

    made: ProductContent
    footprint: Footprint | None


def list_products(store: Store, level: Level, code: str, period: Period) -> list[Product]:
    """Recycled content and footprint of what was made in a period, per site and alloy."""
    made = list_product_content(store, level, code, period)
    with store.read() as reader:
        factors = factors_in_force(factor_sets_in(reader), period.last + "-31")
    return [Product(one, screening_footprint(one.content, one.metal, factors)) for one in made]

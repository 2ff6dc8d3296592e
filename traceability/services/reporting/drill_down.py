"""Open one figure: its postings, declarations, residues and months of evidence.

An address names a figure as a page's link does. Opening it reads the report of its place once and a
page of postings.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import NamedTuple

from graph.store import Reader, Store
from traceability.domain.access import Viewer
from traceability.domain.authority import find_statistic
from traceability.domain.event import Event
from traceability.domain.indicators import INDICATORS, Terms, accounts_of
from traceability.domain.period import Period
from traceability.domain.posting import Posting, parts_of
from traceability.services.reporting.declarations import declared_table
from traceability.services.reporting.evidence import EvidenceMonth
from traceability.services.reporting.gaps import SplitGap, gap_table, split_gap
from traceability.services.reporting.materials import (
    RESIDUE_ACCOUNTS,
    Residue,
    residue_table,
    sum_residues,
)
from traceability.services.reporting.postings import PostingDetail, drill_down, posting_table
from traceability.services.reporting.replaced import ReplacedStatistic, list_replaced
from traceability.services.reporting.report import Figure, ReportRow, find_figure, report_for
from traceability.services.reporting.scope import Level, MonthView
from traceability.services.reporting.sources import Opened, needs_evidence, source_of
from traceability.services.reporting.table import Table

PAGE = 50


@dataclass(frozen=True, slots=True)
class FigureAddress:
    """Which figure: place, indicator, period and view; ``metals`` were chosen for the whole report.

    ``metal`` is one metal's own line, ``spoken`` the metals that a target speaks of.
    """

    level: Level
    code: str
    indicator: str
    period: Period
    metals: tuple[str, ...] = ()
    view: MonthView = "book"
    metal: str = ""
    spoken: tuple[str, ...] = ()


class Contribution(NamedTuple):
    """A posting and what it adds to the figure's numerator and denominator.

    Both are in the unit of the columns. ``is_named`` is whether the viewer sees the site, or what it
    did in the region where it was then.
    """

    line: PostingDetail
    numerator: int
    denominator: int
    is_named: bool


class DeclarationBehind(NamedTuple):
    """A declaration that a figure rests on; ``is_named`` as of a Contribution."""

    event: Event
    is_named: bool


class MonthBehind(NamedTuple):
    """A month of evidence behind a figure; ``is_named`` as of a Contribution."""

    month: EvidenceMonth
    is_named: bool


@dataclass(frozen=True, slots=True)
class OpenFigure:
    """A figure with a page of what is behind it; ``after`` continues.

    ``whole_seq`` is the book now. ``seq`` is the book that the postings are of: a page further on
    stays in the book of the first one. ``has_denominator`` is False where the denominator is no sum
    of postings. ``missing`` is the gap to the target by metal and site, ``replaced`` what the statistics behind it
    stand in place of. ``residues`` by waste code and ``evidence``, the months of each site, are None
    where the figure does not rest on them.
    """

    figure: Figure
    place: ReportRow
    recorded_ms: int
    whole_seq: int
    seq: int
    lines: tuple[Contribution, ...]
    after: str
    declarations: tuple[DeclarationBehind, ...]
    has_denominator: bool
    residues: tuple[Residue, ...] | None = None
    evidence: tuple[MonthBehind, ...] | None = None
    missing: SplitGap | None = None
    replaced: tuple[ReplacedStatistic, ...] = ()


class AddressedFigure(NamedTuple):
    """The figure of an address, its place's row, and the book that it was made of."""

    figure: Figure
    place: ReportRow
    seq: int
    recorded_ms: int


def find_addressed(reader: Reader, address: FigureAddress, now_ms: int) -> AddressedFigure:
    """Return the figure that an address names. Raises BadInput, NotFound."""
    report = report_for(
        reader, address.level, address.code, address.period, address.metals, address.view,
        evidence=needs_evidence(address.indicator), now_ms=now_ms,
    )  # fmt: skip
    figure = find_figure(report, address.code, address.indicator, address.metal, address.spoken)
    return AddressedFigure(figure, report.total, report.seq, report.recorded_ms)


def open_figure(
    reader: Reader,
    viewer: Viewer,
    address: FigureAddress,
    now_ms: int,
    after: str = "",
    seq: int = 0,
    limit: int = PAGE,
) -> OpenFigure:
    """Return a figure and a page of its postings. Raises BadInput, NotFound."""
    figure, place, whole_seq, recorded_ms = find_addressed(reader, address, now_ms)
    book_seq = min(seq or whole_seq, whole_seq)
    page = drill_down(reader, replace(figure.inputs, seq=book_seq), after, limit)
    indicator = INDICATORS.get(figure.indicator)
    numerator = indicator.numerator if indicator else None
    denominator = indicator.denominator if indicator else None
    lines = tuple(
        Contribution(
            line,
            _adds(numerator, line.posting),
            _adds(denominator, line.posting),
            viewer.shows_stay(line.posting.row.site, line.posting.row.region),
        )
        for line in page.lines
    )
    opened = _opened(figure, address, now_ms)
    months = None
    if opened:
        months = source_of(opened.indicator).list_months(reader, opened)
    return OpenFigure(
        figure,
        place,
        recorded_ms,
        whole_seq,
        book_seq,
        lines,
        page.after,
        tuple(_declaration_behind(event, viewer) for event in page.declarations),
        denominator is not None,
        tuple(sum_residues(reader, figure.inputs)) if _has_residues(figure) else None,
        None
        if months is None
        else tuple(MonthBehind(month, viewer.shows_stay(month.site.id, month.region)) for month in months),
        split_gap(reader, viewer, figure) if not after else None,
        _list_replaced(reader, address, page.declarations),
    )


def _list_replaced(
    reader: Reader, address: FigureAddress, declarations: Collection[Event]
) -> tuple[ReplacedStatistic, ...]:
    """Return what the statistics behind a figure stand in place of."""
    stated = [event.id for event in declarations if find_statistic(event.draft)]
    return tuple(list_replaced(reader, address.code, address.period, stated)) if stated else ()


def _declaration_behind(event: Event, viewer: Viewer) -> DeclarationBehind:
    return DeclarationBehind(event, viewer.shows_stay(event.draft.site, event.frozen.region))


def _opened(figure: Figure, address: FigureAddress, now_ms: int) -> Opened | None:
    """Return the figure as its source opens it; None of an indicator that only targets speak of."""
    indicator = INDICATORS.get(figure.indicator)
    return Opened(indicator, figure.inputs, address.period, now_ms) if indicator else None


def _has_residues(figure: Figure) -> bool:
    """Return whether residues are behind a figure, which are then told by waste code too."""
    indicator = INDICATORS.get(figure.indicator)
    return indicator is not None and bool(set(accounts_of(indicator.columns)) & set(RESIDUE_ACCOUNTS))


def _adds(terms: Terms | None, posting: Posting) -> int:
    columns = (posting.row.account, *parts_of(posting.row))
    return terms.of(dict.fromkeys(columns, posting.grams)) if terms else 0


# --- files --------------------------------------------------------------------------------------


def figure_table(store: Store, address: FigureAddress, now_ms: int, viewer: Viewer) -> Table:
    """Return every posting behind a figure; of what the viewer does not see only province and amount.

    A figure that is declared, not posted, lists its declarations. Postings are streamed, each page
    of them from a view of its own. Raises BadInput, NotFound at once, not while the rows are read.
    """
    with store.read() as reader:
        figure = find_addressed(reader, address, now_ms).figure
        if not figure.inputs.columns:
            return _declaration_table(reader, figure, address, now_ms, viewer)
    return posting_table(store, figure.inputs, viewer)


def declaration_table(reader: Reader, address: FigureAddress, now_ms: int, viewer: Viewer) -> Table:
    """Return the declarations that a figure rests on, as they count. Raises BadInput, NotFound."""
    figure = find_addressed(reader, address, now_ms).figure
    return _declaration_table(reader, figure, address, now_ms, viewer)


def _declaration_table(
    reader: Reader, figure: Figure, address: FigureAddress, now_ms: int, viewer: Viewer
) -> Table:
    opened = _opened(figure, address, now_ms)
    if opened is None:
        return declared_table((), "", viewer)
    return source_of(opened.indicator).declaration_table(reader, opened, viewer)


def figure_gap(reader: Reader, viewer: Viewer, address: FigureAddress, now_ms: int) -> Table:
    """Return the gap of a figure by metal and by every site in view. Raises BadInput, NotFound."""
    figure = find_addressed(reader, address, now_ms).figure
    return gap_table(figure, split_gap(reader, viewer, figure, None))


def figure_residues(reader: Reader, address: FigureAddress, now_ms: int) -> Table:
    """Return the residues behind a figure by waste code. Raises BadInput, NotFound."""
    return residue_table(sum_residues(reader, find_addressed(reader, address, now_ms).figure.inputs))

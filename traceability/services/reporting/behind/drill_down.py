"""Open one figure: its postings, declarations, residues and months of evidence.

An address names a figure as a page's link does. Opening it reads the report of its place once and a
page of postings.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import NamedTuple

from graph.store import Reader, Store
from traceability.domain.authority import find_statistic
from traceability.domain.errors import NotAllowed
from traceability.domain.event import Event
from traceability.domain.indicators import (
    INDICATORS,
    Amount,
    CoveredCapacity,
    OutputStatistic,
    PoweredTapping,
    Terms,
    accounts_of,
)
from traceability.domain.period import Period
from traceability.domain.posting import Posting, parts_of
from traceability.domain.rights import Viewer
from traceability.locale import LANGUAGES, text
from traceability.services.reporting.behind.past_book import open_past_book
from traceability.services.reporting.declared.declarations import declared_table, is_declared_to
from traceability.services.reporting.declared.evidence import EvidenceMonth
from traceability.services.reporting.declared.replaced import ReplacedStatistic, list_replaced
from traceability.services.reporting.figures.disclosure import is_public
from traceability.services.reporting.figures.gaps import SplitGap, gap_table, split_gap
from traceability.services.reporting.figures.postings import PostingDetail, drill_down, posting_table
from traceability.services.reporting.figures.report import (
    Figure,
    RegionalReport,
    ReportRow,
    find_figure,
    report_for,
)
from traceability.services.reporting.figures.sources import Opened, needs_evidence, source_of
from traceability.services.reporting.registers.materials import (
    RESIDUE_ACCOUNTS,
    Residue,
    residue_table,
    sum_residues,
)
from traceability.services.reporting.scope import Level, MonthView, check_place
from traceability.services.reporting.table import Table, Value

PAGE = 50


@dataclass(frozen=True, slots=True)
class FigureAddress:
    """Which figure: place, indicator, period and view; ``metals`` were chosen for the whole report.

    ``metal`` is one metal's own line, ``spoken`` the metals that a target speaks of. ``at`` is the record of the book,
    0 the newest.
    """

    level: Level
    code: str
    indicator: str
    period: Period
    metals: tuple[str, ...] = ()
    view: MonthView = "book"
    metal: str = ""
    spoken: tuple[str, ...] = ()
    at: int = 0


class Contribution(NamedTuple):
    """A posting and what it adds to the figure's numerator and denominator.

    Both are in the unit of the columns. ``is_named`` is whether the viewer sees the site, or what it
    did in the region where it was then.
    """

    line: PostingDetail
    numerator: int
    denominator: int
    is_named: bool


class OthersSum(NamedTuple):
    """What sites out of view add to a figure, as one sum; ``withheld`` is why it is not told, '' where it is."""

    numerator: Amount | None
    denominator: int | None
    withheld: str = ""


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
    others: OthersSum | None = None
    replaced: tuple[ReplacedStatistic, ...] = ()


class AddressedFigure(NamedTuple):
    """The figure of an address, its place's row, the book that it was made of, and the part out of view.

    ``others`` is None where every site of the place is in view.
    """

    figure: Figure
    place: ReportRow
    seq: int
    recorded_ms: int
    others: OthersSum | None
    withholds: Callable[[str, tuple[str, ...]], str] | None


def open_book(reader: Reader, viewer: Viewer, address: FigureAddress, now_ms: int) -> tuple[Reader, int]:
    """Return the book that a figure is of, and when that was: now, or as it stood at a record.

    Raises NotFound for a record to come, NotAllowed where a firm asks for more than a site: what a region's figure
    changed by at a record is what one firm did.
    """
    if not address.at:
        return reader, now_ms
    if viewer.is_firm and address.level != "site":
        raise NotAllowed("book.at_not_for_firms")
    return open_past_book(reader, (check_place(address.level, address.code),), address.at, now_ms)


def find_addressed(reader: Reader, viewer: Viewer, address: FigureAddress, now_ms: int) -> AddressedFigure:
    """Return the figure that an address names, as a viewer may see it. Raises BadInput, NotFound, NotAllowed.

    ``reader`` and ``now_ms`` are those of ``open_book``.
    """
    report = report_for(
        reader, address.level, address.code, address.period, address.metals, address.view,
        evidence=needs_evidence(address.indicator), now_ms=now_ms, viewer=viewer,
    )  # fmt: skip
    figure = find_figure(report, address.code, address.indicator, address.metal, address.spoken)
    return AddressedFigure(
        figure,
        report.total,
        report.seq,
        report.recorded_ms,
        _find_others(report, figure),
        report.withholds,
    )


def _find_others(report: RegionalReport, figure: Figure) -> OthersSum | None:
    """Return what sites out of view add: the figure less the part that the viewer sees row by row."""
    indicator = INDICATORS.get(figure.indicator)
    if report.part_in_view is None or indicator is None or is_public(indicator):
        return None
    if figure.withheld:
        return OthersSum(None, None, figure.withheld)
    if figure.numerator is None:
        return None
    seen = report.part_in_view(figure.indicator, figure.metals)
    stated = isinstance(indicator.source, OutputStatistic | PoweredTapping | CoveredCapacity)
    denominator = None if stated or figure.denominator is None else figure.denominator
    return OthersSum(
        figure.numerator - (seen.numerator or 0),
        None if denominator is None else denominator - (seen.denominator or 0),
    )


def open_figure(
    reader: Reader,
    viewer: Viewer,
    address: FigureAddress,
    now_ms: int,
    after: str = "",
    seq: int = 0,
    limit: int = PAGE,
) -> OpenFigure:
    """Return a figure and a page of its postings at sites in view. Raises BadInput, NotFound, NotAllowed.

    What sites out of view add stands beside them as one sum.
    """
    reader, now_ms = open_book(reader, viewer, address, now_ms)
    addressed = find_addressed(reader, viewer, address, now_ms)
    figure, place, whole_seq, recorded_ms, others, withholds = addressed
    book_seq = min(seq or whole_seq, whole_seq)
    page = drill_down(reader, replace(figure.inputs, seq=book_seq), after, limit, viewer)
    indicator = INDICATORS.get(figure.indicator)
    numerator = indicator.numerator if indicator else None
    denominator = indicator.denominator if indicator else None
    lines = tuple(
        Contribution(
            line,
            adds_to_terms(numerator, line.posting),
            adds_to_terms(denominator, line.posting),
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
        tuple(DeclarationBehind(event, True) for event in page.declarations if is_declared_to(viewer, event)),
        denominator is not None,
        tuple(sum_residues(reader, figure.inputs, viewer)) if _has_residues(figure) else None,
        None
        if months is None
        else tuple(
            MonthBehind(month, viewer.shows_stay(month.site.id, month.region))
            for month in months
            if viewer.shows_stay(month.site.id, month.region)
        ),
        split_gap(reader, viewer, figure, withholds=withholds) if not after else None,
        others if not after else None,
        _list_replaced(reader, address, page.declarations),
    )


def _list_replaced(
    reader: Reader, address: FigureAddress, declarations: Collection[Event]
) -> tuple[ReplacedStatistic, ...]:
    """Return what the statistics behind a figure stand in place of."""
    stated = [event.id for event in declarations if find_statistic(event.draft)]
    return tuple(list_replaced(reader, address.code, address.period, stated)) if stated else ()


def _opened(figure: Figure, address: FigureAddress, now_ms: int) -> Opened | None:
    """Return the figure as its source opens it; None of an indicator that only targets speak of."""
    indicator = INDICATORS.get(figure.indicator)
    return Opened(indicator, figure.inputs, address.period, now_ms) if indicator else None


def _has_residues(figure: Figure) -> bool:
    """Return whether residues are behind a figure, which are then told by waste code too."""
    indicator = INDICATORS.get(figure.indicator)
    return indicator is not None and bool(set(accounts_of(indicator.columns)) & set(RESIDUE_ACCOUNTS))


def adds_to_terms(terms: Terms | None, posting: Posting) -> int:
    """Return what a posting adds to one side of a figure."""
    columns = (posting.row.account, *parts_of(posting.row))
    return terms.of(dict.fromkeys(columns, posting.grams)) if terms else 0


# --- files --------------------------------------------------------------------------------------


def figure_table(store: Store, viewer: Viewer, address: FigureAddress, now_ms: int) -> Table:
    """Return every posting behind a figure at sites in view, then what others add as one sum.

    A figure that is declared, not posted, lists its declarations. Postings are streamed, each page
    of them from a view of its own. Raises BadInput, NotFound, NotAllowed at once, not while the rows are read.
    """
    with store.read() as newest:
        reader, now_ms = open_book(newest, viewer, address, now_ms)
        addressed = find_addressed(reader, viewer, address, now_ms)
        if not addressed.figure.inputs.columns:
            return _declaration_table(reader, viewer, addressed, address, now_ms)
    return posting_table(store, addressed.figure.inputs, viewer, _list_others(addressed.others))


def _list_others(others: OthersSum | None) -> list[tuple[str, str, Amount | None]]:
    """Return (what it is, part of the figure, amount) of what sites out of view add."""
    if others is None:
        return []
    if others.withheld:
        return [(_say_withheld(others.withheld), "", None)]
    parts = (("numerator", others.numerator), ("denominator", others.denominator))
    return [("others", name, amount) for name, amount in parts if amount is not None]


def _say_withheld(reason: str) -> str:
    """Return why a sum is not told, in every language: a file is read in any of them."""
    return " · ".join(text(f"withheld.{reason}", {}, language) for language in LANGUAGES)


def declaration_table(reader: Reader, viewer: Viewer, address: FigureAddress, now_ms: int) -> Table:
    """Return the declarations of sites in view that a figure rests on, as they count, and what others add.

    Raises BadInput, NotFound, NotAllowed.
    """
    reader, now_ms = open_book(reader, viewer, address, now_ms)
    addressed = find_addressed(reader, viewer, address, now_ms)
    return _declaration_table(reader, viewer, addressed, address, now_ms)


def _declaration_table(
    reader: Reader, viewer: Viewer, addressed: AddressedFigure, address: FigureAddress, now_ms: int
) -> Table:
    opened, others = _opened(addressed.figure, address, now_ms), addressed.others
    if opened is None:
        return declared_table((), "", viewer)
    table = source_of(opened.indicator).declaration_table(reader, opened, viewer)
    if others is None:
        return table
    who = _say_withheld(others.withheld) if others.withheld else "others"
    cells: dict[str, Value] = {"type": who, "site": who}
    if "type" in table.columns:
        cells["site"], cells["unit"] = "", opened.indicator.base_unit
    cells |= {"numerator": others.numerator, "denominator": others.denominator}
    return Table(table.columns, [*table.rows, tuple(cells.get(name, "") for name in table.columns)])


def figure_gap(reader: Reader, viewer: Viewer, address: FigureAddress, now_ms: int) -> Table:
    """Return the gap of a figure by metal and by every site in view. Raises BadInput, NotFound, NotAllowed."""
    reader, now_ms = open_book(reader, viewer, address, now_ms)
    addressed = find_addressed(reader, viewer, address, now_ms)
    figure = addressed.figure
    return gap_table(figure, split_gap(reader, viewer, figure, None, addressed.withholds))


def figure_residues(reader: Reader, viewer: Viewer, address: FigureAddress, now_ms: int) -> Table:
    """Return the residues behind a figure by waste code. Raises BadInput, NotFound, NotAllowed."""
    reader, now_ms = open_book(reader, viewer, address, now_ms)
    figure = find_addressed(reader, viewer, address, now_ms).figure
    return residue_table(sum_residues(reader, figure.inputs, viewer))

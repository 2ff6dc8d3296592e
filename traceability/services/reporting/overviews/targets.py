"""List what the policy documents ask of the regions that a viewer may open, and how each stands.

A number is judged as the region's own report judges it. A direction without a number never is: its
value is told beside that of the same months of the first year that the book holds whole.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, NamedTuple

from graph.store import Reader
from traceability.domain.indicators import EVIDENCE, INDICATORS
from traceability.domain.period import Period, add_months
from traceability.domain.rights import Viewer
from traceability.domain.target import PolicyDocument, PolicyTarget
from traceability.domain.verdict import VerdictState
from traceability.domain.vocabulary import NATION
from traceability.services.directory.reference import documents_in, reference_in, targets_in
from traceability.services.reporting.figures.disclosure import find_open
from traceability.services.reporting.figures.report import Figure, ReportRow, report_months, report_regions
from traceability.services.reporting.figures.sources import needs_evidence
from traceability.services.reporting.periods import list_data_months
from traceability.services.reporting.scope import (
    Level,
    MonthView,
    find_whereabouts,
    place_of_code,
)

Standing = Literal["met", "missed", "no_verdict", "no_data", "not_due", "withheld", "no_target"]
STANDINGS: tuple[Standing, ...] = ("met", "missed", "no_verdict", "no_data", "not_due", "withheld")
"""How a number stands: met and missed are verdicts; ``no_verdict``: a value, but the book covers too little
or too much, or only a year tells; ``not_due``: its year lies ahead; ``withheld``: not told to who asked.
Beside them ``no_target``: the region has none, and the nation's is told for reference."""

MONTHS_FOLLOWED = 12

Turn = Literal["risen", "fallen", "unchanged", "one_year", "no_data"]
"""Where a value went since the first year; ``one_year``: the book holds no year before."""


class NumberedTarget(NamedTuple):
    """A target with a number; ``figure`` None where the region's report has no such figure.

    Where it stands as ``no_target``, the target is the nation's.
    """

    target: PolicyTarget
    row: ReportRow
    figure: Figure | None
    standing: Standing


class Direction(NamedTuple):
    """A target without a number, with its figure now and in the first year (None: there was none).

    ``months`` are its values of the twelve months that end with the period, oldest first; none where only longer
    periods tell them: energy, and what authorities state by the year.
    """

    target: PolicyTarget
    row: ReportRow
    figure: Figure | None
    first: Figure | None
    turn: Turn
    months: tuple[Fraction | None, ...] = ()


@dataclass(frozen=True, slots=True)
class TargetOverview:
    """The targets of some regions, the nation first; ``first_period`` is what directions are held against."""

    numbered: tuple[NumberedTarget, ...]
    directions: tuple[Direction, ...]
    documents: Mapping[str, PolicyDocument]
    first_period: Period | None
    seq: int
    recorded_ms: int

    def count(self, standing: Standing) -> int:
        """Return how many numbers stand so."""
        return sum(one.standing == standing for one in self.numbered)

    def documents_of(self, target: PolicyTarget) -> list[PolicyDocument]:
        """Return the documents that set a target; one that nobody recorded by its id alone."""
        return [self.documents.get(id_, PolicyDocument(id_)) for id_ in target.documents]


def read_target_overview(
    reader: Reader, viewer: Viewer, level: Level, code: str, period: Period, view: MonthView, now_ms: int,
    own: str = NATION,
) -> TargetOverview:  # fmt: skip
    """Return every target of a region; of the nation those of all regions open to the viewer too.

    ``own`` is the region that goes first, before the nation and the others. Raises BadInput, NotFound, NotAllowed.
    """
    targets = targets_in(reader)
    is_open = find_open(find_whereabouts(reader), viewer)
    of_documents = sorted({target.region for target in targets} | {code if level == "province" else NATION})
    regions = [
        region
        for region in sorted(of_documents, key=lambda region: (region != own, region != NATION, region))
        if (level == "nation" or region == code) and is_open(place_of_code(region))
    ]
    first = _find_first_period(reader, period)
    evidence = any(target.indicator == EVIDENCE for target in targets)
    now, earlier = (
        report_regions(reader, viewer, regions, months, view, evidence=evidence, now_ms=now_ms)
        if months and regions
        else None
        for months in (period, first)
    )
    numbered: list[NumberedTarget] = []
    directions: list[Direction] = []
    for region in regions:
        assert now is not None
        of_region = sorted((target for target in targets if target.region == region), key=_weigh)
        row = now.by_code[region]
        numbered += _list_numbered(reader, of_region, row, period)
        numbered += _list_references(of_region, row)
        directions += _list_directions(
            reader, of_region, row, earlier.by_code[region] if earlier is not None else None
        )
    if not viewer.is_firm:  # what a firm may see is decided month by month, and months are not asked for
        directions = _follow(reader, directions, period, view, now_ms)
    head = reader.find_head()
    return TargetOverview(
        tuple(numbered), tuple(directions), documents_in(reader), first, head.seq,
        head.record_ms,
    )  # fmt: skip


def _weigh(target: PolicyTarget) -> tuple[int, tuple[str, ...], int]:
    """Return where a target stands in its region's list: in the order of the indicators, what is stated alone last."""
    place = _ORDER.get(target.indicator, len(_ORDER))
    return place, target.metals, target.year or 0


_ORDER = {id_: number for number, id_ in enumerate(INDICATORS)}


def _list_references(targets: list[PolicyTarget], row: ReportRow) -> Iterator[NumberedTarget]:
    """Yield the nation's shares that no document of the region speaks of: told for reference, never judged."""
    spoken_of = {target.indicator for target in targets}
    for (indicator, _), figure in row.judged.items():
        verdict = figure.verdict
        if verdict is None or verdict.state is not VerdictState.NO_TARGET or indicator in spoken_of:
            continue
        if verdict.reference is not None and verdict.reference.value is not None:
            yield NumberedTarget(verdict.reference, row, figure, "no_target")


def _find_first_period(reader: Reader, period: Period) -> Period | None:
    """Return the same months of the first year of which the book holds all of them; None of the same year."""
    months = list_data_months(reader)
    if not months:
        return None
    years = int(period.first[:4]) - int(months[0][:4])
    for back in range(years, 0, -1):
        earlier = Period(add_months(period.first, -12 * back), add_months(period.last, -12 * back))
        if earlier.first >= months[0]:
            return earlier
    return None


def _list_numbered(
    reader: Reader, targets: list[PolicyTarget], row: ReportRow, period: Period
) -> Iterator[NumberedTarget]:
    for target in targets:
        if target.value is not None:
            figure = _find_figure(reader, row, target)
            yield NumberedTarget(target, row, figure, _stand(target, figure, period))


def _find_figure(reader: Reader, row: ReportRow, target: PolicyTarget) -> Figure | None:
    metals = tuple(sorted(target.metals)) or tuple(sorted(reference_in(reader).ten_metals))
    return row.judged.get((target.indicator, metals))


def _stand(target: PolicyTarget, figure: Figure | None, period: Period) -> Standing:
    if figure is not None and figure.withheld:
        return "withheld"
    if target.year is not None and target.year > period.year:
        return "not_due"
    verdict = figure.verdict if figure is not None else None
    if verdict is None or verdict.state is VerdictState.NO_DATA:
        return "no_data"
    if verdict.target != target:
        return "not_due"  # a newer one is in force
    return {VerdictState.MET: "met", VerdictState.MISSED: "missed"}.get(verdict.state, "no_verdict")  # type: ignore[return-value]


def _list_directions(
    reader: Reader, targets: list[PolicyTarget], row: ReportRow, earlier: ReportRow | None
) -> Iterator[Direction]:
    for target in targets:
        if target.value is None:
            figure = _find_figure(reader, row, target)
            first = _find_figure(reader, earlier, target) if earlier is not None else None
            yield Direction(target, row, figure, first, _turn(figure, first, has_first=earlier is not None))


def _follow(
    reader: Reader, directions: list[Direction], period: Period, view: MonthView, now_ms: int
) -> list[Direction]:
    """Return directions with their values by month, read at once, whoever may see them."""
    told = {
        one.target: one.row.places[0]
        for one in directions
        if one.figure and not one.figure.withheld and _is_monthly(one.target)
    }
    places = tuple(dict.fromkeys(told.values()))
    if not places:
        return directions
    year = Period(add_months(period.last, -MONTHS_FOLLOWED + 1), period.last)
    by_month = report_months(reader, places, year, (), view, now_ms=now_ms).by_month
    return [
        one._replace(
            months=tuple(
                _value_of(reader, rows[places.index(told[one.target])], one.target)
                for rows in by_month.values()
            )
        )
        if one.target in told
        else one
        for one in directions
    ]


def _is_monthly(target: PolicyTarget) -> bool:
    indicator = INDICATORS.get(target.indicator)
    return indicator is not None and not needs_evidence(target.indicator)


def _value_of(reader: Reader, row: ReportRow, target: PolicyTarget) -> Fraction | None:
    figure = _find_figure(reader, row, target)
    return figure.value if figure is not None else None


def _turn(figure: Figure | None, first: Figure | None, *, has_first: bool) -> Turn:
    now = figure.value if figure else None
    before = first.value if first else None
    if now is None:
        return "no_data"
    if not has_first or before is None:
        return "one_year"
    return "risen" if now > before else "fallen" if now < before else "unchanged"

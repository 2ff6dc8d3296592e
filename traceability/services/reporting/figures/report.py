"""Report every indicator of a place and a period.

A place is a site, prefecture, province, group of regions or the nation.

Every figure keeps its numerator, denominator and inputs, so that it opens down to postings, events
and lots (``drill_down``). Amounts come from the indicators' sources (``sources``).
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple, TypeVar

from graph.store import Head, Reader
from traceability.domain.calendar import day_of
from traceability.domain.coverage import DEFAULT_BOUNDS, Coverage, CoverageBounds, CoverageLevel
from traceability.domain.errors import BadInput, NotFound
from traceability.domain.gap import Gap, gap_to_amount, gap_to_share, gap_with_growth
from traceability.domain.indicators import (
    BOOK_COVERAGE,
    BY_METAL,
    INDICATORS,
    TEN_METALS,
    Amount,
    Indicator,
    OutputStatistic,
    metals_for,
    target_scale,
)
from traceability.domain.names import NamesByLanguage, choose_name
from traceability.domain.period import Period
from traceability.domain.place import place_key
from traceability.domain.rights import Viewer
from traceability.domain.statistic import TEN_METAL_OUTPUT
from traceability.domain.target import AT_LEAST
from traceability.domain.vocabulary import MIXED, NATION, SUPPLY
from traceability.locale import LANGUAGES, text
from traceability.services.directory.reference import reference_in
from traceability.services.reporting.figures.disclosure import (
    FirmView,
    check_open,
    find_open,
    list_in_view,
    read_firm_view,
)
from traceability.services.reporting.figures.postings import FigureInputs
from traceability.services.reporting.figures.report_data import (
    ReportData,
    read_monthly_data,
    read_report_data,
)
from traceability.services.reporting.figures.sources import (
    STATISTIC,
    FigureAmount,
    SitePart,
    rests_on_declarations,
    rests_on_stock,
    source_of,
)
from traceability.services.reporting.figures.targets import (
    BookEvidence,
    TargetsInForce,
    Verdict,
    read_targets,
)
from traceability.services.reporting.kept import keep_of_book
from traceability.services.reporting.scope import (
    NATION_PLACE,
    REGION_LEVELS,
    Level,
    MonthView,
    check_known,
    check_place,
    check_places,
    find_whereabouts,
    name_place,
    place_of_code,
    places_of_codes,
    places_of_group,
    split_place,
)

K = TypeVar("K")
V = TypeVar("V")


class SinceSeal(NamedTuple):
    """What was booked or declared about sealed months after their seals, beside the sealed figure.

    ``numerator`` and ``denominator`` (None of a mass) are what they changed by. By the book the
    figure itself is ``sealed``, by event month it is ``now``.
    """

    numerator: Amount
    denominator: int | None
    sealed: Fraction | None
    now: Fraction | None


@dataclass(frozen=True, slots=True)
class Figure:
    """One indicator's value of one place and period: exact, with what it adds up.

    ``numerator`` and ``denominator`` are in the unit of their columns (grams, gram-kilometres, kWh,
    site-months); ``denominator`` is None for a mass. ``value`` None is "no data": also a mass where
    nothing at all was recorded. ``basis`` tells whether a statistic covers the period, of figures
    that rest on one: ``statistic`` or ``no_statistic``. ``provinces`` is how many provinces'
    statistics make the nation's, where it has none of its own. ``coverage`` is how much of the
    region's output the book records of what the figure is about; ``gap`` what is missing for the
    region's target. ``limits`` are the numbers that the value is held against, in its unit: it is
    written with as many digits as tell on which side it lies.
    ``since`` is what was booked or declared since the months were sealed, None where nothing was. ``factors`` is the
    version of the factor set that it was computed by, ``missing`` the fuels and regions that have no
    factor in it and are left out. ``withheld`` is why the figure is not told to who asked (one of
    ``disclosure.WITHHELD``): then it has no value, nor anything that would tell it.
    """

    indicator: str
    value: Fraction | None
    numerator: Amount | None
    denominator: int | None
    metals: tuple[str, ...]
    inputs: FigureInputs
    verdict: Verdict | None = None
    basis: str = ""
    since: SinceSeal | None = None
    provinces: int = 0
    coverage: tuple[Coverage, ...] = ()
    gap: Gap | None = None
    limits: tuple[Fraction, ...] = ()
    factors: str = ""
    missing: tuple[str, ...] = ()
    withheld: str = ""

    @property
    def restated(self) -> bool:
        """Return whether anything was booked or declared since the months were sealed."""
        return self.since is not None

    @property
    def since_seal(self) -> Fraction | None:
        """Return the value as it stands now, where that is not as the seals closed it."""
        return self.since.now if self.since else None


class LazyMapping(Mapping[K, V]):
    """Values by key, each made when it is first read: a page shows few of a report's figures."""

    def __init__(self, keys: Iterable[K], make: Callable[[K], V]) -> None:
        self._make = make
        self._made: dict[K, V | None] = dict.fromkeys(keys)

    def __getitem__(self, key: K) -> V:
        value = self._made[key]
        if value is None:
            value = self._made[key] = self._make(key)
        return value

    def __contains__(self, key: object) -> bool:
        """Return whether there is such a value, without making it."""
        return key in self._made

    def __iter__(self) -> Iterator[K]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)


@dataclass(frozen=True, slots=True)
class ReportRow:
    """All figures of one place, or of a group of places (``level`` group).

    ``figures`` go by indicator id, ``by_metal`` by metal and indicator. ``judged`` are the figures
    that targets of the region or the nation speak of, by indicator and that target's own metals.
    """

    level: str
    code: str
    names: NamesByLanguage
    places: tuple[str, ...]
    figures: Mapping[str, Figure]
    by_metal: Mapping[str, Mapping[str, Figure]] = field(default_factory=dict)
    judged: Mapping[tuple[str, tuple[str, ...]], Figure] = field(default_factory=dict)

    @property
    def targets(self) -> tuple[Figure, ...]:
        """Every figure that a target speaks of."""
        return tuple(self.judged.values())

    @property
    def address(self) -> str:
        """Return the code by which a figure of exactly this row is opened.

        It names the region too where only a part of the place is meant.
        """
        return self.code if len(self.places) != 1 else self.places[0].partition(":")[2]

    def name(self, language: str) -> str:
        """Return the place's name."""
        return choose_name(self.names, language)


@dataclass(frozen=True, slots=True)
class RegionalReport:
    """A place (``total``), the places within it (``rows``), and groups of regions.

    Places that have neither data nor sites have no row.

    It is the book at ``seq``, recorded at ``recorded_ms``; the same seq gives the same report.
    ``hidden`` is how many places within it are not open to who asked. ``part_in_view`` gives what the
    sites in view add to a figure of the total, by indicator and metals; None where they are all there are.
    ``withholds`` tells why a figure of the total would not be shown. ``beside`` are other places, read with it.
    ``list_parts`` gives what sites declared for a figure of the total, by indicator and metals.
    """

    period: Period
    metals: tuple[str, ...]
    view: MonthView
    seq: int
    recorded_ms: int
    total: ReportRow
    rows: tuple[ReportRow, ...] = ()
    groups: tuple[ReportRow, ...] = ()
    bounds: CoverageBounds = DEFAULT_BOUNDS
    known_metals: tuple[str, ...] = ()
    hidden: int = 0
    part_in_view: Callable[[str, tuple[str, ...]], Figure] | None = None
    withholds: Callable[[str, tuple[str, ...]], str] | None = None
    beside: tuple[ReportRow, ...] = ()
    list_parts: Callable[[str, tuple[str, ...]], list[SitePart]] | None = None

    def rows_seen_by(self, viewer: Viewer) -> list[ReportRow]:
        """Return the rows of regions, and of sites that are in the viewer's scope or were then."""
        return [
            row
            for row in self.rows
            if row.level != "site" or viewer.shows_stay(row.code, row.address.partition("/")[2])
        ]

    @property
    def nation(self) -> ReportRow:
        """The total of a regional report."""
        return self.total

    def row(self, code: str) -> ReportRow | None:
        """Return the row of a region, site or group; None where it has neither data nor sites."""
        rows = (self.total, *self.rows, *self.groups)
        return next((row for row in rows if code in (row.code, row.address)), None)


# --- reports ------------------------------------------------------------------------------------


def regional_report(
    reader: Reader,
    period: Period,
    metals: Collection[str] = (),
    view: MonthView = "book",
    groups: Mapping[str, Sequence[str]] | None = None,
    *,
    evidence: bool = False,
    now_ms: int | None = None,
    viewer: Viewer | None = None,
) -> RegionalReport:
    """Return the provinces beside the nation, and groups of regions.

    ``groups`` are lists of region codes by name (``join_codes``).

    ``metals`` () are all. ``evidence`` adds the monthly evidence, which reads every site's claims.
    ``now_ms`` (by default the time of the newest record) decides which months and years are over.
    ``viewer`` gets the figures and rows that they may see, None all. Raises BadInput, NotFound, NotAllowed.
    """
    return _report(reader, NATION_PLACE, period, metals, view, groups or {}, evidence, now_ms, viewer)


def report_for(
    reader: Reader,
    level: Level,
    code: str,
    period: Period,
    metals: Collection[str] = (),
    view: MonthView = "book",
    groups: Mapping[str, Sequence[str]] | None = None,
    *,
    evidence: bool = True,
    now_ms: int | None = None,
    viewer: Viewer | None = None,
    beside: Sequence[str] = (),
) -> RegionalReport:
    """Return a site, base, region, group or the nation with the places within it, and further groups.

    ``beside`` are the keys of other places, which a page tells of too. ``viewer`` gets the figures and rows that they may see, None all. Raises BadInput, NotFound, NotAllowed.
    """
    place = check_place(level, code)
    return _report(reader, place, period, metals, view, groups or {}, evidence, now_ms, viewer, tuple(beside))


def _report(
    reader: Reader, place: str, period: Period, metals: Collection[str], view: MonthView,
    groups: Mapping[str, Sequence[str]], evidence: bool, now_ms: int | None, viewer: Viewer | None,
    beside: tuple[str, ...] = (),
) -> RegionalReport:  # fmt: skip
    chosen = _check_metals(reader, metals)
    known = reference_in(reader).metals
    members = {name: places_of_codes(codes) for name, codes in groups.items()}
    if viewer is not None:
        check_open(reader, viewer, (place, *(member for of in members.values() for member in of), *beside))
    seen = list_in_view(find_whereabouts(reader), viewer, place, period) if viewer is not None else None
    also = (*(seen or ()), *beside)
    rows = _read_rows(reader, place, members, period, chosen, view, evidence, now_ms, viewer, also)
    data = rows.data
    is_open = find_open(data.whereabouts, viewer) if viewer is not None else None
    listed = [inner for inner in data.within if data.sums.get(inner) or inner in data.sited]
    shown = [inner for inner in listed if is_open is None or is_open(inner)]
    within = tuple(rows.row(inner) for inner in shown)
    grouped = tuple(rows.group(name, places) for name, places in members.items())
    return RegionalReport(
        period,
        chosen,
        view,
        rows.seq,
        rows.recorded_ms,
        rows.row(place),
        within,
        grouped,
        data.reference.coverage,
        tuple(known),
        len(listed) - len(shown),
        None if seen is None else lambda id_, metals: rows.figure(id_, seen, metals, ""),
        lambda id_, metals: rows.withholds(id_, (place,), metals),
        tuple(rows.row(other) for other in beside),
        lambda id_, metals: rows.list_parts(id_, place, metals),
    )


class RegionRows(NamedTuple):
    """The rows of some regions by their code; the book is that at ``seq``."""

    by_code: dict[str, ReportRow]
    seq: int
    recorded_ms: int


def report_regions(
    reader: Reader, viewer: Viewer, codes: Sequence[str], period: Period, view: MonthView = "book", *,
    evidence: bool, now_ms: int,
) -> RegionRows:  # fmt: skip
    """Return the rows of regions, each as its own report has it, in one read for all; the places within are left out.

    Energy is read; ``evidence`` adds the monthly evidence. Raises BadInput, NotFound, NotAllowed.
    """
    places = tuple(place_of_code(code) for code in codes)
    whereabouts = find_whereabouts(reader)
    check_open(reader, viewer, places)
    for place in places:
        check_known(place, whereabouts.reference)
    head = reader.find_head()

    def read() -> _Rows:
        data = read_report_data(
            reader, whereabouts, places, [], period, (), by_event_month=view == "event", evidence=evidence,
            now_ms=now_ms, energy=True,
        )  # fmt: skip
        ended = now_ms >= period.end_ms
        return _Rows(data, read_targets(reader), head.seq, _find_record_time(reader, head), ended)

    rows = keep_of_book(reader, ("regions", places, period, view, evidence, day_of(now_ms)), read)
    if viewer.is_firm:
        rows = rows.seen_by(read_firm_view(reader, whereabouts, viewer, period, now_ms))
    return RegionRows(
        {code: rows.row(place) for code, place in zip(codes, places, strict=True)}, rows.seq, rows.recorded_ms
    )


def _check_metals(reader: Reader, metals: Collection[str]) -> tuple[str, ...]:
    """Return the metals chosen, each once. Raises BadInput for one that nobody knows."""
    chosen = tuple(sorted(set(metals)))
    known = reference_in(reader).metals
    unknown = [metal for metal in chosen if metal not in known and metal != MIXED]
    if unknown:
        raise BadInput("report.unknown_metal", metals=", ".join(unknown), known=", ".join(known))
    return chosen


class MonthlyRows(NamedTuple):
    """The rows of some places by month, in the order of the places; the book is that at ``seq``."""

    by_month: dict[str, tuple[ReportRow, ...]]
    seq: int
    recorded_ms: int


def report_months(
    reader: Reader, places: Sequence[str], period: Period, metals: Collection[str] = (), view: MonthView = "book",
    indicators: Collection[str] = (), *, now_ms: int | None = None,
) -> MonthlyRows:  # fmt: skip
    """Return what the report of each month of a period says of some places, read in a few queries for all months.

    Without evidence and energy, and without the number of firms of a verdict. ``indicators`` () are all. It knows no viewer: a firm's figures
    are of single reports, which know what not to tell. Raises BadInput, NotFound.
    """
    chosen, reference = _check_metals(reader, metals), reference_in(reader)
    for place in places:
        check_known(place, reference)
    head = reader.find_head()
    recorded_ms = _find_record_time(reader, head)
    now_ms = recorded_ms if now_ms is None else now_ms
    members = {place: _members_of(place) for place in places}
    key = ("months", tuple(members), period, chosen, view, tuple(indicators), day_of(now_ms))
    by_month = keep_of_book(
        reader,
        key,
        lambda: _read_months(reader, members, period, chosen, view, indicators, recorded_ms, now_ms),
    )
    return MonthlyRows(by_month, head.seq, recorded_ms)


def _read_months(
    reader: Reader, members: Mapping[str, tuple[str, ...]], period: Period, chosen: tuple[str, ...], view: MonthView,
    indicators: Collection[str], recorded_ms: int, now_ms: int,
) -> dict[str, tuple[ReportRow, ...]]:  # fmt: skip
    head, whereabouts, targets = reader.find_head(), find_whereabouts(reader), read_targets(reader)
    data = read_monthly_data(
        reader, whereabouts, tuple(dict.fromkeys(one for of in members.values() for one in of)), period, chosen,
        by_event_month=view == "event",
        declared=not indicators or any(map(rests_on_declarations, indicators)),
        stocked=not indicators or any(map(rests_on_stock, indicators)),
    )  # fmt: skip
    by_month = {}
    for month, of_month in data.items():
        ended = now_ms >= of_month.period.end_ms
        rows = _Rows(of_month, targets, head.seq, recorded_ms, ended, read=list(indicators))
        by_month[month] = tuple(
            rows.group(split_place(place)[1], of) if split_place(place)[0] == "group" else rows.row(place)
            for place, of in members.items()
        )
    return by_month


def _members_of(place: str) -> tuple[str, ...]:
    level, code, _ = split_place(place)
    return places_of_group(code) if level == "group" else (place,)


def _read_rows(
    reader: Reader, place: str, members: Mapping[str, tuple[str, ...]], period: Period,
    chosen: tuple[str, ...], view: MonthView, evidence: bool, now_ms: int | None, viewer: Viewer | None,
    also: tuple[str, ...],
) -> "_Rows":  # fmt: skip
    reference = reference_in(reader)
    check_known(place, reference)
    grouped = [member for places in members.values() for member in places]
    if reference.regions:
        check_places(grouped, reference)
    head = reader.find_head()
    recorded_ms = _find_record_time(reader, head)
    now_ms = recorded_ms if now_ms is None else now_ms
    whereabouts = find_whereabouts(reader)
    within = whereabouts.places_within(place, period.first, period.last)
    asked = (place, *within, *grouped)
    places = tuple(dict.fromkeys((*asked, *also)))

    def read() -> _Rows:
        data = read_report_data(
            reader, whereabouts, places, within, period, chosen,
            by_event_month=view == "event", evidence=evidence, now_ms=now_ms,
        )  # fmt: skip
        return _Rows(data, read_targets(reader), head.seq, recorded_ms, now_ms >= period.end_ms)

    rows = keep_of_book(
        reader, ("report", place, places, period, chosen, view, evidence, day_of(now_ms)), read
    )
    if viewer is not None and viewer.is_firm and not all(one.startswith("site:") for one in asked):
        return rows.seen_by(read_firm_view(reader, whereabouts, viewer, period, now_ms))
    return rows


def _find_record_time(reader: Reader, head: Head) -> int:
    """Return when the newest record of the book was made, 0 of an empty one."""
    newest = reader.find_events_by_seq([head.seq]) if head.seq else {}
    return newest[head.seq].record_ms if newest else 0


@dataclass(frozen=True, slots=True)
class _Rows:
    """Make the rows and figures of one report, for all who ask for it (``kept``): what it keeps is put there whole.

    ``ended`` is whether the period is over. ``firm_view`` decides what a firm sees; None of others.
    """

    data: ReportData
    targets: TargetsInForce
    seq: int
    recorded_ms: int
    ended: bool
    firm_view: FirmView | None = None
    covered: dict[tuple[str, tuple[str, ...], tuple[str, ...]], Coverage] = field(default_factory=dict)
    amounts: dict[tuple[str, tuple[str, ...], tuple[str, ...]], FigureAmount] = field(default_factory=dict)
    read: list[str] = field(default_factory=list)  # the indicators that there are figures of
    made: dict[str, ReportRow] = field(default_factory=dict)  # by place

    def seen_by(self, firm_view: FirmView) -> "_Rows":
        """Return them as a firm sees them."""
        return _Rows(self.data, self.targets, self.seq, self.recorded_ms, self.ended, firm_view)

    def row(self, place: str) -> ReportRow:
        """Return the row of one place, made once."""
        if place not in self.made:
            self.made[place] = self._make_row(place)
        return self.made[place]

    def _make_row(self, place: str) -> ReportRow:
        level, code, within = split_place(place)
        if level == "group":
            return self.group(code, tuple(self.data.within))
        names = name_place(place, self.data.reference, self.data.period.last)
        if level == "nation" and not self.is_whole(place):
            names = names._replace(names=_name_sum_of_book())
        owner = code if level in REGION_LEVELS and not within else ""
        judged = self.judged(owner, (place,)) if owner else {}
        figures, by_metal = self.figures((place,), owner), self.by_metal((place,), owner)
        return ReportRow(*names, (place,), figures, by_metal, judged)

    def list_parts(self, id_: str, place: str, metals: tuple[str, ...]) -> list[SitePart]:
        """Return what each site adds to an indicator of a place, as its source lists it."""
        parts = source_of(INDICATORS[id_]).list_parts(self.data, metals)
        return [part for part in parts if self.data.touches((place,), *part[:3])]

    def is_whole(self, place: str) -> bool:
        """Return whether the book records so much of a place's output that it speaks for it."""
        metals = self.metals(TEN_METALS) or ()
        if self.withholds_beside(BOOK_COVERAGE, (place,), metals):
            return False
        level = self.cover(BOOK_COVERAGE, (place,), metals).level
        return level in (CoverageLevel.WITHIN, CoverageLevel.ABOVE)

    def group(self, name: str, places: tuple[str, ...]) -> ReportRow:
        """Return the row of a group: numerators and denominators of its places added up."""
        figures, by_metal = self.figures(places, ""), self.by_metal(places, "")
        names = name_place(place_key("group", name), self.data.reference, self.data.period.last)
        return ReportRow(*names, places, figures, by_metal)

    def figures(self, places: tuple[str, ...], owner: str) -> Mapping[str, Figure]:
        """Return every indicator over the metals chosen."""
        # Several requests may share these rows: whoever reads the list finds all of it or nothing.
        names = list(self.read) or [
            id_ for id_, one in INDICATORS.items() if source_of(one).is_read(self.data)
        ]
        self.read[:] = names
        return LazyMapping(
            names, lambda id_: self.figure(id_, places, self.metals(INDICATORS[id_].scope), owner)
        )

    def by_metal(self, places: tuple[str, ...], owner: str) -> Mapping[str, Mapping[str, Figure]]:
        """Return the supply of each metal that has any, or whose output a statistic tells.

        Metals outside the ten, which enter no share of the ten, follow those.
        """
        data = self.data

        def make(metal: str) -> Mapping[str, Figure]:
            return LazyMapping(BY_METAL, lambda id_: self.figure(id_, places, (metal,), owner))

        supplied = {
            metal
            for place in places
            for metal, sums in data.sums.get(place, {}).items()
            if sums.get("recycled") or sums.get("primary")
        }
        chosen, ten_metals = data.chosen, data.reference.ten_metals
        metals = [metal for metal in data.reference.metals if not chosen or metal in chosen]
        codes = [split_place(place)[1] for place in places]
        supplied |= {
            metal
            for metal in data.statistics.list_metals(TEN_METAL_OUTPUT)
            if any(data.statistics.find(code, TEN_METAL_OUTPUT, (metal,)) is not None for code in codes)
        }
        listed = sorted(supplied & set(metals), key=lambda metal: (metal not in ten_metals, metal))
        return LazyMapping(listed, make)

    def judged(self, owner: str, places: tuple[str, ...]) -> Mapping[tuple[str, tuple[str, ...]], Figure]:
        """Return the figures that targets of the region or the nation speak of.

        Those that speak of metals that were not chosen are left out.
        """
        chosen = set(self.data.chosen)
        ten_metals = tuple(sorted(self.data.reference.ten_metals))
        spoken = [
            (id_, metals or ten_metals)
            for id_, metals in self.targets.concerning(owner, self.data.period)
            if not chosen or set(metals or ten_metals) <= chosen
        ]
        return LazyMapping(spoken, lambda key: self.figure(key[0], places, key[1], owner))

    def metals(self, scope: str) -> tuple[str, ...] | None:
        """Return the metals of an indicator within those chosen; () every one, None none."""
        return metals_for(scope, self.data.chosen, self.data.reference.ten_metals)

    def figure(self, id_: str, places: tuple[str, ...], metals: tuple[str, ...] | None, owner: str) -> Figure:
        """Return one figure over some places and metals, judged.

        ``metals`` None: none of the indicator's metals was chosen.

        Of what no event can give the authority's statistic is the figure; other indicators that
        targets may speak of have no data.
        """
        data = self.data
        indicator = INDICATORS.get(id_)
        if withheld := self.withholds(id_, places, metals):
            return self.withhold(id_, places, metals, withheld)
        amount, value, since = FigureAmount(None, None), None, None
        coverage: tuple[Coverage, ...] = ()
        first, last = indicator.months(data.period) if indicator is not None else data.period
        if indicator is not None and metals is not None:
            amount = self.amount(indicator, places, metals)
            if amount.numerator is not None:
                value = indicator.value(amount.numerator, amount.denominator)
            since = self.since(indicator, amount, value) if self.tells_since(places) else None
            coverage = tuple(
                self.cover(covered, places, metals)
                for covered in indicator.coverage
                if not self.withholds_beside(covered, places, metals)
            )
        if indicator is None and owner:
            amount, value = self.declared(id_, owner, metals or ())
        counted = places if amount.places is None else amount.places
        stock_month = indicator.stock_month(data.period) if indicator is not None else ""
        inputs = FigureInputs(
            counted,
            metals or (),
            amount.columns,
            first,
            last,
            data.by_event_month,
            self.seq,
            amount.events,
            amount.pairs,
            stock_month,
        )
        judged_by = (*indicator.coverage, indicator.without_statistic) if indicator is not None else ()
        is_judged = not any(self.withholds_beside(other, places, metals) for other in judged_by if other)
        verdict = self.judge(id_, metals or (), owner, value, places, coverage) if is_judged else None
        return Figure(
            id_,
            value,
            amount.numerator,
            amount.denominator,
            metals or (),
            inputs,
            verdict,
            amount.basis,
            since,
            amount.provinces,
            coverage,
            self.gap(id_, places, metals or (), owner, amount) if is_judged else None,
            self.limits(id_, metals or (), owner),
            amount.factors,
            amount.missing,
        )

    def withholds(self, id_: str, places: tuple[str, ...], metals: tuple[str, ...] | None) -> str:
        """Return why who asked may not see a figure; '' where they may."""
        indicator = INDICATORS.get(id_)
        if self.firm_view is None or indicator is None:
            return ""
        return self.firm_view.withholds(indicator, self.data, places, metals)

    def withholds_beside(self, id_: str, places: tuple[str, ...], metals: tuple[str, ...] | None) -> str:
        """Return why who asked may not see another indicator of what a figure is about; '' where they may."""
        if metals is not None:
            metals = metals_for(INDICATORS[id_].scope, metals, self.data.reference.ten_metals)
        return self.withholds(id_, places, metals)

    def tells_since(self, places: tuple[str, ...]) -> bool:
        """Return whether what came since the seals is told: to a firm only of its own sites."""
        return self.firm_view is None or all(place.startswith("site:") for place in places)

    def withhold(
        self, id_: str, places: tuple[str, ...], metals: tuple[str, ...] | None, reason: str
    ) -> Figure:
        """Return a figure without anything that tells what it is."""
        indicator, data = INDICATORS[id_], self.data
        inputs = FigureInputs(
            places, metals or (), indicator.columns, *indicator.months(data.period), data.by_event_month,
            self.seq, stock_month=indicator.stock_month(data.period),
        )  # fmt: skip
        return Figure(id_, None, None, None, metals or (), inputs, withheld=reason)

    def amount(self, indicator: Indicator, places: tuple[str, ...], metals: tuple[str, ...]) -> FigureAmount:
        """Return what an indicator adds up; kept, because coverages and verdicts ask for it again."""
        key = (indicator.id, places, metals)
        amount = self.amounts.get(key)
        if amount is None:
            amount = source_of(indicator).amount(indicator, self.data, places, metals)
            self.amounts[key] = amount
        return amount

    def declared(self, id_: str, owner: str, metals: tuple[str, ...]) -> tuple[FigureAmount, Fraction | None]:
        """Return what a region's authority states of an indicator that no event can give."""
        found = self.data.statistics.find(owner, id_, metals)
        if found is None:
            return FigureAmount(None, None), None
        over, under = found.value.as_integer_ratio()
        whole = under if under > 1 else None
        return FigureAmount(over, whole, (), found.events, STATISTIC, None, found.provinces), found.value

    def limits(self, id_: str, metals: tuple[str, ...], owner: str) -> tuple[Fraction, ...]:
        """Return the numbers that a figure stands beside: targets', or the bounds of coverage."""
        indicator = INDICATORS.get(id_)
        if indicator is not None and indicator.section == "coverage":
            bounds = self.data.reference.coverage
            return Fraction(0), bounds.low, bounds.high
        spoken_of = indicator.target_of if indicator and indicator.target_of else id_
        if not self.targets.speak_of(spoken_of):
            return ()
        spoken = self.spoken(metals)
        aims = (
            self.targets.in_force(region, spoken_of, spoken, self.data.period)
            for region in dict.fromkeys((owner, NATION))
        )
        return tuple(aim.value * target_scale(id_) for aim in aims if aim and aim.value is not None)

    def cover(self, id_: str, places: tuple[str, ...], metals: tuple[str, ...]) -> Coverage:
        """Return a coverage of some places, of the metals that a figure is about; kept.

        A figure over every metal is covered as the ten metals are.
        """
        key = (id_, places, metals)
        if key not in self.covered:
            indicator = INDICATORS[id_]
            within = metals_for(indicator.scope, metals, self.data.reference.ten_metals)
            amount = FigureAmount(0, None)
            if within is not None:
                amount = self.amount(indicator, places, within)
            self.covered[key] = Coverage(
                id_, int(amount.numerator or 0), amount.denominator, self.data.reference.coverage
            )
        return self.covered[key]

    def since(self, indicator: Indicator, amount: FigureAmount, value: Fraction | None) -> SinceSeal | None:
        """Return what came since the seals, with the value as sealed and as it stands now."""
        if amount.since is None:
            return None
        sign = -1 if self.data.by_event_month else 1
        numerator = (amount.numerator or 0) + sign * amount.since.numerator
        denominator = amount.denominator
        if denominator is not None:
            denominator += sign * (amount.since.denominator or 0)
        other = indicator.value(numerator, denominator)
        sealed, now = (other, value) if self.data.by_event_month else (value, other)
        return SinceSeal(*amount.since, sealed, now)

    def judge(
        self, id_: str, metals: tuple[str, ...], owner: str, value: Fraction | None,
        places: tuple[str, ...] = (), coverage: tuple[Coverage, ...] = (),
    ) -> Verdict | None:  # fmt: skip
        """Return how a value stands to the region's target; None where there is none."""
        if not self.targets.speak_of(id_):
            return None
        indicator = INDICATORS.get(id_)
        book_indicator = indicator.without_statistic if indicator else ""
        evidence = BookEvidence(
            coverage,
            self.value(book_indicator, places, metals) if book_indicator else value,
            book_indicator,
            self.data.count_firms(places),
            indicator is not None and indicator.only_rises,
        )
        spoken = self.spoken(metals)
        return self.targets.judge(
            owner, id_, spoken, value, self.data.period, ended=self.ended, evidence=evidence
        )

    def spoken(self, metals: tuple[str, ...]) -> tuple[str, ...]:
        """Return metals as targets name them: () for the ten."""
        return () if frozenset(metals) == self.data.reference.ten_metals else metals

    def value(self, id_: str, places: tuple[str, ...], metals: tuple[str, ...]) -> Fraction | None:
        """Return an indicator's value alone."""
        indicator = INDICATORS[id_]
        amount = self.amount(indicator, places, metals)
        return None if amount.numerator is None else indicator.value(amount.numerator, amount.denominator)

    def gap(
        self, id_: str, places: tuple[str, ...], metals: tuple[str, ...], owner: str, amount: FigureAmount
    ) -> Gap | None:
        """Return what is missing for the region's own target, by the figure's own method."""
        indicator = INDICATORS.get(id_)
        if indicator is None or not isinstance(amount.numerator, int) or not owner:
            return None  # no data; energy by factors has directions only
        spoken_of = indicator.target_of or id_
        if not self.targets.speak_of(spoken_of):
            return None
        aim = self.targets.in_force(owner, spoken_of, self.spoken(metals), self.data.period)
        if aim is None or aim.value is None or aim.operator != AT_LEAST:
            return None
        if indicator.kind == "mass":
            amount_missing = gap_to_amount(aim.value * target_scale(id_), amount.numerator)
            return _gap_or_none(amount_missing, None, aim.value)
        if amount.denominator is None or min(self.sums_behind(indicator, places, metals)) < 0:
            return None
        parts = aim.value, amount.numerator, amount.denominator
        growing = indicator.grows or isinstance(indicator.source, OutputStatistic)
        return _gap_or_none(
            None if indicator.grows else gap_to_share(*parts),
            gap_with_growth(*parts) if growing else None,
            aim.value,
        )

    def sums_behind(
        self, indicator: Indicator, places: tuple[str, ...], metals: tuple[str, ...]
    ) -> tuple[int, ...]:
        """Return recycled and primary output where a figure is about supply: neither may be negative."""
        if indicator.section != "supply":
            return (0,)
        sums = self.data.add_up(places, metals)
        return tuple(sums.get(column, 0) for column in SUPPLY)


def _name_sum_of_book() -> NamesByLanguage:
    """Return the names of the nation's row where the book records only part of its output."""
    return tuple((language, text("place.sum_of_book", {}, language)) for language in LANGUAGES)


def _gap_or_none(as_it_is: int | None, growing: int | None, target: Fraction) -> Gap | None:
    return None if as_it_is is None and growing is None else Gap(as_it_is, growing, target)


def find_figure(
    report: RegionalReport, code: str, indicator: str, metal: str = "", metals: Collection[str] = ()
) -> Figure:
    """Return a figure of a report, as a page's address names it.

    ``metal`` is one metal's own line, ``metals`` are a target's own. Raises NotFound.
    """
    row = report.row(code)
    figure = _look_up(report, row, indicator, metal, metals) if row is not None else None
    if figure is None:
        raise NotFound("report.no_figure", indicator=indicator, region=code)
    return figure


def _look_up(
    report: RegionalReport, row: ReportRow, indicator: str, metal: str, metals: Collection[str]
) -> Figure | None:
    if metals:
        spoken = (
            figure
            for figure in row.targets
            if figure.indicator == indicator and set(figure.metals) == set(metals)
        )
        return next(spoken, None)
    if not metal:
        return row.figures.get(indicator)
    figure = row.by_metal.get(metal, {}).get(indicator)
    if figure is None and metal in report.known_metals and indicator in BY_METAL:
        by_event_month = report.view == "event"
        inputs = FigureInputs(row.places, (metal,), (), *report.period, by_event_month, report.seq)
        # Nothing of this metal was recorded: no data.
        return Figure(indicator, None, None, None, (metal,), inputs)
    return figure


def target_value(figure: Figure) -> Fraction | None:
    """Return the number of the target beside a figure, in the unit of the figure's value."""
    shown = figure.verdict.shown if figure.verdict else None
    if shown is None or shown.value is None:
        return None
    return shown.value * target_scale(figure.indicator)

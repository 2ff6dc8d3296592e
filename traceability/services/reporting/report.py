"""Report every indicator of a place and a period: of a site, prefecture, province, group or the nation.

A report reads two sums of tallies and the declarations of its period, whatever the number of lots. Every figure keeps
its numerator, denominator and source, so that it opens down to postings, events and lots (``postings.drill_down``).
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import NamedTuple, TypeVar

from graph.store import Reader, Store, TallyFilter
from traceability.domain.declarations import SmeltingLine, capacity_at, newest_lines
from traceability.domain.errors import BadInput, NotFound
from traceability.domain.indicators import (
    ANY_METAL,
    INDICATORS,
    OFFICIAL,
    TARGET_UNIT,
    TEN_METALS,
    add_sums,
    metals_for,
)
from traceability.domain.material import Reference
from traceability.domain.names import NamesByLanguage, choose_name
from traceability.domain.period import Period
from traceability.domain.place import place_key, places_of
from traceability.domain.vocabulary import METALS, MIXED
from traceability.services.directory.reference import reference_in
from traceability.services.reporting import declared
from traceability.services.reporting.postings import Source
from traceability.services.reporting.scope import (
    NATION_PLACE,
    Level,
    View,
    check_known,
    check_place,
    check_places,
    name_place,
    places_of_codes,
    places_within,
    touches,
)
from traceability.services.reporting.targets import MET, MISSED, TargetsInForce, Verdict, read_targets

K = TypeVar("K")
V = TypeVar("V")


OF_YEAR = "of_year"  # beside a target's met and missed: tonnes of a year say nothing of another run of months
STATISTIC, BOOK, MIXED_BASIS = "statistic", "book", "mixed"  # what a T10 rests on
BY_METAL = ("supply_share_official", "supply_share", "recycled_output", "primary_output", "ten_metal_output")
CAPACITY_LEVELS = {"benchmark_capacity": "benchmark", "below_baseline_capacity": "below_baseline"}


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of one place: exact, with what it adds up.

    ``numerator`` and ``denominator`` are in the unit of their columns (grams, gram-kilometres, kWh, site-months);
    ``denominator`` is None for a mass. ``value`` None is "no data": also a mass where nothing at all was recorded. ``basis`` tells what T10 rests on: ``statistic``,
    ``book`` or, of a group, ``mixed``. ``provinces`` is how many provinces' statistics make the nation's, where it
    has none of its own: those without sites or figures in the book need none. ``restated`` is whether what was declared
    differs from what the month's seal found, and ``since_seal`` the value with what is declared now.
    """

    indicator: str
    value: Fraction | None
    numerator: int | None
    denominator: int | None
    metals: tuple[str, ...]
    source: Source
    verdict: Verdict | None = None
    basis: str = ""
    since_seal: Fraction | None = None
    restated: bool = False
    provinces: int = 0


class LazyMapping(Mapping[K, V]):
    """Figures by key, each made when it is first asked for: a page shows few of what a report holds."""

    def __init__(self, keys: Iterable[K], make: Callable[[K], V]) -> None:
        self._make = make
        self._found: dict[K, V | None] = dict.fromkeys(keys)

    def __getitem__(self, key: K) -> V:
        found = self._found[key]
        if found is None:
            found = self._found[key] = self._make(key)
        return found

    def __iter__(self) -> Iterator[K]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


@dataclass(frozen=True, slots=True)
class ReportRow:
    """All figures of one place, or of a group of places (``level`` group).

    ``figures`` go by indicator id, ``by_metal`` by metal and indicator. ``judged`` are the figures that targets of
    the region or the nation speak of, by indicator and that target's own metals.
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

    def name(self, language: str) -> str:
        """The place's name."""
        return choose_name(self.names, language)


@dataclass(frozen=True, slots=True)
class RegionalReport:
    """A place (``total``), the places within it that have data or sites (``rows``), and groups of regions.

    It is the book at ``seq``, recorded at ``recorded_ms``; the same seq gives the same report.
    """

    period: Period
    metals: tuple[str, ...]
    view: View
    seq: int
    recorded_ms: int
    total: ReportRow
    rows: tuple[ReportRow, ...] = ()
    groups: tuple[ReportRow, ...] = ()

    @property
    def nation(self) -> ReportRow:
        """The total of a regional report."""
        return self.total

    def row(self, code: str) -> ReportRow | None:
        """The row of a region, site or group; None where it has neither data nor sites."""
        return next((row for row in (self.total, *self.rows, *self.groups) if row.code == code), None)


# --- reports ------------------------------------------------------------------------------------------------------


def regional_report(
    store: Store,
    period: Period,
    metals: Collection[str] = (),
    view: View = "book",
    groups: Mapping[str, Sequence[str]] | None = None,
    *,
    evidence: bool = False,
    now_ms: int | None = None,
) -> RegionalReport:
    """The provinces beside the nation; ``groups`` are named lists of region codes (``join_codes``: called by theirs).

    ``metals`` () are all. ``evidence`` adds the monthly evidence, which reads every site's claims. ``now_ms`` (by
    default the time of the newest record) decides which months and years are over. Raises BadInput, NotFound.
    """
    return _report(store, NATION_PLACE, period, metals, view, groups or {}, evidence, now_ms)


def report_for(
    store: Store,
    level: Level,
    code: str,
    period: Period,
    metals: Collection[str] = (),
    view: View = "book",
    *,
    evidence: bool = True,
    now_ms: int | None = None,
) -> RegionalReport:
    """A site, prefecture, province, group or the nation with the places within it. Raises BadInput, NotFound."""
    return _report(store, check_place(level, code), period, metals, view, {}, evidence, now_ms)


def _report(
    store: Store, place: str, period: Period, metals: Collection[str], view: View,
    groups: Mapping[str, Sequence[str]], evidence: bool, now_ms: int | None,
) -> RegionalReport:  # fmt: skip
    chosen = tuple(sorted(set(metals)))
    unknown = [metal for metal in chosen if metal not in METALS and metal != MIXED]
    if unknown:
        raise BadInput("report.unknown_metal", metals=", ".join(unknown))
    members = {name: places_of_codes(codes) for name, codes in groups.items()}
    with store.read() as reader:
        ledger = _read_ledger(reader, place, members, period, chosen, view, evidence, now_ms)
    total = ledger.row(place)
    rows = tuple(
        ledger.row(within) for within in ledger.within if ledger.sums.get(within) or within in ledger.sited
    )
    grouped = tuple(ledger.group(name, places) for name, places in members.items())
    return RegionalReport(period, chosen, view, ledger.seq, ledger.recorded_ms, total, rows, grouped)


def _read_ledger(
    reader: Reader, place: str, members: Mapping[str, tuple[str, ...]], period: Period,
    chosen: tuple[str, ...], view: View, evidence: bool, now_ms: int | None,
) -> "_Ledger":  # fmt: skip
    reference = reference_in(reader)
    check_known(place, reference)
    if reference.regions:
        check_places((one for names in members.values() for one in names), reference)
    head = reader.last()
    newest = reader.find_events_by_seq([head.seq]) if head.seq else {}
    recorded_ms = newest[head.seq].record_ms if newest else 0
    now_ms = recorded_ms if now_ms is None else now_ms
    within = places_within(place, reference)
    places = tuple(dict.fromkeys((place, *within, *(one for names in members.values() for one in names))))
    by_event = view == "event"

    def sums(metals: tuple[str, ...], first: str, last: str) -> dict[str, dict[str, Mapping[str, int]]]:
        found: dict[str, dict[str, Mapping[str, int]]] = {}
        wanted = TallyFilter(places, metals, first, last, by_event)
        for tally in reader.sum_tallies(wanted, by=("place", "metal")):
            if any(tally.sums.values()):
                found.setdefault(tally.place, {})[tally.metal] = tally.sums
        return found

    liquid = metals_for("Al", chosen, ())
    covered = {site.id: site for site in reference.sites.values() if touches(places, site.id, site.region)}
    electrolysis = [site.id for site in covered.values() if "electrolysis" in site.kinds]
    lines, lines_now = (_counted(stated, period) for stated in declared.read_lines(reader, period))
    return _Ledger(
        reference=reference,
        targets=read_targets(reader),
        period=period,
        chosen=chosen,
        by_event=by_event,
        seq=head.seq,
        recorded_ms=recorded_ms,
        ended=now_ms >= period.end_ms,
        within=within,
        sums=sums(chosen, period.first, period.last),
        before=sums(liquid, "", period.before) if liquid else {},
        statistics=declared.read_statistics(reader, period),
        power=declared.read_power(reader, electrolysis, period) if liquid else [],
        lines=lines,
        lines_now=lines_now,
        evidence=declared.read_evidence(reader, covered, period, now_ms) if evidence else None,
        sited={one for site in covered.values() for one in places_of(site.id, site.region)},
    )


def _counted(stated: list[tuple[str, SmeltingLine]], period: Period) -> list[tuple[str, SmeltingLine]]:
    counted = set(newest_lines((line for _, line in stated), period))
    return [(region, line) for region, line in stated if line in counted]


class _Amount(NamedTuple):
    """A figure before it is judged; ``numerator`` None is no data."""

    numerator: int | None
    denominator: int | None
    columns: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    basis: str = ""
    since_seal: tuple[int, int] | None = None
    provinces: int = 0


class _Output(NamedTuple):
    """Ten-metal output of a place, what it rests on, and the declarations; ``provinces`` as of a figure."""

    grams: int
    basis: str
    events: tuple[str, ...] = ()
    provinces: int = 0


@dataclass(frozen=True, slots=True)
class _Ledger:
    """Everything that one report reads, and how its figures are made of it."""

    reference: Reference
    targets: TargetsInForce
    period: Period
    chosen: tuple[str, ...]
    by_event: bool
    seq: int
    recorded_ms: int
    ended: bool
    within: list[str]
    sums: Mapping[str, Mapping[str, Mapping[str, int]]]
    before: Mapping[str, Mapping[str, Mapping[str, int]]]
    statistics: declared.Statistics
    power: list[declared.Power]
    lines: list[tuple[str, SmeltingLine]]
    lines_now: list[tuple[str, SmeltingLine]]
    evidence: list[declared.Evidence] | None
    sited: set[str]
    kept: dict[tuple[tuple[str, ...], tuple[str, ...] | None], dict[str, int]] = field(default_factory=dict)

    # --- rows --------------------------------------------------------------------------------------------------------

    def row(self, place: str) -> ReportRow:
        """The row of one place."""
        level, _, code = place.partition(":")
        if level == "group":
            return self.group(code, tuple(self.within))
        names = name_place(place, self.reference)
        owner = code if level != "site" else ""
        judged = self.judged(owner, (place,)) if owner else {}
        figures, by_metal = self.figures((place,), owner), self.by_metal((place,), owner)
        return ReportRow(*names, (place,), figures, by_metal, judged)

    def group(self, name: str, places: tuple[str, ...]) -> ReportRow:
        """The row of a group: numerators and denominators of its places added up."""
        figures, by_metal = self.figures(places, ""), self.by_metal(places, "")
        names = name_place(place_key("group", name), self.reference)
        return ReportRow(*names, places, figures, by_metal)

    def figures(self, places: tuple[str, ...], owner: str) -> Mapping[str, Figure]:
        """Every indicator over the metals chosen."""
        sums = LazyMapping(
            (TEN_METALS, ANY_METAL, "Al"),
            lambda scope: self.added(places, self.metals(scope)),
        )

        def make(id_: str) -> Figure:
            scope = INDICATORS[id_].scope
            return self.figure(id_, places, self.metals(scope), owner, sums[scope])

        return LazyMapping(
            (id_ for id_ in INDICATORS if id_ != "evidence" or self.evidence is not None), make
        )

    def by_metal(self, places: tuple[str, ...], owner: str) -> Mapping[str, Mapping[str, Figure]]:
        """The supply of each metal that has any, or whose output a statistic tells."""

        def make(metal: str) -> Mapping[str, Figure]:
            sums = self.added(places, (metal,))
            return LazyMapping(BY_METAL, lambda id_: self.figure(id_, places, (metal,), owner, sums))

        supplied = {
            metal
            for place in places
            for metal, sums in self.sums.get(place, {}).items()
            if sums.get("recycled") or sums.get("primary")
        }
        metals = self.metals(TEN_METALS) or ()
        codes = [place.partition(":")[2] for place in places]
        supplied |= {
            metal
            for metal in metals
            if any(self.statistics.cover(code, (metal,), self.period) is not None for code in codes)
        }
        return LazyMapping(sorted(supplied & set(metals)), make)

    def judged(self, owner: str, places: tuple[str, ...]) -> Mapping[tuple[str, tuple[str, ...]], Figure]:
        """The figures that targets of the region or the nation speak of; those outside the metals chosen left out."""
        ten_metals = tuple(sorted(self.reference.ten_metals))
        spoken = [
            (id_, metals or ten_metals)
            for id_, metals in self.targets.concerning(owner, self.period)
            if not self.chosen or set(metals or ten_metals) <= set(self.chosen)
        ]

        def make(key: tuple[str, tuple[str, ...]]) -> Figure:
            id_, metals = key
            return self.figure(id_, places, metals, owner, self.added(places, metals))

        return LazyMapping(spoken, make)

    def metals(self, scope: str) -> tuple[str, ...] | None:
        """The metals of an indicator within those chosen; () every one, None none."""
        return metals_for(scope, self.chosen, self.reference.ten_metals)

    def added(self, places: tuple[str, ...], metals: tuple[str, ...] | None) -> dict[str, int]:
        """Sums of the period over places and metals; kept, because several figures ask for the same."""
        key = (places, metals)
        if key not in self.kept:
            self.kept[key] = add_sums(self._sums(self.sums, places, metals))
        return self.kept[key]

    def _sums(
        self,
        read: Mapping[str, Mapping[str, Mapping[str, int]]],
        places: Sequence[str],
        metals: tuple[str, ...] | None,
    ) -> Iterator[Mapping[str, int]]:
        if metals is None:
            return
        for place in places:
            for metal, sums in read.get(place, {}).items():
                if not metals or metal in metals:
                    yield sums

    # --- figures -----------------------------------------------------------------------------------------------------

    def figure(
        self, id_: str, places: tuple[str, ...], metals: tuple[str, ...] | None, owner: str,
        sums: Mapping[str, int],
    ) -> Figure:  # fmt: skip
        """One figure over some places and metals (None: none of its metals was chosen), judged."""
        first, last = self.period
        if id_ == "open_liquid_start":
            first, last = "", self.period.before
        elif id_ == "open_liquid_end":
            first = ""
        indicator = INDICATORS.get(id_)
        amount = None if indicator is None or metals is None else self.amount(id_, places, metals, sums)
        columns = amount.columns if amount else ()
        events = amount.events if amount else ()
        source = Source(places, metals or (), columns, first, last, self.by_event, self.seq, events)
        value = since = None
        if amount is not None and indicator is not None:
            if amount.numerator is not None:
                value = indicator.value(amount.numerator, amount.denominator)
            if amount.since_seal is not None:
                since = indicator.value(*amount.since_seal)
        spoken = () if frozenset(metals or ()) == self.reference.ten_metals else metals or ()
        verdict = self.targets.judge(owner, id_, spoken, value, self.period, ended=self.ended)
        if id_ in TARGET_UNIT and verdict and verdict.state in (MET, MISSED):
            of_one_year = self.period.is_year and not verdict.interim
            verdict = verdict if of_one_year else replace(verdict, state=OF_YEAR)
        return Figure(
            id_,
            value,
            amount.numerator if amount else None,
            amount.denominator if amount else None,
            metals or (),
            source,
            verdict,
            amount.basis if amount else "",
            since,
            amount is not None and amount.since_seal is not None,
            amount.provinces if amount else 0,
        )

    def amount(
        self, id_: str, places: tuple[str, ...], metals: tuple[str, ...], sums: Mapping[str, int]
    ) -> _Amount:
        """Numerator, denominator and what is behind them; a mass of which nothing was recorded has no numerator."""
        indicator = INDICATORS[id_]
        if id_ in OFFICIAL or id_ == "ten_metal_output":
            output_g, basis, events, provinces = self.ten_metal_output(places, metals)
            columns = indicator.columns if basis != STATISTIC else ()
            if id_ == "ten_metal_output":
                return _Amount(
                    output_g if sums or basis != BOOK else None, None, columns, events, basis, None, provinces
                )
            assert indicator.numerator is not None
            columns = columns or indicator.numerator.columns
            return _Amount(indicator.numerator.of(sums), output_g, columns, events, basis, None, provinces)
        if id_.startswith("open_liquid"):
            liquid = add_sums(self._sums(self.before, places, metals))
            if id_ == "open_liquid_end":
                liquid = add_sums((liquid, sums))
            held_g = indicator.compute(liquid)[0] if liquid or sums else None
            return _Amount(held_g, None, indicator.columns)
        if id_ == "renewable_power":
            return self._renewable(places)
        if id_ in CAPACITY_LEVELS:
            sealed, newest = (
                [line for region, line in lines if touches(places, line.site, region)]
                for lines in (self.lines, self.lines_now)
            )
            events = tuple(line.event for line in (*sealed, *newest) if not metals or line.metal in metals)
            return self._beside(
                capacity_at(CAPACITY_LEVELS[id_], sealed, metals),
                capacity_at(CAPACITY_LEVELS[id_], newest, metals),
                events,
            )
        if id_ == "evidence":
            known = [one for one in self.evidence or () if touches(places, one.site, one.region)]
            ended = sum(one.ended for one in known)
            complete, since = sum(one.complete for one in known), sum(one.since_seal for one in known)
            return self._beside((complete, ended), (since, ended), ())
        assert indicator.numerator is not None
        if indicator.kind == "mass" and not sums:
            return _Amount(None, None, indicator.columns)
        over = indicator.denominator.of(sums) if indicator.denominator else None
        return _Amount(indicator.numerator.of(sums), over, indicator.columns)

    def _renewable(self, places: tuple[str, ...]) -> _Amount:
        power = [one for one in self.power if touches(places, one.site, one.region)]
        sealed = (sum(one.renewable_kwh for one in power), sum(one.kwh for one in power))
        newest = (sum(one.since_seal[1] for one in power), sum(one.since_seal[0] for one in power))
        return self._beside(sealed, newest, tuple(id_ for one in power for id_ in one.events))

    def _beside(self, sealed: tuple[int, int], newest: tuple[int, int], events: Sequence[str]) -> _Amount:
        """What was declared as seals found it, with what is true now beside it; by event month only the latter."""
        events = tuple(dict.fromkeys(events))
        if self.by_event:
            return _Amount(*newest, (), events)
        return _Amount(*sealed, (), events, "", newest if newest != sealed else None)

    # --- ten-metal output --------------------------------------------------------------------------------------------

    def ten_metal_output(self, places: tuple[str, ...], metals: tuple[str, ...]) -> _Output:
        """By statistic where that covers the period wholly, else the book's.

        The nation's own statistic goes first, then all provinces'. A group adds up what its members rest on.
        """
        parts = [self._output_of(place, metals) for place in places]
        bases = {part.basis for part in parts}
        basis = bases.pop() if len(bases) == 1 else MIXED_BASIS
        events = tuple(id_ for part in parts for id_ in part.events)
        return _Output(
            sum(part.grams for part in parts), basis, events, sum(part.provinces for part in parts)
        )

    def _output_of(self, place: str, metals: tuple[str, ...]) -> _Output:
        level, _, code = place.partition(":")
        known = self.statistics.cover(code, metals, self.period) if level != "site" else None
        if known is not None:
            return _Output(known[0], STATISTIC, known[1])
        provinces = self._all_provinces(metals) if level == "nation" else None
        if provinces is not None:
            return provinces
        indicator = INDICATORS["ten_metal_output"]
        return _Output(indicator.compute(self.added((place,), metals))[0], BOOK)

    def _all_provinces(self, metals: tuple[str, ...]) -> _Output | None:
        """Statistics of all provinces; one that has sites or figures in the book must not be missing."""
        total = number = 0
        events: list[str] = []
        for place in self.within:
            known = self.statistics.cover(place.partition(":")[2], metals, self.period)
            if known is not None:
                total += known[0]
                number += 1
                events += known[1]
            elif place in self.sited or self.sums.get(place):
                return None
        return _Output(total, STATISTIC, tuple(events), number) if number else None


def find_figure(
    report: RegionalReport, code: str, indicator: str, metal: str = "", metals: Collection[str] = ()
) -> Figure:
    """A figure of a report, as a page's address names it; ``metals`` are a target's own. Raises NotFound."""
    row = report.row(code)
    found = None
    if row is not None and metals:
        found = next(
            (one for one in row.targets if one.indicator == indicator and set(one.metals) == set(metals)),
            None,
        )
    elif row is not None:
        found = (row.by_metal.get(metal, {}) if metal else row.figures).get(indicator)
        if found is None and metal in METALS and indicator in BY_METAL:
            source = Source(
                row.places,
                (metal,),
                (),
                *report.period,
                by_event_month=report.view == "event",
                seq=report.seq,
            )
            found = Figure(indicator, None, None, None, (metal,), source)  # nothing of this metal: no data
    if found is None:
        raise NotFound("report.no_figure", indicator=indicator, region=code)
    return found


def target_value(figure: Figure) -> Fraction | None:
    """The number of the target beside a figure, in the unit of the figure's value."""
    shown = figure.verdict.shown if figure.verdict else None
    if shown is None or shown.value is None:
        return None
    return shown.value * TARGET_UNIT.get(figure.indicator, 1)

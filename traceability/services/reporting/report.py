"""What do the figures say of a place and a period: every indicator of a site, prefecture, province, group or the nation.

A report reads two sums of tallies and the declarations of its period, whatever the number of lots. Every figure keeps
its numerator, denominator and source, so that it opens down to postings, events and lots (``postings.drill_down``).
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

from graph.store import EventFilter, Reader, Store, TallyFilter
from traceability.domain.calendar import day_of
from traceability.domain.carbon import FactorSet, Footprint, factors_in_force, screening_footprint
from traceability.domain.declarations import SmeltingLine, capacity_at, newest_lines
from traceability.domain.errors import BadInput, NotFound
from traceability.domain.event import Correction, Draft, Event, Heat
from traceability.domain.indicators import (
    ANY_METAL,
    INDICATORS,
    OFFICIAL,
    TARGET_UNIT,
    TEN_METALS,
    Assayed,
    add_sums,
    element_recovery,
    metals_for,
)
from traceability.domain.kinds import HEATS, PROCESSES, TRANSFORMATIONS
from traceability.domain.lot import Lot
from traceability.domain.material import Reference
from traceability.domain.period import Period
from traceability.domain.place import lies_in, place_key, places_of, prefecture_of, province_of
from traceability.domain.provenance import ORIGIN_OPENING, Vector
from traceability.domain.quantity import G_PER_KG
from traceability.domain.recycled_content import NO_CONTENT, RecycledContent, recycled_content
from traceability.domain.vocabulary import CUSTODY_MODELS, METALS, MIXED, NATION
from traceability.services.directory.reference import factor_sets_in, reference_in
from traceability.services.reporting import declared
from traceability.services.reporting.postings import Page, Source, csv_rows, drill_down, place_of_code
from traceability.services.reporting.targets import MET, MISSED, TargetsInForce, Verdict, read_targets

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = [
    "Figure",
    "Page",
    "Period",
    "RegionalReport",
    "ReportRow",
    "Source",
    "claim_of",
    "csv_rows",
    "drill_down",
    "find_figure",
    "find_models",
    "frame",
    "group_code",
    "list_data_months",
    "list_element_heats",
    "list_product_content",
    "list_product_lots",
    "lot_content",
    "preview_claims",
    "regional_report",
    "report_for",
    "sum_collected",
    "sum_element_recovery",
    "sum_residues",
    "target_value",
    "usual_period",
]

K = TypeVar("K")
V = TypeVar("V")

View = Literal["book", "event"]
Level = Literal["site", "prefecture", "province", "nation", "group"]

OF_YEAR = "of_year"  # beside a target's met and missed: tonnes of a year say nothing of another run of months
SUPPLY = ("recycled", "primary")
STATISTIC, BOOK, MIXED_BASIS = "statistic", "book", "mixed"  # what a T10 rests on
BY_METAL = ("supply_share_official", "supply_share", "recycled_output", "primary_output", "ten_metal_output")
PRODUCING = ("produce_primary", *PROCESSES)
CHUNK = 500
_NATION_PLACE = place_key("nation", NATION)
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
    name_zh: str
    name_en: str
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
        return self.name_en if language == "en" else self.name_zh


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
    """The provinces beside the nation; ``groups`` are named lists of region codes (``group_code``: called by theirs).

    ``metals`` () are all. ``evidence`` adds the monthly evidence, which reads every site's claims. ``now_ms`` (by
    default the time of the newest record) decides which months and years are over. Raises BadInput, NotFound.
    """
    return _report(store, _NATION_PLACE, period, metals, view, groups or {}, evidence, now_ms)


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
    place = place_key(level, code)
    if level == "group":
        _members_of(code)
    elif level != "site" and place != place_of_code(code):
        raise BadInput("report.bad_region", text=code[:40])
    return _report(store, place, period, metals, view, {}, evidence, now_ms)


def _report(
    store: Store, place: str, period: Period, metals: Collection[str], view: View,
    groups: Mapping[str, Sequence[str]], evidence: bool, now_ms: int | None,
) -> RegionalReport:  # fmt: skip
    chosen = tuple(sorted(set(metals)))
    unknown = [metal for metal in chosen if metal not in METALS and metal != MIXED]
    if unknown:
        raise BadInput("report.unknown_metal", metals=", ".join(unknown))
    members = {name: _members(codes) for name, codes in groups.items()}
    with store.read() as reader:
        ledger = _read_ledger(reader, place, members, period, chosen, view, evidence, now_ms)
    total = ledger.row(place)
    rows = tuple(
        ledger.row(within) for within in ledger.within if ledger.sums.get(within) or within in ledger.sited
    )
    grouped = tuple(ledger.group(name, places) for name, places in members.items())
    return RegionalReport(period, chosen, view, ledger.seq, ledger.recorded_ms, total, rows, grouped)


def _members(codes: Sequence[str]) -> tuple[str, ...]:
    """The places of a group; one that lies within another counts once."""
    places = {place_of_code(code) for code in codes}
    if _NATION_PLACE in places:
        return (_NATION_PLACE,)
    provinces = {place for place in places if place.startswith("province:")}
    return tuple(
        sorted(place for place in places if place in provinces or _province_place(place) not in provinces)
    )


def group_code(regions: Iterable[str]) -> str:
    """A group as an address names it: the codes of its regions, each once."""
    return ",".join(sorted(set(regions)))


def _members_of(code: str) -> tuple[str, ...]:
    """The places of a group by its code. Raises BadInput; the nation is no group."""
    members = _members(code.split(","))
    if _NATION_PLACE in members:
        raise BadInput("report.bad_group", text=code[:40])
    return members


def _check_places(places: Iterable[str], reference: Reference) -> None:
    """Regions that there are: known by name, or with a site. Raises NotFound."""
    for place in places:
        level, _, code = place.partition(":")
        known = level not in ("province", "prefecture") or code in reference.regions
        if not known and not any(lies_in(site.region, code) for site in reference.sites.values()):
            raise NotFound("report.unknown_region", code=code)


def _province_place(place: str) -> str:
    return place_key("province", province_of(place.partition(":")[2]))


def _places_within(place: str, reference: Reference) -> list[str]:
    """The next level down: provinces of the nation, prefectures of a province, sites of a prefecture, a group's own."""
    level, _, code = place.partition(":")
    if level == "site":
        return []
    if level == "group":
        return list(_members_of(code))
    if level == "nation":
        codes = {region for region in reference.regions if region != NATION and region.endswith("0000")}
        codes |= {province_of(site.region) for site in reference.sites.values()}
        return [place_key("province", one) for one in sorted(codes)]
    if level == "province":
        codes = {prefecture_of(site.region) for site in reference.sites.values()}
        codes |= {region for region in reference.regions if region.endswith("00") and region != code}
        return [place_key("prefecture", one) for one in sorted(codes) if province_of(one) == code]
    sites = (site.id for site in reference.sites.values() if prefecture_of(site.region) == code)
    return [place_key("site", one) for one in sorted(sites)]


def _read_ledger(
    reader: Reader, place: str, members: Mapping[str, tuple[str, ...]], period: Period,
    chosen: tuple[str, ...], view: View, evidence: bool, now_ms: int | None,
) -> "_Ledger":  # fmt: skip
    reference = reference_in(reader)
    level, _, code = place.partition(":")
    if level == "site" and code not in reference.sites:
        raise NotFound("report.unknown_site", id=code)
    if reference.regions:
        _check_places((place, *(one for names in members.values() for one in names)), reference)
    head = reader.last()
    newest = reader.find_events_by_seq([head.seq]) if head.seq else {}
    recorded_ms = newest[head.seq].record_ms if newest else 0
    now_ms = recorded_ms if now_ms is None else now_ms
    within = _places_within(place, reference)
    if level == "group":
        _check_places(within, reference)
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
    covered = {site.id: site for site in reference.sites.values() if _touches(places, site.id, site.region)}
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


def _touches(places: Collection[str], site: str, region: str) -> bool:
    return any(place in places for place in places_of(site, region))


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
        if level == "site":
            site = self.reference.sites[code]
            names = (site.name_zh, site.name_en)
        else:
            region = self.reference.regions.get(code)
            names = (region.name_zh, region.name_en) if region else (code, code)
        owner = code if level != "site" else ""
        judged = self.judged(owner, (place,)) if owner else {}
        figures, by_metal = self.figures((place,), owner), self.by_metal((place,), owner)
        return ReportRow(level, code, *names, (place,), figures, by_metal, judged)

    def group(self, name: str, places: tuple[str, ...]) -> ReportRow:
        """The row of a group: numerators and denominators of its places added up."""
        figures, by_metal = self.figures(places, ""), self.by_metal(places, "")
        regions = self.reference.regions
        known = [(code, regions.get(code)) for code in name.split(",")]
        zh = "、".join(region.name_zh if region else code for code, region in known)
        en = ", ".join(region.name_en if region else code for code, region in known)
        return ReportRow("group", name, zh, en, places, figures, by_metal)

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
                [line for region, line in lines if _touches(places, line.site, region)]
                for lines in (self.lines, self.lines_now)
            )
            events = tuple(line.event for line in (*sealed, *newest) if not metals or line.metal in metals)
            return self._beside(
                capacity_at(CAPACITY_LEVELS[id_], sealed, metals),
                capacity_at(CAPACITY_LEVELS[id_], newest, metals),
                events,
            )
        if id_ == "evidence":
            known = [one for one in self.evidence or () if _touches(places, one.site, one.region)]
            ended = sum(one.ended for one in known)
            complete, since = sum(one.complete for one in known), sum(one.since_seal for one in known)
            return self._beside((complete, ended), (since, ended), ())
        assert indicator.numerator is not None
        if indicator.kind == "mass" and not sums:
            return _Amount(None, None, indicator.columns)
        over = indicator.denominator.of(sums) if indicator.denominator else None
        return _Amount(indicator.numerator.of(sums), over, indicator.columns)

    def _renewable(self, places: tuple[str, ...]) -> _Amount:
        power = [one for one in self.power if _touches(places, one.site, one.region)]
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


def frame(report: RegionalReport) -> "DataFrame":
    """The report as a table: a line per place, metal ('' all that were chosen) and indicator; exact values.

    ``unit`` is that of ``value`` and ``target``, ``base_unit`` that of ``numerator`` and ``denominator``.
    """
    import pandas as pd

    lines = []
    for row in (*report.rows, *report.groups, report.total):
        parts = {"": row.figures, **row.by_metal}
        for metal, figures in parts.items():
            for id_, figure in figures.items():
                indicator, verdict = INDICATORS[id_], figure.verdict
                shown = verdict.shown if verdict else None
                lines.append(
                    {
                        "level": row.level, "code": row.code, "name_zh": row.name_zh, "name_en": row.name_en,
                        "metal": metal, "indicator": id_, "kind": indicator.kind,
                        "value": figure.value, "unit": indicator.value_unit,
                        "numerator": figure.numerator, "denominator": figure.denominator,
                        "base_unit": indicator.base_unit, "basis": figure.basis,
                        "target": target_value(figure), "target_region": shown.region if shown else "",
                        "target_year": shown.year if shown else None,
                        "verdict": verdict.state if verdict else "", "interim": bool(verdict and verdict.interim),
                    }
                )  # fmt: skip
    # Whole grams and exact fractions: columns of objects, so that nothing becomes a binary float.
    return pd.DataFrame(lines, dtype=object)


def usual_period(store: Store) -> Period | None:
    """What a report is of where nobody says: the newest year whose months supplied metal, R or P.

    A record that supplies nothing, a delivery of today, must not blank it; where no metal was supplied yet it is the
    year of the newest event, and None in an empty book.
    """
    with store.read() as reader:
        sums = reader.sum_tallies(TallyFilter((_NATION_PLACE,)), by=("month",))
        # Less than nothing is a correction of a sealed month, booked where nothing may have been made.
        years = [one.month[:4] for one in sums if any(one.sums.get(name, 0) > 0 for name in SUPPLY)]
        if not years:
            newest, _ = reader.list_events(EventFilter(), limit=1, newest_first=True)
            years = [event.month[:4] for event in newest]
    return Period(f"{max(years)}-01", f"{max(years)}-12") if years else None


def list_data_months(store: Store) -> list[str]:
    """Every month that any figure of a tally speaks of, by the book or by the events."""
    with store.read() as reader:
        return sorted(
            {
                one.month
                for by_event in (False, True)
                for one in reader.sum_tallies(
                    TallyFilter((_NATION_PLACE,), by_event_month=by_event), by=("month",)
                )
                if any(one.sums.values())
            }
        )


# --- on demand: what tallies do not hold --------------------------------------------------------------------------


IDENTITY_PRESERVED, SEGREGATED, CONTROLLED_BLENDING, MASS_BALANCE = CUSTODY_MODELS


@dataclass(frozen=True, slots=True)
class LotContent:
    """Recycled content and screening footprint of a lot as made, with its chain-of-custody model (``find_models``)."""

    content: RecycledContent
    footprint: Footprint | None
    model: str


def lot_content(reader: Reader, lot: Lot) -> LotContent:
    """The content that a lot was made with, and its screening estimate by the factors of that day."""
    return _lot_content(lot, factor_sets_in(reader), find_models(reader, [lot])[lot.id])


def _lot_content(lot: Lot, sets: Sequence[FactorSet], model: str) -> LotContent:
    made = lot.contents[0]
    content = recycled_content(made.vector, made.strict_g)
    factors = factors_in_force(sets, day_of(made.order[0]))
    return LotContent(content, screening_footprint(content, lot.metal, factors), model)


def find_models(
    reader: Reader, lots: Iterable[Lot], drafts: Mapping[str, Draft] | None = None
) -> dict[str, str]:
    """The chain-of-custody model (ISO 22095) of lots by id: that of the step that made each.

    A heat has its own, controlled blending or mass balance. A step that took one lot keeps that lot's model. Where
    several lots came together the metal stays segregated if all of it is of one source class, else it is blended; what
    was mixed further upstream shows in the vector. ``drafts`` are events by id that need not, or cannot, be read.
    """
    given = drafts or {}
    reached = {lot.id: lot for lot in lots}  # where the walk upstream has come to, by the lot asked for
    found = dict.fromkeys(reached, IDENTITY_PRESERVED)
    while reached:
        unread = {lot.made_by for lot in reached.values()} - given.keys()
        read = reader.find_events(unread) if unread else {}
        sources: dict[str, str] = {}
        for id_, lot in reached.items():
            draft = given[lot.made_by] if lot.made_by in given else read[lot.made_by].draft
            model, source = _step_of(lot, draft)
            found[id_] = max(found[id_], model, key=CUSTODY_MODELS.index)
            if source:
                sources[id_] = source
        above = reader.find_lots(sources.values()) if sources else {}
        reached = {id_: above[source] for id_, source in sources.items()}
    return found


def _step_of(lot: Lot, draft: Draft) -> tuple[str, str]:
    """(the model of the step that made a lot, the only lot that it took)."""
    mixed = _model_of(lot.content.vector)
    if lot.reclassified or (draft.kind == "fabricate" and lot.form == "scrap"):
        return mixed, ""  # new scrap: its chain begins here
    if draft.kind in HEATS:
        assert isinstance(draft.detail, Heat)
        return MASS_BALANCE if draft.detail.model == "mass_balance" else CONTROLLED_BLENDING, ""
    if lot.parent or draft.kind not in TRANSFORMATIONS:
        return mixed, lot.parent
    if len(draft.inputs) == 1:
        return mixed, draft.inputs[0].lot
    return max(mixed, SEGREGATED, key=CUSTODY_MODELS.index), ""


def _model_of(vector: Vector) -> str:
    """The strongest model that a vector leaves open: several source classes were blended, several origins came together."""
    if len({rank for rank, _, _ in vector}) > 1:
        return CONTROLLED_BLENDING
    origins = {origin for _, origin, _ in vector}
    return SEGREGATED if len(origins) > 1 or ORIGIN_OPENING in origins else IDENTITY_PRESERVED


class ContentClaim(NamedTuple):
    """What is claimed of a lot's metal: how much of each class, under which chain-of-custody model."""

    content: RecycledContent
    model: str


def claim_of(store: Store, lot: Lot) -> ContentClaim:
    """The claim of what remains of a lot; of one that is used up, as it was made."""
    with store.read() as reader:
        return _claim(lot, find_models(reader, [lot])[lot.id])


def preview_claims(store: Store, draft: Draft, lots: Sequence[Lot]) -> list[ContentClaim]:
    """The claims of lots that a draft, not recorded, would make."""
    targets = draft.detail.targets if isinstance(draft.detail, Correction) else ()
    stated = [target.draft for target in targets if target.draft] or [draft]
    with store.read() as reader:
        models = find_models(reader, lots, {one.id: one for one in stated})
    return [_claim(lot, models[lot.id]) for lot in lots]


def _claim(lot: Lot, model: str) -> ContentClaim:
    held = lot.content.take(lot.remaining_g or lot.content.mass_g)
    return ContentClaim(recycled_content(held.vector, held.strict_g), model)


@dataclass(frozen=True, slots=True)
class ProductContent:
    """What a site made of an alloy in a period: lots, their mass as made, their content added up, their models."""

    site: str
    region: str
    material: str
    metal: str
    lots: int
    mass_g: int
    content: RecycledContent
    models: tuple[str, ...] = ()


def _events(reader: Reader, place: str, kinds: tuple[str, ...], period: Period) -> Iterator[list[Event]]:
    """Live events of a place and the months of their own time, in chunks: in book order, a group's region by region."""
    if place.startswith("group:"):
        for member in _members_of(place.partition(":")[2]):
            yield from _events(reader, member, kinds, period)
        return
    level, _, code = place.partition(":")
    region = {"province": code[:2], "prefecture": code[:4]}.get(level, "")
    site = code if level == "site" else ""
    wanted = EventFilter(site, region, kinds, period.start_ms, period.end_ms)
    after = ""
    while True:
        events, after = reader.list_events(wanted, after, CHUNK)
        yield events
        if not after:
            return


def list_product_content(store: Store, level: Level, code: str, period: Period) -> list[ProductContent]:
    """Recycled content, strict too, of the products made in a period, per site and alloy; streamed over the events."""
    found: dict[tuple[str, str], ProductContent] = {}
    with store.read() as reader:
        for event, lot, model in _products(reader, place_key(level, code), period):
            made = lot.contents[0]
            site, region = event.draft.site, event.frozen.region
            key = (site, lot.material)
            known = found.get(key) or ProductContent(site, region, lot.material, lot.metal, 0, 0, NO_CONTENT)
            held = {*known.models, model}
            found[key] = replace(
                known,
                lots=known.lots + 1,
                mass_g=known.mass_g + made.mass_g,
                content=known.content.plus(recycled_content(made.vector, made.strict_g)),
                models=tuple(model for model in CUSTODY_MODELS if model in held),
            )
    return [found[key] for key in sorted(found)]


class ProductLot(NamedTuple):
    """A lot of a product as made, the event that made it, and its claim."""

    lot: Lot
    event: Event
    claim: ContentClaim


def list_product_lots(store: Store, site: str, material: str, period: Period) -> list[ProductLot]:
    """The lots that a site's line of ``list_product_content`` adds up, in book order."""
    with store.read() as reader:
        return [
            ProductLot(lot, event, ContentClaim(recycled_content(made.vector, made.strict_g), model))
            for event, lot, model in _products(reader, place_key("site", site), period)
            if lot.material == material
            for made in lot.contents[:1]
        ]


def _products(reader: Reader, place: str, period: Period) -> Iterator[tuple[Event, Lot, str]]:
    """Every product made in a place: its event, the lot, its chain-of-custody model."""
    for events in _events(reader, place, PRODUCING, period):
        lots = reader.find_lots([lot for event in events for lot in event.frozen.lots if lot])
        made_here = [lot for lot in lots.values() if not lot.void and lot.contents[0].form == "product"]
        models = find_models(reader, made_here, {event.id: event.draft for event in events})
        for event in events:
            for id_ in event.frozen.lots:
                if id_ in models:
                    yield event, lots[id_], models[id_]


def sum_element_recovery(
    store: Store, level: Level, code: str, period: Period
) -> dict[str, tuple[Fraction, Fraction]]:
    """Per element (grams won, grams charged) of the heats whose charge and metal outputs were all assayed for it."""
    with store.read() as reader:
        return element_recovery(
            (charge, won)
            for events in _events(reader, place_key(level, code), HEATS, period)
            for _, charge, won in _assayed_heats(reader, events)
        )


class ElementHeat(NamedTuple):
    """A heat whose charge and metal outputs were all assayed for an element: grams won and charged."""

    event: Event
    won_g: Fraction
    charged_g: Fraction

    @property
    def share(self) -> Fraction | None:
        """What was won of what was charged."""
        return self.won_g / self.charged_g if self.charged_g else None

    @property
    def kg(self) -> tuple[Fraction, Fraction]:
        """Won and charged in kilograms, exact."""
        return self.won_g / G_PER_KG, self.charged_g / G_PER_KG


def list_element_heats(
    store: Store, level: Level, code: str, period: Period, element: str
) -> list[ElementHeat]:
    """The heats that the recovery of an element adds up, in book order."""
    found = []
    with store.read() as reader:
        for events in _events(reader, place_key(level, code), HEATS, period):
            for event, charge, won in _assayed_heats(reader, events):
                sums = element_recovery([(charge, won)]).get(element)
                if sums:
                    found.append(ElementHeat(event, *sums))
    return found


def _assayed_heats(
    reader: Reader, events: list[Event]
) -> Iterator[tuple[Event, list[Assayed], list[Assayed]]]:
    named = {use.lot for event in events for use in event.draft.inputs}
    named |= {lot for event in events for lot in event.frozen.lots if lot}
    lots = reader.find_lots(named) if named else {}
    for event in events:
        taken = zip(event.draft.inputs, event.frozen.masses, strict=True)
        charge: list[Assayed] = [(mass_g, dict(lots[use.lot].composition)) for use, mass_g in taken]
        made = [lots[id_] for id_ in event.frozen.lots if id_ in lots]
        won: list[Assayed] = [
            (lot.contents[0].mass_g, dict(lot.composition))
            for lot in made
            if lot.contents[0].form in ("product", "internal", "heel")
        ]
        yield event, charge, won


class Collected(NamedTuple):
    """Mass collected (or imported) of one grade in a province."""

    province: str
    metal: str
    material: str
    account: str
    grams: int


def sum_collected(
    store: Store, period: Period, metals: Collection[str] = (), view: View = "book", province: str = ""
) -> list[Collected]:
    """Collected and imported mass by province, metal and grade, largest first; a group's provinces joined by commas."""
    with store.read() as reader:
        reference = reference_in(reader)
        named = [place_key("province", one) for one in province.split(",") if one]
        places = named or _places_within(_NATION_PLACE, reference)
        wanted = TallyFilter(tuple(places), tuple(sorted(metals)), period.first, period.last, view == "event")
        flows = reader.sum_flows(
            wanted, ("collected", "imported"), by=("place", "metal", "account", "detail")
        )
    found = [
        Collected(flow.place.partition(":")[2], flow.metal, flow.detail, flow.account, flow.grams)
        for flow in flows
        if flow.grams
    ]
    return sorted(found, key=lambda one: (-one.grams, one))


class Residue(NamedTuple):
    """Residue mass of one waste code ('' where none was stated): made, utilised, disposed of."""

    waste_code: str
    generated_g: int
    utilised_g: int
    disposed_g: int

    @property
    def utilisation(self) -> Fraction | None:
        """Utilised ÷ generated, as the indicator has it."""
        return INDICATORS["residue_utilisation"].value(self.utilised_g, self.generated_g)


RESIDUE_ACCOUNTS = ("residue_generated", "residue_utilised", "residue_disposed")


def sum_residues(store: Store, source: Source) -> list[Residue]:
    """Residues by waste code, for the places, metals and months of a figure."""
    found: dict[str, dict[str, int]] = {}
    with store.read() as reader:
        for account, waste_code, grams in _residues(reader, replace(source, columns=RESIDUE_ACCOUNTS)):
            sums = found.setdefault(waste_code, dict.fromkeys(RESIDUE_ACCOUNTS, 0))
            sums[account] += grams
    return [Residue(code, *found[code].values()) for code in sorted(found) if any(found[code].values())]


def _residues(reader: Reader, source: Source) -> Iterator[tuple[str, str, int]]:
    """Account, waste code and grams: of provinces from the flows, which know no smaller place, else from postings."""
    levels = {place.partition(":")[0] for place in source.places}
    if levels <= {"nation", "province"}:
        places = source.places
        if "nation" in levels:
            places = tuple(_places_within(_NATION_PLACE, reference_in(reader)))
        wanted = TallyFilter(places, source.metals, source.first, source.last, source.by_event_month)
        for flow in reader.sum_flows(wanted, source.columns, by=("account", "detail")):
            yield flow.account, flow.detail, flow.grams
        return
    for filter_ in source.filters():
        after, more = "", True
        while more:
            page, after = reader.list_postings(filter_, after, CHUNK)
            more = bool(after)
            for posting, _ in page:
                if source.holds(posting):
                    yield posting.row.account, posting.row.waste_code, posting.grams

"""Read what a report adds up: sums of tallies and declarations of a period, once for all its figures."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from graph.store import Reader, TallyFilter
from traceability.domain.claims import SEALS
from traceability.domain.declarations import SmeltingLine, newest_lines
from traceability.domain.indicators import Amount, Terms, add_sums, metals_for
from traceability.domain.material import Reference
from traceability.domain.period import Period
from traceability.domain.place import LAST_MONTH, places_of
from traceability.domain.posting import view_of
from traceability.services.reporting.declared.declarations import (
    SealedAndNow,
    SitePower,
    read_lines,
    read_power,
    read_power_by_period,
)
from traceability.services.reporting.declared.energy import EnergyQuery, EnergyUse, read_energy
from traceability.services.reporting.declared.evidence import EvidenceMonth, read_evidence
from traceability.services.reporting.declared.statistics import (
    Statistics,
    read_statistics,
    read_statistics_by_period,
)
from traceability.services.reporting.scope import (
    REGION_LEVELS,
    MonthView,
    TallySlice,
    Whereabouts,
    in_view,
    split_place,
)


class Change(NamedTuple):
    """How numerator and denominator (None of a mass) of a figure differ from what the seals closed."""

    numerator: Amount
    denominator: int | None


PlaceSums = Mapping[str, Mapping[str, Mapping[str, int]]]
"""Sums of tally columns by place, then metal."""


@dataclass(frozen=True, slots=True)
class ReportData:
    """What one report reads from the store, once for all its figures.

    ``sums`` are of the period; ``since`` of what was booked after it about its months, which were
    sealed; ``liquid_before`` of all months before it, of liquid metal. ``evidence`` and ``energy`` None
    were not asked for. ``sited`` are the places that have sites, ``firms`` by place those whose sites
    recorded anything in the period. ``tapped`` is the metal tapped, by site and region key.
    Liquid metal is a stock and goes with its site: ``liquid_moved`` are what came to (or left) a place
    by the start and by the end of the period, with sites that were elsewhere when it was tapped.
    ``liquid_other_view`` are the same sums by the other months, at the start and at the end: what
    was tapped and what moved; () where no month is sealed.
    """

    reference: Reference
    whereabouts: Whereabouts
    period: Period
    chosen: tuple[str, ...]
    by_event_month: bool
    within: list[str]
    sums: PlaceSums
    since: PlaceSums
    liquid_before: PlaceSums
    statistics: Statistics
    power: list[SitePower]
    lines: SealedAndNow[list[SmeltingLine]]
    evidence: list[EvidenceMonth] | None
    sited: set[str]
    firms: Mapping[str, set[str]]
    tapped: Mapping[tuple[str, str], int]
    recorded: Mapping[tuple[str, str], Mapping[str, Mapping[str, int]]] = field(default_factory=dict)
    energy: EnergyUse | None = None
    liquid_moved: tuple[PlaceSums, PlaceSums] = ({}, {})
    liquid_other_view: tuple[tuple[PlaceSums, PlaceSums], ...] = ()
    kept_sums: dict[tuple[tuple[str, ...], tuple[str, ...]], dict[str, int]] = field(default_factory=dict)

    def add_up(self, places: tuple[str, ...], metals: tuple[str, ...]) -> dict[str, int]:
        """Return the sums of the period; kept, because several figures ask for the same."""
        key = (places, metals)
        if key not in self.kept_sums:
            self.kept_sums[key] = _add_places(self.sums, places, metals)
        return self.kept_sums[key]

    def count_firms(self, places: Iterable[str]) -> int:
        """Return how many firms of this book recorded anything at the places in the period."""
        return len({firm for place in places for firm in self.firms.get(place, ())})

    def change_of(
        self, numerator: Terms, denominator: Terms | None, places: tuple[str, ...], metals: tuple[str, ...]
    ) -> Change | None:
        """Return what was booked since the seals about the months of the period; None where nothing was."""
        if not self.since:
            return None
        sums = _add_places(self.since, places, metals)
        change = Change(numerator.of(sums), denominator.of(sums) if denominator else None)
        return change if change.numerator or change.denominator else None

    def add_up_stock(
        self, places: tuple[str, ...], metals: tuple[str, ...], *, at_end: bool
    ) -> dict[str, int]:
        """Return the sums of all months before the start, or by the end, of the period."""
        moved = self.liquid_moved[1 if at_end else 0]
        sums = [_add_places(self.liquid_before, places, metals), _add_places(moved, places, metals)]
        return add_sums([*sums, self.add_up(places, metals)] if at_end else sums)

    def stock_change_of(
        self, stock: Terms, places: tuple[str, ...], metals: tuple[str, ...], *, at_end: bool
    ) -> Change | None:
        """Return what was booked since the seals about a stock; None where nothing was.

        A stock adds up all months before, so it is read in both views and compared.
        """
        if not self.liquid_other_view:
            return None
        other = add_sums(
            _add_places(part, places, metals) for part in self.liquid_other_view[1 if at_end else 0]
        )
        sums = self.add_up_stock(places, metals, at_end=at_end)
        now, sealed = (sums, other) if self.by_event_month else (other, sums)
        grams = stock.of(now) - stock.of(sealed)
        return Change(grams, None) if grams else None

    def touches(self, places: tuple[str, ...], site: str, region: str, month: str) -> bool:
        """Return whether what a site declared of a month, in a region, belongs to one of the places."""
        return any(self.whereabouts.holds(place, site, region, month) for place in places)


def _add_places(sums: PlaceSums, places: tuple[str, ...], metals: tuple[str, ...]) -> dict[str, int]:
    return add_sums(
        by_column
        for place in places
        for metal, by_column in sums.get(place, {}).items()
        if not metals or metal in metals
    )


def read_report_data(
    reader: Reader, whereabouts: Whereabouts, places: tuple[str, ...], within: list[str], period: Period,
    chosen: tuple[str, ...], *, by_event_month: bool, evidence: bool, now_ms: int, energy: bool | None = None,
) -> ReportData:  # fmt: skip
    """Read a few sums of tallies and the declarations of a period, whatever the number of lots.

    ``evidence`` reads the months of evidence too, ``energy`` (by default as that) what sites declared of energy.
    """
    energy = evidence if energy is None else energy
    read_sums = partial(_read_sums, reader, whereabouts, by_event_month)
    liquid = metals_for("Al", chosen, ())
    seals = has_seals(reader)
    sites = whereabouts.sites_between(places, period.first, period.last)
    electrolysis = [site.id for site in sites.values() if site.was_ever("electrolysis")]
    lines = read_lines(reader, period)
    power = read_power(reader, electrolysis, period) if liquid else []
    recorded = sum_at_sites(reader, whereabouts, places, (), period.first, period.last, by_event_month)
    declaring = {(meter.site, meter.region) for meter in power} | {
        (line.site, line.region) for line in lines.now
    }
    return ReportData(
        reference=whereabouts.reference,
        whereabouts=whereabouts,
        period=period,
        chosen=chosen,
        by_event_month=by_event_month,
        within=within,
        sums=read_sums(places, chosen, period.first, period.last),
        # Where no month is sealed, everything is booked in its own.
        since=read_sums(places, chosen, period.first, period.last, later=True) if seals else {},
        liquid_before=read_sums(places, liquid, "", period.before) if liquid else {},
        statistics=read_statistics(reader, period, _list_regions(places)),
        power=power,
        lines=SealedAndNow(_newest(lines.sealed, period), _newest(lines.now, period)),
        evidence=read_evidence(reader, sites, period, now_ms) if evidence else None,
        energy=read_energy(reader, EnergyQuery(sites, period, by_event_month, seals)) if energy else None,
        sited=whereabouts.keys_between(sites, period.first, period.last),
        firms=_firms_by_place(whereabouts, [*recorded, *declaring], period),
        tapped={key: _add_metals(by_metal).get("molten_tapped", 0) for key, by_metal in recorded.items()},
        recorded=recorded,
        liquid_moved=_read_moved_liquid(reader, whereabouts, by_event_month, places, liquid or (), period),
        liquid_other_view=_read_stock(reader, whereabouts, not by_event_month, places, liquid, period)
        if seals and liquid
        else (),
    )


def read_monthly_data(
    reader: Reader, whereabouts: Whereabouts, places: tuple[str, ...], period: Period, chosen: tuple[str, ...],
    *, by_event_month: bool, declared: bool = True, stocked: bool = True,
) -> dict[str, ReportData]:  # fmt: skip
    """Read what the report of each month of a period adds up, in a few queries for all of them.

    ``declared`` is whether power meters and smelting lines are asked for, ``stocked`` whether liquid metal in stock is.
    Evidence and energy are left out, and which firms recorded anything: those take every site's own sums. So is
    the liquid that was tapped at each site, which only the coverage of power asks for.
    """
    months = [Period(month, month) for month in period.months()]
    liquid = metals_for("Al", chosen, ())
    seals = has_seals(reader)
    read_sums = partial(_read_sums_by_month, reader, whereabouts, by_event_month)
    sums = read_sums(places, chosen, period.first, period.last)
    stocks = liquid if stocked else None
    stock = _add_up_months(read_sums(places, stocks, "", period.last), months) if stocks else {}
    other = _read_sums_by_month(
        reader, whereabouts, not by_event_month, places, stocks, "", period.last
    ) if stocks and seals else {}  # fmt: skip
    other_stock = _add_up_months(other, months)
    regions = _list_regions(places)
    statistics = read_statistics_by_period(reader, months, regions)
    sites = whereabouts.sites_between(places, period.first, period.last)
    electrolysis = [site.id for site in sites.values() if site.was_ever("electrolysis")]
    metered = (
        read_power_by_period(reader, electrolysis, months) if liquid and declared else [[] for _ in months]
    )
    years = dict.fromkeys(month.first[:4] for month in months)
    nothing = SealedAndNow[list[SmeltingLine]]([], [])
    lines = {
        year: read_lines(reader, Period(f"{year}-01", f"{year}-12")) if declared else nothing
        for year in years
    }
    read_late = partial(_read_sums, reader, whereabouts, by_event_month, places, chosen, later=True)
    read_moved = partial(_read_moved_liquid, reader, whereabouts)
    data = {}
    for month, of_month, power in zip(months, statistics, metered, strict=True):
        name, of_year = month.first, lines[month.first[:4]]
        data[name] = ReportData(
            reference=whereabouts.reference,
            whereabouts=whereabouts,
            period=month,
            chosen=chosen,
            by_event_month=by_event_month,
            within=[],
            sums=sums.get(name, {}),
            since=read_late(name, name) if seals else {},
            liquid_before=stock.get(month.before, {}),
            statistics=of_month,
            power=power,
            lines=SealedAndNow(_newest(of_year.sealed, month), _newest(of_year.now, month)),
            evidence=None,
            energy=None,
            sited=set(),
            firms={},
            tapped={},
            liquid_moved=read_moved(by_event_month, places, stocks or (), month),
            liquid_other_view=tuple(
                (other_stock.get(end, {}), moved)
                for end, moved in zip(
                    (month.before, name), read_moved(not by_event_month, places, stocks, month), strict=True
                )
            ) if seals and stocks else (),
        )  # fmt: skip
    return data


def _add_up_months(sums: Mapping[str, PlaceSums], months: Sequence[Period]) -> dict[str, PlaceSums]:
    """Return the sums of all months by the end of each month, and by the start of the first."""
    ends = [months[0].before, *(month.last for month in months)]
    added: dict[str, PlaceSums] = {}
    so_far: PlaceSums = {}
    waiting = sorted(sums, reverse=True)
    for end in ends:
        while waiting and waiting[-1] <= end:
            so_far = _add_place_sums(so_far, sums[waiting.pop()])
        added[end] = so_far
    return added


def _add_place_sums(one: PlaceSums, other: PlaceSums) -> PlaceSums:
    return {
        place: {
            metal: add_sums((one.get(place, {}).get(metal, {}), other.get(place, {}).get(metal, {})))
            for metal in {**one.get(place, {}), **other.get(place, {})}
        }
        for place in {**one, **other}
    }


def _read_stock(
    reader: Reader, whereabouts: Whereabouts, by_event_month: bool,
    places: Collection[str], liquid: tuple[str, ...], period: Period,
) -> tuple[tuple[PlaceSums, PlaceSums], ...]:  # fmt: skip
    """Return the sums of all months before the start and by the end, each with what moved by then."""
    moved = _read_moved_liquid(reader, whereabouts, by_event_month, places, liquid, period)
    read_sums = partial(_read_sums, reader, whereabouts, by_event_month)
    return (
        (read_sums(places, liquid, "", period.before), moved[0]),
        (read_sums(places, liquid, "", period.last), moved[1]),
    )


def _list_regions(places: Iterable[str]) -> set[str]:
    """Return the codes of the regions among places; the members of a group are among them."""
    parts = [split_place(place) for place in places]
    return {code for level, code, _ in parts if level in REGION_LEVELS}


def _firms_by_place(
    whereabouts: Whereabouts, present: Iterable[tuple[str, str]], period: Period
) -> dict[str, set[str]]:
    """Return the firms at each place, of (site, region key) that recorded anything."""
    firms: dict[str, set[str]] = {}
    for site, region in present:
        for place in whereabouts.keys_of(site, region, period.last):
            firms.setdefault(place, set()).add(whereabouts.reference.firm_of(site) or site)
    return firms


def _add_metals(by_metal: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    return add_sums(by_metal.values())


def has_seals(reader: Reader) -> bool:
    """Return whether any month of any site is sealed."""
    return bool(reader.list_claims(SEALS, limit=1))


def _read_sums(
    reader: Reader, whereabouts: Whereabouts, by_event_month: bool,
    places: Collection[str], metals: tuple[str, ...], first: str, last: str, *, later: bool = False,
) -> PlaceSums:  # fmt: skip
    """Return the sums of tally columns by place, then metal, without those that are all 0.

    ``later``: of what was booked after the months about them.
    """
    parts = _list_parts(whereabouts, places)
    # Months are told apart only where a site came to a base, or left it, within a region.
    by_month = any(part.first or part.last < LAST_MONTH for of in parts.values() for _, part in of)
    by = ("place", "metal", "month") if by_month else ("place", "metal")
    by_event_month = by_event_month or later
    keys = _in_view(whereabouts, parts, by_event_month)
    wanted = TallyFilter(keys, metals, first, last, by_event_month, booked_after=last if later else "")
    sums: dict[str, dict[str, dict[str, int]]] = {}
    for tally in reader.sum_tallies(wanted, by=by):
        if not any(tally.sums.values()):
            continue
        for place, part in parts[view_of(tally.place)[0]]:
            if not by_month or part.first <= tally.month <= part.last:
                by_metal = sums.setdefault(place, {})
                by_metal[tally.metal] = add_sums((by_metal.get(tally.metal, {}), tally.sums))
    return sums


def read_month_sums(
    reader: Reader, whereabouts: Whereabouts, places: Collection[str], metals: tuple[str, ...], month: str,
    view: MonthView,
) -> PlaceSums:  # fmt: skip
    """Return the sums of tally columns of one month by place, then metal, in one view of months."""
    return _read_sums(reader, whereabouts, view == "event", places, metals, month, month)


def _list_parts(whereabouts: Whereabouts, places: Collection[str]) -> dict[str, list[tuple[str, TallySlice]]]:
    """Return by the key of a tally the places that it is part of."""
    parts: dict[str, list[tuple[str, TallySlice]]] = {}
    for place in places:
        for part in whereabouts.slices(place):
            parts.setdefault(part.place, []).append((place, part))
    return parts


def _read_sums_by_month(
    reader: Reader, whereabouts: Whereabouts, by_event_month: bool,
    places: Collection[str], metals: tuple[str, ...], first: str, last: str,
) -> dict[str, dict[str, dict[str, dict[str, int]]]]:  # fmt: skip
    """Return the sums of tally columns by month, place and metal, without those that are all 0."""
    parts = _list_parts(whereabouts, places)
    keys = _in_view(whereabouts, parts, by_event_month)
    sums: dict[str, dict[str, dict[str, dict[str, int]]]] = {}
    for tally in reader.sum_tallies(TallyFilter(keys, metals, first, last, by_event_month)):
        if not any(tally.sums.values()):
            continue
        for place, part in parts[view_of(tally.place)[0]]:
            if part.first <= tally.month <= part.last:
                by_metal = sums.setdefault(tally.month, {}).setdefault(place, {})
                by_metal[tally.metal] = add_sums((by_metal.get(tally.metal, {}), tally.sums))
    return sums


def sum_at_sites(
    reader: Reader, whereabouts: Whereabouts, places: Collection[str], metals: tuple[str, ...],
    first: str, last: str, by_event_month: bool,
) -> dict[tuple[str, str], dict[str, dict[str, int]]]:  # fmt: skip
    """Return the sums of places by (site, region key), then metal, without those that are all 0."""
    parts: dict[str, list[TallySlice]] = {}
    for part in dict.fromkeys(part for place in places for part in whereabouts.site_slices(place)):
        parts.setdefault(part.place, []).append(part)
    if not parts:
        return {}
    keys = _in_view(whereabouts, parts, by_event_month)
    by_month = any(part.first or part.last < LAST_MONTH for of in parts.values() for part in of)
    by = ("place", "metal", "month") if by_month else ("place", "metal")
    sums: dict[tuple[str, str], dict[str, dict[str, int]]] = {}
    for tally in reader.sum_tallies(TallyFilter(keys, metals, first, last, by_event_month), by=by):
        found = parts[view_of(tally.place)[0]]
        if any(tally.sums.values()) and any(
            not by_month or part.first <= tally.month <= part.last for part in found
        ):
            by_metal = sums.setdefault((found[0].site, found[0].region), {})
            by_metal[tally.metal] = add_sums((by_metal.get(tally.metal, {}), tally.sums))
    return sums


def _in_view(whereabouts: Whereabouts, keys: Iterable[str], by_event_month: bool) -> tuple[str, ...]:
    """Return the keys of tallies, with those of one view alone where any site has such."""
    return tuple(in_view(keys, by_event_month=by_event_month) if whereabouts.moved else keys)


def _read_moved_liquid(
    reader: Reader, whereabouts: Whereabouts, by_event_month: bool,
    places: Collection[str], metals: tuple[str, ...], period: Period,
) -> tuple[PlaceSums, PlaceSums]:  # fmt: skip
    """Return the liquid that came to places, or left them, by the start and by the end of a period.

    A site takes what it tapped with it: where it is in a month, all its liquid is, and nowhere else.
    """
    parts = {
        places_of(site, region)[0]: (site, region)
        for site in whereabouts.movers
        for region in whereabouts.posted[site]
    }
    moves: list[dict[str, dict[str, dict[str, int]]]] = [{}, {}]
    if not parts or not metals:
        return moves[0], moves[1]
    keys = _in_view(whereabouts, parts, by_event_month)
    sites = whereabouts.reference.sites
    # A posting tells its region, but only its month tells the base that its site was in.
    by_month = any(site in sites and sites[site].changes_base for site in whereabouts.movers)
    by = ("place", "metal", "month") if by_month else ("place", "metal")
    for sums, month, last in ((moves[0], period.first, period.before), (moves[1], period.last, period.last)):
        wanted = TallyFilter(keys, metals, "", last, by_event_month)
        for tally in reader.sum_tallies(wanted, by=by):
            site, region = parts[view_of(tally.place)[0]]
            left = whereabouts.keys_of(site, region, tally.month if by_month else month)
            here = whereabouts.keys_of(site, whereabouts.reference.region_at(site, month) or region, month)
            for place in places:
                sign = (place in here) - (place in left)
                if sign:
                    by_metal = sums.setdefault(place, {})
                    change = {column: sign * grams for column, grams in tally.sums.items()}
                    by_metal[tally.metal] = add_sums((by_metal.get(tally.metal, {}), change))
    return moves[0], moves[1]


def _newest(lines: list[SmeltingLine], period: Period) -> list[SmeltingLine]:
    counted = set(newest_lines(lines, period))
    return [line for line in lines if line in counted]

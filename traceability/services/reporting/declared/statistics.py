"""Find the statistics that authorities declared for a period, and say what an answer rests on.

A statistic serves exactly the metals that it names, and a period that it covers wholly: a year's own
before its months' sum; the nation's own, else all provinces' together, declared zeros included.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, NamedTuple

from graph.store import Reader
from traceability.domain.authority import is_superseded, subject_of
from traceability.domain.claims import STATISTICS, Claim
from traceability.domain.event import Declaration
from traceability.domain.material import Reference
from traceability.domain.period import Period, pick_periods
from traceability.domain.statistic import PERCENT, StatisticKind
from traceability.domain.vocabulary import NATION
from traceability.services.directory.reference import reference_in
from traceability.services.reporting.declared.known_book import find_events, keep, list_claims

Provenance = Literal["own", "months", "provinces"]
"""What an answer rests on: one statistic of the period or each of its years, months, or provinces."""


class DeclaredAmount(NamedTuple):
    """What statistics say of a region and period.

    ``value`` is in grams of a mass, a share of one where the unit is %, else in the unit.
    ``provinces`` is how many provinces' statistics make the nation's, 0 where it has its own.
    """

    value: Fraction
    provenance: Provenance
    events: tuple[str, ...]
    provinces: int = 0

    @property
    def grams(self) -> int:
        """Return the value of a mass."""
        assert self.value.denominator == 1
        return self.value.numerator


class _Key(NamedTuple):
    region: str
    indicator: str
    metals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statistics:
    """The statistics of all regions that can count for a period, by region, indicator and metals.

    ``stated`` holds values by period, ``events`` the event of each.
    """

    period: Period
    kinds: Mapping[str, StatisticKind]
    provinces: tuple[str, ...]
    stated: Mapping[_Key, Mapping[str, Fraction]]
    events: Mapping[tuple[_Key, str], str]
    kept: dict[tuple[_Key, Period], DeclaredAmount | None] = field(default_factory=dict)
    kept_metals: dict[str, set[str]] = field(default_factory=dict)

    def find(
        self, region: str, indicator: str, metals: Collection[str], period: Period | None = None
    ) -> DeclaredAmount | None:
        """Return what is declared of a region for a period, by default the report's.

        None where no statistics cover it wholly. A declared 0 covers it.
        """
        kind = self.kinds.get(indicator)
        if kind is None:
            return None
        period = period or self.period
        named = tuple(sorted(metals)) if kind.metals else ()
        return self._keep(_Key(region, indicator, named), period, kind)

    def list_metals(self, indicator: str) -> set[str]:
        """Return the metals that a statistic of one metal alone is declared of, in any region."""
        if indicator not in self.kept_metals:
            self.kept_metals[indicator] = {
                key.metals[0] for key in self.stated if key.indicator == indicator and len(key.metals) == 1
            }
        return self.kept_metals[indicator]

    def _keep(self, key: _Key, period: Period, kind: StatisticKind) -> DeclaredAmount | None:
        asked = (key, period)
        if asked not in self.kept:
            self.kept[asked] = self._find(key, period, kind)
        return self.kept[asked]

    def _find(self, key: _Key, period: Period, kind: StatisticKind) -> DeclaredAmount | None:
        """Return what a region stated itself; of the nation else what all of its provinces did together."""
        own = self._find_own(key, kind, period)
        if own is not None or key.region != NATION or "provinces" not in kind.adds:
            return own
        parts = []
        for province in self.provinces:
            part = self._keep(_Key(province, key.indicator, key.metals), period, kind)
            if part is None:
                return None
            parts.append(part)
        events = tuple(event for part in parts for event in part.events)
        if not events:
            return None
        return DeclaredAmount(_add(part.value for part in parts), "provinces", events, len(self.provinces))

    def _find_own(self, key: _Key, kind: StatisticKind, period: Period) -> DeclaredAmount | None:
        return self._add_up(key, kind, period) if key in self.stated else None

    def _add_up(self, key: _Key, kind: StatisticKind, period: Period) -> DeclaredAmount | None:
        by_period = self.stated[key]
        if "months" not in kind.adds:
            return self._find_exact(key, by_period, period)
        picked, missing = pick_periods(period, by_period)
        if missing:
            return None
        events = tuple(self.events[key, declared] for declared in picked)
        by_months = len(picked) > 1 and any(len(declared) > 4 for declared in picked)
        return DeclaredAmount(_add(picked.values()), "months" if by_months else "own", events)

    def _find_exact(
        self, key: _Key, by_period: Mapping[str, Fraction], period: Period
    ) -> DeclaredAmount | None:
        """Return the value stated for exactly the period: rates and capacities add up over no months."""
        declared = str(period)
        if declared not in by_period:
            return None
        return DeclaredAmount(by_period[declared], "own", (self.events[key, declared],))


def _add(values: Iterable[Fraction]) -> Fraction:
    """Return the sum; of whole numbers, as all masses are, in a tenth of the time."""
    values = list(values)
    if len(values) == 1:
        return values[0]
    if all(value.denominator == 1 for value in values):
        return Fraction(sum(value.numerator for value in values))
    return sum(values, Fraction(0))


def read_statistics(reader: Reader, period: Period, regions: Collection[str] | None = None) -> Statistics:
    """Return the statistics that can count for a period, or for the year that it ends in.

    ``regions`` are those that are asked for (None: all), of the nation its provinces too.
    """
    return read_statistics_by_period(reader, (period,), regions)[0]


def read_statistics_by_period(
    reader: Reader, periods: Sequence[Period], regions: Collection[str] | None = None
) -> list[Statistics]:
    """Return likewise the statistics of each of several periods, with one reading for all."""
    reference = reference_in(reader)
    if regions is not None and NATION in regions:
        regions = {*regions, *list_provinces(reference)}
    asked = None if regions is None else frozenset(regions)
    key = ("statistics", reference.version, asked, tuple(periods))
    return keep(
        reader, key, lambda: _read_statistics(reader, reference, periods, asked), lambda made: len(made[0].events)
    )  # fmt: skip


def _read_statistics(
    reader: Reader, reference: Reference, periods: Sequence[Period], regions: Collection[str] | None
) -> list[Statistics]:
    claims = _list_claims_of(reader, regions)
    counted = _list_counted(claims, reference.statistics, periods)
    events = find_events(reader, counted) if counted else {}
    stated: dict[_Key, dict[str, Fraction]] = {}
    sources: dict[tuple[_Key, str], str] = {}
    for event in events.values():
        if not event.live or is_superseded(event.draft, event.frozen):
            continue
        detail = event.draft.detail
        assert isinstance(detail, Declaration)
        key = _Key(detail.region, subject_of(detail), tuple(sorted(detail.metals)))
        kind = reference.statistics.get(key.indicator)
        if kind is not None:
            stated.setdefault(key, {})[detail.period] = value_of(detail, kind)
            sources[key, detail.period] = event.id
    provinces = list_provinces(reference)
    return [Statistics(period, reference.statistics, provinces, stated, sources) for period in periods]


def _list_claims_of(reader: Reader, regions: Collection[str] | None) -> Iterator[Claim]:
    """Yield the claims of the statistics of some regions (None: all), province by province where it can be."""
    if regions is None:
        yield from list_claims(reader, STATISTICS)
        return
    spans = {NATION} if NATION in regions else {region[:2] for region in regions}
    for span in sorted(spans):
        for claim in list_claims(reader, STATISTICS if span == NATION else STATISTICS + span):
            if claim.key[len(STATISTICS) :].partition("/")[0] in regions:
                yield claim


def _list_counted(
    claims: Iterable[Claim], kinds: Mapping[str, StatisticKind], periods: Sequence[Period]
) -> list[str]:
    """Return the events of the statistics that figures of the periods, or of their last years, add up.

    Their keys tell it: a year's own goes before its months, and what adds up over no months counts
    for exactly its own period. So most statistics of a long book are never read.
    """
    years = dict.fromkeys(Period(f"{period.year}-01", f"{period.year}-12") for period in periods)
    owners: dict[str, dict[str, str]] = {}
    for claim in claims:
        subject, _, declared = claim.key.rpartition("/")
        owners.setdefault(subject, {})[declared] = claim.owner
    counted: set[str] = set()
    for subject, by_period in owners.items():
        kind = kinds.get(subject.split("/")[2])
        if kind is not None and "months" in kind.adds:
            for period in periods:
                counted.update(pick_periods(period, by_period)[0].values())
        elif kind is not None:
            counted.update(by_period[str(asked)] for asked in (*periods, *years) if str(asked) in by_period)
    return sorted(counted)


def list_provinces(reference: Reference) -> tuple[str, ...]:
    """Return every province of the reference data."""
    return reference.gazetteer.list_below(NATION)


def value_of(detail: Declaration, kind: StatisticKind) -> Fraction:
    """Return what a statistic states: grams of a mass, a share of one of %, else the number."""
    if kind.is_mass:
        return Fraction(detail.figures.get("output_g", 0))
    value = Fraction(detail.value or 0)
    return value / 100 if kind.unit == PERCENT else value

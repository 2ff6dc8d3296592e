"""Find the statistics that authorities declared for a period, and say what an answer rests on.

A statistic serves exactly the metals that it names, and a period that it covers wholly: a year's own
before its months' sum; the nation's own, else all provinces' together, declared zeros included.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, NamedTuple

from graph.store import Reader
from traceability.domain.authority import is_superseded, subject_of
from traceability.domain.claims import STATISTICS, record_period
from traceability.domain.event import Declaration
from traceability.domain.material import Reference
from traceability.domain.period import Period, pick_periods
from traceability.domain.statistic import PERCENT, StatisticKind
from traceability.domain.vocabulary import NATION
from traceability.services.directory.reference import reference_in
from traceability.services.reporting.declarations import list_claims

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
        own = self._find_own(_Key(region, indicator, named), kind, period)
        if own is not None or region != NATION or "provinces" not in kind.adds:
            return own
        total, events = Fraction(0), list[str]()
        for province in self.provinces:
            part = self._find_own(_Key(province, indicator, named), kind, period)
            if part is None:
                return None
            total += part.value
            events += part.events
        return DeclaredAmount(total, "provinces", tuple(events), len(self.provinces)) if events else None

    def _find_own(self, key: _Key, kind: StatisticKind, period: Period) -> DeclaredAmount | None:
        by_period = self.stated.get(key)
        if by_period is None:
            return None
        if "months" not in kind.adds:
            return self._find_exact(key, by_period, period)
        picked, missing = pick_periods(period, by_period)
        if missing:
            return None
        events = tuple(self.events[key, declared] for declared in picked)
        by_months = len(picked) > 1 and any(len(declared) > 4 for declared in picked)
        return DeclaredAmount(sum(picked.values(), Fraction(0)), "months" if by_months else "own", events)

    def _find_exact(
        self, key: _Key, by_period: Mapping[str, Fraction], period: Period
    ) -> DeclaredAmount | None:
        """Return the value stated for exactly the period: rates and capacities add up over no months."""
        declared = str(period)
        if declared not in by_period:
            return None
        return DeclaredAmount(by_period[declared], "own", (self.events[key, declared],))


def read_statistics(reader: Reader, period: Period) -> Statistics:
    """Return all statistics that can count for a period or the year that it ends in."""
    reference = reference_in(reader)
    year = Period(f"{period.year}-01", f"{period.year}-12")
    claims = [
        claim
        for claim in list_claims(reader, STATISTICS)
        if any(_within(asked, record_period(claim.key)) for asked in (period, year))
    ]
    events = reader.find_events([claim.owner for claim in claims]) if claims else {}
    stated: dict[_Key, dict[str, Fraction]] = {}
    sources: dict[tuple[_Key, str], str] = {}
    for claim in claims:
        event = events.get(claim.owner)
        if event is None or not event.live or is_superseded(event.draft, event.frozen):
            continue
        detail = event.draft.detail
        assert isinstance(detail, Declaration)
        key = _Key(detail.region, subject_of(detail), tuple(sorted(detail.metals)))
        kind = reference.statistics.get(key.indicator)
        if kind is not None:
            stated.setdefault(key, {})[detail.period] = value_of(detail, kind)
            sources[key, detail.period] = event.id
    return Statistics(period, reference.statistics, list_provinces(reference), stated, sources)


def list_provinces(reference: Reference) -> tuple[str, ...]:
    """Return every province of the reference data."""
    return tuple(sorted(code for code in reference.regions if code != NATION and code.endswith("0000")))


def value_of(detail: Declaration, kind: StatisticKind) -> Fraction:
    """Return what a statistic states: grams of a mass, a share of one of %, else the number."""
    if kind.is_mass:
        return Fraction(detail.figures.get("output_g", 0))
    value = Fraction(detail.value or 0)
    return value / 100 if kind.unit == PERCENT else value


def _within(period: Period, declared: str) -> bool:
    """Return whether a declared year or month can count for the period."""
    if len(declared) == 4:
        return period.first <= f"{declared}-01" and f"{declared}-12" <= period.last
    return period.contains(declared)

"""Check what authorities declare of their regions: who, where, when, and in which unit.

A statistic speaks for one region: that of its authority at the end of the statistic's period. Only
planners whose scope is exactly that region declare, correct and void it.
"""

from fractions import Fraction

from traceability.domain.calendar import month_end
from traceability.domain.errors import Figures, Violation
from traceability.domain.event import Declaration, Draft, Event, Frozen
from traceability.domain.material import Reference
from traceability.domain.period import last_month
from traceability.domain.place import Site, code_of
from traceability.domain.statistic import TEN_METAL_OUTPUT, StatisticKind
from traceability.domain.vocabulary import AUTHORITY

STATISTIC = "statistic"  # the type of declaration


def subject_of(detail: Declaration) -> str:
    """Return the id of what a statistic is of."""
    return detail.indicator or TEN_METAL_OUTPUT


def find_statistic(draft: Draft) -> Declaration | None:
    """Return what a draft declares of a region, None where it is no statistic."""
    detail = draft.detail
    return detail if isinstance(detail, Declaration) and detail.type == STATISTIC else None


def is_superseded(draft: Draft, frozen: Frozen) -> bool:
    """Return whether a statistic stands at a firm's site, as older books kept it: no figure uses it.

    An authority's keep the kind of their site, which older ones do not have.
    """
    return find_statistic(draft) is not None and AUTHORITY not in frozen.site_kinds


def region_spoken_for(reference: Reference, site: str, month: str) -> str:
    """Return the code of the region that an authority has in a month."""
    return code_of(reference.region_at(site, month))


def check_keeper(draft: Draft, site: Site) -> list[Violation]:
    """Check that statistics are kept at authorities, and no other declaration is."""
    statistic = find_statistic(draft)
    if statistic is not None and not site.is_authority:
        figures: Figures = {"site": site.id, "region": statistic.region}
        return [Violation("rule.not_an_authority", "site", figures=figures)]
    if statistic is None and site.is_authority and isinstance(draft.detail, Declaration):
        figures = {"site": site.id, "kind": draft.kind}
        return [Violation("rule.authority_site", "site", figures=figures)]
    return []


def check_subject(draft: Draft, site: Site, reference: Reference) -> list[Violation]:
    """Check what a statistic states: region, indicator, metals, and its amount in the right unit."""
    statistic = find_statistic(draft)
    if statistic is None:
        return []
    violations = []
    own = region_spoken_for(reference, site.id, last_month(statistic.period))
    if statistic.region and site.is_authority and statistic.region != own:
        figures: Figures = {
            "region": statistic.region,
            "own": own,
            "site": site.id,
            "period": statistic.period,
        }
        violations.append(Violation("rule.not_its_region", "region", figures=figures))
    kinds = reference.statistics
    kind = kinds.get(subject_of(statistic))
    if kind is None:
        figures = {"indicator": statistic.indicator, "known": ", ".join(sorted(kinds))}
        return [*violations, Violation("rule.unknown_statistic", "indicator", figures=figures)]
    if bool(statistic.metals) != kind.metals:
        if kind.metals:
            violations.append(Violation("rule.field_missing", "metals", figures={"field": "metals"}))
        else:
            violations.append(Violation("rule.metals_not_asked", "metals", figures={"indicator": kind.id}))
    return violations + _check_amount(statistic, kind)


def _check_amount(statistic: Declaration, kind: StatisticKind) -> list[Violation]:
    """Check that a mass is stated in grams, and anything else as a value with its unit."""
    figures: Figures = {"indicator": kind.id, "unit": kind.unit}
    stated = {"output_g": "output_g" in statistic.figures, "value": bool(statistic.value)}
    wanted, other, code = (
        ("output_g", "value", "rule.mass_wanted")
        if kind.is_mass
        else ("value", "output_g", "rule.value_wanted")
    )
    violations = []
    if stated[other]:
        violations.append(Violation(code, other, figures=figures))
    elif not stated[wanted]:
        violations.append(Violation("rule.field_missing", wanted, figures={"field": wanted}))
    if kind.is_mass or not stated["value"]:
        return violations
    if statistic.unit != kind.unit:
        violations.append(
            Violation("rule.unit_differs", "unit", figures={**figures, "stated": statistic.unit})
        )
    low, high = kind.bounds
    value = Fraction(statistic.value or 0)
    figures = {**figures, "value": statistic.value}
    if low is not None and value < low:
        violations.append(Violation("rule.value_too_low", "value", figures={**figures, "limit": str(low)}))
    if high is not None and value > high:
        violations.append(Violation("rule.value_too_high", "value", figures={**figures, "limit": str(high)}))
    return violations


def check_ended(event: Event) -> list[Violation]:
    """Check that a statistic's period is over by its own time, which no clock is behind."""
    statistic = find_statistic(event.draft)
    if statistic is None:
        return []
    if event.frozen.time_ms >= month_end(last_month(statistic.period)):
        return []
    return [Violation("rule.period_not_over", "period", figures={"period": statistic.period})]

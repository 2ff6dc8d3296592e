"""Say why a share is what it is: its parts, which metals and sites the gap lies at, and how it was a year before."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NamedTuple

from graph.store import Reader
from traceability.domain.errors import NotFound
from traceability.domain.gap import gap_to_share
from traceability.domain.indicators import (
    INDICATORS,
    WHY_SHARES,
    Amount,
    Indicator,
    MonthlyEvidence,
    PowerRecords,
    SmeltingCapacity,
    add_sums,
    ratio,
)
from traceability.domain.period import Period, add_months
from traceability.domain.rights import Viewer
from traceability.services.reporting.drill_down import FigureAddress
from traceability.services.reporting.gaps import SplitGap, split_gap
from traceability.services.reporting.postings import FigureInputs
from traceability.services.reporting.report import Figure, ReportRow, find_figure, report_for
from traceability.services.reporting.report_data import read_report_data, sum_at_sites
from traceability.services.reporting.scope import find_whereabouts
from traceability.services.reporting.sources import needs_evidence, source_of


class LiquidSite(NamedTuple):
    """What became of the liquid that a site tapped in the period, in grams; ``open_g`` is not used yet."""

    site: str
    tapped_g: int
    direct_g: int
    ingot_g: int
    other_g: int

    @property
    def open_g(self) -> int:
        """Return what was tapped and is neither used nor lost; negative where older liquid was used."""
        return self.tapped_g - self.direct_g - self.ingot_g - self.other_g


class DeclaredSite(NamedTuple):
    """What a site declared for a share, in the units of its numerator and denominator."""

    site: str
    numerator: Amount
    denominator: Amount
    gap: int | None


@dataclass(frozen=True, slots=True)
class Why:
    """A share with what explains it; ``earlier`` is the same figure of the same months a year before.

    ``earlier_at`` are the values of sites then. ``liquid`` and ``declared`` are of sites in view alone.
    """

    figure: Figure
    place: ReportRow
    earlier: Figure | None
    earlier_at: Mapping[str, Fraction | None]
    split: SplitGap | None
    liquid: tuple[LiquidSite, ...]
    declared: tuple[DeclaredSite, ...]
    period_before: Period
    seq: int
    recorded_ms: int


def read_why(reader: Reader, viewer: Viewer, address: FigureAddress, now_ms: int) -> Why:
    """Return what explains a share of a place. Raises BadInput, NotFound, NotAllowed."""
    if address.indicator not in WHY_SHARES:
        raise NotFound("report.no_figure", indicator=address.indicator[:40], region=address.code[:40])
    indicator = INDICATORS[address.indicator]
    before = Period(add_months(address.period.first, -12), add_months(address.period.last, -12))
    report, report_before = (
        report_for(
            reader, address.level, address.code, period, address.metals, address.view,
            evidence=needs_evidence(address.indicator), now_ms=now_ms, viewer=viewer,
        )
        for period in (address.period, before)
    )  # fmt: skip
    figure = find_figure(report, address.code, address.indicator)
    earlier = find_figure(report_before, address.code, address.indicator)
    split = split_gap(reader, viewer, figure, withholds=report.withholds)
    return Why(
        figure,
        report.total,
        earlier,
        _read_values_at(reader, viewer, split, figure, before),
        split,
        _list_liquid(reader, viewer, figure) if indicator.section == "liquid" else (),
        _list_declared(reader, viewer, indicator, figure, address, now_ms),
        before,
        report.seq,
        report.recorded_ms,
    )


def _read_values_at(
    reader: Reader, viewer: Viewer, split: SplitGap | None, figure: Figure, before: Period
) -> dict[str, Fraction | None]:
    """Return the values of sites in view in another period, by the method of the split gap."""
    if split is None:
        return {}
    at_sites = _sum_in_view(reader, viewer, replace(figure.inputs, first=before.first, last=before.last))
    part = INDICATORS[split.indicator]
    return {site: part.compute(sums)[2] for site, sums in at_sites.items()}


def _sum_in_view(reader: Reader, viewer: Viewer, inputs: FigureInputs) -> dict[str, dict[str, int]]:
    """Return the sums of tally columns of each site in view."""
    at_sites = sum_at_sites(
        reader, find_whereabouts(reader), inputs.places, inputs.metals, inputs.first, inputs.last,
        inputs.by_event_month,
    )  # fmt: skip
    seen: dict[str, list[Mapping[str, int]]] = {}
    for (site, region), by_metal in at_sites.items():
        if viewer.shows_stay(site, region):
            seen.setdefault(site, []).extend(by_metal.values())
    return {site: add_sums(sums) for site, sums in seen.items()}


def _list_liquid(reader: Reader, viewer: Viewer, figure: Figure) -> tuple[LiquidSite, ...]:
    """Return what became of liquid by tapping site, what was not alloyed directly most first."""
    listed = [
        LiquidSite(
            site,
            *(sums.get(f"molten_{name}", 0) for name in ("tapped", "direct", "ingot", "other")),
        )
        for site, sums in _sum_in_view(reader, viewer, figure.inputs).items()
        if any(sums.get(f"molten_{name}") for name in ("tapped", "direct", "ingot", "other"))
    ]
    return tuple(sorted(listed, key=lambda one: (one.direct_g - one.tapped_g, one.site)))


def _names_of(indicator: Indicator) -> tuple[str, str] | None:
    """Return how the source of a declared share names its numerator and denominator."""
    source = indicator.source
    if isinstance(source, PowerRecords):
        return "renewable", "power"
    if isinstance(source, SmeltingCapacity):
        return f"level {source.level}", "capacity"
    return ("complete", "months") if isinstance(source, MonthlyEvidence) else None


def _list_declared(
    reader: Reader, viewer: Viewer, indicator: Indicator, figure: Figure, address: FigureAddress, now_ms: int
) -> tuple[DeclaredSite, ...]:
    """Return what each site in view adds to a share that rests on declarations, what lacks most first."""
    names = _names_of(indicator)
    if names is None:
        return ()
    places = figure.inputs.places
    data = read_report_data(
        reader, find_whereabouts(reader), places, [], address.period, address.metals,
        by_event_month=address.view == "event", evidence=needs_evidence(indicator.id), now_ms=now_ms,
    )  # fmt: skip
    sums: dict[str, list[Amount]] = {}
    for site, region, month, amounts in source_of(indicator).list_parts(data, figure.metals):
        if viewer.shows_stay(site, region) and data.touches(places, site, region, month):
            pair = sums.setdefault(site, [0, 0])
            for number, name in enumerate(names):
                pair[number] += amounts.get(name, 0)
    target = figure.gap.target if figure.gap else None
    listed = [
        DeclaredSite(
            site, over, under,
            gap_to_share(target, int(over), int(under)) if target is not None else None,
        )
        for site, (over, under) in sums.items()
    ]  # fmt: skip
    return tuple(sorted(listed, key=lambda one: (-(one.gap or 0), one.numerator - one.denominator, one.site)))


def share_of(site: DeclaredSite) -> Fraction | None:
    """Return the share of one site; None of nothing."""
    return ratio(site.numerator, int(site.denominator))

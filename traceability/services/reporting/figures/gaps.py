"""Say by metal and site what is missing for a region's target."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NamedTuple

from graph.store import Reader
from traceability.domain.gap import gap_to_share, gap_with_growth
from traceability.domain.indicators import INDICATORS, Indicator, LedgerTerms, Sums, add_sums
from traceability.domain.rights import Viewer
from traceability.services.reporting.figures.postings import FigureInputs
from traceability.services.reporting.figures.report import Figure, RegionalReport
from traceability.services.reporting.figures.report_data import sum_at_sites
from traceability.services.reporting.scope import Whereabouts, find_whereabouts
from traceability.services.reporting.table import Table

MOST_SITES = 30
GAP_COLUMNS = (
    "indicator", "metal", "site", "sites", "numerator", "denominator", "value", "target", "gap", "base_unit",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class GapPart:
    """What a metal, site or region adds to a gap; ``count`` sites stand together where none is named.

    ``region`` is the place key of a region within. ``numerator`` and ``denominator`` are in grams, as is ``gap``, which is negative where the part
    is beyond the target, and None where it has nothing to divide by.
    """

    metal: str
    site: str
    count: int
    numerator: int
    denominator: int
    value: Fraction | None
    gap: int | None
    region: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """Return the metal and the site or region, each '' where the part is of all."""
        return self.metal, self.site or self.region


@dataclass(frozen=True, slots=True)
class SplitGap:
    """A gap by metal, by site, and by region within, what lacks most first.

    ``indicator`` tells the method: a site has no statistic, so the parts of the official ratio's gap
    go by the supply method.
    """

    indicator: str
    metals: tuple[GapPart, ...]
    sites: tuple[GapPart, ...]
    regions: tuple[GapPart, ...] = ()

    @property
    def tells_regions(self) -> bool:
        """Return whether regions tell where the gap is and sites do not, because none is in view of who asked."""
        return bool(self.regions) and not any(part.site for part in self.sites)

    def share_of_gap(self, part: GapPart) -> Fraction | None:
        """Return what a metal, site or region has of all that lacks anything; None of one that lacks nothing."""
        among = self.metals if part.metal else self.regions if part.region else self.sites
        lacking = sum(one.gap for one in among if one.gap is not None and one.gap > 0)
        return Fraction(part.gap, lacking) if part.gap is not None and part.gap > 0 else None


SiteSums = Mapping[tuple[str, str], Mapping[str, Sums]]
"""Sums of tally columns by (site, region key), then metal."""


def sum_sites_of(reader: Reader, whereabouts: Whereabouts, inputs: FigureInputs) -> SiteSums:
    """Return the sums of the places, metals and months of a figure by site."""
    return sum_at_sites(
        reader, whereabouts, inputs.places, inputs.metals, inputs.first, inputs.last, inputs.by_event_month
    )


class MetalShare(NamedTuple):
    """A metal and its share of what is missing, of all metals that lack something."""

    metal: str
    share: Fraction


def find_main_metal(split: SplitGap) -> MetalShare | None:
    """Return the metal that lacks most; None where none lacks anything."""
    missing = [part.gap for part in split.metals if part.gap is not None and part.gap > 0]
    return MetalShare(split.metals[0].metal, Fraction(missing[0], sum(missing))) if missing else None


def split_gap(
    reader: Reader,
    viewer: Viewer,
    figure: Figure,
    most_sites: int | None = MOST_SITES,
    withholds: Callable[[str, tuple[str, ...]], str] | None = None,
    at_sites: SiteSums | None = None,
) -> SplitGap | None:
    """Return the parts of a figure's gap; None where it has none, or is no share of metal.

    ``at_sites`` are the sums of its places where they are known already.
    What the viewer does not see, and sites after ``most_sites`` (None: no limit), stand together.
    Metals of which the viewer may not see the part (``withholds``) are left out.
    """
    part = _find_method(figure)
    if part is None or figure.gap is None:
        return None
    if withholds is not None and withholds(part.id, figure.inputs.metals):
        return None
    inputs, target = figure.inputs, figure.gap.target
    if at_sites is None:
        at_sites = sum_sites_of(reader, find_whereabouts(reader), inputs)
    by_metal: dict[str, list[Sums]] = {}
    by_site: dict[str, list[Sums]] = {}
    hidden: dict[str, list[Sums]] = {}
    for (site, region), sums_by_metal in at_sites.items():
        for metal, sums in sums_by_metal.items():
            if any(sums.get(column) for column in part.columns):
                by_metal.setdefault(metal, []).append(sums)
                stays = by_site if viewer.shows_stay(site, region) else hidden
                stays.setdefault(site, []).append(sums)
    metals = [
        _make_part(part, target, add_sums(sums), metal=metal)
        for metal, sums in by_metal.items()
        if withholds is None or not withholds(part.id, (metal,))
    ]
    return SplitGap(part.id, _sort(metals), _list_sites(part, target, by_site, hidden, most_sites))


def split_by_region(split: SplitGap, report: RegionalReport, target: Fraction) -> SplitGap:
    """Return a gap with the regions within the place, as far as they are open to who asked and their figures shown.

    They are judged as sites are, by the place's target; regions that have nothing recorded are left out.
    """
    part = INDICATORS[split.indicator]
    regions = []
    for row in report.rows:
        if row.level == "site" or len(row.places) != 1:
            continue
        figure = row.figures[part.id]
        if figure.numerator or figure.denominator:
            one = _judge(part, target, int(figure.numerator or 0), int(figure.denominator or 0), figure.value)
            regions.append(replace(one, region=row.places[0]))
    return replace(split, regions=_sort(regions))


def gap_of_all(split: SplitGap, figure: Figure) -> int | None:
    """Return the gap of all sites together by the method that they are judged by.

    Gaps of parts add up to it but for their rounding up, by less than a gram each.
    """
    if figure.gap is None:
        return None
    gap = gap_with_growth if INDICATORS[split.indicator].grows else gap_to_share
    sums = (sum(part.numerator for part in split.sites), sum(part.denominator for part in split.sites))
    return gap(figure.gap.target, *sums)


def gap_table(figure: Figure, split: SplitGap | None) -> Table:
    """Return the parts of a gap, a line per metal and per site; none where there is no gap to split.

    ``indicator`` is the one whose terms they are, ``value`` its share. A line without metal and
    site is of the ``sites`` that are not named.
    """
    target = figure.gap.target if figure.gap else None
    lines = (
        (split.indicator, part.metal, part.site, part.count, part.numerator, part.denominator, part.value,
         target, part.gap, "g")
        for part in (*split.metals, *split.sites)
    ) if split else ()  # fmt: skip
    return Table(GAP_COLUMNS, list(lines))


def _find_method(figure: Figure) -> Indicator | None:
    """Return the indicator whose terms the book has for every site."""
    indicator = INDICATORS.get(figure.indicator)
    if indicator is not None and indicator.without_statistic:
        indicator = INDICATORS[indicator.without_statistic]
    if indicator is None or indicator.kind != "share" or not isinstance(indicator.source, LedgerTerms):
        return None
    return indicator


def _list_sites(
    part: Indicator,
    target: Fraction,
    by_site: Mapping[str, list[Sums]],
    hidden: Mapping[str, list[Sums]],
    most_sites: int | None,
) -> tuple[GapPart, ...]:
    named = _sort(_make_part(part, target, add_sums(sums), site=site) for site, sums in by_site.items())
    most = len(named) if most_sites is None else most_sites
    others = [(one.site, by_site[one.site]) for one in named[most:]] + list(hidden.items())
    named = named[:most]
    if not others:
        return named
    rest = add_sums(sums for _, sums_of_site in others for sums in sums_of_site)
    return (*named, _make_part(part, target, rest, count=len({site for site, _ in others})))


def _make_part(
    part: Indicator, target: Fraction, sums: Sums, *, metal: str = "", site: str = "", count: int = 1
) -> GapPart:
    numerator, denominator, value = part.compute(sums)
    assert denominator is not None
    judged = _judge(part, target, numerator, denominator, value)
    return replace(judged, metal=metal, site=site, count=count)


def _judge(
    part: Indicator, target: Fraction, numerator: int, denominator: int, value: Fraction | None
) -> GapPart:
    gap = gap_with_growth if part.grows else gap_to_share
    return GapPart(
        "", "", 1, numerator, denominator, value, gap(target, numerator, denominator) if denominator else None
    )


def _sort(parts: Iterable[GapPart]) -> tuple[GapPart, ...]:
    return tuple(sorted(parts, key=lambda one: (-(one.gap or 0), one.metal, one.site, one.region)))

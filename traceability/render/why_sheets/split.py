"""Lay the gap of a share out by region, site and metal."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from traceability.domain.indicators import INDICATORS, RECYCLED_OUTPUT
from traceability.render.sheets import Cell, Row, Sheet, SheetColumn, say_in_all
from traceability.render.why_sheets.cells import NOTHING, points_cell
from traceability.render.why_sheets.words import WhyWords
from traceability.services.reporting.figures.gaps import GapPart
from traceability.services.reporting.why.reasons import SiteWaiting, Why


def make_regions(why: Why, say: WhyWords) -> Sheet:
    """Return the regions within the place: nothing of one that has none."""
    columns = (SheetColumn("region", say_in_all("term.region")), *_gap_columns(why))
    regions = why.split.regions if why.split else ()
    rows = [
        (Cell(say.region(part.region), say.open_region(part.region)), *_gap_cells(why, part, say))
        for part in regions
    ]
    # Sites that lie in no region within, and regions that are not open, are in the whole alone.
    whole = why.place.figures[why.split.indicator].denominator if why.split else None
    is_whole = sum(part.denominator for part in regions) == whole
    total = _total_cells(why, regions, say) if regions and is_whole else None
    return Sheet("regions", say_in_all("why.regions"), columns, rows, total)


def make_sites(why: Why, say: WhyWords) -> Sheet:
    """Return the sites in view, and all others in one line: nothing where no site is in view."""
    columns = (
        SheetColumn("site", say_in_all("why.site")),
        *_gap_columns(why),
        SheetColumn("loads", say_in_all("why.loads"), "count"),
        SheetColumn("months", say_in_all("why.unsealed"), "count"),
    )
    split = why.split
    rows: list[Row] = []
    # Where no site is in view, one line of all sites would tell nothing beside the regions.
    for part in split.sites if split and not split.tells_regions else ():
        name = say.site(part.site) if part.site else say.t("why.other_sites", count=part.count)
        waiting = why.waiting.get(part.site)
        rows.append(
            (
                Cell(name, say.open_site(part.site)),
                *_gap_cells(why, part, say),
                # What waits at others is not told.
                *(map(Cell, waiting) if waiting else (NOTHING, NOTHING)),
            )
        )
    total = (*_total_cells(why, split.sites, say), *_sum_waiting(why.waiting)) if split else None
    return Sheet("sites", say_in_all("why.sites"), columns, rows, total)


def _sum_waiting(waiting: Mapping[str, SiteWaiting]) -> tuple[Cell, Cell]:
    if not waiting:
        return NOTHING, NOTHING
    return Cell(sum(one.loads for one in waiting.values())), Cell(sum(one.months for one in waiting.values()))


def make_metals(why: Why, say: WhyWords) -> Sheet:
    """Return the metals of the gap; their sum only where none is withheld."""
    columns = (SheetColumn("metal", say_in_all("filter.metals")), *_gap_columns(why))
    split = why.split
    metals = split.metals if split else ()
    rows = [(Cell(say.metal(part.metal)), *_gap_cells(why, part, say)) for part in metals]
    # Where some metals are withheld, those told do not add up to the whole.
    of_sites = sum(part.denominator for part in split.sites) if split else 0
    is_whole = sum(part.denominator for part in metals) == of_sites
    total = _total_cells(why, metals, say) if metals and is_whole else None
    return Sheet("metals", say_in_all("why.metals"), columns, rows, total)


def _gap_columns(why: Why) -> tuple[SheetColumn, ...]:
    section = INDICATORS[why.figure.indicator].section
    over, under = ("why.recycled", "why.supply") if section == "supply" else ("why.done", "why.tapped")
    return (
        SheetColumn("gap", say_in_all("why.gap"), "mass", bar=True, ink="warn-mark"),
        SheetColumn("of_gap", say_in_all("why.of_gap"), "share"),
        SheetColumn("numerator", say_in_all(over), "mass"),
        SheetColumn("denominator", say_in_all(under), "mass"),
        SheetColumn("value", say_in_all("report.value"), "share"),
        SheetColumn("before", say_in_all("why.before"), "share"),
        SheetColumn("change", say_in_all("why.change"), "number", decimals=1),
    )


def _gap_cells(why: Why, part: GapPart, say: WhyWords) -> tuple[Cell, ...]:
    assert why.split is not None
    before, of_gap = why.values_then.get(part.key), why.split.share_of_gap(part)
    limits = (why.figure.gap.target,) if why.figure.gap else ()
    counted = RECYCLED_OUTPUT if INDICATORS[why.split.indicator].section == "supply" else why.split.indicator
    return (
        Cell(part.gap),
        NOTHING if of_gap is None else Cell(of_gap),
        Cell(part.numerator, _part_figure(why, part, counted, say)),
        Cell(part.denominator, _part_figure(why, part, why.split.indicator, say)),
        Cell(part.value, "", limits),
        Cell(before),
        points_cell(before, part.value),
    )


def _part_figure(why: Why, part: GapPart, indicator: str, say: WhyWords) -> str:
    """Return the page of what is behind a figure of a site or of one metal; '' where it is not open."""
    if part.site:
        return say.open_site_figure(part.site, indicator)
    if part.region:
        return say.open_region_figure(part.region, indicator)
    figure = why.place.by_metal.get(part.metal, {}).get(indicator)
    return say.open_figure(figure, part.metal) if figure is not None else ""


def _total_cells(why: Why, parts: Sequence[GapPart], say: WhyWords) -> tuple[Cell, ...]:
    """Return the last line: gaps add up but for their rounding up to the gram, so the whole's own stands there."""
    numerator, denominator = (
        sum(part.numerator for part in parts), sum(part.denominator for part in parts)
    )  # fmt: skip
    value = Fraction(numerator, denominator) if denominator > 0 else None
    return (
        Cell(say.t("why.total")), Cell(why.split_gap), NOTHING, Cell(numerator), Cell(denominator), Cell(value),
        NOTHING, NOTHING,
    )  # fmt: skip

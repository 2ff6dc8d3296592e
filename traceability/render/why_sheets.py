"""Lay what explains a share out as tables: its parts, the sites and metals of its gap, liquid, months, origins, grades."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from traceability.domain.indicators import (
    DIRECT_ALLOYING,
    INDICATORS,
    PRIMARY_OUTPUT,
    RECYCLED_OUTPUT,
    WHY_PARTS,
    Amount,
)
from traceability.domain.material import Reference
from traceability.domain.names import NamesByLanguage, choose_name
from traceability.domain.quantity import G_PER_T
from traceability.locale import format_share, format_t, text
from traceability.render.figure_text import write_gap
from traceability.render.sheets import Cell, Row, Sheet, SheetColumn, say_in_all
from traceability.services.reporting.figures.gaps import GapPart
from traceability.services.reporting.figures.report import Figure
from traceability.services.reporting.overviews.trend import TrendPoint
from traceability.services.reporting.scope import name_place
from traceability.services.reporting.why.parts import LiquidUse, Origins
from traceability.services.reporting.why.reasons import DeclaredShare, SiteWaiting, Why

NOTHING = Cell("")
LIMITS_OF_GAP = (Fraction(0),)
"""A gap has as many decimals as tell that something is missing, in sentences and in the table alike."""
_OPENS = {"counted": RECYCLED_OUTPUT, "primary_melted": PRIMARY_OUTPUT, "primary_first": PRIMARY_OUTPUT}
"""The figure behind a part of supply; behind a part of liquid stands the share itself."""


class WhyWords:
    """Names things in a language, and says which page opens them: none in a file that stands for itself."""

    def __init__(self, reference: Reference, language: str) -> None:
        self.reference = reference
        self.language = language

    def t(self, code: str, /, **values: object) -> str:
        """Return a message."""
        return text(code, values, self.language)

    def indicator(self, id_: str) -> str:
        """Return the name of an indicator."""
        return self.t(INDICATORS[id_].name)

    def metal(self, symbol: str) -> str:
        """Return the name of a metal, of one that an installation added that of its list."""
        known = self.reference.metals.get(symbol)
        return self._choose(f"metal.{symbol}", known.names if known else (), symbol)

    def family(self, code: str) -> str:
        """Return the name of an alloy family, or its code (6xxx) where that says it."""
        return self._choose(f"family.{code}", (), code)

    def site(self, id_: str) -> str:
        """Return the name of a site."""
        known = self.reference.sites.get(id_)
        return choose_name(known.names, self.language) if known else id_

    def material(self, id_: str) -> str:
        """Return the name of a material."""
        known = self.reference.materials.get(id_)
        return choose_name(known.names, self.language) if known else id_

    def _choose(self, code: str, names: NamesByLanguage, otherwise: str) -> str:
        words = self.t(code)
        if words != code:
            return words
        return choose_name(names, self.language) if names else otherwise

    def open_figure(self, _figure: Figure, _metal: str = "") -> str:
        """Return the page of what is behind a figure of the place."""
        return ""

    def open_site(self, _site: str) -> str:
        """Return the page of a site, '' of one out of view."""
        return ""

    def open_site_figure(self, _site: str, _indicator: str) -> str:
        """Return the page of what is behind a figure of a site, '' of one out of view."""
        return ""

    def region(self, place: str) -> str:
        """Return the name of a region by its place key."""
        return name_place(place, self.reference).name(self.language)

    def open_region(self, _place: str) -> str:
        """Return the page that explains the share of a region within, by its place key."""
        return ""

    def open_region_figure(self, _place: str, _indicator: str) -> str:
        """Return the page of what is behind a figure of a region within."""
        return ""

    def open_month(self, _month: str) -> str:
        """Return the page that explains the share in a month."""
        return ""


def say_why(why: Why, place: str, period: str, say: WhyWords, target: str = "") -> str:
    """Return what is found in a sentence: the share, what is missing for its target, and of which metal.

    ``target`` is how the target is named, by default by its number.
    """
    figure = why.figure
    words = {"place": place, "period": period, "indicator": say.indicator(figure.indicator)}
    if figure.value is None:
        return say.t("why.finding_none", **words)
    words["value"] = format_share(figure.value, figure.limits)
    amount = figure.gap.amount if figure.gap else None
    if figure.gap is None or amount is None:
        return say.t("why.finding_value", **words)
    words["target"] = target or say.t("why.target", value=format_share(figure.gap.target))
    if amount <= 0:
        return say.t("why.finding_reached", **words)
    in_grams = INDICATORS[figure.indicator].base_unit == "g"
    words["gap"] = f"{format_t(amount, LIMITS_OF_GAP)} t" if in_grams else write_gap(figure)
    split = why.split
    share = split.share_of_gap(split.metals[0]) if split and split.metals else None
    if split is None or share is None:
        return say.t("why.finding_missing", **words)
    by_sites = "why.finding_where" if split.indicator == figure.indicator else "why.finding_where_by_supply"
    return say.t(by_sites, **words, metal=say.metal(split.metals[0].metal), share=format_share(share))


def list_why_sheets(why: Why, say: WhyWords) -> tuple[Sheet, ...]:
    """Return the tables that have anything to tell, what matters most first."""
    sheets = [
        _make_gaps(why, say),
        _make_parts(why, say),
        _make_regions(why, say),
        _make_sites(why, say),
        _make_metals(why, say),
        _make_liquid(why, say),
        _make_takers(why, say),
        _make_declared(why, say),
        _make_months(why, say),
        _make_declared_months(why, say),
        _make_origins(why, say),
        _make_families(why, say),
        _make_grades(why, say),
        _make_figures(why, say),
    ]
    return tuple(sheet for sheet in sheets if sheet.rows)


# --- gap and parts ------------------------------------------------------------------------------------


def _make_gaps(why: Why, say: WhyWords) -> Sheet:
    """Return what is missing by each method: they are different questions, and never added."""
    columns = (
        SheetColumn("method", say_in_all("why.method")),
        SheetColumn("value", say_in_all("report.value"), "share"),
        SheetColumn("target", say_in_all("trend.target"), "share"),
        _amount_column(why, "gap", "why.gap"),
    )
    own, figures = why.figure, why.place.figures
    others = (figures[id_] for id_ in _list_methods(own) if id_ in figures)
    rows: list[Row] = []
    for figure in (own, *others):
        if figure.gap is None:
            continue
        shown = (
            Cell(figure.value, say.open_figure(figure), figure.limits),
            Cell(figure.gap.target),
        )
        name = say.indicator(figure.indicator)
        if figure.gap.as_it_is is not None:
            rows.append((Cell(name), *shown, _gap_cell(why, figure.gap.as_it_is)))
        if figure.gap.growing is not None:
            grows = figure.gap.as_it_is is not None
            words = say.t("why.for_refined", indicator=name) if grows else name
            rows.append((Cell(words), *shown, _gap_cell(why, figure.gap.growing)))
    return Sheet("gaps", say_in_all("why.gaps"), columns, rows)


def _gap_cell(why: Why, amount: Amount) -> Cell:
    return _amount_cell(why, amount)._replace(limits=LIMITS_OF_GAP)


def _list_methods(figure: Figure) -> tuple[str, ...]:
    """Return the other methods of a supply share; none of all else."""
    indicator = INDICATORS[figure.indicator]
    return (indicator.without_statistic or indicator.target_of,) if indicator.section == "supply" else ()


def _make_parts(why: Why, say: WhyWords) -> Sheet:
    """Return the whole, what counts, and what the rest is: the parts add up to the rest."""
    columns = (
        SheetColumn("part", say_in_all("why.part")),
        _amount_column(why, "amount", "why.amount"),
        SheetColumn("share", say_in_all("why.of_whole"), "share"),
        _amount_column(why, "before", "why.before"),
        _amount_column(why, "change", "why.change_of_amount"),
    )
    now, then = why.now.parts, why.then.parts
    if now is None:
        return Sheet("parts", say_in_all("why.parts"), columns, ())
    before = then.amounts if then else {}
    rows = [
        (
            Cell(say.t(f"why.part.{_name_part(why, id_)}"), _part_href(why, id_, say)),
            _amount_cell(why, amount),
            Cell(Fraction(amount, now.whole)),
            _amount_cell(why, before.get(id_)),
            _amount_cell(why, None if id_ not in before else amount - before[id_]),
        )
        for id_, amount in now.amounts.items()
        if amount or before.get(id_) or id_ in ("counted", "rest")
    ]
    return Sheet("parts", say_in_all("why.parts"), columns, rows)


def _name_part(why: Why, id_: str) -> str:
    """Return the code of a part's name: whole, counted and rest are called by what the share is about."""
    if id_ not in ("whole", "counted", "rest"):
        return id_
    indicator = INDICATORS[why.figure.indicator]
    if indicator.section == "supply":
        return f"{id_}_official" if indicator.without_statistic else f"{id_}_supply"
    return f"{id_}_{why.figure.indicator}" if indicator.section == "liquid" else id_


def _part_href(why: Why, id_: str, say: WhyWords) -> str:
    if INDICATORS[why.figure.indicator].section == "supply" and id_ in _OPENS:
        return say.open_figure(why.place.figures[_OPENS[id_]])
    return say.open_figure(why.figure) if id_ in ("whole", "counted") else ""


# --- sites and metals ---------------------------------------------------------------------------------


def _make_regions(why: Why, say: WhyWords) -> Sheet:
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


def _make_sites(why: Why, say: WhyWords) -> Sheet:
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


def _make_metals(why: Why, say: WhyWords) -> Sheet:
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
        _points_cell(before, part.value),
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


# --- liquid metal -------------------------------------------------------------------------------------


def _make_liquid(why: Why, say: WhyWords) -> Sheet:
    names = ("tapped", "direct", "ingot", "other", "open")
    columns = (
        SheetColumn("site", say_in_all("why.tapping_site")),
        *(SheetColumn(name, say_in_all(f"why.liquid_{name}"), "mass") for name in names),
        SheetColumn("value", say_in_all("report.value"), "share"),
        SheetColumn("before", say_in_all("why.before"), "share"),
    )
    sites = why.now.liquid.values()
    amounts = [tuple(getattr(one, f"{name}_g") for name in names) for one in sites]
    rows = []
    for one, grams in zip(sites, amounts, strict=True):
        then = why.then.liquid.get(one.site)
        href = say.open_site_figure(one.site, DIRECT_ALLOYING)
        rows.append(
            (
                Cell(say.site(one.site), say.open_site(one.site)), *map(Cell, grams),
                Cell(one.share, href), Cell(then.share if then else None),
            )
        )  # fmt: skip
    sums = [sum(column) for column in zip(*amounts, strict=True)]
    share = Fraction(sums[1], sums[0]) if sums and sums[0] > 0 else None
    total = (Cell(say.t("why.total")), *map(Cell, sums), Cell(share), NOTHING) if rows else None
    return Sheet("liquid", say_in_all("why.liquid"), columns, rows, total)


def _make_takers(why: Why, say: WhyWords) -> Sheet:
    """Return who took the liquid of each site and what became of it there."""
    names = ("taken", "direct", "ingot", "other")
    columns = (
        SheetColumn("site", say_in_all("why.tapping_site")),
        SheetColumn("taker", say_in_all("why.taker")),
        *(SheetColumn(name, say_in_all(f"why.liquid_{name}"), "mass") for name in names),
        SheetColumn("before", say_in_all("why.ingot_before"), "mass"),
    )
    uses = why.now.uses or ()
    before = {(use.site, use.taker): use.ingot_g for use in why.then.uses or ()}

    def lay_out(use: LiquidUse) -> Row:
        own = use.site == use.taker and use.site
        taker = say.t("why.own_cast_house") if own else _name_site(use.taker, say)
        return (
            Cell(_name_site(use.site, say), say.open_site(use.site)),
            Cell(taker, "" if own else say.open_site(use.taker)),
            *(Cell(getattr(use, f"{name}_g")) for name in names),
            Cell(before.get((use.site, use.taker))),
        )

    sums = [sum(getattr(use, f"{name}_g") for use in uses) for name in names]
    total = (
        Cell(say.t("why.total")),
        NOTHING,
        *map(Cell, sums),
        Cell(sum(before.values()) if before else None),
    )
    return Sheet("takers", say_in_all("why.takers"), columns, [lay_out(use) for use in uses], total)


def _name_site(site: str, say: WhyWords) -> str:
    return say.site(site) if site else say.t("why.sites_out_of_view")


# --- declarations -------------------------------------------------------------------------------------


def _make_declared(why: Why, say: WhyWords) -> Sheet:
    columns = (SheetColumn("site", say_in_all("why.site")), *_declared_columns(why))
    rows = [
        (Cell(say.site(one.name), say.open_site(one.name)), *_declared_cells(why, one, say))
        for one in why.declared
    ]
    return Sheet(
        "declared", say_in_all("why.declared"), columns, rows, _total_declared(why, why.declared, say)
    )


def _make_declared_months(why: Why, say: WhyWords) -> Sheet:
    columns = (SheetColumn("month", say_in_all("term.month"), "month"), *_declared_columns(why))
    rows = [
        (Cell(one.name, say.open_month(one.name)), *_declared_cells(why, one, say))
        for one in why.declared_months
    ]
    return Sheet(
        "months", say_in_all("why.months"), columns, rows, _total_declared(why, why.declared_months, say)
    )


def _declared_columns(why: Why) -> tuple[SheetColumn, ...]:
    return (
        _amount_column(why, "gap", "why.gap", bar=True),
        _amount_column(why, "numerator", "why.counted"),
        _amount_column(why, "denominator", "why.of_all"),
        SheetColumn("value", say_in_all("report.value"), "share"),
        SheetColumn("before", say_in_all("why.before"), "share"),
    )


def _declared_cells(why: Why, one: DeclaredShare, say: WhyWords) -> tuple[Cell, ...]:
    href = say.open_site_figure(one.name, why.figure.indicator)
    return (
        _amount_cell(why, one.gap),
        _amount_cell(why, one.numerator),
        _amount_cell(why, one.denominator),
        Cell(one.share, href, (why.figure.gap.target,) if why.figure.gap else ()),
        Cell(one.before),
    )


def _total_declared(why: Why, parts: Sequence[DeclaredShare], say: WhyWords) -> Row | None:
    """Return the sums of what is told; the gap of the whole is not that of parts in view."""
    if not parts:
        return None
    numerator = sum((one.numerator for one in parts), Fraction(0))
    denominator = sum((one.denominator for one in parts), Fraction(0))
    share = Fraction(numerator) / Fraction(denominator) if denominator > 0 else None
    sums = (_amount_cell(why, numerator), _amount_cell(why, denominator))
    return Cell(say.t("why.total")), NOTHING, *sums, Cell(share), NOTHING


# --- months -------------------------------------------------------------------------------------------


def _make_months(why: Why, say: WhyWords) -> Sheet:
    trend, official = why.months, why.official
    section = INDICATORS[why.figure.indicator].section
    over, under = ("why.recycled", "why.supply") if section == "supply" else ("why.done", "why.tapped")
    columns = (
        SheetColumn("month", say_in_all("term.month"), "month"),
        SheetColumn("gap", say_in_all("why.gap"), "mass", bar=True, ink="warn-mark"),
        SheetColumn("numerator", say_in_all(over), "mass"),
        SheetColumn("denominator", say_in_all(under), "mass"),
        SheetColumn("value", say_in_all("report.value"), "share"),
        SheetColumn("before", say_in_all("why.before"), "share"),
        *([SheetColumn("official", say_in_all("why.official"), "share")] if official else ()),
    )
    if trend is None:
        return Sheet("months", say_in_all("why.months"), columns, ())
    rows: list[Row] = [
        (
            Cell(point.month, say.open_month(point.month)),
            *_month_cells(point),
            *([_share_cell(official.points[number])] if official else ()),
        )
        for number, point in enumerate(trend.points)
    ]
    whole = why.place.figures[trend.indicator]
    then = why.place_then.figures[trend.indicator]
    total = (
        Cell(say.t("why.period")), Cell(whole.gap.amount if whole.gap else None), Cell(_whole(whole.numerator)),
        Cell(whole.denominator), Cell(whole.value, say.open_figure(whole), whole.limits),
        Cell(then.value), *([Cell(why.figure.value, "", why.figure.limits)] if official else ()),
    )  # fmt: skip
    return Sheet("months", say_in_all("why.months"), columns, rows, total)


def _month_cells(point: TrendPoint) -> tuple[Cell, ...]:
    known = point.value is not None or bool(point.denominator)
    return (
        Cell(point.gap),
        Cell(_whole(point.numerator) if known else None),
        Cell(point.denominator if known else None),
        _share_cell(point),
        Cell(point.year_before, "", point.limits),
    )


def _share_cell(point: TrendPoint) -> Cell:
    return Cell(point.value, "", point.limits)


def _whole(amount: Amount | None) -> int | None:
    return None if amount is None else int(amount)


# --- recycled metal -----------------------------------------------------------------------------------


def _make_origins(why: Why, say: WhyWords) -> Sheet:
    names = ("recycled", "local", "elsewhere", "import", "unknown")
    columns = (
        SheetColumn("metal", say_in_all("filter.metals")),
        *(SheetColumn(name, say_in_all(f"why.origin_{name}"), "mass") for name in names),
        SheetColumn("before", say_in_all("why.recycled_before"), "mass"),
    )
    origins, then = why.now.origins, why.then.origins

    def lay_out(one: Origins) -> Row:
        figure = why.place.by_metal.get(one.metal, {}).get(RECYCLED_OUTPUT)
        href = say.open_figure(figure, one.metal) if figure is not None else ""
        amounts = [getattr(one, f"{name}_g") for name in names]
        before = then.get(one.metal)
        return (
            Cell(say.metal(one.metal)), Cell(amounts[0], href), *map(Cell, amounts[1:]),
            Cell(before.recycled_g if before else None),
        )  # fmt: skip

    rows = [lay_out(one) for one in origins.values()]
    sums = [sum(getattr(one, f"{name}_g") for one in origins.values()) for name in names]
    before = sum(one.recycled_g for one in then.values()) if then else None
    total = (Cell(say.t("why.total")), *map(Cell, sums), Cell(before))
    return Sheet("origins", say_in_all("why.origins"), columns, rows, total)


def _make_families(why: Why, say: WhyWords) -> Sheet:
    columns = (
        SheetColumn("metal", say_in_all("filter.metals")),
        SheetColumn("family", say_in_all("why.family")),
        SheetColumn("recycled", say_in_all("indicator.recycled_output"), "mass", bar=True),
        SheetColumn("primary", say_in_all("indicator.primary_output"), "mass"),
        SheetColumn("charged", say_in_all("why.charged"), "mass"),
        SheetColumn("before", say_in_all("why.recycled_before"), "mass"),
        SheetColumn("primary_before", say_in_all("why.primary_before"), "mass"),
    )
    families, then = why.now.families or {}, why.then.families or {}

    def open_metal(metal: str, indicator: str) -> str:
        figure = why.place.by_metal.get(metal, {}).get(indicator)
        return say.open_figure(figure, metal) if figure is not None else ""

    rows: list[Row] = []
    for key, one in families.items():
        before = then.get(key)
        rows.append(
            (
                Cell(say.metal(one.metal)), Cell(say.family(one.family)),
                Cell(one.recycled_g, open_metal(one.metal, RECYCLED_OUTPUT)),
                Cell(one.primary_g, open_metal(one.metal, PRIMARY_OUTPUT)), Cell(one.charged_g),
                Cell(before.recycled_g if before else None), Cell(before.primary_g if before else None),
            )
        )  # fmt: skip
    sums = [
        sum(getattr(one, name) for one in families.values())
        for name in ("recycled_g", "primary_g", "charged_g")
    ]
    sums_then = [
        sum(getattr(one, name) for one in then.values()) if then else None
        for name in ("recycled_g", "primary_g")
    ]
    total = (Cell(say.t("why.total")), NOTHING, *map(Cell, (*sums, *sums_then)))
    return Sheet("families", say_in_all("why.families"), columns, rows, total)


def _make_grades(why: Why, say: WhyWords) -> Sheet:
    """Return what was collected and imported by grade: what recycled metal is made of, now or later."""
    columns = (
        SheetColumn("metal", say_in_all("filter.metals")),
        SheetColumn("grade", say_in_all("why.grade")),
        SheetColumn("account", say_in_all("why.came")),
        SheetColumn("mass", say_in_all("why.mass"), "mass", bar=True),
        SheetColumn("before", say_in_all("why.before"), "mass"),
    )
    then = why.then.grades
    rows = [
        (
            Cell(say.metal(one.metal)), Cell(say.material(one.material)), Cell(say.t(f"indicator.{one.account}")),
            Cell(one.grams), Cell(then[key].grams if key in then else None),
        )
        for key, one in why.now.grades.items()
    ]  # fmt: skip
    total = (
        Cell(say.t("why.total")), NOTHING, NOTHING, Cell(sum(one.grams for one in why.now.grades.values())),
        Cell(sum(one.grams for one in then.values()) if then else None),
    )  # fmt: skip
    return Sheet("grades", say_in_all("why.grades"), columns, rows, total)


# --- figures beside -----------------------------------------------------------------------------------


def _make_figures(why: Why, say: WhyWords) -> Sheet:
    """Return the shares that belong to it, with coverage."""
    columns = (
        SheetColumn("indicator", say_in_all("report.indicator")),
        SheetColumn("value", say_in_all("report.value"), "share"),
        SheetColumn("before", say_in_all("why.before"), "share"),
        SheetColumn("change", say_in_all("why.change"), "number", decimals=1),
    )
    own = why.figure.indicator
    ids = [own, *(id_ for id_ in WHY_PARTS.get(INDICATORS[own].section, ()) if id_ != own)]
    rows: list[Row] = []
    for id_ in ids:
        figure, then = why.place.figures.get(id_), why.place_then.figures.get(id_)
        if figure is None or INDICATORS[id_].unit != "%":
            continue
        before = then.value if then else None
        opens = figure.numerator is not None or figure.withheld
        href = say.open_figure(figure) if opens else ""
        rows.append(
            (Cell(say.indicator(id_)), Cell(figure.value, href, figure.limits), Cell(before, "", figure.limits), _points_cell(before, figure.value))
        )  # fmt: skip
    return Sheet("figures", say_in_all("why.figures"), columns, rows)


def _points_cell(before: Fraction | None, now: Fraction | None) -> Cell:
    """Return what a share rose by, in percentage points; no data where either is not known."""
    return Cell(None if before is None or now is None else (now - before) * 100)


# --- units --------------------------------------------------------------------------------------------


def _amount_column(why: Why, id_: str, words: str, *, bar: bool = False) -> SheetColumn:
    """Return a column of amounts in the unit of the share's numerator."""
    unit = INDICATORS[why.figure.indicator].base_unit
    if unit == "g":
        return SheetColumn(id_, say_in_all(words), "mass", bar=bar, ink="warn-mark")
    shown = {"g/a": "t/a", "kWh": "kWh"}.get(unit, "")
    return SheetColumn(id_, say_in_all(words), "number", unit=shown, decimals=0, bar=bar, ink="warn-mark")


def _amount_cell(why: Why, amount: Amount | None) -> Cell:
    if amount is None:
        return Cell(None)
    unit = INDICATORS[why.figure.indicator].base_unit
    if unit == "g":
        return Cell(int(amount))
    return Cell(Fraction(amount) / (G_PER_T if unit == "g/a" else 1))

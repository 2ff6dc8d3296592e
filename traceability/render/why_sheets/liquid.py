"""Lay out what became of liquid metal: by site that tapped it, and by who took it."""

from fractions import Fraction

from traceability.domain.indicators import DIRECT_ALLOYING
from traceability.render.sheets import Cell, Row, Sheet, SheetColumn, say_in_all
from traceability.render.why_sheets.cells import NOTHING
from traceability.render.why_sheets.words import WhyWords
from traceability.services.reporting.why.parts import LiquidUse
from traceability.services.reporting.why.reasons import Why


def make_liquid(why: Why, say: WhyWords) -> Sheet:
    """Return by site that tapped liquid metal what became of it."""
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


def make_takers(why: Why, say: WhyWords) -> Sheet:
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

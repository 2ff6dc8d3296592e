"""Lay recycled metal out by origin, alloy family and grade."""

from traceability.domain.indicators import PRIMARY_OUTPUT, RECYCLED_OUTPUT
from traceability.render.sheets import Cell, Row, Sheet, SheetColumn, say_in_all
from traceability.render.why_sheets.cells import NOTHING
from traceability.render.why_sheets.words import WhyWords
from traceability.services.reporting.why.parts import Origins
from traceability.services.reporting.why.reasons import Why


def make_origins(why: Why, say: WhyWords) -> Sheet:
    """Return by metal which origins the recycled metal has."""
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


def make_families(why: Why, say: WhyWords) -> Sheet:
    """Return by metal and alloy family what was made of recycled and of primary metal."""
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


def make_grades(why: Why, say: WhyWords) -> Sheet:
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

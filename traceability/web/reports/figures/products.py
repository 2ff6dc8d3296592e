"""Make the pages of what was made and collected in a place: recycled content and footprint, elements, grades."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from flask import url_for

from traceability.domain.provenance import CLASSES
from traceability.render.sheets import Cell, ReportDocument, Row, Sheet, SheetColumn, say_in_all
from traceability.services.reporting.registers.materials import Collected
from traceability.services.reporting.registers.products import ElementHeat, ProductsInView
from traceability.services.reporting.scope import NamedPlace
from traceability.web.reports.filters.bar import context_of
from traceability.web.reports.filters.page import say_of
from traceability.web.reports.filters.query import ReportFilters
from traceability.web.reports.report_view import (
    ShownProduct,
    join,
    place_href,
    say_period,
    show_grade,
    show_heat,
    show_products,
)
from traceability.web.shell import current
from traceability.web.shell.report_pages import ReportPage
from traceability.web.shell.words import material_name, metal_name, region_name, site_name, t

ElementSums = tuple[Fraction, Fraction]
"""Grams of an element that heats won, and that they were charged."""

_CONTENT_COLUMNS = (
    SheetColumn("material", say_in_all("lot.material")),
    SheetColumn("site", say_in_all("lot.site")),
    SheetColumn("lots", say_in_all("report.lots"), "count"),
    SheetColumn("mass", say_in_all("term.mass"), "mass"),
    SheetColumn("recycled", say_in_all("lot.recycled"), "share"),
    SheetColumn("strict", say_in_all("report.strict"), "share"),
    SheetColumn("exact", say_in_all("report.exact")),
    SheetColumn("footprint", say_in_all("report.footprint_short"), "number", decimals=3),
    SheetColumn("avoided", say_in_all("report.avoided_short"), "number", decimals=3),
)
_CLASS_NAMES = {name: "claim.primary" if name == "primary" else f"class.{name}" for name in CLASSES}
_CLASS_COLUMNS = (
    SheetColumn("material", say_in_all("lot.material")),
    SheetColumn("site", say_in_all("lot.site")),
    SheetColumn("model", say_in_all("claim.model_short")),
    *(
        column
        for name, words in _CLASS_NAMES.items()
        for column in (
            SheetColumn(f"{name}_share", say_in_all(words), "share"),
            SheetColumn(f"{name}_mass", say_in_all(words), "mass"),
        )
    ),
)
_ELEMENT_COLUMNS = (
    SheetColumn("element", say_in_all("lot.element")),
    SheetColumn("recovery", say_in_all("indicator.element_recovery"), "share"),
)
_GRADE_COLUMNS = (
    SheetColumn("material", say_in_all("lot.material")),
    SheetColumn("region", say_in_all("term.region")),
    SheetColumn("metal", say_in_all("term.metal")),
    SheetColumn("account", say_in_all("event.account")),
    SheetColumn("mass", say_in_all("term.mass"), "mass"),
)
_HEAT_COLUMNS = (
    SheetColumn("kind", say_in_all("event.kind")),
    SheetColumn("time", say_in_all("term.event_time"), "time"),
    SheetColumn("site", say_in_all("lot.site")),
    SheetColumn("won", say_in_all("report.won"), "number", "kg", 3),
    SheetColumn("charged", say_in_all("report.charged"), "number", "kg", 3),
    SheetColumn("share", say_in_all("report.recovered"), "share"),
)


def make_products_page(
    place: NamedPlace, made: ProductsInView, elements: Mapping[str, ElementSums], grades: Sequence[Collected],
    filters: ReportFilters, seq: int, recorded_ms: int,
) -> ReportPage:  # fmt: skip
    """Return what was made and collected in a place in a period."""
    name = place.name(current.language())
    products = show_products(made.products, filters)
    content = _make_content(products, strict=filters.strict)
    classes = Sheet(
        "classes", say_in_all("claim.by_class"), _CLASS_COLUMNS, [_class_row(one) for one in products]
    )
    recovered = Sheet(
        "elements", say_in_all("indicator.element_recovery"), _ELEMENT_COLUMNS,
        [_element_row(element, sums, place, filters) for element, sums in elements.items()],
    )  # fmt: skip
    collected = Sheet(
        "grades", say_in_all("report.grades"), _GRADE_COLUMNS, [_grade_row(one, filters) for one in grades]
    )
    further = [sheet for sheet in (classes, recovered, collected) if sheet.rows]
    document = ReportDocument(
        f"products_{place.code}_{filters.period}",
        t("report.products_in", place=name, period=say_period(filters.period), count=len(products)),
        say_of(name, filters, seq, recorded_ms),
        (content, *further),
        notes=tuple(_list_notes(place, made, products, bool(elements), bool(grades))),
        indicators=("recycled_content", "element_recovery"),
    )
    csv = url_for("report.claims_file", level=place.level, code=place.code, **filters.to_query())
    return ReportPage(
        "reports/products.html", document,
        context_of(filters, name, back=place_href(place, filters), csv=csv if products else ""),
    )  # fmt: skip


def _list_notes(
    place: NamedPlace, made: ProductsInView, products: Sequence[ShownProduct], elements: bool, grades: bool
) -> Iterator[str]:
    """Return what goes with every claim of recycled content, and what the tables leave out."""
    if products:
        yield from (
            f"{t(f'claim.{word}')}: {t(f'claim.{word}_is')}" for word in ("model", "method", "boundary")
        )
    estimates = [one.footprint for one in products if one.footprint]
    if estimates:
        yield t("report.screening", version=estimates[0].version)
    if any(not one.verified for one in estimates):
        yield t("report.unverified_factors")
    if current.viewer().is_firm and place.level != "site":
        yield t("report.own_alone")
    if made.hidden:
        yield t("report.hidden", count=made.hidden)
    if elements:
        yield t("method.element_recovery")
    if grades:
        yield t("report.grades_open")


def _name_site(one: ShownProduct) -> str:
    site = site_name(one.made.site)
    return f"{site} ({region_name(one.region)})" if one.region else site


def _make_content(products: Sequence[ShownProduct], *, strict: bool) -> Sheet:
    """Return the recycled content of products: ``strict`` leaves out the share that is not."""
    left_out = {"recycled", "exact"} if strict else set()
    kept = [number for number, column in enumerate(_CONTENT_COLUMNS) if column.id not in left_out]
    rows = [_content_row(one) for one in products]
    return Sheet(
        "content",
        say_in_all("indicator.recycled_content_strict" if strict else "indicator.recycled_content"),
        tuple(_CONTENT_COLUMNS[number] for number in kept),
        [tuple(row[number] for number in kept) for row in rows],
        empty=t("report.no_products"),
    )


def _content_row(one: ShownProduct) -> Row:
    content, footprint = one.made.content, one.footprint
    return (
        Cell(material_name(one.made.material)),
        Cell(_name_site(one)),
        Cell(one.made.lots, one.href),
        Cell(one.made.mass_g),
        Cell(content.share, one.href),
        Cell(content.strict_share, one.href),
        Cell(one.exact),
        Cell(footprint.value if footprint else None, one.href if footprint else ""),
        Cell(footprint.avoided if footprint else None),
    )


def _class_row(one: ShownProduct) -> Row:
    content = one.made.content
    shares = [
        cell
        for name, grams in zip(CLASSES, content.classes, strict=True)
        for cell in (Cell(content.share_of(name)), Cell(grams))
    ]
    models = join(t(f"model.{model}") for model in one.made.models)
    return (Cell(material_name(one.made.material), one.href), Cell(_name_site(one)), Cell(models), *shares)


def _element_row(element: str, sums: ElementSums, place: NamedPlace, filters: ReportFilters) -> Row:
    won, charged = sums
    href = url_for(
        "report.element", level=place.level, code=place.code, element=element, **filters.to_query()
    )
    return Cell(element), Cell(Fraction(won) / charged if charged else None, href)


def _grade_row(grade: Collected, filters: ReportFilters) -> Row:
    return (
        Cell(material_name(grade.material)),
        Cell(region_name(grade.province)),
        Cell(metal_name(grade.metal) if grade.metal else ""),
        Cell(t(f"account.{grade.account}")),
        Cell(grade.grams, show_grade(grade, filters).href),
    )


def make_element_page(
    place: NamedPlace, element: str, heats: Sequence[ElementHeat], filters: ReportFilters, seq: int,
    recorded_ms: int,
) -> ReportPage:  # fmt: skip
    """Return the heats that the recovery of an element adds up."""
    name = place.name(current.language())
    sheet = Sheet(
        "heats", say_in_all("report.heats"), _HEAT_COLUMNS, [_heat_row(heat) for heat in heats],
        empty=t("report.no_heats"),
    )  # fmt: skip
    document = ReportDocument(
        f"element_{element}_{place.code}_{filters.period}",
        t(
            "report.element_of",
            element=element,
            place=name,
            period=say_period(filters.period),
            count=len(heats),
        ),
        say_of(name, filters, seq, recorded_ms),
        (sheet,),
        notes=(t("method.element_recovery"),),
        indicators=("element_recovery",),
    )
    products = url_for("report.products", level=place.level, code=place.code, **filters.to_query())
    context = context_of(filters, name, back=place_href(place, filters), products=products)
    return ReportPage("reports/element.html", document, context)


def _heat_row(heat: ElementHeat) -> Row:
    event, named = heat.event, show_heat(heat).named
    won, charged = heat.kg
    return (
        Cell(t(f"kind.{event.draft.kind}"), url_for("events.show", event_id=event.id) if named else ""),
        Cell(event.frozen.time_ms if named else None),
        Cell(site_name(event.draft.site) if named else t("trace.other_firm")),
        Cell(won),
        Cell(charged),
        Cell(heat.share),
    )

"""Make the regional report, of provinces beside the nation, and the page of a place: sentence, cards, sheets."""

from collections.abc import Iterable, Iterator
from typing import Any

from flask import url_for

from traceability.domain.indicators import (
    EXACT_SHARES,
    EXPLAINED,
    KEY_FIGURES,
    LOCAL_CONVERSION,
    OVERVIEW_SHARES,
    REGIONAL_OUTPUTS,
    REGIONAL_SHARE,
    RENEWABLE_POWER,
)
from traceability.domain.place import place_key
from traceability.render.place_report import (
    OF_KEY_FIGURES,
    OF_TARGETS,
    Told,
    lay_out_changes,
    lay_out_exact,
    lay_out_figures,
    lay_out_metals,
    lay_out_places,
    lay_out_shares,
    list_figure_cells,
    list_section_sheets,
)
from traceability.render.sheets import Cell, ReportDocument, Row, Sheet, SheetColumn, say_in_all
from traceability.services.directory.reference import documents_in
from traceability.services.reporting.declared.replaced import list_replaced
from traceability.services.reporting.figures.report import RegionalReport, ReportRow
from traceability.services.reporting.registers.certificates import REGISTERED, count_new_certificates
from traceability.services.reporting.scope import (
    REGION_LEVELS,
    Level,
    NamedPlace,
    bases_within,
    find_whereabouts,
    list_changes,
    parents_of,
)
from traceability.web.reports.filters.bar import context_of
from traceability.web.reports.filters.page import say_of
from traceability.web.reports.filters.query import ReportFilters
from traceability.web.reports.report_view import (
    link_figures,
    list_withheld,
    name_indicator,
    place_href,
    say_metals,
    say_period,
    show_change,
    show_figure,
    show_replaced,
)
from traceability.web.shell import current
from traceability.web.shell.report_pages import ReportPage
from traceability.web.shell.words import metal_name, t

_FURTHER_SHARES = (LOCAL_CONVERSION, RENEWABLE_POWER)
"""What stands beside direct alloying in the regional report."""


def make_regional_page(report: RegionalReport, filters: ReportFilters) -> ReportPage:
    """Return the report of the provinces beside the nation."""
    language, total, link = current.language(), report.total, link_figures(filters)
    name = total.name(language)
    shares = (filters.share, filters.other_share)
    key_figures = (*shares, *KEY_FIGURES)
    further = (*shares, *REGIONAL_OUTPUTS, REGIONAL_SHARE, *_FURTHER_SHARES)
    sheets = [
        lay_out_shares(
            "provinces", say_in_all("report.supply_of_provinces"), report,
            (*shares, *REGIONAL_OUTPUTS), language, link, lambda row: place_href(row, filters),
        ),
        lay_out_shares(
            "alloying", say_in_all("report.alloying_of_provinces"), report,
            (REGIONAL_SHARE, *_FURTHER_SHARES), language, link, lambda row: place_href(row, filters),
        ),
        lay_out_figures(
            "key_figures", say_in_all("report.key_figures"), OF_KEY_FIGURES,
            [list_figure_cells(total, total.figures[id_], language, link) for id_ in key_figures],
        ),
        lay_out_exact(report, (*shares, *EXACT_SHARES), language),
    ]  # fmt: skip
    changes = lay_out_changes(_list_told((*report.rows, *report.groups, total), further), language)
    document = ReportDocument(
        f"regional_report_{filters.period}",
        say_finding(total, filters),
        say_of(name, filters, report.seq, report.recorded_ms),
        tuple(sheets) + ((changes,) if changes else ()),
        notes=tuple(_list_notes(report, filters)),
        indicators=tuple(dict.fromkeys((*shares, *EXPLAINED))),
    )
    rows = (total, *report.rows, *report.groups)
    return ReportPage("reports/report.html", document, context_of(
        filters, name,
        is_empty=not report.seq,
        withheld=list_withheld(row.figures[id_] for row in rows for id_ in further),
        cards=[show_figure(total, total.figures[id_], filters) for id_ in key_figures],
        csv=url_for("report.exact_file", **filters.to_query()),
    ))  # fmt: skip


def _list_notes(report: RegionalReport, filters: ReportFilters) -> Iterator[str]:
    metals = current.reference().metals
    if filters.metals and not any(metals[metal].of_ten for metal in filters.metals):
        yield t("report.outside_ten")
    if report.groups:
        yield t("report.group_is")
    yield t("report.nation_is", low=report.bounds.low, high=report.bounds.high)


def say_finding(place: ReportRow, filters: ReportFilters) -> str:
    """Say what the supply share of a place is and how it stands, by the other method where the chosen gives none."""
    name, period = place.name(current.language()), say_period(filters.period)
    for id_, method in ((filters.share, filters.method), (filters.other_share, filters.other_method)):
        cell = show_figure(place, place.figures[id_], filters)
        if cell.figure.value is not None:
            finding = t(
                "report.finding", place=name, period=period, share=f"{cell.written.value} %",
                method=t(f"method_name.{method}"),
            )  # fmt: skip
            return (
                t("report.finding_judged", finding=finding, verdict=cell.verdict) if cell.verdict else finding
            )
    return t("report.no_finding_of", place=name, period=period)


def make_place_page(report: RegionalReport, level: Level, filters: ReportFilters) -> ReportPage:
    """Return every indicator of a place, its metals, its targets, and the places within it."""
    language, total = current.language(), report.total
    reference, name = current.reference(), total.name(language)
    place, last = place_key(level, total.code), filters.period.last
    document = ReportDocument(
        f"report_{total.code}_{filters.period}",
        say_finding(total, filters),
        say_of(name, filters, report.seq, report.recorded_ms),
        tuple(_list_place_sheets(report, level, filters)),
        notes=tuple(_list_place_notes(report, level, filters)),
        indicators=tuple(id_ for id_ in total.figures if not id_.startswith(("emissions", "intensity"))),
    )
    shown = [show_figure(total, figure, filters) for figure in total.figures.values()]
    query: dict[str, Any] = {"level": level, "code": total.code}
    bases = _list_bases(place, filters) if level in REGION_LEVELS else ()
    return ReportPage("reports/region.html", document, context_of(
        filters, name,
        level=level,
        withheld=list_withheld(cell.figure for cell in shown),
        cards=[show_figure(total, total.figures[id_], filters) for id_ in OVERVIEW_SHARES],
        trail=[(above.name(language), place_href(above, filters)) for above in parents_of(place, reference, last)],
        changes=[show_change(change, filters) for change in list_changes(place, reference, last)],
        bases=[(base.name(language), place_href(base, filters)) for base in bases],
        csv=url_for("report.exact_place_file", **query, **filters.to_query()),
        products=url_for("report.products", **query, **filters.to_query()),
        certificates=url_for("register.show", **query),
        whole=url_for("report.show", **filters.to_query()),
    ))  # fmt: skip


def _list_place_sheets(report: RegionalReport, level: Level, filters: ReportFilters) -> Iterator[Sheet]:
    """Yield targets, indicators by section, metals, places, changes since the seals and replaced statistics, as far
    as there are any."""
    language, total, link = current.language(), report.total, link_figures(filters)
    documents, kinds = documents_in(current.reader()), current.reference().statistics
    if total.targets:
        targets = [
            list_figure_cells(
                total, figure, language, link,
                metals=say_metals(figure), documents=documents, spoken=True, kinds=kinds,
            )
            for figure in total.targets
        ]  # fmt: skip
        yield lay_out_figures("targets", say_in_all("report.targets"), OF_TARGETS, targets)
    yield from list_section_sheets(total, language, link)
    if total.by_metal:
        yield lay_out_metals(total, metal_name, link)
    if report.rows:
        yield lay_out_places(report, language, link, lambda row: _open_place(row, filters))
    if changes := lay_out_changes(_list_all_told(report), language):
        yield changes
    if level in REGION_LEVELS and (replaced := lay_out_replaced(total.code, filters)):
        yield replaced


def _list_bases(place: str, filters: ReportFilters) -> Iterable[NamedPlace]:
    return bases_within(place, find_whereabouts(current.reader()), filters.period.first, filters.period.last)


def _open_place(row: ReportRow, filters: ReportFilters) -> str:
    """Return the page of a place; that of a site tells its present too: of one that left the scope only figures are."""
    opens = row.level != "site" or current.viewer().shows_site(row.code)
    return place_href(row, filters) if opens else ""


def _list_told(rows: tuple[ReportRow, ...], indicators: tuple[str, ...]) -> Iterator[Told]:
    for row in rows:
        for id_ in indicators:
            yield row.name(current.language()), row.figures[id_]


def _list_all_told(report: RegionalReport) -> Iterator[Told]:
    """Return every figure of a page with what it is of: the place, a metal of it, a place within it."""
    total, language = report.total, current.language()
    name = total.name(language)
    for figure in total.figures.values():
        yield name, figure
    for metal, figures in total.by_metal.items():
        for figure in figures.values():
            yield f"{name} · {metal_name(metal)}", figure
    for row in report.rows:
        for figure in row.figures.values():
            yield row.name(language), figure


def _list_place_notes(report: RegionalReport, level: Level, filters: ReportFilters) -> Iterator[str]:
    if report.hidden:
        yield t("report.hidden_rows", count=report.hidden)
    # A firm knows of its own certificates alone: their number is not the register's.
    spoken = {figure.indicator for figure in report.total.targets} if not current.viewer().is_firm else set()
    for indicator, held in REGISTERED.items():
        if indicator in spoken:
            count = count_new_certificates(
                current.reader(), level, report.total.code, filters.period, *held, current.viewer()
            )
            name = name_indicator(indicator)
            yield t("report.registered_of", indicator=name, registered=t("report.registered", count=count))
    if any(figure.basis for figure in report.total.figures.values()):
        yield t("report.nation_is", low=report.bounds.low, high=report.bounds.high)
    yield t("emissions.never_added")


def lay_out_replaced(code: str, filters: ReportFilters) -> Sheet | None:
    """Return statistics that count no more, each with the newer one in its place; None where there are none."""
    columns = (
        SheetColumn("was", say_in_all("report.replaced_was")),
        SheetColumn("declared_by", say_in_all("report.declared_by")),
        SheetColumn("declared", say_in_all("term.event_time"), "time"),
        SheetColumn("replaced_by", say_in_all("report.replaced_by")),
        SheetColumn("newer_declared_by", say_in_all("report.declared_by")),
        SheetColumn("newer_declared", say_in_all("term.event_time"), "time"),
    )
    rows: list[Row] = [
        (
            Cell(one.said, _open_event(one.event)), Cell(one.who), Cell(one.when_ms),
            Cell(one.by_said, _open_event(one.by_event)), Cell(one.by_who), Cell(one.by_when_ms),
        )
        for one in show_replaced(list_replaced(current.reader(), code, filters.period))
    ]  # fmt: skip
    return Sheet("replaced", say_in_all("report.replaced"), columns, rows) if rows else None


def _open_event(event: str) -> str:
    return url_for("events.show", event_id=event) if event else ""

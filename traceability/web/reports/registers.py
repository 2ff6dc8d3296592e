"""Show registers of a place: evidence by site and month, statistics of authorities, residues made, handed over, on hand."""

from flask import Blueprint, url_for

from scanners.codes import group_code
from traceability.domain.authority import subject_of
from traceability.domain.indicators import EVIDENCE
from traceability.domain.names import choose_name
from traceability.domain.period import last_month
from traceability.domain.vocabulary import NATION
from traceability.locale import LANGUAGES
from traceability.render.sheets import Cell, ReportDocument, Row, Sheet, SheetColumn, say_in_all
from traceability.services.reporting.declared.evidence import EvidenceMonth, read_evidence
from traceability.services.reporting.declared.replaced import AuthorityStatistic, list_newest
from traceability.services.reporting.figures.postings import FigureInputs
from traceability.services.reporting.registers.disposals import (
    HandedOver,
    list_handed_over,
    list_on_hand,
    read_storage_days,
)
from traceability.services.reporting.registers.materials import sum_residues
from traceability.services.reporting.scope import (
    REGION_LEVELS,
    check_place,
    find_place,
    find_whereabouts,
    places_of_group,
)
from traceability.web.reports.filters.bar import context_of
from traceability.web.reports.filters.page import read_page_filters, say_of
from traceability.web.reports.filters.query import ReportFilters
from traceability.web.reports.filters.taken import takes_period
from traceability.web.reports.report_view import join, name_indicator, say_declared, say_period
from traceability.web.shell import current
from traceability.web.shell.report_pages import ReportPage, report_page
from traceability.web.shell.words import metal_name, name_of, region_name, t

pages = Blueprint("registers", __name__)

REGISTERS = (EVIDENCE, "statistics", "residues", "disposals", "on_hand")

MOST_STATISTICS = 500


def _list_places(filters: ReportFilters) -> tuple[str, ...]:
    """Return the place of a page, of a group its members."""
    place = check_place(filters.level, filters.code)
    return places_of_group(filters.code) if filters.level == "group" else (place,)


def _name_place(filters: ReportFilters) -> str:
    place = find_place(current.reader(), filters.level, filters.code, filters.period.last)
    return place.name(current.language())


def _say_none(code: str, filters: ReportFilters) -> str:
    """Return the finding of a register that has nothing: of which place and period, and that nothing is open."""
    period = say_period(filters.period) if takes_period() else ""
    code_of = "registers.none_in" if period else "registers.none_of"
    return t(code_of, place=_name_place(filters), period=period, said=t(code))


def _make_page(name: str, filters: ReportFilters, sheet: Sheet, finding: str) -> ReportPage:
    head, place = current.reader().find_head(), _name_place(filters)
    said = say_of(place, filters, head.seq, head.record_ms)
    document = ReportDocument(f"{name}_{filters.code}_{filters.period}", finding, said, (sheet,))
    registers = [
        (t(f"registers.{other}"), url_for(f"registers.{other}", **filters.to_place_query()), other == name)
        for other in REGISTERS
    ]
    return ReportPage("reports/register_page.html", document, context_of(filters, place, registers=registers))


@report_page(pages, "/registers/evidence")
def evidence() -> ReportPage:
    """Show each site in view by month: sealed with all records, supplemented, sealed without, or missing."""
    filters = read_page_filters()
    reader, viewer, period = current.reader(), current.viewer(), filters.period
    places = _list_places(filters)
    whereabouts = find_whereabouts(reader)
    sites = whereabouts.sites_between(places, period.first, period.last)
    months = [
        one
        for one in read_evidence(reader, sites, period, current.now_ms())
        if viewer.shows_stay(one.site.id, one.region)
        and any(whereabouts.holds(place, one.site.id, one.region, one.month) for place in places)
    ]
    by_site: dict[str, dict[str, EvidenceMonth]] = {}
    for one in months:
        by_site.setdefault(one.site.id, {})[one.month] = one
    listed = sorted({one.month for one in months})
    columns = (
        SheetColumn("site", say_in_all("why.site")),
        *(SheetColumn(month, tuple((language, month) for language in LANGUAGES)) for month in listed),
    )
    rows = [
        (_site_cell(of_site, filters), *(Cell(_say_month(of_site.get(month))) for month in listed))
        for _, of_site in sorted(by_site.items())
    ]
    complete = sum(one.complete_at_seal for one in months)
    title = "registers.evidence_finding" if months else "registers.evidence_none"
    finding = t(title, place=_name_place(filters), complete=complete, count=len(months))
    return _make_page(
        REGISTERS[0], filters, Sheet(REGISTERS[0], say_in_all("registers.evidence"), columns, rows), finding
    )


def _site_cell(of_site: dict[str, EvidenceMonth], filters: ReportFilters) -> Cell:
    return _link_site(next(iter(of_site.values())).site.id, filters)


def _say_month(month: EvidenceMonth | None) -> str:
    """Say how a month stands with a mark before it, so that no colour is needed."""
    if month is None:
        return t("registers.not_due")
    if month.complete_at_seal:
        return t("registers.complete")
    if month.supplemented:
        return t("registers.supplemented")
    return t("registers.incomplete" if month.seal else "registers.missing")


@report_page(pages, "/registers/statistics")
def statistics() -> ReportPage:
    """Show what authorities declared of a region for months of the period, replaced ones too."""
    filters = read_page_filters()
    regions = [filters.code] if filters.level in REGION_LEVELS else []
    if filters.level == "nation":
        regions = [NATION, *current.reference().gazetteer.list_below(NATION)]
    found = [
        one for one in list_newest(current.reader(), regions, MOST_STATISTICS) if _is_within(one, filters)
    ]
    columns = (
        SheetColumn("region", say_in_all("term.region")),
        SheetColumn("indicator", say_in_all("report.indicator")),
        SheetColumn("metals", say_in_all("filter.metals")),
        SheetColumn("period", say_in_all("term.period")),
        SheetColumn("stated", say_in_all("registers.stated")),
        SheetColumn("document", say_in_all("target_overview.document")),
        SheetColumn("state", say_in_all("registers.state")),
        SheetColumn("recorded", say_in_all("registers.recorded"), "time"),
    )
    rows = [_statistic_row(one) for one in found]
    finding = t("registers.statistics_finding", place=_name_place(filters), count=len(found))
    return _make_page(
        "statistics", filters, Sheet("statistics", say_in_all("registers.statistics"), columns, rows), finding
    )


def _is_within(one: AuthorityStatistic, filters: ReportFilters) -> bool:
    declared = one.stated.detail.period
    first = declared if len(declared) > 4 else f"{declared}-01"
    return first <= filters.period.last and last_month(declared) >= filters.period.first


def _statistic_row(one: AuthorityStatistic) -> Row:
    detail, event = one.stated.detail, one.stated.event
    subject = subject_of(detail)
    kind = current.reference().statistics.get(subject)
    papers = join(f"{paper.type} {paper.number}".strip() for paper in event.draft.documents)
    return (
        Cell(region_name(detail.region)),
        Cell(name_of(kind) if kind else name_indicator(subject)),
        Cell(join(map(metal_name, detail.metals))),
        Cell(detail.period),
        Cell(say_declared(detail)),
        Cell(papers),
        Cell(t(f"registers.state_{one.state}")),
        Cell(one.stated.cause.record_ms),
    )


@report_page(pages, "/registers/residues")
def residues() -> ReportPage:
    """Show residues of a place by waste code: generated, utilised, disposed of."""
    filters = read_page_filters()
    period = filters.period
    inputs = FigureInputs(
        _list_places(filters), filters.metals, (), period.first, period.last, filters.view == "event"
    )
    found = sum_residues(current.reader(), inputs, current.viewer())
    columns = (
        SheetColumn("waste_code", say_in_all("registers.waste_code"), "code"),
        SheetColumn("waste", say_in_all("registers.waste")),
        *(
            SheetColumn(name, say_in_all(f"registers.{name}"), "mass")
            for name in ("generated", "utilised", "disposed")
        ),
        SheetColumn("utilisation", say_in_all("registers.utilisation"), "share"),
    )
    rows = [
        (
            Cell(one.waste_code or t("registers.no_code")),
            Cell(_name_waste(one.waste_code, "")),
            Cell(one.generated_g),
            Cell(one.utilised_g),
            Cell(one.disposed_g),
            Cell(one.utilisation),
        )
        for one in found
    ]
    sums = [sum(amounts) for amounts in zip(*(one[1:4] for one in found), strict=True)]
    total = (Cell(t("why.total")), Cell(""), *map(Cell, sums), Cell("")) if found else None
    coded = sum(bool(one.waste_code) for one in found)
    finding = t(
        "registers.residues_finding" if found else "registers.residues_none",
        place=_name_place(filters),
        mass=sum(one.generated_g for one in found),
        count=coded,
    )
    return _make_page(
        "residues",
        filters,
        Sheet("residues", say_in_all("registers.residues"), columns, rows, total),
        finding,
    )


@report_page(pages, "/registers/disposals")
def disposals() -> ReportPage:
    """Show what sites in view handed over in the period: by whom, to whom, under which manifest and licence."""
    filters = read_page_filters()
    found, more = list_handed_over(current.reader(), current.viewer(), _list_places(filters), filters.period)
    columns = (
        SheetColumn("date", say_in_all("registers.date"), "time"),
        SheetColumn("waste_code", say_in_all("registers.waste_code"), "code", beneath=("waste",)),
        SheetColumn("waste", say_in_all("registers.waste"), aside=True),
        SheetColumn("lot", say_in_all("lot.code"), "code"),
        SheetColumn("mass", say_in_all("registers.mass"), "mass"),
        SheetColumn("sender", say_in_all("registers.sender")),
        SheetColumn("receiver", say_in_all("registers.receiver"), beneath=("licence",)),
        SheetColumn("licence", say_in_all("registers.licence"), aside=True),
        SheetColumn("manifest", say_in_all("registers.manifest"), beneath=("carrier",)),
        SheetColumn("carrier", say_in_all("registers.carrier"), aside=True),
        SheetColumn("outcome", say_in_all("registers.outcome")),
    )
    mass_g = sum(one.mass_g for one in found)
    total = (Cell(t("why.total")), *[Cell("")] * 3, Cell(mass_g), *[Cell("")] * 6) if found else None
    finding = t(
        "registers.disposals_finding", place=_name_place(filters), period=say_period(filters.period),
        count=len({one.detail.manifest for one in found if one.detail.manifest}), mass=mass_g,
    )  # fmt: skip
    if not found:
        finding = _say_none("registers.disposals_none", filters)
    if more:
        finding = t("registers.first_of", finding=finding, count=len(found))
    sheet = Sheet(
        "disposals", say_in_all("registers.disposals"), columns, [_disposal_row(one, filters) for one in found],
        total, t("registers.disposals_none"),
    )  # fmt: skip
    return _make_page("disposals", filters, sheet, finding)


def _disposal_row(one: HandedOver, filters: ReportFilters) -> Row:
    code = one.detail.waste_code
    return (
        Cell(one.event.draft.time_ms, url_for("events.show", event_id=one.event.id)),
        Cell(code or t("registers.no_code")),
        Cell(_name_waste(code, one.lot.material)),
        Cell(group_code(one.lot.code), url_for("lots.show", code=one.lot.code)),
        Cell(one.mass_g),
        _link_site(one.event.draft.site, filters),
        Cell(one.receiver or t("registers.to_supplier")),
        Cell(one.detail.licence),
        Cell(one.detail.manifest or t("registers.no_manifest")),
        Cell(one.carrier),
        Cell(t(f"outcome.{one.detail.outcome}")),
    )


@report_page(pages, "/registers/on-hand")
def on_hand() -> ReportPage:
    """Show the residues that sites in view have now, since when, and what is stored beyond the limit."""
    filters = read_page_filters()
    reader, now_ms = current.reader(), current.now_ms()
    found = list_on_hand(reader, current.viewer(), _list_places(filters), now_ms)
    days = read_storage_days(reader)
    columns = (
        SheetColumn("site", say_in_all("why.site")),
        SheetColumn("waste_code", say_in_all("registers.waste_code"), "code", beneath=("waste",)),
        SheetColumn("waste", say_in_all("registers.waste"), aside=True),
        SheetColumn("lots", say_in_all("registers.lots"), "count"),
        SheetColumn("mass", say_in_all("registers.mass"), "mass"),
        SheetColumn("since", say_in_all("registers.since"), "time"),
        SheetColumn("days", say_in_all("registers.days"), "count"),
        SheetColumn("over", say_in_all("registers.over", days=days), "mass"),
    )
    rows = [
        (
            _link_site(one.site, filters),
            Cell(one.waste_code or t("registers.no_code")),
            Cell(_name_waste(one.waste_code, one.material)),
            Cell(one.lots),
            Cell(one.mass_g),
            Cell(one.oldest_ms),
            Cell(one.oldest_days),
            Cell(one.over_g),
        )
        for one in found
    ]
    mass_g, over_g = sum(one.mass_g for one in found), sum(one.over_g for one in found)
    total = (
        (Cell(t("why.total")), Cell(""), Cell(""), Cell(sum(one.lots for one in found)), Cell(mass_g), Cell(""),
         Cell(""), Cell(over_g))
        if found
        else None
    )  # fmt: skip
    finding = t(
        "registers.on_hand_over" if over_g else "registers.on_hand_finding",
        place=_name_place(filters), mass=mass_g, over=over_g, days=days,
    )  # fmt: skip
    if not found:
        finding = _say_none("registers.on_hand_none", filters)
    sheet = Sheet(
        "on_hand", say_in_all("registers.on_hand"), columns, rows, total, t("registers.on_hand_none")
    )
    return _make_page("on_hand", filters, sheet, finding)


def _name_waste(waste_code: str, material: str) -> str:
    """Return the name of a waste code, of waste without one that of its material."""
    reference = current.reference()
    if waste_code in reference.waste_codes:
        return choose_name(reference.waste_codes[waste_code], current.language())
    return name_of(reference.materials[material]) if material in reference.materials else material


def _link_site(site: str, filters: ReportFilters) -> Cell:
    opens = current.viewer().shows_site(site)
    href = url_for("report.region", level="site", code=site, **filters.to_query()) if opens else ""
    return Cell(name_of(current.reference().sites[site]), href)

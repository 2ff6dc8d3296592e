"""Show what the shares of a place would be with other amounts, kept in the address, and what closes each gap."""

from typing import NamedTuple

from flask import Blueprint, request

from traceability.domain.errors import BadInput
from traceability.domain.quantity import MAX_SUM_G, format_t, parse_t
from traceability.domain.what_if import SupplyLevers
from traceability.locale import format_share
from traceability.locale.formats import format_t_exact
from traceability.render.sheets import Cell, ReportDocument, Row, Sheet, SheetColumn, say_in_all
from traceability.services.reporting.what_if import Closing, ShareChange, WhatIf, WhatIfQuery, work_out
from traceability.web.reports.figure_cells import name_indicator, target_cell
from traceability.web.reports.filter_bar import context_of
from traceability.web.reports.report_page_parts import read_page_filters, say_of
from traceability.web.reports.report_query import ReportFilters
from traceability.web.reports.report_view import join, link_to, say_period, say_verdict
from traceability.web.shell import current
from traceability.web.shell.report_pages import ReportPage, report_page
from traceability.web.shell.words import metal_name, name_of, site_name, t

pages = Blueprint("what_if", __name__)

RECYCLED, PRIMARY, DIRECT = "recycled_", "primary_", "direct"


class MetalFields(NamedTuple):
    """The fields of a metal: its name, what is made now, and what was typed."""

    symbol: str
    name: str
    recycled_now: str
    primary_now: str
    primary_most: str
    recycled: str
    primary: str


@report_page(pages, "/what-if")
def show() -> ReportPage:
    """Show shares before and after, and what would close each gap."""
    filters = read_page_filters()
    query = _read_query(filters)
    result = work_out(current.reader(), current.viewer(), query, current.now_ms())
    name = result.place.name(current.language())
    document = ReportDocument(
        f"what_if_{filters.code}_{filters.period}",
        _say_finding(result, query, name, filters),
        (*say_of(name, filters, result.seq, result.recorded_ms), (t("what_if.changes"), _say_changes(query))),
        (_make_shares(result, filters), _make_closing(result)),
        notes=tuple(t(f"what_if.assume_{number}") for number in range(1, 6)),
    )
    kept = [
        (key, value)
        for key, values in request.args.to_dict(flat=False).items()
        for value in values
        if key in ("place", "level", "code", "period", "from", "to", "method", "view", "member")
    ]
    sites = [(site.id, name_of(site)) for site in current.sites_in_view() if not site.is_authority]
    context = context_of(
        filters, name, fields=_make_fields(result), direct=request.args.get(DIRECT, ""), query=query,
        kept=kept, sites=sites,
    )  # fmt: skip
    return ReportPage("reports/what_if.html", document, context)


def _read_query(filters: ReportFilters) -> WhatIfQuery:
    """Return what the address asks. Raises BadInput."""
    levers: dict[str, list[int]] = {}
    for key, typed in request.args.items():
        for number, prefix in enumerate((RECYCLED, PRIMARY)):
            if key.startswith(prefix) and typed.strip():
                levers.setdefault(key.removeprefix(prefix), [0, 0])[number] = _parse(typed)
    typed = request.args.get(DIRECT, "").strip()
    return WhatIfQuery(
        filters.level, filters.code, filters.period, filters.view,
        {metal: SupplyLevers(*pair) for metal, pair in levers.items()},
        _parse(typed) if typed else 0,
        request.args.get("refined") == "yes",
        request.args.get("site", ""),
    )  # fmt: skip


def _parse(typed: str) -> int:
    if typed.strip().startswith(("-", "−")):
        raise BadInput("what_if.negative")
    return parse_t(typed, MAX_SUM_G)


def _say_changes(query: WhatIfQuery) -> str:
    parts = []
    for metal, levers in query.levers.items():
        for grams, code in zip(levers, ("what_if.more_recycled", "what_if.less_primary"), strict=True):
            if grams:
                parts.append(t(code, metal=metal_name(metal), amount=format_t_exact(grams)))
    if query.more_direct_g:
        parts.append(t("what_if.more_direct", amount=format_t_exact(query.more_direct_g)))
    said = join(parts) or t("what_if.nothing")
    return t("what_if.at_site", changes=said, site=site_name(query.site)) if query.site else said


def _say_finding(result: WhatIf, query: WhatIfQuery, place: str, filters: ReportFilters) -> str:
    period = say_period(filters.period)
    if not result.changes:
        return t("what_if.finding_none", place=place, period=period)
    said = join(
        t(
            "what_if.before_after",
            indicator=name_indicator(change.before.indicator),
            before=format_share(change.before.value, change.before.limits),
            after=format_share(change.after.value, change.after.limits),
        )
        for change in result.changes
    )
    return t("what_if.finding", place=place, period=period, shares=said)


def _make_shares(result: WhatIf, filters: ReportFilters) -> Sheet:
    columns = (
        SheetColumn("indicator", say_in_all("report.indicator")),
        SheetColumn("before", say_in_all("what_if.before"), "share"),
        SheetColumn("after", say_in_all("what_if.after"), "share"),
        SheetColumn("target", say_in_all("trend.target"), "number", unit="%", decimals=0),
        SheetColumn("standing", say_in_all("report.standing")),
        SheetColumn("numerator", say_in_all("what_if.numerator"), "mass"),
        SheetColumn("denominator", say_in_all("what_if.denominator"), "mass"),
    )
    return Sheet(
        "shares",
        say_in_all("what_if.shares"),
        columns,
        [_share_row(one, result, filters) for one in result.changes],
    )


def _share_row(change: ShareChange, result: WhatIf, filters: ReportFilters) -> Row:
    before, after = change.before, change.after
    own = before.verdict.target if before.verdict else None
    return (
        Cell(name_indicator(before.indicator)),
        Cell(before.value, link_to(result.place, before, filters), before.limits),
        Cell(after.value, limits=after.limits),
        target_cell(own) if own else Cell(None if before.gap is None else before.gap.target * 100),
        Cell(say_verdict(after)),
        Cell(None if after.numerator is None else int(after.numerator)),
        Cell(after.denominator),
    )


def _make_closing(result: WhatIf) -> Sheet:
    names = ("recycled", "less_primary", "both_recycled", "both_primary", "direct")
    columns = (
        SheetColumn("indicator", say_in_all("report.indicator")),
        *(SheetColumn(name, say_in_all(f"what_if.close_{name}"), "mass") for name in names),
    )
    rows = [
        (Cell(name_indicator(one.before.indicator)), *map(Cell, _list_amounts(one.closing)))
        for one in result.changes
        if one.closing is not None
    ]
    return Sheet("closing", say_in_all("what_if.closing"), columns, rows, empty=t("what_if.no_target"))


def _list_amounts(closing: Closing) -> tuple[int | None, ...]:
    both = closing.both or (None, None)
    return closing.recycled_g, closing.less_primary_g, *both, closing.more_direct_g


def _make_fields(result: WhatIf) -> list[MetalFields]:
    return [
        MetalFields(
            metal, metal_name(metal), format_t_exact(recycled_g), format_t_exact(primary_g), format_t(primary_g),
            request.args.get(RECYCLED + metal, ""), request.args.get(PRIMARY + metal, ""),
        )
        for metal, (recycled_g, primary_g) in result.metals.items()
    ]  # fmt: skip

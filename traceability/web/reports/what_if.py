"""Show what the shares of a place would be with other amounts, kept in the address, and what closes each gap."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any, NamedTuple

from flask import Blueprint, request, url_for

from traceability.domain.errors import BadInput
from traceability.domain.indicators import OVERVIEW_SHARES
from traceability.domain.quantity import MAX_SUM_G, format_t, parse_t
from traceability.domain.what_if import SupplyLevers
from traceability.locale import format_share
from traceability.locale import format_t as locale_t
from traceability.locale.formats import NO_BREAK, count_decimals, format_t_exact, write_decimal
from traceability.render.figure_cells import target_cell
from traceability.render.sheets import Cell, ReportDocument, Row, Sheet, SheetColumn, say_in_all
from traceability.services.reporting.why.what_if import Closing, ShareChange, WhatIf, WhatIfQuery, work_out
from traceability.web.reports.filters.bar import context_of
from traceability.web.reports.filters.page import read_page_filters, say_of
from traceability.web.reports.filters.query import ReportFilters
from traceability.web.reports.report_view import join, link_to, name_indicator, say_period, say_verdict
from traceability.web.shell import current
from traceability.web.shell.report_pages import ReportPage, report_page
from traceability.web.shell.words import metal_name, name_of, site_name, t

pages = Blueprint("what_if", __name__)

RECYCLED, PRIMARY, DIRECT, SITE, REFINED = "recycled_", "primary_", "direct", "site", "refined"
AT = "@"
"""Keys of the address: ``recycled_Al=12.5`` is of anybody, ``recycled_Al@miluo=12.5`` of a site."""
_FILTERS = ("place", "level", "code", "period", "from", "to", "method", "view", "member")


class Lever(NamedTuple):
    """A field with its slider: key in the address, label, what was typed, and the most in t, '' where there is none."""

    key: str
    label: str
    typed: str
    most: str


class LeverGroup(NamedTuple):
    """The levers of a metal, or of liquid."""

    name: str
    levers: list[Lever]


class Outcome(NamedTuple):
    """A share before and after, and how it then stands: ``state`` is met, missed or ''."""

    name: str
    before: str
    after: str
    state: str
    words: str


class SetLever(NamedTuple):
    """A lever of a site that is not looked at: words, and the page without it."""

    words: str
    href: str


@report_page(pages, "/what-if")
def show() -> ReportPage:
    """Show shares before and after, and what would close each gap."""
    filters = read_page_filters()
    query = _read_query(filters)
    result = work_out(current.reader(), current.viewer(), query, current.now_ms())
    name = result.place.name(current.language())
    document = ReportDocument(
        f"what_if_{filters.code}_{filters.period}",
        _say_finding(result, name, filters),
        (*say_of(name, filters, result.seq, result.recorded_ms), (t("what_if.changes"), _say_changes(query))),
        (_make_closing(result), _make_shares(result, filters)),
        notes=tuple(t(f"what_if.assume_{number}") for number in range(1, 6)),
    )
    groups = _make_groups(result, query)
    shown = {lever.key for group in groups for lever in group.levers} | {SITE, REFINED}
    context = context_of(
        filters, name,
        groups=groups, query=query, outcomes=_list_outcomes(result), others=_list_other_levers(query),
        kept=[pair for pair in request.args.items(multi=True) if pair[0] in _FILTERS],
        kept_levers=[pair for pair in request.args.items(multi=True) if _is_lever(pair[0]) and pair[0] not in shown],
        sites=[(site.id, name_of(site)) for site in current.sites_in_view() if not site.is_authority],
        undone=_address({}) if query.metals or query.more_direct else "",
    )  # fmt: skip
    return ReportPage("reports/what_if.html", document, context)


def _read_query(filters: ReportFilters) -> WhatIfQuery:
    """Return what the address asks. Raises BadInput."""
    levers: dict[str, dict[str, list[int]]] = {}
    direct: dict[str, int] = {}
    for key, typed in request.args.items():
        if not typed.strip():
            continue
        what, _, site = key.partition(AT)
        for number, prefix in enumerate((RECYCLED, PRIMARY)):
            if what.startswith(prefix):
                of_site = levers.setdefault(site, {})
                of_site.setdefault(what.removeprefix(prefix), [0, 0])[number] = _parse(typed)
        if what == DIRECT:
            direct[site] = _parse(typed)
    return WhatIfQuery(
        filters.level, filters.code, filters.period, filters.view,
        {site: {metal: SupplyLevers(*pair) for metal, pair in of.items()} for site, of in levers.items()},
        direct,
        request.args.get(REFINED) == "yes",
        request.args.get(SITE, ""),
    )  # fmt: skip


def _is_lever(key: str) -> bool:
    return key.partition(AT)[0] == DIRECT or key.startswith((RECYCLED, PRIMARY))


def _address(levers: Mapping[str, str]) -> str:
    """Return this page with its filters and other levers than it has."""
    query: dict[str, Any] = {key: request.args.getlist(key) for key in (*_FILTERS, REFINED)}
    known: dict[str, Any] = {key: values for key, values in query.items() if values}
    return url_for("what_if.show", **{**known, **levers})


def _parse(typed: str) -> int:
    if typed.strip().startswith(("-", "−")):
        raise BadInput("what_if.negative")
    return parse_t(typed, MAX_SUM_G)


def _say_changes(query: WhatIfQuery) -> str:
    said = []
    for site in ("", *query.sites):
        parts = [
            t(code, metal=metal_name(metal), amount=format_t_exact(grams))
            for metal, levers in query.levers.get(site, {}).items()
            for grams, code in zip(levers, ("what_if.more_recycled", "what_if.less_primary"), strict=True)
            if grams
        ]
        if query.more_direct.get(site):
            parts.append(t("what_if.more_direct", amount=format_t_exact(query.more_direct[site])))
        if parts:
            words = join(parts)
            said.append(t("what_if.at_site", changes=words, site=site_name(site)) if site else words)
    return join(said) or t("what_if.nothing")


def _say_finding(result: WhatIf, place: str, filters: ReportFilters) -> str:
    """Say the result; where nothing is changed, what would be needed."""
    period = say_period(filters.period)
    if not result.changes:
        return t("what_if.finding_none", place=place, period=period)
    share = next((one for one in result.changes if one.before.indicator == filters.share), result.changes[0])
    direct = OVERVIEW_SHARES[-1]
    told = [share, *(one for one in result.changes if one.before.indicator == direct and one is not share)]
    changed = [one for one in told if one.changes]
    parts = [_say_outcome(one) for one in changed] or [_say_need(one) for one in told]
    return t("what_if.finding", place=place, period=period, shares=t("what_if.and").join(parts))


def _say_need(change: ShareChange) -> str:
    before, closing = change.before, change.closing
    said = {
        "indicator": name_indicator(before.indicator),
        "before": format_share(before.value, before.limits),
    }
    if closing is None or before.gap is None:
        return t("what_if.need_no_target", **said)
    said["target"] = _percent(before.gap.target)
    amounts = {
        "recycled": closing.recycled_g, "primary": closing.less_primary_g, "direct": closing.more_direct_g
    }  # fmt: skip
    if 0 in amounts.values():
        return t("what_if.need_nothing", **said)
    known = {name: _say_t(grams) for name, grams in amounts.items() if grams is not None}
    return t("what_if.need_" + ("_or_".join(known) or "more"), **said, **known)


def _say_outcome(change: ShareChange) -> str:
    outcome = _make_outcome(change)
    said = t("what_if.before_after", indicator=outcome.name, before=outcome.before, after=outcome.after)
    return t("what_if.outcome", change=said, standing=outcome.words) if outcome.words else said


def _list_outcomes(result: WhatIf) -> list[Outcome]:
    return [_make_outcome(change) for change in result.changes]


def _make_outcome(change: ShareChange) -> Outcome:
    before, after = change.before, change.after
    state = words = ""
    if before.gap is not None:
        state = "missed" if change.missing_g else "met"
        code = "what_if.still_missing" if change.missing_g else "what_if.reaches"
        if change.just_reaches:
            code = "what_if.just_reaches"
        target = _percent(before.gap.target)
        words = t(code, amount=_say_t(change.missing_g), target=target)
    return Outcome(
        name_indicator(before.indicator), format_share(before.value, before.limits),
        format_share(after.value, after.limits), state, words,
    )  # fmt: skip


def _say_t(grams: int) -> str:
    """Return tonnes with three decimals, more where they would look like nothing."""
    return locale_t(grams, (Fraction(0),))


def _percent(share: Fraction) -> str:
    """Return the number of a target with no more digits than it has: ``24 %``."""
    number = share * 100
    return f"{write_decimal(number, count_decimals(number, (number,), 0))}{NO_BREAK}%"


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
        (Cell(name_indicator(one.before.indicator)), *_list_amounts(one.closing, result))
        for one in result.changes
        if one.closing is not None
    ]
    return Sheet("closing", say_in_all("what_if.closing"), columns, rows, empty=t("what_if.no_target"))


def _list_amounts(closing: Closing, result: WhatIf) -> list[Cell]:
    """Return what closes a gap, each with the page on which it does: by the metal of which most is made."""
    more, less = f"{RECYCLED}{result.main_metal}", f"{PRIMARY}{result.main_metal}"
    both = closing.both

    def cell(grams: int | None, levers: dict[str, int | None]) -> Cell:
        needed = {key: amount for key, amount in levers.items() if amount}
        can = len(needed) == len(levers) > 0 and needed.get(less, 0) <= result.main_primary_g
        href = _address({key: format_t(amount) for key, amount in needed.items()}) if can else ""
        return Cell(grams, href)

    of_both: dict[str, int | None] = {more: both.recycled_g, less: both.less_primary_g} if both else {}
    return [
        cell(closing.recycled_g, {more: closing.recycled_g}),
        cell(closing.less_primary_g, {less: closing.less_primary_g}),
        *(cell(grams, of_both) for grams in (both or (None, None))),
        cell(closing.more_direct_g, {DIRECT: closing.more_direct_g}),
    ]


# --- levers -------------------------------------------------------------------------------------


def _make_groups(result: WhatIf, query: WhatIfQuery) -> list[LeverGroup]:
    """Return the levers of the site that is looked at, else of anybody."""
    at = f"{AT}{query.site}" if query.site else ""
    means = result.means

    def lever(key: str, label: str, most_g: int, **now: str) -> Lever:
        typed = request.args.get(key + at, "")
        return Lever(key + at, t(label, **now), typed, format_t(most_g) if most_g > 0 else "")

    groups = [
        LeverGroup(metal_name(metal), [
            lever(RECYCLED + metal, "what_if.field_recycled", result.most_recycled_g, now=format_t_exact(recycled_g)),
            lever(PRIMARY + metal, "what_if.field_primary", primary_g, now=format_t_exact(primary_g)),
        ])
        for metal, (recycled_g, primary_g) in means.metals.items()
    ]  # fmt: skip
    if means.open_liquid_g or request.args.get(DIRECT + at):
        open_liquid = format_t_exact(means.open_liquid_g)
        of_liquid = lever(DIRECT, "what_if.field_direct", means.open_liquid_g, now=open_liquid)
        groups.append(LeverGroup(t("what_if.liquid"), [of_liquid]))
    return groups


def _list_other_levers(query: WhatIfQuery) -> list[SetLever]:
    """Return what is set at sites that are not looked at, each with the page without it."""
    found = []
    for site in ("", *query.sites):
        of_site = replace(
            query,
            levers={site: query.levers.get(site, {})},
            more_direct={site: query.more_direct.get(site, 0)},
        )
        if site != query.site and (of_site.metals or of_site.more_direct_g):
            left: dict[str, Any] = {
                key: values
                for key, values in request.args.to_dict(flat=False).items()
                if not (_is_lever(key) and key.partition(AT)[2] == site)
                and (key in (*_FILTERS, SITE, REFINED) or _is_lever(key))
            }
            found.append(SetLever(_say_changes(of_site), url_for("what_if.show", **left)))
    return found

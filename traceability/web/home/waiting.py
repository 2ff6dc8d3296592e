"""Tell what waits in a region, and what changed since the month before, each with the page of exactly that."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from flask import url_for

from traceability.domain.calendar import day_of
from traceability.domain.event import Event
from traceability.domain.indicators import OPEN_LIQUID_END, RECYCLED_OUTPUT
from traceability.domain.period import Period
from traceability.domain.place import province_of
from traceability.locale import format_month, format_share, format_t
from traceability.render.sheets import Cell, Row, Sheet, SheetColumn, say_in_all
from traceability.services.reporting.overviews.region_home import RegionHome, find_month_change
from traceability.services.reporting.overviews.trend import Trends
from traceability.web.home.cards import points_cell
from traceability.web.home.finding import say_share_name
from traceability.web.reports.filters.query import ReportFilters
from traceability.web.reports.overviews.trend import figure_href
from traceability.web.reports.report_view import join, link_to, name_indicator
from traceability.web.shell import current
from traceability.web.shell.words import region_name, site_name, t

MOST_LISTED = 10


class OfficeTasks(NamedTuple):
    """Events with warnings that nobody confirmed, whether there are more than were counted, and open findings of the
    last month, None where they are not told."""

    unconfirmed: int
    more_unconfirmed: bool
    findings: int | None


def make_waiting_sheet(home: RegionHome, tasks: OfficeTasks, filters: ReportFilters) -> Sheet:
    """Return what waits for somebody, with how much of it."""
    columns = (
        SheetColumn("what", say_in_all("home.what_waits")),
        SheetColumn("amount", say_in_all("home.amount")),
    )
    rows: list[Row] = [
        (Cell(what, href), Cell(amount)) for what, href, amount in _list_tasks(home, tasks, filters)
    ]
    return Sheet("waiting", say_in_all("home.waiting"), columns, rows, empty=t("home.nothing_waits"))


def _list_tasks(
    home: RegionHome, tasks: OfficeTasks, filters: ReportFilters
) -> Iterator[tuple[str, str, str]]:
    """Yield what waits, the page of it, and how much it is."""
    query, month = filters.to_place_query(), filters.period.last
    if tasks.findings:
        of_month = {**query, "period": month}
        yield (
            t("home.waits_findings", month=format_month(month, current.language())),
            url_for("findings.show", **of_month),
            t("home.findings", count=tasks.findings),
        )
    row = home.report.total
    liquid = row.figures[OPEN_LIQUID_END]
    if liquid.value:
        yield t("home.waits_liquid"), link_to(row, liquid, filters), f"{format_t(int(liquid.value))} t"
    if home.late:
        yield (
            t("home.waits_evidence"),
            url_for("registers.evidence", **query),
            t("home.site_months", count=home.late),
        )
    if home.loads:
        said = t("home.waits_loads", days=home.unreceived_days)
        yield said, "#sheet-loads", t("home.loads", count=len(home.loads))
    if home.corrections:
        said = t("home.corrections", count=len(home.corrections))
        yield t("home.waits_corrections"), "#sheet-corrections", said
    restated = row.figures[RECYCLED_OUTPUT]
    if restated.since is not None:
        said = f"{format_t(int(restated.since.numerator))} t"
        yield t("home.waits_since"), link_to(row, restated, filters), said
    if tasks.unconfirmed:
        region: dict[str, Any] = {"site": filters.code} if filters.level == "site" else {}
        if filters.code.isdigit():
            region = {"region": filters.code}
        href = url_for("journal.show", part="unconfirmed", **region)
        code = "home.events_more_than" if tasks.more_unconfirmed else "home.events"
        yield t("home.waits_warnings"), href, t(code, count=tasks.unconfirmed)


def make_loads_sheet(home: RegionHome) -> Sheet:
    """Return the loads that nobody received, the longest on their way first; each opens its shipment."""
    columns = (
        SheetColumn("shipped", say_in_all("home.shipped"), "day"),
        SheetColumn("to", say_in_all("home.receiver")),
        SheetColumn("from", say_in_all("home.shipper")),
        SheetColumn("days", say_in_all("home.days"), "count"),
        SheetColumn("lots", say_in_all("home.lots"), "count"),
        SheetColumn("mass", say_in_all("home.mass"), "mass"),
    )
    rows: list[Row] = [
        (
            Cell(day_of(load.shipped_ms), url_for("events.show", event_id=load.shipment)),
            Cell(site_name(load.to)), Cell(_name_shipper(load.shipper)), Cell(load.days), Cell(load.lots),
            Cell(load.mass_g),
        )
        for load in home.loads[:MOST_LISTED]
    ]  # fmt: skip
    return Sheet("loads", say_in_all("home.loads_listed", days=home.unreceived_days), columns, rows)


def _name_shipper(site: str) -> str:
    """Name the shipper: a site in view, else only its province."""
    if current.viewer().shows_site(site):
        return site_name(site)
    return region_name(province_of(current.reference().sites[site].region))


def make_corrections_sheet(corrections: Sequence[Event]) -> Sheet:
    """Return the corrections of sealed months, newest first; each opens its event."""
    columns = (
        SheetColumn("seq", say_in_all("journal.record"), "count"),
        SheetColumn("when", say_in_all("home.when"), "time"),
        SheetColumn("site", say_in_all("term.site")),
    )
    rows: list[Row] = [
        (
            Cell(event.seq, url_for("events.show", event_id=event.id)),
            Cell(event.frozen.time_ms),
            Cell(site_name(event.draft.site)),
        )
        for event in corrections[:MOST_LISTED]
    ]
    return Sheet("corrections", say_in_all("home.corrections_listed"), columns, rows)


def make_changes_sheet(home: RegionHome, filters: ReportFilters) -> Sheet:
    """Return what changed: figures of the last month against the one before, corrections, statistics, sites."""
    columns = (
        SheetColumn("what", say_in_all("home.what_changed")),
        SheetColumn("before", say_in_all("home.month_before")),
        SheetColumn("now", say_in_all("home.month_now")),
        SheetColumn("change", say_in_all("home.points"), "number", decimals=1),
    )
    rows = [*_list_figures(home.trends, filters), *_list_records(home, filters)]
    return Sheet("changes", say_in_all("home.changes"), columns, rows, empty=t("home.nothing_changed"))


def _list_figures(trends: Trends, filters: ReportFilters) -> Iterator[Row]:
    for id_, (trend, *_) in trends.of.items():
        before, now = trend.points[-2:]
        change = find_month_change(trend.points)
        if change is None:
            continue
        name = say_share_name(filters) if id_ == filters.share else name_indicator(id_)
        of_month = replace(filters, period=Period(now.month, now.month))
        yield (
            Cell(name, figure_href(trend, of_month)),
            Cell(format_share(before.value, before.limits)), Cell(format_share(now.value, now.limits)),
            points_cell(change),
        )  # fmt: skip


def _list_records(home: RegionHome, filters: ReportFilters) -> Iterator[Row]:
    def line(what: str, said: str, href: str = "") -> Row:
        return Cell(what, href), Cell(""), Cell(said), Cell("")

    if home.recent:
        said = t("home.corrections", count=len(home.recent))
        yield line(t("home.waits_corrections"), said, "#sheet-corrections")
    if home.statistics:
        href = url_for("registers.statistics", **filters.to_place_query())
        said = t("home.statistics", count=len(home.statistics))
        yield line(t("home.new_statistics"), said, href)
    for code, sites in (("home.appeared", home.sites.appeared), ("home.silent", home.sites.silent)):
        if sites:
            yield line(t(code), join(map(site_name, sites)))

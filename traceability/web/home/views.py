"""The home page: the tasks of a site, what is about to arrive, and the lots handled last."""

from typing import Any, cast

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from graph.store import LotFilter
from traceability.domain.kinds import STOCK
from traceability.domain.lot import Lot
from traceability.domain.next_steps import may_record
from traceability.domain.place import Site
from traceability.services.auditing.overview import AuditOverview, find_overview
from traceability.services.operations.tickets import WEIGHED
from traceability.services.recording.confirm import can_confirm, list_open_warnings
from traceability.services.recording.held_inbox import HeldCount, count_held
from traceability.services.reporting.declared.replaced import list_newest
from traceability.services.searching.site_day import SentDifference, list_differences
from traceability.services.tracing.lots import list_lots
from traceability.services.upkeep.waiting import Waiting, list_waiting
from traceability.web.admin.office import find_administrator
from traceability.web.home.planner import is_auditor, make_planner_page
from traceability.web.lots.lot_view import show_lot
from traceability.web.reports.report_view import show_statistics
from traceability.web.shell import current
from traceability.web.shell.navigation import list_tasks
from traceability.web.shell.report_pages import ReportPage, report_page

pages = Blueprint("home", __name__)

SHOWN = 8
MOST_WARNED = 10  # events; what was settled makes room for the next


@pages.get("/favicon.ico")
def icon() -> ResponseReturnValue:
    """Send the icon that browsers ask for by themselves."""
    return current_app.send_static_file("shell/icon.svg")


@pages.get("/")
def show() -> ResponseReturnValue:
    """Show a person's home at their site, to who plans for a region or audits one that of it, to anybody else the way to
    reports and lots."""
    if current.site() is None and current.viewer().regions:
        return cast("ResponseReturnValue", current_app.view_functions["home.plan"]())
    return render_template("home/home.html", **_read_home())


@report_page(pages, "/home")
def plan() -> ReportPage:
    """Show the home of a region."""
    return make_planner_page(
        {
            "waiting": _list_waiting(),
            "held": _count_held(),
            "audited": _find_audited(),
            "sites": current.work_sites(),
        }
    )


def _read_home() -> dict[str, Any]:
    """Return what every home shows: tasks, arrivals, recent lots, warnings, statistics, what waits."""
    site = current.site()
    arrivals: list[Lot] = []
    recent: list[Lot] = []
    groups = list_tasks([site.id]) if site is not None else []
    at_work = [task for task in groups if task.group != STOCK]
    if site is not None:
        reader, viewer = current.reader(), current.viewer()
        arrivals, _ = list_lots(reader, viewer, LotFilter(to=site.id, status="in_transit"), limit=SHOWN)
        recent, _ = list_lots(reader, viewer, LotFilter(site=site.id), limit=SHOWN)
    return {
        "site": site,
        "sites": current.work_sites(),
        "tasks": [task for task in at_work if task.kinds],
        "weighs": site is not None and current.allows(site.id, WEIGHED),
        "first_step": next((kind for task in at_work for kind in task.kinds), ""),
        "keeps": [kind for task in groups if task.group == STOCK for kind in task.kinds],
        "plans": bool(current.planned_sites()),
        "declared": show_statistics(list_newest(current.reader(), current.spoken_regions(), SHOWN)),
        "warned": list_open_warnings(current.reader(), current.viewer(), _supervised(site), MOST_WARNED),
        "can_confirm": can_confirm,
        "waiting": _list_waiting(),
        "held": _count_held(),
        "differences": _list_differences(site),
        "arrivals": [show_lot(lot) for lot in arrivals],
        "recent": [show_lot(lot) for lot in recent],
    }


def _count_held() -> list[HeldCount]:
    """Return how many drafts of devices wait at the sites of the person."""
    return count_held(current.reader(), current.viewer(), current.signed_in().id, current.now_ms())


def _list_differences(site: Site | None) -> list[SentDifference]:
    """Return which shipments of the site at hand weighed otherwise where they arrived."""
    if site is None:
        return []
    return list_differences(current.reader(), current.viewer(), site.id, current.now_ms())


def _find_audited() -> AuditOverview | None:
    """Return what is new to an auditor; None for anybody else."""
    return find_overview(current.reader(), current.viewer(), SHOWN) if is_auditor() else None


def _list_waiting() -> Waiting | None:
    """Return what waits for an administrator; None for anybody else."""
    administrator = find_administrator()
    return list_waiting(current.reader(), administrator, current.now_ms()) if administrator.is_any else None


def _supervised(site: Site | None) -> list[str]:
    """Return the sites whose warnings the person is to settle: of the site at hand, else of all their own."""
    sites = [site] if site is not None else current.work_sites()
    return [one.id for one in sites if may_record("correct", current.roles(one.id))]

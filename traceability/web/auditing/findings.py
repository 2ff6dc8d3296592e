"""Show what an auditor should look at in a place and period, and take what auditors say of it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from traceability.domain.calendar import month_of
from traceability.domain.errors import BadInput, NotAllowed
from traceability.domain.findings import Severity
from traceability.domain.period import Period, add_months
from traceability.domain.place import place_key
from traceability.locale import format_share_ppm, format_time
from traceability.render.sheets import Cell, ReportDocument, Sheet, SheetColumn, say_in_all
from traceability.services.auditing.analysis import (
    ChangedThreshold,
    FoundInBook,
    begin_analysis,
    find_waiting_run,
)
from traceability.services.auditing.findings import (
    LONGEST,
    ListedFinding,
    Remark,
    find_listed,
    list_findings,
    put_remark,
)
from traceability.services.auditing.soundness import may_check
from traceability.services.auditing.thresholds import is_share, write_threshold
from traceability.services.reporting.scope import check_in_view, check_place, find_place
from traceability.web.reports.filters.bar import context_of
from traceability.web.reports.filters.page import find_usual_place
from traceability.web.reports.filters.query import ReportFilters, read_filters
from traceability.web.reports.report_view import join, say_period
from traceability.web.shell import current
from traceability.web.shell.report_pages import ReportPage, report_page
from traceability.web.shell.words import site_name, t

pages = Blueprint("findings", __name__)

MONTHS = 12  # that a page is of, where nobody says
MOST_LINKED = 50  # events of a finding
SHARES = ("most", "yield", "usual", "share")  # of a finding; its limit is written as it was typed


def usual_period() -> Period:
    """Return the last twelve months that are over."""
    last = add_months(month_of(current.now_ms()), -1)
    return Period(add_months(last, 1 - MONTHS), last)


def read_audit_filters() -> ReportFilters:
    """Return the place and period of this request, for whoever audits or plans. Raises BadInput, NotAllowed, NotFound.

    Where the address names no place, it is the own region. Who audits or plans for single sites asks for one of them, by
    default the first: what a region's figure changed by at a record is what one firm did.
    """
    viewer = current.viewer()
    if not viewer.is_watcher:
        raise NotAllowed("finding.not_for_firms")
    filters = read_filters(usual_period)
    if not request.args.keys() & {"place", "member", "level", "code"}:
        level, code = find_usual_place()
        filters = replace(filters, level=level, code=code)
        if viewer.is_firm:
            filters = replace(filters, level="site", code=min(viewer.watched_sites))
    check_place(filters.level, filters.code)
    check_in_view(viewer, filters.level, filters.code)
    if viewer.is_firm and filters.code.partition("/")[0] not in viewer.watched_sites:
        raise NotAllowed("finding.sites_alone")
    if len(filters.period.months()) > 2 * MONTHS:
        raise BadInput("finding.too_long", limit=2 * MONTHS)
    return filters


@report_page(pages, "/audit/findings")
def show() -> ReportPage:
    """List findings of a place and period, alarms first."""
    filters = read_audit_filters()
    place = find_place(current.reader(), filters.level, filters.code).name(current.language())
    if filters.level == "nation" and find_usual_place()[0] != "nation":
        place = t("finding.as_far_as_seen", place=place)  # findings of other regions are not in view
    listed, found = list_findings(
        current.reader(), current.viewer(), current.signed_in(), place_key(filters.level, filters.code),
        filters.period, current.now_ms(),
    )  # fmt: skip
    still_open = [one for one in listed if not one.is_closed]
    title = t("finding.title_none", place=place)
    if still_open:
        title = t("finding.title", place=place, open=_count_open(still_open))
    if not found.is_analysed:
        title = t("finding.title_not_analysed")
    document = ReportDocument(
        f"findings_{filters.code}_{filters.period}", title,
        ((t("term.region"), place), (t("term.period"), say_period(filters.period)), *_say_run(found)),
        (make_sheet(listed, filters),), notes=(t("finding.how"),),
    )  # fmt: skip
    waiting = None
    if may := may_check(current.signed_in(), current.now_ms()):
        waiting = find_waiting_run(current.reader())
    shown = context_of(
        filters, place, found=found, may_analyse=may, waiting=waiting,
        changed_thresholds=_say_changed(found.other_thresholds),
    )  # fmt: skip
    return ReportPage("auditing/findings.html", document, shown)


def _say_changed(changed: Iterable[ChangedThreshold]) -> list[tuple[str, str, str]]:
    """Return (name, as the run went by it, as it is now) of each threshold that changed since."""
    return [
        (t(f"threshold.{name}"), _say_threshold(name, then), _say_threshold(name, now))
        for name, then, now in changed
    ]


def _say_threshold(name: str, value: int) -> str:
    written = write_threshold(name, value)
    return f"{written} %" if is_share(name) else written


def _count_open(still_open: list[ListedFinding]) -> str:
    """Return how many alarms and notices there are; of what there is none, nothing is said."""
    kinds = Counter(one.finding.severity for one in still_open)
    return join(
        t(f"counted.{severity}s", count=kinds[severity])
        for severity in (Severity.ALARM, Severity.NOTICE)
        if kinds[severity]
    )


def _say_run(found: FoundInBook) -> list[tuple[str, str]]:
    """Return the line that says up to which record a run found them."""
    if found.run is None:
        return []
    up_to = f"{found.run.seq} · {format_time(found.run.ended_ms, current.language())}"
    return [(t("filter.as_of"), up_to)]


@pages.post("/audit/findings/analyse")
def analyse() -> ResponseReturnValue:
    """Queue an analysis of the whole book."""
    job = begin_analysis(current.store(), current.signed_in(), current.actor())
    return redirect(url_for("jobs.show", job_id=job.id))


def make_sheet(listed: list[ListedFinding], filters: ReportFilters) -> Sheet:
    """Return the findings as a table; each opens its page."""
    columns = (
        SheetColumn("finding", say_in_all("finding.what")),
        SheetColumn("severity", say_in_all("finding.severity")),
        SheetColumn("site", say_in_all("term.site")),
        SheetColumn("month", say_in_all("term.month"), "month"),
        SheetColumn("state", say_in_all("finding.state")),
        SheetColumn("remarks", say_in_all("finding.remarks"), "count"),
    )
    rows = [
        (
            Cell(say_finding(one), link_to_finding(one, filters)),
            Cell(t(f"severity.{one.finding.severity}")),
            Cell(site_name(one.finding.site)),
            Cell(one.finding.month),
            Cell(t(f"finding_state.{'closed' if one.is_closed else 'open'}")),
            Cell(len(one.remarks)),
        )
        for one in listed
    ]
    return Sheet("findings", say_in_all("finding.listed"), columns, rows, empty=t("finding.none"))


def link_to_finding(one: ListedFinding, filters: ReportFilters) -> str:
    """Return the page of a finding, which computes it for the same place and period."""
    return url_for("findings.one", finding_id=one.finding.id, **filters.to_place_query())


def say_finding(one: ListedFinding) -> str:
    """Return a finding as a sentence with its figures and threshold."""
    found = one.finding
    code = f"finding.{found.analysis}"
    if found.severity is Severity.NOTICE:
        code += "_notice"
    subject = one.subject or t(f"finding_subject.{found.analysis}")
    return t(code, **{**found.figures, **say_shares(found.figures)}, subject=subject)


def say_shares(figures: Mapping[str, Any]) -> dict[str, str]:
    """Return the shares that a finding is about as all shares are written, with the digits that its threshold needs."""
    limits = [figures["limit_ppm"]] if "limit_ppm" in figures else []
    return {
        name: format_share_ppm(figures[f"{name}_ppm"], limits) for name in SHARES if f"{name}_ppm" in figures
    }


@pages.get("/audit/findings/<finding_id>")
def one(finding_id: str) -> ResponseReturnValue:
    """Show a finding with what is behind it, and what was said of it."""
    filters, listed = _find(finding_id)
    return _render(filters, listed)


def _find(finding_id: str) -> tuple[ReportFilters, ListedFinding]:
    filters = read_audit_filters()
    return filters, find_listed(
        current.reader(), current.viewer(), current.signed_in(), place_key(filters.level, filters.code),
        filters.period, finding_id, current.now_ms(),
    )  # fmt: skip


def _render(filters: ReportFilters, listed: ListedFinding, wrong: str = "") -> ResponseReturnValue:
    found = listed.finding
    events = current.reader().find_events(found.events[:MOST_LINKED])
    made = dict.fromkeys(id_ for event in events.values() for id_ in event.frozen.lots if id_)
    # Where an analysis names no lot, those that its events made.
    behind = (found.lots or tuple(made))[:MOST_LINKED]
    lots = current.reader().find_lots(behind)
    shown: dict[str, Any] = {
        "said": say_finding(listed),
        "listed": listed,
        "events": [events[id_] for id_ in found.events if id_ in events],
        "lots": [lots[id_] for id_ in behind if id_ in lots and current.viewer().shows_lot(lots[id_])],
        "more": max(0, len(found.events) - MOST_LINKED),
        "back": url_for("findings.show", **filters.to_place_query()),
        "action": url_for("findings.remark", finding_id=found.id, **filters.to_place_query()),
        "longest": LONGEST,
        "typed": request.form.get("text", "")[:LONGEST],
        "wrong": wrong,
    }
    return render_template("auditing/finding.html", **shown), 422 if wrong else 200


@pages.post("/audit/findings/<finding_id>")
def remark(finding_id: str) -> ResponseReturnValue:
    """Comment on a finding, close it with a reason, or open it again."""
    filters, listed = _find(finding_id)
    action = next((word for word in Remark if word == request.form.get("action")), None)
    if action is None:
        raise BadInput("report.bad_filter", text=request.form.get("action", "")[:40])
    person, actor = current.signed_in(), current.actor()
    version = request.form.get("version", 0, type=int)
    text = request.form.get("text", "")
    try:
        current.store().write(
            lambda writer: put_remark(writer, person, actor, listed.finding, action, text, version)
        )
    except BadInput as error:
        return _render(filters, listed, t(error.code, **error.figures))
    flash(t(f"finding.done_{action}"), "success")
    return redirect(url_for("findings.one", finding_id=finding_id, **filters.to_place_query()))

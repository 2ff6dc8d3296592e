"""List the pages that the menu offers to a person; entries without a page are left out."""

from collections.abc import Collection
from typing import Any, NamedTuple

from flask import Flask, current_app, get_flashed_messages, request, url_for

from traceability.domain.access import ANYWHERE
from traceability.domain.administration import list_administered
from traceability.domain.calendar import day_of
from traceability.domain.errors import StoreError
from traceability.domain.kinds import MENU, ONE_PAGE, REARRANGEMENTS, SCRAP_ENTRIES, STOCK, USUAL_STEPS
from traceability.domain.next_steps import may_record
from traceability.services.operations.heats import MELTING
from traceability.services.recording.open_work import OpenWork, WorkKind
from traceability.web.shell import current

_WORK_PAGES = {
    WorkKind.TICKET: ("weighbridge.show", "ticket_id"), WorkKind.HEAT: ("furnace.show", "heat_id")
}  # fmt: skip


class MenuEntry(NamedTuple):
    """A menu entry: its words, its page, and who sees it: only people who record events, or of one role."""

    code: str
    endpoint: str
    workers: bool = False
    role: str = ""  # one that is needed at a site where the person works


HOME = MenuEntry("menu.home", "home.show")
YARD = MenuEntry("menu.yard", "yard.show", workers=True)
WEIGHBRIDGE = MenuEntry("menu.weighbridge", "weighbridge.list_all", workers=True)
FURNACE = MenuEntry("menu.furnace", "furnace.list_all", workers=True)
REPORTS = (
    MenuEntry("menu.report", "report.show"),
    MenuEntry("menu.trend", "trend.show"),
    MenuEntry("menu.map", "map.show"),
    MenuEntry("menu.flows", "flows.show"),
    MenuEntry("menu.why", "why.show"),
    MenuEntry("menu.what_if", "what_if.show"),
    MenuEntry("menu.target_overview", "target_overview.show"),
    MenuEntry("menu.place_figures", "place_figures.show"),
    MenuEntry("menu.pivot", "pivot.show"),
    MenuEntry("menu.month_reports", "month_reports.show"),
    MenuEntry("menu.evidence", "registers.evidence"),
    MenuEntry("menu.statistics", "registers.statistics"),
    MenuEntry("menu.residues", "registers.residues"),
    MenuEntry("menu.register", "register.show"),
    MenuEntry("menu.api", "api.docs"),
)
"""Report pages, which stand in the menu as one group; whoever adds one adds its entry here."""

LISTED = (
    MenuEntry("menu.lots", "lots.list_all"),
    MenuEntry("menu.events", "find.events"),
    MenuEntry("menu.heats", "find.heats"),
    MenuEntry("menu.shipments", "find.shipments"),
)
"""Lists of what is there and of what happened, before the kinds of events of the group."""

KEPT = (
    MenuEntry("menu.labels", "labels.rolls", workers=True),
    MenuEntry("menu.scales", "scales.list_all", workers=True),
    MenuEntry("menu.held", "held.list_all", workers=True),
    MenuEntry("menu.jobs", "jobs.list_own", workers=True),  # who records nothing starts no long work either
    MenuEntry("menu.parties", "party.list_own", workers=True, role="supervisor"),
    MenuEntry("menu.spectrometer", "spectrometer.show", workers=True, role="supervisor"),
)
"""Other pages of what is in stock and on record, after these kinds."""


ADMINISTERED = (
    MenuEntry("menu.people", "people.list_all"),
    MenuEntry("menu.sites", "sites.list_all"),
    MenuEntry("menu.parties", "parties.list_all"),
    MenuEntry("menu.targets", "targets.list_all"),
    MenuEntry("menu.thresholds", "thresholds.show"),
    MenuEntry("menu.devices", "access.list_devices"),
    MenuEntry("menu.printers", "printers.list_all"),
    MenuEntry("menu.scales", "scales.list_all"),
    MenuEntry("menu.tokens", "access.list_tokens"),
    MenuEntry("menu.audit", "audit_log.show"),
)
"""Pages of administrators; those of a scope see people and scales alone."""
OF_A_SCOPE = frozenset({"people.list_all", "scales.list_all"})


AUDITED = (
    MenuEntry("menu.findings", "findings.show"),
    MenuEntry("menu.journal", "journal.show"),
    MenuEntry("menu.book", "book.show"),
)
"""Pages of whoever audits or plans for a region or site; firms see the journal of their own sites by its address."""


class TaskGroup(NamedTuple):
    """Kinds of event that a person may record at a site today, for one heading."""

    group: str
    kinds: tuple[str, ...]


def list_tasks(sites: Collection[str]) -> list[TaskGroup]:
    """Return the kinds that the person may record at one of these sites today, by groups of the menu.

    Of kinds that one page records only the first stands there.
    """

    def may(kind: str) -> bool:
        return any(may_record(kind, current.roles(site)) and current.allows(site, kind) for site in sites)

    groups = []
    for group, kinds in MENU.items():
        shown = [kind for kind in kinds if f"{kind}.form" in current_app.view_functions and may(kind)]
        repeated = [kind for kind in shown if kind in ONE_PAGE][1:]
        # Where nothing is sorted, rearranging lots is not what the site is for.
        kept = sorted((kind for kind in shown if kind not in repeated), key=REARRANGEMENTS.__contains__)
        groups.append(TaskGroup(group, tuple(kept)))
    return groups


def menu() -> list[dict[str, Any]]:
    """Return the entries as the layout takes them: links, and groups of links.

    A group of one link is that link.
    """
    try:
        who = current.person()
        if who is None or who.one_time:  # whose password is not their own yet goes nowhere else
            return []
        site = current.site()
        works_at = current.viewer().works_at
        tasks = list_tasks([site.id] if site else works_at)
    except StoreError:
        return []
    groups = []
    for group, kinds in tasks:
        entries = [MenuEntry(f"menu.{kind}", f"{kind}.form") for kind in kinds]
        if group == STOCK:
            entries = [*LISTED, *entries, *KEPT]
        held = {role for one in works_at for role in current.roles(one)}
        links = [
            _link(entry)
            for entry in entries
            if (works_at or not entry.workers) and (not entry.role or entry.role in held)
        ]
        shown = [link for link in links if link]
        if len(shown) > 1:
            inside = any(link["current"] for link in shown)
            groups.append({"code": f"menu.group.{group}", "links": shown, "current": inside})
        else:
            groups += shown
    administered: list[dict[str, Any]] = [link for entry in admin_entries() if (link := _link(entry))]
    if len(administered) > 1:
        inside = request.path.startswith("/admin/")  # the page of one person or site is in no menu
        administration = {"code": "menu.group.administration", "links": administered, "current": inside}
        administered = [administration]
    yard = _link(YARD) if works_at else None
    bridge = _link(WEIGHBRIDGE) if any(current.allows(site, SCRAP_ENTRIES[0]) for site in works_at) else None
    melts = any(current.allows(site, MELTING) for site in works_at)
    furnaces = _link(FURNACE) if melts else None
    offered = (_link(HOME), yard, bridge, furnaces, *groups, _reports(), _audited(), *administered)
    return [link for link in offered if link]


def _reports() -> dict[str, Any]:
    """Return the report pages as a group, which is current on the pages of regions and figures too."""
    links = [link for entry in REPORTS if (link := _link(entry))]
    inside = any(link["current"] for link in links) or request.path.startswith("/report/")
    return {"code": "menu.group.reports", "links": links, "current": inside}


def _audited() -> dict[str, Any] | None:
    """Return the pages of auditors as a group; None for the people of firms."""
    links = [link for entry in AUDITED if (link := _link(entry))] if current.viewer().is_watcher else []
    inside = request.path.startswith("/audit/")
    return {"code": "menu.group.auditing", "links": links, "current": inside} if links else None


def admin_entries() -> tuple[MenuEntry, ...]:
    """Return the pages of what the person administers today."""
    who = current.person()
    scopes = list_administered(who.roles if who else (), day_of(current.now_ms()))
    if ANYWHERE in scopes:
        return ADMINISTERED
    return tuple(entry for entry in ADMINISTERED if scopes and entry.endpoint in OF_A_SCOPE)


def admin_pages() -> list[tuple[str, str]]:
    """Return (name, address) of the pages of what the person administers."""
    return [(entry.code.removeprefix("menu."), url_for(entry.endpoint)) for entry in admin_entries()]


def _scans() -> bool:
    """Return whether the person handles lots: then every page waits for a scan."""
    try:
        who = current.person()
        return who is not None and not who.one_time and bool(current.viewer().works_at)
    except StoreError:
        return False


def _link(entry: MenuEntry) -> dict[str, Any] | None:
    if entry.endpoint not in current_app.view_functions:
        return None
    here = request.endpoint == entry.endpoint
    return {"code": entry.code, "href": url_for(entry.endpoint), "current": here}


def step_href(kind: str, code: str) -> str:
    """Return the address that records a kind of event for a lot; '' where there is none."""
    if f"{kind}.form" in current_app.view_functions:
        return url_for(f"{kind}.form", code=code or None)
    return ""


def work_href(work: OpenWork) -> str:
    """Return the address of a ticket or heat."""
    page, argument = _WORK_PAGES[work.kind]
    address: dict[str, Any] = {argument: work.id}
    return url_for(page, **address)


def install(app: Flask) -> None:
    """Give the layout its menu and messages, and pages of lots the next steps that they show at once."""
    app.jinja_env.globals.update(usual_steps=USUAL_STEPS, admin_pages=admin_pages)

    @app.context_processor
    def offer() -> dict[str, Any]:
        said: list[tuple[str, str]] = get_flashed_messages(with_categories=True)  # type: ignore[assignment]
        flashes = [{"kind": kind, "text": text} for kind, text in said]
        return {"navigation": menu(), "flashes": flashes, "step_href": step_href, "scans": _scans()}

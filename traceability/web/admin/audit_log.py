"""Show the audit log to administrators of the whole system, and send it as a file."""

from collections.abc import Iterator
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from graph.store import Store
from traceability.domain.calendar import DAY_MS, time_of_day
from traceability.domain.errors import BadInput
from traceability.locale import format_time, list_codes
from traceability.render.csv import write_csv
from traceability.services.directory.audit import (
    CONSOLE,
    AuditAction,
    AuditEntry,
    AuditFilter,
    AuditOutcome,
    list_entries,
)
from traceability.services.reporting.table import Table
from traceability.web.admin.office import administrator_of_all
from traceability.web.shell import current
from traceability.web.shell.words import t
from traceability.wire.fields import Day

pages = Blueprint("audit_log", __name__, url_prefix="/admin/audit")

SHOWN = 100
MOST_EXPORTED = 100_000
FIELDS = ("person", "action", "outcome", "kind", "object")
COLUMNS = ("number", "time", "person", "action", "object_kind", "object_id", "outcome", "address")


@pages.get("")
def show() -> ResponseReturnValue:
    """Show entries, newest first, by person, action, object and days."""
    administrator_of_all()
    wrong: dict[str, str] = {}
    try:
        wanted = _read_filter()
    except BadInput:
        wrong["days"] = t("audit.bad_days")
        wanted = AuditFilter()
    after = request.args.get("after", 0, type=int)
    page = list_entries(current.reader(), wanted, min(max(0, after), 2**62), SHOWN)
    asked = {name: request.args.get(name, "")[:200] for name in (*FIELDS, "from", "until")}
    return render_template(
        "admin/audit.html",
        entries=page.entries,
        asked=asked,
        wrong=wrong,
        searched=any(asked.values()),
        read_back_to_ms=page.read_back_to_ms,
        console=CONSOLE,
        kinds={code.partition(".")[2]: t(code) for code in list_codes("audit_kind.")},
        actions=[(one.value, t(f"audit_action.{one}")) for one in AuditAction],
        outcomes=[(one.value, t(f"audit_outcome.{one}")) for one in AuditOutcome],
        first=_address("show", asked) if after else "",
        next=_address("show", {**asked, "after": str(page.after)}) if page.after else "",
        file=_address("send_file", asked),
    ), 422 if wrong else 200


@pages.get("/audit.csv")
def send_file() -> ResponseReturnValue:
    """Send the entries that were asked for as a file."""
    administrator_of_all()
    wanted = _read_filter()
    rows = (_row(entry) for entry in _walk(current.store(), wanted))
    file = Response(write_csv(Table(COLUMNS, rows)), mimetype="text/csv")
    file.headers.set("Content-Disposition", "attachment", filename="audit.csv")
    return file


def _address(view: str, arguments: dict[str, str]) -> str:
    """Return the address of a view of this module with what was asked for."""
    path = url_for(f"audit_log.{view}")
    stated = {name: value for name, value in arguments.items() if value}
    return f"{path}?{urlencode(stated)}" if stated else path


def _walk(store: Store, wanted: AuditFilter) -> Iterator[AuditEntry]:
    """Yield entries from a view per page: a slow download holds no view open."""
    after, sent = 0, 0
    while sent < MOST_EXPORTED:
        with store.read() as reader:
            page = list_entries(reader, wanted, after, 1_000)
        yield from page.entries
        after, sent = page.after, sent + len(page.entries)
        if not after:
            return


def _row(entry: AuditEntry) -> tuple[int | str, ...]:
    return (
        entry.number, format_time(entry.time_ms), entry.person, entry.action, entry.kind, entry.id,
        entry.outcome, entry.address,
    )  # fmt: skip


def _read_filter() -> AuditFilter:
    """Return the conditions of the address. Raises BadInput."""
    stated = {name: request.args.get(name, "")[:200].strip() for name in FIELDS}
    days = {name: request.args.get(name, "").strip() for name in ("from", "until")}
    for day in filter(None, days.values()):
        try:
            Day().deserialize(day)
        except ValidationError as error:
            raise BadInput("audit.bad_days") from error
        if not "1970" < day < "2200":
            raise BadInput("audit.bad_days")
    from_ms = time_of_day(days["from"]) if days["from"] else None
    until_ms = time_of_day(days["until"]) + DAY_MS if days["until"] else None
    return AuditFilter(**stated, from_ms=from_ms, until_ms=until_ms)

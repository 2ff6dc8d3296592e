"""Show the journal: what was recorded, newest first, by part, kind, place, person and times."""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from traceability.domain.errors import BadInput
from traceability.domain.kinds import KINDS
from traceability.render.sheets import Cell, ReportDocument, Row, Sheet, SheetColumn, say_in_all
from traceability.services.auditing.journal import JournalEntry, JournalFilter, JournalPart, list_journal
from traceability.services.directory.names import Names
from traceability.web.shell import current
from traceability.web.shell.query_days import read_day
from traceability.web.shell.report_pages import FORMS, send_document
from traceability.web.shell.words import site_name, t

pages = Blueprint("journal", __name__)

SHOWN = 50
WORDS = ("part", "kind", "site", "region", "person")
DAYS = ("from", "until", "recorded_from", "recorded_until")
LONGEST = 100  # characters of a condition
LAST_SEQ = 2**53
MOST_SENT = 10_000  # entries of a file
MOST_READ = 200_000  # records that are looked at for it: some seconds
COLUMNS = (
    SheetColumn("seq", say_in_all("journal.record"), "count"),
    SheetColumn("recorded", say_in_all("journal.recorded"), "time"),
    SheetColumn("kind", say_in_all("term.kind")),
    SheetColumn("happened", say_in_all("journal.happened"), "time"),
    SheetColumn("site", say_in_all("term.site")),
    SheetColumn("person", say_in_all("journal.by")),
    SheetColumn("notes", say_in_all("journal.said")),
    SheetColumn("event", say_in_all("journal.event_id")),
)


@pages.get("/audit/journal")
def show() -> ResponseReturnValue:
    """Show entries of the journal; a firm's people see what their own sites recorded."""
    asked = {name: request.args.get(name, "").strip()[:LONGEST] for name in (*WORDS, *DAYS)}
    after = request.args.get("after", 0, type=int)
    journal = list_journal(
        current.reader(), current.viewer(), _read_filter(asked), min(max(after, 0), LAST_SEQ), SHOWN
    )
    stated: dict[str, Any] = {name: value for name, value in asked.items() if value}
    shown: dict[str, Any] = {
        "journal": journal,
        "asked": asked,
        "parts": [(part.value, t(f"journal_part.{part}")) for part in JournalPart],
        "kinds": [(kind, t(f"kind.{kind}")) for kind in KINDS],
        "sites": sorted((site.id, site.name(current.language())) for site in current.sites_in_view()),
        "first": url_for("journal.show", **stated) if after else "",
        "next": url_for("journal.show", **stated, after=journal.after) if journal.after else "",
        "is_own": not current.viewer().is_watcher,
        "files": [(ending, url_for("journal.send", ending=ending, **stated)) for ending in FORMS],
    }
    return render_template("auditing/journal.html", **shown)


@pages.get("/audit/journal.<any(csv,xlsx,json,pdf):ending>")
def send(ending: str) -> ResponseReturnValue:
    """Send the newest entries that fit, whatever page they would stand on."""
    asked = {name: request.args.get(name, "").strip()[:LONGEST] for name in (*WORDS, *DAYS)}
    reader, viewer, wanted = current.reader(), current.viewer(), _read_filter(asked)
    head, after, rows, stop = reader.find_head(), 0, list[Row](), False
    while not stop:
        journal = list_journal(reader, viewer, wanted, after, MOST_SENT - len(rows))
        rows += [_lay_out(entry, journal.names) for entry in journal.entries]
        after = journal.after
        stop = not after or len(rows) >= MOST_SENT or after < head.seq - MOST_READ
    sheet = Sheet("journal", say_in_all("menu.journal"), COLUMNS, rows, empty=t("journal.none"))
    said = [(t("filter.as_of"), str(head.seq))]
    said += [(t(f"journal_filter.{name}"), value) for name, value in asked.items() if value]
    notes = (t("journal.sent_to", count=len(rows), seq=after),) if after else ()
    document = ReportDocument(
        f"journal_{head.seq}",
        t("menu.journal"),
        tuple(said),
        (sheet,),
        notes=notes,
        recorded_ms=head.record_ms,
    )
    return send_document(document, ending)


def _lay_out(entry: JournalEntry, names: Names) -> Row:
    event = entry.event
    said = {
        "void": not event.live, "corrected": entry.is_corrected, "late": entry.is_late,
        "unconfirmed": entry.is_unconfirmed,
    }  # fmt: skip
    return (
        Cell(event.seq),
        Cell(event.record_ms),
        Cell(t(f"kind.{event.draft.kind}")),
        Cell(event.frozen.time_ms),
        Cell(site_name(event.draft.site)),
        Cell(names.person(event.draft.actor) or ""),
        Cell(", ".join(t(f"journal_word.{word}") for word, holds in said.items() if holds)),
        Cell(event.id),
    )


def _read_filter(asked: dict[str, str]) -> JournalFilter:
    """Return the conditions of the address. Raises BadInput."""
    part = next((word for word in JournalPart if word == (asked["part"] or JournalPart.ALL)), None)
    if part is None or asked["kind"] not in ("", *KINDS):
        raise BadInput("report.bad_filter", text=(asked["part"] if part is None else asked["kind"])[:40])
    if asked["region"] and not (asked["region"].isascii() and asked["region"].isdecimal()):
        raise BadInput("report.bad_filter", text=asked["region"][:40])
    times = {name: read_day(asked[name], name.endswith("until")) for name in DAYS}
    region = asked["region"].rstrip("0")
    return JournalFilter(
        part, asked["kind"], asked["site"], region + "0" * (len(region) % 2), asked["person"],
        *times.values(),
    )  # fmt: skip

"""Show how sound the book is known to be, start a check, and show figures as the book stood at a record."""

from fractions import Fraction
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from traceability.domain.errors import NotAllowed
from traceability.domain.place import place_key
from traceability.render.sheets import Cell, ReportDocument, Sheet, SheetColumn, say_in_all
from traceability.services.auditing.book_at import BookAt, find_book_at
from traceability.services.auditing.soundness import begin_check, find_soundness, may_check
from traceability.services.directory.people import find_person
from traceability.services.reporting.scope import find_place
from traceability.web.auditing.findings import read_audit_filters
from traceability.web.reports.filter_bar import context_of
from traceability.web.reports.report_view import say_period
from traceability.web.shell import current
from traceability.web.shell.report_pages import ReportPage, report_page
from traceability.web.shell.words import t

pages = Blueprint("book", __name__)


@pages.get("/audit/book")
def show() -> ResponseReturnValue:
    """Show the last check, the chain's head and the newest signed head."""
    may = may_check(current.signed_in(), current.now_ms())
    if current.viewer().is_firm and not may:
        raise NotAllowed("book.not_for_firms")
    known = find_soundness(current.reader(), current.settings().heads)
    person = find_person(current.reader(), known.check.person) if known.check else None
    return render_template(
        "auditing/book.html",
        known=known,
        by=person.name if person else "",
        may_check=may,
        sees_findings=may,  # they name records of every site
        words={row["code"]: t(row["code"]) for row in known.check.findings} if known.check else {},
    )


@pages.post("/audit/book/check")
def check() -> ResponseReturnValue:
    """Queue a check of the whole book."""
    job = begin_check(current.store(), current.signed_in(), current.actor())
    return redirect(url_for("jobs.show", job_id=job.id))


@report_page(pages, "/audit/book/at/<int:seq>")
def at(seq: int) -> ReportPage:
    """Show the ledger's figures of a place and period at a record, now, and what made the difference."""
    filters = read_audit_filters()
    place = find_place(current.reader(), filters.level, filters.code).name(current.language())
    key = place_key(filters.level, filters.code)
    book = find_book_at(current.reader(), current.viewer(), key, filters.period, seq)
    title = t("book.at", place=place, seq=seq, causes=book.causes_in_all)
    said = (
        (t("term.region"), place), (t("term.period"), say_period(filters.period)),
        (t("filter.as_of"), f"{seq} / {book.last_seq}"),
    )  # fmt: skip
    document = ReportDocument(
        f"book_at_{seq}_{filters.code}_{filters.period}",
        title,
        said,
        (*_list_sheets(book), _list_causes(book)),
    )
    return ReportPage("auditing/book_at.html", document, context_of(filters, place))


def _list_sheets(book: BookAt) -> list[Sheet]:
    sheets = []
    for kind in ("share", "mass"):
        columns = (
            SheetColumn("figure", say_in_all("book.figure")),
            SheetColumn("then", say_in_all("book.then"), kind),
            SheetColumn("now", say_in_all("book.now"), kind),
        )
        rows = [
            (Cell(t(one.indicator.name)), Cell(_value(one.then)), Cell(_value(one.now)))
            for one in book.figures
            if one.indicator.kind == kind
        ]
        sheets.append(Sheet(kind, say_in_all(f"book.{kind}"), columns, rows))
    return sheets


def _value(amounts: tuple[int, int | None]) -> Fraction | int | None:
    """Return a mass, or a share; no data where nothing stands below the line."""
    above, below = amounts
    if below is None:
        return above
    return Fraction(above, below) if below else None


def _list_causes(book: BookAt) -> Sheet:
    columns = (
        SheetColumn("record", say_in_all("journal.record"), "count"),
        SheetColumn("kind", say_in_all("term.kind")),
        SheetColumn("recorded", say_in_all("journal.recorded"), "time"),
    )
    rows: list[Any] = [
        (
            Cell(event.seq, url_for("events.show", event_id=event.id)),
            Cell(t(f"kind.{event.draft.kind}")),
            Cell(event.record_ms),
        )
        for event in book.causes
    ]
    return Sheet("causes", say_in_all("book.causes"), columns, rows, empty=t("book.no_causes"))

"""Show how sound the book is known to be, start a check, and show figures as the book stood at a record."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from traceability.domain.errors import NotAllowed
from traceability.locale import format_time
from traceability.render.figure_cells import unit_of, value_cell
from traceability.render.sheets import Cell, ReportDocument, Sheet, SheetColumn, say_in_all
from traceability.services.auditing.book_at import BookAt, find_book_at
from traceability.services.auditing.soundness import begin_check, find_soundness, may_check
from traceability.services.directory.people import find_person
from traceability.services.reporting.behind.drill_down import FigureAddress
from traceability.services.reporting.scope import find_place
from traceability.web.auditing.findings import read_audit_filters
from traceability.web.reports.filters.bar import context_of
from traceability.web.reports.filters.query import ReportFilters, read_number
from traceability.web.reports.report_view import link_figures, name_indicator, say_period
from traceability.web.shell import current
from traceability.web.shell.report_pages import ReportPage, report_page
from traceability.web.shell.words import site_name, t

pages = Blueprint("book", __name__)


@pages.get("/audit/book")
def show() -> ResponseReturnValue:
    """Show the last check, the chain's head and the newest signed head."""
    may = may_check(current.signed_in(), current.now_ms())
    if not (current.viewer().is_watcher or may):
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
    """Show every figure of a place and period at a record, now, and what was booked since."""
    filters = read_audit_filters()
    name = find_place(current.reader(), filters.level, filters.code).name(current.language())
    address = FigureAddress(
        filters.level, filters.code, "", filters.period, filters.metals, filters.view, at=seq
    )
    book = find_book_at(current.reader(), current.viewer(), address, current.now_ms())
    figures = _list_figures(book, replace(filters, at=seq))
    changed = sum(bool(value) for value in figures.values("changed"))
    said = (
        (t("term.region"), name), (t("term.period"), say_period(filters.period)),
        (t("filter.as_of"), f"{seq} · {format_time(book.record.recorded_ms, current.language())}"),
        (t("book.newest"), str(book.now.seq)),
    )  # fmt: skip
    document = ReportDocument(
        f"book_at_{seq}_{filters.code}_{filters.period}",
        t("book.at" if changed or book.causes_in_all else "book.at_same",
          place=name, seq=seq, changed=changed, causes=book.causes_in_all),
        said, (figures, _list_causes(book)), notes=(*_say_listed(book), t("book.as_it_is")),
    )  # fmt: skip
    return ReportPage("auditing/book_at.html", document, context_of(filters, name))


@pages.get("/audit/book/at")
def find_record() -> ResponseReturnValue:
    """Lead to the page of a record that somebody typed."""
    kept: dict[str, Any] = {key: request.args[key] for key in ("place", "period") if key in request.args}
    return redirect(url_for("book.at", seq=read_number("at"), **kept))


def _list_figures(book: BookAt, filters: ReportFilters) -> Sheet:
    """Return every figure then and now; then opens what was behind it."""
    columns = (
        SheetColumn("figure", say_in_all("book.figure")),
        SheetColumn("then", say_in_all("book.then"), "number", decimals=1),
        SheetColumn("now", say_in_all("book.now"), "number", decimals=1),
        SheetColumn("unit", say_in_all("report.unit")),
        SheetColumn("changed", say_in_all("book.changed"), "yes"),
    )
    then, now = book.then.total, book.now.total
    rows = [
        (
            Cell(name_indicator(id_)),
            value_cell(then, then.figures[id_], link_figures(filters)),
            value_cell(now, now.figures[id_], link_figures(replace(filters, at=0))),
            Cell(unit_of(id_)),
            Cell(then.figures[id_].value != now.figures[id_].value),
        )
        for id_ in now.figures
        if then.figures[id_].numerator is not None or now.figures[id_].numerator is not None
    ]
    return Sheet("figures", say_in_all("book.figures"), columns, rows, empty=t("book.no_figures"))


def _say_listed(book: BookAt) -> list[str]:
    """Return the note that says how many of the records are listed, where they are not all."""
    listed = len(book.causes)
    if listed == book.causes_in_all:
        return []
    return [t("book.causes_listed", shown=listed, count=book.causes_in_all)]


def _list_causes(book: BookAt) -> Sheet:
    columns = (
        SheetColumn("record", say_in_all("journal.record"), "count"),
        SheetColumn("kind", say_in_all("term.kind")),
        SheetColumn("site", say_in_all("term.site")),
        SheetColumn("happened", say_in_all("journal.happened"), "time"),
        SheetColumn("recorded", say_in_all("journal.recorded"), "time"),
    )
    rows: list[Any] = [
        (
            Cell(event.seq, url_for("events.show", event_id=event.id)),
            Cell(t(f"kind.{event.draft.kind}")),
            Cell(site_name(event.draft.site)),
            Cell(event.frozen.time_ms),
            Cell(event.record_ms),
        )
        for event in book.causes
    ]
    return Sheet("causes", say_in_all("book.causes"), columns, rows, empty=t("book.no_causes"))

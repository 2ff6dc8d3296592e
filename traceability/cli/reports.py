"""Offer the command that prints regional shares against their targets."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from graph.store import Store
from traceability.cli.session import (
    Command,
    Session,
    json_option,
    open_console,
    option,
    pass_session,
    store_option,
)
from traceability.domain.indicators import (
    INDICATORS,
    OVERVIEW_OUTPUTS,
    OVERVIEW_SHARES,
    OVERVIEW_TARGETS,
    SECTIONS,
    Section,
)
from traceability.domain.vocabulary import NATION
from traceability.locale.formats import NO_VALUE

if TYPE_CHECKING:
    from traceability.services.reporting.figures.report import RegionalReport
    from traceability.services.reporting.scope import Level

LEVELS = ("nation", "province", "prefecture", "county", "base", "site", "group")
WIDE = 130  # columns of a terminal on which targets are printed with their numbers


@click.command("report", cls=Command)
@option("--period", help="period")
@option("--region", "regions", multiple=True, metavar="CODE", help="region")
@option("--level", type=click.Choice(LEVELS), default="nation", help="report_level")
@option("--code", default=NATION, metavar="CODE", help="report_code")
@option("--section", type=click.Choice(tuple(SECTIONS)), help="report_section")
@option("--at", type=int, help="at_seq")
@option("--monthly", metavar="MONTH", help="monthly")
@option("--to", "folder", type=click.Path(file_okay=False, path_type=Path), help="report_to")
@store_option
@json_option
@pass_session
def print_report(
    session: Session,
    period: str | None,
    regions: tuple[str, ...],
    level: "Level",
    code: str,
    section: "Section | None",
    at: int | None,
    monthly: str | None,
    folder: Path | None,
) -> None:
    """Print regional shares against their targets, as the book stands or stood, or write a month's reports."""
    from traceability.exchange.event_log import book_at

    store = session.open()
    if monthly is not None:
        write_monthly(session, store, monthly, regions, folder)
        return
    if at is None:
        show_report(session, store, period, regions, level, code, section)
        return
    with session.progress("cli.importing") as advance, book_at(store, at, advance) as past:
        show_report(session, past, period, regions, level, code, section)


def write_monthly(
    session: Session, store: Store, month: str, regions: tuple[str, ...], folder: Path | None
) -> None:
    """Write the reports of a month, by default into the data folder, where the pages list them."""
    from traceability.domain.errors import BadInput
    from traceability.domain.period import parse_period
    from traceability.render.month_reports import FOLDER, write_month_reports
    from traceability.services.reporting.region_month import read_region_months

    period = parse_period(month)
    if period.first != period.last:
        raise BadInput("report.bad_filter", text=month[:40])
    folder = folder or session.settings().data / FOLDER
    with store.read() as reader:
        months = read_region_months(reader, period.first, regions)
        written = [report.file_name for report in write_month_reports(months, session.language, folder)]
    if session.json:
        session.answer({"folder": str(folder), "written": written})
    elif written:
        session.say("cli.monthly_written", count=len(written), folder=str(folder))
    else:
        session.say("cli.monthly_there", folder=str(folder))


def show_report(
    session: Session,
    store: Store,
    period: str | None = None,
    regions: tuple[str, ...] = (),
    level: "Level" = "nation",
    code: str = NATION,
    section: "Section | None" = None,
) -> None:
    """Print the table of a place and the places within it, by default the nation and of the usual period.

    ``regions`` are one more row together. ``section`` prints those figures of the place alone instead.
    """
    from traceability.domain.period import parse_period
    from traceability.render.figure_text import describe_since
    from traceability.services.reporting.figures.report import report_for
    from traceability.services.reporting.periods import usual_period
    from traceability.services.reporting.scope import join_codes

    groups = {join_codes(regions): regions} if regions else {}
    with store.read() as reader:
        chosen = parse_period(period) if period else usual_period(reader)
        report = (
            report_for(reader, level, code, chosen, groups=groups, evidence=bool(section)) if chosen else None
        )
    if report is None:
        if session.json:
            session.answer({"period": None, "rows": []})
        session.say("cli.no_events")
        return
    rows = [*report.rows, *report.groups, report.total]
    shown = SECTIONS[section] if section else (*OVERVIEW_OUTPUTS, *OVERVIEW_SHARES)
    if session.json:
        session.answer(
            {
                "period": str(report.period),
                "seq": report.seq,
                "rows": [
                    {
                        "region": row.code,
                        "level": row.level,
                        "name": row.name(session.language),
                        **{id_: _figure_body(row.figures[id_]) for id_ in shown},
                    }
                    for row in rows
                ],
            }
        )
        return
    console = open_console()
    if section:
        console.print(_make_section(session, report, section))
        session.say("cli.report_note", low=report.bounds.low, high=report.bounds.high)
        return
    narrow = console.width < WIDE
    title = session.text("cli.report_title", {"period": str(report.period), "seq": report.seq})
    sections = {INDICATORS[id_].section: None for id_ in shown}
    parts = [[id_ for id_ in shown if INDICATORS[id_].section == section] for section in sections]
    for ids in parts if narrow else [list(shown)]:
        console.print(_make_table(session, title, rows, ids, narrow))
        title = ""
    for row in rows:
        for id_ in shown:
            if since := describe_since(row.figures[id_], session.language):
                name = session.text(INDICATORS[id_].name)
                session.say("cli.since_seal", place=row.name(session.language), figure=name, since=since)
    session.say("cli.report_note", low=report.bounds.low, high=report.bounds.high)


def _make_table(session: Session, title: str, rows: Sequence[Any], ids: Sequence[str], narrow: bool) -> Table:
    """Return the table of some figures.

    On a narrow terminal each section has its own; headings and verdicts fold, figures never do.
    """
    table = Table(title=title or None, box=SIMPLE_HEAD)
    names = [row.name(session.language) for row in rows]
    table.add_column(session.text("cli.region"), no_wrap=True)
    columns = [column for id_ in ids for column in _columns(session, rows, id_, narrow)]
    for heading, cells, folds in columns:
        # Of two coverages one may stand below the other.
        width = None if folds else max(len(part) for cell in cells for part in cell.split(" · "))
        table.add_column(heading, justify="left" if folds else "right", min_width=width)
    for number, row in enumerate(rows):
        if row.level == "group" or row is rows[-1]:
            table.add_section()
        table.add_row(names[number], *(cells[number] for _, cells, _ in columns))
    return table


def _make_section(session: Session, report: "RegionalReport", section: "Section") -> Table:
    """Return the figures of a section of a place: value, coverage, verdict, and what came since the seals.

    Name, method and factor set stand together in the first column.
    """
    from traceability.render.figure_text import describe_since, describe_verdict, write_figure

    row, language = report.total, session.language
    title = session.text(
        "cli.section_title",
        {
            "section": session.text(f"section.{section}"),
            "place": row.name(language),
            "period": str(report.period),
            "seq": report.seq,
        },
    )
    table = Table(title=title, box=SIMPLE_HEAD, leading=1)
    table.add_column(session.text("report.indicator"), ratio=1, overflow="fold")
    table.add_column(session.text("report.value"), justify="right", no_wrap=True)
    table.add_column(session.text("cli.coverage"), justify="right")
    table.add_column(session.text("cli.target"), overflow="fold")
    for id_ in SECTIONS[section]:
        figure = row.figures[id_]
        indicator, written = INDICATORS[id_], write_figure(figure)
        factors = session.text("report.factors", {"version": figure.factors}) if figure.factors else ""
        method = " ".join(filter(None, (session.text(indicator.method), factors)))
        verdict = describe_verdict(figure.verdict, figure, language, "cli.") if figure.verdict else ""
        value = written.value if figure.value is None else f"{written.value} {written.unit}"
        table.add_row(
            f"[bold]{escape(session.text(indicator.name))}[/]\n[dim]{escape(method)}[/]",
            value,
            _coverage(figure) if figure.coverage else "",
            "\n".join(filter(None, (escape(verdict), escape(describe_since(figure, language))))),
        )
    return table


def _columns(
    session: Session, rows: Sequence[Any], id_: str, narrow: bool
) -> Iterator[tuple[str, list[str], bool]]:
    """Yield (heading, cells, whether they may fold) of a figure: value, coverage and target."""
    from traceability.render.figure_text import write_figure

    figures = [row.figures[id_] for row in rows]
    unit = "" if id_ in OVERVIEW_OUTPUTS else " %"
    written = [write_figure(figure).value for figure in figures]
    yield session.text(f"cli.{id_}"), [text + unit if text != NO_VALUE else text for text in written], False
    if id_ in OVERVIEW_TARGETS:
        yield session.text("cli.coverage"), [_coverage(figure) for figure in figures], False
        yield session.text("cli.target"), [_verdict(session, figure, narrow) for figure in figures], True


def _coverage(figure: Any) -> str:
    """Return the coverage of a figure's whole, and of recycled output where that is known."""
    from traceability.render.figure_text import write_coverage

    known = [write_coverage(coverage) for coverage in figure.coverage if coverage.statistic is not None]
    return " · ".join(known) or NO_VALUE


def _verdict(session: Session, figure: Any, narrow: bool) -> str:
    from traceability.render.figure_text import describe_verdict

    if figure.verdict is None:
        return ""
    if narrow:
        return session.text(f"cli.verdict_short.{figure.verdict.state}")
    return describe_verdict(figure.verdict, figure, session.language, "cli.")


def _figure_body(figure: Any) -> dict[str, object]:
    """Return a figure and its target in one unit.

    Whole grams are numbers, shares exact fractions.
    """
    from traceability.services.reporting.figures.report import target_value

    indicator = INDICATORS[figure.indicator]

    def exact(value: Fraction | None) -> int | str | None:
        whole = indicator.value_unit == "g" and value is not None and value.denominator == 1
        return int(value) if whole and value is not None else None if value is None else str(value)

    def plain(amount: int | Fraction | None) -> int | str | None:
        if amount is None or Fraction(amount).denominator == 1:
            return None if amount is None else int(amount)
        return str(amount)

    body: dict[str, object] = {
        "value": exact(figure.value),
        "unit": indicator.value_unit,
        "numerator": plain(figure.numerator),
        "denominator": figure.denominator,
        "base_unit": indicator.base_units,
    }
    if figure.basis:
        body["basis"] = figure.basis
    if figure.coverage:
        body["coverage"] = {
            coverage.indicator: None if coverage.value is None else str(coverage.value)
            for coverage in figure.coverage
        }
    if figure.gap is not None:
        body["gap"], body["gap_growing"] = figure.gap.as_it_is, figure.gap.growing
    if figure.since is not None:
        body["since_seal"] = {
            "numerator": plain(figure.since.numerator),
            "denominator": figure.since.denominator,
            "value_sealed": exact(figure.since.sealed),
            "value_now": exact(figure.since.now),
        }
    if figure.factors:
        body["factors"], body["without_factor"] = figure.factors, list(figure.missing)
    if figure.verdict is not None:
        shown = figure.verdict.shown
        body["verdict"] = str(figure.verdict.state)
        body["firms"] = figure.verdict.firms
        body["target"] = exact(target_value(figure))
        body["target_region"] = shown.region if shown else None
        body["target_year"] = shown.year if shown else None
        body["interim"] = figure.verdict.interim
    return body


COMMANDS = {"report": print_report}

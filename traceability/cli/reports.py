"""Commands that look: is the book sound, what are the shares, where did a lot come from and where did it go."""

from fractions import Fraction
from typing import Any

import click
from rich.box import SIMPLE_HEAD
from rich.table import Table

from graph.store import Store
from scanners.codes import normalise_code
from traceability.cli.session import (
    Command,
    Session,
    json_option,
    open_console,
    option,
    pass_session,
    store_option,
)
from traceability.domain.errors import NotFound
from traceability.domain.indicators import (
    INDICATORS,
    OVERVIEW_OUTPUTS,
    OVERVIEW_SHARES,
    OVERVIEW_TARGETS,
)
from traceability.domain.lot import Lot
from traceability.domain.provenance import CLASSES
from traceability.domain.recycled_content import RecycledContent
from traceability.locale import format_kg, format_share, format_t, group_code

ROOMY = 130  # columns of a terminal on which targets are told with their numbers


# --- check, rebuild -----------------------------------------------------------------------------------------------


@click.command("check", cls=Command)
@option("--processes", type=click.IntRange(1, 64), default=1, show_default=True, help="processes")
@store_option
@json_option
@pass_session
def check(session: Session, processes: int) -> int:
    """Is the book sound?"""
    from traceability.services.upkeep.check import check_book, encode_report

    store = session.open()
    with store.read() as reader:
        whole = reader.last().seq
    done = 0
    with session.progress("cli.checking") as advance:

        def step(what: str, more: int) -> None:
            nonlocal done
            if what == "events":
                done += more
                advance(done, whole)

        report = check_book(store, processes, step)
    if session.json:
        session.answer(encode_report(report))
        return 1 if report.findings else 0
    for finding in report.findings:
        session.say("cli.finding", what=session.text(finding.code), **finding._asdict())
    session.say(
        "cli.checked",
        events=report.events,
        lots=report.lots,
        postings=report.postings,
        tallies=report.tallies,
    )
    session.say("cli.rounding", lots=report.rounding_lots, most_g=report.rounding_g)
    session.say("cli.digest", digest=report.digest)
    if report.moved:
        session.say("cli.book_moved")
    if report.findings:
        session.say("cli.unsound", count=len(report.findings))
        return 1
    session.say("cli.sound")
    return 0


@click.command("rebuild", cls=Command)
@store_option
@json_option
@pass_session
def rebuild(session: Session) -> None:
    """Derive everything again."""
    from traceability.services.upkeep.rebuild import rebuild as derive

    store = session.open()
    with session.progress("cli.rebuilding") as advance:
        events = derive(store, advance)
    if session.json:
        session.answer({"events": events})
    session.say("cli.rebuilt", events=events)


# --- report -------------------------------------------------------------------------------------------------------


@click.command("report", cls=Command)
@option("--period", help="period")
@option("--region", "regions", multiple=True, metavar="CODE", help="region")
@option("--at", type=int, help="at_seq")
@store_option
@json_option
@pass_session
def report(session: Session, period: str | None, regions: tuple[str, ...], at: int | None) -> None:
    """Regional shares against their targets, as the book stands or stood."""
    from traceability.exchange.event_log import book_at

    store = session.open()
    if at is None:
        show_report(session, store, period, regions)
        return
    with session.progress("cli.importing") as advance, book_at(store, at, advance) as past:
        show_report(session, past, period, regions)


def show_report(
    session: Session, store: Store, period: str | None = None, regions: tuple[str, ...] = ()
) -> None:
    """Print the table of regional shares, by default of the usual period; ``regions`` are one more row together."""
    from traceability.domain.period import parse_period
    from traceability.services.reporting.periods import usual_period
    from traceability.services.reporting.report import regional_report
    from traceability.services.reporting.scope import join_codes

    chosen = parse_period(period) if period else usual_period(store)
    if chosen is None:
        if session.json:
            session.answer({"period": None, "rows": []})
        session.say("cli.no_events")
        return
    groups = {join_codes(regions): regions} if regions else {}
    found = regional_report(store, chosen, groups=groups)
    rows = [*found.rows, *found.groups, found.nation]
    shown = (*OVERVIEW_OUTPUTS, *OVERVIEW_SHARES)
    if session.json:
        session.answer(
            {
                "period": str(found.period),
                "seq": found.seq,
                "rows": [
                    {
                        "region": row.code,
                        "name": row.name(session.language),
                        **{id_: _figure_body(row.figures[id_]) for id_ in shown},
                    }
                    for row in rows
                ],
            }
        )
        return
    console = open_console()
    narrow = console.width < ROOMY
    table = Table(
        title=session.text("cli.report_title", {"period": str(found.period), "seq": found.seq}),
        box=SIMPLE_HEAD,
    )
    table.add_column(session.text("cli.region"))
    for id_ in shown:
        write = _mass if id_ in OVERVIEW_OUTPUTS else format_share
        cells = [write(row.figures[id_].value) for row in rows]
        # On a narrow terminal headings and verdicts fold, figures never do.
        table.add_column(session.text(f"cli.{id_}"), justify="right", min_width=max(map(len, cells)))
        if id_ in OVERVIEW_TARGETS:
            table.add_column(session.text("cli.target"))
    for row in rows:
        if row is found.nation or row.level == "group":
            table.add_section()
        cells = [row.name(session.language), *(_mass(row.figures[id_].value) for id_ in OVERVIEW_OUTPUTS)]
        for id_ in OVERVIEW_SHARES:
            cells.append(format_share(row.figures[id_].value))
            if id_ in OVERVIEW_TARGETS:
                cells.append(_verdict(session, row.figures[id_].verdict, narrow))
        table.add_row(*cells)
    console.print(table)


def _mass(value: Fraction | None) -> str:
    return format_t(None if value is None else int(value))


def _verdict(session: Session, verdict: Any, narrow: bool) -> str:
    if verdict is None:
        return ""
    if narrow:
        return session.text(f"cli.verdict_short.{verdict.state}")
    shown = verdict.shown
    figures = {"target": shown.value if shown else None, "year": shown.year if shown else None}
    code = "no_number_reference" if verdict.state == "no_number" and verdict.reference else verdict.state
    return session.text(f"cli.verdict.{code}", figures)


def _figure_body(figure: Any) -> dict[str, object]:
    """A figure and its target in one unit: whole grams as numbers, shares as exact fractions."""
    from traceability.services.reporting.report import target_value

    indicator = INDICATORS[figure.indicator]

    def exact(value: Fraction | None) -> int | str | None:
        whole = indicator.value_unit == "g" and value is not None and value.denominator == 1
        return int(value) if whole and value is not None else None if value is None else str(value)

    body: dict[str, object] = {
        "value": exact(figure.value),
        "unit": indicator.value_unit,
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "base_unit": indicator.base_unit,
    }
    if figure.verdict is not None:
        shown = figure.verdict.shown
        body["verdict"] = figure.verdict.state
        body["target"] = exact(target_value(figure))
        body["target_region"] = shown.region if shown else None
        body["target_year"] = shown.year if shown else None
        body["interim"] = figure.verdict.interim
    return body


# --- trace --------------------------------------------------------------------------------------------------------


@click.command("trace", cls=Command)
@click.argument("code")
@option("--forward", is_flag=True, help="forward")
@option("--connected", is_flag=True, help="connected")
@store_option
@json_option
@pass_session
def trace(session: Session, code: str, forward: bool, connected: bool) -> None:
    """Where a lot came from, or where it went."""
    store = session.open()
    lot_id = _find_lot(store, code)
    if connected:
        _stream_connected(session, store, lot_id, forward)
    elif forward:
        _show_recall(session, store, lot_id)
    else:
        _show_origins(session, store, lot_id)


def _find_lot(store: Store, text: str) -> str:
    """The lot of a code as people type it, of a label's address, or of an id. Raises NotFound."""
    from traceability.services.tracing.lots import find_lots_by_code

    code = normalise_code(text.rstrip("/").rpartition("/")[2])
    with store.read() as reader:
        bound = find_lots_by_code(reader, [code]).get(code)
        if bound is not None:
            return bound.id
        if reader.find_lots([text]):
            return text
    raise NotFound("lot.unknown", id=text)


def _stream_connected(session: Session, store: Store, lot_id: str, forward: bool) -> None:
    """Ids as they are found, one a line (JSON lines with --json): the answer may be most of the book."""
    from traceability.services.tracing.lineage import list_connected

    with store.read() as reader:
        for one in list_connected(reader, lot_id, "forward" if forward else "back"):
            click.echo(f'"{one}"' if session.json else one)


def _show_origins(session: Session, store: Store, lot_id: str) -> None:
    from traceability.services.tracing.custody_model import lot_content
    from traceability.services.tracing.lineage import trace_lot_back

    with store.read() as reader:
        found = trace_lot_back(reader, lot_id)
        made = lot_content(reader, found.lot)
    origins = sorted(found.origins, key=lambda one: (-one.grams, one.lot.id))
    if session.json:
        session.answer(
            {
                "lot": found.lot.id,
                "code": found.lot.code,
                "direction": "back",
                "total_g": found.total_g,
                "recycled_content": _content_body(session, made.content, made.model),
                "origins": [
                    {
                        **_lot_body(one.lot),
                        "supplier": one.lot.supplier,
                        "grams": one.grams,
                        "share": _share_text(one.grams, found.total_g),
                    }
                    for one in origins
                ],
                "by_origin": found.by_origin(),
                "by_supplier": found.by_supplier(),
            }
        )
        return
    table = _lot_table(session, "cli.trace_back", found.lot, found.total_g, ("cli.supplier",))
    for one in origins:
        table.add_row(*_lot_cells(session, one.lot), one.lot.supplier, *_amount(one.grams, found.total_g))
    open_console().print(table)
    if made.content.metal_g:
        classes = {f"{name}_share": format_share(made.content.share_of(name)) for name in CLASSES}
        session.say(
            "cli.content",
            recycled=made.content.share,
            strict=made.content.strict_share,
            model=made.model,
            **classes,
        )
        session.say("claim.method_is")
        session.say("claim.boundary_is")


def _content_body(session: Session, content: RecycledContent, model: str) -> dict[str, object]:
    """The recycled content of a lot as made, with everything that a claim names."""
    return {
        "classes": {
            name: {"metal_g": grams, "share": _share_text(grams, content.metal_g)}
            for name, grams in zip(CLASSES, content.classes, strict=True)
        },
        "recycled": _share_text(content.recycled_g, content.metal_g),
        "strict": _share_text(content.strict_g, content.metal_g),
        "model": model,
        "method": session.text("claim.method_is"),
        "boundary": session.text("claim.boundary_is"),
    }


def _show_recall(session: Session, store: Store, lot_id: str) -> None:
    from traceability.services.tracing.lineage import trace_lot_forward

    with store.read() as reader:
        found = trace_lot_forward(reader, lot_id)
    held, total_g = found.held(), found.total_g
    if session.json:
        session.answer(
            {
                "lot": found.lot.id,
                "code": found.lot.code,
                "direction": "forward",
                "total_g": total_g,
                "held": [
                    {
                        **_lot_body(one.lot),
                        "holder": one.holder,
                        "status": one.status,
                        "grams": one.grams,
                        "share": _share_text(one.grams, total_g),
                    }
                    for one in held
                ],
                "lost_g": found.lost_g,
            }
        )
        return
    table = _lot_table(session, "cli.trace_forward", found.lot, total_g, ("cli.status", "cli.holder"))
    for one in held:
        status = session.text(f"status.{one.status}")
        table.add_row(*_lot_cells(session, one.lot), status, one.holder, *_amount(one.grams, total_g))
    if found.lost_g:
        table.add_row(session.text("cli.lost"), "", "", "", "", *_amount(found.lost_g, total_g))
    open_console().print(table)


def _lot_body(lot: Lot) -> dict[str, object]:
    first = lot.contents[0]
    return {
        "lot": lot.id,
        "code": lot.code,
        "form": first.form,
        "material": lot.material,
        "site": lot.site,
        "content": [
            {"class": CLASSES[rank], "origin": origin, "counted": bool(counted), "metal_g": grams}
            for (rank, origin, counted), grams in first.vector.items()
        ],
    }


def _lot_table(session: Session, title: str, lot: Lot, total_g: int, more: tuple[str, ...]) -> Table:
    table = Table(title=session.text(title, {"code": lot.code, "total_g": total_g}), box=SIMPLE_HEAD)
    for column in ("cli.code", "cli.material", "cli.site", *more):
        table.add_column(session.text(column), no_wrap=column == "cli.code")
    table.add_column("kg", justify="right", no_wrap=True)
    table.add_column("%", justify="right", no_wrap=True)
    return table


def _lot_cells(session: Session, lot: Lot) -> tuple[str, str, str]:
    form = session.text(f"form.{lot.contents[0].form}")
    return group_code(lot.code), f"{lot.material} ({form})", lot.site


def _amount(grams: int, total_g: int) -> tuple[str, str]:
    return format_kg(grams), format_share((grams, total_g)).removesuffix(" %")


def _share_text(grams: int, total_g: int) -> str | None:
    return str(Fraction(grams, total_g)) if total_g else None


COMMANDS = {"check": check, "rebuild": rebuild, "report": report, "trace": trace}

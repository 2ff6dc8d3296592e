"""Offer the command that follows a lot to where it came from, or to where it went."""

from fractions import Fraction

import click
from rich.box import SIMPLE_HEAD
from rich.table import Table

from graph.store import Store
from scanners.codes import group_code, normalise_code
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
from traceability.domain.lot import Lot
from traceability.domain.provenance import CLASSES
from traceability.domain.recycled_content import RecycledContent
from traceability.locale import format_kg, format_share


@click.command("trace", cls=Command)
@click.argument("code")
@option("--forward", is_flag=True, help="forward")
@option("--connected", is_flag=True, help="connected")
@store_option
@json_option
@pass_session
def print_trace(session: Session, code: str, forward: bool, connected: bool) -> None:
    """Print where a lot came from, or where it went."""
    store = session.open()
    lot_id = _find_lot(store, code)
    if connected:
        _print_connected(session, store, lot_id, forward)
    elif forward:
        _print_destinations(session, store, lot_id)
    else:
        _print_origins(session, store, lot_id)


def _find_lot(store: Store, text: str) -> str:
    """Return the id of the lot that a code, a label's address or an id names. Raises NotFound.

    Codes may be written as people type them.
    """
    from traceability.services.tracing.lots import find_lots_by_code

    code = normalise_code(text.rstrip("/").rpartition("/")[2])
    with store.read() as reader:
        lot = find_lots_by_code(reader, [code]).get(code)
        if lot is not None:
            return lot.id
        if reader.find_lots([text]):
            return text
    raise NotFound("lot.unknown", id=text)


def _print_connected(session: Session, store: Store, lot_id: str, forward: bool) -> None:
    """Print ids as they are read, one a line (JSON lines with --json).

    The answer may be most of the book, which does not fit into memory.
    """
    from traceability.services.tracing.lineage import list_connected

    with store.read() as reader:
        for connected in list_connected(reader, lot_id, "forward" if forward else "back"):
            click.echo(f'"{connected}"' if session.json else connected)


def _print_origins(session: Session, store: Store, lot_id: str) -> None:
    from traceability.services.tracing.custody_model import lot_content
    from traceability.services.tracing.lineage import trace_lot_back

    with store.read() as reader:
        trace = trace_lot_back(reader, lot_id)
        made = lot_content(reader, trace.lot)
    origins = sorted(trace.origins, key=lambda origin: (-origin.grams, origin.lot.id))
    if session.json:
        session.answer(
            {
                "lot": trace.lot.id,
                "code": trace.lot.code,
                "direction": "back",
                "total_g": trace.total_g,
                "recycled_content": _content_body(session, made.content, made.model),
                "origins": [
                    {
                        **_lot_body(origin.lot),
                        "supplier": origin.lot.supplier,
                        "grams": origin.grams,
                        "share": _share_text(origin.grams, trace.total_g),
                    }
                    for origin in origins
                ],
                "by_origin": trace.by_origin(),
                "by_supplier": trace.by_supplier(),
            }
        )
        return
    table = _lot_table(session, "cli.trace_back", trace.lot, trace.total_g, ("cli.supplier",))
    for origin in origins:
        table.add_row(
            *_lot_cells(session, origin.lot), origin.lot.supplier, *_amount(origin.grams, trace.total_g)
        )
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
    """Return the recycled content of a lot as made, with everything that a claim names."""
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


def _print_destinations(session: Session, store: Store, lot_id: str) -> None:
    from traceability.services.tracing.lineage import trace_lot_forward

    with store.read() as reader:
        trace = trace_lot_forward(reader, lot_id)
    holdings, total_g = trace.held(), trace.total_g
    if session.json:
        session.answer(
            {
                "lot": trace.lot.id,
                "code": trace.lot.code,
                "direction": "forward",
                "total_g": total_g,
                "held": [
                    {
                        **_lot_body(holding.lot),
                        "holder": holding.holder,
                        "status": holding.status,
                        "grams": holding.grams,
                        "share": _share_text(holding.grams, total_g),
                    }
                    for holding in holdings
                ],
                "lost_g": trace.lost_g,
            }
        )
        return
    table = _lot_table(session, "cli.trace_forward", trace.lot, total_g, ("cli.status", "cli.holder"))
    for holding in holdings:
        status = session.text(f"status.{holding.status}")
        table.add_row(
            *_lot_cells(session, holding.lot), status, holding.holder, *_amount(holding.grams, total_g)
        )
    if trace.lost_g:
        table.add_row(session.text("cli.lost"), "", "", "", "", *_amount(trace.lost_g, total_g))
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


COMMANDS = {"trace": print_trace}

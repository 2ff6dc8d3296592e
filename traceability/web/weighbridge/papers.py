"""Papers of the weighbridge: the ticket that the driver takes along, the supplier's receipt, the firm's register of purchases."""

from collections.abc import Mapping
from fractions import Fraction

from flask import url_for

from scanners.codes import group_code
from traceability.domain.purchase import (
    BoughtGrade,
    InvoiceKind,
    Purchase,
    yuan_of_amount,
    yuan_of_price,
)
from traceability.domain.quantity import G_PER_KG
from traceability.domain.ticket import ReadBy, Ticket, find_last_reading, weigh_grades
from traceability.locale import format_kg, format_month, format_time
from traceability.locale.capitals import write_in_capitals
from traceability.render.sheets import Cell, ReportDocument, Row, Sheet, SheetColumn, say_in_all
from traceability.services.operations.loads import LoadState, RecordedLoad
from traceability.services.operations.purchases import PurchaseState
from traceability.services.recording.open_work import OpenWork
from traceability.web.shell import current
from traceability.web.shell.words import material_name, site_name, t

GRADE = SheetColumn("grade", say_in_all("ticket.grade"))
NET = SheetColumn("net_kg", say_in_all("ticket.net_kg"), "number", decimals=0)
OFF = SheetColumn("deducted_kg", say_in_all("ticket.off_kg"), "number", decimals=0)
SETTLED = SheetColumn("settled_kg", say_in_all("ticket.settled_kg"), "number", decimals=0)
PRICE = SheetColumn("price", say_in_all("purchase.price_column"), "number", decimals=2)
AMOUNT = SheetColumn("amount", say_in_all("purchase.amount_column"), "number", decimals=2)
SLIP = (
    GRADE,
    SheetColumn("before_kg", say_in_all("ticket.before_kg"), "number", decimals=0),
    SheetColumn("after_kg", say_in_all("ticket.after_kg"), "number", decimals=0),
    NET,
    OFF,
    SETTLED,
    SheetColumn("code", say_in_all("lot.code"), "code"),
)
ROLL_SLIP = (SLIP[0]._replace(beneath=("code",)), *SLIP[1:-1], SLIP[-1]._replace(aside=True))
"""The same on a roll, which is too narrow for a column of codes."""
RECEIPT = (GRADE, NET, OFF, SETTLED, PRICE, AMOUNT)
REGISTER = (
    SheetColumn("time", say_in_all("ticket.ended"), "time"),
    SheetColumn("number", say_in_all("ticket.number")),
    SheetColumn("supplier", say_in_all("term.supplier")),
    SheetColumn("vehicle", say_in_all("term.vehicle")),
    GRADE,
    SheetColumn("mass", say_in_all("purchase.mass_column"), "mass"),
    PRICE,
    AMOUNT,
    SheetColumn("payment", say_in_all("purchase.payment")),
    SheetColumn("invoice", say_in_all("purchase.invoice")),
    SheetColumn("state", say_in_all("ticket.state")),
)


def make_slip(
    work: OpenWork, ticket: Ticket, load: RecordedLoad | None, *, on_roll: bool = False
) -> ReportDocument:
    """Return the ticket as it is printed: masses as they were weighed, no prices.

    ``load`` is what is recorded now, None of a ticket that is not closed; a correction or undoing is said on the paper.
    """
    codes, none = _list_codes(ticket, load), "" if on_roll else "–"
    weighed = weigh_grades(ticket)
    rows = [
        (
            Cell(material_name(one.grade.material)), _kg(one.weighing.gross_g), _kg(one.weighing.tare_g),
            _kg(one.net_g), _kg(one.net_g - one.settled_g), _kg(one.settled_g), Cell(codes.get(one.grade.number) or none),
        )
        for one in weighed
    ]  # fmt: skip
    net_g, settled_g = sum(one.net_g for one in weighed), sum(one.settled_g for one in weighed)
    total = (
        Cell(t("purchase.total")), Cell(""), Cell(""), _kg(net_g), _kg(net_g - settled_g), _kg(settled_g), Cell(""),
    )  # fmt: skip
    last = find_last_reading(ticket)
    said = [
        *_say_head(work.site, work.number, work.ended_ms, ticket.vehicle, ticket.supplier),
        (t("term.gross"), f"{format_kg(ticket.gross.mass_g)} kg"),
        (t("ticket.last" if load is None else "term.tare"), f"{format_kg(last.mass_g)} kg"),
    ]
    notes = (
        *([t("ticket.tare_of_history")] if last.by == ReadBy.HISTORY else ()),
        *([say_load(load)] if load and load.state is not LoadState.RECORDED else ()),
    )
    columns = ROLL_SLIP if on_roll else SLIP
    sheet = Sheet("grades", say_in_all("ticket.grades"), columns, rows, total)
    title = t("ticket.slip_title", number=work.number, mass=settled_g)
    return ReportDocument(f"ticket_{work.number}", title, tuple(said), (sheet,), notes=notes)


def say_load(load: RecordedLoad) -> str:
    """Return that what was weighed is no longer what is recorded, in words."""
    return t(f"ticket.load_{load.state}", mass=load.settled_g)


def _list_codes(ticket: Ticket, load: RecordedLoad | None) -> dict[int, str]:
    """Return the codes of the lots by the numbers of the grades: of labels, or those that were drawn at the end."""
    if load is None or len(load.grades) != len(ticket.grades):
        return {one.number: group_code(one.code) for one in ticket.grades if one.code}
    return {one.number: group_code(lot.code) for one, lot in zip(ticket.grades, load.grades, strict=True)}


def make_receipt(purchase: Purchase) -> ReportDocument:
    """Return the supplier's receipt: what is paid for each grade."""
    rows = [(Cell(material_name(one.material)), *_masses(one), *_money(one)) for one in purchase.grades]
    net_g = sum(one.net_g for one in purchase.grades)
    total = (
        Cell(t("purchase.total")), _kg(net_g), _kg(net_g - purchase.mass_g), _kg(purchase.mass_g), Cell(""),
        Cell(yuan_of_amount(purchase.amount_fen)),
    )  # fmt: skip
    said = [
        *_say_head(purchase.site, purchase.number, purchase.time_ms, purchase.vehicle, purchase.supplier),
        (t("purchase.payment"), t(f"payment.{purchase.payment}")),
        (t("purchase.invoice"), _say_invoice(purchase)),
        (t("purchase.in_capitals"), write_in_capitals(purchase.amount_fen)),
    ]
    sheet = Sheet("grades", say_in_all("ticket.grades"), RECEIPT, rows, total)
    title = t("purchase.receipt_title", number=purchase.number)
    return ReportDocument(f"receipt_{purchase.number}", title, tuple(said), (sheet,))


def make_register(
    site: str, month: str, purchases: list[Purchase], states: Mapping[str, PurchaseState]
) -> ReportDocument:
    """Return the purchases of a month at a site, a row for each grade; those that no longer hold are listed, not counted."""
    rows = [
        _register_row(purchase, grade, states[purchase.id])
        for purchase in purchases
        for grade in purchase.grades
    ]
    holding = [one for one in purchases if states[one.id] is PurchaseState.HOLDS]
    blank = Cell("")
    mass_g = sum(purchase.mass_g for purchase in holding)
    amount = yuan_of_amount(sum(purchase.amount_fen for purchase in holding))
    total = (
        Cell(t("purchase.total")), blank, blank, blank, blank, Cell(mass_g), blank, Cell(amount), blank, blank, blank,
    )  # fmt: skip
    others = len(purchases) - len(holding)
    notes = (*([t("purchase.not_counted", count=others)] if others else ()), t("purchase.own_only"))
    sheet = Sheet(
        "purchases", say_in_all("purchase.register"), REGISTER, rows, total if rows else None,
        empty=t("purchase.none_in_month"),
    )  # fmt: skip
    name = format_month(month, current.language())
    title = t("purchase.register_title", site=site_name(site), month=name, count=len(holding), mass=mass_g)
    return ReportDocument(f"purchases_{site}_{month}", title, (), (sheet,), notes=notes)


def _register_row(purchase: Purchase, grade: BoughtGrade, state: PurchaseState) -> Row:
    return (
        Cell(purchase.time_ms), Cell(purchase.number, url_for(".receipt", ticket_id=purchase.id)),
        Cell(purchase.supplier or "–"), Cell(purchase.vehicle), Cell(material_name(grade.material)),
        Cell(grade.mass_g), *_money(grade), Cell(t(f"payment.{purchase.payment}")), Cell(_say_invoice(purchase)),
        Cell(t(f"purchase_state.{state}")),
    )  # fmt: skip


def _say_head(site: str, number: str, time_ms: int, vehicle: str, supplier: str) -> list[tuple[str, str]]:
    return [
        (t("term.site"), site_name(site)),
        (t("ticket.number"), number),
        *([(t("ticket.ended"), format_time(time_ms, current.language()))] if time_ms else []),
        (t("term.vehicle"), vehicle),
        (t("term.supplier"), supplier or "–"),
    ]


def _say_invoice(purchase: Purchase) -> str:
    kind = t(f"invoice.{purchase.invoice_kind}")
    if purchase.invoice_kind == InvoiceKind.NONE:
        return kind
    return f"{kind} {purchase.invoice_number or t('purchase.number_to_come')}"


def _masses(grade: BoughtGrade) -> tuple[Cell, ...]:
    return _kg(grade.net_g), _kg(grade.net_g - grade.mass_g), _kg(grade.mass_g)


def _money(grade: BoughtGrade) -> tuple[Cell, ...]:
    price = yuan_of_price(grade.price)
    return Cell(price, decimals=_decimals(price, 2)), Cell(yuan_of_amount(grade.amount_fen))


def _kg(mass_g: int) -> Cell:
    mass = Fraction(mass_g, G_PER_KG)
    return Cell(mass, decimals=_decimals(mass, 0))


def _decimals(number: Fraction, fewest: int) -> int:
    """Return how many decimals show a number exactly, which has four at most."""
    return next(count for count in range(fewest, 5) if (number * 10**count).denominator == 1)

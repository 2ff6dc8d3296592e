"""The delivery note of a shipment, for the driver, and what its code opens: the receipt of the whole truck."""

from typing import Any

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from scanners.codes import group_code, normalise_code
from scanners.digital_link import build_label_uri
from scanners.labels.svg import draw_qr
from traceability.locale import format_count, format_time
from traceability.render.sheets import Cell, Chart, ReportDocument, Sheet, SheetColumn, say_in_all
from traceability.services.tracing.shipments import DeliveryNote, find_delivery_note, find_shipment
from traceability.web.shell import current
from traceability.web.shell.report_pages import ReportPage, report_page
from traceability.web.shell.words import material_name, site_name, t

pages = Blueprint("delivery_note", __name__)

LOTS = (
    SheetColumn("code", say_in_all("lot.code"), "code"),
    SheetColumn("material", say_in_all("term.material")),
    SheetColumn("form", say_in_all("term.form")),
    SheetColumn("waste_code", say_in_all("term.waste_code")),
    SheetColumn("mass_t", say_in_all("note.mass"), "mass"),
)
HANDED_OVER = (
    SheetColumn("who", say_in_all("note.who")),
    SheetColumn("name", say_in_all("note.signature")),
    SheetColumn("time", say_in_all("note.time")),
    SheetColumn("mass", say_in_all("note.weighed")),
)
SIGNERS = ("sender", "carrier", "receiver")


@pages.get("/t/<code>")
def open_truck(code: str) -> ResponseReturnValue:
    """Open the receipt of all that is on the truck where the person receives it, else its delivery note."""
    note = find_shipment(current.reader(), current.viewer(), normalise_code(code))
    if note.detail.to in current.viewer().works_at and note.open_codes:
        return redirect(url_for("receive.form", site=note.detail.to, shipment=note.code))
    return redirect(url_for(".show", event_id=note.event.id))


@report_page(pages, "/events/<uuid:event_id>/delivery-note")
def show(event_id: Any) -> ReportPage:
    """Show the delivery note of a shipment."""
    note = find_delivery_note(current.reader(), current.viewer(), str(event_id))
    sheets = (_list_lots(note), _list_signatures())
    said = tuple((name, value) for name, value in _list_facts(note) if value)
    uri = build_label_uri(current.settings().address, note.code, "shipment")
    qr = draw_qr(uri, t("note.qr_of", code=note.code))
    finding = t("note.scan", code=note.code)
    code = Chart("code", "code", "lots", finding, t("note.qr_of", code=note.code), drawing=qr)
    document = ReportDocument(
        f"delivery_note_{note.code}", _find_title(note), said, sheets, (code,), notes=(t("note.how"),)
    )
    return ReportPage(
        "labels/delivery_note.html",
        document,
        {"qr": qr, "note": note, "code": group_code(note.code), "finding": finding},
    )


def _find_title(note: DeliveryNote) -> str:
    """Return the finding: how much goes where, and that it is no more where the shipment was voided."""
    values: dict[str, object] = {"count": len(note.lots), "mass_g": note.mass_g, "to": _receiver(note)}
    return t("note.title" if note.event.live else "note.void_title", **values)


def _receiver(note: DeliveryNote) -> str:
    if note.detail.to and note.is_told:
        return site_name(note.detail.to)
    return note.names.parties.get(note.detail.customer, "") or t("trace.other_firm")


def _sender(note: DeliveryNote) -> str:
    return site_name(note.event.draft.site) if note.is_told else t("trace.other_firm")


def _list_facts(note: DeliveryNote) -> list[tuple[str, str]]:
    """Return what stands above the lots: who sends what to whom, when, by which vehicle, under which papers."""
    event, detail = note.event, note.detail
    facts = [
        (t("note.number"), group_code(note.code)),
        (t("note.sender"), _sender(note)),
        (t("note.receiver"), _receiver(note)),
        (t("note.departed"), format_time(event.draft.time_ms, current.language())),
        (t("term.mode"), t(f"mode.{detail.mode}")),
    ]
    if note.is_named:
        papers = [(paper.type, paper.number) for paper in event.draft.documents]
        facts += [
            (t("term.vehicle"), note.names.parties.get(detail.vehicle, "")),
            (t("field_name.driver"), note.names.parties.get(detail.driver, "")),
            (t("note.distance"), f"{format_count(detail.distance_km)} km" if detail.distance_km is not None else ""),
            *papers,
        ]  # fmt: skip
    return facts


def _list_lots(note: DeliveryNote) -> Sheet:
    rows = [
        (
            Cell(group_code(one.lot.code), url_for("lots.show", code=one.lot.code)),
            Cell(material_name(one.lot.material)),
            Cell(t(f"form.{one.lot.form}")),
            Cell(one.lot.waste_code),
            Cell(one.mass_g),
        )
        for one in note.lots
    ]
    total = (
        Cell(t("note.total", count=len(rows))), Cell(""), Cell(""), Cell(""), Cell(note.mass_g),
    )  # fmt: skip
    return Sheet("lots", say_in_all("note.lots"), LOTS, rows, total)


def _list_signatures() -> Sheet:
    """Return the table that is filled in by hand when the truck is handed over."""
    rows = [(Cell(t(f"note.{who}")), Cell(""), Cell(""), Cell("")) for who in SIGNERS]
    return Sheet("handed-over", say_in_all("note.handed_over"), HANDED_OVER, rows, by_hand=True)

"""Prices stand in the firm's purchases alone: on its pages and in its register, and nowhere else."""

import json
import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.business import put_people, uuid7
from tests.support.markup import find_all, find_one, words_of
from tests.support.pages import PASSWORD, SiteApp, Visitor, errors_beside, value_of
from tests.support.reading import ask
from tests.web.weighbridge.test_closing import open_ticket, record
from traceability.domain.access import Assignment
from traceability.domain.errors import BadInput
from traceability.domain.purchase import BoughtGrade, parse_price
from traceability.exchange.event_log import export_log
from traceability.services.directory.audit import LOG, AuditAction, AuditFilter, list_entries
from traceability.services.directory.people import Person, hash_password
from traceability.wire import dump_draft

Visit = Callable[..., Visitor]
PRICE, SOLD, INVOICE = "17.4321", "56 828.65", "FPX7Q93"  # 3 260 kg at 17.4321 yuan
CAPITALS = "伍万陆仟捌佰贰拾捌元陆角伍分"
PLANTED = (
    PRICE,
    PRICE.replace(".", ""),
    SOLD,
    SOLD.replace(" ", "\xa0"),
    "56828.65",
    "5682865",
    CAPITALS,
    INVOICE,
)
OTHERS = ("guest", "liu", "zhao")
"""An operator of another firm, a planner of the nation, an auditor."""


def test_an_amount_is_rounded_once_half_up_to_the_fen() -> None:
    assert parse_price("17.4321") == 174_321
    assert parse_price("1 017.5") == parse_price("1,017.5") == parse_price("１０１７．５") == 10_175_000
    for wrong in ("17,5", "1 2", "1e5", "-1", "0", "NaN", "17.43211", "100001", "9" * 500):
        with pytest.raises(BadInput):
            parse_price(wrong)
    assert BoughtGrade(1, "tense", 0, 3_260_000, 174_321).amount_fen == 5_682_865  # 56 828.646
    assert BoughtGrade(1, "tense", 0, 500, 100).amount_fen == 1  # 0.005 yuan


def test_prices_are_on_the_firms_own_pages_and_nowhere_else(
    site_app: SiteApp, visit: Visit, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    guest = Person("guest", "guest", (Assignment("operator", "chengdu"),), hash_password(PASSWORD))
    put_people(site_app.store, guest)
    wang = visit("wang", "yard")
    ticket = open_ticket(site_app, wang, ("tense", "15000"))
    assert wang.get(f"{ticket}/purchase").location == ticket  # nothing to pay for yet
    assert record(wang, ticket).status_code == 302
    wang.get(f"{ticket}/purchase")
    wrong = wang.post(f"{ticket}/purchase", {"price-1": "17.43215", "payment": "cash"})
    assert wrong.status_code == 422
    assert "price-1" in errors_beside(wrong)
    wrong = wang.post(f"{ticket}/purchase", {"price-1": PRICE, "payment": "cash", "invoice_kind": "x"})
    assert list(errors_beside(wrong)) == ["invoice_kind"]
    terms = {"price-1": PRICE, "payment": "cash", "invoice_kind": "reverse", "invoice_number": INVOICE}
    assert wang.post(f"{ticket}/purchase", terms).location == f"{ticket}/receipt"
    assert wang.get(f"{ticket}/close").location == ticket, "it is closed"
    paper = wang.get(f"{ticket}/receipt").text
    assert SOLD.replace(" ", "\xa0") in paper
    assert f"人民币{CAPITALS}" in paper
    assert wang.get(f"{ticket}/receipt.pdf").data.startswith(b"%PDF")
    assert PRICE in wang.get("/weighbridge/purchases").text
    assert PRICE in wang.get("/weighbridge/purchases.csv").text
    assert wang.get("/weighbridge/purchases?month=2025-12").text.count(PRICE) == 0
    assert wang.get("/weighbridge/purchases?month=x").status_code == 400

    event = ticket.rpartition("/")[2]
    told: list[str] = []
    for person in OTHERS:
        other = visit(person)
        told += [
            f"{person} {address}"
            for address in (
                ticket,
                f"{ticket}/receipt",
                f"{ticket}/receipt.pdf",
                "/weighbridge/purchases.csv",
            )
            if any(text in other.get(address).text for text in PLANTED)
        ]
        there, nowhere = (other.get(f"/weighbridge/{id_}/receipt") for id_ in (event, uuid7(7)))
        shown = [words_of(find_one(answer, "main")) for answer in (there, nowhere)]
        assert shown[0] == shown[1], "nobody is told whether another's ticket has prices"
    public = (
        f"/events/{event}", f"/api/v1/events/{event}", "/events", "/events.csv", "/lots", f"{ticket}/slip", ticket,
        "/yard/reference.json", "/weighbridge", "/",
    )  # fmt: skip
    told += [address for address in public if any(text in wang.get(address).text for text in PLANTED)]
    auditor = visit("zhao")
    audited = (
        "/audit/journal",
        "/audit/journal.csv",
        "/audit/journal.json",
        f"/events/{event}",
        "/audit/book",
    )
    told += [address for address in audited if any(text in auditor.get(address).text for text in PLANTED)]
    told += [address for address in audited if auditor.get(address).status_code != 200]
    assert told == []
    assert find_all(wang.get(f"/find?q={INVOICE}"), "main tbody a") == []
    for private in (False, True):
        export_log(site_app.store, tmp_path / "book.log", private=private)
        exported = (tmp_path / "book.log").read_bytes()
        assert event.encode() in exported
        assert not any(text.encode() in exported for text in PLANTED)
    assert not any(text in caplog.text for text in PLANTED)  # what the server logs
    kept = ask(site_app.store, lambda reader: reader.find_events([event]))
    logged = ask(site_app.store, lambda reader: [entry.body for entry in reader.list_log(LOG)])
    closed = ask(site_app.store, lambda reader: reader.find_documents("closed_work", [event])[event].body)
    head = ask(site_app.store, lambda reader: reader.find_head())
    for what in (repr(kept), repr(logged), repr(head), json.dumps(dict(closed), default=str)):
        assert not any(text in what for text in PLANTED)


def test_a_receipt_follows_corrections_of_what_came_in(site_app: SiteApp, visit: Visit) -> None:
    wang = visit("wang", "yard")
    ticket = open_ticket(site_app, wang, ("tense", "15000"))
    record(wang, ticket)
    event = ticket.rpartition("/")[2]
    typed = {"price-1": PRICE, "payment": "cash", "invoice_kind": "reverse", "version": "0"}
    wang.get(f"{ticket}/purchase")
    assert wang.post(f"{ticket}/purchase", typed).location == f"{ticket}/receipt"  # its number comes later
    (known,) = ask(site_app.store, lambda reader: reader.find_events([event])).values()
    draft = dump_draft(known.draft)
    draft["outputs"][0]["weighing"]["tare_g"] = 15_060_000
    site_app.business.replace(event, draft)

    assert wang.get(f"{ticket}/receipt").location == f"{ticket}/purchase"
    assert wang.get(f"{ticket}/receipt.pdf").location == f"{ticket}/purchase"
    page = wang.get(f"{ticket}/purchase").text
    assert "3\xa0260" in page  # what was priced
    assert "3\xa0200" in page  # what is to be priced
    assert "登记已更正" in wang.get("/weighbridge").text
    assert SOLD.replace(" ", "\xa0") not in wang.get("/weighbridge/purchases").text.rpartition("<tfoot>")[2]
    assert wang.post(f"{ticket}/purchase", typed).status_code == 422  # typed for other masses
    version = value_of(wang.get(f"{ticket}/purchase"), "version")
    assert wang.post(f"{ticket}/purchase", typed | {"version": version}).location == f"{ticket}/receipt"
    assert "55\xa0782.72" in wang.get(f"{ticket}/receipt").text  # 3 200 kg
    assert "3\xa0200" in wang.get(f"{ticket}/slip").text

    next_one = open_ticket(site_app, wang, ("tense", "15000"))
    assert record(wang, next_one).status_code == 302
    assert PRICE in wang.get(f"{next_one}/purchase").text  # what was last paid for the grade

    site_app.business.void(event)
    assert wang.get(f"{ticket}/receipt").location == f"{ticket}/purchase"
    assert find_all(wang.get(f"{ticket}/purchase"), "[name=price-1]") == []
    assert wang.post(f"{ticket}/purchase", typed).status_code == 422
    assert "登记已作废" in wang.get(ticket).text
    assert "登记已作废" in wang.get(f"{ticket}/slip").text
    assert (
        ",".join(("", "55782.72", "")) in wang.get("/weighbridge/purchases.csv").text
    )  # listed, and told void
    button = find_one(wang.get(ticket), 'form[action$="/open-again"]')
    again = wang.post(button.attributes["action"] or "", {}).location
    assert "3\xa0260" in wang.get(again).text  # as it was weighed, under its number
    assert words_of(find_one(wang.get(again), "h1")) == words_of(find_one(wang.get(ticket), "h1"))


def test_a_supervisor_erases_prices_and_the_log_says_who(
    site_app: SiteApp, visit: Visit, tmp_path: Path
) -> None:
    wang, chen = visit("wang", "yard"), visit("chen", "yard")
    ticket = open_ticket(site_app, wang, ("tense", "15000"))
    record(wang, ticket)
    wang.get(f"{ticket}/purchase")
    terms = {"price-1": PRICE, "payment": "cash", "invoice_kind": "reverse", "invoice_number": INVOICE}
    wang.post(f"{ticket}/purchase", terms)
    site_app.store.backup(tmp_path / "with.db")
    assert INVOICE.encode() in (tmp_path / "with.db").read_bytes()
    assert wang.post(f"{ticket}/purchase/erase", {}).status_code == 403
    assert wang.get(f"{ticket}/receipt").status_code == 200
    chen.get(f"{ticket}/purchase")
    assert chen.post(f"{ticket}/purchase/erase", {}).status_code == 302
    with site_app.store.read() as reader:
        noted = list_entries(reader, AuditFilter(action=AuditAction.PURCHASE_ERASE)).entries
    assert [entry.person for entry in noted] == ["chen"]
    site_app.store.backup(tmp_path / "without.db")
    kept = (tmp_path / "without.db").read_bytes()
    assert not any(
        text.encode() in kept for text in (INVOICE, PRICE.replace(".", ""))
    )  # not even in free pages
    assert wang.get(f"{ticket}/receipt").status_code == 404
    assert wang.get(ticket).status_code == 200

"""What a device is told of lots that come and go: trucks on their way, and what became of lots that were here."""

from collections.abc import Callable
from datetime import datetime

from tests.support.business import grams, uuid7
from tests.support.heats import charge_heat
from tests.support.pages import SiteApp, Visitor
from traceability.domain.calendar import SHANGHAI
from traceability.domain.rights import Viewer
from traceability.domain.ticket import Ticket, TicketGrade, TicketReading
from traceability.services.directory.audit import Actor
from traceability.services.operations.tickets import add_grade, change_ticket, open_ticket
from traceability.services.recording.open_work import find_work

HEAT, TICKET = uuid7(910_000), uuid7(910_001)
LABEL = "QEN0GAJWFX84"


def test_a_device_is_told_of_trucks_on_their_way_and_of_lots_that_are_gone(
    site_app: SiteApp, visit: Callable[..., Visitor]
) -> None:
    yard = site_app.business
    kept, used, *loaded = [yard.collect("tense", kg) for kg in (1_000, 2_000, 3_000, 4_000)]
    yard.transform("bale", [used], [{"form": "scrap", "material": "tense", "mass_g": 2_000_000}])
    for lot in loaded:
        yard.ship(lot, "plant", vehicle_plate="湘F·00001")
    here = visit("wang", "plant").get("/yard/reference.json?site=plant").json
    assert here is not None
    assert [(lot["mass_g"], lot["site"], lot["vehicle"]) for lot in here["arriving"]] == [
        (4_000_000, "yard", "湘F·00001"),
        (3_000_000, "yard", "湘F·00001"),
    ]  # the newest truck first
    shipments = [lot["shipment"] for lot in here["arriving"]]
    assert len(set(shipments)) == 2
    assert here["arriving"][0]["sent_ms"] > here["arriving"][1]["sent_ms"]
    there = visit("wang", "yard").get("/yard/reference.json?site=yard").json
    assert there is not None
    gone = {(lot["status"], lot["to"], lot["mass_g"]) for lot in there["gone"]}
    assert gone == {
        ("consumed", "", 0),
        ("in_transit", "plant", 3_000_000),
        ("in_transit", "plant", 4_000_000),
    }
    assert there["today"] == []  # the book's clock stands a year later
    assert there["differences"] == []
    codes = {lot["code"] for lot in there["stock"]}
    assert len(codes) == 2  # what was kept, and the bale
    assert kept


def test_a_site_is_told_of_today_and_of_its_loads_that_arrived_otherwise(
    site_app: SiteApp, visit: Callable[..., Visitor]
) -> None:
    yard = site_app.business
    yard.clock = datetime(2026, 1, 1, 9, 0, tzinfo=SHANGHAI)
    site_app.now_ms = yard.now_ms = int(yard.clock.timestamp() * 1000) + 3_600_000
    weighing = {"gross_g": 3_000_000, "tare_g": 1_000_000, "moisture_percent": "1"}
    outputs = [{"form": "scrap", "material": "tense"}]
    yard.send(
        yard.draft(
            "collect",
            "yard",
            actor="wang",
            ticket="T-1",
            supplier="zhang",
            channel="offline",
            source_class="post",
            weighing=weighing,
            outputs=outputs,
        )
    )
    lots = [yard.collect("tense", kg) for kg in (1_000, 2_000)]
    for lot in lots:
        yard.ship(lot, "chengdu", vehicle_plate="湘F·00001")
    received = [{"lot": lots[0], "mass_g": 990_000}]
    yard.send(yard.draft("receive", "chengdu", lots=received, reason="moisture"))
    sender = visit("wang", "yard")
    told = sender.get("/yard/reference.json?site=yard").json
    assert told is not None
    assert [(one["kind"], one["own"], one["lots"]) for one in told["today"]] == [
        ("ship", False, 1),
        ("ship", False, 1),
        ("collect", False, 0),
        ("collect", False, 0),
        ("collect", True, 0),
    ]
    assert [(lot["material"], lot["mass_g"]) for lot in told["today"][-1]["made"]] == [("tense", 1_980_000)]
    assert told["deducted"] == ["tense"]
    [found] = told["differences"]
    assert (found["to"], found["vehicle"], found["difference_g"]) == ("chengdu", "湘F·00001", -10_000)
    other = visit("wang", "plant").get("/yard/reference.json?site=plant").json
    assert other is not None
    assert (other["today"], other["differences"]) == ([], [])
    home = sender.get("/").text
    assert "−10 kg" in home
    assert f"/events/{found['shipment']}" in home
    assert "−10 kg" not in visit("wang", "plant").get("/").text


def test_a_device_is_told_which_lots_and_labels_open_work_has(
    site_app: SiteApp, visit: Callable[..., Visitor]
) -> None:
    business, store = site_app.business, site_app.store
    lots = [business.collect("tense", kg, site="plant") for kg in (1_000, 2_000)]
    actor, viewer = Actor("chen", site_app.now_ms), Viewer(("plant",), {})
    charge_heat(store, HEAT, "plant", actor, lot=lots[0])
    reading = TicketReading(grams(18_260), site_app.now_ms, "chen")
    ticket = Ticket("湘F 00001", reading, supplier="zhang", source_class="post", channel="offline")
    open_ticket(store, TICKET, "plant", ticket, actor, "P-7")
    unloaded = TicketGrade(0, "tense", reading._replace(mass_g=grams(9_000)), LABEL)
    change_ticket(store, viewer, TICKET, lambda ticket: add_grade(ticket, unloaded))
    told = visit("wang", "plant").get("/yard/reference.json?site=plant").json
    assert told is not None
    with store.read() as reader:
        number = find_work(reader, viewer, HEAT).number
    held = {lot["code"]: lot["held"] for lot in told["stock"]}
    assert held.pop(business.lot(lots[0]).code) == {
        "work": "heat", "number": number, "person": "chen", "time_ms": site_app.now_ms,
    }  # fmt: skip
    assert list(held.values()) == [None]
    assert {code: one["number"] for code, one in told["held_labels"].items()} == {LABEL: "P-7"}

"""The box that finds: by what people know, inside what they may see."""

from collections.abc import Callable

import pytest

from tests.support.business import uuid7
from tests.support.markup import attributes_of, find_all, words_of
from tests.support.pages import PASSWORD, SiteApp, Visitor
from traceability.domain.access import Assignment
from traceability.domain.ticket import Ticket, TicketReading
from traceability.services.directory.audit import Actor
from traceability.services.directory.people import Person, hash_password, put_person
from traceability.services.operations.furnaces import Furnace, put_furnace
from traceability.services.operations.heats import MELTING, OpenHeat, open_heat
from traceability.services.operations.tickets import open_ticket

Visit = Callable[..., Visitor]


@pytest.fixture
def book(site_app: SiteApp) -> SiteApp:
    """A book of two firms: a yard that sells to Chengdu, and an operator of Chengdu alone."""
    business = site_app.business
    hand = Person("gao", "高", (Assignment("operator", "chengdu"),), hash_password(PASSWORD))
    site_app.store.write(lambda writer: put_person(writer, hand))
    scrap = {"form": "scrap", "material": "tense", "mass_g": 5_000_000}
    for ticket, plate in (("WB-2025-017", "湘A·12345"), ("WB-2025-018", "湘A·54321")):
        business.do(
            "collect", "yard", supplier_name="老张废品站", vehicle_plate=plate, ticket=ticket, source_class="post",
            channel="offline", outputs=[scrap],
        )  # fmt: skip
    return site_app


def find(visitor: Visitor, text: str) -> dict[str, list[str]]:
    """Return the hits by the heading that they stand under."""
    answer = visitor.get("/find", query_string={"q": text})
    assert answer.status_code == 200, text
    return {
        words_of(section.css("h2")[0]): [words_of(hit) for hit in section.css("li")]
        for section in find_all(answer, "section.hits")
    }


def test_everything_is_found_by_a_part_of_what_people_know(book: SiteApp, visit: Visit) -> None:
    business = book.business
    lot = business.collect("tense", 4_000, ticket="X-1")
    alloy = business.melt(lot, into=3_500, site="yard", heat="2025-H-007")[0]
    business.ship(alloy, "chengdu", vehicle_plate="川A·00001")
    shipped = business.last_event()
    code, used = business.lot(alloy).code, business.lot(lot).code
    chen = visit("chen", "yard")
    (hit,) = find(chen, used[:5].lower())["批次"]
    assert "2025-H-007" in hit
    assert "已用完" in hit
    for part in (used[4:8], used[8:], f"{used[4:8]}-{used[8:10]}"):  # as people read it aloud
        assert any("2025-H-007" in hit for hit in find(chen, part)["批次"]), part
    (hit,) = find(chen, f"{code[:4]}-{code[4:8]}")["批次"]
    assert "在途" in hit
    assert "去往chengdu" in hit
    assert [hit.split()[0] for hit in find(chen, "ｗｂ－2025")["过磅单与入库"]] == [
        "WB-2025-018",
        "WB-2025-017",
    ]
    assert [hit.split()[0] for hit in find(chen, "wb-2025-017")["过磅单与入库"]] == ["WB-2025-017"]
    business.collect("tense", 1_000, ticket="2025-0417")  # as the site counts its tickets itself
    for typed in ("417", "0417", "2025-0417"):
        assert [hit.split()[0] for hit in find(chen, typed)["过磅单与入库"]] == ["2025-0417"], typed
    assert find(chen, "2025-h")["炉次"][0].startswith("2025-H-007")
    assert "yard → chengdu" in find(chen, shipped)["运输"][0]
    assert find(chen, "张废")["供应商、客户等"][0].startswith("老张废品站 供应商")
    for typed in ("湘A 123", "12345", "湘a·1"):
        assert find(chen, typed)["车辆"][0].startswith("湘A·12345")
    assert find(chen, "plan")["站点"] == ["plant plant"]
    for typed in ("川A00001", "cheng"):  # a load by its truck and by where it goes
        assert "yard → chengdu" in find(chen, typed)["运输"][0]
    truck = Ticket("湘B·77777", TicketReading(18_000_000, business.now_ms, "chen"))
    open_ticket(book.store, uuid7(800), "yard", truck, Actor("chen", business.now_ms), "GB-9")
    for typed in ("gb-9", "B777"):
        assert find(chen, typed)["在办"][0].startswith("GB-9 未结磅单 · yard"), typed
    open_ticket(
        book.store, uuid7(870), "yard", truck._replace(vehicle="湘B·88888"), Actor("chen", business.now_ms)
    )
    for typed in ("1", "0001"):
        assert any("湘B·88888" in hit for hit in find(chen, typed)["在办"]), typed
    links = attributes_of(chen.get("/find?q=GB-9"), "section.hits a", "href")
    assert links[0] == f"/weighbridge/{uuid7(800)}"
    chief = Actor("chen", business.now_ms)
    put_furnace(book.store, chief, Furnace("F00000000011", "yard", "Big one", 20_000_000))
    open_heat(book.store, uuid7(801), "yard", OpenHeat(MELTING, "F00000000011"), chief, "H-9")
    assert "Big one" in find(chen, "big o")["在办"][0], (
        "a furnace is called by its name, not by its card's code"
    )
    assert find(visit("gao", "chengdu"), "GB-9") == {}
    assert "ADC12 铝合金锭" in " ".join(find(chen, "adc12")["物料"])
    business.do(
        "import", "yard", ticket="I-1", source_class="post", country="JP", declaration_no="5301-2025-77",
        documents=[{"type": "合同", "number": "HT/2025/009"}],
        outputs=[{"form": "scrap", "material": "tense", "mass_g": 1_000_000}],
    )  # fmt: skip
    imported = business.last_event()
    for typed in ("ht/2025/009", "HT/2025", "5301-2025"):
        assert "进口入库" in find(chen, typed)["过磅单与入库"][0], typed
    business.void(imported)
    assert "已作废" in find(chen, "HT/2025/009")["过磅单与入库"][0]
    assert find(visit("gao", "chengdu"), "HT/2025") == {}
    assert find(chen, code[:3]) == {}  # too short to be a part of a code
    answer = chen.get("/find", query_string={"q": f" {used} "})
    assert answer.status_code == 302
    assert answer.location.startswith("/scan?q=")


def test_nobody_finds_what_is_somebody_elses(book: SiteApp, visit: Visit) -> None:
    business = book.business
    lot = business.collect("tense", 4_000)
    secrets = ["WB-2025", "老张", "12345", business.lot(lot).code[:6], business.last_event()]
    gao, planner = visit("gao", "chengdu"), visit("sichuan-planner")
    for text in secrets:
        assert find(gao, text) == {}, text
        assert find(planner, text) == {}, text
    assert find(gao, "yard") == {}
    hunan = visit("hunan-planner")
    assert set(find(hunan, "WB-2025")) == {"过磅单与入库"}  # records of the region, but none of its parties
    assert find(hunan, "老张") == find(hunan, "12345") == {}
    auditor = visit("zhao")
    assert find(auditor, "老张")["供应商、客户等"] == find(visit("chen", "yard"), "老张")["供应商、客户等"]
    business.ship(lot, "chengdu", vehicle_plate="湘A·12345")
    (hit,) = find(gao, business.lot(lot).code[:6])["批次"]  # on its way to them
    assert "去往chengdu" in hit
    assert find(gao, business.last_event())["运输"]
    assert find(gao, "12345") == {}


def test_the_scan_box_leads_to_what_is_no_code(book: SiteApp, visit: Visit) -> None:
    chen = visit("chen", "yard")
    answer = chen.get("/scan?q=WB-2025-017")
    assert answer.status_code == 302
    assert answer.location == "/find?q=WB-2025-017"
    assert chen.get("/scan?q=nothing of ours").status_code == 422
    assert attributes_of(visit("zhao").get("/find"), "form.search", "action") == ["/find"]
    for text in ("", "%", "a" * 5000, "\u202e\x00", "'\"<b>", "湘", "//", "T0000003RJ0R"):
        assert chen.get("/find", query_string={"q": text}).status_code in (200, 302), text

"""The lists of events, heats and shipments: filters in the address, paging by key, files of all rows, rights."""

import csv
import io
from collections.abc import Callable, Iterator

import pytest

from tests.support.markup import attributes_of, find_all, words_of
from tests.support.pages import PASSWORD, SiteApp, Visitor
from traceability.domain.access import Assignment
from traceability.services.directory.people import Person, hash_password, put_person

Visit = Callable[..., Visitor]


@pytest.fixture
def book(site_app: SiteApp) -> SiteApp:
    """Two heats and three loads of the yard, one of them received with a difference, one returned; all found by plates."""
    hand = Person("gao", "高", (Assignment("operator", "chengdu"),), hash_password(PASSWORD))
    site_app.store.write(lambda writer: put_person(writer, hand))
    business = site_app.business
    scrap = business.collect("tense", 20_000, ticket="WB-1", vehicle_plate="湘A·12345")
    first = business.melt((scrap, 6_000), into=5_000, site="yard", heat="A-1", furnace="2号炉")[0]
    second = business.melt(
        (scrap, 6_000), into=5_300, dross_kg=100, site="yard", heat="A-2", furnace="1号炉"
    )[0]
    business.ship(first, "plant", vehicle_plate="湘A·12345")
    business.receive(first, "plant", kg=4_990, reason="weighed again")
    business.ship(second, "chengdu", vehicle_plate="川B·00001")
    back = business.ship(scrap, "plant", kg=1_000)
    shipped = business.last_event()
    business.do("return", "yard", lots=[{"lot": back}], shipment=shipped, reason="wrong truck")
    business.assay(scrap, "0.91")
    business.void(business.last_event())
    return site_app


def rows_of(visitor: Visitor, address: str) -> list[list[str]]:
    """Return the cells of the rows of a list."""
    answer = visitor.get(address)
    assert answer.status_code == 200, address
    return [[words_of(cell) for cell in row.css("th, td")] for row in find_all(answer, ".sheet tbody tr")]


def column(rows: list[list[str]], number: int) -> list[str]:
    return [row[number] for row in rows]


def test_all_numbers_that_begin_alike_are_listed(book: SiteApp, visit: Visit) -> None:
    numbers = [f"T-{number:03d}" for number in range(30)]
    for number in numbers:
        book.business.collect("tense", 10, ticket=number)
    assert column(rows_of(visit("chen", "yard"), "/events?number=T-0"), 2) == numbers[::-1]


def test_events_by_kind_number_party_person_time_and_state(book: SiteApp, visit: Visit) -> None:
    chen = visit("chen", "yard")
    rows = rows_of(chen, "/events")
    assert column(rows, 1)[:3] == ["更正", "化验", "退货"]
    assert column(rows, 0) == sorted(column(rows, 0), reverse=True)
    assert column(rows_of(chen, "/events?number=a-"), 2) == ["A-2", "A-1"]
    assert column(rows_of(chen, "/events?kind=melt&number=a-2"), 2) == ["A-2"]
    assert column(rows_of(chen, "/events?party=湘A123"), 1) == ["发运", "回收入库"]
    assert column(rows_of(chen, "/events?state=void"), 1) == ["化验"]
    assert rows_of(chen, "/events?person=nobody") == []
    assert len(rows_of(chen, "/events?person=chen")) == len(rows)
    assert rows_of(chen, "/events?until=2025-01-05") == []
    assert len(rows_of(chen, "/events?from=2025-01-06&until=2025-01-06&site=yard")) == len(rows) - 1
    said = words_of(find_all(chen.get("/events?kind=split"), "main")[0])
    assert "没有符合筛选条件的记录" in said
    assert attributes_of(chen.get("/events?kind=split"), ".empty a", "href") == ["/events"]
    for address, status in (
        ("/events?kind=nonsense", 400), ("/events?state=x", 400), ("/events?from=yesterday", 400),
        ("/heats?from=2026-02-02&until=2026-02-01", 400), ("/shipments?from=2026-02-01&until=2026-02-01", 200),
        ("/events?after=1", 400), ("/events?site=nowhere", 404), ("/heats?alloy=x", 400), ("/shipments?way=up", 400),
        ("/shipments?way=arrived&to=nowhere", 404), ("/heats?after=[1]", 400),
    ):  # fmt: skip
        assert chen.get(address).status_code == status, address


def test_a_heat_tells_charge_products_recycled_content_and_loss(book: SiteApp, visit: Visit) -> None:
    chen = visit("chen", "yard")
    second, first = rows_of(chen, "/heats")
    assert first[1:5] == ["A-1", "yard", "2号炉", "ADC12 铝合金锭"]
    assert (first[5], first[6], first[7]) == ("6.000", "5.000", "100.0")
    assert second[5:7] == ["6.000", "5.300"]
    assert column(rows_of(chen, "/heats?furnace=1号"), 1) == ["A-2"]
    assert column(rows_of(chen, "/heats?alloy=adc12"), 1) == ["A-2", "A-1"]
    assert rows_of(chen, "/heats?alloy=tense") == []


def test_a_shipment_tells_what_was_sent_what_arrived_and_its_state(
    book: SiteApp, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    chen = visit("chen", "yard")
    back, under_way, arrived = rows_of(chen, "/shipments")
    assert arrived[1:] == ["yard", "plant", "湘A·12345", "1", "5.000", "4.990", "−0.010", "已接收, 有差额"]
    assert under_way[2:] == ["chengdu", "川B·00001", "1", "5.300", "无数据", "无数据", "在途"]
    assert back[8] == "有退回"
    assert rows_of(chen, "/shipments?state=different") == [arrived]
    assert rows_of(chen, "/shipments?state=under_way") == [under_way]
    assert rows_of(chen, "/shipments?state=returned") == [back]
    assert rows_of(chen, "/shipments?plate=12345") == [arrived]
    assert rows_of(chen, "/shipments?receiver=cheng") == [under_way]
    assert rows_of(chen, "/shipments?way=arrived&to=plant") == [arrived]
    assert rows_of(chen, "/shipments?way=arrived&to=plant&state=under_way") == []
    by_plate = "/shipments?way=arrived&to=plant&plate=12345"
    assert rows_of(chen, by_plate) == [arrived]
    assert attributes_of(chen.get(by_plate), "[name=plate]", "value") == ["12345"], "no filter acts unseen"
    monkeypatch.setattr("traceability.web.find.list_page.SHOWN", 1)
    monkeypatch.setattr("traceability.services.searching.shipment_lists.MOST_SUMMED", 2)
    page = chen.get("/shipments?state=different&receiver=cheng")
    assert attributes_of(page, "nav.pages a[rel=next]", "href"), "two were looked at, the third is left"


def test_a_load_that_arrived_in_parts_stands_on_one_page(
    site_app: SiteApp, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    business = site_app.business
    loads = []
    for plate in ("湘A·00001", "湘A·00002"):
        lots = [business.collect("tense", 1_000) for _ in range(3)]
        business.do(
            "ship", "yard", lots=[{"lot": lot} for lot in lots], to="plant", mode="road",
            vehicle_class="diesel", vehicle_plate=plate,
        )  # fmt: skip
        loads.append(lots)
    first, second = loads
    for lot in (
        first[0],
        second[0],
        first[1],
        second[1],
        first[2],
    ):  # of the second one lot is on its way yet
        business.receive(lot, "plant")
    monkeypatch.setattr("traceability.web.find.list_page.SHOWN", 1)
    chen, address, seen = visit("chen", "yard"), "/shipments?way=arrived&to=plant", []
    while address:
        seen += [row[3] for row in rows_of(chen, address)]
        address = "".join(attributes_of(chen.get(address), "nav.pages a[rel=next]", "href"))
    assert seen == ["湘A·00002", "湘A·00001"]


def test_lists_show_a_firm_its_own_alone(book: SiteApp, visit: Visit) -> None:
    gao, chen = visit("gao", "chengdu"), visit("chen", "yard")
    assert rows_of(gao, "/events") == rows_of(gao, "/heats") == rows_of(gao, "/shipments") == []
    assert "还没有记录" in words_of(find_all(gao.get("/events"), "main")[0])
    assert rows_of(gao, "/events?number=WB") == rows_of(gao, "/events?party=zhang") == []
    assert gao.get("/events?site=yard").status_code == gao.get("/heats?site=yard").status_code == 404
    assert gao.get("/shipments?way=arrived&to=plant").status_code == 404
    (coming,) = rows_of(gao, "/shipments?way=arrived&to=chengdu")
    assert coming[1:4] == ["yard", "chengdu", ""]  # the sender's truck is told to nobody else
    planner = visit("hunan-planner")
    assert len(rows_of(planner, "/heats")) == 2
    assert set(column(rows_of(planner, "/shipments"), 3)) == {""}
    assert rows_of(planner, "/events?party=12345") == rows_of(planner, "/events?person=chen") == []
    for address in (
        "/events",
        "/heats",
        "/shipments",
        "/shipments?way=arrived",
        "/find?q=WB",
        "/find?q=12345",
    ):
        assert rows_of(visit("liu"), address) == []  # whoever plans for the nation sees sums
    assert rows_of(chen, "/shipments?way=arrived&to=plant&from=2025-01-07") == []
    assert visit().get("/events").status_code == 302  # nobody without signing in


def test_pages_go_on_where_they_ended_and_files_have_all(
    book: SiteApp, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    chen = visit("chen", "yard")
    for name in ("events", "heats", "shipments"):
        whole = rows_of(chen, f"/{name}")
        monkeypatch.setattr("traceability.web.find.list_page.SHOWN", 2)
        paged = list(follow(chen, f"/{name}"))
        monkeypatch.undo()
        assert paged == whole, name
        text = chen.get(f"/{name}.csv").get_data(as_text=True)
        assert len(list(csv.reader(io.StringIO(text)))) >= len(whole) + 1
        for row in whole:
            assert row[0] in text


def follow(visitor: Visitor, address: str) -> Iterator[list[str]]:
    """Yield the rows of all pages of a list."""
    while address:
        yield from rows_of(visitor, address)
        address = next(iter(attributes_of(visitor.get(address), "nav.pages a[rel=next]", "href")), "")

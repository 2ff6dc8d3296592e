"""A delivery note goes with the truck, and its code receives the whole of it."""

from collections.abc import Callable

import pypdfium2
import pytest

from scanners.codes import group_code, make_shipment_code
from tests.support.labels import read_codes
from tests.support.markup import attributes_of, find_all, find_one, words_of
from tests.support.pages import PASSWORD, SiteApp, Visitor
from traceability.domain.access import Assignment
from traceability.services.directory.people import Person, hash_password, put_person

Visit = Callable[..., Visitor]


@pytest.fixture
def truck(site_app: SiteApp) -> tuple[str, str, list[str]]:
    """Two lots on their way from yard to plant: (event, code of the note, codes of the lots)."""
    business = site_app.business
    lots = [business.collect("tense", kg) for kg in (1000, 2500.5)]
    business.do(
        "ship", "yard", "", lots=[{"lot": lot} for lot in lots], mode="road", vehicle_class="diesel", to="plant",
        documents=[{"type": "转移联单", "number": "LD-2025-7"}],
    )  # fmt: skip
    event = business.last_event()
    with site_app.store.read() as reader:
        seq = reader.find_events([event])[event].seq
    return event, make_shipment_code(seq), [business.lot(lot).code for lot in lots]


@pytest.fixture
def stranger(site_app: SiteApp, visit: Visit) -> Visitor:
    """Somebody of another firm, signed in."""
    person = Person("mallory", "mallory", (Assignment("operator", "guiyang"),), hash_password(PASSWORD))
    site_app.store.write(lambda writer: put_person(writer, person))
    return visit("mallory", "guiyang")


def rows_of(page: object) -> list[str]:
    return [value for value in attributes_of(page, "input[name$=lot_code]", "value") if value]  # type: ignore[arg-type]


def test_the_note_tells_what_is_loaded_and_its_code_is_read_from_the_pdf(
    visit: Visit, truck: tuple[str, str, list[str]]
) -> None:
    event, code, lots = truck
    wang = visit("wang", "yard")
    assert f"/events/{event}/delivery-note" in attributes_of(wang.get(f"/events/{event}"), "a", "href")
    page = wang.get(f"/events/{event}/delivery-note")
    told = words_of(page).replace("\xa0", " ")
    assert all(group_code(lot) in told for lot in lots)
    assert all(words in told for words in (group_code(code), "LD-2025-7", "3.501", "1.000", "2.501")), told
    (pdf,) = [href for href in attributes_of(page, "a[download]", "href") if href.endswith(".pdf")]
    image = pypdfium2.PdfDocument(wang.get(pdf).data)[0].render(scale=150 / 72).to_pil().convert("L")
    assert read_codes(image) == [f"http://localhost/t/{code}"]


@pytest.mark.parametrize("scanned", ["/t/{code}", "/scan?q=http://localhost/t/{code}", "/scan?q={code}"])
def test_a_scan_of_the_note_opens_its_lots_to_be_ticked(
    visit: Visit, truck: tuple[str, str, list[str]], scanned: str
) -> None:
    _, code, lots = truck
    page = visit("wang", "plant").get(scanned.format(code=code), follow_redirects=True)
    assert page.request.path == "/receive"
    assert attributes_of(page, ".load.open-note [data-code]", "data-code") == sorted(lots)
    assert rows_of(page) == []


def test_scanned_into_the_list_of_arrivals_it_opens_the_note_and_into_others_nothing(
    visit: Visit, site_app: SiteApp, truck: tuple[str, str, list[str]]
) -> None:
    _, code, lots = truck
    wang = visit("wang", "plant")
    wang.get("/receive")
    page = wang.post(
        "/receive", {"action": "scan", "scan": f"http://localhost/t/{code}", "lots-0-lot_code": lots[1]}
    )
    assert [value.replace("-", "") for value in rows_of(page)] == [lots[1]]
    assert attributes_of(page, "[name=delivery]", "value") == [code]
    assert "1 / 2" in words_of(find_one(page, "[data-ticked]"))
    wang.get("/ship")
    page = wang.post("/ship", {"action": "scan", "scan": code})
    assert rows_of(page) == []
    assert group_code(code) in words_of(find_one(page, ".notice.error"))
    site_app.business.receive(lots_id(site_app, lots[0]), "plant")
    site_app.business.receive(lots_id(site_app, lots[1]), "plant")
    page = wang.post("/receive", {"action": "scan", "scan": code})
    assert rows_of(page) == []
    assert find_all(page, ".notice.error")
    assert wang.get(f"/t/{code}").location.endswith("/delivery-note"), "nothing is left to be received"


def lots_id(site_app: SiteApp, code: str) -> str:
    lot = site_app.find_lot(code)
    assert lot is not None
    return lot.id


def test_who_has_no_part_in_a_shipment_is_told_as_of_one_that_there_is_not(
    visit: Visit, site_app: SiteApp, stranger: Visitor, truck: tuple[str, str, list[str]]
) -> None:
    event, code, _ = truck
    unknown = stranger.get(f"/t/{make_shipment_code(2**20)}")
    hidden = stranger.get(f"/t/{code}")
    assert unknown.status_code == hidden.status_code == 404
    assert stranger.get(f"/events/{event}/delivery-note").status_code == 404
    lot = site_app.business.collect("tense", 10)
    made = site_app.business.last_event()
    assert lot
    assert visit("wang", "yard").get(f"/events/{made}/delivery-note").status_code == 404
    for nonsense in ("/t/none", "/t/126B07K7Q3F7", "/t/T0000000000E"):
        assert visit("wang", "yard").get(nonsense).status_code == 404


def test_a_void_shipment_says_so(visit: Visit, site_app: SiteApp, truck: tuple[str, str, list[str]]) -> None:
    event, code, _ = truck
    site_app.business.void(event)
    page = visit("wang", "plant").get(f"/t/{code}", follow_redirects=True)
    assert "已作废" in words_of(find_one(page, "h1"))

"""What was shipped is taken back on a page, also by a shipment before the newest one."""

from collections.abc import Callable

from tests.support.markup import attributes_of, find_all
from tests.support.pages import SiteApp, Visitor, value_of
from traceability.domain.event import Reversal

Visit = Callable[..., Visitor]


def send_round(site_app: SiteApp) -> tuple[str, str, str]:
    """Ship a lot from the yard to the plant, on to chengdu and back; return (lot, first, last shipment)."""
    here = site_app.business
    lot = here.collect("tense", 1000)
    here.ship(lot, "plant")
    first = here.last_event()
    here.receive(lot, "plant")
    here.ship(lot, "chengdu", site="plant")
    here.receive(lot, "chengdu")
    here.ship(lot, "plant", site="chengdu")
    last = here.last_event()
    here.receive(lot, "plant")
    return lot, first, last


def shipment_of(site_app: SiteApp, event: str) -> str:
    detail = site_app.business.event(event).draft.detail
    assert isinstance(detail, Reversal)
    return detail.shipment


def test_a_past_shipment_is_taken_back_by_its_own_shipper(site_app: SiteApp, visit: Visit) -> None:
    lot, first, _ = send_round(site_app)
    code = site_app.business.lot(lot).code
    chen = visit("chen", "yard")
    assert f"/return?code={code}" in attributes_of(chen.get(f"/l/{code}"), ".steps a", "href")
    page = chen.get(f"/return?code={code}")
    assert value_of(page, "site") == "yard"
    assert value_of(page, "shipment") == first
    event = value_of(page, "id")
    typed = {"id": event, "site": "yard", "shipment": first, "lots-0-lot_code": code, "reason": "wrong alloy"}
    assert chen.post("/return", {**typed, "lots-0-mass_kg": "400"}).status_code == 302
    assert shipment_of(site_app, event) == first
    with site_app.store.read() as reader:
        [part] = reader.find_lots(site_app.business.event(event).frozen.lots).values()
    assert (part.site, part.remaining_g) == ("yard", 400_000)


def test_of_several_shipments_one_is_chosen_and_the_choice_stays(site_app: SiteApp, visit: Visit) -> None:
    here = site_app.business
    lot = here.collect("tense", 1000)
    shipped = []
    for number in range(2):
        here.ship(lot, "plant")
        shipped.append(here.last_event())
        here.receive(lot, "plant")
        if not number:
            here.ship(lot, "yard", site="plant")
            here.receive(lot, "yard")
    code = here.lot(lot).code
    chen = visit("chen", "yard")
    page = chen.get(f"/return?code={code}")
    assert attributes_of(page, "input[name=shipment]", "value") == shipped[::-1]
    assert attributes_of(page, "input[name=shipment][checked]", "value") == shipped[1:]
    assert len(find_all(page, "label:has(input[name=shipment])")) == 2
    event = value_of(page, "id")
    typed = {
        "id": event,
        "site": "yard",
        "shipment": shipped[0],
        "lots-0-lot_code": code,
        "reason": "returned",
    }
    refused = chen.post("/return", {**typed, "lots-0-mass_kg": "4000"})
    assert refused.status_code == 422
    assert attributes_of(refused, "input[name=shipment][checked]", "value") == shipped[:1]
    assert chen.post("/return", typed).status_code == 302
    assert shipment_of(site_app, event) == shipped[0]


def test_a_shipment_of_somebody_else_is_refused_with_the_reason(site_app: SiteApp, visit: Visit) -> None:
    lot, first, last = send_round(site_app)
    code = site_app.business.lot(lot).code
    chen = visit("chen", "plant")
    page = chen.get("/return")
    typed = {"id": value_of(page, "id"), "site": "plant", "lots-0-lot_code": code, "reason": "x"}
    for shipment in ("", first, last, "nonsense", "\x00"):
        assert chen.post("/return", {**typed, "shipment": shipment}).status_code == 422

"""Messages that name lots by code and parties by name, recorded as messages with ids are, on both engines."""

import json
from typing import Any

import pytest

from graph.store import Store
from tests.support.business import NOW_MS, Business, grams, open_business
from tests.support.reading import ask
from tests.support.stores import assert_equal_to_a_rebuild
from traceability.domain.errors import EventConflict, EventRejected
from traceability.exchange.drafts import load_rows
from traceability.services.directory.parties import list_names
from traceability.services.recording.capture import Receipt, capture_batch
from traceability.services.recording.judge import Deliverer
from traceability.services.recording.preview import preview_event
from traceability.services.upkeep import jobs
from traceability.services.upkeep.check import check_book
from traceability.wire import load_batch, load_draft

Body = dict[str, Any]


@pytest.fixture
def here(store: Store) -> Business:
    open_business(store)
    return Business(store)


def by_name(
    here: Business, ticket: str, supplier: str = "老张废品站", site: str = "yard", **more: Any
) -> Body:
    output = {"form": "scrap", "material": "tense", "mass_g": grams(100), "code": more.pop("code", None)}
    stated = {"source_class": "post", "channel": "offline", "outputs": [output], "supplier_name": supplier}
    return here.draft("collect", site, ticket=ticket, **{**stated, **more})


def supplier_of(here: Business, receipt: Receipt) -> str:
    return str(draft_of(here, receipt.event)["supplier"])


def draft_of(here: Business, event: str) -> Any:
    with here.store.read() as reader:
        return json.loads(reader.find_events([event])[event].text)


def sorting(here: Business, code: str, kg: float) -> Body:
    output = {"form": "scrap", "material": "tense", "mass_g": grams(kg)}
    return here.draft("sort", "yard", inputs=[{"lot_code": code, "mass_g": grams(kg)}], outputs=[output])


def refusals(here: Business, body: Body) -> list[tuple[str, str]]:
    with pytest.raises(EventRejected) as caught:
        here.send(body)
    return [(violation.code, violation.path) for violation in caught.value.violations]


def test_a_lot_by_its_code_is_recorded_by_its_id(here: Business) -> None:
    lot = here.lot(here.collect("tense", kg=1000))
    body = sorting(here, lot.code, 400)
    first = here.send(body)
    assert draft_of(here, first.event)["inputs"] == [{"lot": lot.id, "mass_g": grams(400)}]
    assert here.lot(lot.id).remaining_g == grams(600)
    # The same message again, and the same event with the id, are the one that was recorded; another is not.
    assert here.send(body).status == "duplicate"
    assert here.send({**body, "inputs": [{"lot": lot.id, "mass_g": grams(400)}]}).status == "duplicate"
    with pytest.raises(EventConflict):
        here.send({**body, "inputs": [{"lot_code": lot.code, "mass_g": grams(300)}]})
    assert check_book(here.store).findings == []
    assert_equal_to_a_rebuild(here.store)


def test_an_event_with_ids_is_recognised_when_it_comes_by_code(here: Business) -> None:
    lot = here.lot(here.collect("tense", kg=1000))
    body = sorting(here, lot.code, 400)
    here.send({**body, "inputs": [{"lot": lot.id, "mass_g": grams(400)}]})
    assert here.send(body).status == "duplicate"


def test_former_codes_lead_to_the_lot(here: Business) -> None:
    lot = here.lot(here.collect("tense", kg=1000))
    here.do("relabel", "yard", lots=[{"lot_code": lot.code}], code="7D3K9Q2MX4AY")
    newest = here.lot(lot.id).code
    assert newest != lot.code
    for code in (lot.code, newest):
        here.send(sorting(here, code, 100))
    assert here.lot(lot.id).remaining_g == grams(800)


def test_a_code_that_no_lot_has_is_said_beside_all_else(here: Business) -> None:
    body = sorting(here, "7D3K9Q2MX4AY", 400)
    assert refusals(here, body) == [("scan.unbound_input", "inputs.0.lot_code")]
    body["inputs"][0]["lot_code"] = "7D3K9Q2MX4AA"
    body["outputs"][0]["material"] = "nonsense"
    assert refusals(here, body) == [
        ("rule.bad_code", "inputs.0.lot_code"),
        ("rule.unknown_material", "outputs.0.material"),
    ]


def test_a_batch_names_lots_that_its_own_events_make(here: Business) -> None:
    code = "7D3K9Q2MX4AY"
    message = {"events": [by_name(here, "1", code=code), sorting(here, code, 40), by_name(here, "2")]}
    receipts = capture_batch(here.store, load_batch(message), Deliverer("test"), NOW_MS)
    assert [receipt.status for receipt in receipts] == ["created"] * 3, receipts
    # The newcomer of the first event is known to the third.
    assert supplier_of(here, receipts[0]) == supplier_of(here, receipts[2])
    rows = list(load_rows(here.store, enumerate(message["events"], 1), Deliverer("file"), lambda: NOW_MS))
    assert [receipt.status for _, receipt in rows] == ["duplicate"] * 3


def test_a_new_party_has_an_id_that_follows_from_the_event(here: Business) -> None:
    body = by_name(here, "1", vehicle_plate="湘A12345")
    assert ask(here.store, preview_event, load_draft(body), NOW_MS).accepted
    assert ask(here.store, list_names, "supplier", "yard") == []  # a preview keeps nobody
    first = here.send(body)
    stored = draft_of(here, first.event)
    assert stored["supplier"].startswith("supplier-")
    assert stored["vehicle"].startswith("vehicle-")
    assert "老张" not in json.dumps(stored, ensure_ascii=False)
    assert ask(here.store, list_names, "supplier", "yard") == ["老张废品站"]
    assert here.send(body).status == "duplicate"
    other = Business(here.store, number=50)
    assert draft_of(here, other.send(by_name(other, "2")).event)["supplier"] == stored["supplier"]


def test_a_name_means_a_party_of_the_own_firm(here: Business) -> None:
    yard = supplier_of(here, here.send(by_name(here, "1")))
    assert supplier_of(here, here.send(by_name(here, "2", site="plant"))) == yard  # the same firm
    chengdu = supplier_of(here, here.send(by_name(here, "3", site="chengdu")))
    assert chengdu != yard  # another firm's supplier of that name is somebody else
    assert supplier_of(here, here.send(by_name(here, "4", site="chengdu"))) == chengdu
    assert ask(here.store, list_names, "supplier", "chengdu") == ["老张废品站"]


def test_a_refused_event_keeps_nobody(here: Business) -> None:
    assert refusals(here, by_name(here, "", channel=None))
    assert ask(here.store, list_names, "supplier", "yard") == []


def test_a_correction_names_as_the_event_does(here: Business) -> None:
    first = here.send(by_name(here, "1"))
    stored = draft_of(here, first.event)
    replacement = {key: value for key, value in stored.items() if key not in ("id", "schema", "supplier")}
    targets = [{"event": first.event, "draft": {**replacement, "supplier_name": "老李废品站"}}]
    body = here.draft("correct", "yard", targets=targets, reason="wrong supplier")
    assert here.send(body).status == "created"
    assert here.send(body).status == "duplicate"
    with here.store.read() as reader:
        event = reader.find_events([first.event])[first.event]
    assert event.draft.detail is not None
    assert getattr(event.draft.detail, "supplier") not in ("", stored["supplier"])  # noqa: B009
    assert (
        here.send(by_name(here, "1") | {"id": first.event, "event_time": stored["event_time"]}).status
        == "duplicate"
    )
    assert check_book(here.store).findings == []
    assert_equal_to_a_rebuild(here.store)


def test_two_replacements_may_name_the_same_newcomer(here: Business) -> None:
    events = [here.send(by_name(here, str(number))).event for number in (1, 2)]
    targets = []
    for event in events:
        stated = {
            key: value
            for key, value in draft_of(here, event).items()
            if key not in ("id", "schema", "supplier")
        }
        targets.append({"event": event, "draft": {**stated, "supplier_name": "老李废品站"}})
    here.send(here.draft("correct", "yard", targets=targets, reason="wrong supplier"))
    with here.store.read() as reader:
        found = reader.find_events(events)
    assert len({getattr(event.draft.detail, "supplier") for event in found.values()}) == 1  # noqa: B009


def test_a_message_may_not_name_in_both_ways(here: Business) -> None:
    lot = here.lot(here.collect("tense", kg=1000))
    both = {"lot": lot.id, "lot_code": lot.code}
    for body, path in (
        (here.draft("sort", "yard", inputs=[both], outputs=[]), "inputs.0.lot_code"),
        (here.draft("sort", "yard", inputs=[{}], outputs=[]), "inputs.0.lot"),
        (by_name(here, "1") | {"supplier": "zhang"}, "supplier_name"),
        (by_name(here, "1", supplier=" "), "supplier_name"),
    ):
        [fault] = load_batch(body)
        assert [found.path for found in getattr(fault, "fields", ())] == [path]


def test_a_job_holds_ids_in_place_of_names(here: Business) -> None:
    body = by_name(here, "1")
    job = jobs.submit_capture(here.store, body, Deliverer("session"), NOW_MS)
    assert "老张" not in json.dumps(job.arguments, ensure_ascii=False)
    leased = jobs.lease(here.store, "one", NOW_MS)
    assert leased is not None
    done = jobs.run_job(here.store, leased, jobs.TASKS, lambda: NOW_MS)
    assert done.result is not None
    assert [receipt["status"] for receipt in done.result["receipts"]] == ["created"]
    assert here.send(body).status == "duplicate"  # recognised as it was sent

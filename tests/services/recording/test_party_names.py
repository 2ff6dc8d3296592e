"""Names are searched in one form within the own firm; a party is who it is by its code, on both engines."""

from typing import Any

import pytest

from graph.store import Store
from tests.support.business import Business, grams, open_business
from traceability.domain.errors import EventRejected
from traceability.services.directory.parties import (
    find_parties,
    list_names,
    met_key,
    name_key,
    read_party,
    renew_names,
)
from traceability.services.recording.capture import capture_batch
from traceability.services.recording.judge import Deliverer
from traceability.wire import load_draft

Body = dict[str, Any]

CODE, OTHER_CODE = "91350100M000100Y43", "91110105MA01XYZ12A"  # the second has a wrong check character


@pytest.fixture
def here(store: Store) -> Business:
    open_business(store)
    return Business(store)


def load(here: Business, supplier: str, site: str = "yard", **more: Any) -> Body:
    output = {"form": "scrap", "material": "tense", "mass_g": grams(100)}
    here.tickets += 1
    return here.draft(
        "collect", site, ticket=f"T{here.tickets}", supplier_name=supplier, source_class="post", channel="offline",
        outputs=[output], **more,
    )  # fmt: skip


def supplier(here: Business, body: Body) -> str:
    return str(getattr(here.event(here.send(body).event).draft.detail, "supplier"))  # noqa: B009


def refusals(here: Business, body: Body) -> list[tuple[str, str]]:
    with pytest.raises(EventRejected) as caught:
        here.send(body)
    return [(item.code, item.path) for item in caught.value.violations]


def test_a_name_is_found_in_every_typing(here: Business) -> None:
    first = supplier(here, load(here, "Zhang Metals（长沙）"))
    for typed in ("ZHANG METALS(长沙)", "ｚｈａｎｇ　metals（长沙）", " Zhang  Metals（长沙）\u200b"):
        assert supplier(here, load(here, typed)) == first
    # Another site of the firm knows them, another firm means somebody else.
    assert supplier(here, load(here, "zhang metals(长沙)", site="plant")) == first
    assert supplier(here, load(here, "zhang metals(长沙)", site="chengdu")) != first
    with here.store.read() as reader:
        assert list_names(reader, "supplier", "yard") == ["Zhang Metals（长沙）"]
        assert find_parties(reader, {first})[first].name == "Zhang Metals（长沙）"


def test_a_plate_is_its_letters_and_digits(here: Business) -> None:
    def vehicle(plate: str) -> str:
        receipt = here.send(load(here, "老张", vehicle_plate=plate))
        return str(getattr(here.event(receipt.event).draft.detail, "vehicle"))  # noqa: B009

    first = vehicle("湘A·12345")
    assert {vehicle(typed) for typed in ("湘a12345", "湘Ａ－１２３４５", "湘A 12345")} == {first}
    assert vehicle("湘A12345挂") != first


def test_suppliers_of_one_name_are_told_apart_by_their_codes(here: Business) -> None:
    firm = supplier(here, load(here, f"老张 {CODE}"))
    person = supplier(here, load(here, "老张 #17"))
    assert firm != person
    assert supplier(here, load(here, f"老张（{CODE.lower()}）")) == firm
    assert supplier(here, load(here, CODE)) == firm
    assert supplier(here, load(here, "老张 ＃17")) == person
    assert supplier(here, load(here, f"老张 #{person}")) == person
    before = here.number
    with pytest.raises(EventRejected) as caught:
        here.send(load(here, "老张"))
    [unclear] = caught.value.violations
    assert (unclear.code, unclear.path) == ("rule.party_unclear", "supplier_name")
    assert all(id_ in str(unclear.figures["candidates"]) for id_ in (firm, person, CODE))
    assert here.number == before + 1
    with here.store.read() as reader:
        assert reader.find_head().seq == 6
        assert list_names(reader, "supplier", "yard") == sorted([f"老张 {CODE}", "老张 #17"])
        assert find_parties(reader, {firm})[firm].code == CODE
    # The same code is the same party for its own firm only.
    assert supplier(here, load(here, f"老张 {CODE}", site="chengdu")) != firm


def test_every_reason_is_said_beside_a_name_that_is_not_clear(here: Business) -> None:
    here.send(load(here, f"老张 {CODE}"))
    here.send(load(here, "老张 #17"))
    body = load(here, "老张")
    body["outputs"][0]["mass_g"] = 0
    assert set(refusals(here, body)) >= {
        ("rule.party_unclear", "supplier_name"),
        ("rule.mass_not_positive", "outputs.0.mass_g"),
    }


def test_a_wrong_code_is_refused_with_its_reason(here: Business) -> None:
    assert refusals(here, load(here, f"老张 {OTHER_CODE}")) == [("rule.party_code", "supplier_name")]


def test_parties_of_one_batch_are_known_to_each_other(here: Business) -> None:
    drafts = [load_draft(load(here, name)) for name in ("Li", "ＬＩ", f"li {CODE}", "LI", CODE)]
    receipts = capture_batch(here.store, drafts, Deliverer("test"), here.now_ms)
    assert [receipt.status for receipt in receipts] == [
        "created",
        "created",
        "created",
        "rejected",
        "created",
    ]


def test_a_message_is_recognised_although_its_name_is_not_clear_any_more(here: Business) -> None:
    body = load(here, "老张")
    here.send(body)
    here.send(load(here, "老张 #17"))
    assert here.send(body).status == "duplicate"


@pytest.mark.parametrize(
    ("typed", "name", "code"),
    [
        ("老张废品站", "老张废品站", ""),
        (f"老张废品站 {CODE}", "老张废品站", CODE),
        (f"老张废品站（{CODE}）", "老张废品站", CODE),
        ("张三 #17", "张三", "17"),
        ("3#门市", "3#门市", ""),
        ("INTERNATIONAL METALS", "INTERNATIONAL METALS", ""),
        ("GUANGDONGMETALCORP", "GUANGDONGMETALCORP", ""),
        (CODE, CODE, CODE),
    ],
)
def test_a_code_behind_a_name_is_read(typed: str, name: str, code: str) -> None:
    assert read_party("supplier", typed) == (name, code)


def test_names_of_an_older_book_are_found(here: Business) -> None:
    def keep(writer: Any) -> None:
        """Write what older versions kept: keys as they were typed, one without its id."""
        for id_, name, more in (
            ("supplier-1", "Zhang Metals", {"id": "supplier-1"}),
            ("supplier-2", "Li Ltd", {}),
        ):
            writer.put_document(
                "party", id_, {"kind": "supplier", "name": name, "licences": []}, 0, group="supplier"
            )
            writer.put_document("party_name", name_key("supplier", name), {"id": id_, "name": name}, 0)
            body = {"name": name, **more}
            writer.put_document("party_met", f"yard:supplier:{name}", body, group="yard:supplier")
        writer.put_document(
            "party", "supplier-3", {"kind": "supplier", "name": "ZHANG METALS", "licences": []}, 0
        )
        again = {"name": "ZHANG METALS", "id": "supplier-3"}
        writer.put_document("party_met", "yard:supplier:ZHANG METALS", again, group="yard:supplier")

    here.store.write(keep)
    here.store.write(renew_names)
    here.store.write(renew_names)
    assert supplier(here, load(here, "li ltd")) == "supplier-2"
    assert refusals(here, load(here, "zhang metals")) == [("rule.party_unclear", "supplier_name")]
    assert supplier(here, load(here, "Zhang Metals #supplier-3")) == "supplier-3"
    with here.store.read() as reader:
        assert reader.find_documents("party_met", ["yard:supplier:Zhang Metals"]) == {}
        assert met_key("yard", "supplier", "Zhang Metals") in reader.find_documents(
            "party_met", ["yard:supplier:zhang metals"]
        )

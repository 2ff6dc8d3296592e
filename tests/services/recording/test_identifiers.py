"""One number is one ticket, heat or certificate however it is typed, on both engines."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from graph.store import Store
from tests.support.business import Business, grams, open_business
from tests.support.stores import assert_equal_to_a_rebuild
from traceability.domain import claims
from traceability.domain.errors import BadDraft, EventRejected
from traceability.services.recording.capture import capture_batch
from traceability.services.recording.judge import Deliverer
from traceability.services.upkeep.check import check_book
from traceability.services.upkeep.rebuild import rebuild
from traceability.wire import load_draft

Body = dict[str, Any]

TYPED = ("WB-2025-001", "ＷＢ－2025－001", "wb—2025−001", " Wb-2025-001\u200b")


@pytest.fixture
def here(store: Store) -> Business:
    open_business(store)
    return Business(store)


def load(here: Business, ticket: str, at: str = "2025-03-01T08:00:00", kg: float = 1000, **more: Any) -> Body:
    output = {"form": "scrap", "material": "tense", "mass_g": grams(kg)}
    return here.draft(
        "collect", "yard", at, ticket=ticket, supplier="zhang", source_class="post", channel="offline",
        outputs=[output], **more,
    )  # fmt: skip


def refusals(here: Business, body: Body) -> list[tuple[str, str, object]]:
    with pytest.raises(EventRejected) as caught:
        here.send(body)
    return [(item.code, item.path, item.figures.get("number")) for item in caught.value.violations]


def test_a_ticket_in_another_typing_is_the_ticket(here: Business) -> None:
    first = here.send(load(here, TYPED[0]))
    for typed in TYPED[1:]:
        again = here.send(load(here, typed))
        assert (again.status, again.event) == ("duplicate", first.event)
        # Other content under it is refused; the number is told as it was typed.
        assert refusals(here, load(here, typed, kg=999)) == [("rule.ticket_used", "ticket", typed)]
    assert here.send(load(here, "WB-2025-0O1")).status == "created"
    assert here.event(first.event).draft.detail.ticket == TYPED[0]  # type: ignore[union-attr]
    assert check_book(here.store).findings == []
    assert_equal_to_a_rebuild(here.store)


def test_the_content_of_a_ticket_is_compared_in_normal_form(here: Business) -> None:
    documents = [{"type": "contract", "number": "HT－1"}]
    first = here.send(load(here, "T-1", manifest="ＭＦ 1", documents=documents))
    documents = [{"type": "contract", "number": "ht-1"}]
    assert here.send(load(here, "t-1", manifest="mf  1", documents=documents)).event == first.event
    assert refusals(here, load(here, "t-1", manifest="mf 2", documents=documents))


def test_a_kept_typing_is_shown_in_what_is_stored(here: Business) -> None:
    receipt = here.send(load(here, "ＷＢ－7"))
    assert "ＷＢ－7" in here.event(receipt.event).text


def test_a_heat_is_one_in_any_typing(here: Business) -> None:
    lot = here.collect("tense", kg=2000, site="plant")
    here.melt((lot, 1000), into=900, heat="H-001", at="2025-03-02T08:00:00")
    with pytest.raises(EventRejected) as caught:
        here.melt((lot, 1000), into=900, heat="ｈ－001", at="2025-03-02T09:00:00")
    assert [item.code for item in caught.value.violations] == ["rule.heat_used"]


def test_a_certificate_is_one_in_any_typing(here: Business) -> None:
    def certify(number: str, site: str) -> None:
        here.do(
            "declare", site, "2025-03-31T10:00:00", type="power", period="2025-02", kwh=100, renewable_kwh=10,
            certificate=number,
        )  # fmt: skip

    certify("GEC-1", "yard")
    with pytest.raises(EventRejected) as caught:
        certify("ｇｅｃ－１", "plant")
    assert [item.code for item in caught.value.violations] == ["rule.certificate_used"]


def test_a_correction_frees_the_number_in_every_typing(here: Business) -> None:
    first = here.send(load(here, "T-1")).event
    here.void(first)
    assert here.send(load(here, "ｔ－1", kg=500)).status == "created"
    assert_equal_to_a_rebuild(here.store)


@pytest.mark.parametrize(
    "ticket", ["T\u202e1", "T\u200e1", "T\u20661", "T\x001", "T\x851", "\u200b", "\u2028"]
)
def test_what_turns_or_breaks_a_line_is_no_number(here: Business, ticket: str) -> None:
    with pytest.raises(BadDraft) as caught:
        here.send(load(here, ticket))
    assert [field.path for field in caught.value.fields] == ["ticket"]


def test_numbers_shared_in_an_older_book_are_reported_and_refuse_nothing(
    here: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.setattr(claims, "normalise_identifier", str)
        first = here.send(load(here, "T-1")).event
        second = here.send(load(here, "t-1", kg=500)).event
    rebuild(here.store)
    report = check_book(here.store)
    assert report.findings == []
    assert report.collisions == [("check.number_shared", "ticket/yard/2025/t-1", (second, first))]
    assert refusals(here, load(here, "Ｔ-1", kg=400)) == [("rule.ticket_used", "ticket", "Ｔ-1")]
    # Without the second the number is one again.
    here.void(second)
    assert check_book(here.store).collisions == []
    assert here.send(load(here, "Ｔ-1")).event == first
    assert_equal_to_a_rebuild(here.store)


def test_two_writers_cannot_record_one_ticket_in_two_typings(here: Business) -> None:
    drafts = [load_draft(load(here, typed, kg=100 + number)) for number, typed in enumerate(TYPED * 2)]

    def record(draft: Any) -> str:
        return capture_batch(here.store, [draft], Deliverer("test"), here.now_ms)[0].status

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(record, drafts))
    assert sorted(statuses) == ["created"] + ["rejected"] * (len(drafts) - 1)
    assert check_book(here.store).findings == []

"""A heat holds its lots from the first scan until its event is recorded, on both engines."""

from collections.abc import Callable, Sequence

import pytest

from graph.store import Store, Writer
from tests.support.business import NOW_MS, Business, grams, open_business, uuid7
from tests.support.stores import assert_equal_to_a_rebuild
from tests.support.viewing import viewer_of
from traceability.domain.calendar import day_of
from traceability.domain.errors import BadInput, EventRejected, NotFound, Violation, WriteConflict
from traceability.domain.event import Draft
from traceability.domain.rights import Viewer
from traceability.services.directory.audit import Actor
from traceability.services.operations.endings import cancel, reopen, reopen_undone
from traceability.services.operations.heat_assay import list_assays, record_assays
from traceability.services.operations.heats import (
    OpenHeat,
    charge_lot,
    close_heat,
    find_heat,
    open_heat,
    read_heat,
    take_off,
)
from traceability.services.recording.capture import Receipt, capture_batch, capture_event
from traceability.services.recording.held import list_open
from traceability.services.recording.judge import Deliverer
from traceability.services.recording.open_work import (
    OpenWork,
    WorkKind,
    WorkState,
    list_closed_work,
    list_open_work,
)
from traceability.services.recording.queue import Queue, capture_queue
from traceability.services.recording.undo import list_undo
from traceability.wire import load_batch, load_draft

ID = uuid7(900_000)
MELTER = Actor("wang", NOW_MS)
ADC12 = OpenHeat("melt", "2", "adc12")
SORTED = {"form": "scrap", "material": "tense", "mass_g": grams(500)}


@pytest.fixture
def here(store: Store) -> Business:
    open_business(store)
    return Business(store)


@pytest.fixture
def melter(here: Business) -> Viewer:
    return viewer_of(here.store, "wang", NOW_MS)


def bought(here: Business, count: int) -> list[str]:
    return [here.collect("tense", 1000 + number, site="plant") for number in range(count)]


def charged(here: Business, melter: Viewer, lots: list[str], id_: str = ID) -> OpenWork:
    heat = open_heat(here.store, id_, "plant", ADC12, MELTER)
    for lot in lots:
        heat = charge_lot(here.store, melter, id_, here.lot(lot), MELTER)
    return heat


def closing(here: Business, lots: list[str], into: float) -> Draft:
    body = here.draft(
        "melt", "plant", actor="wang", heat_number="2026-0001",
        inputs=[{"lot": lot} for lot in lots],
        outputs=[{"form": "product", "material": "adc12", "mass_g": grams(into)}],
    )  # fmt: skip
    return load_draft({**body, "id": ID})


def close(here: Business, melter: Viewer, draft: Draft, assays: Sequence[Draft] = ()) -> str:
    with here.store.read() as reader:
        version = find_heat(reader, melter, draft.id).version

    def end(writer: Writer, receipt: Receipt) -> None:
        record_assays(writer, assays, Deliverer("desk"), NOW_MS)
        close_heat(writer, melter, draft.id, MELTER, version)

    return capture_event(here.store, draft, Deliverer("desk"), NOW_MS, then=end).status


def refused(here: Business, lot: str) -> list[Violation]:
    with pytest.raises(EventRejected) as caught:
        here.ship(lot, "yard", site="plant")
    return caught.value.violations


def test_what_a_heat_holds_is_taken_by_its_event_alone(here: Business, melter: Viewer) -> None:
    first, second, free = bought(here, 3)
    heat = charged(here, melter, [first, second])
    assert (heat.number, [row.lot for row in read_heat(heat).charge]) == ("2026-0001", [first, second])

    (reason,) = refused(here, first)
    assert (reason.code, reason.path, reason.lots) == ("rule.reserved", "lots.0", (first,))
    told = {
        "work": "heat",
        "number": "2026-0001",
        "time_ms": NOW_MS,
        "person": "wang",
        "code": here.lot(first).code,
    }
    assert reason.figures == told
    here.assay(first, "0.95", site="plant")  # looking at it takes nothing
    here.ship(free, "yard", site="plant")

    draft = closing(here, [first, second], into=1800)
    assert close(here, melter, draft) == "created"
    assert here.lot(first).remaining_g == 0
    assert close(here, melter, draft) == "duplicate"
    with here.store.read() as reader:
        assert list_open_work(reader, ["plant"]) == []
        (ended,) = list_closed_work(reader, "plant", WorkKind.HEAT, [day_of(NOW_MS)], 9).works
    assert (ended.id, ended.state, ended.ended_by, ended.holds) == (ID, WorkState.CLOSED, "wang", {})
    with pytest.raises(WriteConflict, match=r"work\.ended"):
        charge_lot(here.store, melter, ID, here.lot(first), MELTER)
    assert_equal_to_a_rebuild(here.store)


def test_a_refused_closing_leaves_the_heat_as_it_was(here: Business, melter: Viewer) -> None:
    (lot,) = bought(here, 1)
    charged(here, melter, [lot])
    with pytest.raises(EventRejected):
        close(here, melter, closing(here, [lot], into=9000))
    with here.store.read() as reader:
        assert [row.lot for row in read_heat(find_heat(reader, melter, ID)).charge] == [lot]


def test_the_sample_of_a_heat_is_recorded_and_taken_back_with_it(here: Business, melter: Viewer) -> None:
    (lot,) = bought(here, 1)
    charged(here, melter, [lot])
    heat = closing(here, [lot], into=400)
    heat = heat._replace(outputs=heat.outputs * 2)
    body = here.draft("assay", "plant", actor="wang", lots=[{"lot": lot}])
    for silicon, refused_with in (("13", "rule.outside_alloy"), ("10.2", "")):
        assays = list_assays(heat, load_draft({**body, "composition": {"Si": silicon}}))
        if not refused_with:
            break
        with pytest.raises(EventRejected) as caught:
            close(here, melter, heat, assays)
        assert [one.code for one in caught.value.violations] == [refused_with]
        with here.store.read() as reader:
            assert find_heat(reader, melter, ID).state is WorkState.OPEN
            assert reader.find_events([ID]) == {}
    assert [close(here, melter, heat, assays) for _ in range(2)] == ["created", "duplicate"]
    made = [one.lots[0] for one in assays]
    assert len(made) == 2
    assert {here.lot(str(one.lot)).composition[0].ppm for one in made} == {102_000}
    with here.store.read() as reader:
        drafts = list_undo(reader, reader.find_events([ID])[ID], uuid7(900_001), NOW_MS, "wrong mass")
    with pytest.raises(WriteConflict, match=r"work\.not_taken_back"):
        reopen(here.store, melter, ID)
    again: list[OpenWork | None] = []
    undone = capture_batch(
        here.store, drafts, Deliverer("desk"), NOW_MS,
        then=lambda writer, receipt: again.append(reopen_undone(writer, melter, ID)),
    )  # fmt: skip
    assert [one.status for one in undone] == ["created"] * 3
    assert here.lot(lot).remaining_g == grams(1000)
    # The heat is open again with its charge, once, and becomes another event under its number.
    (work,) = again
    assert work is not None
    assert work.id != ID
    assert (work.number, read_heat(work).charge[0].lot) == ("2026-0001", lot)
    assert [one.code for one in refused(here, lot)] == ["rule.reserved"]
    assert reopen(here.store, melter, ID).id == work.id
    assert close(here, melter, closing(here, [lot], into=400)._replace(id=work.id)) == "created"
    assert_equal_to_a_rebuild(here.store)


def test_a_furnace_with_another_heat_takes_no_heat_back(here: Business, melter: Viewer) -> None:
    (lot,) = bought(here, 1)
    charged(here, melter, [lot])
    close(here, melter, closing(here, [lot], into=400))
    next_heat = uuid7(900_002)
    open_heat(here.store, next_heat, "plant", ADC12, MELTER)
    with here.store.read() as reader:
        drafts = list_undo(reader, reader.find_events([ID])[ID], uuid7(900_001), NOW_MS, "wrong mass")
    again: list[OpenWork | None] = []
    capture_batch(
        here.store, drafts, Deliverer("desk"), NOW_MS,
        then=lambda writer, receipt: again.append(reopen_undone(writer, melter, ID)),
    )  # fmt: skip
    assert again == [None]
    assert here.lot(lot).remaining_g == grams(1000)
    with pytest.raises(BadInput, match=r"heat\.furnace_busy"):
        reopen(here.store, melter, ID)
    cancel(here.store, melter, next_heat, WorkKind.HEAT, MELTER, "cold")
    assert [row.lot for row in read_heat(reopen(here.store, melter, ID)).charge] == [lot]


def test_lots_that_are_taken_off_or_whose_heat_is_cancelled_are_free_again(
    here: Business, melter: Viewer
) -> None:
    first, second = bought(here, 2)
    charged(here, melter, [first, second])
    take_off(here.store, melter, ID, here.lot(first).code, NOW_MS)
    here.ship(first, "yard", site="plant")
    with pytest.raises(NotFound):
        take_off(here.store, melter, ID, here.lot(first).code, NOW_MS)
    with pytest.raises(BadInput, match=r"work\.reason_needed"):
        cancel(here.store, melter, ID, WorkKind.HEAT, MELTER, " ")
    # What a phone took of it meanwhile is held, and recorded when the lot is free.
    waiting = here.draft(
        "sort", "plant", actor="wang", inputs=[{"lot": second, "mass_g": grams(500)}], outputs=[SORTED]
    )
    queue = Queue(load_batch({"events": [waiting]}), NOW_MS)
    (told,) = capture_queue(here.store, queue, Deliverer("phone", "wang"), NOW_MS).receipts
    assert told.status == "held"
    charge_lot(here.store, melter, ID, here.lot(bought(here, 1)[0]), MELTER)
    with here.store.read() as reader:
        assert [one.id for one in list_open(reader, ["plant"])] == [waiting["id"]]
    cancel(here.store, melter, ID, WorkKind.HEAT, MELTER, "wrong furnace")
    with here.store.read() as reader:
        assert list(list_open(reader, ["plant"])) == []
        assert reader.find_events([waiting["id"]])[waiting["id"]].live
    with pytest.raises(WriteConflict, match=r"work\.ended"):
        close(here, melter, closing(here, [second], into=400))
    assert here.lot(second).remaining_g == grams(501)


def codes_of(attempt: Callable[[], object]) -> list[str]:
    with pytest.raises(EventRejected) as caught:
        attempt()
    return [reason.code for reason in caught.value.violations]


def test_no_correction_and_no_stocktake_changes_what_a_heat_holds(here: Business, melter: Viewer) -> None:
    (lot,) = bought(here, 1)
    event = here.last_event()
    (other,) = bought(here, 1)
    sort = here.draft("sort", "plant", inputs=[{"lot": other}], outputs=[SORTED, SORTED])
    parts = [made.id for made in here.send(sort).lots]
    charged(here, melter, [lot])
    undo = here.draft("correct", "plant", targets=[{"event": event}], reason="undone", undo=True)
    assert codes_of(lambda: here.send(undo)) == ["rule.reserved"]
    assert codes_of(lambda: here.void(event, "plant")) == ["rule.reserved"]
    assert codes_of(lambda: here.adjust(lot, -100, "plant")) == ["rule.reserved"]
    replaced = {**sort, "inputs": [{"lot": lot}]}
    assert "rule.reserved" in codes_of(lambda: here.replace(sort["id"], replaced, "plant"))

    shorter = {**sort, "outputs": sort["outputs"][:1]}
    charge_lot(here.store, melter, ID, here.lot(parts[1]), MELTER)
    assert "rule.reserved" in codes_of(lambda: here.replace(sort["id"], shorter, "plant"))

    cancel(here.store, melter, ID, WorkKind.HEAT, MELTER, "wrong furnace")
    here.void(event, "plant")
    assert here.lot(lot).void


def test_its_number_and_its_id_are_those_of_its_event_alone(here: Business, melter: Viewer) -> None:
    first, second = bought(here, 2)
    with pytest.raises(WriteConflict, match=r"work\.id_taken"):
        open_heat(here.store, here.last_event(), "plant", ADC12, MELTER)
    charged(here, melter, [first])
    taken = here.draft(
        "melt", "plant", day_of(NOW_MS), heat_number="2026-0001", inputs=[{"lot": second}],
        outputs=[{"form": "product", "material": "adc12", "mass_g": grams(900)}],
    )  # fmt: skip
    assert codes_of(lambda: here.send(taken)) == ["rule.number_reserved"]
    assert close(here, melter, closing(here, [first], into=900)) == "created"


def test_two_heats_never_hold_one_lot_and_number_themselves(here: Business, melter: Viewer) -> None:
    (lot,) = bought(here, 1)
    charged(here, melter, [lot])
    with pytest.raises(WriteConflict, match=r"heat\.already_charged"):
        charge_lot(here.store, melter, ID, here.lot(lot), MELTER)
    assert open_heat(here.store, ID, "plant", ADC12, MELTER).number == "2026-0001"
    with pytest.raises(WriteConflict, match=r"work\.opened_already"):  # a form that was gone back to
        open_heat(here.store, ID, "plant", ADC12._replace(furnace="3"), MELTER)
    other = uuid7(900_001)
    assert open_heat(here.store, other, "plant", ADC12._replace(furnace="3"), MELTER).number == "2026-0002"
    with pytest.raises(WriteConflict, match=r"rule\.reserved"):
        charge_lot(here.store, melter, other, here.lot(lot), MELTER)
    here.melt(bought(here, 1)[0], into=900, heat="A-7", at=day_of(NOW_MS))
    with pytest.raises(BadInput, match=r"work\.number_used"):
        open_heat(here.store, uuid7(900_002), "plant", ADC12._replace(furnace="4"), MELTER, number="a-7")
    with pytest.raises(BadInput, match=r"heat\.furnace_busy"):
        open_heat(here.store, uuid7(900_003), "plant", ADC12, MELTER)


def test_who_works_elsewhere_finds_no_heat(here: Business, melter: Viewer) -> None:
    charged(here, melter, [])
    for name in ("liu", "zhao", "hunan-planner"):
        stranger = viewer_of(here.store, name, NOW_MS)
        with here.store.read() as reader, pytest.raises(NotFound):
            find_heat(reader, stranger, ID)

"""A load that equals another of a day, and a vehicle's usual tare, are looked for at one site, on both engines."""

from typing import Any

import pytest

from graph.store import Store
from tests.support.business import Business, grams, open_business
from tests.support.stores import assert_equal_to_a_rebuild
from traceability.domain.errors import EventUnconfirmed
from traceability.domain.quantity import median_g
from traceability.services.recording.capture import capture_batch, capture_event
from traceability.services.recording.judge import Deliverer
from traceability.services.upkeep.check import check_book
from traceability.wire import load_draft

Body = dict[str, Any]


@pytest.fixture
def here(store: Store) -> Business:
    open_business(store)
    return Business(store)


def load(
    here: Business, ticket: str, at: str = "2025-03-01T08:00:00", site: str = "yard", **more: Any
) -> Body:
    kg, tare_kg = more.pop("kg", 1000), more.pop("tare_kg", 10_000)
    weighing = {"gross_g": grams(kg + tare_kg), "tare_g": grams(tare_kg)}
    output = {"form": "scrap", "material": more.pop("material", "tense")}
    stated = {"supplier": "zhang", "vehicle": "v1", "source_class": "post", "channel": "offline"}
    return here.draft(
        "collect", site, at, ticket=ticket, weighing=weighing, outputs=[output], **{**stated, **more}
    )


def warnings(here: Business, body: Body) -> list[str]:
    return [warning.code for warning in here.send(body).warnings]


def test_an_equal_load_is_asked_about_and_names_the_other(here: Business) -> None:
    first = here.send(load(here, "T-1")).event
    body = load(here, "T-2", "2025-03-02T07:59:00")
    with pytest.raises(EventUnconfirmed) as caught:
        capture_event(here.store, load_draft(body), Deliverer("session:chen", "chen", asks=True), here.now_ms)
    [warning] = caught.value.violations
    assert (warning.code, warning.path, warning.events) == ("warning.load_repeated", "ticket", (first,))
    assert warning.figures == {"ticket": "T-1", "mass_g": grams(1000)}
    receipt = here.send({**body, "confirmed": ["warning.load_repeated"]})
    assert here.event(receipt.event).draft.confirmed == ("warning.load_repeated",)
    assert check_book(here.store).findings == []
    assert_equal_to_a_rebuild(here.store)


@pytest.mark.parametrize(
    "other",
    [
        {"kg": 1000.001},
        {"supplier": "li"},
        {"vehicle": "v2"},
        {"material": "taint-tabor"},
        {"site": "plant"},
        {"at": "2025-03-02T08:00:01"},
        {"vehicle": None},
        {"supplier": "li", "tare_kg": 9_900},
    ],
)
def test_another_load_is_not_asked_about(here: Business, other: Body) -> None:
    here.send(load(here, "T-1"))
    assert "warning.load_repeated" not in warnings(here, load(here, "T-2", **other))


def test_equal_within_a_batch_late_or_without_readings(here: Business) -> None:
    plain = {"weighing": None, "outputs": [{"form": "scrap", "material": "tense", "mass_g": grams(1000)}]}
    bodies = [load(here, "T-1"), {**load(here, "T-2", "2025-02-28T09:00:00"), **plain}]
    bodies[1].pop("weighing")
    receipts = capture_batch(
        here.store, [load_draft(body) for body in bodies], Deliverer("test"), here.now_ms
    )
    assert [[warning.code for warning in receipt.warnings] for receipt in receipts] == [
        [],
        ["warning.load_repeated"],
    ]


def test_what_was_voided_is_no_equal_load(here: Business) -> None:
    here.void(here.send(load(here, "T-1")).event)
    assert warnings(here, load(here, "T-2")) == []


def test_a_corrected_load_is_known_as_it_is_now(here: Business) -> None:
    body = load(here, "T-1", kg=900)
    event = here.send(body).event
    here.replace(event, load(here, "T-1", kg=1000))
    assert warnings(here, load(here, "T-2", "2025-03-01T09:00:00", kg=900)) == []
    assert warnings(here, load(here, "T-3", "2025-03-01T09:30:00", kg=1000)) == ["warning.load_repeated"]


def test_a_usual_tare_is_that_of_the_site(here: Business) -> None:
    for number in range(3):
        here.send(load(here, f"T-{number}", kg=500 + number))
    assert warnings(here, load(here, "T-5", tare_kg=12_000)) == ["warning.tare_off_history"]
    assert warnings(here, load(here, "T-6", site="plant", tare_kg=12_000)) == []


def test_the_median_of_two_tares_lies_between_them(here: Business) -> None:
    """So a load that is as much lighter warns like one that is heavier."""
    assert [median_g(tares) for tares in ([3], [1, 2], [5, 1, 4, 2], [9, 1, 5])] == [3, 2, 3, 5]
    here.send(load(here, "T-0", kg=500, tare_kg=12_000))
    here.send({**load(here, "T-1", kg=501, tare_kg=12_500), "confirmed": ["warning.tare_off_history"]})
    [light] = here.send(load(here, "T-2", kg=502, tare_kg=11_900)).warnings
    assert (light.code, light.figures["usual_g"]) == ("warning.tare_off_history", grams(12_250))


def test_a_usual_tare_is_the_median_of_the_last_ten(here: Business) -> None:
    for number in range(25):
        here.send(load(here, f"T-{number}", kg=500 + number, tare_kg=10_000 if number < 19 else 10_100))
    # Of the last ten, six are 10,100 kg.
    [warning] = here.send(load(here, "T-99", tare_kg=12_000)).warnings
    assert warning.figures["usual_g"] == grams(10_100)

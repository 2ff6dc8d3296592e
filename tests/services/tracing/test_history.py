"""A lot's history shows every event that ever named the lot, with corrections, and the uses to be
recalled.
"""

from collections.abc import Callable

import pytest

from graph.store import Store
from tests.support.business import SITES, Business, open_business
from tests.support.pages import SiteApp, Visitor
from tests.support.reading import ask
from tests.support.viewing import owner_of
from traceability.services.recording.capture import capture_batch
from traceability.services.recording.judge import Deliverer
from traceability.services.tracing import history as history_of_lots
from traceability.services.tracing.events import find_event_dossier, list_recalls
from traceability.services.tracing.history import History, list_history
from traceability.wire import load_draft

Visit = Callable[..., Visitor]


@pytest.fixture
def business(sqlite_store: Store) -> Business:
    """The cast on the embedded engine: what is asked of the store here, the conformance suite asks of both."""
    open_business(sqlite_store)
    return Business(sqlite_store)


@pytest.fixture(params=["the book's", "those of its sites"])
def corrections(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which corrections are read: all, or in a book of too many those of the sites where the lot has been."""
    if request.param != "the book's":
        monkeypatch.setattr(history_of_lots, "MOST_CORRECTIONS", 0)


def history(business: Business, lot: str) -> History:
    return ask(business.store, list_history, business.lot(lot))


def struck(business: Business, lot: str) -> list[str]:
    """The ids of the struck events of a lot, newest first."""
    return [one.event.id for one in history(business, lot).happenings if one.struck]


@pytest.mark.usefixtures("corrections")
def test_a_voided_event_is_shown_wherever_the_lot_went_since(store: Store) -> None:
    open_business(store)
    business = Business(store)
    lot = business.collect("tense", 1000)
    business.assay(lot, "0.92")
    assay = business.last_event()
    business.void(assay)
    for site, to in (("yard", "plant"), ("plant", "chengdu")):
        business.ship(lot, to, site=site)
        business.receive(lot, to)
    shown = history(business, lot)
    kinds = [(one.event.draft.kind, one.struck) for one in shown.happenings]
    assert kinds == [
        ("receive", False), ("ship", False), ("receive", False), ("ship", False), ("assay", True), ("collect", False),
    ]  # fmt: skip
    assert [one.draft.kind for one in shown.happenings[4].corrections] == ["correct"]


@pytest.mark.usefixtures("corrections")
def test_no_number_of_corrections_hides_a_voided_event(business: Business) -> None:
    lot, other = business.collect("tense", 1000), business.collect("tense", 1000)

    def mistake(lot: str) -> list[dict[str, object]]:
        body = business.draft("adjust", "yard", lots=[{"lot": lot}], delta_g=-1, reason="stocktake")
        void = business.draft("correct", "yard", targets=[{"event": body["id"]}], reason="mistake")
        return [body, void]

    for _ in range(12):
        others = [body for _ in range(50) for body in mistake(other)]
        capture_batch(business.store, [load_draft(one) for one in others], Deliverer("test"), business.now_ms)
        if business.number == 102:
            first = mistake(lot)
            for body in first:
                business.send(body)
    assert struck(business, lot) == [first[0]["id"]]


@pytest.mark.usefixtures("corrections")
def test_voided_moves_lead_to_what_was_voided_where_they_led(business: Business) -> None:
    lot = business.collect("tense", 1000)
    events = []
    for step in (
        lambda: business.ship(lot, "plant"),
        lambda: business.receive(lot, "plant"),
        lambda: business.assay(lot, "0.92", site="plant"),
    ):
        step()
        events.append(business.last_event())
    for event, site in reversed(list(zip(events, ("yard", "plant", "plant"), strict=True))):
        business.void(event, site)
    assert struck(business, lot) == events[::-1]


def test_a_cascade_from_another_site_strikes_also_what_was_charged_with_its_lots(business: Business) -> None:
    bad, good = business.collect("tense", 1000), business.collect("tense", 1000, site="plant")
    source = business.last_event()
    business.assay(bad, "0.92")
    source = business.event(business.lot(bad).made_by).id
    business.ship(bad, "plant")
    business.receive(bad, "plant")
    (alloy,) = business.melt(bad, good, into=1700)
    melt = business.last_event()
    business.void(source, cascade=True)
    assert struck(business, good) == [melt]
    assert struck(business, alloy) == [melt]
    assert len(struck(business, bad)) == 5


def test_a_correction_filed_elsewhere_is_found(business: Business) -> None:
    lot = business.collect("tense", 1000)
    business.assay(lot, "0.92")
    assay = business.last_event()
    business.void(assay, site="guiyang")
    assert struck(business, lot) == [assay]


@pytest.mark.usefixtures("corrections")
def test_a_correction_dated_by_its_day_alone_is_found(business: Business) -> None:
    lot = business.collect("tense", 1000)
    business.assay(lot, "0.92")
    assay = business.last_event()
    business.send(
        business.draft("correct", "yard", "2025-01-06", targets=[{"event": assay}], reason="mistake")
    )
    assert struck(business, lot) == [assay]


@pytest.mark.usefixtures("corrections")
def test_a_lot_that_was_made_later_after_all_keeps_what_was_struck_before(business: Business) -> None:
    lot = business.collect("tense", 1000, ticket="K1")
    made = business.last_event()
    business.assay(lot, "0.92")
    assay = business.last_event()
    business.void(assay)
    body = business.draft(
        "collect", "yard", "2025-02-01T08:00:00", ticket="K1", supplier="zhang", source_class="post",
        channel="offline", outputs=[{"form": "scrap", "material": "tense", "mass_g": 1_000_000}],
    )  # fmt: skip
    business.replace(made, body)
    assert business.lot(lot).made[0] > business.event(assay).order[0]
    assert struck(business, lot) == [assay]


@pytest.mark.usefixtures("corrections")
@pytest.mark.parametrize("again", [False, True])
def test_an_event_that_was_corrected_to_name_another_lot_is_struck(business: Business, again: bool) -> None:
    lots = [business.collect("tense", 1000) for _ in range(3)]
    business.adjust(lots[0], -5)
    adjust = business.last_event()
    for right in lots[1 : 3 if again else 2]:
        body = business.draft("adjust", "yard", lots=[{"lot": right}], delta_g=-5000, reason="stocktake")
        business.replace(adjust, body)
    wrong, right = (lots[:2], lots[2]) if again else (lots[:1], lots[1])
    for lot in wrong:
        (one,) = [one for one in history(business, lot).happenings if one.struck]
        assert (one.event.id, one.mass_g, one.role) == (adjust, 0, "observed")
        assert one.event.live
    assert struck(business, right) == []
    assert history(business, right).happenings[0].mass_g == -5000


@pytest.mark.usefixtures("corrections")
def test_a_lot_that_a_correction_left_out_keeps_its_making(business: Business) -> None:
    lot = business.collect("tense", 1000)
    parts = [{"form": "scrap", "material": "tense", "mass_g": grams} for grams in (400_000, 600_000)]
    kept, gone = business.transform("sort", [lot], parts)
    sort = business.last_event()
    output = {**parts[1], "mass_g": 900_000, "lot": kept}
    business.replace(sort, business.draft("sort", "yard", inputs=[{"lot": lot}], outputs=[output]))
    (one,) = history(business, gone).happenings
    assert (one.event.id, one.role, one.struck) == (sort, "output", True)
    assert struck(business, kept) == struck(business, lot) == []


def test_a_search_that_stops_says_so_and_finds_what_its_sites_know(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    lot, other = business.collect("tense", 1000), business.collect("tense", 1000, site="guiyang")
    for lot_id, site in ((other, "guiyang"), (lot, "yard")) * 2:
        business.assay(lot_id, "0.92", site=site)
        business.void(business.last_event(), site=site)
    for most, of_site, whole, count in (
        (4, 0, True, 2),
        (3, 1, False, 1),
        (3, 2, False, 2),
        (1, 1, False, 1),
    ):
        monkeypatch.setattr(history_of_lots, "MOST_CORRECTIONS", most)
        monkeypatch.setattr(history_of_lots, "MOST_OF_SITE", of_site)
        assert (history(business, lot).searched_all, len(struck(business, lot))) == (whole, count)


def test_struck_events_count_among_the_older_ones(business: Business) -> None:
    lot = business.collect("tense", 1000)
    for _ in range(3):
        business.assay(lot, "0.92")
        business.void(business.last_event())
    business.adjust(lot, -5)
    shown = ask(business.store, list_history, business.lot(lot), limit=3)
    assert [one.event.draft.kind for one in shown.happenings] == ["adjust", "assay", "assay"]
    assert shown.older == 2


# --- what was made of a lot before it was known to have failed -------------------------------------------------------


def recalls(business: Business, event: str = "", lot: str = "") -> list[tuple[str, str, int]]:
    """(the failed lot, the inspection, grams taken) of an event, or of the making of a lot."""
    store, viewer = business.store, owner_of(*SITES)
    if event:
        found = ask(store, find_event_dossier, viewer, event).recalls
    else:
        found = ask(store, list_recalls, viewer, business.lot(lot))
    return [(one.lot.id, one.flag.inspection.id, one.flag.mass_g) for one in found]


def test_what_was_made_of_a_lot_that_had_failed_is_flagged_until_it_passes(business: Business) -> None:
    bad, good = (business.collect("tense", 1000, at="2025-01-06T08:00:00") for _ in range(2))
    inputs = [(bad, 300), (good, 300)]
    outputs = [{"form": "scrap", "material": "tense", "mass_g": 290_000} for _ in range(2)]
    made = business.transform("sort", inputs, outputs, at="2025-01-08T08:00:00")
    sort = business.last_event()
    moved = [{"lot": bad, "mass_g": 400_000}, {"lot": good, "mass_g": 400_000}]
    part, other = business.do("ship", "yard", "2025-01-08T09:00:00", lots=moved, to="plant", mode="road")
    ship = business.last_event()
    business.receive(part, "plant", at="2025-01-09T08:00:00")
    assert recalls(business, sort) == recalls(business, lot=part) == []
    business.inspect(bad, False, at="2025-01-07T08:00:00")
    failure = business.last_event()
    assert business.lot(part).status == "quarantined"  # it left after the failure, so it is held where it is
    assert recalls(business, sort) == [(bad, failure, 300_000)]
    assert recalls(business, ship) == recalls(business, lot=part) == [(bad, failure, 400_000)]
    assert [recalls(business, lot=lot) for lot in made] == [[(bad, failure, 300_000)]] * 2
    assert recalls(business, lot=other) == recalls(business, lot=bad) == recalls(business, lot=good) == []
    business.inspect(bad, True, subject="quality", at="2025-01-10T08:00:00")
    assert recalls(business, sort)
    business.inspect(bad, True, at="2025-01-10T09:00:00")
    release = business.last_event()
    assert recalls(business, sort) == recalls(business, lot=part) == []
    business.void(release)
    assert recalls(business, sort)
    business.void(failure)
    assert recalls(business, sort) == recalls(business, lot=made[0]) == []


def test_a_lot_that_left_whole_before_its_failure_was_recorded_is_flagged(business: Business) -> None:
    lot = business.collect("tense", 1000, at="2025-01-06T08:00:00")
    early = business.ship(lot, "plant", kg=100, at="2025-01-06T12:00:00")
    business.ship(lot, "fawer", at="2025-01-08T08:00:00")
    ship = business.last_event()
    business.inspect(lot, False, at="2025-01-07T08:00:00")
    failure = business.last_event()
    assert recalls(business, ship) == [(lot, failure, 900_000)]
    assert recalls(business, lot=early) == []


def test_pages_say_what_is_to_be_recalled_and_lead_there(site_app: SiteApp, visit: Visit) -> None:
    business = site_app.business
    lot = business.collect("tense", 1000, at="2025-01-06T08:00:00")
    outputs = [{"form": "scrap", "material": "tense", "mass_g": 290_000}]
    business.transform("sort", [(lot, 300)], outputs, at="2025-01-08T08:00:00")
    sort = business.last_event()
    wang = visit("wang", "yard")
    assert "请召回" not in wang.get(f"/events/{sort}").text
    business.inspect(lot, False, at="2025-01-07T08:00:00")
    failure = business.last_event()
    code = business.lot(lot).code
    page = wang.get(f"/events/{sort}").text
    assert "请召回" in page
    assert f"/events/{failure}" in page
    assert f"/l/{code}/trace" in page
    page = wang.get(f"/events/{failure}").text
    assert "300.000 kg" in page or "300 kg" in page
    assert f"/events/{sort}" in page
    assert f"/l/{code}/trace" in page
    business.inspect(lot, True, at="2025-01-09T08:00:00")
    assert "请召回" not in wang.get(f"/events/{sort}").text

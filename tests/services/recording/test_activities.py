"""Sites record what their kinds allow at the event's time, on both engines; what was accepted stays as it was."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graph import open_store
from graph.records import encode_frozen
from graph.store import Store, TallyFilter
from tests.support.business import NOW_MS, Business, grams, open_business, uuid7
from tests.support.reading import ask
from tests.support.stores import assert_equal_to_a_rebuild
from traceability.domain.activities import DEFAULT_ACTIVITIES
from traceability.domain.errors import EventRejected, Violation
from traceability.domain.vocabulary import AUTHORITY, SITE_KINDS
from traceability.exchange.event_log import export_log, import_log
from traceability.services.directory.reference import reference_in
from traceability.services.recording.preview import preview_event
from traceability.wire import load_draft

Body = dict[str, Any]
OLD_BOOK = Path(__file__).parent / "new_scrap_counted_at_once.jsonl"
"""A book of the last version that counted new scrap at once, let a yard tap, and took scrap back from another firm."""

# What the kinds of event are open to, as people of the trade would say it.
ALLOWED = {
    "collect": "collection preprocessing trading primary_smelter smelter casthouse direct_use fabricator disposal",
    "import": "preprocessing import_yard trading primary_smelter smelter direct_use",
    "supply": "electrolysis primary_smelter smelter casthouse direct_use fabricator",
    "sort": "collection preprocessing import_yard primary_smelter smelter direct_use",
    "shred": "preprocessing smelter direct_use",
    "bale": "collection preprocessing import_yard smelter direct_use",
    "melt": "primary_smelter smelter casthouse fabricator disposal",
    "cast_ingot": "electrolysis casthouse",
    "direct_use": "direct_use",
    "fabricate": "fabricator",
    "recover": "primary_smelter smelter casthouse disposal",
}


@pytest.fixture
def here(store: Store) -> Business:
    open_business(store)
    return Business(store)


def refusals(here: Business, body: Body) -> list[Violation]:
    with pytest.raises(EventRejected) as caught:
        here.send(body)
    return caught.value.violations


def kinds_of(here: Business, site: str) -> tuple[str, ...]:
    return ask(here.store, reference_in).sites[site].kinds


def become(here: Business, site: str, *kinds: str, **more: Any) -> None:
    here.change_reference("site", site, kinds=list(kinds), **more)


def tapping(here: Business, site: str, material: str = "liquid-al", at: str = "") -> Body:
    form = "molten_primary" if material == "liquid-al" else "product"
    output = {"form": form, "material": material, "mass_g": grams(1000)}
    return here.draft("produce_primary", site, at, outputs=[output])


def collecting(here: Business, site: str = "yard", **more: Any) -> Body:
    here.tickets += 1
    output = {"form": "scrap", "material": "tense", "mass_g": grams(100)}
    return here.draft(
        "collect", site, supplier="zhang", source_class="post", channel="offline", ticket=f"T{here.tickets}",
        outputs=[output], **more,
    )  # fmt: skip


@pytest.mark.parametrize("event", ALLOWED)
def test_the_table_that_ships_is_that_of_the_trade(event: str) -> None:
    assert set(DEFAULT_ACTIVITIES.list_site_kinds(event)) == set(ALLOWED[event].split())


def test_first_metal_is_made_by_electrolysis_where_it_is_aluminium_and_elsewhere_where_not() -> None:
    may = DEFAULT_ACTIVITIES.list_site_kinds
    assert may("produce_primary", "Al") == ("electrolysis",)
    assert may("produce_primary", "Pb") == may("produce_primary", "Cu") == ("primary_smelter",)
    everywhere = tuple(kind for kind in SITE_KINDS if kind != AUTHORITY)
    for event in ("opening", "ship", "receive", "split", "blend", "assay", "adjust", "dispose", "seal"):
        assert may(event) == everywhere
    assert may("declare") == may("correct") == SITE_KINDS


def test_a_yard_taps_no_metal_and_electrolysis_makes_no_lead(here: Business) -> None:
    [said] = refusals(here, tapping(here, "yard"))
    assert (said.code, said.path) == ("rule.site_activity", "kind")
    assert said.figures["allowed"] == "primary_smelter, electrolysis"
    [said] = refusals(here, tapping(here, "guiyang", "pb-ingot"))
    assert (said.code, said.path) == ("rule.site_activity", "outputs.0.material")
    assert (said.figures["metal"], said.figures["allowed"]) == ("Pb", "primary_smelter")
    become(here, "chengdu", "primary_smelter")
    here.send(tapping(here, "chengdu", "pb-ingot"))
    [said] = refusals(here, tapping(here, "chengdu"))
    assert said.figures["allowed"] == "electrolysis"


def test_it_is_said_beside_every_other_reason_and_before_recording(here: Business) -> None:
    become(here, "yard", "trading")
    lot = here.collect("tense", 100)
    output = {"form": "product", "material": "nothing", "mass_g": grams(90)}
    body = here.draft("melt", "yard", inputs=[{"lot": lot, "mass_g": grams(900)}], outputs=[output])
    said = {violation.code for violation in refusals(here, body)}
    assert said == {"rule.site_activity", "rule.unknown_material", "rule.field_missing"}
    preview = ask(here.store, preview_event, load_draft(tapping(here, "yard")), NOW_MS)
    assert [violation.code for violation in preview.violations] == ["rule.site_activity"]


def test_the_kinds_of_the_events_month_count_and_are_frozen(here: Business) -> None:
    later = [
        {"from": "2025-03", "kinds": ["collection"]},
        {"from": "2025-07", "kinds": ["casthouse"]},
    ]
    become(here, "yard", "trading", later_kinds=later[::-1])
    lot = here.collect("tense", 1000, at="2025-02-28T23:59:59")
    output = {"form": "scrap", "material": "tense", "mass_g": grams(100)}

    def baling(at: str) -> Body:
        return here.draft("bale", "yard", at, inputs=[{"lot": lot, "mass_g": grams(100)}], outputs=[output])

    assert [said.code for said in refusals(here, baling("2025-02-28T23:59:59.500+08:00"))] == [
        "rule.site_activity"
    ]
    baled = here.send(baling("2025-03-01T00:00:00")).event
    kinds = [here.event(event).frozen.site_kinds for event in (here.lot(lot).made_by, baled)]
    assert kinds == [("trading",), ("collection",)]
    assert [said.code for said in refusals(here, baling("2025-07-01T00:00:00"))] == ["rule.site_activity"]


def test_only_what_is_judged_by_the_kinds_or_moves_metal_freezes_them(here: Business) -> None:
    lot = here.collect("tense", 100)
    here.assay(lot, "0.9")
    assert '"site_kinds"' not in encode_frozen(here.event(here.last_event()).frozen)
    here.ship(lot, "plant", at="2025-01-08T08:00:00")
    shipment = here.event(here.last_event())
    assert shipment.frozen.site_kinds == kinds_of(here, "yard")
    here.receive(lot, "plant", at="2025-01-09T08:00:00")
    here.do("return", "yard", "2025-01-10T08:00:00", shipment=shipment.id, lots=[{"lot": lot}])
    returned = here.event(here.last_event()).frozen
    assert returned.holder_kinds == kinds_of(here, "plant")
    assert returned.site_kinds == shipment.frozen.site_kinds


def test_a_replacement_is_judged_and_everything_else_stays(here: Business, tmp_path: Path) -> None:
    body = collecting(here)
    lot = here.send(body).lots[0].id
    sorted_ = {"form": "scrap", "material": "twitch", "mass_g": grams(90)}
    sorting = here.draft("sort", "yard", inputs=[{"lot": lot}], outputs=[sorted_])
    here.send(sorting)
    become(here, "yard", "trading")
    # What was made of it is recomputed, not judged.
    here.replace(body["id"], {**body, "origin": "500000"})
    [said] = refusals(here, correction(here, sorting["id"], {**sorting, "note": "wet"}))
    assert (said.code, said.path) == ("rule.site_activity", "targets.0.draft.kind")
    elsewhere = {**body, "site": "guiyang"}
    become(here, "guiyang", "electrolysis")
    said_of = {said.path for said in refusals(here, correction(here, body["id"], elsewhere))}
    assert "targets.0.draft.kind" in said_of
    assert_equal_to_a_rebuild(here.store)


def correction(here: Business, event: str, draft: Body) -> Body:
    draft = {name: value for name, value in draft.items() if name != "id"}
    return here.draft("correct", "yard", targets=[{"event": event, "draft": draft}], reason="mistake")


def test_a_book_of_before_is_replayed_imported_and_checked_as_it_is(
    here: Business, second_store: Store, tmp_path: Path
) -> None:
    lot = here.collect("tense", 100)
    here.transform("bale", [lot], [{"form": "scrap", "material": "tense", "mass_g": grams(100)}])
    become(here, "yard", "electrolysis")
    assert_equal_to_a_rebuild(here.store)
    log = tmp_path / "book.log"
    export_log(here.store, log)
    import_log(second_store, log)
    assert_equal_to_a_rebuild(second_store)


def test_a_book_that_counted_new_scrap_at_once_is_derived_as_it_was(store: Store) -> None:
    import_log(store, OLD_BOOK)
    with store.read() as reader:
        (nation,) = reader.sum_tallies(TallyFilter(("nation:CN",)), by=("place",))
        fabricated, baled = (reader.find_events([uuid7(number)])[uuid7(number)] for number in (5, 10))
        _, cut, gates = (reader.find_lots(fabricated.frozen.lots)[lot] for lot in fabricated.frozen.lots)
        bale = reader.find_lots(baled.frozen.lots)[baled.frozen.lots[0]]
    assert nation.sums["recycled"] == grams(990 + 148), "the offcuts once more"
    assert nation.sums["molten_tapped"] == grams(500), "at a yard"
    new_scrap = (1, "430000", 0)
    assert (cut.form, cut.content.vector) == ("scrap", {new_scrap: grams(150)})
    assert (gates.form, bale.content.vector) == ("scrap", {new_scrap: grams(30)})
    assert_equal_to_a_rebuild(store)


@pytest.fixture
def second_store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path}/second.db")
    store.migrate()
    yield store
    store.close()


def test_reference_data_without_the_table_go_by_the_one_that_ships(here: Business) -> None:
    with here.store.read() as reader:
        shipped = reference_in(reader).activities
    assert shipped == DEFAULT_ACTIVITIES
    here.change_reference("setting", "activities", rows=[])
    with here.store.read() as reader:
        assert reference_in(reader).activities is DEFAULT_ACTIVITIES


def test_an_installation_may_allow_more(here: Business) -> None:
    become(here, "yard", "trading")
    lot = here.collect("tense", 100)
    output = {"form": "scrap", "material": "tense", "mass_g": grams(100)}
    body = here.draft("bale", "yard", inputs=[{"lot": lot}], outputs=[output])
    assert refusals(here, body)
    with here.store.read() as reader:
        rows = reader.find_documents("setting", ["activities"])["activities"].body["rows"]
    more = {"site_kind": "trading", "event": "bale", "metals": ["Al"], "except_metals": [], "note": ""}
    here.change_reference("setting", "activities", rows=[*rows, more])
    here.send(body)


def test_an_authority_holds_records_and_receives_nothing(here: Business) -> None:
    lot = here.collect("tense", 100)
    become(here, "chengdu", AUTHORITY)
    [said] = refusals(here, here.draft("ship", "yard", lots=[{"lot": lot}], mode="road", to="chengdu"))
    assert (said.code, said.path) == ("rule.to_authority", "to")
    for kind, fields in {"seal": {"month": "2025-01"}, "opening": opening()}.items():
        codes = {
            said.code for said in refusals(here, here.draft(kind, "chengdu", "2025-03-01T08:00:00", **fields))
        }
        assert "rule.site_activity" in codes, kind
    assert "rule.site_activity" in {said.code for said in refusals(here, collecting(here, "chengdu"))}


def opening() -> Body:
    content = [{"source_class": "post", "metal_g": grams(90)}]
    output = {
        "form": "scrap",
        "material": "tense",
        "mass_g": grams(100),
        "metal_g": grams(90),
        "content": content,
    }
    return {"outputs": [output], "reason": "start", "documents": [{"type": "stocktake", "number": "1"}]}

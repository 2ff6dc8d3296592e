"""What a device is told of lots that come and go: trucks on their way, and what became of lots that were here."""

from collections.abc import Callable

from tests.support.pages import SiteApp, Visitor


def test_a_device_is_told_of_trucks_on_their_way_and_of_lots_that_are_gone(
    site_app: SiteApp, visit: Callable[..., Visitor]
) -> None:
    yard = site_app.business
    kept, used, *loaded = [yard.collect("tense", kg) for kg in (1_000, 2_000, 3_000, 4_000)]
    yard.transform("bale", [used], [{"form": "scrap", "material": "tense", "mass_g": 2_000_000}])
    for lot in loaded:
        yard.ship(lot, "plant", vehicle_plate="湘F·00001")
    here = visit("wang", "plant").get("/yard/reference.json?site=plant").json
    assert here is not None
    assert [(lot["mass_g"], lot["site"], lot["vehicle"]) for lot in here["arriving"]] == [
        (4_000_000, "yard", "湘F·00001"),
        (3_000_000, "yard", "湘F·00001"),
    ]  # the newest truck first
    shipments = [lot["shipment"] for lot in here["arriving"]]
    assert len(set(shipments)) == 2
    assert here["arriving"][0]["sent_ms"] > here["arriving"][1]["sent_ms"]
    there = visit("wang", "yard").get("/yard/reference.json?site=yard").json
    assert there is not None
    gone = {(lot["status"], lot["to"], lot["mass_g"]) for lot in there["gone"]}
    assert gone == {
        ("consumed", "", 0),
        ("in_transit", "plant", 3_000_000),
        ("in_transit", "plant", 4_000_000),
    }
    codes = {lot["code"] for lot in there["stock"]}
    assert len(codes) == 2  # what was kept, and the bale
    assert kept

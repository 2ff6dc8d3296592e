"""The forecast of a charge as operators see it: state in words beside every bar, and what to charge as well."""

from typing import Any

import pytest
from flask import get_template_attribute

from tests.support.business import grams
from tests.support.markup import attributes_of, find_all, find_one, words_of
from tests.support.pages import SiteApp
from tests.support.viewing import owner_of
from traceability.domain.event import LotUse
from traceability.services.recording.charge_forecast import ChargePlan, forecast_charge
from traceability.web.furnace.forecast_view import show_forecast

LEAN = {
    "Si": "8.0",
    "Fe": "0.9",
    "Cu": "2.0",
    "Mg": "0.34",
    "Mn": "0.2",
    "Zn": "0.5",
    "Ni": "0.1",
    "Al": "bal",
}
GOOD = {**LEAN, "Si": "11", "Mg": "0.10"}


def draw(site_app: SiteApp, *uses: LotUse, language: str = "zh", **more: Any) -> dict[str, Any]:
    with site_app.store.read() as reader:
        plan = ChargePlan("plant", more.pop("alloy", "adc12"), uses, **more)
        told = forecast_charge(reader, owner_of("plant", works_at=("plant",)), plan)
    with site_app.app.test_request_context("/", headers={"Accept-Language": language}):
        site_app.app.preprocess_request()
        shown = show_forecast(told)
        drawn = get_template_attribute("furnace/forecast.html", "forecast_part")(shown)
        return {**shown, "html": str(drawn)}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_element_says_its_state_in_words(site_app: SiteApp, language: str) -> None:
    trade = site_app.business
    lean = trade.collect("tense", 7_000, site="plant", metal_fraction="0.95")
    good = trade.collect("tense", 30_000, site="plant")
    for lot, composition in ((lean, LEAN), (good, GOOD)):
        trade.do("assay", "plant", lots=[{"lot": lot}], composition=composition)
    shown = draw(site_app, LotUse(lean), language=language, capacity_g=grams(20_000))
    silicon, iron, _, _, magnesium, *_ = shown["elements"]
    assert (silicon["value"], silicon["limit"], silicon["likely"]) == ("8.00", "9.6–12", "below")
    assert (magnesium["value"], magnesium["limit"], magnesium["likely"]) == ("0.34", "≤ 0.3", "above")
    assert (iron["state"], iron["note"]) == ("within", "")
    assert [total["value"] for total in shown["totals"]] == ["7\u00a0000", "6\u00a0650", "100.0", "35.0"]
    lines = find_all(shown["html"], "li.content-line")
    assert len(lines) == 7
    assert silicon["words"] in words_of(lines[0])
    assert iron["words"] in words_of(lines[1]), "read aloud where it is not seen"
    assert attributes_of(shown["html"], "svg.content-bar", "aria-hidden") == ["true"] * 7
    (proposal,) = shown["proposals"]
    assert [lot["code"] for lot in proposal["lots"]] == [trade.lot(good).code]
    words = words_of(find_one(shown["html"], "ul.charge-proposals"))
    assert "Si 9.60 %" in words, "at the limit is within it, and reads so"
    assert "Mg" in words
    assert "." not in shown["proposals"][0]["interval"].replace("。", ""), "masses to charge are whole kg"

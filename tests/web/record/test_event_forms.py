"""The pages of events record what was typed, keep it when refused, and show every reason beside its
field.
"""

import re
from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from scanners.codes import draw_code
from tests.support.markup import attributes_of, fields_of, find_all, find_one, words_of
from tests.support.pages import PASSWORD, SiteApp, Visitor, errors_beside, problems_of, value_of
from tests.support.reading import ask
from traceability.domain.access import Assignment
from traceability.domain.event import Correction, Event, Heat, Shipment
from traceability.domain.kinds import KINDS
from traceability.domain.lot import Lot
from traceability.domain.next_steps import list_steps
from traceability.services.directory.people import Person, hash_password, put_person
from traceability.services.directory.reference import reference_in

Visit = Callable[..., Visitor]
LABEL = draw_code(lambda length: bytes(range(length)))


def code_of(app: SiteApp, lot: str) -> str:
    return app.business.lot(lot).code


def send(visitor: Visitor, path: str, **typed: str) -> TestResponse:
    """Open the page, fill these fields in (``outputs_0_mass_kg`` stands for ``outputs-0-mass_kg``), submit it."""
    page = visitor.get(path)
    assert page.status_code == 200, page.text
    return visitor.post(path, {**fields_of(page), **named(typed)})


def named(typed: dict[str, str]) -> dict[str, str]:
    return {re.sub(r"_(\d+)_", r"-\1-", name): value for name, value in typed.items()}


def newest(app: SiteApp) -> Event:
    with app.store.read() as reader:
        seq = reader.find_head().seq
        return reader.find_events_by_seq([seq])[seq]


def made_by(app: SiteApp, event: Event) -> list[Lot]:
    return [app.business.lot(lot) for lot in event.frozen.lots if lot]


# --- sorting ------------------------------------------------------------------------------------------------------


def test_lots_are_sorted_into_fractions(site_app: SiteApp, visit: Visit) -> None:
    lot = site_app.business.collect("zorba", 1000)
    answer = send(
        visit("wang", "yard"), f"/sort?code={code_of(site_app, lot)}",
        outputs_0_material="tense", outputs_0_mass_kg="800", outputs_1_material="iron", outputs_1_mass_kg="150",
    )  # fmt: skip
    assert answer.status_code == 302
    event = newest(site_app)
    assert event.draft.kind == "sort"
    assert [(made.form, made.material, made.remaining_g) for made in made_by(site_app, event)] == [
        ("scrap", "tense", 800_000), ("by_product", "iron", 150_000),
    ]  # fmt: skip
    assert site_app.business.lot(lot).status == "consumed"


def test_the_sorting_page_records_what_was_chosen(site_app: SiteApp, visit: Visit) -> None:
    lot = site_app.business.collect("tense", 1000)
    answer = send(
        visit("wang", "yard"), f"/sort?code={code_of(site_app, lot)}", kind="bale",
        outputs_0_material="tense", outputs_0_mass_kg="1000",
    )  # fmt: skip
    assert answer.status_code == 302
    assert newest(site_app).draft.kind == "bale"


def test_no_other_kind_can_be_slipped_in(site_app: SiteApp, visit: Visit) -> None:
    lot = site_app.business.collect("tense", 1000)
    answer = send(
        visit("wang", "yard"), f"/sort?code={code_of(site_app, lot)}", kind="melt",
        outputs_0_material="tense", outputs_0_mass_kg="1000",
    )  # fmt: skip
    assert answer.status_code == 302
    assert newest(site_app).draft.kind == "sort"


def test_a_refused_sorting_keeps_everything_and_says_every_reason(site_app: SiteApp, visit: Visit) -> None:
    lot = site_app.business.collect("tense", 1000)
    code = code_of(site_app, lot)
    answer = send(
        visit("wang", "yard"), "/sort", inputs_0_lot_code=code, inputs_0_mass_kg="1200", loss_kg="1,5x",
        outputs_0_material="tense", outputs_0_mass_kg="many", note="second shift",
    )  # fmt: skip
    assert answer.status_code == 422
    assert {"loss_kg", "outputs-0-mass_kg"} <= set(errors_beside(answer))
    kept = fields_of(answer)
    assert kept["inputs-0-lot_code"] == code
    assert kept["inputs-0-mass_kg"] == "1200"
    assert kept["outputs-0-mass_kg"] == "many"
    assert kept["loss_kg"] == "1,5x"
    assert kept["note"] == "second shift"
    assert site_app.business.lot(lot).remaining_g == 1_000_000

    answer = send(
        visit("wang", "yard"), "/sort", inputs_0_lot_code=code, inputs_0_mass_kg="1200",
        outputs_0_material="tense", outputs_0_mass_kg="1300",
    )  # fmt: skip
    assert answer.status_code == 422
    assert len(problems_of(answer)) >= 2


# --- scanning into a list -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/sort", "/collect", "/melt", "/ship", "/declare"])
@pytest.mark.parametrize("name", ["outputs", "outputs-0-mass_g", "inputs", "lots-0", "weighing", "targets"])
def test_fields_that_no_form_has_are_refused(visit: Visit, path: str, name: str) -> None:
    answer = send(visit("chen", "plant"), path, **{name: "x"})
    assert answer.status_code in (400, 422)


def test_enter_adds_a_scanned_lot_and_records_nothing(site_app: SiteApp, visit: Visit) -> None:
    first, second = (code_of(site_app, site_app.business.collect("tense", 100)) for _ in range(2))
    wang = visit("wang", "yard")
    page = wang.get("/ship")
    assert 'id="scan-code" name="scan" form="event"' in page.text
    for code in (first, f"https://localhost/l/{second}", second.lower()):
        page = wang.post("/ship", {**fields_of(page), "scan": code, "action": "scan"})
        assert page.status_code == 200
    fields = fields_of(page)
    assert [fields[f"lots-{place}-lot_code"] for place in range(3)] == [first, second, ""]
    assert newest(site_app).draft.kind == "collect"


def test_an_unknown_code_is_said_beside_its_row(site_app: SiteApp, visit: Visit) -> None:
    wang = visit("wang", "yard")
    page = wang.post("/ship", {**fields_of(wang.get("/ship")), "scan": "nonsense", "action": "scan"})
    assert "lots-0-lot_code" in errors_beside(page)
    assert fields_of(page)["lots-0-lot_code"] == "nonsense"


# --- shipping and receiving ---------------------------------------------------------------------------------------


def test_a_load_leaves_and_arrives(site_app: SiteApp, visit: Visit) -> None:
    whole, partly = (site_app.business.collect("tense", 1000) for _ in range(2))
    wang = visit("wang", "yard")
    answer = send(
        wang, "/ship", lots_0_lot_code=code_of(site_app, whole), lots_1_lot_code=code_of(site_app, partly),
        lots_1_mass_kg="400", to="plant", mode="road", vehicle_class="new_energy", distance_km="35", vehicle="湘A1",
    )  # fmt: skip
    assert answer.status_code == 302
    shipment = newest(site_app)
    assert isinstance(shipment.draft.detail, Shipment)
    assert (shipment.draft.detail.to, shipment.draft.detail.distance_km) == ("plant", 35)
    part = made_by(site_app, shipment)[0]
    assert (part.status, part.remaining_g) == ("in_transit", 400_000)
    assert site_app.business.lot(partly).remaining_g == 600_000

    wang.work_at("plant")
    page = wang.get("/receive")
    (whole_truck,) = attributes_of(page, "button[value^=take-all-]", "value")
    page = wang.post("/receive", {**fields_of(page), "action": whole_truck})
    typed = fields_of(page)
    by_code = {typed[f"lots-{place}-lot_code"]: place for place in range(2)}
    assert set(by_code) == {code_of(site_app, whole), part.code}
    short = f"lots-{by_code[part.code]}-mass_kg"
    answer = wang.post("/receive", {**typed, short: "390"})
    assert answer.status_code == 422
    assert len(problems_of(answer)) == 1
    assert fields_of(answer)[short] == "390"
    answer = wang.post("/receive", {**fields_of(answer), "reason": "moisture"})
    assert answer.status_code == 302
    assert site_app.business.lot(whole).site == "plant"
    assert site_app.business.lot(part.id).remaining_g == 390_000


def test_a_load_goes_to_a_customer_outside(site_app: SiteApp, visit: Visit) -> None:
    lot = site_app.business.collect("tense", 1000)
    answer = send(visit("wang", "yard"), "/ship", lots_0_lot_code=code_of(site_app, lot), customer="远方铸造")
    assert answer.status_code == 302
    assert site_app.business.lot(lot).status == "delivered"
    assert "远方" not in newest(site_app).text


def test_a_load_without_lots_or_with_two_destinations_is_refused(site_app: SiteApp, visit: Visit) -> None:
    answer = send(visit("wang", "yard"), "/ship", to="plant", customer="somebody", distance_km="far")
    assert answer.status_code == 422
    assert "distance_km" in errors_beside(answer)
    answer = send(visit("wang", "yard"), "/ship", to="plant", customer="somebody")
    assert len(problems_of(answer)) == 2
    assert fields_of(answer)["customer"] == "somebody"


# --- melting ------------------------------------------------------------------------------------------------------


@pytest.fixture
def charge(site_app: SiteApp) -> list[str]:
    """Codes of 900 kg of scrap and 100 kg of silicon at the plant."""
    lots = [
        site_app.business.collect("tense", 900, site="plant", metal_fraction="1"),
        site_app.business.supply("si", 100),
    ]
    return [code_of(site_app, lot) for lot in lots]


HEAT = {
    "heat_number": "H-1",
    "furnace": "2",
    "outputs-0-material": "adc12",
    "outputs-0-mass_kg": "960",
    "outputs-1-material": "al-dross",
    "outputs-1-mass_kg": "40",
    "outputs-1-metal_amount": "50",
    "outputs-1-metal_unit": "percent",
}


def charged(codes: list[str]) -> dict[str, str]:
    return {f"inputs-{place}-lot_code": code for place, code in enumerate(codes)}


def test_a_heat_is_previewed_and_then_recorded(site_app: SiteApp, visit: Visit, charge: list[str]) -> None:
    wang = visit("wang", "plant")
    before = newest(site_app).seq
    page = wang.post(
        "/melt", {**fields_of(wang.get("/melt")), **HEAT, **charged(charge), "action": "preview"}
    )
    assert page.status_code == 200
    shown = words_of(find_one(page, "#preview"))
    for figure in ("90.0 %", "1 000", "980", "2.0", "0.864"):
        assert figure in shown, figure
    assert newest(site_app).seq == before
    answer = wang.post("/melt", fields_of(page))
    assert answer.status_code == 302
    event = newest(site_app)
    assert isinstance(event.draft.detail, Heat)
    assert event.draft.detail.heat_number == "H-1"
    assert [(lot.form, lot.contents[0].metal_g) for lot in made_by(site_app, event)] == [
        ("product", 960_000), ("residue", 20_000),
    ]  # fmt: skip


def test_a_preview_says_every_reason_and_the_balance(
    site_app: SiteApp, visit: Visit, charge: list[str]
) -> None:
    wang = visit("wang", "plant")
    typed = {
        **fields_of(wang.get("/melt")),
        **HEAT,
        **charged(charge),
        "heat_number": "",
        "outputs-0-mass_kg": "1100",
    }
    page = wang.post("/melt", {**typed, "action": "preview"})
    assert page.status_code == 422
    assert "heat_number" in errors_beside(page)
    assert len(problems_of(page)) >= 2
    assert 'id="preview"' in page.text
    assert fields_of(page)["outputs-0-mass_kg"] == "1100"


@pytest.mark.parametrize(
    ("kind", "setting", "outputs"),
    [
        ("cast_ingot", "molten", {"outputs-0-material": "al99.70", "outputs-0-mass_kg": "990"}),
        ("direct_use", "scrap", {"outputs-0-material": "al-profile", "outputs-0-mass_kg": "870"}),
        ("fabricate", "product", {"outputs-0-material": "al-casting", "outputs-0-mass_kg": "500"}),
        ("recover", "dross", {"outputs-0-material": "internal", "outputs-0-mass_kg": "10"}),
    ],
)
def test_other_metal_processes_have_the_same_page(
    site_app: SiteApp, visit: Visit, kind: str, setting: str, outputs: dict[str, str]
) -> None:
    trade = site_app.business
    site = "guiyang" if setting == "molten" else "plant"
    if setting == "molten":
        lot = trade.tap(1000)
    elif setting == "scrap":
        lot = trade.collect("tutu", 900, site="plant")
    else:
        heat = trade.melt(trade.collect("tutu", 900, site="plant"), into=850, dross_kg=30)
        lot = heat[0 if setting == "product" else 1]
    path = f"/{kind.replace('_', '-')}?code={code_of(site_app, lot)}"
    visitor = visit("wang", site)
    page = visitor.get(path)
    page = visitor.post(path, {**fields_of(page), **outputs, "action": "preview"})
    answer = visitor.post(path, {**fields_of(page), **outputs})
    assert answer.status_code == 302, problems_of(answer)
    assert newest(site_app).draft.kind == kind


# --- small acts, entries, months ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "typed", "missing"),
    [
        (
            "assay",
            {"metal_percent": "92.5", "composition-Si": "10.5"},
            {"metal_percent": "", "composition-Si": ""},
        ),
        ("relabel", {"code": LABEL}, {"code": ""}),
        ("inspect", {"subject": "radiation", "passed": "no"}, {"passed": ""}),
        ("adjust", {"delta_kg": "-12.5", "reason": "stocktake"}, {"reason": ""}),
    ],
)
def test_a_small_act_on_one_lot(
    site_app: SiteApp, visit: Visit, kind: str, typed: dict[str, str], missing: dict[str, str]
) -> None:
    lot = site_app.business.collect("tense", 1000)
    chen = visit("chen", "yard")
    path = f"/{kind}?code={code_of(site_app, lot)}"
    page = chen.get(path)
    if missing:
        refused = chen.post(path, {**fields_of(page), **typed, **missing})
        assert refused.status_code == 422
        linked = [href.removeprefix("#") for href in attributes_of(refused, ".errors a", "href")]
        assert next(iter(missing)) in [*errors_beside(refused), *linked]
        page = refused
    answer = chen.post(path, {**fields_of(page), **typed})
    assert answer.status_code == 302, problems_of(answer)
    assert newest(site_app).draft.kind == kind


@pytest.mark.parametrize("kind", ["adjust", "opening"])
def test_who_cannot_record_it_is_told_before_they_type(site_app: SiteApp, visit: Visit, kind: str) -> None:
    assert "需由yard的主管登记" in visit("wang", "yard").get(f"/{kind}").text
    assert "主管登记" not in visit("chen", "yard").get(f"/{kind}").text


def test_residue_is_handed_over_and_a_shipment_taken_back(site_app: SiteApp, visit: Visit) -> None:
    trade = site_app.business
    dross = trade.melt(trade.collect("tutu", 900, site="plant"), into=850, dross_kg=30)[1]
    chen = visit("chen", "plant")
    asked = send(
        chen, f"/dispose?code={code_of(site_app, dross)}",
        outcome="utilised", manifest="M-1", receiver="some works", licence="L-1", waste_code="321-026-48",
    )  # fmt: skip
    assert asked.status_code == 422
    assert len(find_all(asked, ".confirmation li")) == 1  # nobody knows what the works may take
    of_a_site = {"receiver": "Chengdu", "confirm": "1"}  # confirming does not help where the book knows
    refused = chen.post("/dispose", {**fields_of(asked), **of_a_site})
    assert refused.status_code == 422
    assert "licence" in errors_beside(refused)
    answer = chen.post("/dispose", {**fields_of(asked), "confirm": "1"})
    assert answer.status_code == 302, problems_of(answer)
    assert newest(site_app).draft.confirmed == ("warning.licence_unknown",)
    assert trade.lot(dross).status == "disposed"

    lot = trade.collect("tense", 1000)
    trade.ship(lot, "plant")
    answer = send(visit("chen", "yard"), f"/return?code={code_of(site_app, lot)}", reason="wrong lot")
    assert answer.status_code == 302, problems_of(answer)
    assert trade.lot(lot).status == "available"


def test_a_lot_scanned_into_the_return_page_says_which_shipment(site_app: SiteApp, visit: Visit) -> None:
    trade = site_app.business
    lot, kept = trade.collect("tense", 1000), trade.collect("tense", 500)
    trade.ship(lot, "plant")
    chen = visit("chen", "yard")
    for code in (code_of(site_app, kept), "nonsense", ""):
        refused = send(chen, "/return", **{"lots-0-lot_code": code}, reason="wrong lot")
        assert refused.status_code == 422
        assert any("没有可退的发运" in problem for problem in problems_of(refused))
        assert "lots-0-lot_code" in errors_beside(refused)
    other = trade.collect("tense", 300)
    trade.ship(other, "plant")
    stuck = chen.post("/return", {**fields_of(refused), "shipment": trade.lot(other).shipment,
                                  "lots-0-lot_code": code_of(site_app, lot)})  # fmt: skip
    assert stuck.status_code == 302, problems_of(stuck)
    answer = send(chen, "/return", **{"lots-0-lot_code": code_of(site_app, other)}, reason="wrong lot")
    assert answer.status_code == 302, problems_of(answer)
    assert trade.lot(lot).status == "available"


def test_each_reason_above_the_form_names_its_field(site_app: SiteApp, visit: Visit) -> None:
    code = code_of(site_app, site_app.business.collect("tense", 1000))
    chen = visit("chen", "yard")
    refused = send(chen, f"/assay?code={code}", **{"composition-Si": "much"})
    assert any(problem.startswith("Si：") for problem in problems_of(refused))
    refused = send(chen, f"/dispose?code={code}", outcome="")
    assert any(problem.startswith("去向：") for problem in problems_of(refused))


def test_metal_enters_by_the_other_doors(site_app: SiteApp, visit: Visit) -> None:
    chen = visit("chen", "guiyang")
    made = {"outputs_0_material": "liquid-al", "outputs_0_mass_kg": "5000"}
    assert send(chen, "/produce-primary", **made).status_code == 302
    supplied = {"outputs_0_material": "si", "outputs_0_mass_kg": "500", "supplier": "硅厂"}
    assert send(chen, "/supply", **supplied).status_code == 302
    imported = {
        "outputs_0_material": "tense", "outputs_0_mass_kg": "2000", "source_class": "unspecified", "ticket": "I-1",
        "country": "JP", "declaration_no": "D-1",
    }  # fmt: skip
    assert not find_all(chen.get("/import"), "form.event")  # neither electrolysis nor a casthouse imports
    chen.work_at("chengdu")
    answer = send(chen, "/import", **imported)
    assert answer.status_code == 302, problems_of(answer)
    answer = send(chen, "/import", **{**imported, "ticket": "I-2", "country": ""})
    assert answer.status_code == 422
    assert "country" in errors_beside(answer)
    stock = {
        "outputs_0_material": "tense", "outputs_0_mass_kg": "100", "outputs-0-content-0-metal_kg": "90",
        "outputs-0-content-0-source_class": "post", "reason": "start",
        "documents_0_type": "stocktake", "documents_0_number": "1", "event_time": "2024-01-01T08:00",
    }  # fmt: skip
    answer = send(visit("chen", "chengdu"), "/opening", **stock)
    assert answer.status_code == 302, problems_of(answer)


def test_a_month_is_declared_and_sealed(site_app: SiteApp, visit: Visit) -> None:
    site_app.business.collect("tense", 100)
    chen = visit("chen", "yard")
    assert send(chen, "/declare", period="2025-03", kwh="12,000", renewable_kwh="3000").status_code == 302
    answer = send(chen, "/declare", period="2025-04", kwh="12", renewable_kwh="3000")
    assert answer.status_code == 422
    assert "renewable_kwh" in errors_beside(answer)
    asked = send(chen, "/seal", month="2025-03")
    assert asked.status_code == 422
    assert "没有燃料记录" in words_of(asked)
    typed = {**fields_of(asked), "month": "2025-03", "confirm": "1"}
    assert chen.post("/seal", typed).status_code == 302
    assert newest(site_app).draft.confirmed == ("warning.seal_without_records",)
    assert send(chen, "/declare?type=no_fuel", period="2025-04").status_code == 302
    assert send(chen, "/declare", period="2025-04", kwh="12,000").status_code == 302
    assert send(chen, "/seal", month="2025-04").status_code == 302
    answer = send(chen, "/seal", month="2030-01")
    assert answer.status_code == 422
    assert "month" in errors_beside(answer)
    page = visit("wang", "yard").get("/seal")
    assert 'class="button main"' not in page.text
    assert "主管" in page.text


def test_home_leads_to_the_month_and_planners_to_statistics(site_app: SiteApp, visit: Visit) -> None:
    assert 'href="/declare"' in visit("wang", "yard").get("/").text
    assert 'href="/seal"' not in visit("wang", "yard").get("/").text
    assert 'href="/seal"' in visit("chen", "yard").get("/").text
    assert 'value="statistic"' not in visit("chen", "yard").get("/declare?type=statistic").text
    assert 'href="/declare?type=statistic"' not in visit("chen", "yard").get("/").text
    planner = visit("hunan-planner")
    assert 'href="/declare?type=statistic"' in planner.get("/").text
    typed = {**STATISTIC, "region": "430000", "source": "yearbook"}
    assert send(planner, "/declare?type=statistic", **typed).status_code == 302
    event = newest(site_app)
    assert (event.draft.actor, event.draft.site) == ("hunan-planner", "hunan-authority")
    assert event.frozen.region == "430000"
    answer = send(
        planner, "/declare?type=statistic", type="statistic", period="2025-04", region="", metals=""
    )
    assert answer.status_code == 422
    assert {"region", "output_t", "metals", "documents-0-type"} <= set(errors_beside(answer))
    assert "output_g" not in answer.text
    assert planner.get("/seal").status_code == 403


STATISTIC = {
    "type": "statistic",
    "period": "2025-03",
    "output_t": "100",
    "metals": "Al",
    "documents-0-type": "yearbook",
    "documents-0-number": "2026-1",
}


def test_a_planner_chooses_among_exactly_their_own_regions(site_app: SiteApp, visit: Visit) -> None:
    liu, planner = visit("liu"), visit("guizhou-planner")
    for person, region, name in ((liu, "CN", "全国"), (planner, "520000", "贵州省")):
        page = person.get("/declare?type=statistic")
        offered = {option.attributes["value"]: option.text() for option in find_all(page, "#region option")}
        assert {code: text for code, text in offered.items() if code} == {region: name}
    for name in ("Al", "Cu"):
        chosen = attributes_of(page, "[name=metals][checked]", "value")
        assert name in chosen, "the ten metals to begin with"
    for region in ("110000", "430000", "CN"):
        answer = send(planner, "/declare?type=statistic", **STATISTIC, region=region)
        assert answer.status_code == 422
        assert "不在列表中" in errors_beside(answer)["region"]
    assert send(planner, "/declare?type=statistic", **STATISTIC, region="520000").status_code == 302
    assert newest(site_app).draft.site == "guizhou-authority"
    answer = liu.get(send(liu, "/declare?type=statistic", **STATISTIC, region="CN").location)
    assert answer.status_code == 200


def test_a_statistic_of_a_rate_is_typed_with_its_sign_and_shown_with_its_unit(
    site_app: SiteApp, visit: Visit
) -> None:
    planner = visit("hunan-planner")
    page = planner.get("/declare?type=statistic&indicator=energy_per_value_added")
    assert attributes_of(page, "[name=unit]", "value") == ["%"]
    assert "[name=metals]" not in page.text
    assert not find_all(page, "[name=metals]")
    typed = {
        **{name: text for name, text in STATISTIC.items() if name not in ("output_t", "metals")},
        "period": "2024", "region": "430000", "indicator": "energy_per_value_added", "unit": "%",
    }  # fmt: skip
    address = "/declare?type=statistic&indicator=energy_per_value_added"
    assert "value" in errors_beside(send(planner, address, **typed))
    assert "value" in errors_beside(send(planner, address, **typed, value="-1400"))
    sent = send(planner, address, **typed, value="-14")
    assert sent.status_code == 302
    assert newest(site_app).draft.detail.value == "-14"  # type: ignore[union-attr]
    shown = planner.get(sent.location).text
    assert "-14" in shown
    assert "单位增加值能耗" in shown
    assert planner.get("/declare?type=statistic&indicator=none").status_code == 200


def test_only_the_regions_planners_find_the_ways_to_correct_a_statistic(
    site_app: SiteApp, visit: Visit
) -> None:
    planner, others = visit("hunan-planner"), (visit("liu"), visit("chen", "plant"))
    sent = send(planner, "/declare?type=statistic", **STATISTIC, region="430000")
    event = newest(site_app).id
    assert f"/events/{event}/void" in planner.get(sent.location).text
    for person in others:
        for way in ("void", "replace"):
            assert person.get(f"/events/{event}/{way}").status_code in (403, 404)
    assert "管辖范围恰为该地区" in others[0].get(f"/events/{event}/void").text
    page = planner.get(f"/events/{event}/replace")
    assert page.status_code == 200
    typed = {**STATISTIC, "output_t": "120", "region": "430000", "correction-reason": "misread"}
    assert send(planner, f"/events/{event}/replace", **typed).status_code == 302
    with site_app.store.read() as reader:
        [changed] = reader.find_events([event]).values()
    assert changed.draft.detail.figures == {"output_g": 120_000_000}  # type: ignore[union-attr]
    assert (
        send(planner, f"/events/{event}/void", reason="misread", **{"targets-0-event": event}).status_code
        == 302
    )
    with site_app.store.read() as reader:
        assert not reader.find_events([event])[event].live


def test_each_missing_figure_of_a_declaration_is_said_beside_its_field(visit: Visit) -> None:
    chen = visit("chen", "plant")
    for kind, missing in {
        "power": {"period", "kwh"},
        "fuel": {"period", "fuel", "fuel_amount", "fuel_unit"},
        "emission": {"period", "emission", "co2_t"},
        "line": {"period", "line", "metal", "capacity_t", "level"},
        "certificate": {"period", "certificate"},
        "no_fuel": {"period"},
    }.items():
        answer = send(chen, f"/declare?type={kind}")
        assert set(errors_beside(answer)) == missing
        assert "_g" not in "".join(problems_of(answer))


def test_what_an_event_posts_is_told_by_class_origin_and_unit(site_app: SiteApp, visit: Visit) -> None:
    trade = site_app.business
    lot = trade.collect("tense", 1000, source="pre", origin="510000")
    collected = trade.last_event()
    trade.ship(lot, "plant", distance_km=30)
    shipped = trade.last_event()
    chen = visit("chen", "yard")
    assert (
        '<td class="wide">消费前废料 <span class="soft">四川省</span></td>'
        in chen.get(f"/events/{collected}").text
    )
    freight = chen.get(f"/events/{shipped}").text
    assert "运输周转量" in freight
    assert '<td class="number">30.000 t·km</td>' in freight


# --- corrections --------------------------------------------------------------------------------------------------


def test_an_event_is_voided_with_a_reason(site_app: SiteApp, visit: Visit) -> None:
    lot = site_app.business.collect("tense", 1000)
    event = site_app.business.last_event()
    chen = visit("chen", "yard")
    assert f"/events/{event}/void" in chen.get(f"/events/{event}").text
    answer = send(chen, f"/events/{event}/void")
    assert answer.status_code == 422
    assert "reason" in errors_beside(answer)
    answer = chen.post(f"/events/{event}/void", {**fields_of(answer), "reason": "entered twice"})
    assert answer.status_code == 302
    assert site_app.business.lot(lot).status == "void"
    for page in ("", "/trace"):
        assert chen.get(f"/l/{code_of(site_app, lot)}{page}").status_code == 200


def test_what_is_in_the_way_is_named_and_voided_too(site_app: SiteApp, visit: Visit) -> None:
    trade = site_app.business
    lot = trade.collect("tense", 1000, site="plant", metal_fraction="1")
    entered = trade.last_event()
    trade.melt(lot, into=950)
    heat = trade.last_event()
    chen = visit("chen", "plant")
    path = f"/events/{entered}/void"
    assert f"/events/{heat}" in chen.get(path).text
    refused = send(chen, path, reason="never came")
    assert refused.status_code == 422
    assert problems_of(refused)
    assert f"/events/{heat}" in refused.text
    assert fields_of(refused)["reason"] == "never came"
    answer = chen.post(path, {**fields_of(refused), "cascade": "yes"})
    assert answer.status_code == 302
    assert not trade.event(heat).live


def test_records_of_other_peoples_sites_in_the_way_are_said_before(site_app: SiteApp, visit: Visit) -> None:
    trade = site_app.business
    lot = trade.collect("tense", 1000)
    entered = trade.last_event()
    trade.ship(lot, "plant")
    trade.receive(lot, "plant")
    only_yard = Person("xu", "xu", (Assignment("supervisor", "yard"),), hash_password(PASSWORD))
    site_app.store.write(lambda writer: put_person(writer, only_yard))
    page = visit("xu", "yard").get(f"/events/{entered}/void")
    assert "只能由那里的主管作废" in page.text
    assert 'name="cascade"' not in page.text
    assert 'name="cascade"' in visit("chen", "yard").get(f"/events/{entered}/void").text


def test_a_record_of_a_sealed_month_says_where_it_counts(site_app: SiteApp, visit: Visit) -> None:
    trade = site_app.business
    trade.collect("tense", 1000, at="2025-02-01T08:00:00")
    chen = visit("chen", "yard")
    trade.seal("2025-02", at="2025-03-02T08:00:00")
    assert "已封账" not in chen.get("/").text
    trade.collect("tense", 500, at="2025-02-02T08:00:00")
    late = trade.last_event()
    page = chen.get(f"/events/{late}/replace")
    answer = chen.post(f"/events/{late}/replace", {**fields_of(page), "correction-reason": "weighed again"})
    assert answer.status_code == 302, problems_of(answer)
    assert "2025年2月已封账" in chen.get(answer.location).text


def test_an_event_is_replaced_from_what_it_stated(site_app: SiteApp, visit: Visit) -> None:
    trade = site_app.business
    lot = trade.collect("tense", 1000, site="plant", metal_fraction="1")
    alloy, dross = trade.melt(lot, into=900, dross_kg=50)
    heat = trade.last_event()
    codes = [code_of(site_app, alloy), code_of(site_app, dross)]
    chen = visit("chen", "plant")
    path = f"/events/{heat}/replace"
    page = chen.get(path)
    typed = fields_of(page)
    assert (typed["outputs-0-mass_kg"], typed["outputs-1-mass_kg"]) == ("900", "50")
    refused = chen.post(path, {**typed, "outputs-0-mass_kg": "9000"})
    assert refused.status_code == 422
    assert len(errors_beside(refused)) > 1  # the reason is missing, and too much comes out
    assert "correction-reason" in errors_beside(refused)
    assert fields_of(refused)["outputs-0-mass_kg"] == "9000"
    refused = chen.post(path, {**fields_of(refused), "correction-reason": "misread"})
    assert refused.status_code == 422
    assert fields_of(refused)["outputs-0-code"] == typed["outputs-0-code"]  # however often it is refused
    preview = chen.post(path, {**fields_of(refused), "outputs-0-mass_kg": "910", "action": "preview"})
    assert preview.status_code == 200, problems_of(preview)
    assert "910" in preview.text[preview.text.index('id="preview"') :]
    assert trade.lot(alloy).contents[0].mass_g == 900_000
    answer = chen.post(path, fields_of(preview))
    assert answer.status_code == 302, problems_of(answer)
    assert trade.lot(alloy).contents[0].mass_g == 910_000
    assert [code_of(site_app, alloy), code_of(site_app, dross)] == codes
    assert trade.event(heat).draft.actor == "chen"
    assert isinstance(newest(site_app).draft.detail, Correction)


def test_a_replacement_with_nothing_changed_says_the_same(site_app: SiteApp, visit: Visit) -> None:
    """Prefilling is the way back of reading, for every kind that the pages know."""
    trade = site_app.business
    lot = trade.collect("tense", 1000, metal_fraction="0.95", vehicle="truck")
    sorted_lot = trade.transform("sort", [lot], [
        {"form": "scrap", "material": "tense", "mass_g": 900_000, "metal_fraction": "0.97"},
        {"form": "residue", "material": "sorting-waste", "mass_g": 50_000, "metal_g": 0},
    ])[0]  # fmt: skip
    trade.assay(sorted_lot, "0.96")
    trade.adjust(sorted_lot, -1)
    trade.inspect(sorted_lot, True)
    part = trade.ship(sorted_lot, "plant", kg=500, distance_km=30)
    trade.receive(part, "plant", kg=499)
    trade.supply("si", 10)
    trade.do("declare", "plant", type="power", period="2025-01", kwh=100, renewable_kwh=10)
    with site_app.store.read() as reader:
        events = reader.find_events_by_seq(range(1, reader.find_head().seq + 1))
    chen = visit("chen", "yard")
    for event in events.values():
        before = event.draft
        answer = send(chen, f"/events/{event.id}/replace", **{"correction-reason": "check"})
        assert answer.status_code == 302, (before.kind, problems_of(answer))
        after = trade.event(event.id).draft
        plain = [new._replace(lot=None, code=None) for new in after.outputs]
        assert plain == [new._replace(lot=None, code=None) for new in before.outputs], before.kind
        assert (after.kind, after.time_ms, after.inputs, after.detail) == (
            before.kind, before.time_ms, before.inputs, before.detail,
        )  # fmt: skip


def test_scrap_is_corrected_on_the_form_it_was_recorded_with(site_app: SiteApp, visit: Visit) -> None:
    trade = site_app.business
    lot = trade.collect("tense", 1000, metal_fraction="0.95", origin="510000")
    event = trade.last_event()
    chen = visit("chen", "yard")
    page = chen.get(f"/events/{event}/replace")
    assert attributes_of(page, "[name=outputs-0-material][checked]", "value") == ["tense"]
    assert 'name="weighing-gross_kg"' in page.text
    assert 'name="again"' not in page.text
    typed = fields_of(page)
    # What the page of a new load does not ask for was stated by file, and can be corrected all the same.
    assert (typed["outputs-0-metal_amount"], typed["origin"]) == ("95", "510000")
    refused = chen.post(f"/events/{event}/replace", {**typed, "outputs-0-mass_kg": "125oo"})
    assert refused.status_code == 422
    assert "correction-reason" in errors_beside(refused)
    assert fields_of(refused)["outputs-0-mass_kg"] == "125oo"
    answer = chen.post(
        f"/events/{event}/replace",
        {**fields_of(refused), "outputs-0-mass_kg": "1,250", "correction-reason": "misread"},
    )
    assert answer.status_code == 302, problems_of(answer)
    assert trade.lot(lot).contents[0].mass_g == 1_250_000
    assert trade.event(event).draft.outputs[0].fraction_ppm == 950_000


def test_a_load_of_several_lots_is_corrected_with_a_row_for_each(site_app: SiteApp, visit: Visit) -> None:
    trade = site_app.business
    outputs = [
        {"form": "scrap", "material": "tense", "mass_g": 700_000},
        {"form": "scrap", "material": "tense", "mass_g": 300_000},
    ]
    trade.do(
        "collect", "yard", outputs=outputs, ticket="T-9", supplier="s", source_class="post", channel="offline"
    )
    event = trade.last_event()
    chen = visit("chen", "yard")
    page = chen.get(f"/events/{event}/replace")
    typed = fields_of(page)
    assert (typed["outputs-0-mass_kg"], typed["outputs-1-mass_kg"]) == ("700", "300")
    answer = chen.post(
        f"/events/{event}/replace", {**typed, "outputs-1-mass_kg": "250", "correction-reason": "x"}
    )
    assert answer.status_code == 302, problems_of(answer)
    assert [new.mass_g for new in trade.event(event).draft.outputs] == [700_000, 250_000]


def test_the_readings_of_each_grade_are_corrected_beside_it(site_app: SiteApp, visit: Visit) -> None:
    business = site_app.business
    first = {"gross_g": 12_000_000, "tare_g": 9_000_000, "moisture_g": 30_000}
    second = {"gross_g": 9_000_000, "tare_g": 6_500_000, "impurity_percent": "2"}
    grades = [
        {"form": "scrap", "material": "tense", "weighing": first},
        {"form": "scrap", "material": "tutu", "weighing": second, "source_class": "pre", "origin": "500000"},
    ]
    lots = business.do(
        "collect", "yard", ticket="G1", supplier="zhang", source_class="post", channel="offline", outputs=grades
    )  # fmt: skip
    event = business.last_event()
    before = business.event(event).draft
    chen = visit("chen", "yard")
    page = chen.get(f"/events/{event}/replace")
    assert value_of(page, "outputs-0-weighing-gross_kg") == "12000"
    assert value_of(page, "outputs-1-weighing-impurity_amount")
    typed = {**fields_of(page), "correction-reason": "misread"}
    assert chen.post(f"/events/{event}/replace", {**typed, "note": "looked again"}).status_code == 302
    plain = tuple(new._replace(lot=None, code=None) for new in business.event(event).draft.outputs)
    assert plain == before.outputs
    typed = {**fields_of(chen.get(f"/events/{event}/replace")), "correction-reason": "misread"}
    apart = chen.post(f"/events/{event}/replace", {**typed, "outputs-1-weighing-gross_kg": "8990"})
    assert apart.status_code == 422
    moved = {"outputs-0-weighing-tare_kg": "8990", "outputs-1-weighing-gross_kg": "8990"}
    assert chen.post(f"/events/{event}/replace", {**typed, **moved}).status_code == 302
    assert [business.lot(lot).remaining_g for lot in lots] == [2_980_000, 2_440_200]


def test_a_correction_needs_a_supervisor(site_app: SiteApp, visit: Visit) -> None:
    lot = site_app.business.collect("tense", 1000)
    event = site_app.business.last_event()
    wang = visit("wang", "yard")
    assert f"/events/{event}/void" not in wang.get(f"/events/{event}").text
    for path in (f"/events/{event}/void", f"/events/{event}/replace"):
        page = wang.get(path)
        assert page.status_code == 403
        assert "主管" in page.text
    assert site_app.find_lot(code_of(site_app, lot)) is not None


# --- every kind has its page --------------------------------------------------------------------------------------


def test_next_steps_lead_to_pages_that_exist(site_app: SiteApp, visit: Visit) -> None:
    views = site_app.app.view_functions
    assert [kind for kind in KINDS if kind != "correct" and f"{kind}.form" not in views] == []
    lot = site_app.business.lot(site_app.business.collect("tense", 1000))
    chen = visit("chen", "yard")
    reference = ask(site_app.store, reference_in)
    allowed = {kind for kind in KINDS if reference.may_record("yard", kind, site_app.now_ms, lot.metal)}
    for step in list_steps(lot, lambda site: ("operator", "supervisor"), lambda *step: True):
        page = chen.get(f"/{step.kind.replace('_', '-')}?code={lot.code}")
        assert page.status_code == 200, step.kind
        if step.kind in allowed:
            assert fields_of(page)["site"] == "yard"
        else:  # the page says which sites may
            assert find_all(page, "form.event") == []

"""What was made in a place: content, custody models, residues, elements and grades."""

from fractions import Fraction
from typing import Any

from tests.support.business import NOW_MS, Business
from tests.support.reading import ask
from tests.support.reporting import HUNAN, Q1, SEES_ALL, SICHUAN, YEAR, figure, heat
from traceability.domain.recycled_content import RecycledContent
from traceability.services.recording.preview import preview_event
from traceability.services.reporting.figures.report import report_for
from traceability.services.reporting.registers.materials import Residue, sum_collected, sum_residues
from traceability.services.reporting.registers.products import (
    list_element_heats,
    list_product_content,
    list_product_lots,
    sum_element_recovery,
)
from traceability.services.tracing.custody_model import (
    ContentClaim,
    find_content_claim,
    find_models,
    preview_claims,
)
from traceability.wire import load_draft


def test_recycled_content_per_site_and_alloy(here: Business) -> None:
    heat(here, at="2025-02-10T10:00:00")
    here.collect("tutu", 5, site="plant")
    (made,) = ask(here.store, list_product_content, "province", HUNAN, Q1)
    assert (made.site, made.material, made.lots, made.mass_g) == ("plant", "6063", 1, 1_000_000)
    assert (made.content.share, made.content.strict_share) == (Fraction(1, 4), Fraction(1, 4))
    assert ask(here.store, list_product_content, "site", "guiyang", Q1) == []


def test_a_product_opens_to_its_lots(here: Business) -> None:
    alloy = heat(here)
    (product,) = ask(here.store, list_product_content, "nation", "CN", Q1)
    (one,) = ask(here.store, list_product_lots, product.site, product.material, Q1)
    assert (one.lot.id, one.event.draft.kind, one.claim.content) == (alloy, "melt", product.content)
    assert ask(here.store, list_product_lots, product.site, "adc12", Q1) == []


def model(here: Business, lot: str) -> str:
    with here.store.read() as reader:
        return find_models(reader, [here.lot(lot)])[lot]


def scrap(kg: int) -> dict[str, Any]:
    return {"form": "scrap", "material": "tense", "mass_g": kg * 1000}


def test_a_lot_that_was_never_mixed_keeps_its_identity(here: Business) -> None:
    lot = here.collect("tense", 100)
    (part,) = here.transform("split", [(lot, 40)], [scrap(40)])
    sent = here.ship(part, "plant", kg=10)
    (baled,) = here.transform("bale", [(lot, 20)], [scrap(20)])
    assert {model(here, one) for one in (lot, part, sent, baled, here.tap(10_000))} == {"identity_preserved"}


def test_lots_that_came_together_are_segregated_by_class_or_blended(here: Business) -> None:
    post, more, pre = (
        here.collect("tense", 100),
        here.collect("tense", 100),
        here.collect("tense", 100, source="pre"),
    )
    (alike,) = here.transform("blend", [(post, 10), (more, 10)], [scrap(20)])
    (unlike,) = here.transform("sort", [(post, 10), (pre, 10)], [scrap(20)])
    (part,) = here.transform("split", [(unlike, 5)], [scrap(5)])
    assert [model(here, one) for one in (alike, unlike, part)] == [
        "segregated", "controlled_blending", "controlled_blending",
    ]  # fmt: skip


def test_a_heat_names_its_own_model_and_what_is_made_of_one_lot_keeps_it(here: Business) -> None:
    lot = here.collect("tense", 100, site="plant", metal_fraction="1")
    (heat_lot,) = here.melt((lot, 50), into=50)
    (balanced,) = here.melt((lot, 50), into=50, model="mass_balance")
    (cast, cut) = here.transform(
        "fabricate", [(balanced, 20)],
        [{"form": form, "material": material, "mass_g": mass_g} for form, material, mass_g in (
            ("product", "adc12", 15_000), ("internal", "internal", 5_000))], "plant",
    )  # fmt: skip
    assert [model(here, one) for one in (heat_lot, balanced, cast, cut)] == [
        "controlled_blending", "mass_balance", "mass_balance", "mass_balance",
    ]  # fmt: skip
    here.ship(cut, "chengdu", site="plant")
    here.receive(cut, "chengdu")
    assert model(here, cut) == "identity_preserved", "to another firm its chain begins here"
    (made,) = ask(here.store, list_product_content, "site", "plant", YEAR)
    assert (made.lots, made.models) == (3, ("controlled_blending", "mass_balance"))


def test_a_claim_is_of_what_remains_and_known_before_recording(here: Business) -> None:
    lot = here.collect("tutu", 100, site="plant", metal_fraction="1", source="pre")
    feed = here.supply("mn-al", 100)
    body = here.draft(
        "melt", "plant", heat_number="H-1", model="mass_balance", inputs=[{"lot": lot}, {"lot": feed}],
        outputs=[{"form": "product", "material": "6063", "mass_g": 200_000}],
    )  # fmt: skip
    draft = load_draft(body)
    found = ask(here.store, preview_event, draft, NOW_MS)
    (claim,) = ask(here.store, preview_claims, draft, found.made)
    assert claim == ContentClaim(
        RecycledContent(200_000, (0, 100_000, 0, 100_000, 0), 100_000), "mass_balance"
    )
    (alloy,) = here.event(here.send(body).event).frozen.lots
    here.ship(alloy, "guiyang", kg=150, site="plant")
    left = ask(here.store, find_content_claim, here.lot(alloy))
    assert (left.model, left.content.classes) == ("mass_balance", (0, 25_000, 0, 25_000, 0))


def test_residues_by_waste_code_are_the_same_at_every_level(here: Business) -> None:
    lot = here.collect("tense", 1000, site="plant", at="2025-02-01T08:00:00")
    _, dross = here.melt((lot, 900), into=700, dross_kg=100, at="2025-02-02T08:00:00")
    here.transform(
        "recover", [(dross, 40)], [{"form": "internal", "material": "internal", "mass_g": 10_000}], "plant",
        "2025-02-03T08:00:00",
    )  # fmt: skip
    here.do(
        "dispose", "plant", "2025-02-04T08:00:00", lots=[{"lot": dross, "mass_g": 30_000}], outcome="disposed",
        receiver="zhang", waste_code="321-026-48", manifest="M-1", licence="L-1",
    )  # fmt: skip
    for level, code in (("site", "plant"), ("prefecture", "430600"), ("province", HUNAN), ("nation", "CN")):
        for view in ("book", "event"):
            report = ask(here.store, report_for, level, code, Q1, view=view)  # type: ignore[arg-type]
            (found,) = ask(here.store, sum_residues, figure(report, code, "residue_utilisation").inputs)
            assert found == Residue("321-026-48", 100_000, 40_000, 30_000), (level, view)
            assert found.utilisation == figure(report, code, "residue_utilisation").value
    empty = ask(here.store, report_for, "province", SICHUAN, Q1)
    assert ask(here.store, sum_residues, figure(empty, SICHUAN, "residue_utilisation").inputs) == []


def test_element_recovery_of_assayed_heats(here: Business) -> None:
    lot = here.collect("tutu", 100, site="plant", metal_fraction="1", at="2025-02-01T08:00:00")
    here.do(
        "assay", "plant", "2025-02-01T09:00:00", lots=[{"lot": lot}], composition={"Si": "1.0", "Mg": "0.5"}
    )
    alloy = here.melt(lot, into=98, alloy="6063", at="2025-02-02T08:00:00")[0]
    assert ask(here.store, sum_element_recovery, SEES_ALL, "nation", "CN", Q1) == {}
    here.do(
        "assay", "plant", "2025-02-03T09:00:00", lots=[{"lot": alloy}], composition={"Si": "0.5", "Fe": "0.2"}
    )
    assert ask(here.store, sum_element_recovery, SEES_ALL, "nation", "CN", Q1) == {
        "Si": (Fraction(490), Fraction(1000))
    }
    (heated,) = ask(here.store, list_element_heats, SEES_ALL, "nation", "CN", Q1, "Si")
    assert (heated.event.draft.kind, heated.won_g, heated.charged_g) == (
        "melt",
        Fraction(490),
        Fraction(1000),
    )
    assert ask(here.store, list_element_heats, SEES_ALL, "nation", "CN", Q1, "Fe") == []


def test_collected_mass_by_province_metal_and_grade(here: Business) -> None:
    here.collect("tutu", 10)
    here.collect("tense", 30)
    here.collect("tense", 5, site="chengdu")
    found = [
        (one.province, one.metal, one.material, one.account, one.grams)
        for one in ask(here.store, sum_collected, Q1)
    ]
    assert found == [
        (HUNAN, "Al", "tense", "collected", 30_000),
        (HUNAN, "Al", "tutu", "collected", 10_000),
        (SICHUAN, "Al", "tense", "collected", 5_000),
    ]
    assert len(ask(here.store, sum_collected, Q1, province=SICHUAN)) == 1

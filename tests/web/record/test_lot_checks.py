"""A scanned lot is answered at once: what it is, whether the list may take it, and why not, in the reader's language."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.business import Business
from tests.support.markup import fields_of, find_one, words_of
from tests.support.pages import SiteApp, Visitor

Visit = Callable[..., Visitor]


def ask(visitor: Visitor, path: str, language: str = "zh") -> dict[str, Any]:
    answer = visitor.get(path, headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.get_json()
    return told


@pytest.fixture
def trade(site_app: SiteApp) -> Business:
    return site_app.business


def test_a_lot_is_told_with_its_mass_and_verdict(trade: Business, visit: Visit) -> None:
    code = trade.lot(trade.collect("tense", 1234.5)).code
    wang = visit("wang", "yard")
    told = ask(wang, f"/record/ship/lots/{code.lower()}?site=yard")
    assert told == {
        "code": code,
        "grouped": "-".join((code[:4], code[4:8], code[8:])),
        "verdict": "ok",
        "reasons": [],
        "lot": code,
        "material": told["material"],
        "form": "scrap",
        "metal": "Al",
        "mass_g": 1_234_500,
        "mass": "1\u00a0234.5",
        "site": "yard",
        "status": "available",
    }
    elsewhere = ask(wang, f"/record/sort/lots/{code}?site=plant", "en")
    assert elsewhere["verdict"] == "refused"
    assert elsewhere["reasons"] == [
        "Lot " + told["grouped"] + " is at yard, not at plant. Ship and receive it first."
    ]


def test_a_used_up_lot_says_which_heat_took_it_when_and_who_recorded_it(
    trade: Business, visit: Visit
) -> None:
    lot = trade.collect("tense", 1000, site="plant")
    trade.melt(lot, into=900, heat="2026-0117", at="2025-02-03T09:14:00")
    code = trade.lot(lot).code
    told = ask(visit("wang", "plant"), f"/record/melt/lots/{code}")
    assert (told["verdict"], told["status"], told["mass_g"]) == ("refused", "consumed", 0)
    nothing, where = told["reasons"]
    assert "已无剩余" in nothing
    for part in ("2026-0117", "2025年2月3日 09:14", "plant", "chen"):
        assert part in where, where
    # The form that is sent all the same says the same, and nothing of a mass that must be above 0.
    wang = visit("wang", "plant")
    wang.get("/melt")
    page = wang.post("/melt", {"inputs-0-lot_code": code, "heat_number": "X", "site": "plant"})
    assert nothing in page.text
    assert where in page.text
    assert "质量须大于" not in page.text


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ("126B07K7Q3F8", "The code has a mistake"),
        ("6901234567892", "Not a label of this system"),
        ("%20", "Nothing was read"),
        ("C00000000017", "This is no code"),
        ("126B07K7Q3F7", "No lot has the code 126B-07K7-Q3F7"),
    ],
)
def test_what_is_no_lot_is_refused_with_its_own_reason(visit: Visit, asked: str, reason: str) -> None:
    told = ask(visit("wang", "yard"), f"/record/ship/lots/{asked}?site=yard", "en")
    assert (told["verdict"], told["status"]) == ("refused", "unknown")
    assert told["reasons"][0].startswith(reason)


def test_who_may_not_record_there_is_told_nothing_of_a_lot(trade: Business, visit: Visit) -> None:
    code = trade.lot(trade.collect("tense", 1000)).code
    assert visit("liu").get(f"/record/ship/lots/{code}?site=yard").status_code == 403
    assert visit("wang", "yard").get(f"/record/ship/lots/{code}?site=nowhere").status_code == 403
    assert visit("wang", "yard").get(f"/record/collect/lots/{code}").status_code == 404
    assert visit().get(f"/record/ship/lots/{code}?site=yard").status_code == 302


def test_without_scripts_the_page_sums_up_what_the_list_takes(trade: Business, visit: Visit) -> None:
    codes = [trade.lot(trade.collect("tense", kg)).code for kg in (1000, 2000.5)]
    wang = visit("wang", "yard")
    typed = fields_of(wang.get("/ship"))
    listed = {f"lots-{place}-lot_code": code for place, code in enumerate(codes)}
    page = wang.post("/ship", {**typed, **listed, "lots-1-mass_kg": "500.25", "action": "scan"})
    assert [
        words_of(find_one(page, f"[{name}]")) for name in ("data-count", "data-total", "data-total-t")
    ] == [
        "2",
        "1 500.25",
        "1.500",
    ]

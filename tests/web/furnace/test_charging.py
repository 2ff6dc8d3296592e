"""A heat at its furnace: opened by a card, charged by scans, finished as bundles; every state of a scan is told apart."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest

from scanners.codes import group_code
from tests.support.business import grams, put_people
from tests.support.markup import attributes_of, find_all, find_one, words_of
from tests.support.pages import PASSWORD, SiteApp, Visitor, errors_beside, value_of
from traceability.domain.access import Assignment
from traceability.domain.event import companion_id
from traceability.services.directory.audit import Actor
from traceability.services.directory.label_rolls import list_rolls
from traceability.services.directory.people import Person, hash_password
from traceability.services.operations.furnaces import Furnace, list_furnaces, put_furnace

Visit = Callable[..., Visitor]
JSON = {"Accept": "application/json"}


@pytest.fixture
def furnace(site_app: SiteApp) -> Furnace:
    made = Furnace("", "plant", "Furnace 2", grams(20_000))
    return put_furnace(site_app.store, Actor("chen", site_app.now_ms), made)


def opened(melter: Visitor, furnace: Furnace) -> str:
    """Open a heat by the furnace's card; return its address."""
    answer = melter.get(f"/f/{furnace.code}", follow_redirects=True)
    assert value_of(answer, "id")
    fields = {"id": value_of(answer, "id"), "furnace": furnace.code, "alloy": "adc12", "number": ""}
    answer = melter.post("/furnace/new", fields)
    assert answer.status_code == 302, answer.text
    melter.get(answer.location)
    return str(answer.location)


def scan(melter: Visitor, heat: str, code: str, **more: str) -> dict[str, Any]:
    answer = melter.post(f"{heat}/scan", {"scan": code, **more}, headers=JSON)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.get_json()
    return told


def charged(site_app: SiteApp, visit: Visit, furnace: Furnace) -> tuple[Visitor, str, str]:
    """Open a heat and charge two tonnes; return who melts, the address of the heat, and the code of the lot."""
    trade = site_app.business
    code = trade.lot(trade.collect("tense", 2_000, site="plant")).code
    melter = visit("wang", "plant")
    heat = opened(melter, furnace)
    scan(melter, heat, code)
    return melter, heat, code


def test_a_heat_from_its_card_to_six_bundles(site_app: SiteApp, visit: Visit, furnace: Furnace) -> None:
    trade = site_app.business
    codes = [trade.lot(trade.collect("tense", 2_000, site="plant")).code for _ in range(3)]
    melter = visit("wang", "plant")
    heat = opened(melter, furnace)
    assert melter.get(f"/f/{furnace.code}", follow_redirects=True).request.path == heat
    told = [scan(melter, heat, code) for code in codes]
    assert [one["outcome"] for one in told] == ["charged"] * 3
    assert words_of(find_one(told[-1]["html"], "[data-charged]")) == "3"
    page = melter.get(f"{heat}/finish")
    assert attributes_of(page, "[name=heat_number]", "value") == ["2026-0001"]
    typed = {
        "id": value_of(page, "id"), "site": "plant", "heat_number": "2026-0001", "furnace": "Furnace 2", "model": "heat",
        "made-product": "adc12", "made-count": "6", "made-each": "850",
        **{f"inputs-{number}-lot_code": code for number, code in enumerate(codes)},
    }  # fmt: skip
    answer = melter.post(f"{heat}/finish", typed)
    assert answer.status_code == 302, words_of(find_one(answer, ".errors"))
    ended = melter.get(heat)
    assert "6 × 850" in words_of(find_one(ended, "tbody tr")), "bundles that are alike stand in one row"
    assert len(find_all(ended, "tbody details a")) == 6
    labels = attributes_of(ended, "a.main", "href")[0]
    assert labels.count("code=") == 6
    assert melter.get(labels).status_code == 200
    (assay,) = [href for href in attributes_of(ended, "a.button", "href") if href.startswith("/assay")]
    assert "5" in words_of(find_one(melter.get(assay), "[name=alike] + span")), "one assay for all bundles"


def test_a_heat_is_finished_with_the_composition_of_its_products_in_one_write(
    site_app: SiteApp, visit: Visit, furnace: Furnace
) -> None:
    melter, heat, code = charged(site_app, visit, furnace)
    page = melter.get(f"{heat}/finish")
    typed = {
        "id": value_of(page, "id"), "site": "plant", "heat_number": "2026-0001", "furnace": "Furnace 2", "model": "heat",
        "made-product": "adc12", "made-count": "2", "made-each": "850", "inputs-0-lot_code": code,
    }  # fmt: skip
    file = (BytesIO(b"Sample,Si,Fe,Cu\nH-1,10.2,0.9,2.1\n"), "oes.csv")
    read = melter.post(f"{heat}/finish", {**typed, "action": "read-file", "spectrum": file})
    assert (value_of(read, "composition-Si"), value_of(read, "sample")) == ("10.2", "H-1"), words_of(read)
    found = {
        **{f"composition-{element}": value for element, value in (("Si", "10.2"), ("Fe", "0.9"), ("Cu", "2.1"))},
        "sample": "H-1", "documents-0-type": "x", "documents-0-number": "oes.csv",
    }  # fmt: skip
    assert "composition-Fe" in errors_beside(
        melter.post(f"{heat}/finish", {**typed, **found, "composition-Fe": "much"})
    )
    outside = {**typed, **found, "composition-Si": "13"}
    for action in ("preview", ""):
        refused = melter.post(f"{heat}/finish", {**outside, "action": action})
        assert "13" in str(errors_beside(refused)), errors_beside(refused)
        assert find_all(refused, "[name=approval-approver]"), "a supervisor may take responsibility"
    assert melter.get(heat).text.count("data-charging"), (
        "nothing is recorded of a heat whose assay is refused"
    )
    approval = {
        "approval-approver": "chen",
        "approval-password": PASSWORD,
        "approval-reason": "customer agrees",
    }
    for _ in range(2):  # sent twice it is recorded once
        answer = melter.post(f"{heat}/finish", {**outside, **approval})
        assert answer.status_code == 302, words_of(find_one(answer, ".errors"))
    with site_app.store.read() as reader:
        melt = reader.find_events([heat.rpartition("/")[2]]).popitem()[1]
        lots = reader.find_lots(melt.frozen.lots).values()
        assays = reader.find_events([companion_id(melt.id, lot.id) for lot in lots]).values()
    assert melt.draft.approval is None, "nothing of the heat itself asks for it"
    assert [one.draft.approval.reason for one in assays if one.draft.approval] == ["customer agrees"] * 2
    assert {content.ppm for lot in lots for content in lot.composition if content.element == "Si"} == {
        130_000
    }


def test_a_heat_with_its_composition_is_undone_at_once(
    site_app: SiteApp, visit: Visit, furnace: Furnace
) -> None:
    melter, heat, code = charged(site_app, visit, furnace)
    typed = {
        "id": value_of(melter.get(f"{heat}/finish"), "id"), "site": "plant", "heat_number": "2026-0001",
        "furnace": "Furnace 2", "model": "heat", "made-product": "adc12", "made-count": "2", "made-each": "850",
        "inputs-0-lot_code": code, "composition-Si": "10.2", "composition-Cu": "2", "sample": "H-1",
    }  # fmt: skip
    assert melter.post(f"{heat}/finish", typed).status_code == 302
    event = f"/events/{heat.rpartition('/')[2]}"
    assert f"{event}/undo" in attributes_of(melter.get(event), "form", "action")
    ended = melter.get(heat)
    assert find_all(ended, "[data-element]"), "the composition of what was made against its alloy"
    again = melter.post(f"{event}/undo", {}).location
    with site_app.store.read() as reader:
        found = reader.find_events([heat.rpartition("/")[2]])
    assert [event.live for event in found.values()] == [False]
    # The heat is open again with its charge; the page of the one that was taken back leads there and prints no labels.
    assert again != heat
    assert f'data-code="{code}"' in melter.get(again).text
    page = melter.get(heat).text
    assert again in page
    assert "/labels" not in "".join(attributes_of(page, ".actions a", "href"))
    assert melter.post(f"{event}/open-again", {}).location == again
    assert "登记已作废" in melter.get("/furnace").text, "nobody takes it for a heat that counts"


def test_every_state_of_a_scan_is_told_apart(
    site_app: SiteApp, visit: Visit, furnace: Furnace, monkeypatch: pytest.MonkeyPatch
) -> None:
    trade = site_app.business
    good, other, gone = (trade.lot(trade.collect("tense", 2_000, site="plant")) for _ in range(3))
    far = trade.lot(trade.collect("tense", 2_000, site="chengdu"))
    heavy = trade.lot(trade.collect("tense", 30_000, site="plant"))
    trade.melt(gone.id, into=1_700, heat="A-1")
    melter = visit("wang", "plant")
    heat = opened(melter, furnace)
    first = scan(melter, heat, good.code, id="scan-1")
    assert first["outcome"] == "charged"
    assert scan(melter, heat, good.code, id="scan-1")["outcome"] == "charged", "the same scan sent again"
    again = scan(melter, heat, good.code, id="scan-2")
    assert (again["outcome"], again["tone"]) == ("duplicate", "warning")
    assert "1" in again["message"]
    eaten = scan(melter, heat, gone.code)
    assert (eaten["tone"], "A-1" in eaten["message"], "wang" in eaten["message"] or "chen" in eaten["message"]) == ("error", True, True)  # fmt: skip
    assert scan(melter, heat, far.code)["tone"] == "error"
    unknown = scan(melter, heat, "126B07K7Q3F7")
    assert (unknown["outcome"], len(find_all(unknown["html"], "tr.unknown-code"))) == ("unknown", 1)
    assert scan(melter, heat, "nonsense")["tone"] == "error"
    over = scan(melter, heat, heavy.code)
    assert (over["outcome"], over["tone"]) == ("charged", "warning"), "over capacity it is charged, and said"
    part = scan(melter, heat, other.code, mass="500")
    assert "500 kg" in part["message"]
    assert scan(melter, heat, heavy.code, mass="900000")["outcome"] == "duplicate"
    assert words_of(find_all(part["html"], "tr[data-code]")[-1]).count("500") >= 1
    # A second furnace, whose heat is told who has the lot; without scripts the same words stand on the page.
    second = put_furnace(
        site_app.store, Actor("chen", site_app.now_ms), Furnace("", "plant", "Furnace 3", 1_000_000)
    )
    rival = visit("chen", "plant")
    elsewhere = opened(rival, second)
    told = scan(rival, elsewhere, good.code)
    assert (told["tone"], "2026-0001" in told["message"], "wang" in told["message"]) == ("error", True, True)
    plain = rival.post(f"{elsewhere}/scan", {"scan": good.code}, follow_redirects=True)
    assert "2026-0001" in words_of(find_one(plain, ".notice.error"))
    assert rival.post(f"{elsewhere}/scan", {"scan": "C00000000017"}).location.endswith("/finish")
    back = melter.post(f"{heat}/scan", {"scan": "C00000000025"}, follow_redirects=True)
    assert other.code not in attributes_of(back, "tr[data-code]", "data-code")
    monkeypatch.setattr("traceability.services.operations.charging.STOCK_PAGE", 1)
    newest = trade.lot(trade.collect("talc", 2_000, site="plant"))
    assert attributes_of(melter.get(f"{heat}/stock"), "table [name=scan]", "value") == [newest.code]
    for asked in (group_code(other.code)[:9].lower(), "tense"):  # older ones are found by code and name
        found = attributes_of(melter.get(f"{heat}/stock?q={asked}"), "table [name=scan]", "value")
        assert found == [other.code], asked
    assert not find_all(melter.get(f"{heat}/stock?q=nothing"), "table")
    assert melter.get(f"{heat}/stock?form=residue").status_code == 400
    # The part typed for a lot is forgotten on the device when it was taken, and only then.
    plain = melter.post(f"{heat}/scan?lot={other.code}", {"scan": other.code, "mass": "a lot"})
    assert attributes_of(melter.get(f"{heat}/stock"), "#draft-words", "data-sent") == [""]
    melter.post(f"{heat}/scan?lot={other.code}", {"scan": other.code, "mass": "1"})
    (sent,) = attributes_of(melter.get(f"{heat}/stock"), "#draft-words", "data-sent")
    assert f"{heat}/scan?lot={other.code}" in sent


def test_what_another_device_charged_is_not_forgotten(
    site_app: SiteApp, visit: Visit, furnace: Furnace
) -> None:
    trade = site_app.business
    first, second = (trade.lot(trade.collect("tense", 2_000, site="plant")).code for _ in range(2))
    melter, other = visit("wang", "plant"), visit("chen", "plant")
    heat = opened(melter, furnace)
    scan(melter, heat, first)
    page = melter.get(f"{heat}/finish")
    other.get(heat)
    version = attributes_of(other.get(heat), "[data-charging]", "data-version")[0]
    assert other.get(f"{heat}/charge?version={version}").status_code == 204
    scan(other, heat, second)
    assert other.get(f"{heat}/charge?version={version}").status_code == 200
    typed = {
        "id": value_of(page, "id"), "site": "plant", "heat_number": "2026-0001", "furnace": "Furnace 2", "model": "heat",
        "made-product": "adc12", "made-each": "1700", "inputs-0-lot_code": first,
    }  # fmt: skip
    answer = melter.post(f"{heat}/finish", typed)
    assert answer.status_code == 422
    assert second in words_of(find_one(answer, ".errors")).replace("-", "")
    carried = attributes_of(answer, "input[name^=inputs-]", "value")
    assert carried == [first, second]
    typed |= {"inputs-1-lot_code": second, "made-each": "3400"}
    assert melter.post(f"{heat}/finish", typed).status_code == 302
    assert melter.post(f"{heat}/finish", typed).status_code == 302, "sent twice it is recorded once"
    for changed in ({"made-each": "3300"}, {"made-each": "x"}, {"action": "preview"}):
        assert other.post(f"{heat}/finish", typed | changed).location == heat, changed
        assert "不能再改" in words_of(find_one(other.get(heat), ".notice.error")), changed
    late = other.post(f"{heat}/scan", {"scan": first}, headers=JSON)
    assert late.get_json()["tone"] == "error"
    assert late.get_json()["state"] == "closed"


def test_a_heat_is_cancelled_with_a_reason_and_its_lots_are_free(
    site_app: SiteApp, visit: Visit, furnace: Furnace
) -> None:
    melter, heat, code = charged(site_app, visit, furnace)
    assert melter.post(f"{heat}/cancel", {"reason": ""}).status_code == 422
    assert melter.post(f"{heat}/cancel", {"reason": "furnace cold"}).status_code == 302
    assert "furnace cold" in words_of(find_one(melter.get(heat), ".notice.warning"))
    late = melter.post(f"{heat}/cancel", {"reason": ""})
    assert (late.status_code, "2026-0001" in words_of(find_one(late, ".notice.error"))) == (422, True)
    assert scan(melter, opened(melter, furnace), code)["outcome"] == "charged"
    assert visit("wang", "guiyang").get(heat).status_code == 200, "of a site where wang works"


def test_furnaces_are_set_up_by_the_supervisor_of_their_site(
    site_app: SiteApp, visit: Visit, furnace: Furnace
) -> None:
    boss, melter = visit("chen", "plant"), visit("wang", "plant")
    assert melter.get("/furnaces").status_code == 403
    assert melter.post("/furnaces/add", {"name": "Mine", "capacity": "5"}).status_code == 403
    assert boss.post("/furnaces/add", {"name": "Furnace 2", "capacity": "5"}).status_code == 422
    assert boss.post("/furnaces/add", {"name": "Furnace 3", "capacity": "0"}).status_code == 422
    page = boss.get(f"/furnaces/{furnace.code}")
    changed = {"name": "Furnace 2b", "capacity": "21000", "version": value_of(page, "version")}
    assert boss.post(f"/furnaces/{furnace.code}", changed).status_code == 302
    assert boss.post(f"/furnaces/{furnace.code}", changed).status_code == 422, "it was changed meanwhile"
    unversioned = {**changed, "version": "0"}
    assert boss.post(f"/furnaces/{furnace.code}", unversioned).status_code == 422, "nor is it a new one"
    cards = melter.get("/furnaces/cards")
    assert any(furnace.code in text for text in cards.text.split())
    heat = opened(melter, furnace)
    put_people(
        site_app.store,
        Person("mallory", "mallory", (Assignment("supervisor", "yard"),), hash_password(PASSWORD)),
    )
    mallory = visit("mallory", "yard")
    for code in (furnace.code, "F0000000000W"):
        refused = mallory.post(f"/furnaces/{code}/remove", {})
        assert refused.location == "/furnaces", "there or not, it says the same"
    boss.post(f"/furnaces/{furnace.code}/remove", {})
    with site_app.store.read() as reader:
        names = [one.name for one in list_furnaces(reader, ["plant"])]
    assert "Furnace 2b" in names, "a heat is open in it"
    assert melter.get("/furnace").text.count(heat) >= 1
    assert visit("liu").get(heat).status_code == 404


def test_a_supervisor_approves_a_lot_where_it_is_charged_and_bundles_take_the_labels_of_a_roll(
    site_app: SiteApp, visit: Visit, furnace: Furnace
) -> None:
    trade = site_app.business
    trade.change_reference("material", "adc12", grades=["tense"])
    lots = [trade.lot(trade.collect(grade, 2_000, site="plant")).code for grade in ("tense", "talc", "talc")]
    boss = visit("chen", "plant")
    boss.get("/labels/rolls")
    roll = boss.post("/labels/rolls", {"count": "10", "size": "60x40"}).location
    melter = visit("wang", "plant")
    heat = opened(melter, furnace)
    part = scan(melter, heat, lots[0], mass_g="12.5")
    assert (part["tone"], part["outcome"]) == ("error", ""), "never all of it for a part that is not clear"
    scan(melter, heat, lots[0])
    told = scan(melter, heat, lots[1], id="scan-1")
    assert (told["outcome"], told["tone"]) == ("doubtful", "error")
    again = scan(melter, heat, lots[1], id="scan-1")
    assert (again["outcome"], again["message"]) == (told["outcome"], told["message"]), "its answer was lost"
    assert attributes_of(told["html"], "#approval [name=code]", "value") == [lots[1]]
    asked = scan(melter, heat, lots[2])["html"]
    assert attributes_of(asked, "#approval [name=code][checked]", "value") == lots[1:], "by one password"
    typed = {
        "code": lots[1:],
        "approval-approver": "chen",
        "approval-password": "wrong",
        "approval-reason": "no other",
    }
    refused = melter.post(f"{heat}/approve", typed)
    assert refused.status_code == 422
    assert find_all(refused, "#approval [id=approval-password-error]")
    assert melter.post(f"{heat}/approve", {**typed, "approval-password": PASSWORD}).status_code == 302
    assert not find_all(melter.get(heat), "tr.needs-approval")
    assert melter.post(f"{heat}/approve", {**typed, "code": []}).status_code == 422
    beforehand = {**typed, "code": [lots[0]], "approval-password": PASSWORD}
    assert melter.post(f"{heat}/approve", beforehand).location == heat
    assert "chen" not in words_of(find_all(melter.get(heat), "tbody tr")[0]), "nothing of it was doubtful"
    with site_app.store.read() as reader:
        (made,) = list_rolls(reader, "plant")
    assert made.id in roll
    fields = {
        "site": "plant", "heat_number": "2026-0001", "furnace": "Furnace 2", "model": "heat", "made-product": "adc12",
        "made-masses": "2200\n1600\n1300", "made-label": made.codes[8],
        **{f"inputs-{number}-lot_code": code for number, code in enumerate(lots)},
    }  # fmt: skip
    melter.get(f"{heat}/finish")
    none = {**fields, "made-masses": "", "made-each": "850", "made-count": "0"}
    assert list(errors_beside(melter.post(f"{heat}/finish", none))) == ["made-count"]
    answer = melter.post(f"{heat}/finish", fields)
    assert "made-label" in errors_beside(answer), "only two labels are left on the roll"
    answer = melter.post(f"{heat}/finish", {**fields, "made-label": made.codes[2]})
    assert answer.status_code == 302, words_of(find_one(answer, ".errors"))
    assert melter.get(f"{heat}/finish").location == heat, "there is nothing to finish any more"
    ended = melter.get(heat)
    assert [one.replace("-", "") for one in texts(ended)] == list(made.codes[2:5])


def texts(page: Any) -> list[str]:
    return [words_of(node) for node in find_all(page, "tbody th")]

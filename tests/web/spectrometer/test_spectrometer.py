"""A spectrometer's file fills in the fields of an assay before anything is recorded, and is named by it."""

from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from typing import Any

from tests.support.business import Business, grams, uuid7
from tests.support.markup import attributes_of, fields_of, words_of
from tests.support.pages import SiteApp, Visitor, errors_beside, problems_of

Visit = Callable[..., Visitor]

FILE = "样品,类型,Si,Fe,Mg,V,Al\nH-1,平均值,9.80,0.92,<0.01,0.012,余量\nH-2,平均值,10.1,0.9,0.2,0.01,余量\n".encode(
    "gbk"
)


def send(
    visitor: Visitor, path: str, fields: dict[str, Any], content: bytes = FILE, name: str = "炉前.csv"
) -> Any:
    data = {**fields, "spectrum": (BytesIO(content), name)}
    return visitor.post(path, data, content_type="multipart/form-data")


def test_a_file_is_read_shown_and_then_recorded(site_app: SiteApp, visit: Visit) -> None:
    trade: Business = site_app.business
    lot = trade.lot(trade.collect("tense", 1_000, site="plant"))
    wang = visit("wang", "plant")
    fields = fields_of(wang.get(f"/assay?code={lot.code}"))
    read = send(wang, "/assay", {**fields, "sample": "h-1", "action": "read-file"})
    assert read.status_code == 200
    shown = fields_of(read)
    assert (shown["composition-Si"], shown["composition-Mg"], shown["composition-V"]) == (
        "9.8",
        "<0.01",
        "0.012",
    )
    assert not trade.lot(lot.id).composition, "nothing is recorded yet"
    other = wang.post("/assay", {**shown, "spectrum-sample": "1", "action": "choose-sample"})
    assert (fields_of(other)["composition-Si"], fields_of(other)["sample"]) == ("10.1", "H-2")
    back = wang.post("/assay", {**fields_of(other), "spectrum-sample": "0", "action": "choose-sample"})
    recorded = wang.post("/assay", fields_of(back))
    assert recorded.status_code == 302, problems_of(recorded)
    contents = {content.element: (content.ppm, content.sign) for content in trade.lot(lot.id).composition}
    assert contents["Si"] == (98_000, "")
    assert contents["Mg"] == (100, "below")
    assert contents["Al"][1] == "balance"
    event = trade.event(recorded.location.rpartition("/")[2])
    (document,) = event.draft.documents
    assert (document.number, document.sha256) == ("炉前.csv", sha256(FILE).hexdigest())


def test_what_cannot_be_read_is_said_beside_the_file_and_nothing_typed_is_lost(
    site_app: SiteApp, visit: Visit
) -> None:
    wang = visit("wang", "plant")
    fields = {**fields_of(wang.get("/assay")), "composition-Si": "7", "action": "read-file"}
    for content, words in (
        (b"Id,Si,Fe\nA,9800,1\n", "第 2 行第 2 列"),
        (b"\x89PNG\0\0", "不是文本文件"),
        (b"", "没有找到元素表头"),
    ):
        answer = send(wang, "/assay", fields, content)
        assert answer.status_code == 422
        assert words in errors_beside(answer)["spectrum"]
        assert fields_of(answer)["composition-Si"] == "7"
    unknown = send(wang, "/assay", {**fields, "sample": "H-9"})
    assert "H-1, H-2" in errors_beside(unknown)["spectrum"]
    assert attributes_of(unknown, "#spectrum-sample option", "value") == ["", "0", "1"]
    assert wang.post("/assay", fields).status_code == 422, "no file was chosen"
    for carried in ("", "[", "[1,2,[[3]]]", '["a","b",[["s",1,{"Si":"x","Xx":"1"}]]]', "[" * 9_999):
        sent = {**fields, "spectrum-read": carried, "action": "choose-sample"}
        assert wang.post("/assay", sent).status_code in (200, 422)
    assert send(wang, "/assay", fields, b"x" * 3_000_000).status_code == 413


def test_a_supervisor_tries_and_keeps_how_files_are_read(site_app: SiteApp, visit: Visit) -> None:
    chen = visit("chen", "plant")
    fields = fields_of(chen.get("/spectrometer"), "main form[enctype]")
    own = {**fields, "rows": "named", "row_name": "final", "skip_lines": "1", "sample_column": "Charge"}
    content = b"Si,Fe,junk\nCharge,Kind,Si,Fe\nH-1,first,9,1\nH-1,final,98000,9000\n"
    tried = send(chen, "/spectrometer", {**own, "unit": "ppm", "action": "try"}, content)
    assert "Si 9.8" in words_of(tried)
    wrong = send(chen, "/spectrometer", {**own, "action": "try"}, content)
    assert (wrong.status_code, "100 %" in errors_beside(wrong)["spectrum"]) == (422, True)
    for name, value in (
        ("skip_lines", "-1"),
        ("skip_lines", "9" * 300),
        ("rows", "x"),
        ("unit", ""),
        ("row_name", " "),
    ):
        bad = chen.post("/spectrometer", {**own, name: value})
        assert (bad.status_code, name in errors_beside(bad)) == (422, True)
    assert chen.post("/spectrometer", {**own, "unit": "ppm"}).status_code == 302
    wang = visit("wang", "plant")
    read = send(wang, "/assay", {**fields_of(wang.get("/assay")), "action": "read-file"}, content)
    assert fields_of(read)["composition-Si"] == "9.8"
    assert wang.get("/spectrometer").status_code == 403
    yard = visit("chen", "yard")
    assert fields_of(yard.get("/spectrometer"), "main form[enctype]")["rows"] == "average", (
        "each site has its own"
    )


def test_one_sample_stands_for_all_bundles_of_a_heat(site_app: SiteApp, visit: Visit) -> None:
    trade: Business = site_app.business
    scrap = trade.collect("tense", 4_000, site="plant")
    bundle = {"form": "product", "material": "adc12", "mass_g": grams(900)}
    other = {"form": "product", "material": "a356.2", "mass_g": grams(500)}
    heel = {"form": "heel", "material": "heel", "mass_g": grams(300)}
    made = trade.transform("melt", [scrap], [bundle, bundle, bundle, other, heel], "plant", heat_number="H1")
    wang = visit("wang", "plant")
    page = wang.get(f"/assay?code={trade.lot(made[0]).code}")
    assert attributes_of(page, "#alike", "value") == ["1"]
    fields = {**fields_of(page), "composition-Si": "10", "composition-Al": "bal", "alike": "1"}
    assert wang.post("/assay", fields).status_code == 302
    assert [len(trade.lot(lot).composition) for lot in made] == [2, 2, 2, 0, 0]
    assert trade.lot(made[1]).composition == trade.lot(made[0]).composition
    before = trade.lot(made[2]).last
    assert wang.post("/assay", fields).status_code == 302
    assert trade.lot(made[2]).last == before, "sent twice, it is recorded once"
    alone = {**fields, "id": uuid7(77), "composition-Si": "11"}
    del alone["alike"]
    assert wang.post("/assay", alone).status_code == 302
    assert trade.lot(made[1]).composition != trade.lot(made[0]).composition

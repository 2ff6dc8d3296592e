"""A lot's page tells what it is, what happened and where its metal went, to whom it may."""

from collections.abc import Callable
from threading import Thread

import pytest

from graph.store import Reader, Writer
from tests.support.business import AUTHORITIES
from tests.support.markup import attributes_of, fields_of, find_all, words_of
from tests.support.pages import SiteApp, Visitor, value_of
from traceability.domain.access import Assignment
from traceability.domain.rights import Viewer
from traceability.services.directory.people import Person, hash_password, put_person
from traceability.services.tracing.lot_dossier import LotDossier, find_lot_dossier

Visit = Callable[..., Visitor]


def test_a_lot_with_its_history_and_traces(site_app: SiteApp, visit: Visit) -> None:
    business = site_app.business
    lot = business.collect("tense", 1000, origin="510000")
    first = business.last_event()
    alloy, dross = business.melt(lot, into=850, dross_kg=50, site="yard")
    page = visit("wang", "yard").get(f"/l/{business.lot(alloy).code}").text
    code = business.lot(lot).code
    assert f"/l/{code}" in page
    assert "四川省" in page
    assert "100.0" in page
    assert "<svg" in page
    page = visit("wang", "yard").get(f"/l/{code}").text
    assert f"/events/{first}" in page
    assert f"/l/{business.lot(alloy).code}" in page
    assert f"/l/{business.lot(dross).code}" in page
    assert "已耗用" in page


def test_voided_events_stay_struck_through_with_their_correction(site_app: SiteApp, visit: Visit) -> None:
    business = site_app.business
    lot = business.collect("tense", 1000)
    business.adjust(lot, -5)
    voided = business.last_event()
    business.void(voided)
    page = visit("wang", "yard").get(f"/l/{business.lot(lot).code}").text
    row = page[page.index('class="struck"') :]
    assert row.index(f"/events/{voided}") < row.index(f"/events/{business.last_event()}")
    assert visit("wang", "yard").get(f"/events/{voided}").status_code == 200


def test_a_voided_event_stays_on_the_page_wherever_the_lot_went(site_app: SiteApp, visit: Visit) -> None:
    business = site_app.business
    lot = business.collect("tense", 1000)
    business.assay(lot, "0.92")
    voided = business.last_event()
    business.void(voided)
    for site, to in (("yard", "plant"), ("plant", "chengdu")):
        business.ship(lot, to, site=site)
        business.receive(lot, to)
    page = visit("wang", "yard").get(f"/l/{business.lot(lot).code}").text
    assert page.index('class="struck"') < page.index(f"/events/{voided}")
    assert "没有全部查找" not in page


def test_a_history_whose_search_stopped_says_so(
    site_app: SiteApp, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    business = site_app.business
    lot = business.collect("tense", 1000)
    for _ in range(2):
        business.assay(lot, "0.92")
        business.void(business.last_event())
    path = f"/l/{business.lot(lot).code}"
    assert "没有全部查找" not in visit("wang", "yard").get(path).text
    monkeypatch.setattr("traceability.services.tracing.history.MOST_CORRECTIONS", 1)
    assert "没有全部查找" in visit("wang", "yard").get(path).text


def test_an_event_corrected_to_another_lot_is_struck_and_says_why(site_app: SiteApp, visit: Visit) -> None:
    business = site_app.business
    wrong, right = business.collect("tense", 1000), business.collect("tense", 1000)
    business.adjust(wrong, -5)
    adjust = business.last_event()
    body = business.draft("adjust", "yard", lots=[{"lot": right}], delta_g=-5000, reason="stocktake")
    business.replace(adjust, body)
    wang = visit("wang", "yard")
    page = wang.get(f"/l/{business.lot(wrong).code}").text
    (row,) = find_all(page, "tr.struck")
    assert f"/events/{adjust}" in (row.html or "")
    assert "更正后不含本批次" in words_of(row)
    assert 'class="struck"' not in wang.get(f"/l/{business.lot(right).code}").text


def test_a_quarantined_lot_says_what_it_failed(site_app: SiteApp, visit: Visit) -> None:
    business = site_app.business
    lot = business.collect("tense", 1000)
    path = f"/l/{business.lot(lot).code}"
    assert "检查未合格" not in visit("wang", "yard").get(path).text
    business.inspect(lot, False)
    business.inspect(lot, False, subject="quality")
    assert "检查未合格 质量检验, 放射性检测" in words_of(visit("wang", "yard").get(path))
    business.inspect(lot, True, subject="quality")
    assert "检查未合格 放射性检测" in words_of(visit("wang", "yard").get(path))


def test_a_pass_that_does_not_release_says_so_once(site_app: SiteApp, visit: Visit) -> None:
    business = site_app.business
    lot = business.collect("tense", 1000)
    business.inspect(lot, False)
    chen = visit("chen", "yard")
    path = f"/inspect?code={business.lot(lot).code}"
    page = chen.get(path)
    typed = {"id": value_of(page, "id"), "site": "yard", "lots-0-lot_code": business.lot(lot).code}
    answer = chen.post(path, {**typed, "subject": "quality", "passed": "yes"})
    told = chen.get(answer.location).text
    assert told.count("仍在隔离中") == 1
    assert "<dd>合格</dd>" in told


def test_codes_are_understood_as_people_write_them(site_app: SiteApp, visit: Visit) -> None:
    code = site_app.business.lot(site_app.business.collect("tense", 1000)).code
    wang = visit("wang", "yard")
    assert wang.get(f"/l/{code.lower()}").location == f"/l/{code}"
    for typed in (
        code,
        code.lower(),
        f"{code[:4]}-{code[4:8]} {code[8:]}",
        f"https://localhost/l/{code}",
        f"http://old.example/l/{code}",
    ):
        assert wang.get("/scan", query_string={"q": typed}).location == f"/l/{code}"


def test_a_torn_label_still_leads_to_its_lot(site_app: SiteApp, visit: Visit) -> None:
    business = site_app.business
    lot = business.collect("tense", 1000)
    old = business.lot(lot).code
    business.do("relabel", "yard", lots=[{"lot": lot}], code="126B07K7Q3F7")
    page = visit("wang", "yard").get(f"/l/{old}")
    assert page.status_code == 200
    assert "126B-07K7-Q3F7" in page.text


@pytest.mark.parametrize(
    ("typed", "status", "said"),
    [
        ("126B07K7Q3F7", 302, ""),
        ("126B07K7Q3F8", 422, "校验"),
        ("hello", 422, ""),
        ("https://evil.example/x", 422, "不是本系统"),
        ("C00000000017", 200, "命令卡"),
        ("https://localhost/s/126B07K7Q3F7", 404, "126B-07K7-Q3F7"),
        ("", 200, "12 个字符"),
        ("x" * 5000, 422, ""),
    ],
)
def test_whatever_is_scanned_gets_a_clear_answer(visit: Visit, typed: str, status: int, said: str) -> None:
    answer = visit("wang", "yard").get("/scan", query_string={"q": typed})
    assert answer.status_code == status
    assert said in answer.text


def test_a_blank_label_is_offered_for_a_new_lot(visit: Visit) -> None:
    answer = visit("wang", "yard").get("/l/126B07K7Q3F7")
    assert answer.status_code == 404
    assert "/collect?code=126B07K7Q3F7" in answer.text


def test_a_bogus_label_is_offered_for_nothing(visit: Visit) -> None:
    wang = visit("wang", "yard")
    for typed in ("N0NSENSE", "126B07K7Q3F8"):
        assert (
            wang.get(f"/l/{typed}/trace").location == wang.get(f"/l/{typed}").location == f"/scan?q={typed}"
        )
    answer = wang.get("/l/126B07K7Q3F7/trace")
    assert answer.status_code == 404
    assert "/collect?code=126B07K7Q3F7" in answer.text


def test_a_trace_has_one_address(site_app: SiteApp, visit: Visit) -> None:
    code = site_app.business.lot(site_app.business.collect("tense", 1000)).code
    wang = visit("wang", "yard")
    assert wang.get(f"/l/{code.lower()}/trace").location == f"/l/{code}/trace"
    assert wang.get(f"/l/{code}/trace").status_code == 200


@pytest.mark.parametrize("page", ["", "/trace"])
def test_a_label_that_is_bound_meanwhile_is_blank_in_one_view_and_leads_to_its_lot_in_the_next(
    site_app: SiteApp, visit: Visit, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    code = "126B07K7Q3F7"

    def find_none_and_bind(reader: Reader, viewer: Viewer, asked: str) -> LotDossier | None:
        """Somebody binds the label right after it was looked up."""
        assert asked == code
        assert find_lot_dossier(reader, viewer, asked) is None
        writing = Thread(target=site_app.business.collect, args=("tense", 1000), kwargs={"code": code})
        writing.start()
        writing.join()
        return find_lot_dossier(reader, viewer, asked)

    wang = visit("wang", "yard")
    with monkeypatch.context() as binding:
        binding.setattr("traceability.web.lots.views.find_lot_dossier", find_none_and_bind)
        assert wang.get(f"/l/{code}{page}").status_code == 404
    assert wang.get(f"/l/{code}{page}").status_code == 200


def test_others_see_neither_lot_nor_event_nor_list(site_app: SiteApp, visit: Visit) -> None:
    business = site_app.business
    business.collect("tense", 1000, site="chengdu")
    event, lot = business.last_event(), business.lot(business.collect("tense", 1000, site="chengdu"))
    mallory = Person(
        "mallory", "mallory", (Assignment("operator", "guiyang"),), hash_password("correct horse")
    )
    site_app.store.write(lambda writer: put_person(writer, mallory))
    stranger = visit("mallory")
    for address in (f"/l/{lot.code}", f"/l/{lot.code}/trace", f"/events/{event}"):
        page = stranger.get(address)
        assert page.status_code == 404
        assert "zhang" not in page.text
        assert "chengdu" not in page.text
    assert lot.code[:4] not in stranger.get("/lots?site=chengdu").text
    assert lot.code[:4] in visit("sichuan-planner").get("/lots?site=chengdu").text
    assert lot.code[:4] not in visit("liu").get("/lots?site=chengdu").text, "the nation's planner has sums"


def test_the_origin_of_a_bought_lot_is_told_down_to_the_province(site_app: SiteApp, visit: Visit) -> None:
    business = site_app.business
    scrap = business.collect("tense", 1000)
    alloy, _ = business.melt((scrap, 600), into=500, dross_kg=50, site="yard")
    business.ship(alloy, "guiyang", site="yard")
    mallory = Person(
        "mallory", "mallory", (Assignment("operator", "guiyang"),), hash_password("correct horse")
    )
    site_app.store.write(lambda writer: put_person(writer, mallory))
    page = visit("mallory").get(f"/l/{business.lot(scrap).code}")
    assert page.status_code == 200
    assert "其他企业（湖南省）" in page.text
    assert "zhang" not in page.text
    assert "/events/" not in page.text


def test_lists_page_through(site_app: SiteApp, visit: Visit) -> None:
    for _ in range(3):
        site_app.business.collect("tense", 1000)
    wang = visit("wang", "yard")
    assert wang.get("/lots").text.count('<th scope="row">') == 3
    assert wang.get("/lots?status=consumed").text.count('<th scope="row">') == 0
    assert wang.get("/lots?after=nonsense").status_code == 400


def test_a_list_offers_no_authority_and_says_which_filter_there_is_not(visit: Visit) -> None:
    wang = visit("wang", "yard")
    options = attributes_of(wang.get("/lots"), "#site option", "value")
    assert "yard" in options
    assert set(options) & set(AUTHORITIES) == set()
    for filter_ in ("status", "form", "metal", "material"):
        refused = wang.get(f"/lots?{filter_}=nonsense")
        assert (refused.status_code, "“nonsense”" in refused.text) == (400, True), filter_


def test_a_void_lot_says_so_and_by_which_correction_and_holds_nothing(
    site_app: SiteApp, visit: Visit
) -> None:
    business = site_app.business
    lot = business.collect("tense", 1000)
    correction = business.void(business.last_event()).event
    code = business.lot(lot).code
    wang = visit("wang", "yard")
    for path in (f"/l/{code}", f"/l/{code}/trace"):
        page = wang.get(path).text
        assert "本批次已作废" in page
        assert f"/events/{correction}" in page
        assert "mistake" in page
        for words in ("源头", "来源省份", "还没有被使用", "1\u00a0000 kg"):
            assert words not in page, (path, words)
    (main,) = find_all(wang.get(f"/l/{code}"), "main")
    assert "900" not in main.text()
    assert "1\u00a0000" not in wang.get("/lots?status=void").text


def test_a_lot_that_a_replacement_left_out_is_void_too(site_app: SiteApp, visit: Visit) -> None:
    business = site_app.business
    lot = business.collect("tense", 1000)
    parts = [{"form": "scrap", "material": "tense", "mass_g": grams} for grams in (400_000, 600_000)]
    kept, gone = business.transform("sort", [lot], parts)
    sort = business.last_event()
    body = business.draft(
        "sort", "yard", inputs=[{"lot": lot}], outputs=[{**parts[1], "mass_g": 900_000, "lot": kept}]
    )
    correction = business.replace(sort, body).event
    page = visit("wang", "yard").get(f"/l/{business.lot(gone).code}").text
    assert "本批次已作废" in page
    assert f"/events/{correction}" in page
    # the event itself shows what was first recorded, struck
    event = visit("wang", "yard").get(f"/events/{sort}").text
    struck = [words_of(row) for row in find_all(event, "tr.struck")]
    assert [mass in "".join(struck) for mass in ("400", "600", "900")] == [True, True, False]
    assert "最初记录" in event
    assert f'href="/events/{correction}"' in event


def test_a_voided_event_strikes_its_lots(site_app: SiteApp, visit: Visit) -> None:
    business = site_app.business
    lot = business.collect("tense", 1000)
    business.transform("sort", [(lot, 400)], [{"form": "scrap", "material": "tense", "mass_g": 400_000}])
    sort = business.last_event()
    business.void(sort)
    page = visit("wang", "yard").get(f"/events/{sort}").text
    struck = [words_of(row) for row in find_all(page, "tr.struck")]
    assert len(struck) == 2
    assert "本记录已作废" in page


def test_an_event_names_plate_and_driver_and_tells_times(site_app: SiteApp, visit: Visit) -> None:
    business = site_app.business

    def know(writer: Writer) -> None:
        writer.put_document("vehicle", "truck-1", {"plate": "湘F12345"}, 0)
        writer.put_document("party", "driver-1", {"kind": "driver", "name": "刘师傅"}, 0, group="driver")

    site_app.store.write(know)
    business.ship(business.collect("tense", 1000), "plant", vehicle="truck-1", driver="driver-1")
    page = visit("wang", "yard").get(f"/events/{business.last_event()}").text
    assert "湘F12345" in page
    assert "刘师傅" in page
    assert "truck-1" not in page
    assert "driver-1" not in page
    scrap = business.collect("tense", 1000, site="plant")
    business.melt(scrap, into=800, at="2025-01-06T12:00:00", started="2025-01-06T08:00:00+08:00")
    page = visit("chen", "plant").get(f"/events/{business.last_event()}").text
    assert "2025年1月6日 08:00" in page
    assert "T08:00" not in page


def test_plate_and_driver_of_another_firm_stay_unnamed(site_app: SiteApp, visit: Visit) -> None:
    business = site_app.business
    business.ship(business.collect("tense", 1000), "guiyang", vehicle="truck-1", driver="driver-1")
    mallory = Person(
        "mallory", "mallory", (Assignment("operator", "guiyang"),), hash_password("correct horse")
    )
    site_app.store.write(lambda writer: put_person(writer, mallory))
    page = visit("mallory").get(f"/events/{business.last_event()}")
    assert page.status_code == 200
    assert "truck-1" not in page.text
    assert "driver-1" not in page.text


def test_a_content_names_its_model_every_class_method_and_boundary(site_app: SiteApp, visit: Visit) -> None:
    business = site_app.business
    lot = business.collect("tutu", 300, site="plant", metal_fraction="1")
    feed = business.supply("mn-al", 100)
    (alloy,) = business.melt(lot, feed, into=400, alloy="6063", model="mass_balance")
    page = words_of(visit("wang", "plant").get(f"/l/{business.lot(alloy).code}").text)
    assert "消费后废料 300 75.0 % 消费前废料 0 0.0 % 再生（未区分） 0 0.0 %" in page
    assert "原生（含添加料） 其中添加料 100 kg 100 25.0 % 来源不明 0 0.0 %" in page
    assert "产销监管链模型 质量平衡 ISO 22095" in page
    assert "ISO 14021" in page
    assert "边界 金属含量" in page
    assert "身份保持" in words_of(visit("wang", "plant").get(f"/l/{business.lot(lot).code}").text)


def test_a_preview_names_the_model_and_every_class(site_app: SiteApp, visit: Visit) -> None:
    business = site_app.business
    lot = business.collect("tutu", 300, site="plant", metal_fraction="1")
    feed = business.supply("mn-al", 100)
    codes = [business.lot(one).code for one in (lot, feed)]
    typed = {
        "heat_number": "H-1", "model": "mass_balance", "outputs-0-material": "6063", "outputs-0-mass_kg": "400",
        **{f"inputs-{place}-lot_code": code for place, code in enumerate(codes)}, "action": "preview",
    }  # fmt: skip
    wang = visit("wang", "plant")
    page = wang.post("/melt", {**fields_of(wang.get("/melt")), **typed}).text
    shown = words_of(page[page.index('id="preview"') :])
    assert "75.0 300 kg 0.0 0 kg 0.0 0 kg 25.0 100 kg 0.0 0 kg" in shown
    assert "产销监管链模型 质量平衡 ISO 22095" in shown

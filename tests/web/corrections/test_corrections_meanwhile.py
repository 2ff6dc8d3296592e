"""Pages of corrections: what others corrected meanwhile, and what its recorder takes back."""

from collections.abc import Callable

from scanners.codes import group_code
from tests.support.markup import fields_of, find_all, find_one, hidden_fields_of, words_of
from tests.support.pages import SiteApp, Visitor, value_of

Visit = Callable[..., Visitor]


def test_a_form_opened_before_another_correction_is_refused_with_what_changed_and_keeps_what_was_typed(
    site_app: SiteApp, visit: Visit
) -> None:
    site_app.business.collect("tense", 1000, ticket="T-1")
    event = site_app.business.last.event  # type: ignore[union-attr]
    path = f"/events/{event}/replace"
    chen = visit("chen", "yard")
    mine = {**fields_of(chen.get(path)), "note": "mine", "correction-reason": "mine"}
    theirs = {**fields_of(chen.get(path)), "ticket": "T-2", "correction-reason": "theirs"}
    assert chen.post(path, theirs).status_code == 302
    refused = chen.post(path, mine)
    assert refused.status_code == 422
    assert "T-1" in words_of(find_one(refused.text, ".correcting dl.facts"))
    assert "T-2" in words_of(find_one(refused.text, ".correcting dl.facts"))
    again = fields_of(refused)
    assert (again["note"], again["ticket"]) == ("mine", "T-1")
    assert chen.post(path, again).status_code == 302


def test_codes_stand_in_a_correction_as_on_their_labels_however_often_it_is_refused(
    site_app: SiteApp, visit: Visit
) -> None:
    lot = site_app.business.collect("tense", 1000)
    collected = site_app.business.last.event  # type: ignore[union-attr]
    site_app.business.ship(lot, "plant")
    shipped = site_app.business.last.event  # type: ignore[union-attr]
    code = group_code(site_app.business.lot(lot).code)
    chen = visit("chen", "yard")
    for event, name in ((collected, "outputs-0-code"), (shipped, "lots-0-lot_code")):
        path = f"/events/{event}/replace"
        page = chen.get(path)
        for _ in range(3):
            shown = [field.attributes["value"] for field in find_all(page.text, "input.of-code")]
            assert [text for text in shown if text] == [code]
            page = chen.post(path, {**fields_of(page), "correction-reason": ""})
            assert (page.status_code, value_of(page, name)) == (422, code)


def test_its_recorder_takes_an_event_back_from_its_page(site_app: SiteApp, visit: Visit) -> None:
    site_app.business.collect("tense", 1000, actor="wang")
    event = site_app.business.last.event  # type: ignore[union-attr]
    wang, chen = visit("wang", "yard"), visit("chen", "yard")
    page = wang.get(f"/events/{event}")
    (button,) = find_all(page.text, f'form[action="/events/{event}/undo"] button')
    assert words_of(button) == "撤销"
    assert not find_all(chen.get(f"/events/{event}").text, f'form[action="/events/{event}/undo"]')
    done = wang.post(f"/events/{event}/undo", hidden_fields_of(page.text))
    assert done.status_code == 302
    assert not site_app.business.event(event).live
    assert not find_all(wang.get(f"/events/{event}").text, f'form[action="/events/{event}/undo"]')


def test_what_cannot_be_taken_back_any_more_says_why(site_app: SiteApp, visit: Visit) -> None:
    lot = site_app.business.collect("tense", 1000, actor="wang")
    event = site_app.business.last.event  # type: ignore[union-attr]
    wang = visit("wang", "yard")
    page = wang.get(f"/events/{event}")
    site_app.business.ship(lot, "plant")
    refused = wang.post(f"/events/{event}/undo", hidden_fields_of(page.text))
    assert refused.status_code == 403
    assert "撤销" in words_of(find_one(refused.text, "main"))
    assert site_app.business.event(event).live

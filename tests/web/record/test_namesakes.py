"""Where several have the name that was typed, the page asks which one is meant, without scripts."""

from collections.abc import Callable
from typing import Any

from tests.support.markup import attributes_of, find_all
from tests.support.pages import SiteApp, Visitor, errors_beside, value_of
from tests.web.record.test_confirmation import begin

Visit = Callable[..., Visitor]

CODE = "91350100M000100Y43"


def load(visitor: Visitor, number: int, supplier: str, **more: str) -> dict[str, Any]:
    kg = str(33_000 + 100 * number)
    return begin(visitor, ticket=f"N-{number}", supplier=supplier, weighing__gross_kg=kg, **more)


def supplier_of(site_app: SiteApp, event: str) -> str:
    return str(getattr(site_app.business.event(event).draft.detail, "supplier"))  # noqa: B009


def record_two(site_app: SiteApp, visitor: Visitor) -> list[str]:
    """Record loads of two suppliers of one name; return their ids."""
    ids = []
    for number, typed in enumerate((f"老张废品站 {CODE}", "老张废品站 #17")):
        body = load(visitor, number, typed)
        assert visitor.post("/collect", body).status_code == 302
        ids.append(supplier_of(site_app, body["id"]))
    return ids


def test_suppliers_of_one_name_are_offered_and_the_choice_stays(site_app: SiteApp, visit: Visit) -> None:
    wang = visit("wang", "yard")
    firm, person = record_two(site_app, wang)
    typed = load(wang, 3, "老张废品站")
    asked = wang.post("/collect", typed)
    assert asked.status_code == 422
    assert attributes_of(asked, "input[name=supplier_which]", "value") == [firm, person]
    assert attributes_of(asked, "input[name=supplier_which][checked]", "value") == []
    labels = [label.text() for label in find_all(asked, "label:has(input[name=supplier_which])")]
    assert (CODE in labels[0], "#17" in labels[1]) == (True, True)
    assert set(errors_beside(asked)) == {"supplier_which"}
    # Something else is wrong now: the choice stands, and is sent again.
    again = wang.post("/collect", {**typed, "supplier_which": person, "weighing-tare_kg": "99000"})
    assert again.status_code == 422
    assert attributes_of(again, "input[name=supplier_which][checked]", "value") == [person]
    assert "supplier_which" not in errors_beside(again)
    assert wang.post("/collect", {**typed, "supplier_which": person}).status_code == 302
    assert supplier_of(site_app, typed["id"]) == person


def test_a_choice_is_of_the_name_that_stands_there(site_app: SiteApp, visit: Visit) -> None:
    wang = visit("wang", "yard")
    firm, person = record_two(site_app, wang)
    typed = load(wang, 3, "李记")
    assert wang.post("/collect", {**typed, "supplier_which": person}).status_code == 302
    assert supplier_of(site_app, typed["id"]) not in (firm, person)
    for number, nonsense in enumerate(("", "nobody", "\x00")):
        typed = load(wang, 4 + number, "老张废品站")
        assert wang.post("/collect", {**typed, "supplier_which": nonsense}).status_code == 422


def test_a_choice_is_kept_beside_a_question(site_app: SiteApp, visit: Visit) -> None:
    wang = visit("wang", "yard")
    _, person = record_two(site_app, wang)
    typed = load(wang, 3, "老张废品站", weighing__tare_kg="14000") | {"supplier_which": person}
    asked = wang.post("/collect", typed)
    assert asked.status_code == 422
    assert attributes_of(asked, "input[name=supplier_which][checked]", "value") == [person]
    warned = value_of(asked, "warned")
    assert wang.post("/collect", {**typed, "warned": warned, "confirm": "1"}).status_code == 302
    assert supplier_of(site_app, typed["id"]) == person


def test_a_correction_asks_too_and_keeps_whom_nobody_touched(site_app: SiteApp, visit: Visit) -> None:
    wang, chen = visit("wang", "yard"), visit("chen", "yard")
    firm, person = record_two(site_app, wang)
    typed = load(wang, 3, "李记")
    wang.post("/collect", typed)
    path = f"/events/{typed['id']}/replace"
    form = {
        **typed,
        "correction-reason": "typo",
        "supplier": "老张废品站",
        "id": value_of(chen.get(path), "id"),
    }
    asked = chen.post(path, form)
    assert asked.status_code == 422
    assert attributes_of(asked, "input[name=supplier_which]", "value") == [firm, person]
    assert chen.post(path, {**form, "supplier_which": firm}).status_code == 302
    assert supplier_of(site_app, typed["id"]) == firm
    page = chen.get(path)
    assert value_of(page, "supplier") == "老张废品站"
    kept = {**form, "id": value_of(page, "id"), "weighing-gross_kg": "33400"}
    assert chen.post(path, kept).status_code == 302
    assert supplier_of(site_app, typed["id"]) == firm

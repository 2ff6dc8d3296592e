"""A truck is known by what it weighed before; what is implausible is asked before it is kept."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.markup import attributes_of, find_one, words_of
from tests.support.pages import SiteApp, Visitor, errors_beside, value_of
from tests.support.reading import ask
from tests.web.weighbridge.test_closing import TRUCK, open_ticket, record, weigh
from traceability.domain.calendar import DAY_MS
from traceability.domain.ticket import ReadBy
from traceability.services.operations.tickets import list_trucks
from traceability.web.weighbridge import views

Visit = Callable[..., Visitor]


def open_with(visitor: Visitor, **changes: str) -> Any:
    page = visitor.get("/weighbridge/new")
    return visitor.post("/weighbridge/new", {**TRUCK, "id": value_of(page, "id"), **changes})


def say_yes(visitor: Visitor, path: str, answer: Any, typed: dict[str, str]) -> Any:
    """Send again what was asked about, with the button that says yes."""
    sure = attributes_of(answer, "input[name=sure]", "value")
    assert answer.status_code == 422
    assert len(sure) == 1
    return visitor.post(path, {**typed, "sure": sure, "confirm": "1"})


def test_a_known_truck_brings_its_supplier_class_and_tare(site_app: SiteApp, visit: Visit) -> None:
    wang = visit("wang", "yard")
    assert wang.get("/weighbridge/truck.json?plate=湘F00001").json == {"known": False}
    record(wang, open_ticket(site_app, wang, ("tense", "12480")))
    known = wang.get("/weighbridge/truck.json?plate=湘f-00001").json
    assert known is not None
    assert (known["supplier"], known["source_class"]) == ("老张废品站", "post")
    assert "12\xa0480" in known["words"]
    page = wang.get("/weighbridge/new?vehicle=湘F00001")
    assert value_of(page, "supplier") == "老张废品站"

    ticket = open_with(wang, gross="20000").location
    assert "12\xa0480" in wang.get(ticket).text
    assert weigh(wang, ticket, "tense", "", tare="usual").status_code == 302
    (here,) = ask(site_app.store, list_trucks, "yard", site_app.now_ms)
    (grade,) = here.ticket.grades
    assert (grade.after.mass_g, grade.after.by) == (12_480_000, ReadBy.HISTORY)
    other = open_with(wang, vehicle="湘F00009").location
    unknown = weigh(wang, other, "tense", "", tare="usual")
    assert (unknown.status_code, list(errors_beside(unknown))) == (422, ["after"])


def test_what_is_implausible_is_asked_before_it_is_kept(site_app: SiteApp, visit: Visit) -> None:
    wang = visit("wang", "yard")
    typed = {**TRUCK, "gross-frame": ""}
    for gross in ("18.26", "18260000"):
        answer = open_with(wang, **{"gross": gross, "gross-frame": ""})
        assert answer.status_code == 422
        assert ask(site_app.store, list_trucks, "yard", site_app.now_ms) == []
    page = wang.get("/weighbridge/new")
    light = {**typed, "id": value_of(page, "id"), "gross": "90"}
    answer = wang.post("/weighbridge/new", light)
    assert (
        say_yes(wang, "/weighbridge/new", answer, {**light, "gross": "80"}).status_code == 422
    )  # another figure
    opened = say_yes(wang, "/weighbridge/new", answer, light)
    assert opened.status_code == 302
    gone_back = {**light, "vehicle": "湘F00009", "gross": "18000"}
    back = wang.post("/weighbridge/new", gone_back)  # the next truck, typed into the page of the last one
    assert list(errors_beside(back)) == ["gross"]
    assert value_of(back, "id") != light["id"], "sent again it opens a ticket of its own"
    assert wang.post("/weighbridge/new", {**gone_back, "id": value_of(back, "id")}).status_code == 302
    gross = f"{opened.location}/grades/0/weigh"
    wang.get(opened.location)
    again = wang.post(gross, {"reading": "18.26"})
    assert (value_of(again, "reading"), len(attributes_of(again, "#again input[name=sure]", "value"))) == (
        "18.26",
        1,
    )
    trucks = ask(site_app.store, list_trucks, "yard", site_app.now_ms)
    assert sorted(one.ticket.gross.mass_g for one in trucks) == [90_000, 18_000_000]
    assert say_yes(wang, gross, again, {"reading": "18.26"}).status_code == 302


def test_a_grade_from_which_something_is_usually_deducted_is_asked_about(
    site_app: SiteApp, visit: Visit
) -> None:
    wang = visit("wang", "yard")
    ticket = open_with(wang).location
    for after in ("17000", "16000", "15000"):
        assert (
            weigh(wang, ticket, "tense", after, impurity_amount="3", impurity_unit="percent").status_code
            == 302
        )
    answer = weigh(wang, ticket, "tense", "14000")
    assert (answer.status_code, len(attributes_of(answer, "input[name=sure]", "value"))) == (422, 1)
    assert (
        say_yes(wang, f"{ticket}/grades", answer, {"material": "tense", "after": "14000"}).status_code == 302
    )
    assert weigh(wang, ticket, "talc", "13000").status_code == 302  # nothing is known of it
    for name, tile in (("no such grade", ""), ("talc", "tense")):  # neither is guessed
        refused = weigh(wang, ticket, tile, "12000", grade_name=name)
        assert (refused.status_code, "grade_name" in errors_beside(refused)) == (422, True)
    assert weigh(wang, ticket, "", "12000", grade_name="talc").status_code == 302


def test_another_desk_weighs_on_and_the_first_reading_is_kept(site_app: SiteApp, visit: Visit) -> None:
    ticket = open_ticket(site_app, visit("wang", "yard"), ("tense", "15000"))
    chen = visit("chen", "yard")
    assert value_of(chen.get(f"{ticket}?again=1"), "reading") == ""
    assert chen.post(f"{ticket}/grades/1/weigh", {"reading": "15020"}).status_code == 302
    wrong = chen.post(f"{ticket}/grades/1/weigh", {"reading": "19000"})
    assert (wrong.status_code, value_of(wrong, "reading")) == (422, "19000")
    (here,) = ask(site_app.store, list_trucks, "yard", site_app.now_ms)
    assert [reading.mass_g for reading in here.ticket.replaced] == [15_000_000]
    assert chen.post(f"{ticket}/cancel", {"reason": "turned away"}).status_code == 302
    assert "turned away" in chen.get("/weighbridge").text
    for typed in (
        {"material": "tense", "after": "14000"},
        {"after": "x"},
        {"material": "tense", "after": "1"},
    ):
        late = chen.post(f"{ticket}/grades", typed)
        assert late.status_code == 422
        assert "不能再改" in words_of(find_one(late, ".notice.error")), typed


def test_ended_tickets_are_listed_by_days_of_their_month(
    site_app: SiteApp, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "SHOWN", 1)
    for reason in ("of the first day", "of the second"):
        chen = visit("chen", "yard")
        assert chen.post(f"{open_with(chen).location}/cancel", {"reason": reason}).status_code == 302
        site_app.now_ms += DAY_MS
    newest = visit("chen", "yard").get("/weighbridge")
    assert ("of the second" in newest.text, "of the first" in newest.text) == (True, False)
    (older,) = attributes_of(newest, "nav.pages a[rel=next]", "href")
    chen = visit("chen", "yard")
    assert "of the first day" in chen.get(older).text
    assert chen.get("/weighbridge?until=nonsense").status_code == 400
    assert "of the second" not in chen.get("/weighbridge?month=2025-12").text

"""A ticket closes on a page of its own: what was weighed is recorded as it stands, and its record is bound to the event."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.markup import attributes_of, find_all, find_one, words_of
from tests.support.pages import SiteApp, Visitor, problems_of, value_of
from tests.support.reading import ask
from tests.support.scales import add_scale
from traceability.domain.errors import TooMuchWork
from traceability.domain.ticket import digest_record
from traceability.services.operations.tickets import ticket_of
from traceability.services.recording.open_work import WorkKind, list_closed_work, list_open_work
from traceability.services.upkeep.jobs import list_jobs
from traceability.web.forms import form

Visit = Callable[..., Visitor]
FRAME = r"\x02+018260016\x03"
TRUCK = {
    "vehicle": "湘F00001", "gross": "18260", "gross-frame": FRAME, "supplier": "老张废品站", "source_class": "post",
    "channel": "offline",
}  # fmt: skip
DAY = "2026-01-01"
LABEL = "QEN0GAJWFX84"


def open_ticket(site: SiteApp, visitor: Visitor, *grades: tuple[str, str]) -> str:
    """Open a ticket and weigh grades at the pages; return its address."""
    page = visitor.get("/weighbridge/new")
    answer = visitor.post("/weighbridge/new", {**TRUCK, "id": value_of(page, "id")})
    assert answer.status_code == 302, problems_of(answer)
    for material, after in grades:
        weigh(visitor, answer.location, material, after)
    return answer.location


def weigh(visitor: Visitor, ticket: str, material: str, after: str, **more: str) -> Any:
    visitor.get(ticket)
    return visitor.post(f"{ticket}/grades", {"material": material, "after": after, **more})


def record(visitor: Visitor, ticket: str, seen: str = "", page: Any = None, **more: str) -> Any:
    """Send the closing page as it stands, or as it stood when it was looked at."""
    page = page or visitor.get(f"{ticket}/close")
    names = ("id", "site", "seen", "supplier", "vehicle")
    typed = {name: value_of(page, name) for name in names} | {"source_class": "post", "channel": "offline"}
    return visitor.post(f"{ticket}/close", typed | ({"seen": seen} if seen else {}) | more)


def raise_too_much(*_: object, **__: object) -> None:
    raise TooMuchWork("correct.too_much", limit=1)


def test_a_ticket_is_recorded_as_it_was_weighed_and_its_record_is_bound(
    site_app: SiteApp, visit: Visit
) -> None:
    wang = visit("wang", "yard")
    add_scale(site_app.store)
    ticket = open_ticket(site_app, wang, ("tense", "15000"), ("talc", "12480"))
    page = wang.get(f"{ticket}/close")
    assert "5\xa0780" in page.text
    assert len(find_all(page, "tbody tr")) == 2
    answer = record(wang, ticket, page=page)
    assert (answer.status_code, answer.location) == (302, ticket), problems_of(answer)
    (work,) = ask(site_app.store, list_closed_work, "yard", WorkKind.TICKET, [DAY], 9).works
    (event,) = ask(site_app.store, lambda reader: reader.find_events([work.id])).values()
    (document,) = event.draft.documents
    assert document.sha256 == digest_record(ticket_of(work), work.number)
    assert ticket_of(work).gross.frame == FRAME
    readings = [(one.weighing.gross_g, one.weighing.tare_g) for one in event.draft.outputs if one.weighing]
    assert readings == [(18_260_000, 15_000_000), (15_000_000, 12_480_000)]
    assert wang.get(ticket).status_code == 200
    assert "称重记录" in wang.get(f"/events/{work.id}").text
    again = record(wang, ticket, page=page)
    assert again.status_code == 302  # recorded once
    chen = visit("chen", "yard")
    chen.get("/account/password")
    late = record(chen, ticket, page=page)
    assert late.location == ticket
    assert "已完成" in words_of(find_one(chen.get(ticket), ".notice.error")), (
        "somebody else closed it meanwhile"
    )


def test_what_another_desk_weighed_meanwhile_is_told_before_anything_is_recorded(
    site_app: SiteApp, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    wang, chen = visit("wang", "yard"), visit("chen", "yard")
    ticket = open_ticket(site_app, wang, ("tense", "15000"))
    seen = value_of(wang.get(f"{ticket}/close"), "seen")
    weigh(chen, ticket, "talc", "12480", code=LABEL)
    held = chen.get(f"/l/{LABEL}")
    assert attributes_of(held, f"main a[href='{ticket}']", "href")  # the label is not offered for another lot
    assert find_all(held, "main .steps a") == []
    answer = record(wang, ticket, seen)
    assert answer.status_code == 422
    assert len(problems_of(answer)) == 1
    assert "5\xa0780" in answer.text
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(form, "capture_event", raise_too_much)
        refused = record(wang, ticket)
    assert (refused.status_code, len(problems_of(refused))) == (413, 1)
    assert ask(site_app.store, list_jobs) == []  # it would record the event, and leave the ticket open
    assert len(ask(site_app.store, list_open_work, ["yard"])) == 1
    assert record(wang, ticket).status_code == 302

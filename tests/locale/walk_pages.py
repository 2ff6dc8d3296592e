"""Follow every link of the pages in a language, in a process that found its catalogue when it started.

``python -m tests.locale.walk_pages LANGUAGE FOLDER`` prints a line of JSON for each answer: ``person``, ``method``,
``address``, ``status``, ``tag`` (the language of the page) and ``texts``. The last line holds the endpoints that
showed nobody anything (``unvisited``).
"""

import json
import sys
from collections import Counter, deque
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from app import create_app
from graph import open_store
from graph.store import Store
from tests.support.golden import NOW_MS, load_golden
from tests.support.heats import charge_heat
from tests.support.pages import Visitor, enter_as
from tests.support.tickets import close_truck, open_truck
from traceability.config import Settings
from traceability.domain.access import Assignment
from traceability.domain.calendar import day_of
from traceability.domain.rights import find_viewer
from traceability.exchange.seed import golden_codes, golden_drafts, golden_events
from traceability.services.directory.audit import Actor
from traceability.services.directory.people import Person, put_person
from traceability.services.directory.reference import reference_in
from traceability.services.recording.capture import capture_event
from traceability.services.recording.judge import Deliverer
from traceability.services.recording.queue import Queue, capture_queue
from traceability.services.recording.undo import make_undo
from traceability.services.upkeep.jobs import submit_capture
from traceability.wire import load_draft

ALIKE = 3  # pages of one endpoint that only differ in their parameters
EVERYWHERE = Person(
    "everywhere",
    "everywhere",
    tuple(Assignment(role, "*") for role in ("operator", "supervisor", "planner", "auditor", "admin")),
)
VISITORS = {EVERYWHERE.id: "miluo", "miluo-operator": "", "planner": ""}
"""Who looks, and at which site they chose to work."""


class Page(HTMLParser):
    """The links of a page, and what a person reads on it: text, and attributes that are shown or spoken."""

    UNREAD = ("script", "style", "code", "pre")
    """What no catalogue speaks: programs, and their words."""
    SPOKEN = ("placeholder", "title", "aria-label", "alt", "data-unsaved", "data-heard", "data-label")

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.texts: list[str] = []
        self.tag = ""
        self.unread: list[str] = []  # the open elements that nobody reads, and those within
        self.feed(markup)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Keep links and spoken attributes."""
        values = {name: value or "" for name, value in attributes}
        if tag == "html":
            self.tag = values.get("lang", "")
        if tag in self.UNREAD or values.get("translate") == "no" or tag in self.unread:
            self.unread.append(tag)
        if "href" in values and tag == "a":
            self.links.append(values["href"])
        self.texts += [values[name] for name in self.SPOKEN if values.get(name)]

    def handle_endtag(self, tag: str) -> None:
        """Read on behind a script."""
        if tag in self.unread:
            del self.unread[len(self.unread) - 1 - self.unread[::-1].index(tag) :]

    def handle_data(self, data: str) -> None:
        """Keep text."""
        if not self.unread and data.strip():
            self.texts.append(" ".join(data.split()))


class Walk:
    """The answers that one person gets, printed as they come."""

    def __init__(self, app: Flask, store: Store, language: str, person: str) -> None:
        self.person = person
        self.rules = list(app.url_map.iter_rules())
        self.match = app.url_map.bind("localhost").match
        self.visitor = Visitor(app.test_client())
        self.visitor.client.set_cookie("language", language)
        self.seen: set[str] = set()
        self.shown: set[str] = set()  # endpoints that answered with something to read
        if person:
            enter_as(self.visitor.client, store, person, NOW_MS, VISITORS[person])

    def follow(self, starts: list[str]) -> None:
        """Visit pages, and what their links lead to."""
        todo, alike = deque(starts), Counter[str]()
        self.seen.update(starts)
        while todo:
            address = todo.popleft()
            answer = self.visitor.get(address)
            page = self.tell("GET", address, answer)
            for link in [*page.links, answer.location or ""]:
                target = urljoin(address, link).partition("#")[0]
                endpoint = self.endpoint(target)
                if target not in self.seen and endpoint not in ("", "static", "session.choose_language"):
                    self.seen.add(target)
                    alike[endpoint] += 1
                    if alike[endpoint] <= ALIKE:
                        todo.append(target)

    def send_empty_forms(self) -> None:
        """Send every form with nothing in it."""
        for rule in self.rules:
            if "POST" in (rule.methods or ()) and not rule.arguments and rule.endpoint != "session.leave":
                self.tell("POST", rule.rule, self.visitor.post(rule.rule, {}))

    def tell(self, method: str, address: str, answer: TestResponse) -> Page:
        """Print an answer; its page."""
        page = Page(answer.text if answer.mimetype == "text/html" and not answer.location else "")
        if answer.status_code == 200:
            self.shown.add(self.endpoint(address))
        texts = page.texts
        if answer.is_json and answer.status_code >= 400:
            told = answer.json or {}
            texts = [told["title"], *(fault["detail"] for fault in told.get("errors", ()))]
        print(json.dumps({
            "person": self.person, "method": method, "address": address, "status": answer.status_code,
            "tag": page.tag, "texts": texts,
        }))  # fmt: skip
        return page

    def endpoint(self, address: str) -> str:
        """Return the endpoint of an address, '' of one elsewhere."""
        if not address.startswith("/"):
            return ""
        try:
            return str(self.match(urlsplit(address).path, method="GET")[0])
        except HTTPException:
            return ""


def undo_a_ticket(store: Store) -> None:
    """Record a load and take it back: what auditors find, as its slip was printed."""
    load = next(draft for draft in golden_drafts() if draft["kind"] == "collect")
    outputs = [{**output, "code": None, "lot": None} for output in load["outputs"]]
    outputs = [{name: value for name, value in output.items() if value is not None} for output in outputs]
    day = "2025-12-20T10:00:00+08:00"
    own = {"actor": EVERYWHERE.id, "event_time": day, "ticket": "2512", "outputs": outputs}
    draft = load_draft({**load, "id": "01970000-0000-7000-8000-000000000002", **own})
    receipt = capture_event(store, draft, Deliverer("test"), NOW_MS)
    assert receipt.error is None, receipt.error
    with store.read() as reader:
        event = reader.find_events([draft.id])[draft.id]
    undo = make_undo(
        event, "01970000-0000-7000-8000-000000000003", event.frozen.time_ms, "wrong on the ticket"
    )
    receipt = capture_event(store, undo, Deliverer("test"), NOW_MS)
    assert receipt.error is None, receipt.error


def hold_a_load(store: Store) -> str:
    """Send a load of a time to come as a device would, and return its id: it is held."""
    load = next(draft for draft in golden_drafts() if draft["kind"] == "collect")
    own = {"id": "01970000-0000-7000-8000-000000000004", "actor": EVERYWHERE.id, "ticket": "2513"}
    draft = load_draft({**load, **own, "event_time": "2030-01-01T10:00:00+08:00"})
    answer = capture_queue(store, Queue([draft], NOW_MS - 420_000), Deliverer("test", EVERYWHERE.id), NOW_MS)
    assert [receipt.status for receipt in answer.receipts] == ["held"]
    return draft.id


def pay_a_truck(store: Store, id_: str) -> str:
    """Close a ticket and pay for it; its id."""
    actor = Actor(EVERYWHERE.id, NOW_MS)
    with store.read() as reader:
        viewer = find_viewer(EVERYWHERE.roles, reference_in(reader).gazetteer, day_of(NOW_MS))
    work = open_truck(store, id_, "miluo", actor, "truck-2", "miluo-dismantlers")
    return close_truck(store, viewer, work, actor, 174_321)


def main(language: str, folder: Path) -> None:
    """Print every answer, and the endpoints that showed nobody a page."""
    store = open_store(f"sqlite:///{folder / 'book.db'}")
    store.migrate()
    load_golden(store)
    store.write(lambda writer: put_person(writer, EVERYWHERE))
    events, codes = golden_events(), sorted(golden_codes().values())
    void = {
        "schema": 1, "id": "01970000-0000-7000-8000-000000000001", "kind": "correct", "site": "miluo",
        "event_time": "2025-04-15T09:00:00+08:00", "actor": EVERYWHERE.id, "cascade": True,
        "targets": [{"event": events["collect-L01"]}], "reason": "wrong on the ticket",
    }  # fmt: skip
    undo_a_ticket(store)
    held = hold_a_load(store)
    furnace, heat = charge_heat(
        store, "01970000-0000-7000-8000-000000000007", "miluo", Actor(EVERYWHERE.id, NOW_MS)
    )
    ticket = open_truck(
        store, "01970000-0000-7000-8000-000000000005", "miluo", Actor(EVERYWHERE.id, NOW_MS), "truck-1", "miluo-dismantlers"
    )  # fmt: skip
    paid = pay_a_truck(store, "01970000-0000-7000-8000-000000000006")
    job = submit_capture(store, void, Deliverer(EVERYWHERE.id), NOW_MS)
    app = create_app(Settings("", folder, folder, "k" * 40, language=language), store, lambda: NOW_MS)
    starts = [
        rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments
    ]
    starts += [
        f"/api/v1/events/{events['collect-L01']}", f"/api/v1/lots/{codes[0]}", f"/api/v1/trace/{codes[0]}",
        f"/l/{codes[0]}/trace", f"/labels?code={codes[0]}", f"/jobs/{job.id}", f"/api/v1/jobs/{job.id}",
        f"/events/{events['collect-L01']}/void", f"/events/{events['collect-L01']}/replace", "/scan?q=nonsense", "/find?q=nonsense", "/find?q=h0",
        "/report/nation/CN/elements/Si?period=2025", f"/held/{held}", f"/held/{held}/mend", "/held?state=settled", "/l/nonsense", "/nothing",
        *(f"/furnace/{heat}{end}" for end in ("", "/charge", "/finish", "/stock")), f"/furnaces/{furnace}",
        f"/weighbridge/{ticket.id}", f"/weighbridge/{ticket.id}/close",
        *(f"/weighbridge/{paid}/{page}" for page in ("slip", "slip.pdf", "receipt", "receipt.pdf", "purchase")), "/t/T0000003RJ0R", "/scales/of/miluo.json",
        *(f"/report/figure?level=nation&code=CN&indicator={one}&period=2025" for one in
          ("renewable_power", "residue_utilisation", "ten_metal_output", "direct_alloying")),
    ]  # fmt: skip
    shown = set()
    for person in ("", *VISITORS):
        walk = Walk(app, store, language, person)
        walk.follow(starts)
        walk.send_empty_forms()
        for body in ({"kind": "nonsense"}, {**golden_drafts()[0], "id": void["id"], "actor": person}):
            answer = walk.visitor.client.post(
                "/api/v1/events", json=body, headers={"Origin": "http://localhost"}
            )
            walk.tell("POST", "/api/v1/events", answer)
        shown |= walk.shown
    readable = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    print(json.dumps({"unvisited": sorted(readable - shown)}))
    store.close()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))

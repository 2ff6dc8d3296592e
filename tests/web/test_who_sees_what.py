"""Every address, asked by every role about every object, tells nobody more than the table of rights lets them know.

Each site's records hold words that occur nowhere else: a ticket, a note, a supplier, the person who recorded, a photo.
The walk fills every route with every lot, event, place, photo and job there is, asks as each person, also for files and
through refusals of the programming interface, and looks for words of sites that the person must not know.
"""

import re
from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from flask import Flask
from werkzeug.routing import Rule

from graph.store import LotFilter, PostingFilter
from tests.support.business import NOW_MS, SITES, Business, put_people, uuid7
from tests.support.pages import SiteApp, Visitor
from tests.support.reading import ask
from tests.support.tickets import open_truck
from tests.support.viewing import viewer_of
from traceability.domain.access import Assignment
from traceability.domain.indicators import INDICATORS
from traceability.domain.rights import Thing
from traceability.services.directory.audit import Actor
from traceability.services.directory.people import Person, hash_password
from traceability.services.recording.judge import Deliverer
from traceability.services.recording.queue import Queue, capture_queue
from traceability.wire import load_batch

PASSWORD = "correct horse"
PLACES = [
    ("nation", "CN"), ("province", "430000"), ("province", "510000"), ("prefecture", "430600"),
    ("site", "yard"), ("site", "guiyang"),
]  # fmt: skip
OPENED = ("recycled_output", "collected", "evidence")
ROLES: dict[str, list[tuple[str, ...]]] = {
    **{f"hand-of-{site}": [("operator", site), ("supervisor", site)] for site in SITES},
    "planner-of-hunan": [("planner", "43")],
    "planner-of-nation": [("planner", "*")],
    "hunan-auditor": [("auditor", "43")],
    "auditor": [("auditor", "*")],
    "admin": [("admin", "*")],
    "nobody": [],
    "former-hand": [("operator", "yard", "", "2025-01-31"), ("supervisor", "yard", "", "2025-01-31")],
}
HELD: list[str] = []  # ids of the drafts that wait
TICKETS: list[str] = []  # ids of the open tickets of weighbridges
LEFT_OUT = {"static", "session.leave"}


class Secret(NamedTuple):
    """A word that only those may read who may know a thing of a site."""

    site: str
    thing: Thing
    word: str


@pytest.fixture
def walked(site_app: SiteApp) -> SiteApp:
    """A book of three firms, one of which sells to another, and people of every role."""
    hashed = hash_password(PASSWORD)
    put_people(site_app.store, *(
        Person(id_, id_.upper(), tuple(Assignment(*role) for role in roles), hashed) for id_, roles in ROLES.items()
    ))  # fmt: skip
    business = site_app.business
    HELD[:] = [hold(business, site) for site in SITES]
    TICKETS[:] = [
        open_truck(
            business.store, uuid7(900_000 + number), site, Actor(f"hand-of-{site}", NOW_MS), word("plate", site), word("supplier", site)
        ).id
        for number, site in enumerate(SITES)
    ]  # fmt: skip
    lots = {site: record(business, site) for site in SITES}
    alloy, *_ = business.melt(
        lots["yard"][1], into=800, site="yard", actor="hand-of-yard", note=word("note", "yard")
    )
    business.ship(alloy, "chengdu", site="yard", actor="hand-of-yard", vehicle_plate=word("plate", "yard"))
    business.receive(alloy, "chengdu", actor="hand-of-chengdu")
    business.melt(alloy, into=700, site="chengdu", actor="hand-of-chengdu")
    business.void(business.last_event(), site="chengdu", actor="hand-of-chengdu")
    business.send(business.statistic("430000", "2025", output_g=10**9))
    return site_app


def record(business: Business, site: str) -> list[str]:
    """Collect two lots at a site, with everything that others must not know."""
    return [
        business.do(
            "collect", site, actor=f"hand-of-{site}", supplier_name=word("supplier", site), ticket=f"{word('ticket', site)}-{number}",
            source_class="post", channel="offline", photos=[digest(site)], note=word("note", site),
            outputs=[{"form": "scrap", "material": "tense", "mass_g": 1_000_000}],
        )[0]
        for number in range(2)
    ]  # fmt: skip


def hold(business: Business, site: str) -> str:
    """Send a load of a time to come as a device of a site would, and return its id: it is held."""
    person = f"hand-of-{site}"
    draft = business.draft(
        "collect", site, "2031-01-01T00:00:00", person, supplier_name=word("supplier", site), ticket=word("ticket", site),
        source_class="post", channel="offline", photos=[digest(site)], note=word("note", site),
        outputs=[{"form": "scrap", "material": "tense", "mass_g": 1_000_000}],
    )  # fmt: skip
    queue = Queue(load_batch({"events": [draft]}), NOW_MS)
    assert (
        capture_queue(business.store, queue, Deliverer("test", person), NOW_MS).receipts[0].status == "held"
    )
    return str(draft["id"])


def word(kind: str, site: str) -> str:
    return f"{kind}of{site}"


def digest(site: str) -> str:
    return (site.encode().hex() * 64)[:64]


def list_secrets() -> list[Secret]:
    return [
        secret
        for site in SITES
        for secret in (
            Secret(site, Thing.RECORD, word("ticket", site)),
            Secret(site, Thing.PARTY, word("note", site)),
            Secret(site, Thing.PARTY, word("supplier", site)),
            Secret(site, Thing.PARTY, word("plate", site)),
            Secret(site, Thing.PERSON, f"HAND-OF-{site.upper()}"),
            Secret(site, Thing.PERSON, f"hand-of-{site}"),
            Secret(site, Thing.PHOTO, digest(site)),
        )
    ]


def list_objects(site_app: SiteApp) -> dict[str, list[str]]:
    """Return what can stand in an address, by the name that routes give it."""
    store = site_app.store
    lots = [lot for site in SITES for lot in ask_lots(site_app, site)]
    postings, _ = ask(store, lambda reader: reader.list_postings(PostingFilter(), limit=1000))
    return {
        "code": [*(lot.code for lot in lots), "126B07K7Q3F7", "NOPE"],
        "kind": ["sort", "receive"],
        "version": ["none"],
        "name": ["app.js"],
        "finding_id": ["none"],
        "seq": ["1"],
        "held_id": HELD,
        "scale_id": ["none"],
        "ticket_id": TICKETS,
        "heat_id": ["0194a000-0000-7000-8000-0000000000fe"],
        "event_id": [uuid7(number) for number in range(1, site_app.business.number + 2)],
        "digest": [digest(site) for site in SITES],
        "form": ["csv", "json", "zpl"],
        "ending": ["json"],
        "file_name": ["CN_2025-03_zh_v1.pdf"],
        "site": list(SITES),
        "material": ["adc12", "tense"],
        "element": ["Al"],
        "person_id": ["hand-of-yard", "admin"],
        "site_id": list(SITES),
        "target_id": ["none"],
        "party_id": [one.id for one in ask(store, lambda reader: reader.list_documents("party")[0])],
        "job_id": ["0000000000000-000000000000"],
        "chosen": ["en"],
        "guide": ["planner", "auditor"],
        "book": [str(posting.event) for posting, _ in postings][:1],
    }


def ask_lots(site_app: SiteApp, site: str) -> list[Any]:
    found: list[Any] = ask(
        site_app.store, lambda reader: reader.list_lots(LotFilter(site=site), limit=200)[0]
    )
    return found


def list_addresses(app: Flask, objects: dict[str, list[str]]) -> Iterator[str]:
    """Yield every GET address, with every object in it; figures with every indicator."""
    for rule in sorted(app.url_map.iter_rules(), key=str):
        if "GET" in (rule.methods or ()) and rule.endpoint not in LEFT_OUT:
            yield from fill(rule, objects)
    for (level, code), indicator in product(PLACES, INDICATORS):
        figure = f"level={level}&code={code}&indicator={indicator}&period=2025"
        yield f"/report/figure.csv?{figure}"
        if indicator in OPENED:
            yield f"/report/figure?{figure}"
            yield f"/report/declarations.csv?{figure}"
            yield f"/report/residues.csv?{figure}"
    for level, code in PLACES:
        for resource in ("figures", "figures.csv", "reports", "tallies", "tallies.csv", "flows"):
            yield f"/api/v1/{resource}?level={level}&code={code}&period=2025"
        place = f"level={level}&code={code}&period=2025"
        yield f"/flows?{place}"
        for kind in ("smelter", "fabricator", "casthouse"):  # the main ones of the sites here
            yield f"/flows/lots?{place}&source=site_kind:{kind}:&target=destination:stock:"
        yield f"/flows/lots?{place}&source=site_kind:collection:&target=site_kind:smelter:"
        yield f"/flows/lots?{place}&source=family:family:AlSiCu&target=destination:customer:"
    for site in SITES:
        yield f"/lots?site={site}"
        yield f"/api/v1/lots?site={site}"
        yield f"/api/v1/events?site={site}&voided=yes"
    for kind in ("ticket", "note", "supplier", "plate"):
        yield f"/find?q={kind}of"
    for code in objects["code"]:
        yield f"/find?q={code[:5]}"
        yield f"/labels?code={code}"
        yield f"/scan?q={code}"


def fill(rule: Rule, objects: dict[str, list[str]]) -> Iterator[str]:
    asked = rule.arguments - set(rule.defaults or ())
    names = sorted(asked - {"level", "code"} if "level" in asked else asked)
    places = PLACES if "level" in asked else [("", "")]
    for (level, code), values in product(places, product(*(objects[name] for name in names))):
        filled = {"level": level, "code": code} if level else {}
        filled |= dict(zip(names, values, strict=True))
        address = rule.rule
        for name, value in filled.items():
            address = re.sub(rf"<(?:[^<>:]+:)?{name}>", value, address)
        yield address


def sign_in(site_app: SiteApp, person: str) -> Visitor:
    visitor = Visitor(site_app.app.test_client())
    visitor.sign_in(person, PASSWORD)
    return visitor


def drafts_about(site_app: SiteApp, person: str, site: str) -> Iterator[dict[str, Any]]:
    """Yield drafts of a person about lots that may not be theirs."""
    business = site_app.business
    for other in SITES:
        for lot in ask_lots(site_app, other):
            for named in ({"lot_code": lot.code}, {"lot": lot.id}):
                used = [{**named, "mass_g": 10**9}]
                yield business.draft(
                    "inspect", site, actor=person, lots=[named], subject="quality", passed=True
                )
                yield business.draft("ship", site, actor=person, lots=used, mode="road", to="guiyang")
                yield business.draft("receive", site, actor=person, lots=[named])
                yield business.draft(
                    "sort", site, actor=person, inputs=used,
                    outputs=[{"form": "scrap", "material": "tense", "mass_g": 1}],
                )  # fmt: skip
    for number in range(1, business.number + 1):
        targets = [{"event": uuid7(number)}]
        yield business.draft("correct", site, actor=person, targets=targets, cascade=True, reason="x")


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("person", sorted(ROLES))
def test_nobody_reads_what_the_table_withholds(walked: SiteApp, person: str) -> None:
    viewer = viewer_of(walked.store, person, NOW_MS)
    hidden = [
        secret
        for secret in list_secrets()
        if not viewer.tells(secret.site, secret.thing) and secret.word not in (person, person.upper())
    ]
    visitor = sign_in(walked, person)
    told: dict[str, set[str]] = {}

    def look(address: str, text: str) -> None:
        if person == "admin" and address.startswith(("/admin/", "/parties/")):
            return  # whoever runs accounts and master data sees whose and what they are
        for secret in hidden:
            if secret.word in text and quote(secret.word) not in address:
                told.setdefault(f"{secret.thing} of {secret.site}", set()).add(address)

    seen = 0
    for address in list_addresses(walked.app, list_objects(walked)):
        answer = visitor.get(address)
        assert answer.status_code < 500, address
        look(address, answer.get_data().decode(errors="replace").replace("\u2028", ""))
        seen += answer.status_code == 200
    assert seen or person in ("nobody", "former-hand")
    for site in viewer.works_at[:1]:
        for draft in drafts_about(walked, person, site):
            answer = visitor.client.post("/api/v1/events", json=draft, headers={"Origin": "http://localhost"})
            assert answer.status_code < 500, draft
            look(
                f"API {draft['kind']} {draft.get('lots') or draft.get('inputs') or draft.get('targets')}",
                answer.text,
            )
    assert not told, {what: sorted(where)[:5] for what, where in told.items()}


@pytest.mark.parametrize("site", sorted(SITES))
def test_the_walk_would_find_what_is_told(walked: SiteApp, site: str) -> None:
    """Who works at a site reads all its words: they are on the pages that the walk opens."""
    visitor = sign_in(walked, f"hand-of-{site}")
    events = [visitor.get(f"/events/{id_}").text for id_ in list_objects(walked)["event_id"]]
    own = [
        secret.word for secret in list_secrets() if secret.site == site and secret.thing is not Thing.PHOTO
    ]
    missing = {found for found in own if not any(found in text for text in events)}
    assert missing <= {f"hand-of-{site}", word("plate", site)}

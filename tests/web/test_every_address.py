"""Every address of the scenario, asked by an auditor, a planner of another province, a firm and a stranger.

Names of sites out of view stand neither on a page nor in a file; a stranger is told nothing; and no query, however
hostile, is answered with an error of the system.
"""

import re
from collections.abc import Iterator
from itertools import cycle, product

import pytest
from flask.testing import FlaskClient

from tests.support.golden import NOW_MS
from tests.support.golden_book import Book, open_book
from tests.support.pages import enter_as
from tests.support.reading import ask
from tests.support.viewing import viewer_of
from traceability.services.directory.reference import reference_in
from traceability.web.shell.session import OPEN

PLACES = ("nation:CN", "province:430000", "group:430000,510000", "site:miluo")
READERS = ("sichuan-planner", "miluo-operator")
LEFT_OUT = {"static", "session.leave"}
FILLED = {
    "form": "json", "ending": "json", "level": "province", "code": "430000", "finding_id": "none", "seq": "40", "site": "miluo",
    "event_id": "0194d8c5-5a80-7001-8000-000000000044", "digest": "0" * 64, "file_name": "CN_2025-03_zh_v1.pdf",
    "material": "adc12", "element": "Al", "person_id": "admin", "site_id": "chengdu", "target_id": "none", "party_id": "none",
    "job_id": "0000000000000-000000000000", "chosen": "en", "kind": "sort",
    "held_id": "0194d8c5-5a80-7001-8000-0000000000ff", "scale_id": "none",
    "ticket_id": "0194d8c5-5a80-7001-8000-0000000000fe",
    "heat_id": "0194d8c5-5a80-7001-8000-0000000000fd",
}  # fmt: skip
"""What stands in the place of each argument of a route."""
BY_PLACE = (
    "/trend",
    "/map",
    "/audit/",
    "/targets",
    "/why",
    "/what-if",
    "/registers/",
    "/flows",
    "/figures",
    "/pivot",
    "/home",
)
"""How addresses begin whose pages are of the place that their query names."""
QUERY = (
    "place", "member", "level", "code", "period", "from", "to", "metal", "view", "method", "region", "sort", "at", "seq", "after",
    "indicator", "line", "of", "limit", "since", "until", "kind", "part", "person", "shape", "source", "target", "site", "compare",
)  # fmt: skip
HOSTILE = (
    "%00", "%FF%FE", "%ED%A0%80", "9" * 30, "-1", "..", "CN,CN", "2025-13", "nation:", "site:miluo/1", "province:430000/CN",
    "%C2%B2", "%E0%A5%A7", "x" * 3000, "0000-00", "9999-12", "99999|", "-1|x", "x@miluo", "1/0", "a:b:c", "sheet.-column", "%F0%9F%98%80",
)  # fmt: skip
NAMES_RECEIVERS = ("/ship", "/yard/reference.json")
"""Forms that offer every site that metal can be sent to."""
USUAL = "place=province:430000&period=2025-03&indicator=recycled_output"
STRIDE = 11  # of all parameters at all addresses, each address and each parameter some


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Load the scenario once: nobody records anything here."""
    return open_book(tmp_path_factory.mktemp("every"))


def enter(book: Book, person: str) -> FlaskClient:
    client = book.app.test_client()
    if person:
        enter_as(client, book.store, person, NOW_MS)
    return client


def list_routes(book: Book) -> Iterator[tuple[str, str]]:
    """Yield (endpoint, address) of every route that is read, its arguments filled in."""
    for rule in sorted(book.app.url_map.iter_rules(), key=str):
        if "GET" in (rule.methods or ()) and rule.endpoint not in LEFT_OUT:
            address = rule.rule
            for name in rule.arguments - set(rule.defaults or ()):
                address = re.sub(rf"<(?:[^<>]*:)?{name}>", FILLED.get(name, "none"), address)
            yield rule.endpoint, address


def list_addresses(book: Book) -> Iterator[str]:
    """Yield every address, those of a place once for each of several."""
    for _, address in list_routes(book):
        if address.startswith(NAMES_RECEIVERS):
            continue
        if address.startswith(BY_PLACE):
            yield from (f"{address}?place={place}&period=2025-Q1" for place in PLACES)
        else:
            yield f"{address}?period=2025-Q1"
    for place in PLACES:
        level, code = place.split(":")
        asked = f"level={level}&code={code}&period=2025-Q1"
        for resource in ("figures", "figures.csv", "reports", "tallies", "tallies.csv", "flows"):
            yield f"/api/v1/{resource}?{asked}"
        for ending in ("", ".csv"):
            yield f"/report/figure{ending}?{asked}&indicator=recycled_output"
        yield f"/report/gap.csv?{asked}&indicator=supply_share_official"


@pytest.mark.parametrize("person", READERS)
def test_sites_out_of_view_are_named_nowhere(book: Book, person: str) -> None:
    viewer, reference = viewer_of(book.store, person, NOW_MS), ask(book.store, reference_in)
    hidden = {
        name: site.id
        for site in reference.sites.values()
        if not site.is_authority and not viewer.shows_stay(site.id, reference.region_at(site.id, "2025-03"))
        for _, name in site.names
    }
    assert len(hidden) > 10
    client, told, answered = enter(book, person), dict[str, set[str]](), set[str]()
    for address in list_addresses(book):
        answer = client.get(address)
        assert answer.status_code < 500, address
        answered |= {address.partition("?")[0]} if answer.status_code == 200 else set()
        text = answer.get_data(as_text=True)
        for name, site in hidden.items():
            if name in text:
                told.setdefault(f"{address.partition('?')[0]} tells {site}", set()).add(address)
    assert told == {}
    assert len(answered) > 50


def test_strangers_are_told_nothing(book: Book) -> None:
    client = enter(book, "")
    told = [
        address
        for endpoint, address in list_routes(book)
        if endpoint not in OPEN and client.get(address).status_code not in (302, 401, 404)
    ]
    assert told == []


def test_no_query_is_answered_with_an_error_of_the_system(book: Book) -> None:
    """Every address with some of the parameters, every parameter at some addresses, by each reader in turn."""
    clients = cycle([enter(book, person) for person in ("auditor", *READERS)])
    addresses = [
        address
        for _, address in list_routes(book)
        if address.startswith((*BY_PLACE, "/report", "/register", "/api", "/lots"))
    ]
    values, failed = cycle(HOSTILE), []
    asked = [
        (name, address)
        for (row, name), (column, address) in product(enumerate(QUERY), enumerate(addresses))
        if (row + column) % STRIDE == 0
    ]
    assert {name for name, _ in asked} == set(QUERY)
    assert {address for _, address in asked} == set(addresses)
    for name, address in asked:
        wrong = f"{address}?{USUAL}&{name}={next(values)}"
        if next(clients).get(wrong).status_code >= 500:
            failed.append(wrong)
    assert failed == []

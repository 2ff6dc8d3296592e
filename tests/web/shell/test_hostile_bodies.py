"""No body makes any route answer 500, and none stores a half: every POST route with every hostile body, and generated inputs.

The generated ones are the same for the same seed; the soak tier sends a hundred thousand, the slow tier some hundred.
"""

import random
import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import pytest
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from tests.support.business import uuid7
from tests.support.heats import charge_heat
from tests.support.markup import find_all
from tests.support.pages import PASSWORD, SiteApp, Visitor
from tests.support.pictures import jpeg
from tests.support.tickets import open_truck
from tests.web.shell.test_hostile_paths import ARGUMENT, HOSTILE, QUERY, USUAL
from traceability.domain.access import Assignment
from traceability.services.directory.audit import Actor
from traceability.services.directory.people import Person, hash_password, put_person

FORM, MULTI, JSON = "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "application/json"
OURS = {"Origin": "http://localhost"}
PEOPLE = ("", "chen", "liu", "root")
WHOLE_BOOK = {"check", "analyse"}
LEFT_OUT = {"session.leave", "static"}
USUAL_HERE = {
    **USUAL, "person_id": "wang", "site_id": "yard", "target_id": "none", "change": "disable", "session_id": "a",
    "device_id": "a", "token_id": "a", "ticket_id": uuid7(920_000), "heat_id": uuid7(930_000), "number": "1",
}  # fmt: skip
NAMES = (
    "id", "site", "kind", "action", "version", "name", "language", "person", "password", "next", "ticket", "photos",
    "supplier", "outputs-0-material", "outputs-0-mass_kg", "inputs-0-lot_code", "lots-0-lot_code", "roles.0.role",
    "roles.0.scope", "roles.0.from", "licence.0.number", "licence.0.waste_codes", "move.0.from", "value", "year", "region",
    "event_time", "approval-approver", "approval-password", "warned", "confirm", "scan", "month", "label", "days", "scope",
    "correction-reason", "outputs-999999-mass_kg", "lots-x-lot_code", "roles.999.role", "code", "proof-password",
    "vehicle", "gross", "after", "reading", "moisture_amount", "mass", "mass_g", "reason", "furnace", "alloy", "made-count",
    "made-masses", "made-label", "price-1", "payment", "gross-frame",
)  # fmt: skip
TEXTS = (
    "", " ", "\0", "a\0b", "\r\nSet-Cookie: x=1", "\u2028", "\u202e", "\ud800", "\U0001f69a" * 100, "9" * 400, "-1", "1e400",
    "NaN", "0x10", "٣", "１２", "9" * 30, "0000-00-00", "9999-99-99", "2025-02-30", "2025-02", "'; DROP TABLE events; --",
    "<script>alert(1)</script>", "{{7*7}}", "../../etc/passwd", "yard", "guiyang", "tense", "430000", "*", "x" * 20_000,
    "add-outputs", "remove-outputs-0", "remove-outputs-99999999999", "remove-photo-x", "add-lots", "scan", "photos", "true", "null", "[]",
    "2025-01-01T00:00:00+99:99", "0194a000-0000-7000-8000-000000000001", "no id", "%", "%s", "\\", "1.5", "1,5", "١٢٣",
)  # fmt: skip


class Sent(NamedTuple):
    """A body with its type."""

    what: str
    body: bytes
    type: str


def field(name: str, value: bytes, more: str = "") -> bytes:
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + value + b"\r\n"


def hostile_bodies(token: str) -> Iterator[Sent]:
    """Yield what no page of ours sends, with the right token of forms and without."""
    csrf = f"csrf_token={token}".encode()
    yield Sent("nothing", b"", FORM)
    yield Sent("no type", csrf, "")
    yield Sent("text", csrf, "text/plain")
    yield Sent("a type of control characters", csrf, "application/\x01")
    yield Sent("no token", b"id=x&site=yard", FORM)
    yield Sent("a wrong token", b"csrf_token=x&id=x", FORM)
    yield Sent("two tokens", b"csrf_token=x&" + csrf, FORM)
    yield Sent("no UTF-8", csrf + b"&site=%ff%fe&name=%ed%a0%80&id=\xff", FORM)
    yield Sent("NUL", csrf + b"&site=%00&id=a%00b&name=%00&version=%00&person=%00", FORM)
    yield Sent(
        "fields twice",
        csrf + b"&site=yard&site=plant&id=1&id=2&version=1&version=x&kind=sort&kind=melt",
        FORM,
    )
    yield Sent("lists for single ones", csrf + b"&site[]=yard&id[0]=1&version[]=3&name.0=x", FORM)
    yield Sent("huge numbers", csrf + b"&version=" + b"9" * 5000 + b"&outputs-0-mass_kg=" + b"9" * 5000, FORM)
    yield Sent(
        "long fields",
        csrf + b"&" + b"&".join(name.encode() + b"=" + b"x" * 15_000 for name in NAMES[:20]),
        FORM,
    )
    yield Sent("deep names", csrf + b"&outputs-0-composition-0-a-0-b-0-c=1&" + b"-0" * 5000 + b"=1", FORM)
    yield Sent("deep JSON", b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", JSON)
    yield Sent("a list", b'["csrf_token"]', JSON)
    yield Sent("broken JSON", b'{"csrf_token": "\xff', JSON)
    yield Sent(
        "another boundary", field("csrf_token", token.encode()) + b"--b--\r\n", MULTI.replace("=b", "=c")
    )
    yield Sent("no boundary", field("csrf_token", token.encode()) + b"--b--\r\n", "multipart/form-data")
    yield Sent("no end", field("csrf_token", token.encode()) + field("site", b"yard"), MULTI)
    whole = field("csrf_token", token.encode()) + field("site", b"\0\xff") + field("id", b"x" * 50_000)
    yield Sent("files for fields", whole + field("version", b"1", '; filename="a"') + b"--b--\r\n", MULTI)
    yield Sent(
        "a photo of nothing", whole + field("photo", b"", '; filename="\0\xff.jpg"') + b"--b--\r\n", MULTI
    )
    photo = field("photo", jpeg()[:-4], '; filename="../../x.jpg"')
    yield Sent("half a photo", whole + photo * 3 + b"--b--\r\n", MULTI)
    yield Sent("heads without end", b"--b\r\n" + b"X: y\r\n" * 5_000 + b"\r\n--b--\r\n", MULTI)


@pytest.fixture
def site(site_app: SiteApp) -> SiteApp:
    root = Person("root", "root", (Assignment("admin", "*"),), hash_password(PASSWORD))
    site_app.store.write(lambda writer: put_person(writer, root))
    site_app.business.collect("tense", 1000)
    chief = Actor("chen", site_app.now_ms)
    open_truck(site_app.store, USUAL_HERE["ticket_id"], "yard", chief)
    charge_heat(site_app.store, USUAL_HERE["heat_id"], "yard", chief)
    site_app.app.config["PROPAGATE_EXCEPTIONS"] = False
    return site_app


def sign_in(site: SiteApp, person: str) -> Visitor:
    visitor = Visitor(site.app.test_client())
    visitor.get("/sign-in")
    if person:
        assert visitor.sign_in(person).status_code == 302
        visitor.get("/")
        if person == "chen":
            visitor.work_at("yard")
        visitor.get("/account/password")
    return visitor


def list_routes(site: SiteApp, method: str) -> list[Rule]:
    rules = sorted(site.app.url_map.iter_rules(), key=str)
    return [rule for rule in rules if method in (rule.methods or ()) and rule.endpoint not in LEFT_OUT]


def address_of(rule: Rule, **arguments: str) -> str:
    return ARGUMENT.sub(
        lambda found: arguments.get(found[1], USUAL_HERE.get(found[1], "x")), plain(rule.rule)
    )


def plain(rule: str) -> str:
    return re.sub(r"<any\([^)]*\):(\w+)>", r"<\1>", rule)


def fingerprint(site: SiteApp) -> tuple[Any, ...]:
    """What a refused body may not change: the book, people, sites and parties."""
    with site.store.read() as reader:
        kinds = ("person", "site", "target", "party", "party_met", "photo", "device_code", "job")
        documents = [
            (one.id, one.version) for kind in kinds for one in reader.list_documents(kind, limit=1000)[0]
        ]
        return reader.find_head(), documents


def list_checks(site: SiteApp) -> list[str]:
    """Return the checks and analyses of the book that somebody asked for: buttons of an administrator."""
    with site.store.read() as reader:
        return [
            one.id for one in reader.list_documents("job", limit=1000)[0] if one.body["task"] in WHOLE_BOOK
        ]


def last_event(site: SiteApp) -> str:
    with site.store.read() as reader:
        return reader.scan_events(fingerprint(site)[0].seq - 1, 1)[0].id


def send(client: FlaskClient, path: str, sent: Sent) -> int:
    answer = client.post(path, data=sent.body, content_type=sent.type, headers=OURS, buffered=True)
    return answer.status_code


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("person", PEOPLE)
def test_no_body_fails_or_stores_a_half(site: SiteApp, person: str) -> None:
    visitor = sign_in(site, person)
    before = fingerprint(site)
    failed = []
    for rule in list_routes(site, "POST"):
        for sent in hostile_bodies(visitor.token):
            status = send(visitor.client, address_of(rule), sent)
            if status == 500:
                failed.append(f"{rule.endpoint}: {sent.what}")
            if status in (302, 401) and person and visitor.get("/account/password").status_code != 200:
                visitor = sign_in(site, person)  # some button ended the session
    assert failed == []
    recorded = fingerprint(site)[0].seq - before[0].seq
    assert recorded <= (person == "chen"), "nothing but undoing what one recorded, which is a button"
    assert recorded == 0 or site.business.event(last_event(site)).draft.kind == "correct"
    changed = {one[0] for one in set(fingerprint(site)[1]) ^ set(before[1])}
    buttons = {"wang", *list_checks(site)} if person == "root" else set()
    assert changed <= buttons, "a button needs nothing but its token"


# --- generated -----------------------------------------------------------------------------------


def generate(chance: random.Random, site: SiteApp, rules: dict[str, list[Rule]]) -> tuple[str, str, Any, str]:
    """Return (method, path, body, content type) of one input."""
    method = "POST" if chance.random() < 0.6 else "GET"
    rule = chance.choice(rules[method])
    arguments = {
        name: quote(text(chance)[:300] or "x", safe="", errors="replace") if chance.random() < 0.5 else chance.choice(HOSTILE)
        for name in ARGUMENT.findall(plain(rule.rule)) if chance.random() < 0.15
    }  # fmt: skip
    path = address_of(rule, **arguments)
    if chance.random() < 0.5:
        asked = [(chance.choice((*QUERY, *NAMES)), text(chance)[:2000]) for _ in range(chance.randint(1, 4))]
        path += "?" + urlencode(asked, errors="replace")
    if method == "GET":
        return method, path, None, ""
    fields = [(chance.choice(NAMES), text(chance)) for _ in range(chance.randint(0, 12))]
    way = chance.random()
    if way < 0.6:
        return method, path, urlencode(fields, errors="replace").encode(), FORM
    if way < 0.8:
        parts = [field(name, value.encode("utf-8", "replace")) for name, value in fields]
        if chance.random() < 0.5:
            parts.append(field("photo", damage(chance, jpeg()), '; filename="x.jpg"'))
        return method, path, b"".join(parts), MULTI
    return method, path, damage(chance, draft_of(chance, site)), JSON


def text(chance: random.Random) -> str:
    if chance.random() < 0.8:
        return chance.choice(TEXTS)
    return "".join(
        chr(chance.choice((0, 9, 10, 32, 48, 0x660, 0x4E00, 0x1F600, chance.randrange(1, 0xD800))))
        for _ in range(chance.randint(1, 30))
    )


def damage(chance: random.Random, content: bytes) -> bytes:
    damaged = bytearray(content)
    for _ in range(chance.choice((0, 0, 1, 2, 8))):
        at = chance.randrange(len(damaged) + 1)
        damaged[at : at + chance.randint(0, 3)] = chance.randbytes(chance.randint(0, 3))
    return bytes(damaged)


def draft_of(chance: random.Random, site: SiteApp) -> bytes:
    """Return a draft in which some values were exchanged for others of any type."""
    import json

    draft: dict[str, Any] = site.business.draft(
        chance.choice(("collect", "sort", "melt", "ship", "receive", "inspect", "correct", "seal", "declare")),
        "yard", actor="chen", inputs=[{"lot_code": "x", "mass_g": 1}],
        outputs=[{"form": "scrap", "material": "tense", "mass_g": 1_000_000}],
    )  # fmt: skip
    for _ in range(chance.randint(0, 4)):
        values: tuple[Any, ...] = (
            None,
            True,
            -1,
            2**70,
            1.5,
            "",
            [],
            {},
            [[]],
            {"a": {}},
            chance.choice(TEXTS),
        )
        draft[chance.choice((*draft, *NAMES))] = chance.choice(values)
    return json.dumps(draft).encode()


def run_generated(site: SiteApp, count: int, seed: str) -> list[str]:
    chance = random.Random(seed)
    rules = {method: list_routes(site, method) for method in ("GET", "POST")}
    visitors = {person: sign_in(site, person) for person in PEOPLE}
    failed = []
    for number in range(count):
        person = chance.choice(PEOPLE)
        visitor = visitors[person]
        method, path, body, kind = generate(chance, site, rules)
        if body is not None and chance.random() < 0.9:
            token = visitor.token.encode()
            body = b"csrf_token=" + token + b"&" + body if kind == FORM else body
            body = field("csrf_token", token) + body + b"--b--\r\n" if kind == MULTI else body
        answer = visitor.client.open(
            path, method=method, data=BytesIO(body) if body else None, content_type=kind or None,
            content_length=len(body or b""), headers=OURS, buffered=True,
        )  # fmt: skip
        if answer.status_code == 500:
            failed.append(f"{number} {person} {method} {path[:200]} {body[:300] if body else b''!r}")
        if person and number % 50 == 0 and visitor.get("/account/password").status_code != 200:
            visitors[person] = sign_in(site, person)
    return failed


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_some_hundred_generated_inputs_fail_nowhere(site: SiteApp) -> None:
    assert run_generated(site, 400, "slice") == []


@pytest.mark.soak
@pytest.mark.timeout(6 * 3600)
def test_a_hundred_thousand_generated_inputs_fail_nowhere(site: SiteApp) -> None:
    assert run_generated(site, 100_000, "whole") == []


def test_the_walk_meets_forms_with_their_token(site: SiteApp) -> None:
    """The bodies with a token are let through to the views: one with the rest right is recorded."""
    visitor = sign_in(site, "chen")
    visitor.get("/collect")
    answer = visitor.client.post(
        "/collect", data={"csrf_token": visitor.token, "id": "x", "site": "yard"}, headers=OURS
    )
    assert answer.status_code == 422
    assert find_all(answer, ".errors li")

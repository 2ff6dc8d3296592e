"""Text that imitates a query, a tag, a path or a terminal command is refused by field or kept to
the letter.
"""

import time
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest

from graph.store import Reader, Store
from tests.faults.serving import Client, Served
from tests.support.business import Business, open_business
from traceability.services.directory.parties import find_parties, find_vehicles
from traceability.services.upkeep.check import check_book
from traceability.wire import dump_draft
from traceability.wire.fields import Identifier, Nested, Rows, Text, wire_fields
from traceability.wire.schemas import SCHEMAS

Body = dict[str, Any]

KEPT = [
    "plain",
    "'; DROP TABLE events; --",
    "x' OR '1'='1",
    '"}) DETACH DELETE n //',
    "$seq {id: 1} `Lot` :Lot",
    "%s %(seq)d {0} {{7*7}} ${7*7} <%= 7 %>",
    "<script>alert(1)</script>",
    "../../etc/passwd\\..\\con",
    "=cmd|' /C calc'!A0",
    "\\u0000 \\x00 \\' \\\" \\",
    "null",
    "再生铝 😀 𠮷 e\u0301 ﷺ",
    "a" * 180,
]
REFUSED = [
    "nul\x00l",
    "red\x1b[31m",
    "bell\x07",
    "del\x7f",
    "c1\x85",
    "rtl\u202ecod",
    "line\u2028",
    "isolate\u2066",
    "bom\ufeff",
    "half \ud800",
    "half \udfff\ud800",
]
ON_ONE_LINE = [
    "split\r\nSet-Cookie: a=b",
    "tab\t",
    " before",
    "behind ",
    "unseen\u200b",
    "joined\u200d",
    "left\u200e",
    "soft\u00ad",
    "word\u2060",
]

UNSEEN_IN_IDENTIFIERS = [
    "bom\ufeff",
    " before",
    "behind ",
    "unseen\u200b",
    "joined\u200d",
    "soft\u00ad",
    "word\u2060",
]

NAMED = {
    *("site", "actor", "approver", "material", "to", "waste_code"),
    *("fuel", "fuel_unit", "certificate_kind", "certificate_level", "base", "indicator", "unit"),
    "metal",
}
"""Fields that name something known, so that a strange text is refused by the rules."""


def _text_paths(schema: Any, before: str = "", *, by_name: bool = False) -> Iterator[tuple[str, Text]]:
    """Yield (path, field) of texts; of parties the names in place of the ids, if asked ``by_name``."""
    left_out = schema.by_name.values() if by_name else schema.by_name.keys()
    for key, field in wire_fields(schema).items():
        if isinstance(field, Text) and key not in left_out:
            yield before + key, field
        elif isinstance(field, Rows | Nested):
            within = before + key + (".0." if isinstance(field, Rows) else ".")
            yield from _text_paths(field.schema, within, by_name=by_name)


def paths_of(kind: str, *, named: bool, by_name: bool = False) -> dict[str, Text]:
    """Return the text fields of a kind: those that name something, or the free ones.

    Without the reason of an approval: whoever sends an event approves none of their own, and another's password is
    asked for on pages only.
    """
    fields = dict(_text_paths(SCHEMAS[kind], by_name=by_name))
    return {
        path: field
        for path, field in fields.items()
        if (path.rpartition(".")[2] in NAMED) == named and path != "approval.reason"
    }


def put(body: Body, path: str, value: str) -> None:
    """Set one field, making the parts on the way."""
    *way, last = path.split(".")
    inner: Any = body
    for step, following in zip(way, path.split(".")[1:], strict=True):
        if step.isdigit():
            if not inner:
                inner.append({})
            inner = inner[int(step)]
        else:
            inner = inner.setdefault(step, [] if following.isdigit() else {})
    inner[last] = value


def get(body: Body, path: str) -> Any:
    """Return the value at a path; None where there is none."""
    inner: Any = body
    for step in path.split("."):
        inner = inner[int(step)] if isinstance(inner, list) else inner.get(step)
        if inner is None:
            return None
    return inner


class World:
    """A site with enough of everything that any kind of event can be recorded again and again."""

    def __init__(self, book: Store) -> None:
        # Its clock is that of the pages: record times never decrease.
        self.yard = yard = Business(book, now_ms=time.time_ns() // 1_000_000)
        self.scrap = [yard.collect("tense", kg=50_000, site=site) for site in ("yard", "plant")]
        self.primary = yard.tap(50_000)
        self.cathode = yard.supply("si", 20_000)
        self.alloy = yard.melt((self.scrap[1], 20_000), into=15_000, dross_kg=4_000)
        self.makers: dict[str, Callable[[], Body]] = {
            "collect": lambda: self.entry("collect", "yard", "tense", source_class="post", channel="offline"),
            "import": lambda: self.entry(
                "import", "yard", "tense", source_class="post", country="CL", origin="IMP-CL", radiation="passed"
            ),
            "produce_primary": lambda: self.entry(
                "produce_primary", "guiyang", "liquid-al", form="molten_primary"
            ),
            "supply": lambda: self.entry("supply", "plant", "si", form="additive"),
            **{kind: lambda kind=kind: self.taken(kind, "yard", self.scrap[0], "scrap", "tense")  # type: ignore[misc]
               for kind in ("sort", "shred", "bale", "split", "blend")},
            "melt": lambda: self.taken("melt", "plant", self.scrap[1], "product", "adc12", out_kg=75),
            "cast_ingot": lambda: self.taken("cast_ingot", "guiyang", self.primary, "product", "al99.70"),
            "ship": lambda: self.moved("ship", "yard", self.scrap[0], customer="outside", mode="road"),
            "receive": lambda: self.moved("receive", "plant", self.shipped(), part=False),
            "assay": lambda: self.moved("assay", "yard", self.scrap[0], part=False, metal_fraction="0.9"),
            "inspect": lambda: self.moved(
                "inspect", "yard", self.scrap[0], part=False, subject="radiation", passed=True
            ),
            "adjust": lambda: self.moved("adjust", "yard", self.scrap[0], part=False, delta_g=-1000),
            "dispose": lambda: self.moved("dispose", "plant", self.alloy[1], outcome="disposed", waste_code="321-026-48"),
            "declare": lambda: yard.draft("declare", "guiyang", type="power", period="2025-01", kwh=5, renewable_kwh=1),
            "correct": lambda: yard.draft("correct", "yard", targets=[{"event": self.mistake()}], reason="r"),
        }  # fmt: skip

    def entry(self, kind: str, site: str, material: str, form: str = "scrap", **fields: Any) -> Body:
        """Return 100 kg that come in."""
        output = {"form": form, "material": material, "mass_g": 100_000}
        return self.yard.draft(kind, site, outputs=[output], **fields)

    def taken(
        self, kind: str, site: str, lot: str, form: str, material: str, out_kg: int = 100
    ) -> Body:  # fmt: skip
        """Return 100 kg of a lot made into something."""
        output = {"form": form, "material": material, "mass_g": out_kg * 1000}
        return self.yard.draft(kind, site, inputs=[{"lot": lot, "mass_g": 100_000}], outputs=[output])

    def moved(self, kind: str, site: str, lot: str, *, part: bool = True, **fields: Any) -> Body:
        """Return a lot, or 100 kg of it, moved or looked at."""
        named = {"lot": lot, "mass_g": 100_000} if part else {"lot": lot}
        return self.yard.draft(kind, site, lots=[named], **fields)

    def shipped(self) -> str:
        """Return a lot on its way to the plant."""
        return self.yard.ship(self.scrap[0], "plant", 30)

    def mistake(self) -> str:
        """Return an event to be voided."""
        self.yard.collect("tense", kg=50)
        return self.yard.last_event()


def test_every_text_field_is_in_some_kind_that_is_tried(sqlite_store: Store) -> None:
    open_business(sqlite_store)
    tried = World(sqlite_store).makers
    for by_name in (False, True):
        known = {path for kind in tried for path, _ in _text_paths(SCHEMAS[kind], by_name=by_name)}
        every = {path for schema in SCHEMAS.values() for path, _ in _text_paths(schema, by_name=by_name)}
        assert every == known


@pytest.mark.slow
def test_hostile_text_is_refused_by_field_or_kept_to_the_letter(
    book: Store, served: Served, client: Client
) -> None:
    world = World(book)
    ways = [(kind, way) for kind in world.makers for way in (False, True)[: 1 + bool(SCHEMAS[kind].by_name)]]
    for kind, by_name in ways:
        make = world.makers[kind]
        kept = [_filled(make(), kind, text, number, by_name=by_name) for number, text in enumerate(KEPT)]
        for body, result in _post(client, kept):
            assert result["status"] == "created", (kind, result.get("error"), body)
        _expect_kept(book, kind, kept, by_name=by_name)
        _expect_page(client, kept[KEPT.index("<script>alert(1)</script>")]["id"])
        free = paths_of(kind, named=False, by_name=by_name)
        refused = [_filled(make(), kind, text, None, by_name=by_name) for text in (*REFUSED, *ON_ONE_LINE)]
        for text, (_, result) in zip((*REFUSED, *ON_ONE_LINE), _post(client, refused), strict=True):
            assert result["status"] == "rejected", (kind, text, result)
            faults = {error["path"] for error in result["error"]["errors"]}
            assert faults == {path for path, one in free.items() if _refuses(one, text)}, text
    report = check_book(book)
    assert report.findings == []
    print(f"{report.events} events; {client.statuses}")


@pytest.mark.slow
def test_hostile_names_of_things_are_refused(book: Store, client: Client) -> None:
    world = World(book)
    rng = Random(20_251_123)
    for kind, make in world.makers.items():
        bodies = []
        for path in paths_of(kind, named=True):
            for text in rng.sample([*KEPT[1:], *REFUSED, *ON_ONE_LINE], 6):
                body = make()
                if path.startswith("approval"):
                    body["approval"] = {"reason": "r"}
                put(body, path, text)
                bodies.append(body)
        before = _last_seq(book)
        taken = sum(result["status"] == "created" for _, result in _post(client, bodies))
        assert _last_seq(book) == before + taken
    assert check_book(book).findings == []
    assert client.statuses.keys() == {200}


def _refuses(field: Text, text: str) -> bool:
    """Return whether a field refuses a hostile text: identifiers are compared without blanks around and unseen letters."""
    if isinstance(field, Identifier) and text in UNSEEN_IN_IDENTIFIERS:
        return False
    return text in REFUSED or not field.lines


def _last_seq(book: Store) -> int:
    with book.read() as reader:
        return reader.find_head().seq


def _filled(body: Body, kind: str, text: str, number: int | None, *, by_name: bool) -> Body:
    """Return the body with this text in every free text; with a number, tickets and heats remain
    different."""
    for name_key, id_key in SCHEMAS[kind].by_name.items() if by_name else ():
        body.pop(id_key, None)
        body.pop(name_key, None)
    for path in paths_of(kind, named=False, by_name=by_name):
        if path == "documents.0.type":
            put(body, "documents.0.number", "n")
        put(body, path, text if number is None else f"{text}·{body['id'][-4:]}")
    outputs = body.get("outputs", [])
    for weighed in (body, *outputs):  # a scale's frames stand beside what it showed
        if "weighing" in weighed:
            mass_g = sum(one["mass_g"] for one in outputs) if weighed is body else weighed["mass_g"]
            weighed["weighing"] |= {"gross_g": mass_g + 1_000, "tare_g": 1_000}
    if number is not None and "weighing" in body:  # what is to be recorded is weighed once
        for one in outputs:
            one.pop("weighing", None)
    return body


def _post(client: Client, bodies: list[Body]) -> Iterator[tuple[Body, Body]]:
    answer = client.post({"events": bodies})
    assert answer.status == 200, (answer, client.served.said())
    return zip(bodies, answer.body["results"], strict=True)


def _expect_kept(book: Store, kind: str, bodies: list[Body], *, by_name: bool) -> None:
    """Assert that events hold every text as it was sent, and the directory every name."""
    names = SCHEMAS[kind].by_name if by_name else {}
    with book.read() as reader:
        events = reader.find_events([body["id"] for body in bodies])
        for body in bodies:
            stored = dump_draft(events[body["id"]].draft)
            for path in paths_of(kind, named=False, by_name=by_name).keys() - names.keys():
                assert get(stored, path) == get(body, path), (kind, path)
            for name_key, id_key in names.items():
                assert _name_of(reader, stored[id_key]) == body[name_key], (kind, name_key)


def _name_of(reader: Reader, id_: str) -> str:
    parties, vehicles = find_parties(reader, {id_}), find_vehicles(reader, {id_})
    return parties[id_].name if id_ in parties else vehicles[id_].plate


def _expect_page(client: Client, event: str) -> None:
    page = client.ask("GET", f"/events/{event}", headers={"Accept-Language": "en"})
    assert page.status == 200, (page, client.served.said())
    assert "<script>alert" not in page.body

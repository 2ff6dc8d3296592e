"""A check tells which identifiers of an older book are one by now, and what to do; on both engines."""

from typing import Any

import pytest

from graph.store import Store, Writer
from tests.support.business import Business, open_business
from tests.support.stores import assert_equal_to_a_rebuild
from traceability.domain import claims
from traceability.domain.access import Assignment
from traceability.locale import LANGUAGES, text
from traceability.services.directory.parties import name_key
from traceability.services.directory.people import Person, put_person
from traceability.services.recording.judge import Judge
from traceability.services.upkeep.check import check_book, encode_report
from traceability.services.upkeep.rebuild import rebuild

CODE = "91350100M000100Y43"


@pytest.fixture
def here(store: Store) -> Business:
    open_business(store)
    return Business(store)


def collisions(here: Business) -> list[tuple[str, str, tuple[str, ...]]]:
    """What a check says of identifiers; it finds no fault in a book for them."""
    report = check_book(here.store)
    assert report.findings == []
    assert len(encode_report(report)["collisions"]) == len(report.collisions)
    return [(one.code, one.identifier, one.owners) for one in report.collisions]


def test_a_sound_book_has_none(here: Business) -> None:
    here.collect("tense", kg=1000, vehicle="v1")
    assert collisions(here) == []


def test_accounts_of_one_name(here: Business) -> None:
    for id_ in ("ｌｉｕ", "Zhou", "zhou ", "ZHOU"):
        person = Person(id_, id_, (Assignment("operator", "yard"),))
        here.store.write(lambda writer, one=person: put_person(writer, one))  # type: ignore[misc]
    assert collisions(here) == [
        ("check.account_shared", "liu", ("liu", "ｌｉｕ")),
        ("check.account_shared", "zhou", ("ZHOU", "Zhou", "zhou ")),
    ]


def test_plates_and_codes_of_one_firm(here: Business) -> None:
    """As older versions kept them: under the name as it was typed, a code behind it being part of the name."""

    def keep(writer: Writer) -> None:
        for kind, id_, site, name in (
            ("vehicle", "car-1", "yard", "湘A12345"),
            ("vehicle", "car-2", "plant", "湘Ａ·12345"),  # another site of the same firm
            ("vehicle", "car-3", "chengdu", "湘a12345"),  # another firm means a vehicle of its own
            ("supplier", "firm-1", "yard", f"老张 {CODE}"),
            ("supplier", "firm-2", "yard", f"老张废品站（{CODE.lower()}）"),
            ("supplier", "firm-3", "chengdu", f"老张 {CODE}"),
            ("customer", "firm-4", "yard", f"老张 {CODE}"),  # who buys is no supplier
            ("supplier", "man-1", "yard", "老张"),  # names are no identifiers
        ):
            if kind == "vehicle":
                writer.put_document("vehicle", id_, {"plate": name}, 0)
            else:
                body: dict[str, Any] = {"kind": kind, "name": name, "licences": []}
                writer.put_document("party", id_, body, 0, group=kind)
            if not writer.find_documents("party_name", [name_key(kind, name)]):
                writer.put_document("party_name", name_key(kind, name), {"id": id_, "name": name}, 0)
            met = {"name": name, "id": id_}
            writer.put_document("party_met", f"{site}:{kind}:{name}", met, group=f"{site}:{kind}")

    here.store.write(keep)
    rebuild(here.store)
    expected = [
        ("check.plate_shared", "湘a12345", ("car-1", "car-2")),
        ("check.code_shared", CODE.lower(), ("firm-1", "firm-2")),
    ]
    assert collisions(here) == expected
    rebuild(here.store)
    assert collisions(here) == expected


def test_heats_and_tickets(here: Business, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as older:
        older.setattr(claims, "normalise_identifier", str)
        heats = []
        for number, heat in enumerate(("H-7", "ｈ－７", "h-7")):
            lot = here.collect("tense", kg=1000, site="plant", ticket=f"T{number}")
            here.melt(lot, into=850, heat=heat)
            heats.append(here.last_event())
        tickets: list[str] = []
        for ticket in ("W 1", "Ｗ  1"):
            here.collect("tense", kg=700 + len(tickets), ticket=ticket)
            tickets.append(here.last_event())
    rebuild(here.store)
    first, *others = heats
    assert collisions(here) == [
        *[("check.number_shared", "heat/plant/2025/h-7", (later, first)) for later in sorted(others)],
        ("check.number_shared", "ticket/yard/2025/w 1", (tickets[1], tickets[0])),
    ]
    assert_equal_to_a_rebuild(here.store)


def test_a_manifest_of_two_transfers(here: Business, monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[tuple[str, dict[str, Any]]] = []
    with monkeypatch.context() as older:
        older.setattr(Judge, "_find_manifest_holder", lambda *_: "")
        for manifest, vehicle in (("M-1", "v1"), ("ｍ－1", "v1"), ("m-1", "v2"), ("M-2", "v2")):
            lot = here.collect("tense", kg=1000, site="plant")
            residue = here.melt(lot, into=850, dross_kg=50)[1]
            papers = {"manifest": manifest, "receiver": "chengdu", "licence": "HW-1", "outcome": "utilised"}
            body = here.draft(
                "dispose", "plant", "2025-03-01T08:00:00", lots=[{"lot": residue}], vehicle=vehicle, **papers
            )
            events.append((here.send(body).event, body))
    [(code, manifest, owners)] = collisions(here)
    assert (code, manifest.lower()) == ("check.manifest_shared", "m-1")
    assert set(owners) == {events[0][0], events[2][0]}
    event, body = events[2]
    here.replace(event, {**body, "manifest": "M-3"}, "plant")
    assert collisions(here) == []


def test_every_kind_says_what_to_do_in_every_language() -> None:
    for kind in ("number", "manifest", "account", "plate", "code"):
        for language in LANGUAGES:
            assert len(text(f"check.{kind}_shared", {}, language)) > 25

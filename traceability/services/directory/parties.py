"""Keep suppliers, customers, carriers, receivers and their vehicles as erasable documents.

Events hold ids only, so that a person can be forgotten without touching the book. A name is no identifier: it is looked for
within the own firm, in the form in which typings are compared, and may be that of several. A party is who it is by its code:
its 统一社会信用代码 (unified social credit code), or of a person the firm's own number, which is typed behind the name:
``老张废品站 91430100MA4L16FX8K``, ``张三 #17``.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from stdnum.cn import uscc

from graph.paging import read_all
from graph.store import Body, Document, Reader, Writer
from traceability.domain.identifier import normalise_identifier, normalise_plate
from traceability.domain.place import Licence

LONGEST_NAME = 200
MOST_LISTED = 500  # in a list to choose from; more are found by typing
VEHICLE = "vehicle"
RECEIVER = "receiver"
PARTY_KINDS = ("supplier", "customer", "carrier", RECEIVER, "driver")
EVERYWHERE = "*"  # for the site of names that all may choose


class Party(NamedTuple):
    """A supplier, customer, carrier or receiver; ``code`` is its credit code or the firm's own number, '' for none.

    ``region`` is where it is, or ``country`` where it is abroad, and ``party_class`` what business a customer is in;
    each is '' where nobody said.
    """

    id: str
    kind: str
    name: str
    region: str = ""
    code: str = ""
    country: str = ""
    party_class: str = ""


class KnownParty(NamedTuple):
    """A party with its licences, the sites that dealt with it, and other names by which they know it."""

    party: Party
    licences: tuple[Licence, ...]
    sites: tuple[str, ...]
    names: tuple[str, ...]


class Vehicle(NamedTuple):
    """A vehicle with its plate, class and the tare on its papers."""

    id: str
    plate: str
    vehicle_class: str = ""
    tare_g: int = 0


class NamedParty(NamedTuple):
    """A party, or a vehicle, as a draft names it; a ``new`` one is kept with the event that names it, not before."""

    kind: str
    name: str
    id: str
    new: bool = False
    code: str = ""


class Meeting(NamedTuple):
    """A party, or a vehicle, under a name by which a site knows it."""

    site: str
    kind: str
    id: str
    name: str
    code: str


class LicensedParty(NamedTuple):
    """What is known of a party's licences; ``registered`` says that the party came by files, which list them."""

    kind: str
    name: str
    code: str
    licences: tuple[Licence, ...]
    registered: bool


class TypedParty(NamedTuple):
    """A party as it was typed: a name, and a code behind it, where there is one."""

    name: str
    code: str = ""


_CODE_BEHIND = re.compile(r"(?:(.*?)[\s,;·(]+)?([0-9A-Za-z]{18}|#\S{1,40}?)\)?\s*", re.DOTALL)
_NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}
_FEWEST_DIGITS = 9  # of a credit code; a name may well have eighteen letters


def read_party(kind: str, typed: str) -> TypedParty:
    """Return name and code of what was typed; the code alone stands for the name too, and a plate has none."""
    found = _CODE_BEHIND.fullmatch(typed.translate(_NARROW)) if kind != VEHICLE else None
    if found is None:
        return TypedParty(typed)
    code = found[2]
    if code[0] != "#" and sum(letter.isdigit() for letter in code) < _FEWEST_DIGITS:
        return TypedParty(typed)
    name = typed[: found.end(1)].strip() if found[1] else ""
    return TypedParty(name or typed, code[1:] if code[0] == "#" else code.upper())


def is_credit_code(code: str) -> bool:
    """Return whether a code has the length of a unified social credit code, which then must be a right one."""
    return len(code) == 18


def check_credit_code(code: str) -> bool:
    """Return whether a unified social credit code is one: its letters and its check character are right."""
    return bool(uscc.is_valid(code))


def write_party(name: str, code: str, id_: str) -> str:
    """Return how a party is typed so that nobody else of its name is meant."""
    return f"{name} {write_code(code, id_)}"


def write_code(code: str, id_: str) -> str:
    """Return what tells a party apart, as it is typed behind the name."""
    return code if is_credit_code(code) else f"#{code or id_}"


def list_names(reader: Reader, kind: str, site: str) -> list[str]:
    """Return the names of a kind (supplier, customer …; plates) that a site dealt with, sorted.

    The parties of other sites are not shown; names that came by files are for all. Parties of one name have their codes.
    """
    documents = [
        document
        for met_by in (site, EVERYWHERE)
        for document in reader.list_documents("party_met", group=f"{met_by}:{kind}", limit=MOST_LISTED)[0]
    ]
    names = set()
    for document in documents:
        met = _list_met(document.body)
        names |= {name if len(met) == 1 else write_party(name, code, id_) for id_, name, code in met}
    return sorted(names)[:MOST_LISTED]


def list_met_ids(reader: Reader, kind: str, site: str) -> list[str]:
    """Return the ids of a kind (supplier, customer …; vehicles) that a site itself dealt with, each once."""
    documents = reader.list_documents("party_met", group=f"{site}:{kind}", limit=MOST_LISTED)[0]
    return list(dict.fromkeys(id_ for document in documents for id_, _, _ in _list_met(document.body) if id_))


def find_parties(reader: Reader, ids: set[str]) -> dict[str, Party]:
    """Return parties by id; unknown and erased ones are left out."""
    return {id_: _party(document) for id_, document in reader.find_documents("party", ids).items()}


def find_licensed(reader: Reader, party: str, new: NamedParty | None = None) -> LicensedParty | None:
    """Return what is known of a party's licences; None of an unknown or erased one.

    ``new`` is the party where it is not kept yet.
    """
    document = reader.find_documents("party", [party]).get(party)
    if document is None:
        return LicensedParty(new.kind, new.name, new.code, (), False) if new is not None else None
    body = document.body
    licences = _licences(body)
    key = met_key(EVERYWHERE, body["kind"], body["name"])
    met = {} if licences else reader.find_documents("party_met", [key])
    is_registered = bool(licences) or any(
        id_ == party for found in met.values() for id_, _, _ in _list_met(found.body)
    )
    return LicensedParty(body["kind"], body["name"], body.get("code", ""), licences, is_registered)


def find_registered(reader: Reader, party: LicensedParty) -> list[tuple[Licence, ...]]:
    """Return the licences of each party that came by files and has the code of this one, else its name.

    A party of another code is somebody else.
    """
    for text in filter(None, (party.code, party.name)):
        key = met_key(EVERYWHERE, party.kind, text)
        met = [
            one
            for found in reader.find_documents("party_met", [key]).values()
            for one in _list_met(found.body)
        ]
        ids = [id_ for id_, _, code in met if text == party.code or not code or not party.code]
        if ids:
            return [_licences(document.body) for document in reader.find_documents("party", ids).values()]
    return []


def list_registered(reader: Reader) -> list[tuple[Licence, ...]]:
    """Return the licences of every receiver that came by files."""
    group = f"{EVERYWHERE}:{RECEIVER}"
    met = read_all(lambda after: reader.list_documents("party_met", group=group, after=after))
    ids = list(dict.fromkeys(id_ for document in met for id_, _, _ in _list_met(document.body)))
    return [_licences(document.body) for document in reader.find_documents("party", ids).values()]


def _licences(body: Body) -> tuple[Licence, ...]:
    return tuple(
        Licence(licence["number"], tuple(licence["waste_codes"]), licence["from"], licence["until"])
        for licence in body.get("licences", ())
    )


def list_known_parties(
    reader: Reader, text: str = "", kind: str = "", after: str = "", limit: int = 50
) -> tuple[list[KnownParty], str]:
    """Return a page of parties by id with a text in name or code, and the id to continue after or ''."""
    wanted = normalise_identifier(text)
    documents = read_all(lambda last: reader.list_documents("party", kind or None, last or after))
    found: list[tuple[Party, tuple[Licence, ...]]] = []
    for document in documents:
        party = _party(document)
        if wanted in normalise_identifier(f"{party.id} {party.name} {party.code}"):
            if len(found) == limit:
                return _with_sites(reader, found), found[-1][0].id
            found.append((party, _licences(document.body)))
    return _with_sites(reader, found), ""


def _with_sites(reader: Reader, found: list[tuple[Party, tuple[Licence, ...]]]) -> list[KnownParty]:
    """Add who knows each party, and by which names; these are read once for a whole page."""
    ids = {party.id for party, _ in found}
    met: dict[str, list[Meeting]] = {}
    for meeting in list_meetings(reader) if ids else ():
        if meeting.id in ids:
            met.setdefault(meeting.id, []).append(meeting)
    known = []
    for party, licences in found:
        meetings = met.get(party.id, [])
        sites = tuple(sorted({meeting.site for meeting in meetings} - {EVERYWHERE}))
        names = tuple(sorted({meeting.name for meeting in meetings} - {party.name}))
        known.append(KnownParty(party, licences, sites, names))
    return known


def find_vehicles(reader: Reader, ids: set[str]) -> dict[str, Vehicle]:
    """Return vehicles by id; unknown and erased ones are left out."""
    return {id_: _vehicle(document) for id_, document in reader.find_documents("vehicle", ids).items()}


def list_in_firm(reader: Reader, sites: Sequence[str], kind: str, typed: str) -> list[str]:
    """Return the ids of whom a firm may mean by what was typed: a name, a code, or the id itself.

    ``sites`` are the firm's, that of the event first. Whom other firms deal with under the same name is somebody else;
    names that came by files are for all, where the firm has none of its own. Of vehicles one is returned: a plate is an
    identifier.
    """
    code = read_party(kind, typed).code
    for text in (typed, code) if code else (typed,):
        keys = [met_key(site, kind, text) for site in (*sites, EVERYWHERE)]
        met = reader.find_documents("party_met", keys)
        for group in (keys[:-1], keys[-1:]):
            ids = [id_ for key in group if key in met for id_, _, _ in _list_met(met[key].body) if id_]
            if ids:
                return list(dict.fromkeys(ids))[: 1 if kind == VEHICLE else None]
    for id_ in (typed, code) if code else (typed,):
        document = reader.find_documents("vehicle" if kind == VEHICLE else "party", [id_]).get(id_)
        if document is not None and _is_met(reader, sites, kind, document):
            return [id_]
    return []


def is_of_others(reader: Reader, sites: Sequence[str], kind: str, id_: str) -> bool:
    """Return whether an id is of a party, or vehicle, that other firms alone deal with; ``sites`` are the firm's."""
    document = reader.find_documents("vehicle" if kind == VEHICLE else "party", [id_]).get(id_)
    return document is not None and not _is_met(reader, sites, kind, document)


def _is_met(reader: Reader, sites: Sequence[str], kind: str, document: Document) -> bool:
    """Return whether a party of this kind came by files, or one of the sites dealt with it."""
    body = document.body
    if body.get("kind", VEHICLE) != kind:
        return False
    texts = (
        [body["plate"]] if kind == VEHICLE else [text for text in (body["name"], body.get("code")) if text]
    )
    keys = [met_key(site, kind, text) for site in (*sites, EVERYWHERE) for text in texts]
    met = reader.find_documents("party_met", keys)
    return any(document.id == id_ for one in met.values() for id_, _, _ in _list_met(one.body))


def list_namesakes(reader: Reader, sites: Sequence[str], kind: str, typed: str) -> list[Party]:
    """Return the parties of a firm that what was typed may mean, where these are several; else none.

    An erased one has no name left. ``sites`` are the firm's, that of the event first.
    """
    ids = list_in_firm(reader, sites, kind, typed)
    if len(ids) < 2:
        return []
    known = find_parties(reader, set(ids))
    return [known.get(id_, Party(id_, kind, "")) for id_ in ids]


def keep_names(writer: Writer, site: str, named: Collection[NamedParty]) -> None:
    """Keep who is new, and that the site dealt with all of them."""
    keys = {name_key(party.kind, party.name) for party in named if party.new}
    taken = set(writer.find_documents("party_name", keys))
    for kind, name, id_, new, code in named:
        if not new:
            continue
        if (key := name_key(kind, name)) not in taken:
            writer.put_document("party_name", key, {"id": id_, "name": name}, 0, group=kind)
            taken.add(key)
        if kind == VEHICLE:
            writer.put_document("vehicle", id_, {"plate": name}, 0)
        else:
            body: Body = {"kind": kind, "name": name, "licences": []}
            writer.put_document("party", id_, {**body, **({"code": code} if code else {})}, 0, group=kind)
    for kind, name, id_, _, code in named:
        keep_meeting(writer, site, kind, (id_, name, code))


def keep_meeting(writer: Writer, site: str, kind: str, met: tuple[str, str, str]) -> None:
    """Keep that a site dealt with somebody, by the name and by the code."""
    id_, name, code = met
    for text, group in ((name, f"{site}:{kind}"), (code, f"{site}:{kind}:code")):
        key = met_key(site, kind, text)
        stored = writer.find_documents("party_met", [key]).get(key) if text else None
        known = _list_met(stored.body) if stored else []
        if text and id_ not in [one for one, _, _ in known]:
            writer.put_document("party_met", key, met_body([*known, (id_, name, code)]), group=group)


def met_body(met: Sequence[tuple[str, str, str]]) -> Body:
    """Return the body of a document ``party_met``: (id, name, code) of those who have one name."""
    id_, name, code = met[0]
    body: Body = {"name": name, "id": id_, **({"code": code} if code else {})}
    return {**body, "more": [list(one) for one in met[1:]]} if len(met) > 1 else body


def _list_met(body: Body) -> list[tuple[str, str, str]]:
    first = (str(body.get("id", "")), str(body["name"]), str(body.get("code", "")))
    return [first, *((str(id_), str(name), str(code)) for id_, name, code in body.get("more", ()))]


def list_meetings(reader: Reader) -> Iterator[Meeting]:
    """Yield whom each site knows, by every name and code."""
    for document in read_all(lambda after: reader.list_documents("party_met", after=after)):
        yield from read_meetings(document)


def read_meetings(document: Document) -> Iterator[Meeting]:
    """Yield everybody whom a document ``party_met`` names."""
    site, kind, _ = document.id.split(":", 2)
    for id_, name, code in _list_met(document.body):
        yield Meeting(site, kind, id_, name, code)


def renew_names(writer: Writer) -> None:
    """Put the documents that lead from names to parties under the normal form of the names, as older books have them typed.

    Parties whose names differ in the typing alone stay two; who types the name is asked which one is meant. A code that
    was typed behind a name leads to the party too.
    """
    for document in list(read_all(lambda after: writer.list_documents("party_met", after=after))):
        site, kind, text = document.id.split(":", 2)
        key = met_key(site, kind, text)
        stated = _list_met(document.body)
        met = [(id_, name, code or read_party(kind, name).code) for id_, name, code in stated]
        if key == document.id and "id" in document.body and met == stated:
            continue
        if "id" not in document.body:  # kept before meetings held the id
            named = name_key(kind, str(document.body["name"]))
            known = writer.find_documents("party_name", [named]).get(named)
            met = [(str(known.body["id"]), *met[0][1:])] if known else []
        stored = writer.find_documents("party_met", [key]).get(key) if key != document.id else None
        others = _list_met(stored.body) if stored and "id" in stored.body else []
        writer.erase_document("party_met", document.id)
        merged = list({one[0]: one for one in (*others, *met)}.values())
        if merged:
            writer.put_document("party_met", key, met_body(merged), group=document.group)
        for one in met:
            keep_meeting(writer, site, kind, one)


def name_key(kind: str, name: str) -> str:
    """Return the id of the document ``party_name`` that leads from a name to its party; erased with it."""
    return f"{kind}:{name}"


def met_key(site: str, kind: str, name: str) -> str:
    """Return the id of the document ``party_met`` of everybody whom a site knows by a name, a plate or a code.

    It is of group ``<site>:<kind>``, by a code ``<site>:<kind>:code``, and erased with the party.
    """
    return f"{site}:{kind}:{normalise_name(kind, name)}"


def normalise_name(kind: str, name: str) -> str:
    """Return the form in which the names of parties, or the plates of vehicles, are compared."""
    plate = normalise_plate(name) if kind == VEHICLE else ""
    return plate or normalise_identifier(name)


def _vehicle(document: Document) -> Vehicle:
    body = document.body
    return Vehicle(document.id, body["plate"], body.get("class", ""), body.get("tare_g", 0))


def _party(document: Document) -> Party:
    body = document.body
    return Party(
        document.id, body["kind"], body["name"], body.get("region", ""), body.get("code", ""),
        body.get("country", ""), body.get("class", ""),
    )  # fmt: skip

"""Load what a new store begins with: the reference data in ``seed/reference``, and scenarios such
as ``seed/golden`` and the demo of two years.

The files are edited by people and are the source. A document is stored when its row is new or changed since it was
last stored from here; what an administrator changed in the running system stays until the file says something new.
An installation's own files, of the same shapes, lie in a folder anywhere: ``own_data`` reads them, and what they say
stays, also where a newer version ships another row.
"""

import csv
import json
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from graph.store import Body, Reader, Store, Writer
from traceability.domain.access import Assignment
from traceability.domain.coverage import CoverageBounds
from traceability.domain.errors import BadQuantity, WriteConflict
from traceability.domain.findings import Thresholds
from traceability.domain.material import Tolerances
from traceability.domain.place import province_of
from traceability.domain.quantity import parse_kg, parse_percent_ppm, parse_ppm
from traceability.exchange import demo
from traceability.locale import DEFAULT, LANGUAGES
from traceability.services.directory.audit import Actor, AuditAction, note
from traceability.services.directory.parties import EVERYWHERE, VEHICLE, met_body, met_key, name_key
from traceability.services.directory.people import Person, find_person, hash_password, put_person, tidy_scope
from traceability.services.directory.photos import PhotoLimits
from traceability.services.directory.reference import KINDS, ReferenceDocument, put_reference
from traceability.wire import canonical

SEED = Path(__file__).resolve().parents[2] / "seed"
SHIPPED = SEED / "reference"
SCENARIOS = ("golden", "demo")
DEMO = "demo"
REFERENCE, OWN = "reference", "own"

SETTINGS = {
    "regions": ("code", "from"),
    "metals": ("symbol",),
    "families": ("id",),
    "benchmarks": ("id",),
    "certificate_kinds": ("id",),
    "certificate_levels": ("kind", "id"),
    "customer_classes": ("id",),
    "waste_codes": ("code",),
    "countries": ("code",),
    "documents": ("id",),
    "bases": ("id",),
    "activities": ("site_kind", "event"),
    "statistics": ("id",),
    "compositions": ("material", "element"),
}
"""Lists that are one document each -> the columns that tell their rows apart."""
NOTES = {language: f"note_{language}" for language in LANGUAGES}
"""The columns of ``targets.csv`` that say in each language what else the documents say."""
OPTIONAL = frozenset(
    {"parent", "from", "until", "successors", "edition", "source", "clause", *NOTES.values()}
)
"""Columns of regions and metals that a file may leave out, and that many rows leave empty."""

HashPassword = Callable[[str], str]


class Account(NamedTuple):
    """A demo account as it is shown to whoever starts the system."""

    person: str
    name: str
    password: str
    roles: tuple[Assignment, ...]


# --- into the store -----------------------------------------------------------------------------------------------


def load_reference(store: Store, actor: Actor | None = None) -> int:
    """Store what is new or changed in ``seed/reference``; return how many documents.

    What an actor loads stands in the audit log. Raises ValueError.
    """
    return _load(store, {REFERENCE: list_shipped()}, actor=actor)


def load_scenario(
    store: Store,
    name: str,
    hashed: HashPassword = hash_password,
    actor: Actor | None = None,
    last_month: str = "",
) -> int:
    """Store the scenario's sites, people, parties and vehicles (not its events); return how many
    documents.

    ``hashed`` turns the demo passwords into what is stored. ``last_month`` is that with which the demo ends.
    """
    return _load(store, {name: list(scenario_entries(name, last_month))}, hashed, actor)


def load_own(
    store: Store,
    entries: list[ReferenceDocument],
    hashed: HashPassword = hash_password,
    actor: Actor | None = None,
) -> int:
    """Store the entries of an installation's own files, and the reference data below them, in one write.

    Raises WriteConflict for a store that holds a scenario.
    """
    with store.read() as reader:
        if held := reader.find_documents("seed", SCENARIOS):
            # What is invented could never be taken out of a real book again.
            raise WriteConflict("seed.demo_book", scenario=", ".join(held))
    return _load(store, {REFERENCE: list_shipped(), OWN: entries}, hashed, actor)


@cache
def list_shipped() -> tuple[ReferenceDocument, ...]:
    """Return everything in ``seed/reference``, read once a process: nobody changes it while it runs."""
    return tuple(reference_entries())


@cache
def _digests_of_shipped() -> dict[str, str]:
    return {_key(entry): _digest(entry) for entry in list_shipped()}


def _digests(name: str, entries: Sequence[ReferenceDocument]) -> dict[str, str]:
    if name == REFERENCE:
        return _digests_of_shipped()
    return {_key(entry): _digest(entry) for entry in entries if name != OWN or entry.kind in KINDS}


def _load(
    store: Store,
    parts: Mapping[str, Sequence[ReferenceDocument]],
    hashed: HashPassword = hash_password,
    actor: Actor | None = None,
) -> int:
    digests = {name: _digests(name, entries) for name, entries in parts.items()}

    def changed(reader: Reader) -> list[tuple[str, ReferenceDocument]]:
        documents = reader.find_documents("seed", [*parts, OWN, *SCENARIOS])
        stored: dict[str, dict[str, str]] = {
            name: document.body["digests"] for name, document in documents.items()
        }
        own = {key for name, held in stored.items() if name in (OWN, *SCENARIOS) for key in held}
        return [
            (name, entry)
            for name, entries in parts.items()
            for entry in entries
            if not (name == REFERENCE and _key(entry) in own)
            and (
                stored.get(name, {}).get(_key(entry)) != digests[name][_key(entry)]
                if _key(entry) in digests[name]
                else _differs(reader, entry)
            )
        ]

    with store.read() as reader:
        wanted = changed(reader)
    if not wanted:
        return 0
    # Hashing takes long on purpose: not while the one writer is held, and once for the password that everybody has.
    passwords = {entry.body["password"] for _, entry in wanted if entry.kind == "person"} - {""}
    hashes = {"": ""} | {password: hashed(password) for password in sorted(passwords)}

    def work(writer: Writer) -> int:
        new: dict[str, tuple[str, ReferenceDocument]] = {}
        for name, entry in changed(writer):
            if name != REFERENCE and entry.kind == "setting":
                entry = entry._replace(body=_merged(writer, entry, new))
            new[_key(entry)] = (name, entry)
        if actor is not None:
            _note(writer, actor, list(new.values()))
        _check_factor_sets(writer, [entry for _, entry in new.values() if entry.kind == "factors"])
        put_reference(writer, [entry for _, entry in new.values() if entry.kind in KINDS])
        for name, entry in new.values():
            if entry.kind == "person":
                _put_person(writer, entry, hashes[entry.body["password"]], first_only=name == OWN)
            elif entry.kind not in KINDS:
                writer.put_document(entry.kind, entry.id, entry.body, group=entry.group)
        for name, own in digests.items():
            stored = writer.find_documents("seed", [name]).get(name)
            kept = stored.body["digests"] if stored and name == OWN else {}  # another folder's rows stay
            writer.put_document("seed", name, {"digests": {**kept, **own}})
        return len(new)

    return store.write(work)


def _note(writer: Writer, actor: Actor, new: list[tuple[str, ReferenceDocument]]) -> None:
    """Note in the audit log which files were loaded, and each document that they change."""
    for name in sorted({name for name, _ in new}):
        note(writer, actor.entry(AuditAction.REFERENCE_LOAD, "files", name))
    entries = [entry for _, entry in new]
    for kind in dict.fromkeys(entry.kind for entry in entries):
        # One query a kind: a first start has hundreds of documents.
        for id_ in writer.find_documents(kind, [entry.id for entry in entries if entry.kind == kind]):
            note(writer, actor.entry(AuditAction.REFERENCE_LOAD, kind, id_))


def _check_factor_sets(reader: Reader, entries: list[ReferenceDocument]) -> None:
    """Refuse other factors under a version that figures were reported by. Raises WriteConflict."""
    stored = reader.find_documents("factors", [entry.id for entry in entries]) if entries else {}
    for entry in entries:
        if entry.id in stored and canonical(stored[entry.id].body) != canonical(entry.body):
            raise WriteConflict("seed.factor_set_changed", version=entry.id)


def _key(entry: ReferenceDocument) -> str:
    return f"{entry.kind}/{entry.id}"


def _digest(entry: ReferenceDocument) -> str:
    return sha256(canonical([entry.body, entry.group]).encode()).hexdigest()[:16]


def _differs(reader: Reader, entry: ReferenceDocument) -> bool:
    """Return whether the store has other content for a person, party or vehicle.

    Digests leave with every log that is shared: of somebody's own people they would tell names, and hint at passwords.
    """
    stored = reader.find_documents(entry.kind, [entry.id]).get(entry.id)
    wanted = {name: value for name, value in entry.body.items() if name != "password"}
    return stored is None or {name: stored.body.get(name) for name in wanted} != wanted


def _merged(writer: Writer, entry: ReferenceDocument, new: dict[str, tuple[str, ReferenceDocument]]) -> Body:
    """Return a setting with the values of the installation's own file in it; the other rows stay."""
    stored = writer.find_documents("setting", [entry.id]).get(entry.id)
    body = new[_key(entry)][1].body if _key(entry) in new else stored.body if stored else {}
    if entry.id not in SETTINGS:
        return {**body, **entry.body}
    columns = SETTINGS[entry.id]
    rows = {
        tuple(row.get(column, "") for column in columns): row
        for row in [*body.get("rows", []), *entry.body["rows"]]
        if columns[0] in row
    }
    return {"rows": list(rows.values())}


def _put_person(writer: Writer, entry: ReferenceDocument, hashed: str, *, first_only: bool) -> None:
    person = find_person(writer, entry.id) or Person(entry.id, "", ())
    if first_only and person.password:
        hashed = person.password  # theirs by now: a file may stand there for years
    roles = tuple(Assignment(*role) for role in entry.body["roles"])
    stated = person._replace(name=entry.body["name"], roles=roles, language=entry.body["language"])
    put_person(writer, stated._replace(password=hashed))


# --- scenarios ----------------------------------------------------------------------------------------------------


def scenario_drafts(name: str, last_month: str = "") -> list[dict[str, Any]]:
    """Return the scenario's events as drafts on the wire, in an order that works.

    The demo's are of the two years that end with ``last_month``.
    """
    if name == DEMO:
        return demo.list_drafts(last_month)
    with (SEED / name / "events.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def golden_drafts() -> list[dict[str, Any]]:
    """Return the events of the golden scenario, first quarter of 2025."""
    return scenario_drafts("golden")


def golden_lots() -> dict[str, str]:
    """Return lot ids of the golden scenario by their short names: L01, A01, HEEL0 …"""
    return {name: lot["lot"] for name, lot in _golden_names()["lots"].items()}


def golden_codes() -> dict[str, str]:
    """Return the label codes of the golden scenario's lots by their short names."""
    return {name: lot["code"] for name, lot in _golden_names()["lots"].items()}


def golden_events() -> dict[str, str]:
    """Return event ids of the golden scenario by their short names: H01, sort-L03, ship-P01 …"""
    return dict(_golden_names()["events"])


def _golden_names() -> dict[str, Any]:
    names: dict[str, Any] = json.loads((SEED / "golden" / "names.json").read_text(encoding="utf-8"))
    return names


def list_demo_accounts(name: str) -> list[Account]:
    """Return the accounts that a start of the scenario shows, with their well-known password."""
    people = _read_toml(SEED / name / "people.toml")
    return [
        Account(
            row["id"],
            row["name"],
            people["password"],
            tuple(Assignment(*role) for role in _roles(row)),
        )
        for row in people["person"]
        if row.get("demo")
    ]


def scenario_entries(name: str, last_month: str = "") -> Iterator[ReferenceDocument]:
    """Return a scenario's sites, people (with plain passwords), parties and vehicles, and regions of its own."""
    if name != DEMO:
        yield from folder_entries(SEED / name)
        return
    yield ReferenceDocument("setting", "regions", {"rows": demo.list_regions(last_month)})
    yield from table_entries(demo.list_sites(), demo.list_people(), demo.list_parties())


def folder_entries(folder: Path) -> Iterator[ReferenceDocument]:
    """Return the sites, people (with plain passwords), parties and vehicles of a folder; a file may
    be missing."""
    sites = _read_toml(folder / "sites.toml").get("site", [])
    yield from table_entries(sites, _read_toml(folder / "people.toml"), _read_toml(folder / "parties.toml"))


def table_entries(
    sites: Iterable[Body], people: Mapping[str, Any], parties: Mapping[str, Any]
) -> Iterator[ReferenceDocument]:
    """Return sites, people, parties and vehicles that tables state, of the shapes of the files."""
    for row in sites:
        yield site_entry(row)
    for row in people.get("person", []):
        body: Body = {
            "name": row["name"],
            "language": row.get("language", DEFAULT),
            "roles": _roles(row),
            "password": row.get("password", people.get("password", "")),
        }
        yield ReferenceDocument("person", row["id"], body)
    met: dict[
        str, tuple[str, list[tuple[str, str, str]]]
    ] = {}  # by key: group, and who has that name or code
    for row in parties.get("party", []):
        party_id = row.pop("id")
        row["licences"] = row.pop("licence", [])
        yield ReferenceDocument("party", party_id, row, row["kind"])
        yield _name(row["kind"], row["name"], party_id)
        _meet(met, row["kind"], party_id, row["name"], row.get("code", ""))
    for row in parties.get("vehicle", []):
        vehicle_id = row.pop("id")
        if "tare_kg" in row:
            row["tare_g"] = parse_kg(row.pop("tare_kg"))
        yield ReferenceDocument("vehicle", vehicle_id, row)
        yield _name(VEHICLE, row["plate"], vehicle_id)
        _meet(met, VEHICLE, vehicle_id, row["plate"], "")
    for key, (group, those) in met.items():
        yield ReferenceDocument("party_met", key, met_body(those), group)


def site_entry(row: Mapping[str, Any]) -> ReferenceDocument:
    """Return the document of a site as a table of ``sites.toml`` states it."""
    body = {name: value for name, value in row.items() if name not in ("id", "licence", "move")}
    body["licences"] = row.get("licence", [])
    if moves := row.get("move"):
        body["moves"] = moves
    return ReferenceDocument("site", row["id"], body, province_of(row["region"]))


def _name(kind: str, name: str, id_: str) -> ReferenceDocument:
    return ReferenceDocument("party_name", name_key(kind, name), {"id": id_, "name": name}, kind)


def _meet(
    met: dict[str, tuple[str, list[tuple[str, str, str]]]], kind: str, id_: str, name: str, code: str
) -> None:
    """Add a party for all sites, by its name and by its code."""
    for text, group in ((name, f"{EVERYWHERE}:{kind}"), (code, f"{EVERYWHERE}:{kind}:code")):
        if text:
            met.setdefault(met_key(EVERYWHERE, kind, text), (group, []))[1].append((id_, name, code))


def read_roles(row: Mapping[str, Any]) -> tuple[Assignment, ...]:
    """Return the roles as a table of ``people.toml`` states them."""
    return tuple(Assignment(*role) for role in _roles(row))


def _roles(row: Mapping[str, Any]) -> list[list[str]]:
    return [
        list(
            Assignment(
                held["role"],
                tidy_scope(held["scope"]),
                held.get("from", ""),
                held.get("until", "9999-12-31"),
            )
        )
        for held in row["roles"]
    ]


# --- reference data -----------------------------------------------------------------------------------------------


def reference_entries(folder: Path = SHIPPED) -> Iterator[ReferenceDocument]:
    """Return everything in a folder like ``seed/reference`` as documents; a file may be missing."""
    yield from _materials(folder)
    for row in _read_csv(folder / "targets.csv"):
        yield target_entry(row)
    for row in _read_toml(folder / "factors.toml").get("set", []):
        yield ReferenceDocument("factors", row.pop("version"), row)
    for name in SETTINGS:
        # Thousands of regions are one document: as many would slow down a start, and few ever change.
        rows: list[Body] = [
            {column: cell for column, cell in row.items() if cell or column not in OPTIONAL}
            for row in _read_csv(folder / f"{name}.csv")
        ]
        for item in rows:
            for flag in item.keys() & {"ten_metals", "wording_verified", "of_metals", "signed"}:
                item[flag] = _yes(item[flag])
            for several in item.keys() & {"metals", "except_metals"}:
                item[several] = item[several].split("+") if item[several] else []
        if rows:
            yield ReferenceDocument("setting", name, {"rows": rows})
    for name, known in (
        ("tolerances", Tolerances._fields),
        ("coverage", CoverageBounds._fields),
        ("findings", Thresholds._fields),
        ("photos", PhotoLimits._fields),
    ):
        values = _read_toml(folder / f"{name}.toml")
        unknown = sorted(set(values) - set(known))
        if unknown:
            raise ValueError(f"{name}.toml: unknown {', '.join(unknown)}")
        if values:
            yield ReferenceDocument("setting", name, values)
    for name in ("transport", "waste"):
        if values := _read_toml(folder / f"{name}.toml"):
            yield ReferenceDocument("setting", name, values)


def _materials(folder: Path) -> Iterator[ReferenceDocument]:
    """Return the folder's materials, and those that ship whose limits it states."""
    own_limits = _read_limits(folder / "alloys.csv")
    limits = {**_read_limits(SHIPPED / "alloys.csv"), **own_limits}
    shipped = {row["id"]: row for row in _read_csv(SHIPPED / "materials.csv")}
    rows = {row["id"]: row for row in _read_csv(folder / "materials.csv")}
    rows |= {alloy: shipped[alloy] for alloy in own_limits if alloy not in rows}
    for row in rows.values():
        try:
            yield _material(row, limits)
        except BadQuantity as error:
            raise ValueError(f"materials.csv: {row['id']}: {error}") from error


def _read_names(row: Mapping[str, str]) -> Body:
    return {language: row[language] for language in LANGUAGES if language in row}


def _material(row: dict[str, str], limits: dict[str, list[list[Any]]]) -> ReferenceDocument:
    body: Body = {
        "forms": row["forms"].split("|"),
        "metal": row["metal"],
        **_read_names(row),
        "family": row["family"],
        "fraction_ppm": parse_ppm(row["fraction"]),
        "low_g": parse_kg(row["low_kg"]),
        "high_g": parse_kg(row["high_kg"]),
        "waste_code": row["waste_code"],
        "refined": _yes(row["refined"]),
        "remelt_ingot": _yes(row["remelt_ingot"]),
        "limits": limits.get(row["id"], []),
        "grades": row["grades"].split("|") if row["grades"] else [],
        "standard": row["standard"],
        "verified": _yes(row["verified"]),
        "note": row["note"],
    }
    return ReferenceDocument("material", row["id"], body, row["metal"])


def _read_limits(path: Path) -> dict[str, list[list[Any]]]:
    limits: dict[str, list[list[Any]]] = {}
    for row in _read_csv(path):
        try:
            low_ppm = parse_percent_ppm(row["low"]) if row["low"] else 0
            high_ppm = parse_percent_ppm(row["high"])
        except BadQuantity as error:
            raise ValueError(f"{path.name}: {row['alloy']} {row['element']}: {error}") from error
        limits.setdefault(row["alloy"], []).append([row["element"], low_ppm, high_ppm])
    return limits


def target_entry(row: Mapping[str, str]) -> ReferenceDocument:
    """Return the document of a target as a row of ``targets.csv`` states it."""
    body: Body = {
        "region": row["region"],
        "metals": row["metal"].split("+") if row["metal"] else [],
        "indicator": row["indicator"],
        "method": row["method"],
        "year": int(row["year"]) if row["year"] else None,
        "operator": row["operator"],
        "value": row["value"] or None,
        "document": row["document"],
        "note": row["note"],
        "notes": {language: row[name] for language, name in NOTES.items() if row.get(name)},
        "clause": row.get("clause", ""),
    }
    parts = (row["region"], row["indicator"], row["metal"] or "all", row["year"] or "undated")
    return ReferenceDocument("target", "-".join(parts), body, row["region"])


def _yes(text: str) -> bool:
    if text not in ("yes", "no", ""):
        raise ValueError(f"yes or no, not {text!r}")
    return text == "yes"


def _read_csv(path: Path) -> list[dict[str, str]]:
    """Return rows by column, none where there is no file.

    A byte order mark, as spreadsheets add it, is fine.

    Raises ValueError for a ragged row, or a column that stands twice.
    """
    if not path.exists():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, restkey="", restval=None)
        columns = reader.fieldnames or ()
        rows = [(reader.line_num, row) for row in reader]
    if len(set(columns)) != len(columns):
        raise ValueError(f"{path.name}:1: a column stands twice")
    filled = [(number, row) for number, row in rows if not is_blank_row(row)]
    for number, row in filled:
        if "" in row or None in row.values():
            raise ValueError(f"{path.name}:{number}: not as many cells as columns")
    return [row for _, row in filled]


def is_blank_row(row: Mapping[str, Any]) -> bool:
    """Return whether nothing stands in a row, as spreadsheets save rows that were cleared."""
    return not any(text.strip() for cell in row.values() for text in _texts(cell))


def _texts(cell: Any) -> Iterable[str]:
    """Return the texts of a cell: none where a short row has no cell, several beyond the columns."""
    return cell if isinstance(cell, list) else [cell] if cell else []


def _read_toml(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    return tomllib.loads(path.read_text(encoding="utf-8-sig"))

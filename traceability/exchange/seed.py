"""What a new store begins with: the reference data in ``seed/reference``, and scenarios such as ``seed/golden``.

The files are edited by people and are the source. A document is stored when its row is new or changed since it was
last stored from here; what an administrator changed in the running system stays until the file says something new.
"""

import csv
import json
import tomllib
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from graph.store import Body, Reader, Store, Writer
from traceability.domain.errors import BadQuantity
from traceability.domain.material import Tolerances
from traceability.domain.person import Assignment
from traceability.domain.place import province_of
from traceability.domain.quantity import parse_kg, parse_percent_ppm, parse_ppm
from traceability.domain.vocabulary import NATION
from traceability.services.parties import VEHICLE, name_key
from traceability.services.people import Person, hash_password, put_person
from traceability.services.reference import KINDS, Entry, put_reference
from traceability.wire import canonical

SEED = Path(__file__).resolve().parents[2] / "seed"
SCENARIOS = ("golden",)

HashPassword = Callable[[str], str]


class Account(NamedTuple):
    """A demo account as it is shown to whoever starts the system."""

    person: str
    name: str
    password: str
    roles: tuple[Assignment, ...]


# --- into the store -----------------------------------------------------------------------------------------------


def load_reference(store: Store) -> int:
    """Store what is new or changed in ``seed/reference``; returns how many documents. Raises ValueError."""
    return _load(store, "reference", list(reference_entries()))


def load_scenario(store: Store, name: str, hashed: HashPassword = hash_password) -> int:
    """Store the scenario's sites, people, parties and vehicles (not its events); returns how many documents.

    ``hashed`` turns the demo passwords into what is stored.
    """
    return _load(store, name, list(scenario_entries(name)), hashed)


def _load(store: Store, name: str, entries: list[Entry], hashed: HashPassword = hash_password) -> int:
    digests = {
        f"{entry.kind}/{entry.id}": sha256(canonical([entry.body, entry.group]).encode()).hexdigest()[:16]
        for entry in entries
    }
    assert len(digests) == len(entries), "an id stands twice"

    def changed(reader: Reader) -> list[Entry]:
        known = reader.find_documents("seed", [name]).get(name)
        stored = known.body["digests"] if known else {}
        return [
            entry
            for entry in entries
            if stored.get(f"{entry.kind}/{entry.id}") != digests[f"{entry.kind}/{entry.id}"]
        ]

    with store.read() as reader:
        wanted = changed(reader)
    if not wanted:
        return 0
    # Hashing takes long on purpose: not while the one writer is held, and once for the password that everybody has.
    passwords = {entry.body["password"] for entry in wanted if entry.kind == "person"}
    hashes = {password: hashed(password) for password in sorted(passwords)}

    def work(writer: Writer) -> int:
        new = changed(writer)
        put_reference(writer, [entry for entry in new if entry.kind in KINDS])
        for entry in new:
            if entry.kind == "person":
                _put_person(writer, entry, hashes[entry.body["password"]])
            elif entry.kind not in KINDS:
                writer.put_document(entry.kind, entry.id, entry.body, group=entry.group)
        writer.put_document("seed", name, {"digests": digests})
        return len(new)

    return store.write(work)


def _put_person(writer: Writer, entry: Entry, hashed: str) -> None:
    known = writer.find_documents("person", [entry.id]).get(entry.id)
    put_person(
        writer,
        Person(
            id=entry.id,
            name=entry.body["name"],
            roles=tuple(Assignment(*role) for role in entry.body["roles"]),
            password=hashed,
            language=entry.body["language"],
            version=known.version if known else 0,
        ),
    )


# --- scenarios ----------------------------------------------------------------------------------------------------


def scenario_drafts(name: str) -> list[dict[str, Any]]:
    """The scenario's events as drafts on the wire, in an order that works."""
    with (SEED / name / "events.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def golden_drafts() -> list[dict[str, Any]]:
    """The events of the golden scenario, first quarter of 2025."""
    return scenario_drafts("golden")


def golden_lots() -> dict[str, str]:
    """Lot ids of the golden scenario by their short names: L01, A01, HEEL0 …"""
    return {name: lot["lot"] for name, lot in _golden_names()["lots"].items()}


def golden_codes() -> dict[str, str]:
    """Codes on the labels of the golden scenario's lots by their short names."""
    return {name: lot["code"] for name, lot in _golden_names()["lots"].items()}


def golden_events() -> dict[str, str]:
    """Event ids of the golden scenario by their short names: H01, sort-L03, ship-P01 …"""
    return dict(_golden_names()["events"])


def _golden_names() -> dict[str, Any]:
    names: dict[str, Any] = json.loads((SEED / "golden" / "names.json").read_text(encoding="utf-8"))
    return names


def list_demo_accounts(name: str) -> list[Account]:
    """The accounts that a start of the scenario shows, with their well-known password."""
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


def scenario_entries(name: str) -> Iterator[Entry]:
    """A scenario's sites, people (with plain passwords), parties and vehicles."""
    folder = SEED / name
    for row in _read_toml(folder / "sites.toml")["site"]:
        site_id = row.pop("id")
        row["licences"] = row.pop("licence", [])
        yield Entry("site", site_id, row, province_of(row["region"]))
    people = _read_toml(folder / "people.toml")
    for row in people["person"]:
        body: Body = {
            "name": row["name"],
            "language": row["language"],
            "roles": _roles(row),
            "password": people["password"],
        }
        yield Entry("person", row["id"], body)
    parties = _read_toml(folder / "parties.toml")
    for row in parties["party"]:
        party_id = row.pop("id")
        row["licences"] = row.pop("licence", [])
        yield Entry("party", party_id, row, row["kind"])
        yield _name(row["kind"], row["name"], party_id)
    for row in parties["vehicle"]:
        vehicle_id = row.pop("id")
        row["tare_g"] = parse_kg(row.pop("tare_kg"))
        yield Entry("vehicle", vehicle_id, row)
        yield _name(VEHICLE, row["plate"], vehicle_id)


def _name(kind: str, name: str, id_: str) -> Entry:
    return Entry("party_name", name_key(kind, name), {"id": id_, "name": name}, kind)


def _roles(row: dict[str, Any]) -> list[list[str]]:
    return [
        list(Assignment(held["role"], held["scope"], held.get("from", ""), held.get("until", "9999-12-31")))
        for held in row["roles"]
    ]


# --- reference data -----------------------------------------------------------------------------------------------


def reference_entries() -> Iterator[Entry]:
    """Everything in ``seed/reference`` as documents."""
    folder = SEED / "reference"
    for row in _read_csv(folder / "regions.csv"):
        code = row["code"]
        yield Entry("region", code, {"zh": row["zh"], "en": row["en"]}, region_level(code))
    limits = _read_limits(folder / "alloys.csv")
    for row in _read_csv(folder / "materials.csv"):
        try:
            yield _material(row, limits)
        except BadQuantity as error:
            raise ValueError(f"materials.csv: {row['id']}: {error}") from error
    for row in _read_csv(folder / "targets.csv"):
        yield _target(row)
    for row in _read_toml(folder / "factors.toml")["set"]:
        yield Entry("factors", row.pop("version"), row)
    metals = [{**row, "ten_metals": _yes(row["ten_metals"])} for row in _read_csv(folder / "metals.csv")]
    yield Entry("setting", "metals", {"rows": metals})
    wastes = [
        {**row, "wording_verified": _yes(row["wording_verified"])}
        for row in _read_csv(folder / "waste_codes.csv")
    ]
    yield Entry("setting", "waste_codes", {"rows": wastes})
    for name in ("families", "countries", "documents", "bases"):
        yield Entry("setting", name, {"rows": _read_csv(folder / f"{name}.csv")})
    tolerances = _read_toml(folder / "tolerances.toml")
    unknown = sorted(set(tolerances) - set(Tolerances._fields))
    if unknown:
        raise ValueError(f"tolerances.toml: unknown {', '.join(unknown)}")
    yield Entry("setting", "tolerances", tolerances)
    yield Entry("setting", "transport", _read_toml(folder / "transport.toml"))


def region_level(code: str) -> str:
    """nation, province, prefecture or county of a code of GB/T 2260."""
    if code == NATION:
        return "nation"
    if code.endswith("0000"):
        return "province"
    return "prefecture" if code.endswith("00") else "county"


def _material(row: dict[str, str], limits: dict[str, list[list[Any]]]) -> Entry:
    body: Body = {
        "forms": row["forms"].split("|"),
        "metal": row["metal"],
        "zh": row["zh"],
        "en": row["en"],
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
    return Entry("material", row["id"], body, row["metal"])


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


def _target(row: dict[str, str]) -> Entry:
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
    }
    parts = (row["region"], row["indicator"], row["metal"] or "all", row["year"] or "undated")
    return Entry("target", "-".join(parts), body, row["region"])


def _yes(text: str) -> bool:
    if text not in ("yes", "no", ""):
        raise ValueError(f"yes or no, not {text!r}")
    return text == "yes"


def _read_csv(path: Path) -> list[dict[str, str]]:
    """Rows by column; a byte order mark, as spreadsheets add it, is fine. Raises ValueError for a ragged row."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, restkey="", restval=None))
    for number, row in enumerate(rows, 2):
        if "" in row or None in row.values():
            raise ValueError(f"{path.name}:{number}: not as many cells as columns")
    return rows


def _read_toml(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return tomllib.load(file)

"""Describe the demo's sites, people, parties and vehicles as an installation's own files would."""

import tomllib
from collections.abc import Iterator
from typing import Any

from traceability.exchange.demo.cast import FOLDER, provinces, read_rows, sites
from traceability.exchange.demo.collection import tare_of
from traceability.exchange.demo.diary import Months, draw

VALID = {"from": "2015-01-01", "until": "2099-12-31"}
"""Licences and offices hold whenever the demo is loaded."""
MERGED_FROM = 12  # the number of the month in which two invented counties became one
TRUCKS = 2  # of a site

Row = dict[str, Any]


def list_sites() -> Iterator[Row]:
    """Return the sites as tables of ``sites.toml``."""
    for site in sites().values():
        row: Row = {
            "id": site.id, "zh": site.zh, "en": site.en, "kinds": list(site.kinds), "region": site.region,
        }  # fmt: skip
        if site.firm:
            row["firm"] = site.firm
        if site.base:
            row["base"] = site.base
        if site.licensed:
            row["licence"] = [{"number": site.licence, "waste_codes": list(site.licensed), **VALID}]
        yield row


def read_people() -> Row:
    """Return ``people.toml``: the accounts that a start shows, and the password of all."""
    return tomllib.loads((FOLDER / "people.toml").read_text(encoding="utf-8"))


def list_people() -> Row:
    """Return everybody as ``people.toml`` would: those of the file, people of sites and of provinces."""
    people = read_people()
    everybody = [*people["person"]]
    for site in sites().values():
        if site.firm:
            everybody += [
                _person(f"{site.id}-{role}", site.zh + word, role, site.id) for role, word in _STAFF
            ]
    everybody += [
        _person(one.planner, f"{one.region} 规划员", "planner", one.region) for one in provinces().values()
    ]
    first = {row["id"]: row for row in reversed(everybody)}  # what the file says of somebody goes first
    return {"password": people["password"], "person": list(first.values())}


_STAFF = (("operator", "操作员"), ("supervisor", "主管"))


def _person(id_: str, name: str, role: str, scope: str) -> Row:
    return {"id": id_, "name": name, "roles": [{"role": role, "scope": scope, "from": VALID["from"]}]}


def list_parties() -> Row:
    """Return suppliers, customers, receivers of waste and vehicles as ``parties.toml`` would."""
    return {"party": list(_parties()), "vehicle": list(_vehicles())}


def _parties() -> Iterator[Row]:
    for row in (*read_rows("parties.csv"), *read_rows("suppliers.csv")):
        party: Row = {"id": row["id"], "kind": row.get("kind", "supplier"), "name": row["name"]}
        party |= {field: row[field] for field in ("region", "country", "class") if row.get(field)}
        if row["licence"]:
            party["licence"] = [
                {"number": licence_of(row["id"]), "waste_codes": row["licence"].split("|"), **VALID}
            ]
        yield party


def licence_of(party: str) -> str:
    """Return the number of a party's licence to handle waste."""
    return f"危环字（虚构）第{int.from_bytes(draw(party)[:3]) % 900_000 + 100_000}号"


def truck_of(receiver: str) -> str:
    """Return the vehicle in which a receiver of waste fetches it."""
    return f"{receiver}-truck"


def _vehicles() -> Iterator[Row]:
    for number, row in enumerate(row for row in read_rows("parties.csv") if row["kind"] == "receiver"):
        yield {
            "id": truck_of(row["id"]),
            "plate": f"湘F·{80_101 + number}",
            "class": "diesel",
            "tare_kg": "9800",
        }
    yards = dict.fromkeys(row["site"] for row in read_rows("suppliers.csv"))
    for number, site in enumerate(yards):
        for truck in range(1, TRUCKS + 1):
            id_ = f"{site}-truck-{truck}"
            plate = f"{_PLATES[sites()[site].province]}·{10_000 + number * TRUCKS + truck}"
            kind = "new_energy" if (number + truck) % 5 == 0 else "diesel"
            yield {"id": id_, "plate": plate, "class": kind, "tare_kg": str(tare_of(id_) // 1_000)}


_PLATES = {
    "360000": "赣A", "410000": "豫A", "420000": "鄂A", "430000": "湘A", "440000": "粤A", "450000": "桂A",
    "500000": "渝A", "510000": "川A", "520000": "贵A", "530000": "云A",
}  # fmt: skip


def list_regions(last_month: str) -> list[Row]:
    """Return two invented counties of Hengyang and the district that they became in the middle of the two years."""
    months = Months(last_month)
    last, first = months.label(MERGED_FROM - 1), months.label(MERGED_FROM)
    merged = "430496"
    return [
        {"code": "430498", "zh": "石桥县（虚构）", "en": "Shiqiao County (invented)", "until": last, "successors": merged},
        {"code": "430497", "zh": "青滩县（虚构）", "en": "Qingtan County (invented)", "until": last, "successors": merged},
        {"code": merged, "zh": "石青区（虚构）", "en": "Shiqing District (invented)", "from": first},
    ]  # fmt: skip

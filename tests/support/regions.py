"""Move sites, and merge, rename and split regions, as an administrator would."""

from typing import Any

from graph.store import Store
from traceability.services.directory.reference import ReferenceDocument, put_reference, settings_in


def move_site(store: Store, site: str, *moves: tuple[str, str] | tuple[str, str, str]) -> None:
    """Let a site be in other regions (and bases) from months on: (month, region, base)."""
    with store.read() as reader:
        body = dict(reader.find_documents("site", [site])[site].body)
    body["moves"] = [
        {"from": month, "region": region, "base": base[0] if base else ""} for month, region, *base in moves
    ]
    store.write(lambda writer: put_reference(writer, [ReferenceDocument("site", site, body)]))


def put_regions(store: Store, *rows: dict[str, Any]) -> None:
    """Put rows of regions over those of the same code and first month."""
    with store.read() as reader:
        known = settings_in(reader)["regions"]["rows"]
    merged = {(row["code"], row.get("from", "")): row for row in [*known, *rows]}
    entry = ReferenceDocument("setting", "regions", {"rows": list(merged.values())})
    store.write(lambda writer: put_reference(writer, [entry]))


def end_region(store: Store, code: str, until: str, *successors: str) -> None:
    """Let a region end with a month, and become (part of) others."""
    row = {"code": code, "zh": code, "en": code, "until": until, "successors": "|".join(successors)}
    put_regions(store, row)

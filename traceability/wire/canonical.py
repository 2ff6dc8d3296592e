"""Write the canonical text of a draft, and compute the digests by which contents are compared."""

import hashlib
import json
from typing import Any

from traceability.domain.identifier import normalise_identifier

_encode = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, check_circular=False
).encode


def canonical(body: Any) -> str:
    """Return JSON with sorted keys and no spaces, without keys that are null; letters stay as they
    were sent (no NFC)."""
    text = _encode(body)
    return _encode(_drop_nulls(body)) if "null" in text else text


def _drop_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _drop_nulls(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_drop_nulls(inner) for inner in value]
    return value


def digest(text: str, schema: int) -> str:
    """Return the SHA-256 of a canonical draft with the number of the schema it is written in."""
    return hashlib.sha256(f"{schema}\n{text}".encode()).hexdigest()


_IDENTIFIERS = ("ticket", "heat_number", "manifest", "declaration_no", "certificate", "licence")
_LOT_IDENTITY = {"outputs": ("lot", "code"), "lots": ("part_lot", "part_code")}


def content_digest(body: dict[str, Any]) -> str:
    """Return the digest of what a weighing ticket or heat says: without id, actor, confirmed
    warnings, and ids and codes of new lots.

    Identifiers count in their normal form. Give it a dumped body (``dump_draft``): a default that one client states and another omits must not matter.
    """
    content = {key: value for key, value in body.items() if key not in ("id", "actor", "schema", "confirmed")}
    for key in _IDENTIFIERS:
        if key in content:
            content[key] = normalise_identifier(content[key])
    if "documents" in content:
        content["documents"] = [
            {**row, "number": normalise_identifier(row["number"])} for row in content["documents"]
        ]
    for key, without in _LOT_IDENTITY.items():
        if content.get(key):
            content[key] = [
                {name: value for name, value in row.items() if name not in without} for row in content[key]
            ]
    return digest(canonical(content), body.get("schema", 1))

"""What did a person type into a form, as the body of an event on the wire? Names of fields say how to read them.

    outputs-0-mass_kg = "1,250.5"   ─▶  {"outputs": [{"mass_g": 1250500}]}

| last part of the name | what may be typed | on the wire |
|---|---|---|
| ``…_kg`` | kilograms, at most 3 decimals | ``…_g``, an integer |
| ``…_t`` | tonnes, at most 6 decimals | ``…_g``, an integer |
| ``…_amount`` with ``…_unit`` (``kg`` or ``percent``) | a mass or a share | ``…_g``, or ``…_percent`` (of ``metal``: ``metal_fraction``) |
| ``metal_percent`` | metal content in % | ``metal_fraction`` |
| ``lot_code`` | a lot's code, scanned or typed | ``lot``, its id |
| ``code``, ``part_code`` | a label's code or address | the code |
| ``event_time``, ``started`` | a time in China | with its offset |
| ``distance_km``, ``kwh``, ``renewable_kwh`` | a whole number | an integer |
| ``passed``, ``cascade`` | ``yes`` or ``no`` | true or false |
| ``metals``, ``photos`` | several values of one name | a list |
| anything else | text | the text |

Fields left empty are left out; so are rows in which nothing was filled in (``form`` and units alone fill no row).
Numbers in names are places on the page; the rows that remain are numbered again, and ``Typed`` knows which was which.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from scanners.payload import read_payload
from traceability.domain.errors import BadQuantity, FieldError
from traceability.domain.quantity import (
    MAX_MASS_G,
    MAX_SUM_G,
    format_ppm,
    parse_kg,
    parse_percent_ppm,
    parse_t,
)

FindLots = Callable[[Collection[str]], Mapping[str, str]]
"""Lot ids by code, unknown codes left out."""

_SEGMENT = re.compile(r"[a-z][a-z0-9_]*|\d{1,4}|[A-Z][a-z]?", re.ASCII)
_LOCAL_TIME = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ] *(\d{1,2}):(\d\d)(:\d\d)?(\.\d{1,3})?)?", re.ASCII
)
_WHOLE_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)", re.ASCII)
_MOST_DIGITS = 24
_CHINA = "+08:00"
_DEEPEST = 8
_TIMES = frozenset({"event_time", "started"})
_WHOLE = frozenset({"distance_km", "kwh", "renewable_kwh"})
_SUMS = frozenset({"fuel"})  # of a month or year, not of a lot
_FLAGS = frozenset({"passed", "cascade"})
_LISTS = frozenset({"metals", "photos"})
_CODES = frozenset({"code", "part_code"})
_FILLS_NO_ROW = frozenset({"form"})
_YES, _NO = frozenset({"yes", "1", "true", "on"}), frozenset({"no", "0", "false"})


@dataclass(slots=True)
class Typed:
    """The body, what could not be read, and which field of the page each path of the body came from."""

    body: dict[str, Any] = field(default_factory=dict)
    faults: list[FieldError] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)

    def find_name(self, path: str, known: Collection[str]) -> str:
        """The field of the page that a fault at ``path`` belongs to; ``known`` are the page's fields. '' for none."""
        if path in self.names and self.names[path] in known:
            return self.names[path]
        parts = path.split(".")
        for length in range(len(parts), -1, -1):
            prefix = self.names.get(".".join(parts[:length]), "" if not length else None)
            if prefix is None:
                continue
            rest = parts[length:]
            for leaf in _spellings(rest[-1]) if rest else ():
                name = "-".join([*([prefix] if prefix else []), *rest[:-1], leaf])
                if name in known:
                    return name
            # The fault is of a row or part as a whole: its first field stands for it.
            whole = "-".join([*([prefix] if prefix else []), *rest])
            inside = [name for name in known if name.startswith(whole + "-")]
            if inside:
                return inside[0]
        return ""


def _spellings(leaf: str) -> tuple[str, ...]:
    """The names that a page may give to a field of the wire."""
    stem, _, unit = leaf.rpartition("_")
    found = [leaf]
    if unit == "g":
        found += [f"{stem}_kg", f"{stem}_t", f"{stem}_amount"]
    if unit == "percent":
        found.append(f"{stem}_amount")
    if leaf == "metal_fraction":
        found += ["metal_percent", "metal_amount"]
    if leaf == "lot":
        found.append("lot_code")
    return tuple(found)


def read_typed(
    fields: Iterable[tuple[str, str]], find_lots: FindLots, host: str, always: Collection[str] = ()
) -> Typed:
    """Read all fields of a form; rows ``always`` (``outputs-0``) count although nothing was filled in.

    Never fails: what cannot be read is among the faults.
    """
    tree: dict[str, Any] = {}
    for name, value in fields:
        _plant(tree, name.split("-"), value)
    typed = Typed()
    reader = _Reader(typed, host, frozenset(always))
    typed.body = reader.read_part(tree, "", "")
    reader.resolve_lots(find_lots)
    return typed


def _plant(tree: dict[str, Any], segments: list[str], value: str) -> None:
    """Put a value where its name says; names that say nothing are no fields of an event."""
    if len(segments) > _DEEPEST or not all(_SEGMENT.fullmatch(segment) for segment in segments):
        return
    branch = tree
    for segment in segments[:-1]:
        inner = branch.setdefault(segment, {})
        if not isinstance(inner, dict):
            return
        branch = inner
    leaves = branch.setdefault(segments[-1], [])
    if isinstance(leaves, list):
        leaves.append(value)


class _Reader:
    """One reading of a tree of typed values."""

    def __init__(self, typed: Typed, host: str, always: frozenset[str]) -> None:
        self.typed = typed
        self.host = host
        self.always = always
        self.wanted: list[tuple[dict[str, Any], str, str]] = []  # (row, code, path) of lots to look up

    def read_part(self, branch: dict[str, Any], path: str, name: str) -> dict[str, Any]:
        """The object of a branch; empty where nothing was filled in."""
        if path:
            self.typed.names[path] = name
        found: dict[str, Any] = {}
        for key, value in branch.items():
            inner_name = f"{name}-{key}" if name else key
            inner_path = f"{path}.{key}" if path else key
            if isinstance(value, list):
                self._read_leaf(found, branch, key, value, inner_path, inner_name)
            elif value and all(place.isdigit() for place in value):
                rows = self._read_rows(value, inner_path, inner_name)
                if rows:
                    found[key] = rows
            else:
                faults = len(self.typed.faults)
                part = self.read_part(value, inner_path, inner_name)
                if part or len(self.typed.faults) > faults:  # what cannot be read was meant to be there
                    found[key] = part
        return found

    def _read_rows(self, places: dict[str, Any], path: str, name: str) -> list[Any]:
        self.typed.names[path] = name
        rows: list[Any] = []
        for place in sorted(places, key=int):
            row = places[place]
            if isinstance(row, dict) and (_is_filled(row) or f"{name}-{place}" in self.always):
                # Faults inside count too: a row with an unreadable mass is a row.
                rows.append(self.read_part(row, f"{path}.{len(rows)}", f"{name}-{place}"))
        return rows

    def _read_leaf(
        self,
        into: dict[str, Any],
        siblings: dict[str, Any],
        key: str,
        values: list[str],
        path: str,
        name: str,
    ) -> None:
        if key in _LISTS:
            kept = [value.strip() for value in values if value.strip()]
            if kept:
                into[key] = kept
            self.typed.names[path] = name
            return
        written = values[-1].replace("\r\n", "\n").strip()
        if not written or key.endswith("_unit"):
            return
        parent = path.rpartition(".")[0]

        def keep(wire_key: str, value: Any) -> None:
            into[wire_key] = value
            self.typed.names[f"{parent}.{wire_key}" if parent else wire_key] = name

        try:
            if key == "lot_code":
                self._keep_lot(into, written, f"{parent}.lot" if parent else "lot", name)
            elif key in _CODES:
                self._keep_code(keep, key, written, path, name)
            else:
                keep(*_read_value(key, written, siblings))
        except BadQuantity as error:
            self._fault(path, name, error.code, dict(error.figures))
        except ValueError:
            self._fault(path, name, "field.not_integer", {"text": written[:_MOST_DIGITS]})

    def _fault(self, path: str, name: str, code: str, figures: dict[str, Any]) -> None:
        self.typed.names[path] = name
        self.typed.faults.append(FieldError(path, code, figures))

    def _keep_lot(self, row: dict[str, Any], written: str, path: str, name: str) -> None:
        self.typed.names[path] = name
        scanned = read_payload(written, self.host)
        if scanned.kind in ("lot", "code") and scanned.code:
            row["lot"] = ""  # holds its place until all codes are looked up at once
            self.wanted.append((row, scanned.code, path))
        else:
            self.typed.faults.append(FieldError(path, scanned.reason or "scan.not_a_code"))

    def _keep_code(
        self, keep: Callable[[str, Any], None], key: str, written: str, path: str, name: str
    ) -> None:
        scanned = read_payload(written, self.host)
        if scanned.kind in ("lot", "code") and scanned.code:
            keep(key, scanned.code)
        else:
            self._fault(path, name, scanned.reason or "scan.not_a_code", {})

    def resolve_lots(self, find_lots: FindLots) -> None:
        """Put the ids in place of the codes."""
        if not self.wanted:
            return
        known = find_lots({code for _, code, _ in self.wanted})
        for row, code, path in self.wanted:
            if code in known:
                row["lot"] = known[code]
            else:
                del row["lot"]
                self.typed.faults.append(FieldError(path, "scan.unbound_input", {"code": code}))


def _read_value(key: str, written: str, siblings: dict[str, Any]) -> tuple[str, Any]:
    """(the key on the wire, the value). Raises BadQuantity, ValueError for a number that is none."""
    plain = unicodedata.normalize("NFKC", written)
    stem, _, unit = key.rpartition("_")
    if unit == "kg" and stem:
        return f"{stem}_g", parse_kg(plain, MAX_SUM_G if stem in _SUMS else MAX_MASS_G)
    if unit == "t" and stem:
        return f"{stem}_g", parse_t(plain, MAX_SUM_G)
    if unit == "amount":
        units = siblings.get(f"{stem}_unit", ["kg"])
        if units[-1] != "percent":
            return f"{stem}_g", parse_kg(plain)
        key = f"{stem}_percent"
    if key == "metal_percent":
        return "metal_fraction", format_ppm(parse_percent_ppm(plain.removesuffix("%")))
    if key.endswith("_percent"):
        return key, format_ppm(parse_percent_ppm(plain.removesuffix("%")) * 100)
    if key in _TIMES:
        return key, _with_offset(plain)
    if key in _WHOLE:
        return key, _read_whole(plain)
    if key in _FLAGS and plain.lower() in _YES | _NO:
        return key, plain.lower() in _YES
    return key, written


def _is_filled(row: dict[str, Any]) -> bool:
    for key, value in row.items():
        if isinstance(value, dict):
            if _is_filled(value):
                return True
        elif key not in _FILLS_NO_ROW and not key.endswith("_unit") and any(text.strip() for text in value):
            return True
    return False


def _with_offset(plain: str) -> str:
    """A time in China with its offset, or a day; browsers send 46.900 seconds as 46.9, people type 2025/3/31 8:05."""
    local = _LOCAL_TIME.fullmatch(plain)
    if not local:
        return plain
    year, month, day, hour, minute, second, part = local.groups()
    date = f"{year}-{month:0>2}-{day:0>2}"
    if hour is None:
        return date
    return f"{date}T{hour:0>2}:{minute}{second or ''}{part.ljust(4, '0') if part else ''}{_CHINA}"


def _read_whole(plain: str) -> int:
    if not _WHOLE_NUMBER.fullmatch(plain):
        raise ValueError
    if len(plain) > _MOST_DIGITS:
        raise BadQuantity("field.number_too_long", text=plain[:_MOST_DIGITS] + "…")
    return int(plain.replace(",", ""))

"""How does a recorded event look in the fields of its form? The way back of ``web/typed.py``, for replacing it.

{"outputs": [{"mass_g": 1250500}]}   ─▶  outputs-0-mass_kg = "1250.5"
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from traceability.domain.calendar import SHANGHAI
from traceability.domain.event import Event
from traceability.domain.quantity import format_kg, format_ppm, format_t, parse_ppm
from traceability.wire import dump_draft

_NOT_TYPED = frozenset({"schema", "id", "kind", "site", "actor", "approval", "event_time"})
"""What the page knows by itself; an approval was given for what was stated before, not for what is stated now."""

_AMOUNTS = frozenset({"moisture", "impurity", "metal"})  # a mass or a share, in one field with its unit

_IN_TONNES = frozenset({"capacity_g", "output_g"})  # what lines and regions make in a year


def typed_of(event: Event, codes: Mapping[str, str]) -> dict[str, str]:
    """The fields of an event in force. ``codes`` are the codes of its lots by id.

    Ids and codes of its outputs are among them, so that they stay with their rows.
    """
    body = {key: value for key, value in dump_draft(event.draft).items() if key not in _NOT_TYPED}
    _keep_identity(body, event)
    found = dict(_fields(body, "", codes))
    if not event.draft.date_only:
        moment = datetime.fromtimestamp(event.draft.time_ms / 1000, UTC).astimezone(SHANGHAI)
        exact = "milliseconds" if moment.microsecond else "seconds" if moment.second else "minutes"
        found["event_time"] = moment.replace(tzinfo=None).isoformat(timespec=exact)
    return found


def _keep_identity(body: dict[str, Any], event: Event) -> None:
    """Outputs by their rows; parts that were split off are known by their lots."""
    for row, lot, code in zip(body.get("outputs", ()), event.frozen.lots, event.frozen.codes, strict=False):
        row.update(lot=lot, code=code)


def _fields(value: Any, name: str, codes: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "lot" and not name.startswith("outputs"):
                yield f"{name}-lot_code", codes.get(inner, inner)
            else:
                yield from _fields(inner, f"{name}-{key}" if name else key, codes)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            # Lists of values (metals, photos) are several fields of one name; their last one would win here.
            yield from _fields(inner, f"{name}-{place}", codes) if isinstance(inner, dict) else ()
    else:
        yield from _leaf(name, value)


def _leaf(name: str, value: Any) -> Iterator[tuple[str, str]]:
    stem, _, unit = name.rpartition("_")
    last = stem.rpartition("-")[2]
    if name in _IN_TONNES:
        yield f"{stem}_t", format_t(value)
    elif unit == "g":
        amount = last in _AMOUNTS and "content" not in stem
        yield f"{stem}_amount" if amount else f"{stem}_kg", format_kg(value)
    elif unit == "percent":
        yield from ((f"{stem}_amount", str(value)), (f"{stem}_unit", "percent"))
    elif name == "metal_fraction":
        yield "metal_percent", format_ppm(100 * parse_ppm(value))
    elif last == "metal" and unit == "fraction":
        yield from ((f"{stem}_amount", format_ppm(100 * parse_ppm(value))), (f"{stem}_unit", "percent"))
    elif isinstance(value, bool):
        yield name, "yes" if value else "no"
    elif name == "started":
        moment = datetime.fromisoformat(value).astimezone(SHANGHAI)
        yield name, moment.replace(tzinfo=None).isoformat(timespec="minutes")
    else:
        yield name, str(value)


def listed_of(event: Event) -> dict[str, list[str]]:
    """The fields that hold several values of one name."""
    body = dump_draft(event.draft)
    return {name: list(body[name]) for name in ("metals", "photos") if name in body}

"""How is the domain written down: events, lots, edges, postings and claims as flat rows, the same for both engines.

A row is a named tuple of text, int, bool and None in the order of its ``*_COLUMNS``. Rarely set parts are compact
JSON with defaults left out, so that most rows hold ``{}`` there and decode without parsing.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, Generic, NamedTuple, TypeVar

from traceability.domain.calendar import month_of
from traceability.domain.claims import Claim
from traceability.domain.decision import Edge
from traceability.domain.errors import BadInput, Violation
from traceability.domain.event import Draft, Event, Frozen
from traceability.domain.lot import POSITIONS, Content, Lot
from traceability.domain.material import Limit, Material, Tolerances
from traceability.domain.posting import FlowKey, LedgerRow, Posting, TallyKey
from traceability.domain.provenance import format_vector, parse_vector
from traceability.wire import decode_draft, draft_text

Json = Any
T = TypeVar("T", bound=tuple[Any, ...])

_dump = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_scan = json.JSONDecoder().raw_decode


def load_json(text: str) -> Json:
    """The value of a stored text. Half the time of ``json.loads``, which looks for spaces around it: there are none."""
    return _scan(text)[0]


def dump_json(value: Json) -> str:
    """Compact JSON text, keys as they come."""
    return _dump(value)


# --- events -------------------------------------------------------------------------------------------------------


class EventRow(NamedTuple):
    """A recorded event. ``site``, ``region``, ``time_ms`` and ``month`` are those of the version in force.

    ``text`` is the canonical draft as first sent, ``current`` that of the newest replacement (None: there is none).
    ``frozen`` belongs to the version in force; ``first`` keeps that of the first version once the event is revised.
    """

    seq: int
    id: str
    kind: str
    site: str
    region: str
    time_ms: int
    month: str
    record_ms: int
    deliverer: str
    actor: str
    text: str
    digest: str
    chain: str
    live: bool
    revisions: str
    frozen: str
    first: str | None
    warnings: str
    current: str | None
    schema: int


EVENT_COLUMNS = EventRow._fields

REVISED_COLUMNS = (
    "site", "region", "time_ms", "month", "actor", "live", "revisions", "frozen", "first", "warnings", "current",
)  # fmt: skip
"""What a revision may change. An engine sets ``first`` to ``coalesce(first, frozen)`` of before, never to the row's."""


def encode_event(event: Event) -> EventRow:
    """The row of an event. Only a corrected event can differ from its text."""
    draft, frozen = event.draft, event.frozen
    current = None
    if event.revisions:
        newest = draft_text(draft)
        current = newest if newest != event.text else None
    return EventRow(
        event.seq, draft.id, draft.kind, draft.site, frozen.region, frozen.time_ms, month_of(frozen.time_ms),
        event.record_ms, event.deliverer, draft.actor, event.text, event.digest, event.chain, event.live,
        _dump(event.revisions) if event.revisions else "[]", frozen_text(event), None,
        encode_warnings(event.warnings), current, draft.schema,
    )  # fmt: skip


def frozen_text(event: Event) -> str:
    """What an event froze, as it is stored; written down once, for the hash chain and for the row."""
    if event.written is None or event.written[0] is not event.frozen:
        event.written = (event.frozen, encode_frozen(event.frozen))
    return event.written[1]


def decode_event(row: Sequence[Any]) -> Event:
    """The event of a row."""
    (
        seq, _, _, _, _, _, _, record_ms, deliverer, _, text, digest, chain, live, revisions, frozen, first, warnings,
        current, _,
    ) = row  # fmt: skip
    return Event(
        seq, _decode_text(current or text), decode_frozen(frozen), record_ms, deliverer, text, digest, chain,
        bool(live), () if revisions == "[]" else tuple(load_json(revisions)), decode_warnings(warnings),
        decode_frozen(first) if first is not None else None,
    )  # fmt: skip


def _decode_text(text: str) -> Draft:
    return decode_draft(load_json(text))


def reset_event(row: EventRow) -> EventRow:
    """The row as it was before any correction, ready for a rebuild."""
    frozen = row.first if row.first is not None else row.frozen
    held, draft = decode_frozen(frozen), _decode_text(row.text)
    return row._replace(
        site=draft.site, actor=draft.actor, region=held.region, time_ms=held.time_ms, month=month_of(held.time_ms),
        live=True, revisions="[]", frozen=frozen, first=None, current=None,
    )  # fmt: skip


# --- frozen parameters, warnings ----------------------------------------------------------------------------------


_UNSET = object()


class _Fields(Generic[T]):
    """The fields of a named tuple that are not at their defaults, and back."""

    def __init__(self, shape: type[T]) -> None:
        named: Any = shape
        names, defaults = named._fields, named._field_defaults
        self._make: Callable[[list[Any]], T] = partial(tuple.__new__, shape)
        self._names = names
        self._defaults = tuple(defaults.get(name, _UNSET) for name in names)
        self._absent = [defaults.get(name) for name in names]
        self._places = {name: position for position, name in enumerate(names)}

    def set_in(self, value: T) -> dict[str, Any]:
        """Name -> value of what is not at its default."""
        every = zip(self._names, value, self._defaults, strict=True)
        return {name: held for name, held, default in every if held is not default and held != default}

    def make(self, found: dict[str, Any]) -> T:
        """The tuple of such fields; JSON lists of scalars become tuples again. Half the time of its keywords."""
        values = self._absent.copy()
        places = self._places
        for name, held in found.items():
            values[places[name]] = tuple(held) if type(held) is list else held
        return self._make(values)


_FROZEN = _Fields(Frozen)
_MATERIAL = _Fields(Material)
_TOLERANCES = _Fields(Tolerances)
_VIOLATION = _Fields(Violation)


_NAME = "name_"
_MATERIALS = ',"materials":'
"""How the last part of frozen parameters begins; within a JSON text its quotes would be escaped."""


def encode_frozen(frozen: Frozen) -> str:
    """Frozen parameters as compact JSON, defaults left out, the materials last."""
    text = _dump(_frozen_fields(frozen))
    if not frozen.materials:
        return text
    materials = ",".join([f"{_dump(key)}:{_material_text(held)}" for key, held in frozen.materials.items()])
    return f"{text[:-1]}{_MATERIALS}{{{materials}}}}}"


@lru_cache(maxsize=1024)
def _material_text(material: Material) -> str:
    return _dump(_material_fields(material))


def _material_fields(material: Material) -> dict[str, Any]:
    """A material's fields by name, its names as ``name_<language>``."""
    fields: dict[str, Any] = {}
    for field, value in _MATERIAL.set_in(material).items():
        fields |= (
            {f"{_NAME}{language}": name for language, name in value} if field == "names" else {field: value}
        )
    return fields


def _frozen_fields(frozen: Frozen) -> dict[str, Any]:
    found = _FROZEN.set_in(frozen)
    found.pop("materials", None)
    if "tolerances" in found:
        found["tolerances"] = frozen.tolerances._asdict()
    if "versions" in found:
        found["versions"] = {event: _version_fields(version) for event, version in frozen.versions.items()}
    return found


def _version_fields(frozen: Frozen) -> dict[str, Any]:
    materials = {key: _material_fields(held) for key, held in frozen.materials.items()}
    return {**_frozen_fields(frozen), **({"materials": materials} if materials else {})}


def decode_frozen(text: str) -> Frozen:
    """Frozen parameters of their JSON. Many events share their materials, which are most of it: read once, shared.

    A correction's versions have materials of their own within.
    """
    head, mark, materials = text.partition(_MATERIALS)
    if not mark or '"versions":' in head:
        return _read_version(load_json(text))
    return _read_frozen(load_json(head + "}"), _read_last_materials(materials))


@lru_cache(maxsize=1024)
def _read_last_materials(text: str) -> Mapping[str, Material]:
    found, end = _scan(text)
    if text[end:] != "}":
        raise ValueError("something follows the materials")
    return _read_materials(found)


def _read_version(found: dict[str, Any]) -> Frozen:
    return _read_frozen(found, _read_materials(found.pop("materials", {})))


def _read_frozen(found: dict[str, Any], materials: Mapping[str, Material]) -> Frozen:
    found["materials"] = materials
    if "versions" in found:
        found["versions"] = {event: _read_version(held) for event, held in found["versions"].items()}
    firm = found.pop("firm", "")
    if "sites" in found:
        # The first books kept the firm, and region and firm of the other site; of a shipment this is what counts.
        found["to_other_firm"] = any(other != firm for _, other in found.pop("sites").values())
    if "tolerances" in found:
        found["tolerances"] = _TOLERANCES.make(found["tolerances"])
    return _FROZEN.make(found)


def _read_materials(found: dict[str, Any]) -> Mapping[str, Material]:
    for held in found.values():
        if "limits" in held:
            held["limits"] = tuple(Limit(*limit) for limit in held["limits"])
        names = [field for field in held if field.startswith(_NAME)]
        held["names"] = tuple((field.removeprefix(_NAME), held.pop(field)) for field in names)
    return {key: _MATERIAL.make(held) for key, held in found.items()}


def encode_warnings(warnings: Sequence[Violation]) -> str:
    """Warnings as compact JSON, ``[]`` for none."""
    if not warnings:
        return "[]"
    return _dump([_VIOLATION.set_in(warning) for warning in warnings])


def decode_warnings(text: str) -> tuple[Violation, ...]:
    """Warnings of their JSON."""
    if text == "[]":
        return ()
    return tuple(map(_VIOLATION.make, load_json(text)))


# --- lots ---------------------------------------------------------------------------------------------------------


class LotRow(NamedTuple):
    """A lot as it stands: what queries ask for as columns, everything rarely set in ``more``.

    ``form``, ``mass_g``, ``metal_g``, ``vector`` and ``strict_g`` are those of the content in force; ``made_*`` is
    the place of its creation. ``destination`` is the lot's ``to``. Earlier contents stand in ``more``.
    """

    id: str
    code: str
    form: str
    metal: str
    material: str
    family: str
    site: str
    region: str
    status: str
    custody: str
    mass_g: int
    metal_g: int
    remaining_g: int
    vector: str
    strict_g: int
    made_ms: int
    made_seq: int
    made_by: str
    last_ms: int
    last_seq: int
    moved_ms: int
    shipment: str
    destination: str
    more: str


LOT_COLUMNS = LotRow._fields

_COLUMNS_OF_LOT = frozenset(
    ("id", "code", "metal", "material", "family", "site", "region", "contents", "remaining_g", "made_by", "last",
     "moved_ms", "custody", "shipment", "to")
)  # fmt: skip
_MORE = tuple(
    (position, name, Lot._field_defaults[name])
    for position, name in enumerate(Lot._fields)
    if name not in _COLUMNS_OF_LOT
)
_MORE_FIRST = _MORE[0][0]
_MORE_DEFAULTS = tuple(Lot._field_defaults.get(name) for name in Lot._fields[_MORE_FIRST:])
_SHIPMENT, _TO = POSITIONS["shipment"], POSITIONS["to"]


def encode_lot(lot: Lot, read: tuple[LotRow, Lot] | None = None) -> LotRow:
    """The row of a lot. ``read`` is the row that it was read from, and as what: most lots keep their content."""
    row, before = read or (None, lot)
    if row and lot.contents is before.contents and lot[_MORE_FIRST:] == before[_MORE_FIRST:]:
        return LotRow(
            lot.id, lot.code, row.form, lot.metal, lot.material, lot.family, lot.site, lot.region, lot.status,
            lot.custody, row.mass_g, row.metal_g, lot.remaining_g, row.vector, row.strict_g, row.made_ms,
            row.made_seq, lot.made_by, lot.last[0], lot.last[1], lot.moved_ms, lot.shipment, lot.to, row.more,
        )  # fmt: skip
    first, content = lot.contents[0], lot.contents[-1]
    more = "{}"
    # Comparing the whole tail at once spares most lots the look at every field.
    if lot[_MORE_FIRST:] != _MORE_DEFAULTS or first is not content:
        found: dict[str, Any] = {
            name: lot[position] for position, name, default in _MORE if lot[position] != default
        }
        if first is not content:
            found["contents"] = [_encode_content(earlier) for earlier in lot.contents[:-1]]
            found["since"] = content.order
        more = _dump(found)
    return LotRow(
        lot.id, lot.code, content.form, lot.metal, lot.material, lot.family, lot.site, lot.region, lot.status,
        lot.custody, content.mass_g, content.metal_g, lot.remaining_g, format_vector(content.vector),
        content.strict_g, first.order[0], first.order[1], lot.made_by, lot.last[0], lot.last[1], lot.moved_ms,
        lot.shipment, lot.to, more,
    )  # fmt: skip


def _encode_content(content: Content) -> list[Any]:
    order, form, mass_g, metal_g, vector, strict_g = content
    return [*order, form, mass_g, metal_g, format_vector(vector), strict_g]


def decode_lot(row: Sequence[Any]) -> Lot:
    """The lot of a row."""
    (
        lot_id, code, form, metal, material, family, site, region, _, custody, mass_g, metal_g, remaining_g, vector,
        strict_g, made_ms, made_seq, made_by, last_ms, last_seq, moved_ms, shipment, destination, more,
    ) = row  # fmt: skip
    content = Content((made_ms, made_seq), form, mass_g, metal_g, parse_vector(vector), strict_g)
    # A list of all values is filled in half the time of the constructor with keywords.
    values = [
        lot_id, code, metal, material, family, site, region, (content,), remaining_g, made_by, (last_ms, last_seq),
        moved_ms, custody, *_MORE_DEFAULTS,
    ]  # fmt: skip
    values[_SHIPMENT], values[_TO] = shipment, destination
    if more != "{}":
        rest = _decode_more(load_json(more))
        if "contents" in rest:
            rest["contents"] = (*rest["contents"], content._replace(order=rest.pop("since")))
        for name, held in rest.items():
            values[POSITIONS[name]] = held
    return tuple.__new__(Lot, values)


def _decode_more(found: dict[str, Any]) -> dict[str, Any]:
    if "contents" in found:
        found["contents"] = tuple(
            Content((ms, seq), form, mass_g, metal_g, parse_vector(vector), strict_g)
            for ms, seq, form, mass_g, metal_g, vector, strict_g in found["contents"]
        )
    if "composition" in found:
        found["composition"] = tuple((element, ppm) for element, ppm in found["composition"])
    if "failures" in found:
        found["failures"] = tuple((subject, tuple(order)) for subject, order in found["failures"])
    return {name: tuple(held) if type(held) is list else held for name, held in found.items()}


# --- edges, claims, postings --------------------------------------------------------------------------------------

EDGE_COLUMNS = Edge._fields
CLAIM_COLUMNS = Claim._fields
TALLY_KEY_COLUMNS = TallyKey._fields
FLOW_KEY_COLUMNS = FlowKey._fields
POSTING_COLUMNS = ("event", "cause", "number", "book_month", *LedgerRow._fields, "grams")


# The other way an Edge and a Claim are their own rows. A row that a query has given has the right length, which spares
# the look of ``_make`` and half of the time.
decode_edge: Callable[[Sequence[Any]], Edge] = partial(tuple.__new__, Edge)
decode_claim: Callable[[Sequence[Any]], Claim] = partial(tuple.__new__, Claim)
event_row: Callable[[Sequence[Any]], EventRow] = partial(tuple.__new__, EventRow)
lot_row: Callable[[Sequence[Any]], LotRow] = partial(tuple.__new__, LotRow)
_row_of_posting: Callable[[Sequence[Any]], LedgerRow] = partial(tuple.__new__, LedgerRow)
_posting: Callable[[Sequence[Any]], Posting] = partial(tuple.__new__, Posting)


def encode_posting(posting: Posting) -> tuple[Any, ...]:
    """The row of a posting, flat."""
    return (*posting[:4], *posting.row, posting.grams)


def decode_posting(row: Sequence[Any]) -> Posting:
    """The posting of a row."""
    return _posting((row[0], row[1], row[2], row[3], _row_of_posting(row[4:-1]), row[-1]))


# --- where a list goes on -----------------------------------------------------------------------------------------


def format_key(*parts: str | int) -> str:
    """The text that a list continues after: its last row's sort key. Opaque to callers, who hand it back."""
    return _dump(parts)


def parse_key(text: str, *types: type) -> tuple[Any, ...]:
    """The sort key of ``format_key``. Raises BadInput for anything else: it comes back through web addresses."""
    try:
        parts = json.loads(text)
    except (ValueError, RecursionError):
        parts = None
    if not isinstance(parts, list) or [type(part) for part in parts] != list(types):
        raise BadInput("list.bad_key")
    if any(type(part) is int and abs(part) >= 2**63 for part in parts):
        raise BadInput("list.bad_key")
    return tuple(parts)

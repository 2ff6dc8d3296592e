"""Encode events, lots, edges, postings and claims as flat rows, and decode them; the same rows on
both engines.

A row is a named tuple of text, int, bool and None in the order of its ``*_COLUMNS``. Rarely set parts are compact
JSON with defaults left out, so that most rows hold ``{}`` there and decode without parsing.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, Generic, NamedTuple, TypeVar

from traceability.domain.calendar import month_of
from traceability.domain.claims import Claim
from traceability.domain.confirmation import list_unconfirmed
from traceability.domain.decision import Edge
from traceability.domain.errors import BadInput, Violation
from traceability.domain.event import Declaration, Draft, ElementContent, Event, Frozen
from traceability.domain.kinds import kinds_of
from traceability.domain.lot import POSITIONS, Content, Lot, Shipped
from traceability.domain.material import Limit, Material, Tolerances
from traceability.domain.posting import FlowKey, LedgerRow, Posting, TallyKey
from traceability.domain.provenance import format_vector, parse_vector
from traceability.wire import decode_draft, draft_text

Json = Any
T = TypeVar("T", bound=tuple[Any, ...])

_dump = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_scan = json.JSONDecoder().raw_decode


def load_json(text: str) -> Json:
    """Parse a stored text. Takes half the time of ``json.loads``, which looks for spaces around the
    value: there are none.
    """
    return _scan(text)[0]


def dump_json(value: Json) -> str:
    """Return compact JSON text with the keys in their order."""
    return _dump(value)


# --- events -------------------------------------------------------------------------------------------------------


class EventRow(NamedTuple):
    """A recorded event. ``site``, ``region``, ``time_ms`` and ``month`` are those of the version in force.

    ``text`` is the canonical draft as first sent, ``current`` that of the newest replacement (None: there is none).
    ``frozen`` belongs to the version in force; ``first`` keeps that of the first version once the event is revised.
    ``unconfirmed`` is the site again, where the version in force has warnings that nobody confirmed: lists of these are
    read off an index that holds nothing else.
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
    unconfirmed: str | None = None


EVENT_COLUMNS = EventRow._fields

REVISED_COLUMNS = (
    "site", "region", "time_ms", "month", "actor", "live", "revisions", "frozen", "first", "warnings", "current",
    "unconfirmed",
)  # fmt: skip
"""Columns a revision may change. An engine sets ``first`` to the old ``coalesce(first, frozen)``, never the row's."""


def encode_event(event: Event) -> EventRow:
    """Return the row of an event. Only a corrected event can differ from its text."""
    draft, frozen = event.draft, event.frozen
    current = None
    if event.revisions:
        newest = draft_text(draft)
        current = newest if newest != event.text else None
    return EventRow(
        event.seq, draft.id, draft.kind, draft.site, frozen.region, frozen.time_ms, month_of(frozen.time_ms),
        event.record_ms, event.deliverer, draft.actor, event.text, event.digest, event.chain, event.live,
        _dump(event.revisions) if event.revisions else "[]", frozen_text(event), None,
        encode_warnings(event.warnings), current, draft.schema, find_unconfirmed_site(event),
    )  # fmt: skip


def find_unconfirmed_site(event: Event) -> str | None:
    """Return the site of an event in force with a warning that nobody confirmed, else None."""
    if not event.warnings or not event.live or not list_unconfirmed(event.draft, event.warnings):
        return None
    return event.draft.site


def frozen_text(event: Event) -> str:
    """Return what an event froze as stored text, encoded once for the hash chain and the row."""
    if event.written is None or event.written[0] is not event.frozen:
        event.written = (event.frozen, encode_frozen(event.frozen))
    return event.written[1]


def decode_event(row: Sequence[Any]) -> Event:
    """Return the event of a row."""
    (
        seq, _, kind, _, _, _, _, record_ms, deliverer, _, text, digest, chain, live, revisions, frozen, first, warnings,
        current, *_,
    ) = row  # fmt: skip
    if kind in _DECLARED:
        draft, parameters = _decode_declaration(current or text, frozen)
    else:
        draft, parameters = _decode_text(current or text), decode_frozen(frozen)
    return Event(
        seq, draft, parameters, record_ms, deliverer, text, digest, chain,
        bool(live), () if revisions == "[]" else tuple(load_json(revisions)), decode_warnings(warnings),
        decode_frozen(first) if first is not None else None,
    )  # fmt: skip


def _decode_text(text: str) -> Draft:
    return decode_draft(load_json(text))


_DECLARED = kinds_of(Declaration)


@lru_cache(maxsize=4096)
def _decode_declaration(text: str, frozen: str) -> tuple[Draft, Frozen]:
    """Return what a declaration says and froze, kept: every report of a region reads its statistics of the year again."""
    return _decode_text(text), decode_frozen(frozen)


def reset_event(row: EventRow) -> EventRow:
    """Return the row as it was before any correction, for a rebuild."""
    frozen = row.first if row.first is not None else row.frozen
    first, draft = decode_frozen(frozen), _decode_text(row.text)
    unconfirmed = list_unconfirmed(draft, decode_warnings(row.warnings))
    return row._replace(
        site=draft.site, actor=draft.actor, region=first.region, time_ms=first.time_ms, month=month_of(first.time_ms),
        live=True, revisions="[]", frozen=frozen, first=None, current=None,
        unconfirmed=draft.site if unconfirmed else None,
    )  # fmt: skip


# --- frozen parameters, warnings ----------------------------------------------------------------------------------


_UNSET = object()


class _Fields(Generic[T]):
    """A codec of named tuples as dictionaries of the fields that are not at their defaults."""

    def __init__(self, shape: type[T]) -> None:
        named: Any = shape
        names, defaults = named._fields, named._field_defaults
        self._make: Callable[[list[Any]], T] = partial(tuple.__new__, shape)
        self._names = names
        self._defaults = tuple(defaults.get(name, _UNSET) for name in names)
        self._absent = [defaults.get(name) for name in names]
        self._positions = {name: position for position, name in enumerate(names)}

    def set_in(self, record: T) -> dict[str, Any]:
        """Return name -> value of the fields that are not at their defaults."""
        every = zip(self._names, record, self._defaults, strict=True)
        return {name: value for name, value, default in every if value is not default and value != default}

    def make(self, fields: dict[str, Any]) -> T:
        """Return the tuple of such fields; JSON lists of scalars become tuples again.

        Half the time of calling it with keywords.
        """
        values = self._absent.copy()
        positions = self._positions
        for name, value in fields.items():
            values[positions[name]] = tuple(value) if type(value) is list else value
        return self._make(values)


_FROZEN = _Fields(Frozen)
_MATERIAL = _Fields(Material)
_TOLERANCES = _Fields(Tolerances)
_VIOLATION = _Fields(Violation)


_NAME = "name_"
_MATERIALS = ',"materials":'
"""The beginning of the last part of frozen parameters; within a JSON text its quotes would be escaped."""


def encode_frozen(frozen: Frozen) -> str:
    """Return frozen parameters as compact JSON, defaults left out, the materials last."""
    text = _dump(_frozen_fields(frozen))
    if not frozen.materials:
        return text
    materials = ",".join(
        [f"{_dump(key)}:{_material_text(material)}" for key, material in frozen.materials.items()]
    )
    return f"{text[:-1]}{_MATERIALS}{{{materials}}}}}"


@lru_cache(maxsize=1024)
def _material_text(material: Material) -> str:
    return _dump(_material_fields(material))


def _material_fields(material: Material) -> dict[str, Any]:
    """Return a material's fields by name, its names as ``name_<language>``."""
    fields: dict[str, Any] = {}
    for field, value in _MATERIAL.set_in(material).items():
        fields |= (
            {f"{_NAME}{language}": name for language, name in value} if field == "names" else {field: value}
        )
    return fields


def _frozen_fields(frozen: Frozen) -> dict[str, Any]:
    fields = _FROZEN.set_in(frozen)
    fields.pop("materials", None)
    if "tolerances" in fields:
        fields["tolerances"] = frozen.tolerances._asdict()
    if "versions" in fields:
        fields["versions"] = {event: _version_fields(version) for event, version in frozen.versions.items()}
    return fields


def _version_fields(frozen: Frozen) -> dict[str, Any]:
    materials = {key: _material_fields(material) for key, material in frozen.materials.items()}
    return {**_frozen_fields(frozen), **({"materials": materials} if materials else {})}


def decode_frozen(text: str) -> Frozen:
    """Return the frozen parameters of their JSON text.

    Many events share their materials, which are most of the text: these are parsed once and shared.
    The versions that a correction replaced have materials of their own within.
    """
    head, mark, materials = text.partition(_MATERIALS)
    if not mark or '"versions":' in head:
        return _read_version(load_json(text))
    return _read_frozen(load_json(head + "}"), _read_last_materials(materials))


@lru_cache(maxsize=1024)
def _read_last_materials(text: str) -> Mapping[str, Material]:
    materials, end = _scan(text)
    if text[end:] != "}":
        raise ValueError("something follows the materials")
    return _read_materials(materials)


def _read_version(fields: dict[str, Any]) -> Frozen:
    return _read_frozen(fields, _read_materials(fields.pop("materials", {})))


def _read_frozen(fields: dict[str, Any], materials: Mapping[str, Material]) -> Frozen:
    fields["materials"] = materials
    if "versions" in fields:
        fields["versions"] = {event: _read_version(version) for event, version in fields["versions"].items()}
    firm = fields.pop("firm", "")
    if "sites" in fields:
        # The first books kept the firm, and region and firm of the other site; of a shipment this is what counts.
        fields["to_other_firm"] = any(other != firm for _, other in fields.pop("sites").values())
    if "tolerances" in fields:
        fields["tolerances"] = _TOLERANCES.make(fields["tolerances"])
    return _FROZEN.make(fields)


def _read_materials(materials: dict[str, Any]) -> Mapping[str, Material]:
    for material in materials.values():
        if "limits" in material:
            material["limits"] = tuple(Limit(*limit) for limit in material["limits"])
        names = [field for field in material if field.startswith(_NAME)]
        material["names"] = tuple((field.removeprefix(_NAME), material.pop(field)) for field in names)
    return {key: _MATERIAL.make(material) for key, material in materials.items()}


def encode_warnings(warnings: Sequence[Violation]) -> str:
    """Return warnings as compact JSON, ``[]`` for none."""
    if not warnings:
        return "[]"
    return _dump([_VIOLATION.set_in(warning) for warning in warnings])


def decode_warnings(text: str) -> tuple[Violation, ...]:
    """Return the warnings of their JSON text."""
    if text == "[]":
        return ()
    return tuple(map(_VIOLATION.make, load_json(text)))


# --- lots ---------------------------------------------------------------------------------------------------------


class LotRow(NamedTuple):
    """A lot in its present state: the columns that queries ask for, everything rarely set in
    ``more``.

    ``form``, ``mass_g``, ``metal_g``, ``vector`` and ``strict_g`` are those of the content in force; ``made_*`` is
    the event that created it. ``destination`` is the lot's ``to``. Earlier contents stand in ``more``.
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
    """Return the row of a lot.

    ``read`` is the row it was decoded from and the lot as decoded: most lots keep their content,
    which is then not encoded again.
    """
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
        fields: dict[str, Any] = {
            name: lot[position] for position, name, default in _MORE if lot[position] != default
        }
        for name in ("composition", "born_composition"):
            if name in fields:
                # A measured content is stored without its sign, as before there were others.
                fields[name] = [each if each.sign else each[:2] for each in fields[name]]
        if first is not content:
            fields["contents"] = [_encode_content(earlier) for earlier in lot.contents[:-1]]
            fields["since"] = content.order
        more = _dump(fields)
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
    """Return the lot of a row."""
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
        for name, value in rest.items():
            values[POSITIONS[name]] = value
    return tuple.__new__(Lot, values)


def _decode_more(fields: dict[str, Any]) -> dict[str, Any]:
    if "contents" in fields:
        fields["contents"] = tuple(
            Content((ms, seq), form, mass_g, metal_g, parse_vector(vector), strict_g)
            for ms, seq, form, mass_g, metal_g, vector, strict_g in fields["contents"]
        )
    for name in ("composition", "born_composition"):
        if name in fields:
            fields[name] = tuple(ElementContent(*content) for content in fields[name])
    for name in ("past", "born_past"):
        if name in fields:
            fields[name] = tuple(Shipped(*sent) for sent in fields[name])
    for name in ("failures", "born_failures"):
        if name in fields:
            fields[name] = tuple((subject, tuple(order)) for subject, order in fields[name])
    return {name: tuple(value) if type(value) is list else value for name, value in fields.items()}


# --- edges, claims, postings --------------------------------------------------------------------------------------

EDGE_COLUMNS = Edge._fields
CLAIM_COLUMNS = Claim._fields
TALLY_KEY_COLUMNS = TallyKey._fields
FLOW_KEY_COLUMNS = FlowKey._fields
# ``region`` is that of the book month, which lists go by; ``event_region`` that of the event's month, where another.
POSTING_COLUMNS = ("event", "cause", "number", "book_month", *LedgerRow._fields, "grams", "event_region")
_REGION = POSTING_COLUMNS.index("region")


# An Edge and a Claim are encoded as they are. A row that a query returned has the right length, so
# the check of ``_make`` is left out, which halves the time.
decode_edge: Callable[[Sequence[Any]], Edge] = partial(tuple.__new__, Edge)
decode_claim: Callable[[Sequence[Any]], Claim] = partial(tuple.__new__, Claim)
as_event_row: Callable[[Sequence[Any]], EventRow] = partial(tuple.__new__, EventRow)
as_lot_row: Callable[[Sequence[Any]], LotRow] = partial(tuple.__new__, LotRow)
_row_of_posting: Callable[[Sequence[Any]], LedgerRow] = partial(tuple.__new__, LedgerRow)
_posting: Callable[[Sequence[Any]], Posting] = partial(tuple.__new__, Posting)


def encode_posting(posting: Posting) -> tuple[Any, ...]:
    """Return the flat row of a posting."""
    row = posting.row
    if posting.book_region:
        event_region, row = row.region, row._replace(region=posting.book_region)
        return (*posting[:4], *row, posting.grams, event_region)
    return (*posting[:4], *row, posting.grams, "")


def decode_posting(row: Sequence[Any]) -> Posting:
    """Return the posting of a row."""
    if row[-1]:
        fields = (*row[4:_REGION], row[-1], *row[_REGION + 1 : -2])
        return _posting((row[0], row[1], row[2], row[3], _row_of_posting(fields), row[-2], row[_REGION]))
    return _posting((row[0], row[1], row[2], row[3], _row_of_posting(row[4:-2]), row[-2], ""))


def regions_of(postings: Iterable[Posting]) -> set[tuple[str, str]]:
    """Return (site, region key) of postings, in both views of months."""
    pairs = {(posting.row.site, posting.row.region) for posting in postings}
    pairs.update((posting.row.site, posting.book_region) for posting in postings if posting.book_region)
    return pairs


# --- cursors of listings ------------------------------------------------------------------------------------------


def format_key(*parts: str | int) -> str:
    """Return the cursor of a listing: its last row's sort key as text, which callers hand back as
    it is.
    """
    return _dump(parts)


def parse_key(text: str, *types: type) -> tuple[Any, ...]:
    """Return the sort key of a cursor.

    Raises BadInput for anything else: cursors come back through web addresses.
    """
    try:
        parts = json.loads(text)
    except (ValueError, RecursionError):
        parts = None
    if not isinstance(parts, list) or [type(part) for part in parts] != list(types):
        raise BadInput("list.bad_key")
    if any(type(part) is int and abs(part) >= 2**63 for part in parts):
        raise BadInput("list.bad_key")
    return tuple(parts)

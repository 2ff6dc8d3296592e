"""Define each kind of event as JSON: one marshmallow schema per kind, the one definition of its
shape.

The wire is flat: what every event has, and what its kind has of its own, side by side. What must be
stated, and what may be stated together, is decided by the domain's rules, whose violations say why;
a schema requires only what no event of the kind can be built without.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NamedTuple

from marshmallow import EXCLUDE, Schema, ValidationError, missing

from traceability.domain.confirmation import ASKED
from traceability.domain.event import (
    BALANCE,
    BELOW,
    DATE,
    EXACT,
    MINUTE,
    PRECISIONS,
    Approval,
    Composition,
    ContentShare,
    CorrectionTarget,
    Declaration,
    DocumentReference,
    Draft,
    ElementContent,
    LotUse,
    MovedLot,
    NewLot,
    PartyName,
    Weighing,
)
from traceability.domain.kinds import CORRECTIBLE, KIND_BY_ID, KINDS, EventKind
from traceability.domain.provenance import CLASSES, SCRAP_CLASSES
from traceability.domain.quantity import PPM
from traceability.domain.vocabulary import (
    CHANNELS,
    DECLARATIONS,
    EFFICIENCY_LEVELS,
    FORMS,
    HEAT_MODELS,
    MODES,
    OUTCOMES,
    PROCESS_EMISSIONS,
    REFUSED_MODELS,
    SCHEMA,
    SUBJECTS,
    VEHICLE_CLASSES,
)
from traceability.wire.fields import (
    FRAME_LIMIT,
    MAX_FIGURE,
    MAX_INTEGER,
    NOTE_LIMIT,
    Boolean,
    Choice,
    Code,
    Day,
    EventTime,
    Fault,
    Fraction,
    Identifier,
    Instant,
    LotByCode,
    Many,
    Moment,
    Nested,
    PartyByName,
    Rows,
    RowSchema,
    Shaped,
    Text,
    Uuid,
    Whole,
    WireField,
    attribute_of,
    fault,
    require_list,
    require_object,
    show,
    wire_fields,
)

MAX_INPUTS = MAX_LOTS = 500
MAX_OUTPUTS = MAX_TARGETS = 200
MAX_DOCUMENTS = MAX_PHOTOS = 50
MAX_CONTENT = 200  # classes and origins of one declared lot
MAX_METALS = 200
MAX_DISTANCE_KM = 50_000

FRACTION_SOURCES = ("assay", "agreement", "default")
RADIATION = ("passed", "failed")
FIGURES = ("kwh", "renewable_kwh", "fuel_g", "fuel_milli", "co2_g", "capacity_g", "output_g")
ELEMENTS = frozenset((
    "H", "He", "Li", "Be", "B", "C", "N", "O", "F", "Ne", "Na", "Mg", "Al", "Si", "P", "S", "Cl", "Ar",
    "K", "Ca", "Sc", "Ti", "V", "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Zn", "Ga", "Ge", "As", "Se", "Br",
    "Kr", "Rb", "Sr", "Y", "Zr", "Nb", "Mo", "Tc", "Ru", "Rh", "Pd", "Ag", "Cd", "In", "Sn", "Sb",
    "Te", "I", "Xe", "Cs", "Ba", "La", "Ce", "Pr", "Nd", "Pm", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho",
    "Er", "Tm", "Yb", "Lu", "Hf", "Ta", "W", "Re", "Os", "Ir", "Pt", "Au", "Hg", "Tl", "Pb", "Bi",
    "Po", "At", "Rn", "Fr", "Ra", "Ac", "Th", "Pa", "U", "RE",
))  # RE: rare earths together, as ``metals.csv`` has them  # fmt: skip

ORIGIN = r"\d{6}|IMP-[A-Z]{2}|ADD|OPEN"
REGION = r"\d{6}|CN"
MONTH = r"(?:19|20|21)\d\d-(?:0[1-9]|1[0-2])"
PERIOD = r"(?:19|20|21)\d\d(?:-(?:0[1-9]|1[0-2]))?"
SHA256 = r"[0-9a-f]{64}"
SIGNED_DECIMAL = r"-?\d{1,15}(?:\.\d{1,9})?"


# --- fields of one kind only --------------------------------------------------------------------------------------


class SchemaNumber(WireField):
    """The schema that a draft was written in; absent means the first. Older ones were upcast before they come here."""

    def read(self, value: Any) -> int:
        if type(value) is not int or value != SCHEMA:
            raise fault("unknown_schema", newest=SCHEMA)
        return value


class CompositionField(WireField):
    """wt % per element, in the order of the symbols: ``{"Si": "10.5", "Pb": "<0.01", "Al": "bal"}``.

    ``<x`` is below the detection limit x, ``bal`` the rest of 100 %, of one element at most.
    """

    plain = False

    def __init__(self) -> None:
        super().__init__()
        self._percent = Fraction(percent=True)

    def read(self, value: Any) -> Composition:
        contents: list[ElementContent] = []
        faults: dict[str, Any] = {}
        balanced = ""
        for element, written in require_object(value).items():
            try:
                if element not in ELEMENTS:
                    raise fault("not_element", value=show(str(element)))
                if written is None:
                    continue
                if written == "bal" and balanced:
                    raise fault("balance_twice", other=balanced)
                content = self._content(element, written, self._percent.read)
                balanced = element if content.sign == BALANCE else balanced
                contents.append(content)
            except ValidationError as error:
                faults[element] = error.messages
        if faults:
            raise ValidationError(faults)
        return _balance(contents)

    def _content(self, element: str, written: Any, read: Callable[[Any], int]) -> ElementContent:
        if written == "bal":
            return ElementContent(element, 0, BALANCE)
        if isinstance(written, str) and written.startswith("<"):
            if not written[1:2].isdigit():
                raise fault("not_decimal", value=show(written))
            limit_ppm = read(written[1:])
            if read != self._percent.decode and not limit_ppm:
                raise fault("below_nothing", value=show(written))
            return ElementContent(element, limit_ppm, BELOW)
        return ElementContent(element, read(written))

    def decode(self, value: dict[str, str]) -> Composition:
        return _balance(
            [self._content(element, written, self._percent.decode) for element, written in value.items()]
        )

    def encode(self, value: Composition) -> dict[str, str]:
        return {content.element: self._write(content) for content in value}

    def _write(self, content: ElementContent) -> str:
        if content.sign == BALANCE:
            return "bal"
        return ("<" if content.sign == BELOW else "") + self._percent.encode(content.ppm)


def _balance(contents: list[ElementContent]) -> Composition:
    """Return contents in the order of the symbols, the balance with what the others leave of 100 %."""
    rest_ppm = PPM - sum(content.measured_ppm for content in contents if content.sign != BALANCE)
    return tuple(
        sorted(content._replace(ppm=rest_ppm) if content.sign == BALANCE else content for content in contents)
    )


class CorrectionTargets(WireField):
    """Events to void, or to replace by a whole draft of the same id."""

    plain = False
    _event = Uuid(required=True)
    _version = Whole(0)

    def read(self, value: Any) -> tuple[CorrectionTarget, ...]:
        rows = require_list(value, MAX_TARGETS)
        if not rows:
            raise fault("required")
        targets: list[CorrectionTarget] = []
        faults: dict[int, Any] = {}
        seen: set[str] = set()
        for number, row in enumerate(rows):
            try:
                target = self._read_target(row)
                if target.event in seen:
                    raise ValidationError({"event": fault("repeated", value=target.event).messages})
                seen.add(target.event)
                targets.append(target)
            except ValidationError as error:
                faults[number] = error.messages
        if faults:
            raise ValidationError(faults)
        return tuple(targets)

    def _read_target(self, row: Any) -> CorrectionTarget:
        require_object(row)
        faults: dict[str, Any] = {
            key: fault("unknown").messages for key in row if key not in ("event", "draft", "version")
        }
        event, draft, version = "", None, None
        try:
            version = self._version.deserialize(row.get("version"))
        except ValidationError as error:
            faults["version"] = error.messages
        try:
            event = self._event.deserialize(row.get("event"))
        except ValidationError as error:
            faults["event"] = error.messages
        body = row.get("draft")
        if body is not None:
            try:
                draft = _read_replacement(body, event)
            except ValidationError as error:
                faults["draft"] = error.messages
        if faults:
            raise ValidationError(faults)
        return CorrectionTarget(event, draft, None if version is missing else version)

    def decode(self, value: list[dict[str, Any]]) -> tuple[CorrectionTarget, ...]:
        targets = []
        for row in value:
            event = row["event"].lower()
            body = row.get("draft")
            draft = decode_event({**body, "id": event}) if body is not None else None
            targets.append(CorrectionTarget(event, draft, row.get("version")))
        return tuple(targets)

    def encode(self, value: tuple[CorrectionTarget, ...]) -> list[dict[str, Any]]:
        rows = []
        for target in value:
            row: dict[str, Any] = {"event": target.event}
            if target.draft is not None:
                row["draft"] = encode_event(target.draft)
                del row["draft"]["id"], row["draft"]["schema"]
            if target.version is not None:
                row["version"] = target.version
            rows.append(row)
        return rows


def _read_replacement(body: Any, event: str) -> Draft:
    if isinstance(body, dict) and body.get("id") is None:
        # Where the target's id itself is wrong, that fault is reported, not a second one here.
        body = {**body, "id": event or "00000000-0000-0000-0000-000000000000"}
    draft = read_event(body, CORRECTIBLE)
    if event and draft.id != event:
        raise ValidationError({"id": fault("not_the_target", target=event).messages})
    return draft


# --- parts --------------------------------------------------------------------------------------------------------


def _mass(*, required: bool = False, low: int = -MAX_INTEGER) -> Whole:
    """Return a field of grams.

    A negative or absurd mass is refused by the rules, with the lot and the limit; here only what no
    scale shows.
    """
    return Whole(low, MAX_INTEGER, required=required)


class UseSchema(RowSchema):
    """An input."""

    shape = LotUse
    by_name: ClassVar[Mapping[str, str]] = {"lot_code": "lot"}
    lot = Uuid()
    lot_code = LotByCode()
    mass_g = _mass()


class ShareSchema(RowSchema):
    """Part of a declared content."""

    shape = ContentShare
    absent: ClassVar[Mapping[str, Any]] = {"origin": ""}
    source_class = Choice(CLASSES, required=True)
    origin = Shaped(ORIGIN, "bad_origin")
    metal_g = _mass(required=True, low=0)


class NewLotSchema(RowSchema):
    """An output."""

    shape = NewLot
    either = (("metal_g", "metal_fraction"),)
    form = Choice(FORMS, required=True)
    material = Text(required=True)
    mass_g = _mass()
    lot = Uuid()
    code = Code()
    metal = Text()
    metal_g = _mass()
    metal_fraction = Fraction(attribute="fraction_ppm")
    fraction_source = Choice(FRACTION_SOURCES)
    waste_code = Text()
    content = Rows(ShareSchema, MAX_CONTENT)


class MovedSchema(RowSchema):
    """A lot moved or observed."""

    shape = MovedLot
    by_name: ClassVar[Mapping[str, str]] = {"lot_code": "lot"}
    lot = Uuid()
    lot_code = LotByCode()
    mass_g = _mass()
    part_lot = Uuid()
    part_code = Code()


class DocumentSchema(RowSchema):
    """A paper or file."""

    shape = DocumentReference
    type = Text(required=True)
    number = Identifier(required=True)
    sha256 = Shaped(SHA256, "not_sha256")


class ApprovalSchema(RowSchema):
    """The person who takes responsibility, and the reason."""

    shape = Approval
    approver = Identifier(required=True)
    reason = Text(NOTE_LIMIT, lines=True, required=True)


class WeighingSchema(RowSchema):
    """Weighbridge readings."""

    shape = Weighing
    either = (("moisture_g", "moisture_percent"), ("impurity_g", "impurity_percent"))
    gross_g = _mass(required=True, low=0)
    tare_g = _mass(required=True, low=0)
    moisture_g = _mass(low=0)
    moisture_percent = Fraction(attribute="moisture_ppm", percent=True)
    impurity_g = _mass(low=0)
    impurity_percent = Fraction(attribute="impurity_ppm", percent=True)
    gross_frame = Text(FRAME_LIMIT)
    tare_frame = Text(FRAME_LIMIT)


class GradeSchema(NewLotSchema):
    """One grade of a load."""

    weighing = Nested(WeighingSchema)
    source_class = Choice(SCRAP_CLASSES)
    origin = Shaped(ORIGIN, "bad_origin")


# --- kinds --------------------------------------------------------------------------------------------------------


class EventSchema(Schema):
    """The fields of every event. Those of its kind become the kind's detail (``domain.kinds``)."""

    class Meta:
        """Settings of marshmallow: dates and numbers are our own fields, so nothing is registered."""

        register = False

    by_name: ClassVar[Mapping[str, str]] = {}  # key of a name -> key of the id; at most one of them

    error_messages = {  # noqa: RUF012 (marshmallow's own)
        "unknown": fault("unknown").messages[0]
    }

    schema = SchemaNumber()
    id = Uuid(required=True)
    kind = Choice(KINDS, required=True)
    site = Text(required=True)
    event_time = EventTime(required=True)
    precision = Choice(PRECISIONS)
    actor = Identifier(required=True)
    documents = Rows(DocumentSchema, MAX_DOCUMENTS)
    note = Text(NOTE_LIMIT, lines=True)
    approval = Nested(ApprovalSchema)
    confirmed = Many(Choice(ASKED), len(ASKED))


class OpeningSchema(EventSchema):
    """Stock declared at the start."""

    outputs = Rows(NewLotSchema, MAX_OUTPUTS)
    reason = Text(NOTE_LIMIT, lines=True)


class CollectSchema(EventSchema):
    """Scrap from a supplier."""

    by_name: ClassVar[Mapping[str, str]] = {"supplier_name": "supplier", "vehicle_plate": "vehicle"}
    outputs = Rows(GradeSchema, MAX_OUTPUTS)
    ticket = Identifier()
    supplier = Text()
    supplier_name = PartyByName()
    vehicle = Text()
    vehicle_plate = PartyByName()
    driver = Text()
    weighing = Nested(WeighingSchema)
    source_class = Choice(SCRAP_CLASSES)
    origin = Shaped(ORIGIN, "bad_origin")
    channel = Choice(CHANNELS)
    radiation = Choice(RADIATION)
    photos = Many(Shaped(SHA256, "not_sha256"), MAX_PHOTOS)
    manifest = Identifier()


class ImportSchema(CollectSchema):
    """Scrap from abroad."""

    country = Shaped(r"[A-Z]{2}", "bad_country")
    declaration_no = Identifier()
    hs_code = Shaped(r"\d[\d.]{3,13}", "bad_hs_code")
    standard = Text()


class ProducePrimarySchema(EventSchema):
    """Metal tapped or first made."""

    outputs = Rows(NewLotSchema, MAX_OUTPUTS)


class SupplySchema(EventSchema):
    """Ore feed, additives and bought-in product."""

    by_name: ClassVar[Mapping[str, str]] = {"supplier_name": "supplier"}
    outputs = Rows(NewLotSchema, MAX_OUTPUTS)
    supplier = Text()
    supplier_name = PartyByName()
    ticket = Identifier()
    origin = Shaped(ORIGIN, "bad_origin")
    certificate = Identifier()


class TransformationSchema(EventSchema):
    """Lots into new lots."""

    inputs = Rows(UseSchema, MAX_INPUTS)
    outputs = Rows(NewLotSchema, MAX_OUTPUTS)
    loss_g = _mass()


class RecoverSchema(TransformationSchema):
    """Metal won back from residue."""

    uptake_g = _mass()


class DirectUseSchema(TransformationSchema):
    """Scrap made into semis without refining."""

    heat_number = Identifier()
    furnace = Text()
    model = Choice(HEAT_MODELS, refused=dict.fromkeys(REFUSED_MODELS, "not_physical"))
    started = Instant(attribute="started_ms")


class MeltSchema(DirectUseSchema):
    """A heat."""

    uptake_g = _mass()


class MovementSchema(EventSchema):
    """Lots moved or observed."""

    lots = Rows(MovedSchema, MAX_LOTS)


class ShipSchema(MovementSchema):
    """A departure."""

    by_name: ClassVar[Mapping[str, str]] = {"customer_name": "customer", "vehicle_plate": "vehicle"}
    to = Text()
    customer = Text()
    customer_name = PartyByName()
    mode = Choice(MODES)
    vehicle_class = Choice(VEHICLE_CLASSES)
    vehicle = Text()
    vehicle_plate = PartyByName()
    driver = Text()
    distance_km = Whole(0, MAX_DISTANCE_KM)


class ReceiveSchema(MovementSchema):
    """An arrival; ``mass_g`` of a lot is what arrived."""

    reason = Text(NOTE_LIMIT, lines=True)


class ReturnSchema(MovementSchema):
    """A shipment reversed."""

    shipment = Uuid(required=True)
    reason = Text(NOTE_LIMIT, lines=True)


class AssaySchema(MovementSchema):
    """A measurement of metal and elements."""

    metal_fraction = Fraction(attribute="fraction_ppm")
    composition = CompositionField()
    sample = Text()
    method = Text()


class RelabelSchema(MovementSchema):
    """A further code."""

    code = Code(required=True)
    reason = Text(NOTE_LIMIT, lines=True)


class InspectSchema(MovementSchema):
    """A check passed or failed."""

    subject = Choice(SUBJECTS, required=True)
    passed = Boolean(required=True)
    reading = Text()


class AdjustSchema(MovementSchema):
    """A stocktake."""

    delta_g = _mass(required=True)
    reason = Text(NOTE_LIMIT, lines=True, required=True)


class DisposeSchema(MovementSchema):
    """Residue handed over."""

    by_name: ClassVar[Mapping[str, str]] = {"receiver_name": "receiver", "vehicle_plate": "vehicle"}
    outcome = Choice(OUTCOMES, required=True)
    waste_code = Text()
    manifest = Identifier()
    receiver = Text()
    receiver_name = PartyByName()
    licence = Identifier()
    vehicle = Text()
    vehicle_plate = PartyByName()


class DeclareSchema(EventSchema):
    """A monthly or yearly record. The keys of FIGURES become one mapping."""

    type = Choice(DECLARATIONS, required=True)
    period = Shaped(PERIOD, "bad_period", required=True)
    kwh = Whole(0, MAX_FIGURE)
    renewable_kwh = Whole(0, MAX_FIGURE)
    fuel_g = Whole(0, MAX_FIGURE)
    fuel_milli = Whole(0, MAX_FIGURE)
    co2_g = Whole(0, MAX_FIGURE)
    capacity_g = Whole(0, MAX_FIGURE)
    output_g = Whole(0, MAX_FIGURE)
    fuel = Text()
    fuel_unit = Text()
    emission = Choice(PROCESS_EMISSIONS)
    certificate_kind = Text()
    certificate_level = Text()
    valid_from = Day()
    base = Text()
    line = Text()
    metal = Text()
    level = Choice(EFFICIENCY_LEVELS)
    certificate = Identifier()
    region = Shaped(REGION, "bad_region")
    metals = Many(Text(required=True), MAX_METALS)
    valid_until = Day()
    source = Text()
    indicator = Text()
    value = Shaped(SIGNED_DECIMAL, "not_decimal")
    unit = Text()


class SealSchema(EventSchema):
    """A month closed."""

    month = Shaped(MONTH, "bad_month", required=True)


class CorrectSchema(EventSchema):
    """Earlier events voided or replaced."""

    targets = CorrectionTargets(required=True)
    reason = Text(NOTE_LIMIT, lines=True, required=True)
    cascade = Boolean()
    undo = Boolean()


SCHEMAS: dict[str, EventSchema] = {
    "opening": OpeningSchema(),
    "collect": CollectSchema(),
    "import": ImportSchema(),
    "produce_primary": ProducePrimarySchema(),
    "supply": SupplySchema(),
    "sort": TransformationSchema(),
    "shred": TransformationSchema(),
    "bale": TransformationSchema(),
    "split": TransformationSchema(),
    "blend": TransformationSchema(),
    "melt": MeltSchema(),
    "cast_ingot": TransformationSchema(),
    "direct_use": DirectUseSchema(),
    "fabricate": TransformationSchema(),
    "recover": RecoverSchema(),
    "ship": ShipSchema(),
    "receive": ReceiveSchema(),
    "return": ReturnSchema(),
    "assay": AssaySchema(),
    "relabel": RelabelSchema(),
    "inspect": InspectSchema(),
    "adjust": AdjustSchema(),
    "dispose": DisposeSchema(),
    "declare": DeclareSchema(),
    "seal": SealSchema(),
    "correct": CorrectSchema(),
}
_COMMON_SCHEMA = EventSchema(unknown=EXCLUDE)


# --- from and to the domain's draft -------------------------------------------------------------------------------


class _Slot(NamedTuple):
    """The position of a key's value in the draft or in its detail, and how it is decoded if at all."""

    in_draft: bool
    position: int
    decode: Callable[[Any], Any] | None = None


_TIME, _OFFSET, _PRECISION, _DETAIL, _SCHEMA = map(
    Draft._fields.index, ("time_ms", "offset_min", "precision", "detail", "schema")
)
_DRAFT_DEFAULTS: list[Any] = [Draft._field_defaults.get(name) for name in Draft._fields]


class KindCodec:
    """The reading, decoding and encoding of the schema of one kind, prepared once.

    A draft and its detail are built from lists of values. That takes half the time of their
    constructors' keywords, and a check builds every event of a book again.
    """

    def __init__(self, kind: EventKind, schema: EventSchema) -> None:
        self.schema = schema
        self.detail: Any = kind.detail
        names: tuple[str, ...] = self.detail._fields if self.detail else ()
        defaults = self.detail._field_defaults if self.detail else {}
        self._detail_defaults: list[Any] = [defaults.get(name) for name in names]
        self._slots_by_name: dict[str, _Slot] = {}  # by name, as marshmallow loads them
        self._slots_by_key: dict[str, _Slot] = {}  # by key
        self._encoders: list[tuple[str, bool, int, Any, Callable[[Any], Any] | None]] = []
        for key, field in wire_fields(schema).items():
            name = schema.by_name.get(key) or attribute_of(field)
            decode, encode = (None, None) if field.plain else (field.decode, field.encode)
            if name in FIGURES:
                continue
            if name == "event_time":
                self._slots_by_name[name], self._slots_by_key[key] = (
                    _Slot(True, _TIME),
                    _Slot(True, _TIME, decode),
                )
                continue
            in_draft = name in Draft._fields
            index = (Draft._fields if in_draft else names).index(name)
            default = (Draft._field_defaults if in_draft else defaults).get(name, missing)
            self._slots_by_name[key if key in schema.by_name else name] = _Slot(in_draft, index)
            self._slots_by_key[key] = _Slot(in_draft, index, decode)
            if key in schema.by_name or name == "precision":
                continue
            self._encoders.append((key, in_draft, index, missing if name == "schema" else default, encode))
        if self.detail is Declaration:
            self._slots_by_name["figures"] = self._slots_by_key["figures"] = _Slot(
                False, names.index("figures")
            )

    def read(self, body: dict[str, Any]) -> Draft:
        """Return the draft of what a client sent. Raises ValidationError."""
        both_named = self._find_both_named(body)
        try:
            loaded = self.schema.load(body)
        except ValidationError as error:
            raise ValidationError({**error.messages_dict, **both_named}) from None
        if both_named:
            raise ValidationError(both_named)
        _check_precision(loaded)
        return self._build(loaded, self._slots_by_name)

    def _find_both_named(self, body: dict[str, Any]) -> dict[str, Any]:
        return {
            name_key: fault("not_both", other=id_key).messages
            for name_key, id_key in self.schema.by_name.items()
            if body.get(name_key) is not None and body.get(id_key) is not None
        }

    def decode(self, body: dict[str, Any]) -> Draft:
        """Return the draft of what was stored."""
        return self._build(body, self._slots_by_key)

    def _build(self, values_by_key: Mapping[str, Any], slots: Mapping[str, _Slot]) -> Draft:
        if self.detail is Declaration:
            values_by_key = _gather_figures(values_by_key)
        values, rest = _DRAFT_DEFAULTS.copy(), self._detail_defaults.copy()
        for key, value in values_by_key.items():
            in_draft, index, decode = slots[key]
            (values if in_draft else rest)[index] = value if decode is None else decode(value)
        values[_TIME], values[_OFFSET], date_only = values[_TIME]
        if date_only:
            values[_PRECISION] = DATE  # a date says it by its form
        values[_SCHEMA] = SCHEMA
        if self.detail is not None:
            values[_DETAIL] = tuple.__new__(self.detail, rest)
        return tuple.__new__(Draft, values)

    def encode(self, draft: Draft) -> dict[str, Any]:
        """Return the JSON of a draft without defaults."""
        moment = Moment(draft.time_ms, draft.offset_min, draft.precision == DATE)
        body: dict[str, Any] = {"event_time": _EVENT_TIME.encode(moment)}
        detail = draft.detail or self._detail_defaults
        for key, in_draft, index, default, encode in self._encoders:
            value = draft[index] if in_draft else detail[index]
            if value != default:
                body[key] = value if encode is None else encode(value)
        if draft.precision == MINUTE:
            body["precision"] = MINUTE
        for name_key, id_key in self.schema.by_name.items():
            if isinstance(body.get(id_key), PartyName):
                body[name_key] = str(body.pop(id_key))
        if isinstance(detail, Declaration):
            body.update({name: detail.figures[name] for name in FIGURES if name in detail.figures})
        return body


def _check_precision(loaded: Mapping[str, Any]) -> None:
    """Refuse a precision that contradicts how the time is written. Raises ValidationError."""
    stated, is_date = loaded.get("precision"), loaded["event_time"].date_only
    if stated and (stated == DATE) != is_date:
        wanted = DATE if is_date else f"{EXACT}, {MINUTE}"
        raise ValidationError({"precision": fault("precision_differs", value=stated, wanted=wanted).messages})


def _gather_figures(values: Mapping[str, Any]) -> Mapping[str, Any]:
    figures = {name: values[name] for name in FIGURES if name in values}
    return {**{key: value for key, value in values.items() if key not in figures}, "figures": figures}


_EVENT_TIME = EventTime()
_CODECS = {kind: KindCodec(KIND_BY_ID[kind], schema) for kind, schema in SCHEMAS.items()}


def read_event(body: Any, kinds: tuple[str, ...] = KINDS) -> Draft:
    """Return the draft of an upcast body.

    Raises ValidationError with a Fault for every field that is wrong.
    """
    kind = require_object(body).get("kind")
    if isinstance(kind, str) and kind in kinds:
        return _CODECS[kind].read(body)
    faults: dict[str, Any] = {}
    try:
        _COMMON_SCHEMA.load(body)
    except ValidationError as error:
        faults = error.messages_dict
    if "kind" not in faults:
        faults["kind"] = fault("not_one_of", value=kind, allowed=", ".join(kinds)).messages
    raise ValidationError(faults)


def decode_event(body: dict[str, Any]) -> Draft:
    """Return the draft of a stored and upcast body."""
    return _CODECS[body["kind"]].decode(body)


def encode_event(draft: Draft) -> dict[str, Any]:
    """Return the wire body of a draft."""
    return _CODECS[draft.kind].encode(draft)


__all__ = ["SCHEMAS", "Fault", "decode_event", "encode_event", "read_event"]

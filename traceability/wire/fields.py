"""Define the values of a draft: strict integers, bounded texts, times, codes, fractions, rows.

These are marshmallow fields with three methods each: ``read`` validates what a client sent and names
what is wrong, ``decode`` converts what was validated before (stored events), ``encode`` converts back.
A fault is a stable code with figures; its words are added where it is shown.
"""
# ruff: noqa: D102 (read, decode and encode are described once, by WireField)

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, ClassVar, NamedTuple

from marshmallow import Schema, ValidationError, missing
from marshmallow.fields import Field

from traceability.domain.calendar import SHANGHAI_OFFSET_MIN, day_of, iso_time, time_of_day
from traceability.domain.errors import Figure
from traceability.domain.event import LotCode, PartyName
from traceability.domain.identifier import normalise_identifier
from traceability.domain.quantity import PPM, format_ppm

MAX_INTEGER = 10**13
MAX_FIGURE = (
    2**53 - 1
)  # the largest integer that every JSON client keeps exactly; national statistics need it
NAME_LIMIT = 200
FRAME_LIMIT = 256  # characters of what a scale sends for one reading
NOTE_LIMIT = 2000
MAX_KEYS = 200  # an object with more is no part of a draft, and its keys are not worth listing
SHOWN = 60  # characters of a wrong value that an error repeats

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_OFFSET = timedelta(hours=14)

# Control characters, line separators, marks that turn the direction of text (they make one name look like another),
# and lone surrogates, which no encoding can carry.
_UNPRINTABLE = "\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff"
# Invisible characters would make two ids of one; in a note they may join emoji, and identifiers are compared without.
_INVISIBLE = "\xad\u061c\u200b-\u200f\u2060-\u206f"
_BAD_IN_LINE = re.compile(f"[\x00-\x1f{_UNPRINTABLE}{_INVISIBLE}]")
_BAD_IN_IDENTIFIER = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_BAD_IN_TEXT = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f{_UNPRINTABLE}]")

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_CODE = re.compile(r"[0-9A-HJKMNP-TV-Z]{12}")
_DAY = re.compile(r"(?:19|20|21)\d\d-\d\d-\d\d", re.ASCII)
_INSTANT = re.compile(
    r"(?:19|20|21)\d\d-\d\d-\d\dT(?:[01]\d|2[0-3]):\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)", re.ASCII
)
_DECIMAL = re.compile(r"(\d{1,3})(?:\.(\d+))?", re.ASCII)


class Fault(str):
    """A fault of a field: the code, with the figures of its message."""

    __slots__ = ("figures",)
    figures: Mapping[str, Figure]


def fault(code: str, **figures: Figure) -> ValidationError:
    """Return the error to raise for one field: ``field.too_long`` with its figures."""
    message = Fault("field." + code)
    message.figures = figures
    return ValidationError(message)


def show(value: str) -> str:
    """Return a wrong value as an error may repeat it: short, and safe in a log or page."""
    return _BAD_IN_LINE.sub("\ufffd", value if len(value) <= SHOWN else value[:SHOWN] + "…")


class WireField(Field[Any]):
    """A field of the wire; null counts as absent. ``read`` raises ValidationError with a Fault."""

    plain: ClassVar[bool] = True  # the stored JSON value is the value itself

    def deserialize(
        self,
        value: Any,
        attr: str | None = None,
        data: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> Any:
        """Return the value that was sent, as marshmallow asks for it.

        marshmallow's own hooks are left out: no field of ours uses them and every field would pay
        for them.
        """
        if value is None or value is missing:
            if self.required:
                raise fault("required")
            return missing
        return self.read(value)

    def read(self, value: Any) -> Any:
        """Return the validated value of what a client sent."""
        raise NotImplementedError

    def decode(self, value: Any) -> Any:
        """Return the value of what was stored."""
        return value

    def encode(self, value: Any) -> Any:
        """Return the JSON of a value."""
        return value


class Text(WireField):
    """A name or number on one line, or with ``lines`` a note."""

    def __init__(self, limit: int = NAME_LIMIT, *, lines: bool = False, required: bool = False) -> None:
        super().__init__(required=required)
        self.limit = limit
        self.lines = lines
        self._bad = _BAD_IN_TEXT if lines else _BAD_IN_LINE

    def read(self, value: Any) -> str:
        if not isinstance(value, str):
            raise fault("not_text")
        if len(value) > self.limit:
            raise fault("too_long", length=len(value), limit=self.limit)
        bad = self._bad.search(value)
        if bad:
            raise fault("bad_character", character=f"U+{ord(bad[0]):04X}", position=bad.start() + 1)
        self._check_blanks(value)
        return value

    def _check_blanks(self, value: str) -> None:
        if self.required and not value.strip():
            raise fault("required")
        if not self.lines and value != value.strip():
            raise fault("outer_space", value=show(value))  # "yard " would pass as another id than "yard"


class Identifier(Text):
    """A number or name that is compared in its normal form (``domain/identifier.py``) and kept as it was typed.

    What shows nothing may stand in it, as it does where people paste; what turns the direction of text may not.
    """

    def __init__(self, limit: int = NAME_LIMIT, *, required: bool = False) -> None:
        super().__init__(limit, required=required)
        self._bad = _BAD_IN_IDENTIFIER

    def _check_blanks(self, value: str) -> None:
        if (self.required or value) and not normalise_identifier(value):
            raise fault("required")


class Choice(WireField):
    """One word of a closed list.

    ``refused`` are known words that the system turns down, each with its fault.
    """

    def __init__(
        self, allowed: tuple[str, ...], *, required: bool = False, refused: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(required=required)
        self.allowed = frozenset(allowed)
        self.words = ", ".join(allowed)
        self.refused = refused or {}

    def read(self, value: Any) -> str:
        if not isinstance(value, str):
            raise fault("not_text")
        if value in self.refused:
            raise fault(self.refused[value], value=value, allowed=self.words)
        if value not in self.allowed:
            raise fault("not_one_of", value=show(value), allowed=self.words)
        return value


class Shaped(WireField):
    """A text of one shape: an origin, a month, a hash. ``code`` names the fault."""

    def __init__(
        self, pattern: str, code: str, *, attribute: str | None = None, required: bool = False
    ) -> None:
        super().__init__(required=required, attribute=attribute)
        self.pattern = re.compile(pattern, re.ASCII)
        self.code = code

    def read(self, value: Any) -> str:
        if not isinstance(value, str):
            raise fault("not_text")
        if not self.pattern.fullmatch(value):
            raise fault(self.code, value=show(value))
        return value


class Uuid(WireField):
    """An id of an event or lot, kept in lower case."""

    plain = False

    def read(self, value: Any) -> str:
        if not isinstance(value, str):
            raise fault("not_text")
        if not _UUID.fullmatch(value):
            raise fault("not_uuid", value=show(value))
        return value.lower()

    def decode(self, value: str) -> str:
        return value.lower()


class Code(WireField):
    """A label's code as it is stored: 12 letters of Crockford's base32.

    Its check character is checked in ``scanners``.
    """

    def read(self, value: Any) -> str:
        if not isinstance(value, str):
            raise fault("not_text")
        if not _CODE.fullmatch(value):
            raise fault("not_code", value=show(value))
        return value


class LotByCode(Code):
    """A lot by the code on its label; its id is looked up in the book later."""

    plain = False

    def read(self, value: Any) -> LotCode:
        return LotCode(super().read(value))

    def decode(self, value: str) -> LotCode:
        return LotCode(value)

    def encode(self, value: LotCode) -> str:
        return str(value)


class PartyByName(Identifier):
    """A party by its name, a vehicle by its plate; the id is looked up in the directory later."""

    plain = False

    def read(self, value: Any) -> PartyName:
        name = super().read(value)
        if not name:
            raise fault("required")
        return PartyName(name)

    def decode(self, value: str) -> PartyName:
        return PartyName(value)

    def encode(self, value: PartyName) -> str:
        return str(value)


class Whole(WireField):
    """An integer, and nothing that merely looks like one: no 5.0, no true, no "5"."""

    def __init__(self, low: int = -MAX_INTEGER, high: int = MAX_INTEGER, *, required: bool = False) -> None:
        super().__init__(required=required)
        self.low = low
        self.high = high

    def read(self, value: Any) -> int:
        if type(value) is not int:
            raise fault("not_integer")
        if not self.low <= value <= self.high:
            raise fault("out_of_range", low=self.low, high=self.high)
        return value


class Boolean(WireField):
    """True or false."""

    def read(self, value: Any) -> bool:
        if type(value) is not bool:
            raise fault("not_true_or_false")
        return value


class Fraction(WireField):
    """A share of one whole as decimal text, converted to ppm.

    Written ``0.95`` (6 decimals), or with ``percent`` ``4.5`` (4).
    """

    plain = False

    def __init__(self, *, attribute: str | None = None, percent: bool = False) -> None:
        super().__init__(attribute=attribute)
        self.percent = percent
        self.decimals = 4 if percent else 6
        self.unit: int = 10**self.decimals

    def read(self, value: Any) -> int:
        if not isinstance(value, str):
            raise fault("not_decimal_text")
        match = _DECIMAL.fullmatch(value)
        if not match:
            raise fault("not_decimal", value=show(value))
        if match[2] and len(match[2]) > self.decimals:
            raise fault("too_many_decimals", value=show(value), limit=self.decimals)
        ppm = self.decode(value)
        if ppm > PPM:
            raise fault("above_whole", value=show(value), whole="100" if self.percent else "1")
        return ppm

    def decode(self, value: str) -> int:
        whole, _, part = value.partition(".")
        return int(whole) * self.unit + int(part.ljust(self.decimals, "0"))

    def encode(self, value: int) -> str:
        return format_ppm(value * 100) if self.percent else format_ppm(value)


class Moment(NamedTuple):
    """A point in time: UTC milliseconds, the offset recorded with it, and whether a day or an
    instant was written.
    """

    time_ms: int
    offset_min: int
    date_only: bool


def _read_instant(value: str) -> Moment:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise fault("bad_time", value=show(value)) from error
    offset = moment.utcoffset()
    if offset is None or abs(offset) > _MAX_OFFSET:
        raise fault("bad_time", value=show(value))
    return _moment(moment, offset)


def _moment(moment: datetime, offset: timedelta) -> Moment:
    since = moment - _EPOCH  # dividing it by a timedelta takes three times as long
    time_ms = (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000
    return Moment(time_ms, offset.days * 1440 + offset.seconds // 60, False)


def _decode_instant(value: str) -> Moment:
    moment = datetime.fromisoformat(value)
    offset = moment.utcoffset()
    assert offset is not None
    return _moment(moment, offset)


class EventTime(WireField):
    """ISO 8601 with offset, to the millisecond at most; or a day.

    A day without a time is 00:00 in Asia/Shanghai.
    """

    plain = False

    def read(self, value: Any) -> Moment:
        if not isinstance(value, str):
            raise fault("not_text")
        if _INSTANT.fullmatch(value):
            return _read_instant(value)
        if _DAY.fullmatch(value):
            return _day_moment(_read_day(value))
        raise fault("bad_time", value=show(value))

    def decode(self, value: str) -> Moment:
        return _day_moment(value) if len(value) == 10 else _decode_instant(value)

    def encode(self, value: Moment) -> str:
        return day_of(value.time_ms) if value.date_only else iso_time(value.time_ms, value.offset_min)


def _read_day(value: str) -> str:
    try:
        date.fromisoformat(value)
    except ValueError as error:
        raise fault("bad_day", value=show(value)) from error
    return value


def _day_moment(day: str) -> Moment:
    return Moment(time_of_day(day), SHANGHAI_OFFSET_MIN, True)


class Instant(WireField):
    """A further time of an event, in ms UTC; it is written back with the offset of Asia/Shanghai."""

    plain = False

    def read(self, value: Any) -> int:
        if not isinstance(value, str):
            raise fault("not_text")
        if not _INSTANT.fullmatch(value):
            raise fault("bad_time", value=show(value))
        return _read_instant(value).time_ms

    def decode(self, value: str) -> int:
        return _decode_instant(value).time_ms

    def encode(self, value: int) -> str:
        return iso_time(value, SHANGHAI_OFFSET_MIN)


class Day(WireField):
    """A day, ``2025-12-31``."""

    def read(self, value: Any) -> str:
        if not isinstance(value, str):
            raise fault("not_text")
        if not _DAY.fullmatch(value):
            raise fault("bad_day", value=show(value))
        return _read_day(value)


# --- objects and lists of fields ----------------------------------------------------------------------------------


class RowSchema(Schema):
    """Base of the parts of a draft: ``shape`` is the named tuple that a part becomes."""

    shape: ClassVar[Any]
    either: ClassVar[tuple[tuple[str, str], ...]] = ()  # two keys for the same value: only one may be stated
    by_name: ClassVar[
        Mapping[str, str]
    ] = {}  # key of a name -> key of the id that must be stated where it is not
    absent: ClassVar[Mapping[str, Any]] = {}  # what an absent key means where the shape itself has no default


class Nested(WireField):
    """One object within the draft: a weighing, an approval."""

    plain = False

    def __init__(self, schema: type[RowSchema]) -> None:
        super().__init__()
        self.schema = schema()
        self._codec = RowCodec(self.schema)

    def read(self, value: Any) -> Any:
        return self._codec.read(value)

    def decode(self, value: Any) -> Any:
        return self._codec.decode(value)

    def encode(self, value: Any) -> Any:
        return self._codec.encode(value)


class Many(WireField):
    """A bounded list of one kind of field, without repetition: hashes of photos, metals."""

    plain = False

    def __init__(self, one: WireField, limit: int) -> None:
        super().__init__()
        self.one = one
        self.limit = limit
        self._decode = None if one.plain else one.decode

    def read(self, value: Any) -> tuple[Any, ...]:
        values, faults = [], {}
        for number, entry in enumerate(require_list(value, self.limit)):
            try:
                if entry is None:
                    raise fault("required")
                read = self.one.read(entry)
                if read in values:
                    raise fault("repeated", value=read)
                values.append(read)
            except ValidationError as error:
                faults[number] = error.messages
        if faults:
            raise ValidationError(faults)
        return tuple(values)

    def decode(self, value: list[Any]) -> tuple[Any, ...]:
        return tuple(value) if self._decode is None else tuple(map(self._decode, value))

    def encode(self, value: tuple[Any, ...]) -> list[Any]:
        return [self.one.encode(entry) for entry in value]


class Rows(WireField):
    """A bounded list of objects: inputs, outputs, documents.

    marshmallow's own ``Nested(many=True)`` visits every field of every row, given or not; a melt of ten inputs took
    twice as long with it. This one visits what is there, by the same schema.
    """

    plain = False

    def __init__(self, schema: type[RowSchema], limit: int) -> None:
        super().__init__()
        self.limit = limit
        self.schema = schema()
        self._codec = RowCodec(self.schema)

    def read(self, value: Any) -> tuple[Any, ...]:
        rows, faults = [], {}
        read = self._codec.read
        for number, row in enumerate(require_list(value, self.limit)):
            try:
                rows.append(read(row))
            except ValidationError as error:
                faults[number] = error.messages
        if faults:
            raise ValidationError(faults)
        return tuple(rows)

    def decode(self, value: list[Any]) -> tuple[Any, ...]:
        return tuple(map(self._codec.decode, value))

    def encode(self, value: tuple[Any, ...]) -> list[Any]:
        return [self._codec.encode(row) for row in value]


def require_list(value: Any, limit: int) -> list[Any]:
    """Return the list that was sent. Raises ValidationError if it is none, or too long."""
    if not isinstance(value, list):
        raise fault("not_list")
    if len(value) > limit:
        raise fault("too_many", count=len(value), limit=limit)
    return value


def require_object(value: Any) -> dict[str, Any]:
    """Return the object that was sent.

    Raises ValidationError if it is none, or has more keys than any draft.
    """
    if not isinstance(value, dict):
        raise fault("not_object")
    if len(value) > MAX_KEYS:
        raise fault("too_many", count=len(value), limit=MAX_KEYS)
    return value


def wire_fields(schema: Schema) -> dict[str, WireField]:
    """Return a schema's fields by the name they have on the wire."""
    fields = {}
    for name, field in schema.load_fields.items():
        assert isinstance(field, WireField)
        fields[field.data_key or name] = field
    return fields


def attribute_of(field: WireField) -> str:
    """Return the name of a field's value in the domain."""
    name = field.attribute or field.name
    assert name is not None
    return name


class RowCodec:
    """The reading, decoding and encoding of a RowSchema, prepared once."""

    def __init__(self, schema: RowSchema) -> None:
        shape = schema.shape
        names: tuple[str, ...] = shape._fields
        # Half the time of ``_make``, which checks that there are as many values as fields.
        self._make: Callable[[list[Any]], Any] = partial(tuple.__new__, shape)
        self._either = (*schema.either, *((id_key, name) for name, id_key in schema.by_name.items()))
        self._defaults = [{**shape._field_defaults, **schema.absent}.get(name) for name in names]
        fields = wire_fields(schema)
        self._by_name = schema.by_name
        positions = {
            key: names.index(self._by_name.get(key) or attribute_of(field)) for key, field in fields.items()
        }
        self._readers = {key: (positions[key], field.read) for key, field in fields.items()}
        self._decoders = {
            key: (positions[key], None if field.plain else field.decode) for key, field in fields.items()
        }
        self._encoders = [
            (key, positions[key], field.required, None if field.plain else field.encode)
            for key, field in fields.items()
            if key not in self._by_name
        ]
        self._name_encoders = [
            (id_key, positions[key], key, fields[key].encode) for key, id_key in self._by_name.items()
        ]
        self._required = [key for key, field in fields.items() if field.required]

    def read(self, row: Any) -> Any:
        """Return the row of what a client sent; every field at fault is named."""
        require_object(row)
        values = self._defaults.copy()
        faults: dict[str, Any] = {}
        for key, value in row.items():
            reader = self._readers.get(key)
            if reader is None:
                faults[key] = fault("unknown").messages
            elif value is not None:
                try:
                    values[reader[0]] = reader[1](value)
                except ValidationError as error:
                    faults[key] = error.messages
        for key in self._required:
            if row.get(key) is None:
                faults[key] = fault("required").messages
        for name_key, id_key in self._by_name.items():
            if row.get(name_key) is None and row.get(id_key) is None:
                faults[id_key] = fault("required").messages
        for key, other in self._either:
            if row.get(key) is not None and row.get(other) is not None:
                faults[other] = fault("not_both", other=key).messages
        if faults:
            raise ValidationError(faults)
        return self._make(values)

    def decode(self, row: dict[str, Any]) -> Any:
        """Return the row of what was stored."""
        values = self._defaults.copy()
        decoders = self._decoders
        for key, value in row.items():
            index, decode = decoders[key]
            values[index] = value if decode is None else decode(value)
        return self._make(values)

    def encode(self, row: Any) -> dict[str, Any]:
        """Return the JSON of a row without defaults."""
        body = {}
        defaults = self._defaults
        for key, index, required, encode in self._encoders:
            value = row[index]
            if required or value != defaults[index]:
                body[key] = value if encode is None else encode(value)
        for id_key, index, name_key, encode_name in self._name_encoders:
            value = row[index]
            if type(value) is not str and isinstance(value, (LotCode, PartyName)):
                del body[id_key]
                body[name_key] = encode_name(value)
        return body

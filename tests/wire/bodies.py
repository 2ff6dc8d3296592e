"""Valid bodies of every kind, drawn from the schemas themselves."""

from collections.abc import Callable
from datetime import date
from typing import Any

from hypothesis import strategies as st

from traceability.domain.kinds import CORRECTIBLE
from traceability.wire import fields
from traceability.wire.schemas import ELEMENTS, SCHEMAS, CompositionField, CorrectionTargets, SchemaNumber

Body = dict[str, Any]

NAMES = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=8)
NOTES = st.text(st.characters(exclude_categories=("C", "Z"), include_characters=" \n\t"), max_size=12)
CODES = st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=12, max_size=12)
UUIDS = st.uuids().map(str)
HASHES = st.text("0123456789abcdef", min_size=64, max_size=64)
DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2199, 12, 31))
OFFSETS = st.sampled_from(["Z", "+08:00", "-03:30", "+00:00", "+14:00", "-12:00"])


@st.composite
def instants(draw: st.DrawFn) -> str:
    day = draw(DAYS).isoformat()
    clock = f"{draw(st.integers(0, 23)):02d}:{draw(st.integers(0, 59)):02d}"
    second = draw(
        st.none() | st.integers(0, 59).map(lambda n: f":{n:02d}") | st.integers(0, 59_999).map(_seconds)
    )
    return f"{day}T{clock}{second or ''}{draw(OFFSETS)}"


def _seconds(ms: int) -> str:
    return f":{ms // 1000:02d}.{ms % 1000:03d}"


def decimals(whole: int, places: int) -> st.SearchStrategy[str]:
    """Decimal text from 0 to ``whole``, as a client may write it: with zeros behind or without."""
    unit = 10**places
    exact = st.integers(0, whole * unit).map(lambda n: f"{n // unit}.{n % unit:0{places}d}")
    return exact | exact.map(lambda text: text.rstrip("0").rstrip("."))


def shaped(field: fields.Shaped) -> st.SearchStrategy[Any]:
    return st.from_regex(field.pattern, fullmatch=True)


STRATEGIES: dict[type, Callable[[Any], st.SearchStrategy[Any]]] = {
    SchemaNumber: lambda _: st.just(1),
    fields.Text: lambda field: (
        NOTES.filter(str.strip) if field.lines and field.required else NOTES if field.lines else NAMES
    ),
    fields.Identifier: lambda _: NAMES,
    fields.Choice: lambda field: st.sampled_from(sorted(field.allowed)),
    fields.Shaped: shaped,
    fields.Uuid: lambda _: UUIDS | UUIDS.map(str.upper),
    fields.Code: lambda _: CODES,
    fields.LotByCode: lambda _: CODES,
    fields.PartyByName: lambda _: NAMES.filter(str.strip),
    fields.Whole: lambda field: st.integers(field.low, field.high),
    fields.Boolean: lambda _: st.booleans(),
    fields.Fraction: lambda field: decimals(100, 4) if field.percent else decimals(1, 6),
    fields.EventTime: lambda _: instants() | DAYS.map(lambda day: day.isoformat()),
    fields.Instant: lambda _: instants(),
    fields.Day: lambda _: DAYS.map(lambda day: day.isoformat()),
    fields.Many: lambda field: st.lists(value_of(field.one), max_size=3, unique=True),
    fields.Nested: lambda field: rows(field.schema),
    fields.Rows: lambda field: st.lists(rows(field.schema), max_size=3),
    CompositionField: lambda _: st.dictionaries(
        st.sampled_from(sorted(ELEMENTS)),
        decimals(100, 4) | decimals(100, 4).filter(float).map("<{}".format),
        max_size=4,
    ).flatmap(
        lambda contents: st.sampled_from(["", *contents]).map(
            lambda rest: contents | ({rest: "bal"} if rest else {})
        )
    ),
    CorrectionTargets: lambda _: _targets(),
}


def value_of(field: fields.WireField) -> st.SearchStrategy[Any]:
    return STRATEGIES[type(field)](field)


def rows(schema: fields.RowSchema) -> st.SearchStrategy[Body]:
    by_key = fields.wire_fields(schema)
    ids = {id_key: value_of(by_key[id_key]) for id_key in schema.by_name.values()}
    named = st.fixed_dictionaries(ids) if ids else st.just({})
    return st.tuples(named, _object(by_key)).map(lambda found: _one_of_two(schema, *found))


def _one_of_two(schema: fields.RowSchema, ids: Body, row: Body) -> Body:
    """A row where nothing is said twice, with an id wherever it has neither an id nor a name."""
    for one, other in schema.either:
        if row.get(one) is not None:
            row.pop(other, None)
    for name_key, id_key in schema.by_name.items():
        if row.get(id_key) is not None:
            row.pop(name_key, None)
        elif row.get(name_key) is None:
            row[id_key] = ids[id_key]
    return row


def _object(by_key: dict[str, fields.WireField]) -> st.SearchStrategy[Body]:
    required = {key: value_of(field) for key, field in by_key.items() if field.required}
    optional = {
        key: value_of(field) | st.none() if type(field) is not CorrectionTargets else value_of(field)
        for key, field in by_key.items()
        if not field.required
    }
    return st.fixed_dictionaries(required, optional=optional)


def bodies(kind: str) -> st.SearchStrategy[Body]:
    """Bodies of one kind."""
    return st.deferred(lambda: _object(fields.wire_fields(SCHEMAS[kind]))).map(
        lambda body: {**_without_twice(kind, body), "kind": kind}
    )


def _without_twice(kind: str, body: Body) -> Body:
    twice = [name for name, id_key in SCHEMAS[kind].by_name.items() if body.get(id_key) is not None]
    if body.get("precision") and (body["precision"] == "date") != (len(body["event_time"]) == 10):
        twice.append("precision")  # it would contradict how the time is written
    return {key: value for key, value in body.items() if key not in twice}


@st.composite
def targets(draw: st.DrawFn) -> list[Body]:
    found = []
    for event in draw(st.lists(UUIDS, min_size=1, max_size=3, unique=True)):
        row: Body = {"event": event}
        if draw(st.booleans()):
            row["draft"] = draw(st.sampled_from(CORRECTIBLE).flatmap(bodies))
            if draw(st.booleans()):
                row["draft"]["id"] = event.upper()
            else:
                del row["draft"]["id"]
        found.append(row)
    return found


def _targets() -> st.SearchStrategy[Any]:
    return targets()


def any_body() -> st.SearchStrategy[Body]:
    return st.sampled_from(sorted(SCHEMAS)).flatmap(bodies)

"""Make the OpenAPI 3.1 document of the interface from the schemas that read parameters and drafts and write answers."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from http import HTTPStatus
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from marshmallow import Schema
from marshmallow.fields import Field

from traceability.domain.kinds import KINDS
from traceability.locale import text
from traceability.web.api import examples, schemas
from traceability.web.api.query import Digits, MonthRun
from traceability.web.api.resource import OPERATIONS, PREFIX, Json, Operation
from traceability.web.api.schemas import ExactAmount, Open, ProblemSchema
from traceability.wire import MAX_EVENTS, fields
from traceability.wire import schemas as wire_schemas
from traceability.wire.schemas import ELEMENTS, SCHEMAS, CompositionField, CorrectionTargets, SchemaNumber

GROUPS = ("index", "figures", "reports", "tallies", "flows", "lots", "events", "trace", "targets")
PROBLEM = "application/problem+json"
ALWAYS = (400, 401, 403, 404, 405, 503)
"""Statuses of problems that every operation may answer."""


# --- fields -------------------------------------------------------------------------------------------------------


def _describe_field(converter: OpenAPIConverter, field: Field[Any], **_: Any) -> Json:
    """Return what the document says of a field of the wire, of parameters or of answers."""
    if isinstance(field, fields.Many):
        return {"type": "array", "maxItems": field.limit, "items": _describe_one(converter, field.one)}
    if isinstance(field, fields.Rows):
        items = converter.resolve_nested_schema(field.schema)
        return {"type": "array", "maxItems": field.limit, "items": items}
    if isinstance(field, fields.Nested):
        return dict(converter.resolve_nested_schema(field.schema))
    return _describe_plain(field)


def _describe_one(converter: OpenAPIConverter, field: Field[Any]) -> Json:
    return _describe_field(converter, field)


def _describe_plain(field: Field[Any]) -> Json:
    """Return what the document says of a field without parts."""
    for kind, told in _TOLD.items():
        if isinstance(field, kind):
            return dict(told)
    if isinstance(field, fields.Choice):
        return {"type": "string", "enum": sorted(field.allowed)}
    if isinstance(field, fields.Shaped):
        return {"type": "string", "pattern": f"^(?:{field.pattern.pattern})$"}
    if isinstance(field, fields.Whole | Digits):
        return {"type": "integer", "minimum": field.low, "maximum": field.high}
    if isinstance(field, fields.Fraction):
        return {"type": "string", "pattern": rf"^\d{{1,3}}(?:\.\d{{1,{field.decimals}}})?$"}
    if isinstance(field, fields.Text):
        return {"type": "string", "maxLength": field.limit}
    return {}


_PERIOD = r"^\d{4}(?:-(?:0[1-9]|1[0-2])|-?[Qq][1-4])?(?:\.\.\d{4}(?:-(?:0[1-9]|1[0-2])|-?[Qq][1-4])?)?$"
_TOLD: Mapping[type[Field[Any]], Json] = {
    MonthRun: {"type": "string", "pattern": _PERIOD, "examples": ["2025", "2025-03", "2025-Q1", "2025-01..2025-06"]},
    ExactAmount: {"type": ["integer", "string", "null"], "pattern": r"^-?\d+(?:\.\d+|/\d+)?$"},
    Open: {"type": "object"},
    SchemaNumber: {"type": "integer", "enum": [1]},
    CompositionField: {
        "type": "object", "propertyNames": {"enum": sorted(ELEMENTS)},
        "additionalProperties": {"type": "string", "pattern": r"^(?:bal|<?\d{1,3}(?:\.\d{1,4})?)$"},
    },
    CorrectionTargets: {
        "type": "array", "minItems": 1, "maxItems": 200,
        "items": {
            "type": "object", "required": ["event"], "additionalProperties": False,
            "properties": {
                "event": {"type": "string", "format": "uuid"},
                "draft": {"type": "object"}, "version": {"type": "integer", "minimum": 0},
            },
        },
    },
    fields.Uuid: {"type": "string", "format": "uuid"},
    fields.Code: {"type": "string", "pattern": "^[0-9A-HJKMNP-TV-Z]{12}$"},
    fields.Boolean: {"type": "boolean"},
    fields.Day: {"type": "string", "format": "date"},
    fields.Instant: {"type": "string", "format": "date-time"},
    fields.EventTime: {"type": "string", "description": "ISO 8601 with offset, or a day"},
}  # fmt: skip
"""What the document says of fields that have no settings of their own."""


# --- the document -------------------------------------------------------------------------------------------------


@cache
def write_document(language: str) -> Json:
    """Return the OpenAPI 3.1 document with its prose in a language; it is made once."""
    plugin = MarshmallowPlugin(schema_name_resolver=_name_schema)
    spec = APISpec(
        title=text("api.title", {}, language), version="1", openapi_version="3.1.0", plugins=[plugin],
        info={"description": text("api.lede", {}, language)}, servers=[{"url": "/"}],
        tags=[{"name": group, "description": text(f"api.group.{group}", {}, language)} for group in GROUPS],
        security=[{"token": []}, {"session": []}],
    )  # fmt: skip
    assert plugin.converter is not None
    plugin.converter.add_attribute_function(_describe_field)
    _map_types(plugin.converter)
    spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    spec.components.security_scheme("session", {"type": "apiKey", "in": "cookie", "name": "session"})
    for kind in KINDS:
        spec.components.schema(f"event_{kind}", _write_draft(plugin.converter, kind))
    for operation in sorted(OPERATIONS, key=lambda one: GROUPS.index(one.group)):
        spec.path(
            path=PREFIX + write_path(operation.rule),
            operations={operation.method.lower(): _write_operation(plugin.converter, operation, language)},
        )
    document: Json = spec.to_dict()
    for name, schema in document["components"]["schemas"].items():
        schema.setdefault("description", _say_schema(name, language))
    return document


def _say_schema(name: str, language: str) -> str:
    """Return what an object is: of a draft its kind, else what its schema says of itself."""
    kind = name.removeprefix("event_")
    if kind != name:
        return text(f"kind.{kind}", {}, language)
    shape = getattr(schemas, f"{name}Schema", None) or getattr(wire_schemas, f"{name}Schema")
    return str(shape.__doc__).partition("\n")[0]


def write_path(rule: str) -> str:
    """Return a route as OpenAPI writes it: ``/lots/{code}``."""
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule)


def _name_schema(schema: Schema | type[Schema]) -> str:
    cls = schema if isinstance(schema, type) else type(schema)
    return cls.__name__.removesuffix("Schema")


def _map_types(converter: OpenAPIConverter) -> None:
    """Say of our own fields what they are: apispec knows those of marshmallow alone."""
    own = {ExactAmount, Open, Digits, *(kind for kind in vars(fields).values() if _is_field(kind)), *_TOLD}
    for kind in own:
        converter.field_mapping[kind] = (None, None)  # ``_describe_field`` says all


def _is_field(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, fields.WireField)


def _write_draft(converter: OpenAPIConverter, kind: str) -> Json:
    """Return the schema of the drafts of a kind; several kinds may share the fields, none the kind."""
    schema: Json = converter.schema2jsonschema(SCHEMAS[kind])
    schema["properties"]["kind"] = {"type": "string", "enum": [kind]}
    return {**schema, "additionalProperties": False}


def _write_operation(converter: OpenAPIConverter, operation: Operation, language: str) -> Json:
    written: Json = {
        "operationId": operation.endpoint,
        "tags": [operation.group],
        "summary": text(f"api.op.{operation.name}", {}, language),
        "description": text("api.scope", {"scope": operation.scope}, language),
        "parameters": list(_write_parameters(converter, operation, language)),
        "responses": _write_responses(operation, language),
    }
    if operation.takes_events:
        written["requestBody"] = {"required": True, "content": {"application/json": _write_body()}}
    return written


def _write_parameters(converter: OpenAPIConverter, operation: Operation, language: str) -> Iterator[Json]:
    for place, named in (("path", operation.path), ("query", operation.query.fields)):
        for name, field in named.items():
            yield {
                "name": name, "in": place, "required": place == "path",
                "description": text(f"api.param.{name}", {}, language),
                "schema": _describe_field(converter, field),
            }  # fmt: skip


def _write_responses(operation: Operation, language: str) -> Json:
    answers: Json = {}
    for status, shapes in operation.answers.items():
        schema: Any = shapes[0] if len(shapes) == 1 else {"anyOf": list(shapes)}
        media = "text/csv" if operation.is_file else "application/json"
        content = {"schema": schema} if shapes else {"schema": {"type": "string"}}
        answers[str(status)] = {"description": _say_status(status), "content": {media: content}}
    if operation.method == "GET":
        answers["304"] = {"description": text("api.not_modified", {}, language)}
    for status in sorted({*ALWAYS, *operation.refusals}):
        answers[str(status)] = {
            "description": text(f"http.{status}", {}, language),
            "content": {PROBLEM: {"schema": ProblemSchema}},
        }
    return answers


def _say_status(status: int) -> str:
    return HTTPStatus(status).phrase


def _write_body() -> Json:
    one = {
        "oneOf": [{"$ref": f"#/components/schemas/event_{kind}"} for kind in KINDS],
        "discriminator": {
            "propertyName": "kind",
            "mapping": {kind: f"#/components/schemas/event_{kind}" for kind in KINDS},
        },
    }
    batch: Json = {
        "type": "object",
        "required": ["events"],
        "properties": {
            "events": {"type": "array", "minItems": 1, "maxItems": MAX_EVENTS, "items": one},
            "sent_at": {"type": "string", "format": "date-time"},
        },
        "additionalProperties": False,
    }
    queue = {
        **batch,
        "description": "a device's queue: whose it is, and when it was sent by the device's own clock",
        "required": ["events", "person", "sent_at"],
        "properties": {**batch["properties"], "person": {"type": "string"}},
    }
    shown = {kind: {"value": draft} for kind, draft in examples.EXAMPLES.items()}
    sent = {"person": "wang", "sent_at": "2025-03-02T08:00:05+08:00", "events": examples.DRAFTS[:1]}
    return {"schema": {"anyOf": [one, batch, queue]}, "examples": {**shown, "queue": {"value": sent}}}

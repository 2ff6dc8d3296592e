"""Lay the OpenAPI document out as its page shows it: operations by resource, and the objects of bodies and answers."""

import json
from typing import Any, NamedTuple

from traceability.web.api.openapi import GROUPS, write_path
from traceability.web.api.resource import OPERATIONS, PREFIX, Json, Operation

_REFERENCE = "#/components/schemas/"


class ShownKey(NamedTuple):
    """A parameter, or a key of an object."""

    name: str
    required: bool
    shape: str
    said: str


class ShownAnswer(NamedTuple):
    """A status with what it means, and the objects that it answers."""

    status: str
    said: str
    schemas: list[str]


class ShownOperation(NamedTuple):
    """One method of one address; ``call`` is how a shell asks it, ``example`` an address that a browser may open."""

    method: str
    path: str
    summary: str
    description: str
    parameters: list[ShownKey]
    answers: list[ShownAnswer]
    call: str
    example: str
    examples: list[tuple[str, str]]


class ShownSchema(NamedTuple):
    """An object and its keys."""

    name: str
    members: list[ShownKey]


def list_operations(document: Json, public_url: str) -> list[tuple[str, list[ShownOperation]]]:
    """Return (resource, its operations), in the order of the page; resources without any are left out."""
    shown: dict[str, list[ShownOperation]] = {group: [] for group in GROUPS}
    for operation in OPERATIONS:
        written = document["paths"][PREFIX + write_path(operation.rule)][operation.method.lower()]
        shown[operation.group].append(_show_operation(operation, written, public_url))
    return [(group, operations) for group, operations in shown.items() if operations]


def _show_operation(operation: Operation, written: Json, public_url: str) -> ShownOperation:
    path = PREFIX + write_path(operation.rule)
    example = PREFIX + operation.example if operation.example else ""
    return ShownOperation(
        operation.method,
        path,
        written["summary"],
        written["description"],
        [
            ShownKey(one["name"], one["required"], say_shape(one["schema"]), one["description"])
            for one in written["parameters"]
        ],
        [
            ShownAnswer(status, answer["description"], list(find_references(answer.get("content", {}))))
            for status, answer in written["responses"].items()
        ],
        _write_call(operation, public_url + (example or path)),
        example,
        [
            (kind, json.dumps(shown["value"], ensure_ascii=False, indent=2))
            for kind, shown in _examples_of(written).items()
        ],
    )


def _examples_of(written: Json) -> Json:
    content: Json = written.get("requestBody", {}).get("content", {}).get("application/json", {})
    shown: Json = content.get("examples", {})
    return shown


def _write_call(operation: Operation, address: str) -> str:
    token = '-H "Authorization: Bearer $TOKEN"'
    if operation.method == "GET":
        return f'curl {token} "{address}"'
    return f'curl {token} -H "Content-Type: application/json" --data @event.json "{address}"'


def list_schemas(document: Json) -> list[ShownSchema]:
    """Return every object of bodies and answers by name."""
    return [
        ShownSchema(
            name,
            [
                ShownKey(key, key in schema.get("required", ()), say_shape(told), told.get("description", ""))
                for key, told in schema.get("properties", {}).items()
            ],
        )
        for name, schema in sorted(document["components"]["schemas"].items())
    ]


def say_shape(schema: Json) -> str:
    """Return what a value looks like, in a few words of JSON Schema."""
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(_REFERENCE)
    if "anyOf" in schema:
        return " | ".join(say_shape(one) for one in schema["anyOf"])
    kinds = schema.get("type", "object")
    said = " | ".join(kinds) if isinstance(kinds, list) else str(kinds)
    if said == "array":
        return f"[{say_shape(schema['items'])}]"
    if "enum" in schema:
        words = [str(word) for word in schema["enum"]]
        return " | ".join(words) if len(words) <= _MOST_WORDS else f"{said}: {words[0]} … {words[-1]}"
    if "minimum" in schema and "maximum" in schema:
        return f"{said} {schema['minimum']}–{schema['maximum']}"
    return said


_MOST_WORDS = 12


def find_references(value: Any) -> dict[str, None]:
    """Return the names of the objects that a part of the document refers to, each once, in its order."""
    if isinstance(value, dict):
        own = {str(value["$ref"]).removeprefix(_REFERENCE): None} if "$ref" in value else {}
        return own | {name: None for inner in value.values() for name in find_references(inner)}
    if isinstance(value, list):
        return {name: None for inner in value for name in find_references(inner)}
    return {}

"""The form of each kind declares everything that a draft of it may state."""

from collections.abc import Iterator

import pytest
from marshmallow import Schema

from traceability.web.forms.correction import FRAMES
from traceability.web.forms.event_fields import EVENT_FIELDS
from traceability.web.forms.fields import FieldList, FieldRows, FormField
from traceability.wire.fields import Nested, Rows, wire_fields
from traceability.wire.schemas import SCHEMAS

ENVELOPE = {"schema", "id", "kind", "site", "actor", "confirmed", "undo"}  # the page knows these by itself
NOT_BY_FORM = {"targets.event", "targets.version"}  # a correction's own field of the wire is no row
NOT_TYPED = {
    frame for _, frame in FRAMES
}  # of scales: a correction keeps those whose readings stand as they were


def keys_of_wire(schema: Schema, prefix: str = "") -> Iterator[str]:
    for key, field in wire_fields(schema).items():
        yield prefix + key
        if isinstance(field, (Rows, Nested)):
            yield from keys_of_wire(field.schema, f"{prefix}{key}.")


def keys_of_form(fields: FieldList, prefix: str = "") -> Iterator[str]:
    for item in fields:
        if isinstance(item, FormField):
            yield from (prefix + key for key in item.keys)
        else:
            yield prefix + item.name
            yield from keys_of_form(item.fields, f"{prefix}{item.name}.")


@pytest.mark.parametrize("kind", sorted(SCHEMAS))
def test_a_form_declares_all_that_the_wire_knows_of_its_kind(kind: str) -> None:
    """A correction starts from the form filled in: what no field declares would be lost by it."""
    declared = {key for key in keys_of_form(EVENT_FIELDS[kind]) if not key.startswith("composition.")}
    known = {key for key in keys_of_wire(SCHEMAS[kind]) if key.rpartition(".")[2] not in NOT_TYPED}
    assert declared - NOT_BY_FORM == known - ENVELOPE


@pytest.mark.parametrize("kind", sorted(SCHEMAS))
def test_each_input_of_a_form_has_one_field(kind: str) -> None:
    def inputs(fields: FieldList) -> Iterator[str]:
        for item in fields:
            yield from item.inputs if isinstance(item, FormField) else (item.name,)

    def lists(fields: FieldList) -> Iterator[FieldList]:
        yield fields
        for item in fields:
            if not isinstance(item, FormField):
                yield from lists(item.fields)

    for fields in lists(EVENT_FIELDS[kind]):
        names = list(inputs(fields))
        assert len(names) == len(set(names))
    assert sum(isinstance(item, FieldRows) and item.name == "documents" for item in EVENT_FIELDS[kind]) == 1

"""The record of event kinds: what is derived from it agrees with schemas, rules and words."""

import pytest

from traceability.domain.event import Draft
from traceability.domain.kinds import (
    ENTRIES,
    EVENT_KINDS,
    KINDS,
    MOVEMENTS,
    OBSERVATIONS,
    RECORDS,
    TRANSFORMATIONS,
    EventKind,
)
from traceability.domain.vocabulary import FORMS
from traceability.locale import LANGUAGES, text
from traceability.wire.fields import attribute_of, wire_fields
from traceability.wire.schemas import FIGURES, SCHEMAS


def test_every_kind_belongs_to_one_group() -> None:
    groups = (ENTRIES, TRANSFORMATIONS, MOVEMENTS, OBSERVATIONS, RECORDS)
    assert sorted(kind for group in groups for kind in group) == sorted(KINDS)


def test_every_kind_has_a_schema_and_no_schema_is_of_another() -> None:
    assert sorted(SCHEMAS) == sorted(KINDS)


@pytest.mark.parametrize("kind", EVENT_KINDS, ids=lambda kind: kind.id)
def test_the_record_agrees_with_schema_and_words(kind: EventKind) -> None:
    schema = SCHEMAS[kind.id]
    fields = [field for key, field in wire_fields(schema).items() if key not in schema.by_name]
    own = {attribute_of(field) for field in fields} - {*Draft._fields, "event_time"}
    own = (own - set(FIGURES)) | ({"figures"} if own & set(FIGURES) else set())
    assert own <= set(kind.detail._fields if kind.detail else ())
    assert bool(own) is (kind.detail is not None)
    assert set(kind.forms_in) | set(kind.forms_out) <= set(FORMS)
    assert ("inputs" in schema.load_fields) is bool(kind.forms_in)
    assert ("outputs" in schema.load_fields) is bool(kind.forms_out)
    assert ("uptake_g" in schema.load_fields) is kind.has_uptake
    assert ("heat_number" in schema.load_fields) is kind.is_heat
    for language in LANGUAGES:
        assert text(f"kind.{kind.id}", {}, language) != f"kind.{kind.id}"

"""Every field that a message may state has a name in each language, and refusals say it."""

import inspect
import re

import marshmallow
import pytest

from traceability.locale import LANGUAGES, text
from traceability.locale.catalogues import load_catalogue
from traceability.wire import schemas

FIELDS = sorted(
    {
        field.data_key or name
        for schema in vars(schemas).values()
        if inspect.isclass(schema) and issubclass(schema, marshmallow.Schema)
        for name, field in schema._declared_fields.items()
    }
)


def test_the_walk_reaches_the_fields_of_all_drafts() -> None:
    assert {"gross_g", "documents", "certificate_level", "shipment", "precision", "lot_code"} <= set(FIELDS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("field", FIELDS)
def test_a_refusal_names_a_field_in_words(field: str, language: str) -> None:
    for path in (field, f"outputs.0.{field}"):
        said = text("rule.field_missing", {"field": path}, language)
        assert not re.search(r"[a-z0-9]_[a-z0-9]", said), said
        assert language == "en" or field not in said
        assert said != text("rule.field_missing", {"field": "no_such_field"}, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_rule_speaks_of_a_field_by_its_key(language: str) -> None:
    keys = {field for field in FIELDS if "_" in field}
    raw = [
        (code, word)
        for code, message in load_catalogue(language).messages.items()
        if code.startswith(("rule.", "warning.", "typed."))
        for form in message.forms
        for word in re.findall(r"[a-z0-9]+(?:_[a-z0-9]+)+", re.sub(r"\{[^}]*\}", "", form))
        if word in keys
    ]
    assert raw == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_opening_without_a_document_says_so(language: str) -> None:
    said = text("rule.field_missing", {"kind": "opening", "field": "documents"}, language)
    assert {"zh": "单据", "en": "document"}[language] in said

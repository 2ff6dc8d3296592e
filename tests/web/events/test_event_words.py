"""Every field that an event of any kind may state stands on its page in words, with its unit, in both languages.

The events are written into the store as they are decoded, past the rules: no accepted event states every field at once.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from marshmallow import Schema

from tests.support.business import NOW_MS, uuid7
from tests.support.markup import find_all, words_of
from tests.support.pages import SiteApp, Visitor
from traceability.domain.decision import Changes
from traceability.domain.event import Correction, Event, Frozen
from traceability.domain.kinds import kinds_of
from traceability.wire import decode_draft, draft_text
from traceability.wire.fields import (
    Boolean,
    Choice,
    Day,
    EventTime,
    Fraction,
    Instant,
    Many,
    Nested,
    Rows,
    Shaped,
    Uuid,
    Whole,
    WireField,
)  # fmt: skip
from traceability.wire.schemas import SCHEMAS, CompositionField, CorrectionTargets

OTHER_EVENT = uuid7(900)
SHAPED = {
    "origin": "IMP-JP",
    "region": "430000",
    "period": "2025-03",
    "month": "2025-03",
    "country": "JP",
    "value": "-1.5",
}
NAMED = {
    "metal": "Al", "metals": "Al", "material": "tense", "fuel": "raw-coal", "site": "yard",
    "indicator": "smelting_capacity", "fuel_unit": "m3",
}  # fmt: skip
ENVELOPE = {"schema", "id", "kind", "site", "event_time", "actor", "photos"}
FREE = "自由文字"  # what people type, in any language
RAW = re.compile(r"[A-Za-z0-9]+_[A-Za-z0-9_]+|\b[a-z]+\.[a-z_]+\b|\b(?:ppm|None|True|False|bal)\b")
HAN = re.compile("[\u4e00-\u9fff]")
WORDLESS = re.compile(r"\b(?!kgce\b)[a-z]{3,}")
"""What is left where a value has no words in Chinese, but for units, symbols and identifiers."""


def list_samples(name: str, field: WireField) -> list[Any]:
    """Return values of a field: of a closed list every word of it, else one."""
    if isinstance(field, Choice):
        return sorted(field.allowed)
    if isinstance(field, Nested | Rows):
        rows = list(fill_all(field.schema))
        return [[row] for row in rows] if isinstance(field, Rows) else rows
    if isinstance(field, Many):
        return [list_samples(name, field.one)]
    fixed: dict[type[WireField], Any] = {
        Whole: 1_234_567, Fraction: "0.925", Day: "2025-03-31", EventTime: "2025-03-31T10:00:00+08:00",
        Instant: "2025-03-31T10:00:00+08:00", Uuid: OTHER_EVENT,
        CompositionField: {"Cu": "0.925", "Al": "bal", "Pb": "<0.01"},
        CorrectionTargets: [{"event": OTHER_EVENT}],
    }  # fmt: skip
    if type(field) in fixed:
        return [fixed[type(field)]]
    if isinstance(field, Boolean):
        return [True, False]
    return [SHAPED.get(name, "0" * 64) if isinstance(field, Shaped) else NAMED.get(name, FREE)]


def fill_all(schema: Schema) -> Iterator[dict[str, Any]]:
    """Yield bodies with every field filled, so many that each word of each closed list stands in one."""
    by_name = getattr(schema, "by_name", {})
    samples = {
        name: list_samples(name, field)
        for name, field in schema.declared_fields.items()
        if isinstance(field, WireField) and name not in by_name and name not in ENVELOPE
    }
    for number in range(max((len(values) for values in samples.values()), default=1)):
        yield {name: values[number % len(values)] for name, values in samples.items()}


def write_events(site_app: SiteApp) -> dict[str, list[str]]:
    """Store the events and return their ids by kind."""
    ids: dict[str, list[str]] = {}
    events: list[Event] = []
    for kind, schema in SCHEMAS.items():
        for stated in fill_all(schema):
            seq = len(events) + 1
            stated |= {"schema": 1, "id": uuid7(seq), "kind": kind, "site": "yard", "actor": "chen"}
            for lots in ("inputs", "outputs", "lots"):
                stated.pop(lots, None)
            draft = decode_draft({**stated, "event_time": "2025-03-31T10:00:00+08:00"})
            text = draft_text(draft)
            events.append(Event(seq, draft, Frozen(draft.time_ms, "430681"), NOW_MS, "test", text, "", ""))
            ids.setdefault(kind, []).append(draft.id)
    site_app.store.write(lambda writer: writer.apply(Changes(events=events)))
    return ids


def facts_of(visitor: Visitor, event: str) -> list[tuple[str, str]]:
    """Return the names and values under the heading of what an event states."""
    answer = visitor.get(f"/events/{event}")
    assert answer.status_code == 200, event
    (stated,) = find_all(answer, "main h2 + dl.facts")[:1]
    names, values = ([words_of(node) for node in stated.css(tag)] for tag in ("dt", "dd"))
    return list(zip(names, values, strict=True))


def test_no_field_of_any_kind_stands_there_as_on_the_wire(
    site_app: SiteApp, visit: Callable[..., Visitor]
) -> None:
    ids = write_events(site_app)
    chen = visit("chen", "yard")
    told: dict[str, dict[str, set[str]]] = {}
    for language in ("zh", "en"):
        chen.client.set_cookie("language", language)
        for kind, events in ids.items():
            for event in events:
                for name, value in facts_of(chen, event):
                    assert not RAW.search(name), (kind, name)
                    assert not RAW.search(value), (kind, name, value)
                    told.setdefault(language, {}).setdefault(kind, set()).add(f"{name}: {value}")
                    if language == "zh":
                        assert HAN.search(name), (kind, name)
                        assert not WORDLESS.search(value), (kind, name, value)
    assert told["zh"].keys() == told["en"].keys() == set(SCHEMAS)
    assert {"铜 Cu 含量: 0.925 %", "铝 Al 含量: 余量", "铅 Pb 含量: <0.01 %", "金属含量: 92.5 %"} <= told[
        "zh"
    ]["assay"]
    assert {"content of copper Cu: 0.925 %", "Metal content: 92.5 %"} <= told["en"]["assay"]
    assert "扣水: 0.925 %" in told["zh"]["collect"]
    assert "原产国: 日本" in told["zh"]["import"]
    corrections = [chen.get(f"/events/{event}") for kind in kinds_of(Correction) for event in ids[kind]]
    assert corrections
    assert all(words_of(page).count(OTHER_EVENT) == 1 for page in corrections)  # one that is not there

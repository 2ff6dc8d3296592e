"""Reads what was typed into a form as the body of an event on the wire, and finds the input that a
fault is about.

    outputs-0-mass_kg = "1,250.5"   ─▶  {"outputs": [{"mass_g": 1250500}]}

Fields left empty are left out; so are rows in which nothing was filled in. Numbers in the names of
inputs are places on the page; the rows that remain are numbered again, and ``FormReading`` knows
which was which. An input that the form does not declare is handed on as it is, so that the wire
refuses it by its name.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from traceability.domain.errors import BadInput, FieldError
from traceability.web.forms.fields import FieldGroup, FieldList, FieldRows, FormField, find_field

_SEGMENT = re.compile(r"[a-z][a-z0-9_]*|\d{1,4}|[A-Z][a-z]?", re.ASCII)
_DEEPEST = 8

TypedTree = dict[str, Any]
"""Texts by the parts of their inputs' names: {"outputs": {"0": {"mass_kg": ["5"]}}}."""


@dataclass(slots=True)
class FormReading:
    """The body, what could not be read, and by the path of each list the places of its rows."""

    fields: FieldList
    body: dict[str, Any] = field(default_factory=dict)
    faults: list[FieldError] = field(default_factory=list)
    places: dict[str, list[int]] = field(default_factory=dict)

    def find_field(self, path: str) -> FormField | None:
        """Return the declared field at a path of the body; None for none."""
        return find_field(self.fields, path)

    def find_input(self, path: str, known: Collection[str]) -> str:
        """Return the input that a fault at ``path`` belongs to, '' for none; ``known`` are the
        inputs of the page.
        """
        whole = ""
        for whole, declared in self._walk(path):
            for name in declared.inputs if declared else ():
                full = "-".join([*whole.split("-")[:-1], name])
                if full in known:
                    return full
        if whole in known:
            return whole
        # The fault is of a row or part as a whole: its first field stands for it.
        return next((name for name in known if whole and name.startswith(whole + "-")), "")

    def _walk(self, path: str) -> Iterator[tuple[str, FormField | None]]:
        """Yield the name of the input and its field, if it is one, for each level of a path."""
        fields, name, inner = self.fields, "", ""
        rows = None
        for part in path.split("."):
            inner = f"{inner}.{part}" if inner else part
            if rows is not None:
                places = self.places.get(inner.rpartition(".")[0], [])
                place = places[int(part)] if part.isdigit() and int(part) < len(places) else part
                name, rows = f"{name}-{place}", None
                yield name, None
                continue
            item = next((item for item in fields if part in _names_of(item)), None)
            name = f"{name}-{part}" if name else part
            yield name, item if isinstance(item, FormField) else None
            if item is None or isinstance(item, FormField):
                return
            fields, rows = item.fields, item if isinstance(item, FieldRows) else None


def _names_of(item: FormField | FieldGroup | FieldRows) -> tuple[str, ...]:
    return (*item.keys, *item.inputs) if isinstance(item, FormField) else (item.name,)


def read_form(fields: FieldList, typed: Iterable[tuple[str, str]], host: str) -> FormReading:
    """Read all inputs of a form. Never fails: what cannot be read is among the faults."""
    tree: TypedTree = {}
    for name, value in typed:
        _plant(tree, name.split("-"), value)
    reading = FormReading(fields)
    reading.body = _Reader(reading, host).read_part(fields, tree, "")
    return reading


def _plant(tree: TypedTree, segments: list[str], value: str) -> None:
    """Put a value where its name says; names that say nothing are no fields of an event."""
    if len(segments) > _DEEPEST or not all(_SEGMENT.fullmatch(segment) for segment in segments):
        return
    branch = tree
    for segment in segments[:-1]:
        inner = branch.setdefault(segment, {})
        if not isinstance(inner, dict):
            return
        branch = inner
    leaves = branch.setdefault(segments[-1], [])
    if isinstance(leaves, list):
        leaves.append(value)


class _Reader:
    """One reading of a tree of typed values."""

    def __init__(self, reading: FormReading, host: str) -> None:
        self.reading = reading
        self.host = host

    def read_part(self, fields: FieldList, branch: TypedTree, path: str) -> dict[str, Any]:
        """Return the object of a branch; empty where nothing was filled in."""
        body: dict[str, Any] = {}
        left = dict(branch)
        for item in fields:
            inner = f"{path}.{item.name}" if path else item.name
            if isinstance(item, FormField):
                texts = {name: left.pop(name) for name in item.inputs if isinstance(left.get(name), list)}
                body |= self._read_field(item, texts, inner)
                continue
            within = left.get(item.name)
            if not isinstance(within, dict):
                continue
            del left[item.name]
            value: Any
            faults = len(self.reading.faults)
            if isinstance(item, FieldRows):
                value = self._read_rows(item, within, inner)
            else:
                value = self.read_part(item.fields, within, inner)
            # What cannot be read was meant to be there.
            if value or (isinstance(item, FieldGroup) and len(self.reading.faults) > faults):
                body[item.name] = value
        return body | _undeclared(left)

    def _read_field(self, item: FormField, texts: dict[str, list[str]], path: str) -> dict[str, Any]:
        try:
            return item.read_inputs(texts, self.host)
        except BadInput as error:
            self.reading.faults.append(FieldError(path, error.code, error.figures))
            return {}

    def _read_rows(self, item: FieldRows, within: TypedTree, path: str) -> list[Any]:
        places = self.reading.places[path] = []
        rows: list[Any] = []
        for place in sorted((key for key in within if key.isdigit()), key=int):
            row = within[place]
            must_be = item.must_be and place == "0"
            if isinstance(row, dict) and (must_be or _is_filled(item.fields, row)):
                # Faults inside count too: a row with an unreadable mass is a row.
                places.append(int(place))
                rows.append(self.read_part(item.fields, row, f"{path}.{len(rows)}"))
        return rows


def _undeclared(left: TypedTree) -> dict[str, Any]:
    """Return what the form does not declare, for the wire to refuse it."""
    return {
        key: value[-1].strip() if isinstance(value, list) else {}
        for key, value in left.items()
        if not isinstance(value, list) or value[-1].strip()
    }


def _is_filled(fields: FieldList, row: TypedTree) -> bool:
    """Return whether anything was filled in that makes a row of its own."""
    idle = {
        name
        for item in fields
        if isinstance(item, FormField)
        for name in (item.inputs if not item.fills_row else item.inputs[1:])
    }
    inner = {item.name: item.fields for item in fields if not isinstance(item, FormField)}
    for name, value in row.items():
        if isinstance(value, dict):
            parts = value.values() if all(key.isdigit() for key in value) else (value,)
            if any(isinstance(part, dict) and _is_filled(inner.get(name, ()), part) for part in parts):
                return True
        elif name not in idle and any(text.strip() for text in value):
            return True
    return False

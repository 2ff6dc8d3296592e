"""Read JSON from anywhere strictly, and say where it is wrong."""

import json
from collections.abc import Iterator
from itertools import islice
from math import isfinite
from typing import Any

from traceability.domain.errors import BadDraft, BadInput, FieldError
from traceability.wire.fields import show

MAX_MESSAGE_BYTES = 10_000_000
MAX_DRAFT_BYTES = 1_000_000
MAX_COMMAS = 600_000  # 10 MB of rows of a lot and a mass have half of that; ten million took 0.5 GB
MAX_BRACKETS = 300_000
MAX_DEPTH = 16  # a correction within a batch has 10 levels
_MAX_DIGITS = 20
_MAX_FLAWS = 20


class _Flaw:
    """Marks the place of what JSON allows, or Python reads, but no message may hold."""

    def __init__(self, code: str) -> None:
        self.code = code


def read_json(raw: bytes | str, limit: int = MAX_MESSAGE_BYTES) -> object:
    """Return the JSON value of a message.

    Raises BadInput; BadDraft with paths where a field can be named.

    Refused: too long, too many values, no UTF-8, no JSON, NaN and Infinity, numbers beyond 20 digits, a key twice, too many levels.
    """
    if len(raw) > limit:
        raise BadInput("json.too_large", size=len(raw), limit=limit)
    try:
        text = raw if isinstance(raw, str) else raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput("json.not_utf8", position=error.start + 1) from None
    if not text.strip():
        raise BadInput("json.empty")
    if len(text) > MAX_BRACKETS:
        brackets = text.count("[") + text.count("{")
        if brackets > MAX_BRACKETS or text.count(",") > MAX_COMMAS:
            raise BadInput("json.too_many_values", most=MAX_COMMAS)
    reader = _Reader()
    try:
        value = reader.read(text)
    except json.JSONDecodeError as error:
        raise BadInput("json.malformed", line=error.lineno, column=error.colno) from None
    except RecursionError:
        raise BadInput("json.too_deep", limit=MAX_DEPTH) from None
    too_deep = _find_too_deep(value)
    if too_deep is not None:
        raise BadDraft([FieldError(too_deep, "field.too_deep", {"limit": MAX_DEPTH})])
    if reader.flawed:
        raise BadDraft(
            [FieldError(path, flaw.code) for path, flaw in islice(_find_flaws(value, ""), _MAX_FLAWS)]
        )
    return value


class _Reader:
    """Decode one message; remembers whether it met a flaw."""

    def __init__(self) -> None:
        self.flawed = False

    def read(self, text: str) -> Any:
        return json.loads(
            text,
            object_pairs_hook=self._object,
            parse_int=self._integer,
            parse_float=self._float,
            parse_constant=self._constant,
        )

    def _flaw(self, code: str) -> _Flaw:
        self.flawed = True
        return _Flaw(code)

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) != len(pairs):
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen:
                    value[key] = self._flaw("field.key_twice")
                seen.add(key)
        return value

    def _integer(self, digits: str) -> int | _Flaw:
        return int(digits) if len(digits) <= _MAX_DIGITS else self._flaw("field.number_too_long")

    def _float(self, digits: str) -> float | _Flaw:
        value = float(digits)
        return value if isfinite(value) else self._flaw("field.not_a_number")

    def _constant(self, _: str) -> _Flaw:
        return self._flaw("field.not_a_number")


def _inner(value: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)


def _find_too_deep(value: Any) -> str | None:
    """Return the path down to the first level that is one too many, None where there is none.

    Depth first and without recursion: of ten million brackets only one path is ever written down.
    """
    path: list[Any] = []
    open_levels = [_inner(value)]
    while open_levels:
        for key, inner in open_levels[-1]:
            if not isinstance(inner, (dict, list)):
                continue
            if len(open_levels) == MAX_DEPTH:
                return ".".join(show(str(part)) for part in (*path, key))
            if inner:
                path.append(key)
                open_levels.append(_inner(inner))
                break
        else:
            open_levels.pop()
            if path:
                path.pop()
    return None


def _find_flaws(value: Any, path: str) -> Iterator[tuple[str, _Flaw]]:
    if isinstance(value, _Flaw):
        yield path, value
    for key, inner in _inner(value):
        yield from _find_flaws(inner, _join(path, key))


def _join(path: str, key: Any) -> str:
    name = show(str(key))
    return f"{path}.{name}" if path else name

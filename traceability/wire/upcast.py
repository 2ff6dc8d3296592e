"""Translate drafts of older schemas into the newest: one upcaster per schema number, from that
number to the next.

Stored events are never migrated; they are upcast whenever they are read. So are drafts of clients that were offline
during an upgrade. An upcaster gets a body of its number, whose fields it may trust only as far as it checks them,
and returns a new one; the number itself is set here.
"""

from collections.abc import Callable, Mapping
from typing import Any

from traceability.domain.vocabulary import SCHEMA

Body = dict[str, Any]
Upcaster = Callable[[Body], Body]

UPCASTERS: Mapping[int, Upcaster] = {}  # 1 -> 2 will be the first
FIRST = 1


def upcast(body: Any, upcasters: Mapping[int, Upcaster] = UPCASTERS, newest: int = SCHEMA) -> Any:
    """Return the body in the newest schema; unchanged where it is no object, or of a number that is
    not known.

    Replacements within a ``correct`` are drafts of their own: without a number they have that of the correction.
    """
    if not isinstance(body, dict):
        return body
    targets = body.get("targets")
    if isinstance(targets, list):
        rows = [_upcast_target(row, body.get("schema"), upcasters, newest) for row in targets]
        body = {**body, "targets": rows}
    return _upcast_one(body, upcasters, newest)


def _upcast_target(row: Any, number: Any, upcasters: Mapping[int, Upcaster], newest: int) -> Any:
    draft = row.get("draft") if isinstance(row, dict) else None
    if not isinstance(draft, dict):
        return row
    if number is not None and draft.get("schema") is None:
        draft = {**draft, "schema": number}
    return {**row, "draft": _upcast_one(draft, upcasters, newest)}


def _upcast_one(body: Body, upcasters: Mapping[int, Upcaster], newest: int) -> Body:
    number = body.get("schema")
    if number is None:
        number = FIRST
    if type(number) is not int or not FIRST <= number < newest:
        return body
    for step in range(number, newest):
        body = upcasters[step](body)
    return {**body, "schema": newest}

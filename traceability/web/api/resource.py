"""Register the resources of the reading API: one declaration a resource, from which everything about it follows.

    @resource("/lots", query=LotsSchema, answer=LotPageSchema)
    def lots(**wanted: Any) -> object: ...

The declaration is the route, the reading of its parameters, the scope that a token needs, the shape of the answer, its
entity tag, its entry in the index, in the OpenAPI document and on the page of the documentation.

The tag is taken from the head of the book, the reference data and parties, the viewer, the day and the address: what an answer is
made of. So an unchanged answer costs four look-ups and no figure, and another right or another target gives another tag.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from hashlib import sha256
from typing import Any, TypeVar

from flask import Blueprint, Response, jsonify, request, url_for
from marshmallow import Schema

from graph.row_sums import DOCUMENTS
from graph.store import DERIVED_VERSION
from traceability.domain.calendar import day_of
from traceability.render.csv import write_csv
from traceability.services.directory.reference import KINDS
from traceability.services.directory.sessions import READ
from traceability.services.reporting.table import Table
from traceability.web.api.query import QuerySchema, read_query
from traceability.web.shell import current
from traceability.web.shell.security import csrf
from traceability.web.shell.session import SCOPE_OF
from traceability.wire.fields import WireField

PREFIX = "/api/v1"
pages = Blueprint("api", __name__, url_prefix=PREFIX)
csrf.exempt(pages)

TOLD = frozenset({*KINDS, "party"})
"""Kinds of documents that answers are made of, beside the book."""

Json = dict[str, Any]
View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address, as the index, the OpenAPI document and the documentation describe it.

    ``name`` is that of the view, and the key of its words (``api.op.<name>``); ``group`` the resource that it belongs
    to. ``answers`` are the schemas of each status, of a file () under 200; ``refusals`` are statuses of problems beyond those of
    every operation. ``takes_events``: its body is drafts of events. ``example`` is an address below the prefix.
    """

    name: str
    method: str
    rule: str
    group: str
    endpoint: str
    scope: str
    query: Schema
    answers: Mapping[int, tuple[Schema, ...]]
    path: Mapping[str, WireField] = field(default_factory=dict)
    refusals: tuple[int, ...] = ()
    takes_events: bool = False
    example: str = ""

    @property
    def is_file(self) -> bool:
        """Whether it answers with a CSV file."""
        return not self.answers[200]


OPERATIONS: list[Operation] = []
"""Every operation, in the order in which it is shown."""


def describe(operation: Operation) -> None:
    """Add an operation to the description of the interface; a token needs its scope for the endpoint."""
    OPERATIONS.append(operation)
    SCOPE_OF[operation.endpoint] = operation.scope


def resource(
    rule: str, *, group: str, query: type[QuerySchema] = QuerySchema, answer: type[Schema] | None = None,
    path: Mapping[str, WireField] | None = None, example: str = "",
) -> Callable[[View], View]:  # fmt: skip
    """Register a view as a resource that is read: it takes its parameters by name and returns plain values.

    ``answer`` writes them as JSON; without one the view returns a ``Table``, sent as CSV. ``path`` are
    the fields of the address.
    """
    asked, shapes = query(), (answer(),) if answer else ()

    def register(view: View) -> View:
        @wraps(view)
        def tell(**named: str) -> Response:
            wanted = read_query(asked, request.args)
            tag = _tag()
            if tag in request.if_none_match.as_set(include_weak=True):
                return _sealed(Response(status=304), tag)
            found = view(**named, **wanted)
            return _sealed(jsonify(shapes[0].dump(found)) if shapes else _send(found), tag)

        name = view.__name__
        pages.add_url_rule(rule, name, tell, methods=["GET"])
        endpoint = f"{pages.name}.{name}"
        describe(
            Operation(
                name, "GET", rule, group, endpoint, READ, asked, {200: shapes}, path or {}, example=example
            )
        )
        return view

    return register


def next_page(after: str) -> str | None:
    """Return the address of the page of this list that begins after a cursor, None at its end."""
    if not after:
        return None
    asked = {**request.args.to_dict(flat=False), **(request.view_args or {}), "after": after}
    return url_for(str(request.endpoint), **asked)


def _tag() -> str:
    """Return the entity tag of what this viewer is answered at this address now."""
    reader = current.reader()
    sums = sorted(
        (key.kind, tuple(total))
        for key, total in reader.find_row_sums().items()
        if key.part == DOCUMENTS and key.kind in TOLD
    )
    viewer = current.viewer()
    rights = (
        viewer.works_at,
        sorted(viewer.relations.items()),
        viewer.is_firm,
        viewer.watches,
        viewer.regions,
    )
    made_of = (
        DERIVED_VERSION, reader.find_head(), sums, rights, day_of(current.now_ms()), request.path,
        sorted(request.args.lists()),
    )  # fmt: skip
    return sha256(repr(made_of).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _sealed(answer: Response, tag: str) -> Response:
    """Let the caller alone keep an answer, and ask each time whether it still holds."""
    answer.set_etag(tag, weak=True)
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.vary.update(("Authorization", "Cookie"))
    return answer


def _send(table: Table) -> Response:
    return Response(write_csv(table), mimetype="text/csv")

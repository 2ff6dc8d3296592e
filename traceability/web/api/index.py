"""The index of the interface, its OpenAPI document, and the page that describes it to people."""

from flask import jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from traceability.services.directory.sessions import READ
from traceability.web.api.docs import list_operations, list_schemas
from traceability.web.api.openapi import write_document, write_path
from traceability.web.api.query import QuerySchema, read_query
from traceability.web.api.resource import OPERATIONS, PREFIX, Json, pages, resource
from traceability.web.api.schemas import IndexSchema
from traceability.web.shell import current
from traceability.web.shell.session import SCOPE_OF

SCOPE_OF.update({"api.openapi": READ, "api.docs": READ})


@resource("/", group="index", answer=IndexSchema, example="/")
def index() -> Json:
    """Return the resources, where they are described, and how far the book has come."""
    return {
        "version": 1,
        "seq": current.reader().find_head().seq,
        "resources": [
            {"name": operation.name, "href": PREFIX + write_path(operation.rule)}
            for operation in OPERATIONS
            if operation.method == "GET"
        ],
        "openapi": url_for("api.openapi"),
        "docs": url_for("api.docs"),
    }


@pages.get("/openapi.json")
def openapi() -> ResponseReturnValue:
    """Send the OpenAPI 3.1 document, made from the schemas that read and write; 304 to who has it. Raises BadQuery."""
    read_query(QuerySchema(), request.args)
    answer = jsonify(write_document(current.language()))
    answer.add_etag()
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.vary.update(("Accept-Language", "Authorization", "Cookie"))
    return answer.make_conditional(request)


@pages.get("/docs")
def docs() -> ResponseReturnValue:
    """Show the document to people: every resource with parameters, examples and answers."""
    document = write_document(current.language())
    return render_template(
        "api/docs.html",
        groups=list_operations(document, current.settings().public_url),
        schemas=list_schemas(document),
        version=f"OpenAPI {document['openapi']}",
    )

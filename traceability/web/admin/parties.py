"""Show suppliers, customers, carriers and receivers with their codes, licences, and the names by which sites know them."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from traceability.services.directory.parties import PARTY_KINDS, list_known_parties
from traceability.web.admin.office import administrator_of_all
from traceability.web.shell import current

pages = Blueprint("parties", __name__, url_prefix="/admin/parties")

SHOWN = 50


@pages.get("")
def list_all() -> ResponseReturnValue:
    """List parties by name or code, with the sites that know them."""
    administrator_of_all()
    text, kind, after = (request.args.get(name, "")[:200].strip() for name in ("q", "kind", "after"))
    found, following = list_known_parties(current.reader(), text, kind, after, SHOWN)
    return render_template(
        "admin/parties.html",
        found=found,
        text=text,
        kind=kind,
        kinds=PARTY_KINDS,
        first=url_for("parties.list_all", q=text, kind=kind) if after else "",
        next=url_for("parties.list_all", q=text, kind=kind, after=following) if following else "",
    )

"""Set up the furnaces of a site, and print their cards and those of commands."""

from typing import NamedTuple

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from scanners.labels.svg import draw_path
from scanners.labels.symbol import make_matrix
from scanners.payload import COMMANDS
from traceability.domain.errors import BadInput, NotAllowed, WriteConflict
from traceability.domain.quantity import format_kg as write_kg
from traceability.domain.quantity import parse_kg
from traceability.services.operations import furnaces
from traceability.services.operations.furnaces import Furnace
from traceability.services.operations.heats import MELTING
from traceability.web.shell import current
from traceability.web.shell.drafts import note_sent
from traceability.web.shell.session import flash_refusal, needs_site
from traceability.web.shell.words import say, t

pages = Blueprint("furnaces", __name__, url_prefix="/furnaces")

LONGEST = 200


class Card(NamedTuple):
    """A printed card: its heading, what it does, the address in its code, and the drawing of that."""

    title: str
    what: str
    text: str
    drawing: Markup


@pages.get("")
@needs_site
def list_all() -> ResponseReturnValue:
    """List the furnaces of the site."""
    site = _site()
    return render_template(
        "furnace/furnaces.html", site=site, furnaces=furnaces.list_furnaces(current.reader(), [site])
    )


@pages.route("/add", methods=["GET", "POST"])
@needs_site
def add() -> ResponseReturnValue:
    """Add a furnace."""
    return _edit(Furnace("", _site(), "", 0), {})


@pages.route("/<code>", methods=["GET", "POST"])
@needs_site
def change(code: str) -> ResponseReturnValue:
    """Change a furnace. Raises NotFound."""
    known = furnaces.find_furnace(current.reader(), code, [_site()])
    stored = {
        "name": known.name, "capacity": write_kg(known.capacity_g), "version": str(known.version),
    }  # fmt: skip
    return _edit(known, stored)


@pages.post("/<code>/remove")
@needs_site
def remove(code: str) -> ResponseReturnValue:
    """Take a furnace out."""
    try:
        if furnaces.remove_furnace(current.store(), current.actor(), code, current.viewer().works_at):
            flash(t("furnace.removed"), "success")
    except BadInput as error:
        flash_refusal(say(error))
    return redirect(url_for(".list_all"))


@pages.get("/cards")
@needs_site
def show_cards() -> ResponseReturnValue:
    """Show the cards of the furnaces and of the commands, to be printed."""
    chosen = current.site()
    if chosen is None or not current.allows(chosen.id, MELTING):
        raise NotAllowed("furnace.not_here")
    address = current.settings().address
    cards = [
        _draw(one.name, t("furnace.card_what"), f"{address}/f/{one.code}")
        for one in furnaces.list_furnaces(current.reader(), [chosen.id])
    ]
    cards += [
        _draw(t(f"command.{command}"), t(f"furnace.card_{command}"), f"{address}/c/{code}")
        for code, command in COMMANDS.items()
    ]
    return render_template("furnace/cards.html", site=chosen.id, cards=cards)


def _draw(title: str, what: str, text: str) -> Card:
    matrix = make_matrix(text)
    drawing = Markup(
        '<svg class="qr" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {0}" aria-hidden="true" '
        'shape-rendering="crispEdges"><rect width="{0}" height="{0}" fill="#fff"/><path d="{1}" fill="#000"/></svg>'
    ).format(len(matrix), draw_path(matrix))
    return Card(title, what, text, drawing)


def _edit(known: Furnace, stored: dict[str, str]) -> ResponseReturnValue:
    typed = {**stored, **{name: text[:LONGEST] for name, text in request.form.items()}}
    faults: dict[str, str] = {}
    if request.method == "POST" and _save(known, typed, faults):
        flash(t("admin.saved"), "success")
        return redirect(url_for(".list_all"))
    page = render_template("furnace/one_furnace.html", known=known, typed=typed, faults=faults)
    return make_response(page, 422 if faults else 200)


def _save(known: Furnace, typed: dict[str, str], faults: dict[str, str]) -> bool:
    """Store a furnace as typed; return whether it was taken, what stands against it is put beside its field."""
    version = typed.get("version", "")
    try:
        capacity_g = parse_kg(typed.get("capacity", ""))
    except BadInput as error:
        faults["capacity"] = say(error)
        return False
    read = known._replace(
        name=typed.get("name", ""),
        capacity_g=capacity_g,
        version=int(version) if version.isascii() and version.isdecimal() and len(version) < 10 else 0,
    )
    try:
        furnaces.put_furnace(current.store(), current.actor(), read)
    except (BadInput, WriteConflict) as error:
        faults[str(error.figures.get("field", "name"))] = say(error)
        return False
    note_sent()
    return True


def _site() -> str:
    chosen = current.site()
    if chosen is None or "supervisor" not in current.roles(chosen.id):
        raise NotAllowed("furnace.needs_supervisor")
    return chosen.id

"""Show who holds which certificates in a place, until when, and send them as a file."""

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from traceability.domain.calendar import day_of
from traceability.domain.errors import BadInput
from traceability.domain.vocabulary import NATION
from traceability.render.csv import write_csv
from traceability.services.reporting.registers.certificates import (
    EXPIRING_DAYS,
    Register,
    read_register,
    register_table,
)
from traceability.services.reporting.scope import NamedPlace, check_in_view, find_place
from traceability.web.reports.filters.query import LEVELS
from traceability.web.shell import current
from traceability.web.shell.words import name_of

pages = Blueprint("register", __name__)


@pages.get("/register", defaults={"level": "nation", "code": NATION})
@pages.get("/register/<level>/<code>")
def show(level: str, code: str) -> ResponseReturnValue:
    """Show the certificates of a place, one kind or all."""
    place, register = _read(level, code)
    chosen = request.args.get("kind", "")
    kinds = current.reference().certificate_kinds
    shown = [
        one for one in register.certificates if not chosen or (one.kind is not None and one.kind.id == chosen)
    ]
    return render_template(
        "register/register.html",
        place=place,
        register=register,
        shown=shown,
        kinds=kinds.values(),
        chosen=chosen,
        bases={id_: name_of(base) for id_, base in current.reference().bases.items()},
        days=EXPIRING_DAYS,
        language=current.language(),
        back=url_for("report.region", level=level, code=code),
        csv=url_for("register.show_file", level=level, code=code),
    )


@pages.get("/register/<level>/<code>/certificates.csv")
def show_file(level: str, code: str) -> ResponseReturnValue:
    """Send the certificates of a place, for a spreadsheet."""
    _, register = _read(level, code)
    file = Response(write_csv(register_table(register)), mimetype="text/csv")
    file.headers.set("Content-Disposition", "attachment", filename=f"certificates_{code}_{register.day}.csv")
    return file


def _read(level: str, code: str) -> tuple[NamedPlace, Register]:
    """Return a place and its register today. Raises BadInput, NotFound."""
    known = next((word for word in LEVELS if word == level), None)
    if known is None:
        raise BadInput("report.bad_filter", text=level[:40])
    viewer = current.viewer()
    check_in_view(viewer, known, code)
    reader = current.reader()
    register = read_register(reader, known, code, day_of(current.now_ms()), viewer)
    return find_place(reader, known, code), register

"""Set up how the files of a site's spectrometer are read, and try it with a file before it is kept."""

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from traceability.domain.errors import BadInput, NotAllowed
from traceability.services.directory.spectrometers import (
    MOST_SKIPPED,
    ROWS,
    UNITS,
    SpectrometerSetup,
    check_setup,
    find_setup,
    put_setup,
)
from traceability.web.admin.office import name_problems
from traceability.web.forms.form import SPECTRUM
from traceability.web.record.spectrum import ReadFile, read_upload
from traceability.web.shell import current
from traceability.web.shell.session import needs_site
from traceability.web.shell.words import say, t

pages = Blueprint("spectrometer", __name__, url_prefix="/spectrometer")

NAMES = {
    "sample_column": "spectrometer.sample_column", "rows": "spectrometer.rows", "row_name": "spectrometer.row_name",
    "skip_lines": "spectrometer.skip_lines_label", "unit": "spectrometer.unit", SPECTRUM: "spectrometer.file",
}  # fmt: skip
LONGEST = 200


@pages.route("", methods=["GET", "POST"])
@needs_site
def show() -> ResponseReturnValue:
    """Show how files are read at the site; try another way with a file, or keep it."""
    site = current.site()
    if site is None or "supervisor" not in current.roles(site.id):
        raise NotAllowed("spectrometer.needs_supervisor")
    faults: dict[str, str] = {}
    read: ReadFile | None = None
    setup = find_setup(current.reader(), site.id)
    if request.method == "POST":
        try:
            setup = _read_typed()
            if request.form.get("action") == "try":
                read = read_upload(setup)
            else:
                put_setup(current.store(), current.actor(), site.id, setup)
                flash(t("admin.saved"), "success")
                return redirect(url_for(".show"))
        except BadInput as error:
            faults[str(error.figures.get("field", SPECTRUM))] = say(error)
    page = render_template(
        "spectrometer/setup.html",
        site=site.id,
        typed=request.form or setup._asdict(),
        faults=faults,
        problems=name_problems(faults, NAMES),
        read=read,
        rows=[(one, t(f"spectrometer.rows_{one}")) for one in ROWS],
        units=[(one, t(f"spectrometer.unit_{one}")) for one in UNITS],
    )
    return make_response(page, 422 if faults else 200)


def _read_typed() -> SpectrometerSetup:
    """Return the set-up as typed. Raises BadInput."""
    texts = {name: request.form.get(name, "")[:LONGEST] for name in SpectrometerSetup._fields}
    skipped = texts["skip_lines"].strip() or "0"
    if not (skipped.isascii() and skipped.isdecimal() and len(skipped) <= len(str(MOST_SKIPPED))):
        raise BadInput("spectrometer.skip_lines", field="skip_lines", most=MOST_SKIPPED)
    return check_setup(
        SpectrometerSetup(
            texts["sample_column"], texts["rows"], texts["row_name"], int(skipped), texts["unit"]
        )
    )

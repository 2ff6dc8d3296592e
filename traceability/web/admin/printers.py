"""Register the label printers of sites, and take them out: nobody else decides where files are sent."""

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scanners.labels.dots import RESOLUTIONS
from scanners.labels.layout import SIZES
from scanners.labels.printer import PORT
from traceability.domain.errors import BadInput
from traceability.services.directory import label_printers
from traceability.services.directory.label_printers import LabelPrinter
from traceability.web.admin.office import administrator_of_all, name_problems
from traceability.web.shell import current
from traceability.web.shell.session import needs_proof
from traceability.web.shell.words import say, t

pages = Blueprint("printers", __name__, url_prefix="/admin/printers")

NAMES = {
    "name": "printer.name", "site": "lot.site", "host": "printer.host", "port": "printer.port",
    "language": "printer.language", "dpi": "label.dpi", "size": "label.size",
}  # fmt: skip


@pages.route("", methods=["GET", "POST"])
@needs_proof
def list_all() -> ResponseReturnValue:
    """List the printers of all sites, and register another one."""
    administrator_of_all()
    faults: dict[str, str] = {}
    if request.method == "POST":
        printer = _read(faults)
        if printer is not None and _add(printer, faults):
            flash(t("admin.saved"), "success")
            return redirect(url_for(".list_all"))
    page = render_template(
        "admin/printers.html",
        printers=label_printers.list_printers(current.reader()),
        sites=_sites(),
        languages=[(one, one.upper()) for one in label_printers.LANGUAGES],
        resolutions=[(str(dpi), f"{dpi} dpi") for dpi in RESOLUTIONS],
        sizes=[(id_, f"{size.width:g} × {size.height:g} mm") for id_, size in SIZES.items()],
        faults=faults,
        problems=name_problems(faults, NAMES),
        typed=request.form or {"port": str(PORT)},
    )
    return make_response(page, 422 if faults else 200)


@pages.post("/remove")
@needs_proof
def remove() -> ResponseReturnValue:
    """Take a printer out."""
    administrator_of_all()
    if label_printers.remove_printer(current.store(), current.actor(), request.form.get("printer", "")):
        flash(t("printer.removed"), "success")
    return redirect(url_for(".list_all"))


def _sites() -> list[str]:
    return sorted(site.id for site in current.reference().sites.values() if not site.is_authority)


def _add(printer: LabelPrinter, faults: dict[str, str]) -> bool:
    """Register a printer, and return whether that was possible; if not, the reason stands beside its address."""
    try:
        label_printers.add_printer(current.store(), current.actor(), printer)
    except BadInput as error:
        faults["host"] = say(error)
    return not faults


def _read(faults: dict[str, str]) -> LabelPrinter | None:
    """Return the printer as typed; None where something is wrong with it, which is put beside its field."""
    name, host, port = "", "", 0
    try:
        name = label_printers.check_name(request.form.get("name", "")[:200])
    except BadInput as error:
        faults["name"] = say(error)
    try:
        host = label_printers.check_host(request.form.get("host", "")[:200])
    except BadInput as error:
        faults["host"] = say(error)
    try:
        port = label_printers.check_port(request.form.get("port", "")[:200])
    except BadInput as error:
        faults["port"] = say(error)
    choices = {
        "site": _sites(), "language": label_printers.LANGUAGES, "size": SIZES, "dpi": [str(dpi) for dpi in RESOLUTIONS],
    }  # fmt: skip
    for field, known in choices.items():
        if request.form.get(field) not in known:
            faults[field] = t("printer.choose")
    if faults:
        return None
    return LabelPrinter(
        "", request.form["site"], name, host, port, request.form["language"], int(request.form["dpi"]),
        request.form["size"],
    )  # fmt: skip

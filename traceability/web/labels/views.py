"""Print labels of lots or of a roll: choose size, copies and paper; as PDF, as a printer's file, or straight to a printer."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import BoundedSemaphore
from typing import NamedTuple

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from scanners.labels.dots import RESOLUTIONS
from scanners.labels.layout import SIZES
from scanners.labels.printer import PrinterAddress, PrinterFailed, send_to_printer
from scanners.labels.svg import draw_label
from traceability.services.auditing.facts import LABEL
from traceability.services.directory.audit import AuditAction
from traceability.services.directory.label_printers import LabelPrinter, find_printer, list_printers
from traceability.services.directory.label_rolls import (
    LONGEST_ROLL,
    ROLL_KIND,
    LabelRoll,
    count_bound,
    count_printing,
    list_rolls,
    make_roll,
)
from traceability.services.directory.people import find_people
from traceability.services.recording.pending_book import new_code
from traceability.web.labels.label_job import (
    MOST_COPIES,
    PAPERS,
    LabelJob,
    read_count,
    read_job,
)
from traceability.web.shell import current
from traceability.web.shell.session import flash_refusal, needs_site
from traceability.web.shell.words import t

pages = Blueprint("labels", __name__)

FORMS = {
    "pdf": "application/pdf",
    "zpl": "application/vnd.zebra-zpl",
    "tspl": "application/octet-stream",
}
SIZES_SHOWN = [(id_, f"{size.width:g} × {size.height:g} mm") for id_, size in SIZES.items()]
PRINTING = "labels"  # the kind of object of a printing in the audit log
MOST_CODES_NOTED = 8
PREVIEW = 24  # labels of a roll on the page; the file has them all
USUAL_ROLL = 100
AT_ONCE, QUEUE_S = 2, 10
"""Printings of a process at a time, and how long others wait: a roll takes a minute of work, a printer as long to take it."""
_room = BoundedSemaphore(AT_ONCE)


class ShownRoll(NamedTuple):
    """A roll in the list."""

    href: str
    number: int
    size: str
    labels: int
    bound: int
    first: str
    last: str
    made_ms: int
    person: str
    printed: int | None


@pages.get("/labels")
def show() -> ResponseReturnValue:
    """Show labels of the lots named by ``code``, as often as given, or of a roll, and every way to print them."""
    job = read_job()
    _note_lots(job)
    most = PREVIEW if job.roll else None
    page = render_template(
        "labels/labels.html",
        job=job,
        labels=[draw_label(layout) for layout in job.lay_out(most=most)],
        title=t("label.roll_title", number=job.roll.number) if job.roll else t("label.title"),
        sizes=SIZES_SHOWN,
        papers=[(paper, t(f"label.paper_{paper}")) for paper in PAPERS],
        resolutions=[(dpi, f"{dpi} dpi") for dpi in RESOLUTIONS],
        most_copies=MOST_COPIES,
        forms=[(form, url_for(".send", form=form, **job.query)) for form in FORMS] if job.labels else [],
        printers=[
            (one.id, describe_printer(one))
            for one in list_printers(current.reader(), current.viewer().works_at)
        ],
        is_local=current.settings().opens_here_only,
    )
    return make_response(page, 422 if job.problems and not job.labels else 200)


@pages.get("/labels/labels.<any(pdf,zpl,tspl):form>")
def send(form: str) -> ResponseReturnValue:
    """Send the labels as a file."""
    job = read_job()
    if job.problems or not job.labels:
        return redirect(f"{url_for('.show')}?{request.query_string.decode('ascii', 'replace')}")
    with _printing() as has_room:
        if not has_room:
            return redirect(url_for(".show", **job.query))
        file = job.write(form)
    _note_printing(job, form)
    answer = Response(file, mimetype=FORMS[form])
    answer.headers.set("Content-Disposition", "attachment", filename=f"labels-{job.size.id}.{form}")
    return answer


@pages.post("/labels/print")
def print_out() -> ResponseReturnValue:
    """Send the labels to a printer that an administrator registered for a site of the person."""
    printer = find_printer(current.reader(), current.viewer(), request.form.get("printer", "")[:80])
    job = read_job()
    if not job.labels:
        abort(400)
    for problem in job.problems:  # nothing is printed that is not what was asked for
        flash_refusal(problem)
    if not job.problems:
        with _printing() as has_room:
            if has_room:
                _print(replace(job, size=SIZES[printer.size], dpi=printer.dpi), printer)
    return redirect(url_for(".show", **job.query))


def _print(job: LabelJob, printer: LabelPrinter) -> None:
    """Send the labels, and tell the person what became of them."""
    file = job.write(printer.language)
    current.drop_view()  # nothing is read any more, and the printer may take its time
    try:
        send_to_printer(PrinterAddress(printer.host, printer.port), file)
    except PrinterFailed as error:
        flash_refusal(
            t(f"printer.{error.fault}", name=printer.name, address=f"{printer.host}:{printer.port}")
        )
    else:
        _note_printing(job, printer.id)
        flash(t("printer.sent", count=job.count, name=printer.name), "success")


@contextmanager
def _printing() -> Iterator[bool]:
    """Give whether there is room for a printing, for as long as it takes; who finds none is told."""
    has_room = _room.acquire(timeout=QUEUE_S)
    if not has_room:
        flash_refusal(t("printer.busy"))
    try:
        yield has_room
    finally:
        if has_room:
            _room.release()


@pages.route("/labels/rolls", methods=["GET", "POST"])
@needs_site
def rolls() -> ResponseReturnValue:
    """List the rolls of blank labels of a site, and draw the codes of another one."""
    site = _site()
    typed = request.form.get("count", str(USUAL_ROLL))
    size = request.form.get("size", "60x40")
    faults: dict[str, str] = {}
    if request.method == "POST":
        count = read_count(typed)
        if count is None:
            faults["count"] = t("label.bad_count", text=typed[:30], limit=LONGEST_ROLL)
        if size not in SIZES:
            faults["size"] = t("label.bad_size")
        if count is not None and not faults:
            made = make_roll(current.store(), current.actor(), site, size, count, new_code)
            flash(t("label.roll_made", number=made.number, count=count), "success")
            return redirect(url_for(".show", roll=made.id, size=size))
    listed = list_rolls(current.reader(), site)
    page = render_template(
        "labels/rolls.html",
        site=site,
        rolls=_show_rolls(listed),
        sizes=SIZES_SHOWN,
        typed={"count": typed, "size": size},
        faults=faults,
        most=LONGEST_ROLL,
    )
    return make_response(page, 422 if faults else 200)


def _site() -> str:
    """Return the site whose rolls are meant: the chosen one, else the first where the person works."""
    chosen = current.site()
    return chosen.id if chosen else current.viewer().works_at[0]


def _show_rolls(listed: list[LabelRoll]) -> list[ShownRoll]:
    bound = count_bound(current.reader(), listed)
    people = find_people(current.reader(), {roll.person for roll in listed})
    return [
        ShownRoll(
            url_for(".show", roll=roll.id), roll.number, dict(SIZES_SHOWN)[roll.size], len(roll.codes), bound[roll.id],
            roll.codes[0], roll.codes[-1], roll.made_ms,
            people[roll.person].name if roll.person in people else roll.person,
            roll.printed,
        )
        for roll in listed
    ]  # fmt: skip


def _note_lots(job: LabelJob) -> None:
    """Leave to the audit log that labels may go to a printer: auditors are told of what is undone afterwards."""
    actor = current.actor()
    for code in sorted(set(job.codes)):
        current.wiring().audit.add(actor.entry(AuditAction.PRINT, LABEL, code))


def _note_printing(job: LabelJob, where: str) -> None:
    """Leave to the audit log how many labels of what were printed, and where: a second printing has an entry of its own.

    A roll counts its printings as well.
    """
    _note_lots(job)
    if job.roll:
        count_printing(current.store(), job.roll.id)
    what = f"{job.roll.id} {job.first}–{job.last}" if job.roll else ", ".join(job.codes[:MOST_CODES_NOTED])
    entry = current.actor().entry(
        AuditAction.PRINT, ROLL_KIND if job.roll else PRINTING, f"{job.count} · {where} · {what}"
    )
    current.wiring().audit.add(entry)


def describe_printer(printer: LabelPrinter) -> str:
    """Return a printer as it is offered."""
    return f"{printer.name} · {printer.language.upper()} {printer.dpi} dpi · {printer.size}"

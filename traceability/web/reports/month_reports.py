"""List the monthly reports that a command has written, and send those of regions open to the viewer."""

from pathlib import Path

from flask import Blueprint, Response, render_template, url_for
from flask.typing import ResponseReturnValue

from traceability.domain.errors import NotFound
from traceability.domain.place import level_of
from traceability.locale import describe_languages, format_month
from traceability.render.month_reports import FOLDER, MonthReport, list_month_reports, parse_file_name
from traceability.render.sheets import Cell, Sheet, SheetColumn, say_in_all
from traceability.services.reporting.figures.disclosure import find_open
from traceability.services.reporting.scope import find_whereabouts
from traceability.web.shell import current
from traceability.web.shell.report_pages import FORMS
from traceability.web.shell.words import region_name, t

pages = Blueprint("month_reports", __name__)

COLUMNS = (
    SheetColumn("region", say_in_all("term.region")),  # names the row, so that it stays in sight on a phone
    SheetColumn("month", say_in_all("term.month"), "month"),
    SheetColumn("file", say_in_all("month_report.files")),
    SheetColumn("version", say_in_all("month_report.version"), "count"),
    SheetColumn("language", say_in_all("month_report.language")),
)


@pages.get("/reports/monthly")
def show() -> ResponseReturnValue:
    """Show the reports of the regions whose figures the viewer sees whole."""
    languages = {language.code: language.name for language in describe_languages()}
    rows = [
        (
            Cell(region_name(one.code)), Cell(one.month),
            Cell(t(f"file.{one.form}"), url_for(".send", file_name=one.file_name)), Cell(one.version),
            Cell(languages.get(one.language, one.language)),
        )
        for one in _list_open()
    ]  # fmt: skip
    newest = format_month(str(rows[0][1].value), current.language()) if rows else ""
    sheet = Sheet("month-reports", say_in_all("month_report.title"), COLUMNS, rows)
    return render_template("reports/month_reports.html", reports=sheet, newest=newest)


@pages.get("/reports/monthly/<file_name>")
def send(file_name: str) -> ResponseReturnValue:
    """Send a report. Raises NotFound, also where the viewer may not see its region."""
    report = parse_file_name(file_name)
    # The path is made of what the name was read as, and only of what lies in the folder.
    if report is None or report not in _list_open():
        raise NotFound("month_report.unknown")
    answer = Response((_folder() / report.file_name).read_bytes(), mimetype=FORMS[report.form].mimetype)
    answer.headers.set("Content-Disposition", "attachment", filename=report.file_name)
    return answer


def _list_open() -> list[MonthReport]:
    """Return the reports that the viewer may see: those of a firm are none, since they hold whole regions."""
    viewer = current.viewer()
    if viewer.is_firm:
        return []
    is_open = find_open(find_whereabouts(current.reader()), viewer)
    return [one for one in list_month_reports(_folder()) if is_open(f"{level_of(one.code)}:{one.code}")]


def _folder() -> Path:
    return current.wiring().settings.data / FOLDER

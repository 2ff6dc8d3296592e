"""Write the monthly report of each region into a folder as workbook and PDF, and find what lies there.

A file that is there is never written again: where the report of a month has changed, a further version stands
beside the former. The name of a file is all that tells what it is of.
"""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from traceability.domain.indicators import INDICATORS
from traceability.domain.vocabulary import NATION
from traceability.locale import format_count, format_month, format_time, text
from traceability.render.charts import draw_charts
from traceability.render.pdf import UPRIGHT_COLUMNS, write_pdf
from traceability.render.place_report import (
    lay_out_changes,
    lay_out_month_changes,
    make_document,
)
from traceability.render.sheets import ReportDocument, Sheet
from traceability.render.why_sheets import list_why_sheets
from traceability.render.why_sheets.words import WhyWords, say_why
from traceability.render.xlsx import write_xlsx
from traceability.services.reporting.region_month import RegionMonth
from traceability.services.reporting.why.reasons import Why

_REASONS = ("gaps", "parts", "metals")
_OF_RECYCLED = ("origins", "families", "grades")

FOLDER = "reports"
"""Where they lie in the data folder."""
_WRITERS = {"xlsx": write_xlsx, "pdf": write_pdf}
_NAME = re.compile(r"([0-9]{6}|CN)_([0-9]{4}-[0-9]{2})_([a-z]{2,3})_v([1-9][0-9]{0,5})\.(xlsx|pdf)", re.ASCII)


class MonthReport(NamedTuple):
    """A file of a monthly report: of which region and month, in which language, version and form."""

    code: str
    month: str
    language: str
    version: int
    form: str

    @property
    def file_name(self) -> str:
        """Return the name of the file."""
        return f"{self.code}_{self.month}_{self.language}_v{self.version}.{self.form}"


def parse_file_name(name: str) -> MonthReport | None:
    """Return what a file is of, None where the name is that of no monthly report."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    code, month, language, version, form = match.groups()
    return MonthReport(code, month, language, int(version), form)


def list_month_reports(folder: Path) -> list[MonthReport]:
    """Return the reports in a folder: newest month first, the nation before regions, newest version first."""
    if not folder.is_dir():
        return []
    found = [one for path in folder.iterdir() if (one := parse_file_name(path.name))]
    found.sort(key=lambda one: (one.language, -one.version, one.form))
    found.sort(key=lambda one: (one.code != NATION, one.code))
    return sorted(found, key=lambda one: one.month, reverse=True)


def write_month_reports(months: Iterable[RegionMonth], language: str, folder: Path) -> Iterator[MonthReport]:
    """Write the reports of months of regions as these are read; yield the files that are new."""
    folder.mkdir(parents=True, exist_ok=True)
    _clear_halves(folder)
    for told in months:
        document = make_month_report(told, language)
        code, month = told.code, told.month
        known = [one for one in list_month_reports(folder) if one[:3] == (code, month, language)]
        version = max((one.version for one in known), default=0)
        files = {form: write(document, language) for form, write in _WRITERS.items()}
        latest = MonthReport(code, month, language, version, "")
        paths = {form: folder / latest._replace(form=form).file_name for form in files}
        there = {form: path.read_bytes() for form, path in paths.items() if path.is_file()}
        if any(files[form] != body for form, body in there.items()) or not version:
            latest, there = latest._replace(version=version + 1), {}
        # All, or what a command that was killed had not come to.
        for form in (one for one in files if one not in there):
            report = latest._replace(form=form)
            _put(folder / report.file_name, files[form])
            yield report


def make_month_report(told: RegionMonth, language: str) -> ReportDocument:
    """Return the report of a region and month: what is found, figures, targets, places within it, the last twelve
    months, what changed, what came after the seals, and what explains its shares.

    No site is named: it is sent to whoever may see the region's sums.
    """
    report, say = told.report, WhyWords(told.reference, language)
    place, shown = report.total.name(language), format_month(told.month, language)
    found = [say_why(why, place, shown, say) for why in told.reasons if why.figure.value is not None]
    said = (
        *((say.t("month_report.found"), sentence) for sentence in found),
        (say.t("term.region"), place),
        (say.t("term.period"), shown),
        (say.t("month_report.corrections"), format_count(told.corrections)),
        (say.t("filter.as_of"), f"{report.seq} · {format_time(report.recorded_ms, language)}"),
    )
    title = say.t("month_report.document", place=place, month=shown)
    document = make_document(f"{told.code}_{told.month}", title, said, report, told.trends, language)
    sheets = {sheet.id: sheet for sheet in document.sheets}
    figures = ((place, figure) for figure in report.total.figures.values())
    # What is asked first comes first: targets, what changed, why, and every figure last.
    ordered = [
        sheets.pop("targets"),
        lay_out_month_changes(told.trends, say),
        lay_out_changes(figures, language),
        *(sheet for why in told.reasons for sheet in _list_reasons(why, say)),
        *reversed(sheets.values()),
    ]
    document = replace(document, sheets=tuple(sheet for sheet in ordered if sheet is not None and sheet.rows))
    return draw_charts(document, language)


def _list_reasons(why: Why, say: WhyWords) -> Iterator[Sheet]:
    """Yield the tables that explain a share without naming a site, each told apart by the share's name."""
    wanted = (*_REASONS, *(_OF_RECYCLED if why.now.origins else ()))
    for sheet in list_why_sheets(why, say):
        if sheet.id in wanted:
            about = INDICATORS[why.figure.indicator].name
            titles = tuple(
                (
                    language,
                    text(
                        "month_report.sheet_of", {"sheet": title, "name": text(about, {}, language)}, language
                    ),
                )
                for language, title in sheet.titles
            )
            yield replace(
                sheet.first_columns(UPRIGHT_COLUMNS), id=f"{sheet.id}_{why.figure.indicator}", titles=titles
            )


def _clear_halves(folder: Path) -> None:
    """Remove what killed commands left half; what another one writes now stays."""
    for path in folder.glob(".*"):
        name, _, process = path.name.removeprefix(".").rpartition(".")
        if parse_file_name(name) and process.isdecimal() and not Path("/proc", process).exists():
            path.unlink(missing_ok=True)


def _put(path: Path, body: bytes) -> None:
    """Write a file whole or not at all."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_bytes(body)
    part.replace(path)

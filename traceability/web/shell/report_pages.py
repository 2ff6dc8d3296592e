"""Serve a report page and its files from one view: ``/flows`` and ``/flows.csv``, ``.xlsx``, ``.pdf``, ``.json``.

The view returns what the page tells as a ``ReportDocument``; page and files are written from it, so what is
on the screen is in each file.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import Any, NamedTuple

from flask import Blueprint, Flask, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from traceability.render.charts import draw_table_bars
from traceability.render.csv import write_document_csv
from traceability.render.json_file import write_json
from traceability.render.pdf import write_pdf
from traceability.render.sheets import (
    Chart,
    ReportDocument,
    Sheet,
    SheetColumn,
    list_methods,
    list_shown,
    show_cell,
)
from traceability.render.xlsx import write_xlsx
from traceability.web.shell import current
from traceability.web.shell.tables import Column

SORT = "sort"
"""The key in the address that sorts a sheet: ``sort=sites.-gap_t``."""

SHOW, TABLE = "show", "table"
"""The key in the address, and its value, that leaves the charts of a page out."""


class FileForm(NamedTuple):
    """A form of file: its type, and what writes a document in a language."""

    mimetype: str
    write: Callable[[ReportDocument, str], bytes | Iterable[bytes]]


FORMS: dict[str, FileForm] = {
    "xlsx": FileForm("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", write_xlsx),
    "pdf": FileForm("application/pdf", write_pdf),
    "csv": FileForm("text/csv", lambda document, _: write_document_csv(document)),
    "json": FileForm("application/json", write_json),
}


@dataclass(frozen=True, slots=True)
class ReportPage:
    """A template, what it tells, and what else the template needs."""

    template: str
    document: ReportDocument
    context: Mapping[str, Any] = field(default_factory=dict)


def report_page(pages: Blueprint, rule: str, files: str = "") -> Callable[..., Callable[..., ReportPage]]:
    """Serve a view as a page at ``rule`` and as files at ``files`` (by default the rule) with an ending."""

    def register(view: Callable[..., ReportPage]) -> Callable[..., ReportPage]:
        name = view.__name__

        @wraps(view)
        def show(**arguments: Any) -> ResponseReturnValue:
            page = view(**arguments)
            document = draw_table_bars(page.document.sorted_by(request.args.getlist(SORT)))
            links = [
                (form, url_for(f".{name}_file", **{**read_query(), **arguments, "form": form}))
                for form in FORMS
            ]
            return render_template(page.template, document=document, files=links, **page.context)

        @wraps(view)
        def send(form: str, **arguments: Any) -> ResponseReturnValue:
            document = view(**arguments).document.sorted_by(request.args.getlist(SORT))
            link = url_for(f".{name}", **{**read_query(), **arguments}, _external=True)
            recorded_ms = current.reader().find_head().record_ms
            return send_document(replace(document, link=link, recorded_ms=recorded_ms), form)

        pages.add_url_rule(rule, name, show)
        endings = ",".join(FORMS)
        pages.add_url_rule(f"{files or rule}.<any({endings}):form>", f"{name}_file", send)
        return view

    return register


def send_document(document: ReportDocument, form: str) -> Response:
    """Return a document as a file to download."""
    mimetype, write = FORMS[form]
    answer = Response(write(document, current.language()), mimetype=mimetype)
    name = document.name.replace("..", "_").replace("/", "-")
    answer.headers.set("Content-Disposition", "attachment", filename=f"{name}.{form}")
    return answer


def sort_href(sheet: Sheet, column: SheetColumn) -> str:
    """Return this page with a sheet sorted by a column: numbers downwards first, then the other way."""
    first, second = (f"-{column.id}", column.id) if column.is_number else (column.id, f"-{column.id}")
    wanted = second if sheet.sorted_by == first else first
    others = [key for key in request.args.getlist(SORT) if not key.startswith(f"{sheet.id}.")]
    query = {**read_query(), SORT: [*others, f"{sheet.id}.{wanted}"], **(request.view_args or {})}
    return url_for(str(request.endpoint), **query)


def sheet_columns(sheet: Sheet, fill: Callable[..., str], sortable: bool = True) -> list[Column]:
    """Return the columns of a sheet as tables are drawn: ``fill(row, (sheet, column, its number))`` writes a cell."""
    sorts = sortable and len(sheet.rows) > 1
    return [
        Column(
            column.heading(current.language()),
            fill,
            "number" if column.is_number else "code" if column.kind == "code" else "",
            (sheet, column, number),
            sort_href=sort_href(sheet, column) if sorts else "",
            sorted={column.id: "ascending", f"-{column.id}": "descending"}.get(sheet.sorted_by, ""),
            one_line=column.one_line,
        )
        for number, column in list_shown(sheet)
    ]


class ChartViews(NamedTuple):
    """Whether charts are drawn, and the links that show a chart or its table: (view, address, whether it is this)."""

    drawn: bool
    links: tuple[tuple[str, str, bool], ...]


def chart_views(chart: Chart) -> ChartViews:
    """Return how this page shows its charts: drawn, or with ``show=table`` as tables alone."""
    as_table = request.args.get(SHOW) == TABLE
    query: dict[str, Any] = {**read_query(), **(request.view_args or {})}
    query.pop(SHOW, None)
    here = url_for(str(request.endpoint), **query)
    there = f"{url_for(str(request.endpoint), **{**query, SHOW: TABLE})}#sheet-{chart.sheet}"
    return ChartViews(not as_table, (("chart", here, not as_table), (TABLE, there, as_table)))


def read_query() -> dict[str, Any]:
    """Return the query of this request, to be sent again by a link; keys that mean something to ``url_for`` are left out."""
    return {
        key: values
        for key, values in request.args.to_dict(flat=False).items()
        if not key.startswith("_") and key not in ("endpoint", "self")
    }


def quote_attribute(words: str) -> Markup:
    """Return words for an attribute in single quotes: JSON, full of double ones, then stays half as long."""
    return Markup(words.replace("&", "&amp;").replace("'", "&#39;").replace("<", "&lt;"))


def install(app: Flask) -> None:
    """Give the templates what they draw sheets with."""
    app.jinja_env.globals.update(
        chart_views=chart_views,
        shown_cell=lambda sheet, row, number: show_cell(sheet, row, number, current.language()),
        quoted=quote_attribute,
        sheet_columns=sheet_columns,
        sheet_group=lambda sheet: None if sheet.sorted_by else sheet.column_number(sheet.grouped_by),
        sheet_methods=lambda document: list_methods(document, current.language()),
        sheet_title=lambda sheet: sheet.title(current.language()),
    )

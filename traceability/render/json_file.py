"""Write a document as JSON: what is said, and each sheet with its columns, rows and total."""

import json
from collections.abc import Mapping
from typing import Any

from traceability.render.sheets import ReportDocument, Row, Sheet, SheetColumn, write_file_cell


def write_json(document: ReportDocument, language: str) -> bytes:
    """Return the file. Numbers are decimal strings in the unit of their column, so that nothing is rounded."""
    body = {
        "title": document.title,
        "said": [{"name": name, "value": value} for name, value in document.said],
        "sheets": [_describe(sheet, language) for sheet in document.sheets],
        "notes": list(document.notes),
    }
    return json.dumps(body, ensure_ascii=False, indent=1).encode()


def _describe(sheet: Sheet, language: str) -> Mapping[str, Any]:
    return {
        "id": sheet.id,
        "title": sheet.title(language),
        "columns": [
            {"id": column.id, "heading": column.heading(language), "kind": column.kind}
            for column in sheet.columns
        ],
        "rows": [_write_row(sheet.columns, row) for row in sheet.rows],
        "total": _write_row(sheet.columns, sheet.total) if sheet.total else None,
    }


def _write_row(columns: tuple[SheetColumn, ...], row: Row) -> dict[str, str | None]:
    return {
        column.id: None if cell.value is None else write_file_cell(column, cell)
        for column, cell in zip(columns, row, strict=True)
    }

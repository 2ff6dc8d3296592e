"""A workbook has what its page has, however long."""

import io

import pytest
from openpyxl import load_workbook

from traceability.render.sheets import ReportDocument
from traceability.render.xlsx import LONGEST_LINK, write_xlsx


@pytest.mark.parametrize("length", [100, LONGEST_LINK, LONGEST_LINK + 1, 4000])
def test_the_address_of_the_page_is_in_its_workbook_however_long(length: int) -> None:
    link = "http://localhost/what-if?q=".ljust(length, "1")
    workbook = load_workbook(io.BytesIO(write_xlsx(ReportDocument("x", "x", link=link), "en")))
    cells = [cell for row in workbook.worksheets[-1].iter_rows() for cell in row if cell.value == link]
    assert len(cells) == 1
    assert (cells[0].hyperlink is not None) == (length <= LONGEST_LINK)

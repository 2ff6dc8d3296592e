"""A report page printed on A4 has every cell: none is cut off, and no filters and buttons stand on the paper."""

import threading
from collections.abc import Iterator
from pathlib import Path

import playwright.sync_api as playwright
import pypdfium2
import pytest
from werkzeug.serving import make_server

from app import create_app
from graph import open_store
from tests.support.golden import NOW_MS, load_golden
from tests.support.pages import HOST, enter_as
from traceability.config import Settings

pytestmark = pytest.mark.slow
PAGES = (
    "/report?period=2025-Q1",
    "/report/province/510000?period=2025-Q1",
    "/figures?level=province&code=510000&period=2025-Q1",
    "/targets?period=2025-Q1",
    "/trend?level=province&code=430000&period=2025-Q1",
    "/flows?period=2025-Q1",
)


@pytest.fixture(scope="module")
def desk(browser: playwright.Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[playwright.Page]:
    """A browser in which the auditor has signed in to the golden scenario."""
    folder = tmp_path_factory.mktemp("print")
    store = open_store(f"sqlite:///{folder}/book.db")
    store.migrate()
    load_golden(store)
    app = create_app(
        Settings("", folder, folder / "blobs", "k" * 40, f"http://{HOST}"), store, lambda: NOW_MS
    )
    server = make_server(HOST, 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    context = browser.new_context(
        base_url=f"http://{HOST}:{server.server_port}", extra_http_headers={"Accept-Language": "en"}
    )
    client = app.test_client()
    enter_as(client, store, "auditor", NOW_MS)
    for name in ("session", "form"):
        cookie = client.get_cookie(name)
        assert cookie is not None
        context.add_cookies([{"name": name, "value": cookie.value, "domain": HOST, "path": "/"}])
    yield context.new_page()
    context.close()
    server.shutdown()
    thread.join()
    server.server_close()
    store.close()


@pytest.mark.parametrize("address", PAGES)
def test_a_printed_page_holds_every_cell(desk: playwright.Page, address: str, tmp_path: Path) -> None:
    desk.goto(address)
    cells = desk.locator("main .table").locator("th:visible, td:visible").all_inner_texts()
    (tmp_path / "page.pdf").write_bytes(desk.pdf(prefer_css_page_size=True))
    pages = pypdfium2.PdfDocument(tmp_path / "page.pdf")
    for page in pages:
        width, height = page.get_size()
        assert sorted((round(width), round(height))) == [595, 842]  # A4, upright or on its side
    # Only what lies within the paper.
    text = squeeze("".join(page.get_textpage().get_text_bounded() for page in pages))
    assert cells
    missing = {word for cell in cells for word in cell.split() if squeeze(word) not in text}
    assert missing == set()
    desk.emulate_media(media="print")
    assert desk.locator(".filters, .navigation, a[download], button").locator("visible=true").count() == 0
    underlined = "[...document.querySelectorAll('main a')].filter(a => getComputedStyle(a).textDecorationLine != 'none')"
    assert desk.evaluate(f"{underlined}.length") == 0
    desk.emulate_media(media="null")  # as the browser sees fit: printing prints


def squeeze(words: str) -> str:
    """Return words without blanks, and without hyphens, which end lines."""
    kept = words.replace("\u00a0", "").replace("\ufffe", "").replace("-", "").replace("\x02", "")
    return "".join(kept.split())

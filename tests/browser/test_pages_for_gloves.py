"""Every page of who records, on a phone in both languages: it can be hit with gloves, read by everybody, and breaks no rule.

Besides what ``Desk`` looks at, whatever is tapped is at least 56 px tall, links in lists too; in the yard's app 72.
What axe finds does not depend on the language, so it is asked in one.
"""

from collections.abc import Iterator

import playwright.sync_api as playwright
import pytest

from tests.support.desk import Desk
from tests.support.gloves_walk import walk_recording_pages
from tests.support.golden import NOW_MS
from tests.support.golden_book import open_book
from tests.support.served_demo import Served, serve_demo

pytestmark = pytest.mark.slow
PERSON, SITE = "miluo-supervisor", "miluo"
MANY = 25  # endpoints


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve the golden scenario to the tests of this module."""
    folder = tmp_path_factory.mktemp("gloves")
    book = open_book(folder)
    with serve_demo(book.store, folder, NOW_MS) as served:
        yield served
    book.store.close()


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_page_of_who_records_can_be_used_with_gloves(
    browser: playwright.Browser, served: Served, language: str
) -> None:
    desk = Desk(browser, served, PERSON, language=language, size="phone", site=SITE, axe=language == "zh-CN")
    try:
        walked = walk_recording_pages(desk)
        assert desk.found == []
        assert len(walked) > MANY
    finally:
        desk.context.close()

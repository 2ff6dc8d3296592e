"""No report page of the demo is heavy: with all that it loads it stays under 300 KB, but for the chart library."""

import re
from pathlib import Path
from urllib.parse import urljoin

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support.demo import NOW_MS, DemoBook
from tests.support.markup import attributes_of
from tests.support.pages import enter_as
from tests.support.report_walk import list_report_rules, walk_report_pages
from tests.support.served_demo import make_demo_app

MOST_BYTES = 300 * 1024
PARTS = (("link[rel=stylesheet]", "href"), ("script[src]", "src"), ("main img", "src"))
IMPORTED = re.compile(r'^(?:import|export) [^"]*?"(\.\.?/[^"]+)"', re.MULTILINE)


def weigh(client: FlaskClient, page: TestResponse, known: dict[str, int]) -> int:
    """Return the bytes of a page with its styles, scripts (and what they import at once) and pictures."""
    loaded = [href for selector, name in PARTS for href in attributes_of(page, selector, name)]
    seen = set(loaded)
    for address in loaded:  # which grows on the way
        if address not in known:
            part = client.get(address)
            assert part.status_code == 200, address
            known[address] = len(part.data)
        if address.partition("?")[0].endswith(".js"):
            imports = {urljoin(address, one) for one in IMPORTED.findall(client.get(address).text)} - seen
            loaded += imports
            seen |= imports
    return len(page.data) + sum(known[address] for address in seen)


@pytest.mark.slow
def test_no_report_page_is_heavy(demo_book: DemoBook, tmp_path: Path) -> None:
    app = make_demo_app(demo_book.store, tmp_path)
    client = app.test_client()
    enter_as(client, demo_book.store, "auditor", NOW_MS)
    weights: dict[str, int] = {}
    known: dict[str, int] = {}

    def look(address: str) -> list[str]:
        page = client.get(address, follow_redirects=True)
        weights[address] = weigh(client, page, known)
        return attributes_of(page, "main a[href]", "href")

    walk_report_pages(app, list_report_rules(app), look)
    assert len(weights) > 20
    assert {address: weight for address, weight in weights.items() if weight > MOST_BYTES} == {}
    assert max(known.values()) < 50_000, "the chart library comes when a chart is seen"

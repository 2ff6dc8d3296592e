"""Scripts and styles are asked for once: a second view of a page needs the server for its own answer alone."""

from typing import Any

import pytest
from flask import request, request_started
from playwright.sync_api import Page

from tests.support.browser import sign_in
from tests.support.pages import SiteApp

pytestmark = pytest.mark.browser


def test_a_second_view_of_a_page_asks_for_no_script_and_no_style(
    site_app: SiteApp, address: str, page: Page
) -> None:
    sign_in(page, address, "wang")
    asked: list[str] = []

    def hear(sender: Any, **_: Any) -> None:
        asked.append(request.path)

    def view(path: str) -> list[str]:
        asked.clear()
        page.goto(f"{address}{path}", wait_until="networkidle")
        return sorted(path for path in asked if path.startswith("/static/"))

    with request_started.connected_to(hear, site_app.app):
        first = view("/ship")
        assert {path.rpartition("/")[2] for path in first} >= {"rows.js", "lot_rows.js", "lot_checks.js"}
        assert all(path.startswith("/static/version/") for path in first if path.endswith(".js"))
        assert view("/ship") == []
        assert [path for path in view("/receive") if path.endswith(".js")] == []

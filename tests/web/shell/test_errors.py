"""Errors that no page raises itself: reads overtaken by a writer, hosts that are none."""

import pytest

from tests.support.pages import SiteApp
from traceability.domain.errors import StoreUnavailable


@pytest.mark.parametrize(("torn_reads", "status"), [(1, 200), (2, 503)])
def test_a_torn_read_is_repeated_once(
    site_app: SiteApp, monkeypatch: pytest.MonkeyPatch, torn_reads: int, status: int
) -> None:
    calls: list[int] = []

    def torn() -> str:
        calls.append(1)
        if len(calls) <= torn_reads:
            raise StoreUnavailable("store.changed")
        return "whole"

    monkeypatch.setitem(site_app.app.view_functions, "health.live", torn)
    assert site_app.app.test_client().get("/livez").status_code == status
    assert len(calls) == 2


@pytest.mark.parametrize("host", ["a..b", ".", "a" * 64 + ".example"])
def test_a_host_that_is_none_is_answered_plainly(site_app: SiteApp, host: str) -> None:
    for path in ("/livez", "/", "/static/shell/frame.css", "/api/v1/events"):
        answer = site_app.app.test_client().get(path, headers={"Host": host})
        assert (answer.status_code, answer.mimetype) == (400, "text/plain"), path

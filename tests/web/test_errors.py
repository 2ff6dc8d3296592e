"""A page whose reads were overtaken by a writer is made once more before anybody hears of it."""

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

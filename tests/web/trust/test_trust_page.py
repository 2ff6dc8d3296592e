"""The page that a phone opens before it trusts the system says what there is to do, in its language."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from app import create_app
from tests.support.business import NOW_MS
from tests.support.markup import attributes_of, find_all, words_of
from tests.support.pages import SiteApp, Visitor
from traceability.services.upkeep.local_authority import provide_certificate

Visit = Callable[..., Visitor]


@pytest.fixture
def stranger(site_app: SiteApp, tmp_path: Path) -> Visitor:
    """A phone in front of a system that encrypts by itself."""
    settings = replace(
        site_app.app.extensions["traceability"].settings, tls=True, public_url="https://10.0.0.5:8000"
    )
    provide_certificate(settings.tls_folder, ["10.0.0.5", "localhost"], NOW_MS)
    return Visitor(create_app(settings, site_app.store, lambda: NOW_MS).test_client())


def test_a_stranger_reads_the_steps_in_either_language_and_gets_the_certificate(stranger: Visitor) -> None:
    for language, other in (("zh", "en"), ("en", "zh")):
        page = stranger.get(f"/trust?language={language}")
        assert page.status_code == 200
        assert len(find_all(page, ".trust ol li")) == 12
        assert attributes_of(page, ".languages a", "href") == [f"/trust?language={other}"]
        assert attributes_of(page, "header .tools a", "href") == []
        assert "https://10.0.0.5:8000" in attributes_of(page, ".actions a", "href")
        (download,) = (one for one in attributes_of(page, ".actions a", "href") if one.endswith(".crt"))
        sent = stranger.get(download)
        assert sent.mimetype == "application/x-x509-ca-cert"
        assert sent.data[:1] == b"\x30", "DER, which every phone takes"


def test_without_encryption_all_else_leads_to_https_and_nothing_is_sent(stranger: Visitor) -> None:
    led = stranger.get("/lots?q=7", headers={"Host": "10.0.0.5:8000"})
    assert (led.status_code, led.location) == (307, "https://10.0.0.5:8000/lots?q=7")
    assert stranger.post("/sign-in", {"person": "wang", "password": "x"}).status_code == 403
    token = {"Authorization": "Bearer abc"}
    assert stranger.get("/api/v1/lots", headers=token).status_code == 403
    assert stranger.get("/", base_url="https://10.0.0.5:8000").status_code == 302, "to the sign-in page"


def test_where_there_is_nothing_to_trust_the_page_says_what_to_do(visit: Visit) -> None:
    visitor = visit()
    page = visitor.get("/trust?language=en")
    assert "serve --tls" in words_of(find_all(page, ".notice")[0])
    assert visitor.get("/trust/authority.crt").status_code == 404

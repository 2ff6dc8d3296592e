"""The register page names holders, validity and standing, and sends the same as a file."""

import csv
import io
from collections.abc import Callable
from typing import Any

from tests.support.pages import SiteApp, Visitor
from tests.support.reporting import declare

Visit = Callable[..., Visitor]


def certify(site: SiteApp, number: str, at: str = "plant", **fields: Any) -> None:
    declare(
        site.business,
        "certificate",
        "2025",
        at,
        certificate=number,
        certificate_kind="green_factory",
        **fields,
    )


def test_a_register_without_certificates_says_what_to_do(visit: Visit) -> None:
    page = visit("chen", "plant").get("/register")
    assert page.status_code == 200
    assert "没有登记的证书" in page.text


def test_a_register_lists_certificates_and_links_their_records(site_app: SiteApp, visit: Visit) -> None:
    certify(site_app, "GF-2025-7", certificate_level="national", valid_until="2028-12-31")
    certify(site_app, "GF-2025-8", "yard", certificate_level="provincial", valid_until="2020-12-31")
    chen = visit("chen", "plant")
    page = chen.get("/register/province/430000").text
    assert "GF-2025-7" in page
    assert "国家级" in page
    assert "已过期" in page
    assert "GF-2025-7" in chen.get("/register/site/plant?kind=green_factory").text
    assert "GF-2025-7" not in chen.get("/register/site/plant?kind=green_park").text
    answer = chen.get("/register/province/430000/certificates.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert [(row["number"], row["standing"]) for row in rows] == [
        ("GF-2025-7", "valid"), ("GF-2025-8", "expired"),
    ]  # fmt: skip


def test_places_that_nobody_knows_have_no_register(visit: Visit) -> None:
    chen = visit("chen", "plant")
    for address, status in (
        ("/register/galaxy/CN", 400), ("/register/province/999900", 400), ("/register/site/nowhere", 404),
    ):  # fmt: skip
        assert chen.get(address).status_code == status

"""Each filter acts on each report page, or the page says that it does not apply."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.support.golden import NOW_MS
from tests.support.golden_book import open_book
from tests.support.markup import find_all, words_of
from tests.support.pages import enter_as
from tests.support.report_walk import OF_EVENTS
from traceability.services.directory.reference import ReferenceDocument, put_reference
from traceability.web.reports.filters.taken import OF_TODAY, TAKES
from traceability.web.shell.report_pages import FORMS

FILTERS = {
    "metal": "metal=Cu", "view": "view=event", "method": "method=supply", "direct_use": "direct_use=without", "strict": "strict=yes",
}  # fmt: skip
PLACES = {
    "province": "place=province:430000", "prefecture": "place=prefecture:430600", "county": "place=county:430681",
    "base": "place=base:miluo-park", "group": "member=510000&member=430000", "site": "place=site:guixi",
}  # fmt: skip
ADDRESSES = {
    "book.at": "/audit/book/at/60", "report.region": "/report/nation/CN", "report.products": "/report/nation/CN/products",
    "report.element": "/report/nation/CN/elements/Al",
}  # fmt: skip
"""Addresses of pages that have arguments; the others are their rules."""


@pytest.fixture(scope="module")
def auditor(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """An auditor of the scenario with a heat of a sealed month voided, so that both views of months differ."""
    book = open_book(tmp_path_factory.mktemp("filters"))
    night = ReferenceDocument("setting", "findings", {"night_from_hour": 0, "night_entries": 1})
    book.store.write(lambda writer: put_reference(writer, [night]))
    for number, month in enumerate(("2025-01", "2025-02", "2025-03")):
        book.golden.send({
            "schema": 1, "id": f"01970000-0000-7000-8000-00000000fff{number}", "kind": "seal", "site": "miluo",
            "event_time": "2025-04-02T09:00:00+08:00", "actor": "golden-corrector", "month": month,
        })  # fmt: skip
    book.golden.send({
        "schema": 1, "id": "01970000-0000-7000-8000-00000000ffe0", "kind": "collect", "site": "miluo",
        "event_time": "2025-03-30T09:00:00+08:00", "actor": "miluo-operator", "ticket": "ML-LATE-1",
        "supplier": "miluo-dismantlers", "vehicle": "truck-1", "weighing": {"gross_g": 33000000, "tare_g": 12500000},
        "source_class": "post", "origin": "430000", "channel": "offline", "radiation": "passed",
        "outputs": [{
            "form": "scrap", "material": "tense", "mass_g": 20500000, "metal_fraction": "0.9",
            "fraction_source": "default", "lot": "01970000-0000-7000-8000-00000000ffe1", "code": "89D5S7D13FM8",
        }],
    })  # fmt: skip
    book.golden.correct({"event": book.golden.event("H01")}, cascade=True)
    client = book.app.test_client()
    enter_as(client, book.store, "auditor", NOW_MS)
    client.set_cookie("language", "en")
    return client


def tell(auditor: FlaskClient, address: str, query: str) -> str:
    """Return what a page tells: everything but what it says it is of."""
    answer = auditor.get(f"{address}.json?{query}")
    assert answer.status_code == 200, (address, query, answer.text[:500])
    assert isinstance(answer.json, dict)
    told: dict[str, Any] = {key: value for key, value in answer.json.items() if key != "said"}
    return json.dumps(told, sort_keys=True)


def test_the_table_of_filters_has_each_report_page(auditor: FlaskClient) -> None:
    rules = auditor.application.url_map.iter_rules()
    pages = {
        rule.endpoint.removesuffix("_file")
        for rule in rules
        if "form" in rule.arguments and ".<any" in rule.rule
    }
    assert set(TAKES) == pages - OF_EVENTS - {"labels.send"}
    assert len(FORMS) == 4


@pytest.mark.parametrize("endpoint", sorted(TAKES))
def test_each_filter_acts_or_is_said_not_to(auditor: FlaskClient, endpoint: str) -> None:
    rules = {rule.endpoint: rule.rule for rule in auditor.application.url_map.iter_rules()}
    address = ADDRESSES.get(endpoint, rules[endpoint])
    whole = "period=2025-Q1&place=nation:CN"
    usual = tell(auditor, address, whole)
    acts = {name for name, query in FILTERS.items() if tell(auditor, address, f"{whole}&{query}") != usual}
    assert acts == TAKES[endpoint]
    in_path = endpoint.startswith("report.")  # their place stands in their path
    same = {
        name
        for name, query in PLACES.items()
        if not in_path and tell(auditor, address, f"period=2025-Q1&{query}") == usual
    }
    assert not same
    of_period = tell(auditor, address, "period=2025-02&place=nation:CN") != usual
    assert of_period == (endpoint not in OF_TODAY)
    page = auditor.get(f"{address}?{whole}&{'&'.join(FILTERS.values())}")
    offered = {
        str(node.attributes["name"])
        for node in find_all(page, "form.filters select, form.filters [type=checkbox]")
    }
    assert offered & set(FILTERS) == TAKES[endpoint]
    assert "These filters do not apply to this page" in words_of(page)
    of_usual = words_of(auditor.get(f"{address}?{whole}"))
    assert ("These filters do not apply to this page: period" in of_usual) == (endpoint in OF_TODAY)
    assert ("These filters do not apply" in of_usual) == (endpoint in OF_TODAY)

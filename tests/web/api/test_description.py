"""The description of the interface is true: its examples are accepted, and nothing is answered that it does not describe."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from werkzeug.serving import make_server

from tests.support.golden import NOW_MS
from tests.support.golden_book import Book, open_book
from tests.support.markup import find_all
from tests.support.pages import enter_as
from traceability.domain.kinds import KINDS
from traceability.locale import LANGUAGES, text
from traceability.services.directory.audit import Actor
from traceability.services.directory.sessions import READ, RECORD, make_token
from traceability.web.api.examples import DRAFTS, EXAMPLES
from traceability.web.api.openapi import write_document
from traceability.web.api.resource import OPERATIONS, PREFIX

ROOT = Path(__file__).resolve().parents[3]
OURS = {"Origin": "http://localhost"}
EXAMPLES_EACH = 5  # of right requests, and of wrong ones: 12 took 31 s


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Return the scenario, to which the examples are added."""
    return open_book(tmp_path_factory.mktemp("described"))


def test_there_is_an_example_of_each_kind_and_each_is_recorded_in_its_turn(book: Book) -> None:
    assert EXAMPLES.keys() == set(KINDS)
    refused: list[Any] = []
    for draft in DRAFTS:
        client = book.app.test_client()
        enter_as(client, book.store, draft["actor"], NOW_MS)
        answer = client.post(f"{PREFIX}/events?ask=1", json=draft, headers=OURS)
        if answer.status_code != 201:
            refused.append((draft["kind"], answer.status_code, answer.json))
    assert refused == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_described_has_words_and_a_schema_without_gaps(language: str) -> None:
    document = write_document(language)
    assert document["openapi"].startswith("3.1")
    for path, method, operation in list_written(document):
        words = [operation["summary"], operation["description"]]
        words += [parameter["description"] for parameter in operation["parameters"]]
        assert not [word for word in words if word.startswith("api.")], (path, method)
        for parameter in operation["parameters"]:
            assert parameter["schema"].get("type"), (path, parameter["name"])
    assert [
        name for name, schema in document["components"]["schemas"].items() if not schema["description"]
    ] == []
    untyped = [
        (name, key)
        for name, schema in document["components"]["schemas"].items()
        for key, told in schema["properties"].items()
        if not told.keys() & {"type", "$ref", "anyOf", "oneOf", "allOf", "enum"}
    ]
    assert untyped == []


def list_written(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_every_operation_with_a_call_and_links_that_answer(book: Book, language: str) -> None:
    page = book.ask("hunan-planner", "/docs", headers={"Accept-Language": language})
    assert page.status_code == 200
    assert len(page.data) < 290_000, "300 kB with its styles"
    assert [node.text() for node in find_all(page, "h1")] == [text("api.title", {}, language)]
    shown = [node.text().strip() for node in find_all(page, ".operation h3")]
    assert len(shown) == len(OPERATIONS)
    assert len(find_all(page, "pre.call")) >= len(OPERATIONS) + len(KINDS)
    tried = [str(node.attributes["href"]) for node in find_all(page, ".operation a.button")]
    assert len(tried) > 8
    for address in tried:
        assert book.ask("hunan-planner", address.removeprefix(PREFIX)).status_code == 200, address
    anchors = {str(node.attributes["href"]) for node in find_all(page, '.operation a[href^="#"]')}
    assert anchors <= {f"#{node.attributes['id']}" for node in find_all(page, "[id]")}


@pytest.mark.slow
def test_whatever_is_asked_is_answered_as_described(book: Book) -> None:
    """Generated requests, right ones and wrong ones: no 500, and no answer that the document does not know."""
    import schemathesis
    from schemathesis import GenerationMode, checks
    from schemathesis.specs.openapi import checks as of_document

    token = make_token(
        book.store, "miluo-supervisor", "all", [READ, RECORD], 30, Actor("auditor", NOW_MS, "")
    ).token
    held = [
        checks.not_a_server_error,
        of_document.status_code_conformance,
        of_document.content_type_conformance,
        of_document.response_schema_conformance,
    ]
    schema = schemathesis.openapi.from_dict(write_document("en"))
    schema.app = book.app
    asked: dict[str, set[int]] = {}
    calm = settings(
        max_examples=EXAMPLES_EACH, derandomize=True, deadline=None, database=None,
        suppress_health_check=list(HealthCheck), phases=[Phase.generate],
    )  # fmt: skip
    for found in schema.get_all_operations():
        operation = found.ok()  # type: ignore[union-attr]
        for mode in GenerationMode:

            @calm
            @given(operation.as_strategy(mode))
            def ask(case: Any) -> None:
                answer = case.call(headers={"Authorization": f"Bearer {token}"})
                case.validate_response(answer, checks=held)
                asked.setdefault(f"{case.method} {case.path}", set()).add(answer.status_code)

            ask()
    assert len(asked) == len(OPERATIONS)
    assert {200, 400, 404} <= set().union(*asked.values())
    assert sum(200 in statuses for statuses in asked.values()) > len(OPERATIONS) / 2, asked


def test_the_lines_that_the_docs_show_read_the_monthly_figures(book: Book) -> None:
    """They are run as they stand, but for the address and the token."""
    shown = re.findall(
        r"```python\n(.*?)```", (ROOT / "docs" / "api.md").read_text(encoding="utf-8"), re.DOTALL
    )
    assert len(shown) == 2
    token = make_token(book.store, "hunan-planner", "pandas", [READ], 30, Actor("auditor", NOW_MS, "")).token
    told: dict[str, Any] = {}
    with serve(book) as address:
        for lines in shown:
            exec(lines.replace("https://book.example", address).replace("nft_TOKEN", token), told)
    year = book.read(
        "hunan-planner", "/figures?level=province&code=430000&period=2025&indicator=recycled_output"
    )
    recycled = told["recycled"]
    assert list(recycled.index) == [f"2025-{month:02d}" for month in range(1, 13)]
    assert int(recycled["430000"].sum()) == year["place"]["figures"][0]["numerator"]
    within = [region for region in recycled.columns if region != "430000"]
    assert within
    assert int(recycled[within].sum().sum()) == int(recycled["430000"].sum())
    assert told["share"].notna().any()
    assert int(told["by_metal"].sum().sum()) == int(recycled["430000"].sum())
    assert told["by_metal"].columns.tolist() == ["Al", "Pb", "Zn"]


@contextmanager
def serve(book: Book) -> Iterator[str]:
    """Serve the application on a free port."""
    server = make_server("localhost", 0, book.app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()

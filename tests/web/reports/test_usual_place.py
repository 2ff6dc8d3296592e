"""A report page that names no place is of the region that somebody plans for or audits."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app import create_app
from tests.support.golden import NOW_MS, Golden
from tests.support.markup import find_one
from tests.support.pages import enter_as
from traceability.config import Settings
from traceability.domain.access import Assignment
from traceability.services.directory.people import Person, put_person

PAGES = ("/trend", "/why", "/what-if", "/flows", "/map")


@pytest.fixture
def enter(told: Golden, tmp_path: Path) -> Callable[[str, str], FlaskClient]:
    def enter(role: str, scope: str) -> FlaskClient:
        person = Person(f"{role}-{scope}", "Li", (Assignment(role, scope),))
        told.store.write(lambda writer: put_person(writer, person))
        client = create_app(
            Settings("", tmp_path, tmp_path, "k" * 40), told.store, lambda: NOW_MS
        ).test_client()
        enter_as(client, told.store, person.id, NOW_MS)
        return client

    return enter


@pytest.mark.parametrize(
    ("role", "scope", "place"), [("planner", "43", "province:430000"), ("auditor", "*", "nation:CN")]
)
def test_report_pages_open_on_the_own_region(
    enter: Callable[[str, str], FlaskClient], role: str, scope: str, place: str
) -> None:
    client = enter(role, scope)
    for page in PAGES:
        chosen = find_one(client.get(page), "#f-place option[selected]")
        assert chosen.attributes["value"] == place, page
    asked = find_one(client.get("/trend?place=prefecture:430600"), "#f-place option[selected]")
    assert asked.attributes["value"] == ("prefecture:430600")

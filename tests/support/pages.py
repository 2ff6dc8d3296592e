"""Ask for pages of the web application like a browser does, on a small world, signed in as somebody
of the cast.

`site_app`  the application with the cast of ``business``; `visit` a client: ``visit("wang").get("/")``;
`address` where it is served, for a real browser
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from app import create_app
from graph.store import Store
from tests.support.business import NOW_MS, PEOPLE, Business, open_business, put_people
from tests.support.markup import attributes_of, find_all
from tests.support.reading import ask
from traceability.config import Settings
from traceability.domain.lot import Lot
from traceability.services.directory.people import find_person, hash_password
from traceability.services.directory.sessions import begin_session
from traceability.services.tracing.lots import find_lots_by_code
from traceability.web.shell.security import binding_of

PASSWORD = "correct horse"
HOST = "localhost"


@dataclass
class SiteApp:
    """The application, its store in the words of the trade, and its clock."""

    app: Flask
    business: Business
    now_ms: int = NOW_MS

    @property
    def store(self) -> Store:
        """Return the store behind the pages."""
        return self.business.store

    def find_lot(self, code: str) -> Lot | None:
        """Return the lot that a code is bound to."""
        return ask(self.store, find_lots_by_code, [code]).get(code)


@pytest.fixture
def site_app(sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SiteApp:
    """Provide pages on a store with the cast; everybody has the same password."""
    return open_site(sqlite_store, tmp_path, monkeypatch)


def open_site(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SiteApp:
    """Return the application on an empty store, with the cast in it."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # argon2id is slow on purpose
    monkeypatch.setattr("traceability.services.directory.people._hasher", lambda: quick)
    hashed = hash_password(PASSWORD)
    open_business(store)
    with store.read() as reader:
        people = [found for id_ in PEOPLE if (found := find_person(reader, id_))]
    put_people(store, *(person._replace(password=hashed) for person in people))
    settings = Settings("", tmp_path, tmp_path / "blobs", "k" * 40, f"http://{HOST}")
    made = SiteApp(Flask("none"), Business(store))
    made.app = create_app(settings, store, lambda: made.now_ms)
    return made


@pytest.fixture
def address(site_app: SiteApp) -> Iterator[str]:
    """Serve the application on a free port; return its address."""
    server = make_server("localhost", 0, site_app.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class Visitor:
    """A browser without scripts: follows nothing by itself, sends the CSRF token that the last page held."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.token = ""

    def get(self, path: str, **options: Any) -> TestResponse:
        """Open a page."""
        return self._remember(self.client.get(path, **options))

    def post(self, path: str, data: dict[str, Any], **options: Any) -> TestResponse:
        """Send a form."""
        return self._remember(self.client.post(path, data={"csrf_token": self.token, **data}, **options))

    def sign_in(self, person: str, password: str = PASSWORD, wanted: str = "/") -> TestResponse:
        """Sign in on the sign-in page."""
        self.get("/sign-in")
        return self.post("/sign-in", {"person": person, "password": password, "next": wanted})

    def work_at(self, site: str) -> "Visitor":
        """Choose a site."""
        self.get("/site")
        assert self.post("/site", {"site": site}).status_code == 302
        self.get("/")
        return self

    def _remember(self, answer: TestResponse) -> TestResponse:
        if answer.mimetype == "text/html":
            for token in attributes_of(answer, "[name=csrf_token]", "value")[:1]:
                self.token = token
        return answer


@pytest.fixture
def visit(site_app: SiteApp) -> Callable[..., Visitor]:
    """Return a client:

    ``visit()`` signed out, ``visit("wang", "yard")`` signed in and at a site.
    """

    def visit(person: str = "", site: str = "") -> Visitor:
        visitor = Visitor(site_app.app.test_client())
        if person:
            assert visitor.sign_in(person).status_code == 302
            visitor.get("/")
        return visitor.work_at(site) if site else visitor

    return visit


def enter_as(client: FlaskClient, store: Store, person_id: str, now_ms: int = NOW_MS, site: str = "") -> None:
    """Give a client the cookies of somebody who signed in before, and works at a site."""
    person = ask(store, find_person, person_id)
    assert person is not None
    begun = store.write(lambda writer: begin_session(writer, person, now_ms))
    client.set_cookie("session", begun.token)
    with client.session_transaction() as session:
        session.update(of=binding_of(begun.token), person=person_id, site=site)


def problems_of(answer: TestResponse) -> list[str]:
    """Return the reasons in the error summary."""
    return [item.text().strip() for item in find_all(answer, ".errors li")]


def errors_beside(answer: TestResponse) -> dict[str, str]:
    """Return what stands beside the fields, by their names."""
    errors: dict[str, str] = {}
    for node in find_all(answer, "div[id$=-error]"):
        for spoken in node.css(".unseen"):
            spoken.decompose()
        errors[(node.attributes["id"] or "").removesuffix("-error")] = node.text().strip()
    return errors


def value_of(answer: TestResponse, name: str) -> str:
    """Return what stands in an input."""
    values = attributes_of(answer, f'input[name="{name}"]', "value")
    assert values, f"no input {name}"
    return values[0]

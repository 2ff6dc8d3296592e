"""Open the golden scenario behind the application, and ask its interface for programs as anybody."""

from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from app import create_app
from graph import open_store
from graph.store import Store
from tests.support.golden import NOW_MS, Golden, load_golden
from tests.support.pages import enter_as
from traceability.config import Settings
from traceability.web.api.resource import PREFIX


class Book:
    """The golden scenario behind the application."""

    def __init__(self, app: Flask, store: Store) -> None:
        self.app = app
        self.store = store
        self.golden = Golden(store)

    def ask(self, person: str, path: str, **options: Any) -> TestResponse:
        """Return what a person signed in is answered; '' is a stranger."""
        client = self.app.test_client()
        if person:
            enter_as(client, self.store, person, NOW_MS)
        return client.get(PREFIX + path, **options)

    def read(self, person: str, path: str) -> Any:
        """Return the JSON of an answer."""
        answer = self.ask(person, path)
        assert answer.status_code == 200, answer.text
        return answer.json

    def read_all(self, person: str, path: str, key: str) -> list[Any]:
        """Return the items of a list, read page by page by its links."""
        items: list[Any] = []
        following: str | None = path
        while following:
            page = self.read(person, following.removeprefix(PREFIX))
            items += page[key]
            following = page["next"]
        return items


def open_book(folder: Path) -> Book:
    """Return the scenario in a folder of its own."""
    store = open_store(f"sqlite:///{folder}/golden.db")
    store.migrate()
    load_golden(store)
    settings = Settings("", folder, folder / "blobs", "k" * 40, "http://localhost")
    return Book(create_app(settings, store, lambda: NOW_MS), store)

"""Serve the demo to a real browser, at a time shortly after its last month, and sign people in without typing."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import playwright.sync_api as playwright
from flask import Flask
from werkzeug.serving import make_server

from app import create_app
from graph.store import Store
from tests.support.demo import NOW_MS
from tests.support.pages import HOST, enter_as
from traceability.config import Settings

COOKIES = ("session", "form")


@dataclass(frozen=True, slots=True)
class Served:
    """The demo behind the application, and where it is served."""

    app: Flask
    store: Store
    address: str
    now_ms: int = NOW_MS

    def sign_in(self, context: playwright.BrowserContext, person: str, site: str = "") -> None:
        """Give a browser the cookies of somebody who signed in before, and works at a site."""
        client = self.app.test_client()
        enter_as(client, self.store, person, self.now_ms, site)
        for name in COOKIES:
            cookie = client.get_cookie(name)
            assert cookie is not None
            context.add_cookies([{"name": name, "value": cookie.value, "url": self.address}])


def make_demo_app(store: Store, folder: Path, now_ms: int = NOW_MS) -> Flask:
    """Return the application on a book that holds the demo, or another at its own time."""
    settings = Settings("", folder, folder / "blobs", "k" * 40, f"http://{HOST}")
    return create_app(settings, store, lambda: now_ms)


@contextmanager
def serve_demo(store: Store, folder: Path, now_ms: int = NOW_MS) -> Iterator[Served]:
    """Serve a book that holds the demo, or another at its own time, on a free port."""
    app = make_demo_app(store, folder, now_ms)
    server = make_server(HOST, 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Served(app, store, f"http://{HOST}:{server.server_port}", now_ms)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

"""A served application for tests of the queue of devices: with the real time, at an address that outlives a restart, and
with answers that get lost after the commit.
"""

import io
import json
import socket
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, cast

import pytest
from werkzeug.serving import BaseWSGIServer, make_server
from werkzeug.wsgi import ClosingIterator

from app import create_app
from graph.store import EventFilter, Store
from tests.support.gunicorn import free_port
from tests.support.pages import SiteApp, open_site
from tests.support.reading import ask
from traceability.config import Settings
from traceability.domain.event import Event

EVENTS = "/api/v1/events"


class QueueSite:
    """The application of the cast.

    Of each message of events, counted from 0, ``loses`` says whether its answer is lost, and ``refuses``, which is told
    how many events it has, what is answered in the application's place: (status, headers), None for nothing.
    """

    def __init__(self, store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.site: SiteApp = open_site(store, folder, monkeypatch)
        settings = Settings("", folder, folder / "blobs", "k" * 40, "http://localhost")
        self.app = create_app(settings, store, lambda: time.time_ns() // 1_000_000)
        self.port = free_port()
        self.address = f"http://localhost:{self.port}"
        self.loses: Callable[[int], bool] = lambda number: False
        self.refuses: Callable[[int, int], tuple[str, dict[str, str]] | None] = lambda number, events: None
        self.messages = 0
        self.sizes: list[int] = []  # of the messages
        self.ids: list[str] = []  # of all events that were sent, as often as they were
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Serve; what was stored before is there."""
        self._server = make_server("localhost", self.port, self, threaded=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def stop(self) -> None:
        """Stop serving; the address answers nobody."""
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
            self._server = None

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer a request, or tear the connection where its answer is to be lost."""
        if (environ["REQUEST_METHOD"], environ["PATH_INFO"]) != ("POST", EVENTS):
            return self.app(environ, start_response)
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        environ["wsgi.input"] = io.BytesIO(body)
        ids = [draft["id"] for draft in json.loads(body)["events"]]
        number, self.messages = self.messages, self.messages + 1
        self.ids += ids
        self.sizes.append(len(ids))
        refused = self.refuses(number, len(ids))
        if refused is not None:
            status, headers = refused
            start_response(status, list(headers.items()))
            return []
        answer = self.app(environ, start_response)
        if self.loses(number):
            cast("ClosingIterator", answer).close()  # what it stored is committed
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            return []
        return answer

    def list_events(self, site: str = "yard") -> list[Event]:
        """Return the events of a site that are in force."""
        return ask(self.site.store, lambda reader: reader.list_events(EventFilter(site), limit=5_000)[0])

"""Run a whole gunicorn as people run it, and clients that post events and send again what was not
answered.
"""

import http.client
import json
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from graph import open_store
from tests.support.gunicorn import Gunicorn
from tests.support.markup import attributes_of
from traceability.services.directory.people import set_password

PERSON, PASSWORD = "chen", "correct horse"
IDLE_SECONDS = 2  # less than the server keeps a silent connection


class Answer(NamedTuple):
    """What the server said."""

    status: int
    type: str
    body: Any
    headers: Mapping[str, str]
    cookies: Mapping[str, str]


class Served(Gunicorn):
    """gunicorn on a book with a person who may sign in; ``kill9`` it, and ``start`` it again."""

    def __init__(self, url: str, folder: Path, workers: int = 4) -> None:
        super().__init__(url, folder, workers)
        folder.mkdir(parents=True, exist_ok=True)
        store = open_store(url)
        set_password(store, PERSON, PASSWORD)
        store.close()

    def kill9(self) -> None:
        """Send SIGKILL to the master and all its workers at once; harmless when it does not run."""
        self.stop(signal.SIGKILL)

    def __enter__(self) -> "Served":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill9()

    def sign_in(self) -> str:
        """Return the cookies of a signed-in person; they are valid over restarts."""
        client = Client(self, "")
        page = client.ask("GET", "/sign-in")
        assert page.status == 200, self.said()
        (token,) = attributes_of(page.body, "form [name=csrf_token]", "value")
        form = urlencode({"csrf_token": token, "person": PERSON, "password": PASSWORD, "next": "/"})
        answer = client.ask(
            "POST",
            "/sign-in",
            form.encode(),
            {"Content-Type": "application/x-www-form-urlencoded", "Cookie": _join(page.cookies)},
        )
        assert answer.status == 302, (answer.status, answer.body, self.said())
        return _join({**page.cookies, **answer.cookies})


def _join(cookies: Mapping[str, str]) -> str:
    """Return the header that sends these cookies; one that was set to nothing is gone."""
    return "; ".join(f"{name}={value}" for name, value in cookies.items() if value)


@dataclass
class Client:
    """One connection of one person, opened again whenever it broke."""

    served: Served
    cookie: str
    timeout: float = 60.0
    language: str = "zh"
    statuses: dict[int, int] = field(default_factory=dict)
    _connection: http.client.HTTPConnection | None = None
    _used: float = 0.0

    def ask(
        self, method: str, path: str, content: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send one request. Raises OSError or HTTPException where no complete answer came."""
        if time.monotonic() - self._used > IDLE_SECONDS:
            self.close()
        self._used = time.monotonic()
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.served.port, timeout=self.timeout)
        sent = {"Cookie": self.cookie} if self.cookie else {}
        try:
            self._connection.request(method, path, content, {**sent, **(headers or {})})
            response = self._connection.getresponse()
            raw = response.read()
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        self.statuses[response.status] = self.statuses.get(response.status, 0) + 1
        kind = response.headers.get_content_type()
        body = json.loads(raw) if "json" in kind else raw.decode(errors="replace")
        found = dict(response.headers)
        set_here = SimpleCookie("\n".join(response.headers.get_all("Set-Cookie", [])))
        cookies = {name: morsel.value for name, morsel in set_here.items()}
        if response.headers.get("Connection", "").lower() == "close":
            self.close()
        return Answer(response.status, kind, body, found, cookies)

    def post(self, body: object) -> Answer:
        """Post an event or a batch of them, as JSON."""
        return self.post_bytes(json.dumps(body).encode())

    def post_bytes(self, content: bytes, kind: str = "application/json") -> Answer:
        """Post bytes that claim to be events."""
        origin = f"http://127.0.0.1:{self.served.port}"
        headers = {"Origin": origin, "Accept-Language": self.language}
        return self.ask("POST", "/api/v1/events", content, headers | ({"Content-Type": kind} if kind else {}))

    def post_until_answered(self, body: object, seconds: float = 120) -> Answer:
        """Post as a phone does: the same event again until the server says what became of it."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                answer = self.post(body)
                if answer.status != 503:
                    return answer
            except (OSError, http.client.HTTPException):
                pass
            assert time.monotonic() < deadline, f"no answer in {seconds} s\n{self.served.said()}"
            time.sleep(0.05)

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

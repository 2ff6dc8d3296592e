"""Hand readings of a scale to the system: into the store of this machine, or to a server by its address and a token."""

import json
import os
from http.client import HTTPException
from pathlib import Path
from threading import Condition, Thread
from types import TracebackType
from typing import Any, Protocol
from urllib.error import HTTPError
from urllib.parse import quote, urlsplit
from urllib.request import Request, urlopen

from graph.store import Store
from scanners.scales.formats import FORMATS
from scanners.scales.live import LiveWeight
from traceability.cli.session import now_ms
from traceability.domain.errors import BadInput, NotAllowed, StoreError, StoreUnavailable, TraceabilityError
from traceability.services.directory.scales import Scale, choose_scale, list_scales
from traceability.services.recording.scale_readings import keep_reading

TOKEN = "TRACEABILITY_TOKEN"
SECONDS = 5  # for a server to answer
MOST_BYTES = 1_000_000
CLOSING_SECONDS = 2
REFUSALS = (401, 403, 404)


class Destination(Protocol):
    """Whoever takes readings of one scale."""

    scale: Scale

    def send(self, weight: LiveWeight) -> None:
        """Hand on a reading. Raises StoreError where it could not be taken now, NotAllowed where never."""


class StoreDestination:
    """The store of this machine."""

    def __init__(self, store: Store, site: str, name: str) -> None:
        """Find the scale. Raises NotFound."""
        self._store = store
        with store.read() as reader:
            self.scale = choose_scale(list_scales(reader, [site]), site, name)

    def send(self, weight: LiveWeight) -> None:
        """Keep a reading. Raises StoreError."""
        keep_reading(self._store, self.scale.site, self.scale.id, weight, now_ms())


class ServerDestination:
    """A server, asked as a program with a token of scope ``record``."""

    def __init__(self, server: str, token_file: Path | None, site: str, name: str) -> None:
        """Ask the server for the scale. Raises BadInput, NotAllowed, NotFound, StoreUnavailable."""
        parts = urlsplit(server)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise BadInput("cli.scale_bad_server")
        self._server = server.rstrip("/")
        token = token_file.read_text(encoding="utf-8") if token_file else os.environ.get(TOKEN, "")
        self._token = token.strip()
        if not (self._token.isascii() and self._token.isprintable() and self._token):
            raise BadInput("cli.scale_no_token", variable=TOKEN)
        told = self._ask(f"/scales/of/{quote(site, safe='')}.json")
        try:
            known = [_decode(one) for one in told["scales"]]
        except (KeyError, TypeError) as error:
            raise BadInput("cli.scale_bad_answer") from error
        self.scale = choose_scale(known, site, name)

    def send(self, weight: LiveWeight) -> None:
        """Send a reading. Raises NotAllowed, StoreUnavailable."""
        body = {"state": weight.state, "mass_g": weight.mass_g, "raw": weight.raw, "dropped": weight.dropped}
        self._ask(f"/scales/{quote(self.scale.id, safe='')}/reading", body)

    def _ask(self, path: str, body: object = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        request = Request(self._server + path, data, headers)
        try:
            with urlopen(request, timeout=SECONDS) as answer:
                told = json.loads(answer.read(MOST_BYTES))
        except HTTPError as error:
            error.close()
            if error.code in REFUSALS:
                raise NotAllowed("cli.scale_refused", status=error.code) from error
            raise StoreUnavailable("cli.scale_unreachable", reason=str(error.code)) from error
        except (OSError, HTTPException) as error:  # not reached, or broken off
            reason = str(getattr(error, "reason", "") or error)
            raise StoreUnavailable("cli.scale_unreachable", reason=reason) from error
        except (
            ValueError
        ) as error:  # a page of whatever stands before a server that is being mended, or half an answer
            raise StoreUnavailable("cli.scale_bad_answer") from error
        if not isinstance(told, dict):
            raise StoreUnavailable("cli.scale_bad_answer")
        return told


def _decode(told: dict[str, Any]) -> Scale:
    """Return a scale as a server tells it. Raises KeyError, TypeError."""
    if told["format"] not in FORMATS or not isinstance(told["division_g"], int):
        raise TypeError("a format or division of another version")
    return Scale(
        told["id"], told["site"], told["name"], told["format"], told["unit"], told["division_g"],
        told["pattern_text"], told["baud"], told["bits"], told["address"],
    )  # fmt: skip


class Courier:
    """Hands on readings beside whoever reads the scale, so that a slow server holds up no frame: the newest counts.

    ``trouble`` is why the last could not be handed on now, None where it was.
    """

    def __init__(self, destination: Destination) -> None:
        self._destination = destination
        self._changed = Condition()
        self._next: LiveWeight | None = None
        self._ended = False
        self._refusal: TraceabilityError | None = None
        self.trouble: TraceabilityError | None = None
        self._thread = Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Courier":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Say that nothing is read any more, and wait a moment for it to be taken."""
        self.hand_on(LiveWeight("silent"))
        with self._changed:
            self._ended = True
            self._changed.notify()
        self._thread.join(CLOSING_SECONDS)

    def hand_on(self, weight: LiveWeight) -> None:
        """Have a reading handed on, in place of one that still waits."""
        with self._changed:
            self._next = weight
            self._changed.notify()

    def check(self) -> None:
        """Raise what stands against handing on anything at all."""
        if self._refusal is not None:
            raise self._refusal

    def _run(self) -> None:
        while True:
            with self._changed:
                while self._next is None and not self._ended:
                    self._changed.wait()
                weight, self._next = self._next, None
            if weight is None:
                return
            try:
                self._destination.send(weight)
                self.trouble = None
            except StoreError as error:
                self.trouble = error
            except TraceabilityError as error:
                self._refusal = error
                return

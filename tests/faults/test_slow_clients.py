"""Slow uploads, open heads and slow readers keep nobody else waiting."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress

import pytest

from tests.faults.serving import Client, Served

# What slow clients do comes before any store, so one engine is enough.
pytestmark = [pytest.mark.slow, pytest.mark.parametrize("book_url", ["sqlite"], indirect=True)]

SOON_S = 5.0  # some 0.1 s on an idle machine
BEFORE_S, WATCH_S = 2.0, 5.0  # who is kept waiting is so from the first second


def _upload(cookie: str) -> bytes:
    head = "POST /collect HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4000000\r\n"
    return (
        head + f"Cookie: {cookie}\r\nContent-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n"
    ).encode()


@contextmanager
def _dripping(served: Served, count: int, start: bytes) -> Iterator[list[socket.socket]]:
    """Open so many connections that send a byte a second, until the block ends."""
    ended = threading.Event()
    with ExitStack() as stack:
        opened = [
            stack.enter_context(closing(socket.create_connection(("127.0.0.1", served.port), 10)))
            for _ in range(count)
        ]
        for connection in opened:
            connection.sendall(start)

        def drip() -> None:
            while not ended.wait(1):
                for connection in opened:
                    with suppress(OSError):
                        connection.sendall(b"x")

        dripping = threading.Thread(target=drip)
        dripping.start()
        try:
            yield opened
        finally:
            ended.set()
            dripping.join()


def _slowest(served: Served, cookie: str, watch_s: float) -> float:
    """Return the longest time that others waited for /livez and for a page meanwhile, in seconds."""
    slowest = 0.0
    until = time.monotonic() + watch_s
    while time.monotonic() < until:
        for path in ("/livez", "/lots"):
            client = Client(served, cookie, timeout=30)
            started = time.monotonic()
            assert client.ask("GET", path).status == 200
            slowest = max(slowest, time.monotonic() - started)
            client.close()
        time.sleep(0.2)
    return slowest


SLOW: list[tuple[str, int, Callable[[str], bytes]]] = [
    ("uploads of people", 16, _upload),
    ("uploads of people", 48, _upload),
    ("uploads of strangers", 48, lambda _: _upload("")),
    ("open heads", 300, lambda _: b"GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Slow: "),
]


def test_others_are_answered(served: Served, client: Client) -> None:
    before = _slowest(served, client.cookie, BEFORE_S)  # of this machine, as busy as it is
    for name, count, start in SLOW:
        with _dripping(served, count, start(client.cookie)):
            slowest = _slowest(served, client.cookie, WATCH_S)
        print(f"{count} {name}: others waited {slowest:.2f} s at most, {before:.2f} s before")
        assert slowest < max(SOON_S, 5 * before), (name, count)
        assert "Traceback" not in served.said(), (name, count)


def test_a_head_that_is_never_complete_is_cut_off(served: Served) -> None:
    with _dripping(served, 1, b"GET /livez HTTP/1.1\r\nX-Slow: ") as (connection,):
        connection.settimeout(20)
        assert connection.recv(100) == b""

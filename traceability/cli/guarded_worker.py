"""Keep slow clients away from the threads that answer: gunicorn's threaded worker in two stages.

    connection threads, many:  read head and body (deadlines) ──▶ hand over ──▶ send the answer
    answering threads, few:                                        the application, which never waits for a client

A thread that waits for bytes costs next to nothing, one that answers has a connection to the store. So a request is
given to the application when its body is here, and the client is sent what the application has finished. Bodies and
answers beyond a megabyte wait in files. A head that is not complete in time, and a body that stops or crawls, is cut
off. ``/livez`` needs no answering thread: it is answered while all of them wait for a silent store.

A request that takes long is only slow as long as the store answers somebody else (``/healthz``, asked beside it); where
it does not, the client is told so (503) and the thread left to wait.
"""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import suppress
from functools import partial
from ssl import SSLSocket
from tempfile import SpooledTemporaryFile
from typing import Any
from wsgiref.util import FileWrapper, setup_testing_defaults

from gunicorn.glogging import Logger
from gunicorn.http import get_parser
from gunicorn.workers.gthread import ThreadWorker

from traceability.services.upkeep.log_lines import PlainFormatter

ANSWERING = 8  # threads of a worker, each with a connection to the store
HEAD_S = 10.0  # until the head of a request is complete
STALL_S = 20.0  # between two pieces of a body
SLOWEST = 1024  # bytes a second, on average: a photo of 4 MB may take an hour
SEND_S = 600.0  # to answer and send
LONG_S = 11.0  # after which the store is asked whether it answers at all
PROBE_S = 5.0  # so that 503 comes within 20 s
IN_MEMORY = 1 << 20
MOST_OF_STRANGERS = 1_200_000  # without a cookie or key; what is longer, the application refuses unread
MOST = 62 << 20
TLS_HANDSHAKE = b"\x16"  # the first byte of a connection with TLS
_PIECE = 1 << 16

SILENT_TITLE = "暂时不可用 · Not available now"
SILENT_DETAIL = (
    "数据库没有响应。请返回上一页，稍后再次提交：同一表单或事件只会记录一次。 · "
    "The database does not answer. Go back and send it again in a moment: the same form or event is recorded once."
)

Answer = tuple[str, list[tuple[str, str]], Iterable[bytes]]
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class PlainLogger(Logger):  # type: ignore[misc]
    """gunicorn's log, whose lines cannot be forged by what is sent."""

    def setup(self, cfg: Any) -> None:
        """Set the format of its handlers."""
        super().setup(cfg)
        for handler in (*self.error_log.handlers, *self.access_log.handlers):
            handler.setFormatter(PlainFormatter(self.error_fmt))


class GuardedWorker(ThreadWorker):  # type: ignore[misc]
    """A threaded worker whose application never waits for a client."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deadlines: dict[Any, float] = {}
        self.wsgi: Any = None

    def init_process(self) -> None:
        """Start the threads that answer, then serve."""
        self._answering = ThreadPoolExecutor(ANSWERING, "answering")
        self._probing = ThreadPoolExecutor(1, "probing")
        self._probe_lock = threading.Lock()
        self._probe: Future[bool] | None = None
        super().init_process()

    def load_wsgi(self) -> None:
        """Load the application, to be called by a thread that answers."""
        super().load_wsgi()
        application: Wsgi = self.wsgi

        def hand_over(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            if environ.get("PATH_INFO") == "/livez":
                return application(environ, start_response)
            answer = self._answering.submit(_finish, application, environ)
            while True:
                try:
                    status, headers, body = answer.result(LONG_S)
                except FutureTimeout:
                    if self._store_answers(application):
                        continue
                    answer.cancel()  # where it has not begun, it never will
                    status, headers, body = _say_silent(environ)
                start_response(status, headers)
                return body

        self.wsgi = hand_over

    def _store_answers(self, application: Wsgi) -> bool:
        """Return whether the store answers within ``PROBE_S``; all who ask at once wait for one probe."""
        with self._probe_lock:
            if self._probe is None or self._probe.done():
                self._probe = self._probing.submit(_is_healthy, application)
            probe = self._probe
        try:
            return probe.result(PROBE_S)
        except FutureTimeout:
            return False

    def handle(self, conn: Any) -> Any:
        """Read and answer a request; until its head is complete there is a deadline."""
        self._deadlines[conn] = time.monotonic() + HEAD_S
        if self.cfg.is_ssl and not conn.initialized:
            conn.init = partial(_begin, conn, conn.init)
        try:
            return super().handle(conn)
        finally:
            self._deadlines.pop(conn, None)

    def handle_request(self, req: Any, conn: Any) -> Any:
        """Take in the body of a request, then answer it."""
        if self.cfg.is_ssl and not isinstance(conn.sock, SSLSocket):
            req.scheme = "http"
        req.body = self._take_in(req, conn)
        self._deadlines[conn] = time.monotonic() + SEND_S
        return super().handle_request(req, conn)

    def _take_in(self, req: Any, conn: Any) -> Any:
        """Return the body, read to its end; one that is too long is left to the application, which refuses it."""
        headers = dict(req.headers)
        length, chunked = headers.get("CONTENT-LENGTH", ""), "TRANSFER-ENCODING" in headers
        most = MOST if "COOKIE" in headers or "AUTHORIZATION" in headers else MOST_OF_STRANGERS
        if not chunked and (not length.isdecimal() or not 0 < int(length) <= most):
            self._deadlines[conn] = time.monotonic() + STALL_S
            return req.body
        if headers.get("EXPECT", "").lower() == "100-continue":
            conn.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            req.headers = [header for header in req.headers if header[0] != "EXPECT"]
        taken: Any = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - lives as long as the request
        started, count = time.monotonic(), 0
        while count <= most:
            slowest = started + STALL_S + count / SLOWEST
            self._deadlines[conn] = min(time.monotonic() + STALL_S, slowest)
            piece = req.body.read(_PIECE)
            if not piece:
                break
            taken.write(piece)
            count += len(piece)
        taken.seek(0)
        return taken

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Do what is due, and cut off who is late."""
        super().wait_for_and_dispatch_events(timeout)
        now = time.monotonic()
        for conn, deadline in list(self._deadlines.items()):
            if now > deadline:
                with suppress(OSError):  # the thread that waits for it sees its end
                    conn.sock.shutdown(socket.SHUT_RDWR)


def _begin(conn: Any, encrypt: Callable[[], None]) -> None:
    """Begin a connection on a port with TLS; one without it is taken too, as a phone has to be told whom to trust first.

    What is asked without encryption, the application leads to https (``web/shell/security.py``).
    """
    conn.sock.setblocking(True)
    if conn.sock.recv(1, socket.MSG_PEEK) in (TLS_HANDSHAKE, b""):
        encrypt()
        return
    conn.initialized = True
    conn.parser = get_parser(conn.cfg, conn.sock, conn.client)


def _finish(application: Wsgi, environ: dict[str, Any]) -> Answer:
    """Return the whole answer, so that nothing of the application is left when it is sent."""
    begun: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], fault: Any = None) -> None:
        begun[:] = [(status, headers)]

    pieces = application(environ, start_response)
    if isinstance(pieces, environ["wsgi.file_wrapper"]):
        return (*begun[0], pieces)
    finished: Any = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - closed when it is sent
    try:
        for piece in pieces:
            finished.write(piece)
    finally:
        close = getattr(pieces, "close", None)
        if close:
            close()
    finished.seek(0)
    return (*begun[0], _pieces_of(finished))


def _pieces_of(file: Any) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece


def _is_healthy(application: Wsgi) -> bool:
    environ: dict[str, Any] = {"PATH_INFO": "/healthz"}
    setup_testing_defaults(environ)
    environ["wsgi.file_wrapper"] = FileWrapper
    return _finish(application, environ)[0].startswith("200")


def _say_silent(environ: dict[str, Any]) -> Answer:
    """Return what a client is told whose request waits for a store that does not answer."""
    if environ.get("PATH_INFO", "").startswith("/api/"):
        kind = "application/problem+json"
        text = json.dumps({
            "type": "about:blank", "status": 503, "title": SILENT_TITLE, "code": "store.silent", "detail": SILENT_DETAIL,
        }, ensure_ascii=False)  # fmt: skip
    else:
        kind = "text/html; charset=utf-8"
        text = (
            f'<!doctype html><html lang="zh"><meta charset="utf-8"><title>{SILENT_TITLE}</title>'
            f"<h1>{SILENT_TITLE}</h1><p>{SILENT_DETAIL}</p>"
        )
    body = text.encode()
    headers = [
        ("Content-Type", kind), ("Content-Length", str(len(body))), ("Retry-After", "10"),
        ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"),
        ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"), ("Referrer-Policy", "no-referrer"),
    ]  # fmt: skip
    return "503 Service Unavailable", headers, [body]

"""Run a whole gunicorn as people run it, on a free port."""

import os
import signal
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from tests.support.parts import ROOT

START_SECONDS = 120  # some 2 s on an idle machine


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Gunicorn:
    """The application on a store; port and data folder survive ``stop`` and ``start``."""

    def __init__(self, url: str, folder: Path, workers: int) -> None:
        self.url = url
        self.folder = folder
        self.workers = workers
        self.log = folder / "gunicorn.log"
        self.port = free_port()
        self.address = f"http://localhost:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; return when it answers, whether or not it reaches its store."""
        assert self._process is None, "it runs already"
        environ = {name: text for name, text in os.environ.items() if not name.startswith("TRACEABILITY_")}
        environ |= {
            "TRACEABILITY_STORE": self.url,
            "TRACEABILITY_DATA": str(self.folder),
            "TRACEABILITY_SECRET_KEY": "k" * 40,
            "TRACEABILITY_PUBLIC_URL": self.address,
        }
        # A killed test run leaves no server behind: the kernel ends the master with us, and its workers follow.
        command = [
            "setpriv", "--pdeathsig", "KILL", sys.executable, "-m", "gunicorn",
            "--config", "python:traceability.cli.gunicorn_settings",
            "--bind", f"127.0.0.1:{self.port}", "--workers", str(self.workers), "app:create_app()",
        ]  # fmt: skip
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            assert self._process.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
            connection.request("GET", "/livez")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False

    def stop(self, how: signal.Signals) -> None:
        """Send a signal to the master and all its workers at once; harmless when it does not run."""
        if self._process is not None:
            os.killpg(self._process.pid, how)
            self._process.wait(30)
            self._process = None

    def said(self) -> str:
        """Return its log."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-8000:]

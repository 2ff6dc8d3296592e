"""A served installation for browser tests: gunicorn with the real application on a store."""

import os
import signal
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from graph.store import Store
from tests.support.parts import ROOT

START_SECONDS = 120


class Site:
    """gunicorn on a free port; ``address`` is what the browser opens."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store = store
        self.folder = folder
        self.log = folder / "gunicorn.log"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.address = f"http://localhost:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Site":
        environ = {name: text for name, text in os.environ.items() if not name.startswith("TRACEABILITY_")}
        environ |= {
            "TRACEABILITY_STORE": self.store.url,
            "TRACEABILITY_DATA": str(self.folder),
            "TRACEABILITY_SECRET_KEY": "k" * 40,
            "TRACEABILITY_PUBLIC_URL": self.address,
        }
        command = [
            sys.executable, "-m", "gunicorn", "--config", "python:traceability.cli.gunicorn_settings",
            "--bind", f"127.0.0.1:{self.port}", "--workers", "1", "app:create_app()",
        ]  # fmt: skip
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            assert self._process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)
        return self

    def _answers(self) -> bool:
        try:
            connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
            connection.request("GET", "/livez")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait(30)

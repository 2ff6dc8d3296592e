"""Start the system as people start it, ``traceability serve``, in a folder of its own.

`started`  the environments that a start hands to the worker and to gunicorn, which are not started
"""

import contextlib
import os
import re
import signal
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph import open_store

START_S = 60  # a second on an idle machine


class Service:
    """``traceability serve`` in a folder of its own."""

    def __init__(self, folder: Path, data: str, *options: str) -> None:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("TRACEABILITY_")}
        self.out = folder / "out.txt"
        with self.out.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "traceability.cli", "serve", "--data", data, "--port", "0", "--language", "en", *options],
                cwd=folder, env=environ, stdout=out, stderr=subprocess.STDOUT,
            )  # fmt: skip
        self.store = open_store(self._wait(r"Store: (\S+)"))
        self.address = self._wait(r"Serving at (\S+)")
        self.authority = folder / "data" / "tls" / "authority.crt"
        until = time.monotonic() + START_S
        while True:
            try:
                self.get("/sign-in")
                return
            except OSError:
                assert time.monotonic() < until, self.printed
                time.sleep(0.1)

    @property
    def printed(self) -> str:
        """Return what it printed so far."""
        return self.out.read_text()

    def _wait(self, pattern: str) -> str:
        until = time.monotonic() + START_S
        while not (found := re.search(pattern, self.printed)):
            assert self.process.poll() is None, self.printed
            assert time.monotonic() < until, self.printed
            time.sleep(0.05)
        return found.group(1)

    def get(self, path: str) -> tuple[str, str]:
        """(the server that answers, the page)."""
        with urllib.request.urlopen(self.address + path, timeout=10, context=self.trusting()) as answer:
            return answer.headers["Server"], answer.read().decode()

    def trusting(self) -> ssl.SSLContext | None:
        """Return what trusts the authority of this system alone, None where it has none."""
        if not self.authority.exists():
            return None
        trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        trusting.load_verify_locations(cadata=self.authority.read_bytes())
        return trusting

    def children(self) -> list[int]:
        """Every process below it: gunicorn's workers, the worker of jobs and its child."""
        found, wave = [], [self.process.pid]
        while wave:
            listed = subprocess.run(
                ["ps", "-o", "pid=", "--ppid", ",".join(map(str, wave))],
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            wave = [int(pid) for pid in listed.stdout.split()]
            found += wave
        return found

    def end(self, how: signal.Signals) -> None:
        """Stop it, and wait until nothing of it is left."""
        children = self.children()
        self.process.send_signal(how)
        self.process.wait(30)
        until = time.monotonic() + 30
        while left := [pid for pid in children if _lives(pid)]:
            assert time.monotonic() < until, left
            time.sleep(0.1)


def _lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@contextlib.contextmanager
def serving(folder: Path, data: str, *options: str) -> Iterator[Service]:
    """Serve a data set until the block ends."""
    service = Service(folder, data, *options)
    try:
        yield service
    finally:
        if service.process.poll() is None:
            service.end(signal.SIGTERM)


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """The environments that a start hands to the worker and to gunicorn, which are not started."""
    environs: list[dict[str, str]] = []
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("TRACEABILITY_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr("subprocess.Popen", lambda *_, env, **__: environs.append(env))
    monkeypatch.setattr("os.execve", lambda _, __, env: environs.append(env))
    return environs

"""The system starts as people start it, keeps its data over a second start, and ends all its
processes.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph import open_store
from tests.support.business import Business
from tests.support.reading import ask
from traceability.cli import run
from traceability.config import make_secret, read_settings
from traceability.exchange.seed import list_demo_accounts
from traceability.services.upkeep import jobs
from traceability.services.upkeep.jobs import DONE, QUEUED, RUNNING

START_S = 60  # a second on an idle machine


class Service:
    """``traceability serve`` in a folder of its own."""

    def __init__(self, folder: Path, data: str) -> None:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("TRACEABILITY_")}
        self.out = folder / "out.txt"
        with self.out.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "traceability.cli", "serve", "--data", data, "--port", "0", "--language", "en"],
                cwd=folder, env=environ, stdout=out, stderr=subprocess.STDOUT,
            )  # fmt: skip
        self.address = self._wait(r"Serving at (\S+)")
        self.store = open_store(self._wait(r"Store: (\S+)"))
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
        with urllib.request.urlopen(self.address + path, timeout=10) as answer:
            return answer.headers["Server"], answer.read().decode()

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
def serving(folder: Path, data: str) -> Iterator[Service]:
    service = Service(folder, data)
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


def test_it_serves_the_book_that_every_command_takes(tmp_path: Path, started: list[dict[str, str]]) -> None:
    make_secret(tmp_path / "data")
    golden = f"sqlite:///{tmp_path}/data/golden.db"
    assert run(["seed", "--store", golden]) == 0
    assert run(["serve", "--port", "0"]) == 0
    assert [read_settings(environ).store for environ in started] == [golden, golden]
    assert not (tmp_path / "data" / "book.db").exists()
    assert run(["user", "list"]) == 0
    assert run(["seed", "--store", f"sqlite:///{tmp_path}/data/other.db"]) == 0
    assert run(["serve", "--port", "0"]) == 2
    assert len(started) == 2


def test_the_line_that_makes_a_key_makes_it(
    tmp_path: Path, started: list[dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    lines = set()
    for language in ("zh", "en"):
        assert run(["serve", "--port", "0", "--language", language]) == 2
        lines |= set(re.findall(r"\(umask.+\)$", capsys.readouterr().err, re.MULTILINE))
    assert not (tmp_path / "data").exists()
    (line,) = lines
    assert os.system(line) == 0
    assert (tmp_path / "data" / "secret-key").stat().st_mode & 0o077 == 0
    assert run(["serve", "--port", "0"]) == 0
    assert len(started) == 2


@pytest.mark.slow
def test_a_first_and_a_second_start(tmp_path: Path) -> None:
    with serving(tmp_path, "golden") as service:
        server, page = service.get("/sign-in")
        assert server == "gunicorn"
        assert "<form" in page
        assert "miluo-operator" in service.printed
        assert "recycled-2025" in service.printed
        assert "109.690" in service.printed
        assert "31.3 %" in service.printed
        here = Business(service.store, now_ms=time.time_ns() // 1_000_000)
        draft = {
            **here.draft("collect", "miluo"),
            "actor": "miluo-operator",
            "event_time": "2025-04-01T09:00:00+08:00",
        }
        draft |= {
            "ticket": "T-1", "supplier": "zhang", "source_class": "post", "channel": "offline",
            "outputs": [{"form": "scrap", "material": "tense", "mass_g": 1_000_000}],
        }  # fmt: skip
        here.send(draft)
        service.end(signal.SIGINT)
    assert (tmp_path / "data" / "golden.db").stat().st_mode & 0o077 == 0
    assert (tmp_path / "data" / "secret-key").stat().st_mode & 0o077 == 0
    with serving(tmp_path, "golden") as service, service.store.read() as reader:
        assert reader.find_head().seq == 106
    with serving(tmp_path, "demo") as service, service.store.read() as reader:
        assert reader.find_head().seq > 10_000, "a book of its own"
        accounts = list_demo_accounts("demo")
        assert accounts
        assert [account for account in accounts if account.person not in service.printed] == []


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_when_it_ends(tmp_path: Path, how: signal.Signals) -> None:
    with serving(tmp_path, "golden") as service:
        assert len(service.children()) >= 3
        service.end(how)


@pytest.mark.slow
def test_jobs_are_done_beside_the_web_server_and_survive_it(tmp_path: Path) -> None:
    now_ms = time.time_ns() // 1_000_000
    with serving(tmp_path, "golden") as service:
        job = jobs.submit(service.store, "check", {}, "admin", now_ms)
        _wait_for(service, job.id, DONE)
        done = ask(service.store, jobs.find_job, job.id)
        assert done.result is not None
        assert (done.result["events"], done.result["findings"]) == (105, [])
        # A task that never ends by itself: reading a file that nobody writes to.
        os.mkfifo(tmp_path / "never")
        stuck = jobs.submit(service.store, "import", {"path": str(tmp_path / "never")}, "admin", now_ms)
        _wait_for(service, stuck.id, RUNNING)
        jobs.cancel(service.store, stuck.id, now_ms)
        after = jobs.submit(service.store, "rebuild", {}, "admin", now_ms + 1)
        _wait_for(service, after.id, DONE)
        again = jobs.submit(service.store, "import", {"path": str(tmp_path / "never")}, "admin", now_ms + 2)
        _wait_for(service, again.id, RUNNING)
        time.sleep(1)
        service.end(signal.SIGTERM)
        found = ask(service.store, jobs.find_job, again.id)
        assert (found.state, found.starts) == (QUEUED, 0)


def _wait_for(service: Service, job_id: str, state: str) -> None:
    until = time.monotonic() + START_S
    while ask(service.store, jobs.find_job, job_id).state != state:
        assert time.monotonic() < until, ask(service.store, jobs.find_job, job_id)
        time.sleep(0.1)

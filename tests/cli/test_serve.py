"""The system starts as people start it, keeps its data over a second start, and ends all its
processes.
"""

import os
import re
import signal
import time
from pathlib import Path

import pytest

from tests.support.business import Business
from tests.support.reading import ask
from tests.support.serving import START_S, Service, serving
from traceability.cli import run
from traceability.config import make_secret, read_settings
from traceability.exchange.seed import list_demo_accounts
from traceability.services.upkeep import jobs
from traceability.services.upkeep.jobs import DONE, QUEUED, RUNNING


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

"""A scale is read by the command beside it, through noise, lost connections and slow lines, into the store or a server."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import IO, Any

import pytest

from graph import open_store
from graph.store import Store
from scanners.scales.live import LiveWeight
from tests.support.business import NOW_MS, open_business
from tests.support.engines import ENGINES
from tests.support.pages import SiteApp
from tests.support.scales import add_scale
from tests.support.simulated_scale import TRUCK_G, SimulatedScale
from traceability.cli import run
from traceability.cli.scale_delivery import TOKEN, ServerDestination
from traceability.domain.errors import StoreUnavailable
from traceability.services.directory.audit import Actor
from traceability.services.directory.scales import Scale
from traceability.services.directory.sessions import make_token
from traceability.services.recording.scale_readings import LASTS_MS, ScaleReading, find_readings

ROOT = Path(__file__).parents[2]
SECONDS = 60  # a loaded machine starts programs slowly


@contextmanager
def reading(*words: str, **environ: str) -> Iterator[IO[str]]:
    """Run the command with ``--json`` until the end of the block, then interrupt it; what it writes."""
    program = subprocess.Popen(
        [sys.executable, "-m", "traceability.cli", "scale", *words, "--site", "yard", "--json"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **environ},
    )  # fmt: skip
    try:
        assert program.stdout is not None
        yield program.stdout
        program.send_signal(signal.SIGINT)
        assert program.wait(SECONDS) == 130
    finally:
        program.kill()
        program.communicate()


def await_line(lines: IO[str], **wanted: object) -> dict[str, Any]:
    """Return the first line that says so."""
    for line in lines:
        told: dict[str, Any] = json.loads(line)
        if all(told[name] == value for name, value in wanted.items()):
            return told
    raise AssertionError("the command ended")


def await_reading(store: Store, scale: Scale, is_it: Callable[[ScaleReading], bool]) -> ScaleReading:
    """Return the newest reading as soon as it is the one."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        with store.read() as reader:
            found = find_readings(reader, [scale.id]).get(scale.id)
        if found is not None and is_it(found):
            return found
        time.sleep(0.1)
    raise AssertionError(f"not in time: {found}")


@pytest.fixture(params=ENGINES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty store, as another program opens it."""
    own: str = (
        f"sqlite:///{tmp_path}/book.db" if request.param == "sqlite" else request.getfixturevalue("neo4j_url")
    )
    return own


def test_a_weighing_comes_through_noise_slow_lines_and_a_lost_connection(url: str) -> None:
    store = open_store(url)
    store.migrate()
    open_business(store)
    scale = add_scale(store)
    with SimulatedScale() as simulated, reading(simulated.address, "--store", url) as lines:
        simulated.put(0)
        await_line(lines, state="stable", mass_g=0)
        simulated.noise = b"\x02\xff+"
        for _ in zip(simulated.play(), range(23), strict=False):
            pass
        told = await_line(lines, state="stable", mass_g=TRUCK_G)
        assert told["dropped"] > 0
        assert told["raw"].startswith("\\x02+0182000")
        found = await_reading(store, scale, lambda one: one.state == "stable" and one.mass_g == TRUCK_G)
        assert found.raw == told["raw"]
        simulated.piece = 1
        again = await_reading(store, scale, lambda one: one.id != found.id and one.state == "stable")
        assert again.mass_g == TRUCK_G, "byte by byte it is the same weight, told again"
        simulated.cut()
        await_line(lines, state="silent", mass_g=None)
        assert await_line(lines, state="moving")["connection"] == "", (
            "what stood still before is not known any more"
        )
        await_line(lines, state="stable", mass_g=TRUCK_G)
    last = await_reading(store, scale, lambda one: one.state == "silent")
    assert last.mass_g is None, "whoever ends the command leaves no weight behind"
    store.close()


def test_readings_go_to_a_server_with_a_token(
    site_app: SiteApp, address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scale = add_scale(site_app.store, format_="toledo-checksum")
    token = make_token(site_app.store, "wang", "gate", ("record",), 10, Actor("keeper", NOW_MS)).token
    file = tmp_path / "token"
    file.write_text(token + "\n")
    with SimulatedScale("toledo-checksum") as simulated:
        simulated.put(TRUCK_G)
        words = [
            "scale", simulated.address, "--site", "yard", "--server", address, "--token-file", str(file), "--once",
            "--language", "en",
        ]  # fmt: skip
        assert run(words) == 0
        assert "18 200\tStable" in capsys.readouterr().out.replace("\xa0", " ")
        await_reading(site_app.store, scale, lambda one: one.state == "silent")
        file.write_text("nonsense")
        assert run(words) == 5
        assert "401" in capsys.readouterr().err
        file.write_text(token)
        words[words.index("yard")] = "plant"
        assert run(words) == 4, "no scale is registered there"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["tcp://nowhere"], "tcp://host:port"),
        (["serial:x?baud=1"], "baud"),
        ([], "No address is registered"),
        (["tcp://127.0.0.1:1", "--name", "nothing"], "--name"),
        (["tcp://127.0.0.1:1", "--server", "ftp://x"], "address of a server"),
        (["tcp://127.0.0.1:1", "--server", "http://127.0.0.1:1"], "no token"),
    ],
)
def test_what_cannot_be_read_or_handed_on_is_said(
    words: list[str], said: str, sqlite_store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    open_business(sqlite_store)
    add_scale(sqlite_store)
    url = sqlite_store.url
    assert run(["scale", *words, "--site", "yard", "--store", url, "--language", "en"]) in (2, 4)
    assert said in capsys.readouterr().err


def test_a_server_that_answers_badly_for_a_while_ends_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(TOKEN, "t")
    known = {
        "id": "1", "site": "yard", "name": "gate", "format": "yaohua", "unit": "kg", "division_g": 10_000,
        "pattern_text": "", "baud": 9600, "bits": "8N1", "address": "",
    }  # fmt: skip
    body = json.dumps({"scales": [known]}).encode()
    bad = (
        b"HTTP/1.1 200 OK\r\n\r\n<html>",
        b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"id":',
        b"nonsense\r\n",
    )
    with answering(b"HTTP/1.1 200 OK\r\n\r\n" + body, *bad) as address:
        destination = ServerDestination(address, None, "yard", "gate")
        for _ in bad:
            with pytest.raises(StoreUnavailable):
                destination.send(LiveWeight("silent"))
        with pytest.raises(StoreUnavailable):  # nobody listens
            destination.send(LiveWeight("silent"))


@contextmanager
def answering(*answers: bytes) -> Iterator[str]:
    """Answer one request after the other with these bytes, then none; the address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            for sent in answers:
                connection, _ = listening.accept()
                with connection:
                    connection.recv(65_536)
                    connection.sendall(sent)
            listening.close()

        thread = Thread(target=answer, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread.join(SECONDS)


def test_a_reading_is_old_after_some_seconds() -> None:
    kept = ScaleReading("1", "x", NOW_MS, "stable", TRUCK_G, "")
    assert not kept.is_stale(NOW_MS + LASTS_MS)
    assert kept.is_stale(NOW_MS + LASTS_MS + 1)
    assert kept.is_stale(NOW_MS - 1), "of a clock that was set back nobody knows how old it is"
    assert LiveWeight("silent").mass_g is None

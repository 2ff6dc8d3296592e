"""The parts that other tests stand on do work: a real Neo4j server, a real Chromium."""

import io
import subprocess
import sys
import time
from pathlib import Path

import pytest
import qrcode
import zxingcpp
from PIL import Image
from playwright.sync_api import Page
from qrcode.image.svg import SvgPathImage

from tests.support.neo4j_server import Neo4jServer
from tests.support.parts import ROOT

CODE = "https://example.org/l/L26B07K7Q3FD"


@pytest.mark.parametrize("run", [1, 2])
def test_neo4j_answers_and_every_test_finds_it_empty(neo4j_server: Neo4jServer, run: int) -> None:
    with neo4j_server.driver() as driver:
        (found,) = driver.execute_query("MATCH (n) RETURN count(n) AS lots").records
        assert found["lots"] == 0
        driver.execute_query("CREATE (:Lot {id: $id})", id=run)


@pytest.mark.slow
def test_neo4j_keeps_what_it_acknowledged_over_kill_and_stop(own_neo4j_server: Neo4jServer) -> None:
    for end in (own_neo4j_server.kill9, own_neo4j_server.stop):
        with own_neo4j_server.driver() as driver:
            driver.execute_query("CREATE (:Lot)")
        end()
        assert not own_neo4j_server.running
        own_neo4j_server.start()
    with own_neo4j_server.driver() as driver:
        (found,) = driver.execute_query("MATCH (n:Lot) RETURN count(n) AS lots").records
    assert found["lots"] == 2


START_AND_WAIT = """
import sys, time
from pathlib import Path
from tests.support.neo4j_server import Neo4jServer
server = Neo4jServer(Path(sys.argv[1]))
server.start()
print(server.port, flush=True)
time.sleep(600)
"""


@pytest.mark.neo4j
@pytest.mark.slow
def test_a_killed_test_run_leaves_no_server_behind(tmp_path: Path) -> None:
    run = subprocess.Popen(
        [sys.executable, "-c", START_AND_WAIT, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert run.stdout is not None
    with run.stdout:
        assert run.stdout.readline().strip().isdigit()
        (server,) = _children(run.pid)
        run.kill()
        run.wait()
    deadline = time.monotonic() + 20
    while _alive(server):
        assert time.monotonic() < deadline, "the server outlived its test run"
        time.sleep(0.1)


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _alive(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


def test_chromium_shows_a_code_that_a_scanner_reads(page: Page) -> None:
    svg = qrcode.make(
        CODE, image_factory=SvgPathImage, error_correction=qrcode.constants.ERROR_CORRECT_H, border=4
    )
    page.set_content(
        f"<title>批次</title><main style='width: 20rem'>{svg.to_string(encoding='unicode')}</main>"
    )
    assert page.title() == "批次"
    assert page.evaluate("navigator.language") == "zh-CN"
    with Image.open(io.BytesIO(page.screenshot())) as picture:
        assert [found.text for found in zxingcpp.read_barcodes(picture.convert("L"))] == [CODE]


def test_pages_come_in_english_on_phones_and_without_scripts(open_page) -> None:  # type: ignore[no-untyped-def]
    phone = open_page(language="en", size="phone", javascript=False)
    phone.set_content("<noscript>no script</noscript>")
    assert phone.viewport_size["width"] == 390
    assert phone.inner_text("body") == "no script"

"""Measure report pages and their files on a filled book, and many people at once in front of gunicorn."""

import signal
import threading
import time
from functools import partial
from http.client import HTTPConnection
from logging import ERROR, getLogger
from random import Random
from statistics import median

import playwright.sync_api as playwright
from flask import Flask

from app import create_app
from tests.bench.clock import Spread, spread, timed
from tests.bench.measures import Bench, Line, line
from tests.bench.nation import FIRST, LAST, NOW_MS
from tests.support.browser import open_chromium
from tests.support.gunicorn import Gunicorn
from tests.support.pages import enter_as
from tests.support.served_demo import Served, serve_demo
from traceability.config import Settings
from traceability.domain.access import Assignment
from traceability.services.directory.people import Person, find_person, put_person
from traceability.services.directory.sessions import begin_session

PLANNERS = {"bench-nation": "*", "bench-hunan": "43"}
ROUNDS = 15
WORKERS = 4
PEOPLE = 200
THINK_S = 10
SECONDS = 300
CHART_ROUNDS = 5
CHART_MS = 2_000
LARGEST_PAGE_KB = 300
PAGE_MS = {"sqlite": 150, "neo4j": 400}
FILE_MS = 5_000
NEED_A_QUERY = {"/report/figure"}


def measure_pages(bench: Bench) -> list[Line]:
    """Each report page: its time in one process, and its size; XLSX and PDF of each, once."""
    app = _open_app(bench)
    lines = []
    for address in list_report_addresses(app):
        durations, size = _time_page(app, bench, address, "bench-nation")
        limit = PAGE_MS[bench.engine]
        lines.append(line(
            f"{address}, p50 / longest of {ROUNDS}; size", f"{durations.median:.0f} / {durations.longest:.0f} ms; {size:.0f} kB",
            f"≤ {limit} ms, ≤ {LARGEST_PAGE_KB} kB", durations.median <= limit and size <= LARGEST_PAGE_KB,
        ))  # fmt: skip
    return lines


def measure_files(bench: Bench) -> list[Line]:
    """XLSX and PDF of each report page, once."""
    app = _open_app(bench)
    client = app.test_client()
    enter_as(client, bench.store, "bench-nation", NOW_MS)
    lines = []
    for form in ("xlsx", "pdf"):
        slowest, where = 0.0, ""
        for address in list_report_addresses(app):
            path, _, query = address.partition("?")
            file = f"{_file_path(app, path)}.{form}?{query}"
            elapsed, answer = timed(partial(client.get, file))
            assert answer.status_code == 200, (address, form, answer.status_code)
            if elapsed > slowest:
                slowest, where = elapsed, address
        lines.append(
            line(f"slowest {form}: {where}", f"{slowest:.0f} ms", f"≤ {FILE_MS} ms", slowest <= FILE_MS)
        )
    return lines


def measure_many(bench: Bench) -> list[Line]:
    """So many people who open a page, think and open another, for minutes, at four workers."""
    app = _open_app(bench)
    addresses = list_report_addresses(app)
    server = Gunicorn(bench.url, bench.folder / "many", WORKERS)
    server.folder.mkdir(exist_ok=True)
    server.start()
    try:
        tokens = [_begin(bench, person) for person in PLANNERS for _ in range(PEOPLE // len(PLANNERS))]
        durations, faults = _visit(server.port, tokens, addresses)
    finally:
        server.stop(signal.SIGTERM)
    found = sorted(durations)
    p95 = found[len(found) * 95 // 100]
    limit = PAGE_MS[bench.engine]
    return [
        line(
            f"{PEOPLE} people for {SECONDS} s: pages that failed",
            f"{faults} of {len(found)}",
            "0",
            faults == 0,
        ),
        line(f"{PEOPLE} people, p95 of all pages", f"{p95:.0f} ms", f"≤ {limit} ms", p95 <= limit),
    ]


def measure_first_chart(bench: Bench) -> list[Line]:
    """From the address to the first chart in a new browser profile: as the server draws it, and as the script does."""
    _open_app(bench)
    getLogger("werkzeug").setLevel(ERROR)  # a line for each file that a page asks for is not the table
    lines = []
    with serve_demo(bench.store, bench.folder, NOW_MS) as served, open_chromium() as browser:
        for address in ("/", f"/trend?period={FIRST}..{LAST}"):
            drawn, answers = zip(
                *(_time_chart(browser, served, address) for _ in range(CHART_ROUNDS)), strict=True
            )
            lines.append(line(
                f"{address}, first chart in the browser, p50 of {CHART_ROUNDS}: drawn; answering",
                f"{median(drawn):.0f}; {median(answers):.0f} ms", f"≤ {CHART_MS} ms", median(drawn) <= CHART_MS,
            ))  # fmt: skip
    return lines


def _time_chart(browser: playwright.Browser, served: Served, address: str) -> tuple[float, float]:
    context = browser.new_context(base_url=served.address, viewport={"width": 1440, "height": 900})
    served.sign_in(context, "bench-nation")
    page = context.new_page()
    began = time.monotonic()
    page.goto(address, wait_until="commit")
    page.locator("figure.chart svg").first.wait_for()
    drawn = time.monotonic()
    page.locator(".chart-live svg").first.wait_for()
    answers = time.monotonic()
    context.close()
    return (drawn - began) * 1000, (answers - began) * 1000


def list_report_addresses(app: Flask) -> list[str]:
    """Return the report pages that need no argument in their path, found from the routes of their files."""
    with_files = {
        rule.endpoint.removesuffix("_file")
        for rule in app.url_map.iter_rules()
        if rule.endpoint.endswith("_file") and rule.arguments == {"form"}
    }
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint in with_files]
    return sorted({rule.rule for rule in rules if not rule.arguments and rule.rule not in NEED_A_QUERY})


def _file_path(app: Flask, path: str) -> str:
    endpoint, _ = app.url_map.bind("localhost").match(path)
    rule = next(rule for rule in app.url_map.iter_rules(f"{endpoint}_file"))
    return rule.rule.partition(".<")[0]


def _open_app(bench: Bench) -> Flask:
    with bench.store.read() as reader:
        missing = [person for person in PLANNERS if find_person(reader, person) is None]
    for person in missing:
        held = Person(person, person, (Assignment("planner", PLANNERS[person]),))
        bench.store.write(lambda writer, held=held: put_person(writer, held))  # type: ignore[misc]
    return create_app(
        Settings("", bench.folder, bench.folder / "blobs", "k" * 40), bench.store, lambda: NOW_MS
    )


def _time_page(app: Flask, bench: Bench, address: str, person: str) -> tuple[Spread, float]:
    client = app.test_client()
    enter_as(client, bench.store, person, NOW_MS)
    durations, size = [], 0.0
    for _ in range(ROUNDS):
        elapsed, answer = timed(lambda: client.get(address))
        assert answer.status_code == 200, (address, answer.status_code)
        durations.append(elapsed)
        size = len(answer.data) / 1000
    return spread(durations[1:]), size


def _begin(bench: Bench, person: str) -> str:
    """Return a session's token of now, as gunicorn reads the machine's clock."""
    with bench.store.read() as reader:
        found = find_person(reader, person)
    assert found is not None
    return bench.store.write(lambda writer: begin_session(writer, found, time.time_ns() // 1_000_000)).token


class _Browser:
    """Somebody's browser: it keeps its connection, and makes a new one where the server has closed it meanwhile."""

    def __init__(self, port: int, token: str) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"Cookie": f"session={token}", "Host": f"localhost:{port}"}

    def opens(self, address: str) -> bool:
        """Return whether a page is answered."""
        is_kept = self._connection.sock is not None
        try:
            return self._ask(address)
        except TimeoutError:
            return False
        except OSError:  # RemoteDisconnected among them: an idle connection ends after some seconds
            return is_kept and self.opens(address)

    def _ask(self, address: str) -> bool:
        try:
            self._connection.request("GET", address, headers=self._headers)
            answer = self._connection.getresponse()
            answer.read()
        except OSError:
            self._connection.close()
            raise
        return answer.status == 200


def _visit(port: int, tokens: list[str], addresses: list[str]) -> tuple[list[float], int]:
    """Return how long each page took in ms, and how many did not answer 200."""
    durations: list[float] = []
    faults = 0
    lock = threading.Lock()
    ends = time.monotonic() + SECONDS

    def live(number: int, token: str) -> None:
        nonlocal faults
        random = Random(number)
        time.sleep(random.uniform(0, THINK_S))
        browser = _Browser(port, token)
        while time.monotonic() < ends:
            start = time.perf_counter()
            fine = browser.opens(random.choice(addresses))
            with lock:
                durations.append((time.perf_counter() - start) * 1000)
                faults += not fine
            time.sleep(random.expovariate(1 / THINK_S))

    people = [threading.Thread(target=live, args=pair) for pair in enumerate(tokens)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    return durations, faults

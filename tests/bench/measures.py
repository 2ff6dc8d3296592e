"""Measure one kind of work per function on a filled book; each returns lines of the table."""

import json
import multiprocessing
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from graph.neo4j.engine import Neo4jStore
from graph.store import Reader, Store
from tests.bench import floors
from tests.bench.chain import LATER, NOW_MS, Body, Chain, batches
from tests.bench.clock import Spread, pace, spread, timed
from tests.bench.stock import FAR, Stock
from tests.support.reading import ask
from traceability.domain.event import Draft
from traceability.domain.period import Period
from traceability.exchange.drafts import load_file
from traceability.services.recording.capture import MOST_EVENTS, capture_batch, capture_event
from traceability.services.recording.judge import Deliverer
from traceability.services.reporting.figures.report import regional_report
from traceability.services.tracing import lineage
from traceability.services.upkeep.check import check_book
from traceability.wire import load_draft

ROOT = Path(__file__).resolve().parents[2]
REPEATED = 200  # traces, reports
BLOCK = 25  # captures between two looks at the floor: both feel what else the machine does


class Line(NamedTuple):
    """A line of the table: what, ours, the floor's, floor ÷ ours (1: as fast as the floor), the target, whether met."""

    what: str
    ours: str
    floor: str
    ratio: str
    target: str
    met: str


def line(
    what: str, ours: str, target: str, met: bool | None, floor: str = "–", ratio: float | None = None
) -> Line:
    """A line with its verdict; ``met`` None where nothing is asked for."""
    share = "–" if ratio is None else f"{ratio:.2f}"
    if met is None:
        return Line(what, ours, floor, share, "–", "–")
    return Line(what, ours, floor, share, target, "yes" if met else "no")


@dataclass
class Bench:
    """A book of so many lots on one engine, and a folder for copies of it."""

    store: Store
    lots: int
    folder: Path
    url: str  # with what it takes to sign in
    book: Path | None = None  # the file, on SQLite
    part: int = 0  # numbers what is added to the book

    @property
    def engine(self) -> str:
        """Which engine the book is on."""
        return "sqlite" if self.book else "neo4j"

    def on_sqlite(self, met: bool) -> bool | None:
        """The verdict where only the embedded engine is asked for it."""
        return met if self.book else None

    def stock(self) -> Stock:
        """Lots to melt, ids that nobody has yet."""
        return Stock(self.store, self.next_part())

    def next_part(self) -> int:
        """A number that nothing added to the book has yet."""
        self.part += 1
        return self.part


def build(store: Store, chain: Chain, lots: int, said: Callable[[int], None]) -> float:
    """Fill the book through the front door; events a second over all of it."""
    seconds = 0.0
    for bodies in batches(chain.drafts(lots), MOST_EVENTS):
        start = time.perf_counter()
        load(store, bodies, chain.now_ms)
        seconds += time.perf_counter() - start
        said(chain.lots)
    return chain.events / seconds


def load(store: Store, bodies: list[Body], now_ms: int = NOW_MS) -> None:
    """One batch as a loader hands it in; nothing may be refused."""
    _write(store, [load_draft(body) for body in bodies], now_ms)


# --- writing ------------------------------------------------------------------------------------------------------


def measure_capture(bench: Bench, count: int = 300) -> list[Line]:
    """One melt of ten inputs and two outputs at a time, each durable before the next."""
    stock = bench.stock()
    melts = stock.melts()
    stock.capture(next(melts))

    def drafts() -> list[list[Draft]]:
        return [[load_draft(next(melts))] for _ in range(BLOCK)]

    def block() -> list[float]:
        return [timed(lambda d=one: _write(bench.store, d))[0] for one in drafts()]  # type: ignore[misc]

    mine, bare = _beside_floor(bench, block, drafts, count)
    ratio = bare.median / mine.median
    return [
        line("capture of a melt, 10 in, 2 out", str(mine), "≥ 0.5 of floor", ratio >= 0.5, str(bare), ratio)
    ]


def _beside_floor(
    bench: Bench, ours: Callable[[], list[float]], alike: Callable[[], list[list[Draft]]], count: int
) -> tuple[Spread, Spread]:
    """ms for each of so many writes, which ``ours`` makes in blocks, and at the floor for the same rows.

    The floor of Neo4j stores those of as many drafts that are ``alike``.
    """
    mine: list[float] = []
    floor: list[float] = []
    copy = floors.copy_book(bench.book, bench.folder / "floor.db") if bench.book else None
    while len(mine) < count:
        with floors.recorded_writes() as writes:
            mine += ours()
        if copy is not None:
            floor += floors.write_again(copy, writes)
        else:
            assert isinstance(bench.store, Neo4jStore)
            for drafts in alike():
                rows = floors.precompute(bench.store, lambda d=drafts: _write(bench.store, d))  # type: ignore[misc]
                floor.append(floors.write_rows(bench.store, rows))
    return spread(mine), spread(floor)


def _write(store: Store, drafts: list[Draft], now_ms: int = NOW_MS) -> None:
    for receipt in capture_batch(store, drafts, Deliverer("bench"), now_ms):
        if receipt.error is not None:
            raise receipt.error


def _write_melts(
    store: Store, part: int, count: int, start: float, answers: "multiprocessing.Queue[list[float]]"
) -> None:
    stock = Stock(store, part)
    drafts = [load_draft(body) for body in islice(stock.melts(), count)]
    time.sleep(max(0.0, start - time.time()))
    answers.put([timed(lambda d=draft: capture_event(stock.store, d, Deliverer("bench"), NOW_MS))[0] for draft in drafts])  # type: ignore[misc]  # fmt: skip


def _together(work: Callable[..., None], parts: Sequence[tuple[Any, ...]]) -> Spread:
    """ms for each write of as many processes as there are parts, which begin at the same moment."""
    context = multiprocessing.get_context("spawn")
    answers: multiprocessing.Queue[list[float]] = context.Queue()
    start = time.time() + 5 + len(parts)
    workers = [context.Process(target=work, args=(*part, start, answers)) for part in parts]
    for worker in workers:
        worker.start()
    waits = [wait for _ in workers for wait in answers.get(timeout=600)]
    for worker in workers:
        worker.join()
    return spread(waits)


def _melts_of(bench: Bench, processes: int, count: int) -> list[tuple[Any, ...]]:
    return [(bench.store, bench.next_part(), count) for _ in range(processes)]


def _rows_of(bench: Bench, copy: Path, processes: int, count: int) -> list[tuple[Any, ...]]:
    """The same melts as rows worked out before, to be written again into a copy; first what they are made of."""
    parts = []
    for _ in range(processes):
        stock = bench.stock()
        with floors.recorded_writes() as writes:
            for body in islice(stock.melts(), count):
                stock.capture(body)
        parts.append((copy, writes[:-count], writes[-count:]))
    return parts


class Round(NamedTuple):
    """One process that writes alone, then eight at once."""

    alone: Spread
    eight: Spread

    @property
    def kept(self) -> float:
        """How often the eight's p99 goes into what is allowed: twice what eight of the one's would take."""
        return 16 * self.alone.median / self.eight.p99


def measure_writers(bench: Bench, count: int = 150, rounds: int = 5) -> list[Line]:
    """Eight processes that all write, beside one process that writes alone: the middle one of several rounds, since the
    host's pace changes between the two. The floor is how the bare engine fares in that, writing rows in the same turns."""
    ours = [
        Round(*(_together(_write_melts, _melts_of(bench, n, count)) for n in (1, 8))) for _ in range(rounds)
    ]
    middle, longest = _middle_and_longest(ours)
    floor = "–"
    if bench.book is not None:
        copy = floors.copy_book(bench.book, bench.folder / "floor.db")
        bare = [
            Round(*(_together(floors.write_in_turn, _rows_of(bench, copy, n, count)) for n in (1, 8)))
            for _ in range(rounds)
        ]
        floor = f"{_told(bare)}; {_middle_and_longest(bare)[0].kept:.2f} of it"
    return [
        line(
            "8 writing processes", _told(ours), "p99 ≤ 16 × p50 of one, none > 250 ms",
            bench.on_sqlite(middle.kept >= 1 and longest <= 250), floor, middle.kept,
        )
    ]  # fmt: skip


def _middle_and_longest(rounds: list[Round]) -> tuple[Round, float]:
    by_share = sorted(rounds, key=lambda one: one.kept)
    return by_share[len(rounds) // 2], max(one.eight.longest for one in rounds)


def _told(rounds: list[Round]) -> str:
    middle, longest = _middle_and_longest(rounds)
    kept = sum(one.kept >= 1 for one in rounds)
    return (
        f"p99 {middle.eight.p99:.0f} ms of 16 × {middle.alone.median:.2f} ms (within it in {kept} of {len(rounds)}), "
        f"longest {longest:.0f} ms"
    )


def measure_load(bench: Bench, count: int = 20) -> list[Line]:
    """A file of the chain's mix, decided in full in batches of 200, its rows read by a second process."""
    far = FAR + bench.next_part() * 1_000_000
    chain = Chain(seed=bench.part + 1, events=far, lots=far, clock=LATER, prefix=f"L{bench.part}-")
    drafts = chain.drafts(far + 1_000_000)
    file = bench.folder / "load.jsonl"
    with file.open("w") as rows:
        rows.writelines(json.dumps(body) + "\n" for body in islice(drafts, count * MOST_EVENTS))
    answers = load_file(bench.store, file, Deliverer("load"), lambda: NOW_MS, processes=2)

    def batch() -> list[float]:
        ms, receipts = timed(lambda: list(islice(answers, MOST_EVENTS)))
        for row, receipt in receipts:
            assert receipt.status == "created", (row, receipt.error)
        return [ms]

    def alike() -> list[list[Draft]]:
        return [[load_draft(body) for body in islice(drafts, MOST_EVENTS)]]

    mine, bare = _beside_floor(bench, batch, alike, count)
    answers.close()
    rate, floor = (1000 * MOST_EVENTS / one.median for one in (mine, bare))
    wanted = 1_500 if bench.book else 300
    return [
        line(
            "load, batches of 200", f"{rate:.0f} events/s", f"≥ {wanted} events/s", rate >= wanted,
            f"{floor:.0f} events/s", rate / floor,
        )
    ]  # fmt: skip


def measure_corrections(bench: Bench) -> list[Line]:
    """The heap that a whole furnace was fed from came from another province: every lot downstream differs."""
    lines = []
    for heats, billets, limit_ms, name in ((250, 3, 150, "1,000"), (2_000, 24, 5_000, "50,000")):
        if name == "50,000" and not bench.book:
            continue
        # The copy for the floor comes before the furnace is filled: corrections shall not wait for its gigabytes.
        copy = floors.copy_book(bench.book, bench.folder / "floor.db") if bench.book else None
        stock = bench.stock()
        with floors.recorded_writes() as filling:
            heap = stock.furnace(heats, billets)
        ours, still = [], []
        with floors.recorded_writes() as writes:
            for number in range(3 if billets > 3 else 7):
                origin = ("510000", "430000")[number % 2]
                draft = load_draft(stock.correction(heap, origin=origin))
                ours.append(timed(lambda d=draft: _correct(bench.store, d))[0])  # type: ignore[misc]
                for again in range(3):
                    note = load_draft(stock.correction(heap, origin=origin, note=f"again {number}.{again}"))
                    still.append(timed(lambda d=note: _correct(bench.store, d))[0])  # type: ignore[misc]
        floor: list[float] = []
        if copy is not None:
            floors.write_again(copy, filling)
            floor = floors.write_again(copy, writes)[::4]
        mine = spread(ours).median
        bare = spread(floor).median if floor else 0.0
        lines.append(
            line(
                f"correction, {name} lots downstream, all differ", f"{mine:.0f} ms", f"≤ {limit_ms} ms",
                bench.on_sqlite(mine <= limit_ms), f"{bare:.0f} ms" if floor else "–", bare / mine if floor else None,
            )
        )  # fmt: skip
        same = spread(still).median
        lines.append(
            line(
                f"correction, {name} lots downstream, none differs",
                f"{same:.1f} ms",
                "≤ 5 ms",
                bench.on_sqlite(same <= 5),
            )
        )
    return lines


def _correct(store: Store, draft: object) -> None:
    receipt = capture_batch(store, [draft], Deliverer("bench"), NOW_MS, downstream=None)[0]  # type: ignore[list-item]
    if receipt.error is not None:
        raise receipt.error


# --- reading ------------------------------------------------------------------------------------------------------


def _some_lots(store: Store, form: str, count: int) -> list[str]:
    """Lots of a form from all over the book, the same at every asking."""
    chosen: list[str] = []
    dice = random.Random(7)
    with store.read() as reader:
        seq = reader.find_head().seq
        while len(chosen) < count:
            seqs = {dice.randrange(1, seq + 1) for _ in range(100)}
            for edge in reader.list_edges(seqs):
                if edge.role == "output" and len(chosen) < count:
                    lot = reader.find_lots([edge.lot])[edge.lot]
                    chosen += [lot.id] if lot.form == form else []
    return chosen


def measure_traces(bench: Bench) -> list[Line]:
    """Origins of products, whereabouts of scrap, and who holds metal of it now."""
    wanted = 60 if bench.book else 300
    products = _some_lots(bench.store, "product", REPEATED)
    scrap = _some_lots(bench.store, "scrap", REPEATED)
    lines = []
    cases: tuple[tuple[str, Callable[[Reader, str], object], list[str]], ...] = (
        ("trace back of a product", lineage.trace_lot_back, products),
        ("trace forward of scrap", lineage.trace_lot_forward, scrap),
        ("recall of scrap", lineage.list_holdings, scrap),
    )
    for what, work, lots in cases:
        ours = []
        reached: list[tuple[list[int], list[str]]] = []
        for lot in lots:
            ms, found = timed(lambda w=work, name=lot: ask(bench.store, w, name))  # type: ignore[misc]
            ours.append(ms)
            if isinstance(found, lineage.Trace):
                reached.append((sorted(found.events), list(found.lots)))
        mine = spread(ours)
        bare = spread(floors.reach_again(bench.book, reached)) if bench.book and reached else None
        lines.append(
            line(
                what, str(mine), f"p99 ≤ {wanted} ms", mine.p99 <= wanted, str(bare) if bare else "–",
                bare.median / mine.median if bare else None,
            )
        )  # fmt: skip
    return lines


def measure_report(bench: Bench) -> list[Line]:
    """The data of the regional page: every province and the nation, every figure and target."""

    def page() -> None:
        report = ask(bench.store, regional_report, Period("2024-01", "2024-12"), now_ms=NOW_MS)
        for row in (report.total, *report.rows):
            dict(row.figures)
            [dict(found) for found in row.by_metal.values()]
            list(row.targets)

    page()
    ours = spread([timed(page)[0] for _ in range(40)])
    limit = 50 if bench.book else 150
    bare = spread(floors.sum_again(bench.book, 40)) if bench.book else None
    return [
        line(
            "data of the regional report", str(ours), f"p50 ≤ {limit} ms", ours.median <= limit,
            str(bare) if bare else "–", bare.median / ours.median if bare else None,
        )
    ]  # fmt: skip


def _check_alone(store: Store, answers: "multiprocessing.Queue[tuple[float, int, int, int]]") -> None:
    ms, report = timed(lambda: check_book(store, 2))
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    each = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    answers.put((ms, own + 2 * each, report.lots, len(report.findings)))


def measure_check(bench: Bench) -> list[Line]:
    """Every event decided again, every lot folded again, on two processes."""
    context = multiprocessing.get_context("spawn")
    answers: multiprocessing.Queue[tuple[float, int, int, int]] = context.Queue()
    worker = context.Process(target=_check_alone, args=(bench.store, answers))
    worker.start()
    paces = []
    while answers.empty():
        worker.join(5)
        paces.append(pace(3))  # of a machine whose cores are both at work
        assert not worker.exitcode, "the check broke off"
    ms, kib, lots, findings = answers.get()
    worker.join()
    assert not findings, f"the check found {findings} disagreements"
    seconds, limit = ms / 1000, 120 * lots / 1_000_000
    what = f"check of {lots:,} lots"
    return [
        line(
            what,
            f"{seconds:.0f} s at a pace of {spread(paces).median:.0f} ms",
            f"≤ {limit:.0f} s (120 s a million)",
            bench.on_sqlite(seconds <= limit),
        ),
        line(
            f"memory of the {what}", f"{kib / 1024:.0f} MB", "≤ 1,024 MB", bench.on_sqlite(kib <= 1024 * 1024)
        ),
    ]


_WORKER = """
import os, sys
from pathlib import Path
def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024
import app
from graph import open_store
store = open_store(sys.argv[1])
application = app.create_app(store=store)
answer = application.test_client().get("/")
before = resident()
from traceability.domain.event import Draft
from traceability.domain.period import Period
from traceability.services.reporting.figures.report import regional_report
from traceability.services.reporting.overviews.report_table import frame
with store.read() as reader:
    frame(regional_report(reader, Period("2024-01", "2024-12")))
print(before, resident())
"""


def measure_worker(bench: Bench) -> list[Line]:
    """What a web worker holds before and after its first report."""
    environment = {
        **os.environ, "TRACEABILITY_SECRET_KEY": "x" * 64, "TRACEABILITY_DATA": str(bench.folder / "data"),
    }  # fmt: skip
    said = subprocess.run(
        [sys.executable, "-c", _WORKER, bench.url], capture_output=True, text=True, cwd=ROOT, env=environment,
        check=False,
    )  # fmt: skip
    if said.returncode:
        return [line("memory of a web worker", said.stderr.strip().splitlines()[-1], "≤ 120 MB", False)]
    before, after = (int(kib) / 1024 for kib in said.stdout.split()[-2:])
    return [
        line("a web worker before its first report", f"{before:.0f} MB", "≤ 120 MB", before <= 120),
        line("a web worker after its first report", f"{after:.0f} MB", "≤ 220 MB", after <= 220),
    ]


def measure_size(bench: Bench) -> list[Line]:
    """The book's file."""
    if bench.book is None:
        return []
    size = bench.book.stat().st_size
    return [line("file", f"{size / 1e6:,.0f} MB, {size / bench.lots / 1000:.1f} kB a lot", "–", None)]


MEASURES: dict[str, Callable[[Bench], list[Line]]] = {
    "size": measure_size,
    "report": measure_report,
    "traces": measure_traces,
    "worker": measure_worker,
    "capture": measure_capture,
    "writers": measure_writers,
    "load": measure_load,
    "corrections": measure_corrections,
    "check": measure_check,
}
"""In this order: what reads the book as it was built comes before what adds to it."""

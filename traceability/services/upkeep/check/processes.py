"""Split a check into parts, run them in processes, and put their results together."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import NamedTuple

from graph.store import Store
from traceability.services.recording.garbage_collection import collector_paused
from traceability.services.upkeep.check.collisions import check_collisions
from traceability.services.upkeep.check.events import check_events
from traceability.services.upkeep.check.findings import CheckReport
from traceability.services.upkeep.check.fingerprint import Fingerprint
from traceability.services.upkeep.check.ledger import compare_tallies
from traceability.services.upkeep.check.lots import check_lot_table, find_unmade
from traceability.services.upkeep.check.result import PartResult

SMALLEST_PART = 10_000  # events

Progress = Callable[[str, int], None]
"""Called with (what was checked: ``events`` or ``lots``, how many more are done)."""


class CheckPart(NamedTuple):
    """A piece of the work, for one process: the events with seqs in (after, upto], or (``upto`` 0) the table of lots."""

    after: int
    upto: int


def check_book(store: Store, processes: int = 1, progress: Progress | None = None) -> CheckReport:
    """Check everything.

    Each part reads the store on its own, so a check of a store that is being written belongs on a backup (or with the
    writers stopped); the report says whether somebody wrote meanwhile.
    """
    with store.read() as reader:
        last = reader.find_head().seq
    whole = PartResult()
    for part, result in _run_parts(store, list(_plan_parts(last, processes)), processes):
        whole.merge(result)
        if progress is not None:
            progress("events" if part.upto else "lots", result.report.events + result.report.lots)
    with store.read() as reader:
        if whole.folded != whole.live:
            find_unmade(reader, whole.report)
        check_collisions(reader, whole.report)
        whole.merge(compare_tallies(reader, whole.tallies, whole.flows))
        whole.report.moved = reader.find_head().seq != last
    whole.report.digest = str(Fingerprint(whole.fingerprint))
    return whole.report


def _plan_parts(seq: int, processes: int) -> Iterator[CheckPart]:
    """Yield ever smaller parts: each reads some events beyond its ends, so few are better; the last ones end together."""
    yield CheckPart(0, 0)
    after = 0
    while after < seq:
        size = max(SMALLEST_PART, (seq - after) // (3 * max(processes, 1)))
        yield CheckPart(after, min(after + size, seq))
        after += size


def _run_parts(
    store: Store, parts: Iterable[CheckPart], processes: int
) -> Iterator[tuple[CheckPart, PartResult]]:
    if processes <= 1:
        for part in parts:
            yield part, run_part(store, part)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        jobs = [(part, pool.submit(run_part, store, part)) for part in parts]
        for part, job in jobs:
            yield part, job.result()


def run_part(store: Store, part: CheckPart) -> PartResult:
    """Run one part, in this process."""
    with collector_paused(), store.read() as reader:
        return check_events(reader, part.after, part.upto) if part.upto else check_lot_table(reader)

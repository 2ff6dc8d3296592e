"""Split a check into parts, run them in processes, and put their results together."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from typing import NamedTuple

from graph.store import Reader, Store
from traceability.services.recording.garbage_collection import collector_paused
from traceability.services.upkeep.check.claims import find_lost_claims
from traceability.services.upkeep.check.collisions import check_collisions
from traceability.services.upkeep.check.documents import check_documents
from traceability.services.upkeep.check.events import check_events
from traceability.services.upkeep.check.findings import CheckReport, collecting_damage
from traceability.services.upkeep.check.fingerprint import Fingerprint
from traceability.services.upkeep.check.ledger import compare_tallies
from traceability.services.upkeep.check.lots import check_lot_table, find_unmade
from traceability.services.upkeep.check.photos import PhotoReader, check_photos
from traceability.services.upkeep.check.result import PartResult

SMALLEST_PART = 10_000  # events

Progress = Callable[[str, int], None]
"""Called with (what was checked: ``events`` or ``lots``, how many more are done)."""


class CheckPart(NamedTuple):
    """A piece of the work, for one process: the events with seqs in (after, upto], or (``upto`` 0) the table of lots."""

    after: int
    upto: int
    with_photos: bool = False


def check_book(
    store: Store,
    processes: int = 1,
    progress: Progress | None = None,
    expected: Sequence[tuple[int, str]] = (),
    read_photo: PhotoReader | None = None,
) -> CheckReport:
    """Check everything, and that the book continues the ``expected`` heads: (seq, chain) as somebody wrote them down.

    With ``read_photo`` every photo that an event names is compared with its digest.

    Each part reads the store on its own, so a check of a store that is being written belongs on a backup (or with the
    writers stopped); the report says whether somebody wrote meanwhile.
    """
    whole = PartResult()
    with ThreadPoolExecutor(1) as beside:
        faults = beside.submit(store.inspect)  # SQLite reads its pages without Python's lock
        with collecting_damage(whole.report, "events"):
            _check_parts(store, processes, progress, whole, with_photos=read_photo is not None)
        with collecting_damage(whole.report, "events"):
            _check_expected(store, expected, whole.report)
        if read_photo is not None:
            check_photos(whole.photos, read_photo, whole.report)
        with collecting_damage(whole.report, ""):
            for fault in faults.result():
                whole.report.note("check.engine", fault.table, fault.words, "")
    whole.report.digest = str(Fingerprint(whole.fingerprint))
    return whole.report


def _check_expected(store: Store, expected: Sequence[tuple[int, str]], report: CheckReport) -> None:
    """Report heads that the events do not lead through; each link of the chain itself was checked before."""
    with store.read() as reader:
        for seq, chain in expected:
            rows = reader.scan_events(seq - 1, 1, seq)
            stored = rows[0].chain if rows else None
            if stored != chain:
                report.note("check.head_differs", seq, stored, chain)


def _check_parts(
    store: Store, processes: int, progress: Progress | None, whole: PartResult, *, with_photos: bool
) -> None:
    with store.read() as reader:
        last = reader.find_head().seq
    for part, result in _run_parts(store, list(_plan_parts(last, processes, with_photos)), processes):
        whole.merge(result)
        if progress is not None:
            progress("events" if part.upto else "lots", result.report.events + result.report.lots)
    report = whole.report
    with store.read() as reader:
        checks: tuple[tuple[str, Callable[[], object]], ...] = (
            ("lots", lambda: _find_unmade(reader, whole)),
            ("claims", lambda: _find_lost_claims(reader, whole)),
            ("claims", lambda: check_collisions(reader, report)),
            ("documents", lambda: check_documents(reader, report)),
            ("posting_sites", lambda: _check_sites(reader, whole)),
            ("tallies", lambda: whole.merge(compare_tallies(reader, whole.tallies, whole.flows))),
            ("events", lambda: _check_head(reader, last, whole)),
        )
        for what, check in checks:
            with collecting_damage(report, what):
                check()


def _find_unmade(reader: Reader, whole: PartResult) -> None:
    if whole.folded != whole.live:
        find_unmade(reader, whole.report)


def _find_lost_claims(reader: Reader, whole: PartResult) -> None:
    if whole.claimed != whole.held:
        find_lost_claims(reader, whole.report)


def _check_head(reader: Reader, last: int, whole: PartResult) -> None:
    """Compare what the store keeps of its newest event with the events."""
    head = reader.find_head()
    whole.report.moved = head.seq != last
    if not whole.report.moved and head.record_ms != whole.newest_ms:
        whole.report.note("check.head_differs", "record_ms", head.record_ms, whole.newest_ms)


def _check_sites(reader: Reader, whole: PartResult) -> None:
    """Report sites whose postings stand in a region that the store does not lead to."""
    for site, region in sorted(whole.sites - set(reader.list_posted_regions())):
        whole.report.note("check.region_lost", site, None, region)


def _plan_parts(seq: int, processes: int, with_photos: bool) -> Iterator[CheckPart]:
    """Yield ever smaller parts: each reads some events beyond its ends, so few are better; the last ones end together."""
    yield CheckPart(0, 0)
    after = 0
    while after < seq:
        size = max(SMALLEST_PART, (seq - after) // (3 * max(processes, 1)))
        yield CheckPart(after, min(after + size, seq), with_photos)
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
    result = PartResult()
    with (
        collecting_damage(result.report, "events" if part.upto else "lots"),
        collector_paused(),
        store.read() as reader,
    ):
        if part.upto:
            result.merge(check_events(reader, part.after, part.upto, with_photos=part.with_photos))
        else:
            result.merge(check_lot_table(reader))
    return result

"""Does the book agree with itself: every event decided again, every lot folded again, every tally added up again.

The work is split by ranges of events and lots, so that several processes can share it; each part streams. Findings are
data; takes that miss their lot's metal within the rounding that is allowed are reported as *rounding*, not as faults.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from multiprocessing import get_context
from typing import NamedTuple

from graph.records import dump_json, encode_event, encode_lot
from graph.store import Reader, Store
from traceability.domain import changes
from traceability.domain.changes import INPUT, OBSERVED, OUTPUT, Edge, decide
from traceability.domain.event import Event
from traceability.domain.lot import Lot
from traceability.domain.posting import Flows, Posting, Row, RowBook, Tallies, tally
from traceability.domain.timeline import as_made, is_lenient, step
from traceability.domain.vocabulary import ENTRIES, TRANSFORMATIONS
from traceability.services.book import link

CHUNK = 1_000
KEPT = 5_000  # events that a part remembers, some 10 kB each
MOST_FINDINGS = 1_000  # beyond it a store is broken in one way, and the first lines say which

Progress = Callable[[str, int], None]
"""Called with (part, how many more are done)."""


class Finding(NamedTuple):
    """One disagreement: a stable code, what it is about, what is stored and what it should be."""

    code: str
    about: str
    stored: str
    true: str


@dataclass(slots=True)
class Report:
    """What a check found. ``rounding_g`` is the largest miss of any lot's takes, ``rounding_lots`` how many miss."""

    events: int = 0
    lots: int = 0
    postings: int = 0
    tallies: int = 0
    findings: list[Finding] = field(default_factory=list)
    rounding_lots: int = 0
    rounding_g: int = 0
    digest: str = ""

    def add(self, other: "Report") -> None:
        """Take in the report of another part."""
        self.events += other.events
        self.lots += other.lots
        self.postings += other.postings
        self.tallies += other.tallies
        self.findings = (self.findings + other.findings)[:MOST_FINDINGS]
        self.rounding_lots += other.rounding_lots
        self.rounding_g = max(self.rounding_g, other.rounding_g)
        self.digest = other.digest or self.digest

    def find(self, code: str, about: object, stored: object, true: object) -> None:
        """Note one disagreement."""
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(Finding(code, str(about), str(stored)[:500], str(true)[:500]))


# --- events -------------------------------------------------------------------------------------------------------


class EventCheck(NamedTuple):
    """The outcome for a range of events, with what its postings add to the tallies."""

    report: Report
    tallies: Tallies
    flows: Flows


class Events:
    """Events that were read lately: what moved a lot mostly stands close to what made it."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._kept: dict[int, Event] = {}

    def keep(self, events: Iterable[Event]) -> None:
        """Remember events, and forget the oldest."""
        self._kept.update((event.seq, event) for event in events)
        for seq in list(islice(self._kept, max(0, len(self._kept) - KEPT))):
            del self._kept[seq]

    def find(self, seqs: Collection[int]) -> dict[int, Event]:
        """Events by seq."""
        found = {seq: self._kept[seq] for seq in seqs if seq in self._kept}
        read = self._reader.find_events_by_seq([seq for seq in seqs if seq not in found])
        self.keep(read.values())
        return found | read


def check_events(reader: Reader, after: int, upto: int) -> EventCheck:
    """Decide the events of a range again from their stored inputs; compare outputs, edges and postings."""
    report = Report()
    tallies: Tallies = defaultdict(dict)
    flows: Flows = defaultdict(int)
    known = Events(reader)
    while after < upto:
        events = reader.scan_events(after, CHUNK, upto)
        if not events:
            break
        after = events[-1].seq
        known.keep(events)
        _check_chunk(reader, events, known, report, tallies, flows)
        report.events += len(events)
    return EventCheck(report, dict(tallies), dict(flows))


def _check_chunk(
    reader: Reader, events: list[Event], known: Events, report: Report, tallies: Tallies, flows: Flows
) -> None:
    seqs = [event.seq for event in events]
    edges: dict[int, list[Edge]] = defaultdict(list)
    for edge in reader.list_edges(seqs):
        edges[edge.event].append(edge)
    lots = reader.find_lots({edge.lot for found in edges.values() for edge in found})
    postings = reader.scan_postings(seqs)
    report.postings += len(postings)
    posted: dict[int, dict[Row, int]] = defaultdict(dict)
    for posting in postings:
        rows = posted[posting.event]
        rows[posting.row] = rows.get(posting.row, 0) + posting.grams
    _add_up(postings, tallies, flows)
    observed = [event for event in events if event.live and event.draft.lots]
    before = _states_before(reader, observed, lots, known)
    for event in events:
        _check_event(event, edges[event.seq], lots, before, posted[event.seq], report)


def _add_up(postings: list[Posting], tallies: Tallies, flows: Flows) -> None:
    more, more_flows = tally(postings)
    for key, sums in more.items():
        total = tallies[key]
        for column, grams in sums.items():
            total[column] = total.get(column, 0) + grams
    for flow, grams in more_flows.items():
        flows[flow] += grams


def _states_before(
    reader: Reader, events: list[Event], lots: dict[str, Lot], known: Events
) -> dict[tuple[int, str], Lot]:
    """The lots of movements and observations as they stood before each of these events."""
    names = {moved.lot for event in events for moved in event.draft.lots}
    wanted = {event.seq for event in events}
    states: dict[tuple[int, str], Lot] = {}
    timelines: dict[str, list[Edge]] = defaultdict(list)
    for edge in reader.list_touches(names):
        timelines[edge.lot].append(edge)
    touching = known.find({edge.event for timeline in timelines.values() for edge in timeline})
    for name, timeline in timelines.items():
        state: Lot | None = None
        for edge in timeline:
            event = touching[edge.event]
            if edge.role == OUTPUT:
                state = as_made(lots[name], event)
                continue
            if state is None:
                break
            if edge.event in wanted:
                states[edge.event, name] = state
            state = step(state, event, edge.position, lenient=is_lenient(state, event)).lot
    return states


def _check_event(
    event: Event,
    stored: list[Edge],
    lots: dict[str, Lot],
    before: dict[tuple[int, str], Lot],
    posted: dict[Row, int],
    report: Report,
) -> None:
    true: dict[Row, int] = {}
    edges: list[Edge] = []
    if event.live and event.draft.kind in (*ENTRIES, *TRANSFORMATIONS):
        named = {use.lot: lots[use.lot] for use in event.draft.inputs if use.lot in lots}
        if len(named) < len(event.draft.inputs):
            report.find("check.lot_missing", event.id, sorted(named), [use.lot for use in event.draft.inputs])
            return
        decision = decide(event, named, unchecked=named)
        for violation in decision.violations:
            report.find("check.rule_broken", event.id, violation.code, dict(violation.figures))
        true, edges = decision.book.close(), decision.edges
        for made in decision.made.values():
            row = lots.get(made.id)
            if row is None or row.contents[0] != made.contents[0]:
                report.find("check.lot_differs", made.id, row.contents[0] if row else None, made.contents[0])
            elif sum(made.contents[0].vector.values()) != made.contents[0].metal_g:
                report.find(
                    "check.vector_sum",
                    made.id,
                    sum(made.contents[0].vector.values()),
                    made.contents[0].metal_g,
                )
    elif event.live and event.draft.lots:
        book = RowBook(event.month)
        for number, moved in enumerate(event.draft.lots):
            state = before.get((event.seq, moved.lot))
            if state is None:
                report.find("check.lot_missing", event.id, None, moved.lot)
                return
            effect = changes.observe(event, number, state, book, lenient=is_lenient(state, event))
            edges += changes.observed_edges(event, number, effect)
            for violation in effect.violations:
                report.find("check.rule_broken", event.id, violation.code, dict(violation.figures))
            if effect.part is not None and lots[effect.part.id].contents[0] != effect.part.contents[0]:
                report.find(
                    "check.lot_differs",
                    effect.part.id,
                    lots[effect.part.id].contents[0],
                    effect.part.contents[0],
                )
        true = book.close()
    if sorted(edges) != sorted(stored):
        report.find("check.edges_differ", event.id, sorted(stored), sorted(edges))
    summed = {row: grams for row, grams in posted.items() if grams}
    if summed != true:
        off = sorted(row for row in {*summed, *true} if summed.get(row, 0) != true.get(row, 0))
        stored_rows = {f"{row.account} {row.site} {row.origin}": summed.get(row, 0) for row in off}
        true_rows = {f"{row.account} {row.site} {row.origin}": true.get(row, 0) for row in off}
        report.find("check.postings_differ", event.id, stored_rows, true_rows)


# --- lots ---------------------------------------------------------------------------------------------------------


def check_lots(reader: Reader, after: str, upto: str) -> Report:
    """Fold the lots with ids in (after, upto] again; compare remaining mass, custody, content; measure rounding."""
    report = Report()
    known = Events(reader)
    while True:
        lots = [lot for lot in reader.scan_lots(after, CHUNK) if not upto or lot.id <= upto]
        if not lots:
            return report
        after = lots[-1].id
        _fold_chunk(reader, lots, known, report)
        report.lots += len(lots)


def _fold_chunk(reader: Reader, lots: list[Lot], known: Events, report: Report) -> None:
    edges: dict[str, list[Edge]] = {lot.id: [] for lot in lots}
    for edge in reader.list_touches(list(edges)):
        edges[edge.lot].append(edge)
    moved = [lot for lot in lots if any(edge.role == OBSERVED or edge.number < 0 for edge in edges[lot.id])]
    events = known.find({edge.event for lot in moved for edge in edges[lot.id]})
    wanted = {lot.id for lot in moved}
    for lot in lots:
        timeline = edges[lot.id]
        if lot.id in wanted:
            _fold(lot, timeline, events, report)
        else:
            _check_simple(lot, timeline, report)
        _measure_rounding(lot, timeline, report)


def _fold(lot: Lot, timeline: list[Edge], events: dict[int, Event], report: Report) -> None:
    state: Lot | None = None
    for edge in timeline:
        event = events[edge.event]
        if edge.role == OUTPUT:
            state = as_made(lot, event)
        elif state is not None:
            after = step(state, event, edge.position, lenient=is_lenient(state, event))
            for violation in after.violations:
                report.find("check.rule_broken", lot.id, violation.code, dict(violation.figures))
            state = after.lot
    if state is not None and state != lot:
        report.find("check.lot_state", lot.id, _differing(lot, state), _differing(state, lot))
    elif state is None and not lot.void:
        report.find("check.lot_unmade", lot.id, lot.status, "void")


def _check_simple(lot: Lot, timeline: list[Edge], report: Report) -> None:
    """A lot that was only made and taken from needs no events to be folded."""
    made = [edge for edge in timeline if edge.role == OUTPUT]
    if len(made) != 1:
        if made or timeline or not lot.void:
            report.find("check.lot_unmade", lot.id, len(made), 1)
        return
    remaining_g = made[0].mass_g - sum(edge.mass_g for edge in timeline if edge.role == INPUT)
    if remaining_g != lot.remaining_g or remaining_g < 0:
        report.find("check.remaining", lot.id, lot.remaining_g, remaining_g)
    if (made[0].mass_g, made[0].metal_g) != (lot.contents[0].mass_g, lot.contents[0].metal_g):
        report.find("check.lot_differs", lot.id, lot.contents[0], made[0])


def _differing(one: Lot, other: Lot) -> dict[str, object]:
    return {name: getattr(one, name) for name in one._fields if getattr(one, name) != getattr(other, name)}


def _measure_rounding(lot: Lot, timeline: list[Edge], report: Report) -> None:
    """Takes round down each for itself: at most 1 g a take (and its remainder) may be missing of the lot's metal."""
    if len(lot.contents) > 1 or lot.void:
        return
    takes = [edge for edge in timeline if edge.role == INPUT or (edge.role == OBSERVED and edge.mass_g)]
    if not takes:
        return
    out_g = sum(edge.metal_g if edge.role == INPUT else -edge.metal_g for edge in takes)
    miss_g = abs(lot.contents[0].metal_g - out_g - lot.remaining().metal_g)
    if miss_g > len(takes) + 1:
        report.find("check.rounding", lot.id, miss_g, len(takes) + 1)
    elif miss_g:
        report.rounding_lots += 1
        report.rounding_g = max(report.rounding_g, miss_g)


# --- the whole ----------------------------------------------------------------------------------------------------


def compare_tallies(reader: Reader, tallies: Tallies, flows: Flows) -> Report:
    """The stored tallies and flows against the sums of all postings."""
    report = Report()
    true = {key: {c: g for c, g in sums.items() if g} for key, sums in tallies.items()}
    true = {key: sums for key, sums in true.items() if sums}
    after = None
    while rows := reader.scan_tallies(after, CHUNK):
        after = rows[-1][0]
        for key, sums in rows:
            report.tallies += 1
            if true.pop(key, {}) != sums:
                report.find("check.tally_differs", "/".join(key), sums, tallies.get(key))
    for key, sums in true.items():
        report.find("check.tally_missing", "/".join(key), None, sums)
    true_flows = {key: grams for key, grams in flows.items() if grams}
    after_flow = None
    while found := reader.scan_flows(after_flow, CHUNK):
        after_flow = found[-1][0]
        for flow, grams in found:
            if true_flows.pop(flow, 0) != grams:
                report.find("check.flow_differs", "/".join(flow), grams, flows.get(flow))
    for flow, grams in true_flows.items():
        report.find("check.flow_missing", "/".join(flow), None, grams)
    return report


def digest(reader: Reader) -> str:
    """SHA-256 over events by seq, then lots, tallies and flows by key, as canonical JSON; equal on every engine."""
    return check_chain(reader).digest


def check_chain(reader: Reader) -> Report:
    """The hash chain over everything recorded, that no seq is missing, and the digest: one pass over the book."""
    report = Report()
    total = sha256()
    seq, chain, whole = 0, "", True

    def add(line: str) -> None:
        total.update(line.encode())
        total.update(b"\n")

    while events := reader.scan_events(seq, CHUNK):
        for event in events:
            if event.seq != seq + 1:
                report.find("check.seq_gap", event.id, event.seq, seq + 1)
            seq, chain = event.seq, link(chain, event)
            if whole and event.chain != chain:
                report.find("check.chain_broken", event.id, event.chain, chain)
                whole = False  # every later link hangs on it
            add(dump_json(encode_event(event)))
    for line in _derived_lines(reader):
        add(line)
    report.digest = total.hexdigest()
    return report


def _derived_lines(reader: Reader) -> Iterator[str]:
    last = ""
    while lots := reader.scan_lots(last, CHUNK):
        last = lots[-1].id
        yield from (dump_json(encode_lot(lot)) for lot in lots)
    key = None
    while rows := reader.scan_tallies(key, CHUNK):
        key = rows[-1][0]
        yield from (dump_json([*tally_key, sorted(sums.items())]) for tally_key, sums in rows)
    flow = None
    while found := reader.scan_flows(flow, CHUNK):
        flow = found[-1][0]
        yield from (dump_json([*flow_key, grams]) for flow_key, grams in found)


class Part(NamedTuple):
    """A piece of the work, for one process."""

    what: str
    after: int | str = 0
    upto: int | str = 0


def check(store: Store, processes: int = 1, progress: Progress | None = None) -> Report:
    """Check everything. With several processes the parts run side by side; each reads the store on its own, so a
    check of a store that is being written belongs on a backup (or with the writers stopped).
    """
    parts = list(_plan(store, processes))
    report = Report()
    tallies: Tallies = defaultdict(dict)
    flows: Flows = defaultdict(int)
    for what, outcome in _run(store, parts, processes):
        if isinstance(outcome, EventCheck):
            for key, sums in outcome.tallies.items():
                total = tallies[key]
                for column, grams in sums.items():
                    total[column] = total.get(column, 0) + grams
            for flow, grams in outcome.flows.items():
                flows[flow] += grams
            outcome = outcome.report
        report.add(outcome)
        if progress is not None:
            progress(what, outcome.events + outcome.lots)
    with store.read() as reader:
        report.add(compare_tallies(reader, tallies, flows))
    return report


def _plan(store: Store, processes: int) -> Iterator[Part]:
    with store.read() as reader:
        seq = reader.last().seq
    step_size = max(CHUNK, seq // (max(processes, 1) * 8) + 1)
    yield Part("chain")
    for after in range(0, seq, step_size):
        yield Part("events", after, min(after + step_size, seq))
    # Ids are UUIDs, so their first characters divide the lots evenly enough where they are random; client-made
    # UUIDv7 share their beginning, so a single part simply streams them all.
    yield Part("lots", "", "")


def _run(store: Store, parts: Iterable[Part], processes: int) -> Iterator[tuple[str, EventCheck | Report]]:
    if processes <= 1:
        for part in parts:
            yield part.what, run_part(store, part)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        jobs = [(part.what, pool.submit(run_part, store, part)) for part in parts]
        for what, job in jobs:
            yield what, job.result()


def run_part(store: Store, part: Part) -> EventCheck | Report:
    """One part of the check."""
    with store.read() as reader:
        if part.what == "chain":
            return check_chain(reader)
        if part.what == "events":
            return check_events(reader, int(part.after), int(part.upto))
        return check_lots(reader, str(part.after), str(part.upto))

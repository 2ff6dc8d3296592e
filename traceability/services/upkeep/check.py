"""Does the book agree with itself: every event decided again, every lot folded again, every tally added up again.

The work is split by ranges of events; each part streams its range once: it decides the events again from their stored
inputs, folds the timelines of the lots that they made or moved, and takes the prints of what it read for the digest.
Findings are data; takes that miss their lot's metal within the rounding that is allowed are reported as *rounding*,
not as faults.

Claims are asked for where they are few: of seals, openings and declarations, and all labels' codes. Left out on purpose
are those of weighing tickets and heat numbers, nearly as many as events: a check of a million lots has no time to spare.
Of an opening that declares no class nothing tells whether it came first when it was recorded, so it may have no claim.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from multiprocessing import get_context
from operator import attrgetter
from typing import NamedTuple, TypeVar

from graph.records import EVENT_COLUMNS, EventRow, LotRow, decode_event, decode_lot, load_json
from graph.store import LotFilter, Reader, Store
from traceability.domain.claims import CODES, Claim, code_key, is_all_unknown, new_claims, opening_key
from traceability.domain.decision import INPUT, OBSERVED, OUTPUT, Decision, Edge, decide, observed_edges
from traceability.domain.errors import BadInput
from traceability.domain.event import Correction, Draft, Event, Frozen
from traceability.domain.lot import Lot, born_with
from traceability.domain.posting import FlowKey, Flows, LedgerRow, LedgerRows, Tallies, TallyKey, tally
from traceability.domain.provenance import take_metal
from traceability.domain.timeline import as_made, is_lenient, step
from traceability.services.recording.garbage_collection import collector_paused
from traceability.services.recording.pending_book import link
from traceability.services.recording.revision import decide_nothing
from traceability.services.recording.seal import find_changed
from traceability.wire import decode_draft
from traceability.wire import digest as digest_of

CHUNK = 1_000
SMALLEST = 10_000  # events of a part
KEPT = 5_000  # events that a part remembers, some 10 kB each
MOST_FINDINGS = 1_000  # beyond it a store is broken in one way, and the first lines say which
CLAIMING = ("seal", "opening", "declare")  # kinds whose claims are asked for

_LIVE, _FIRST = map(EVENT_COLUMNS.index, ("live", "first"))
_ROLE_AND_NUMBER = attrgetter("role", "number")  # within an event the order of ``list_edges``

K = TypeVar("K", int, str)
T = TypeVar("T")

Progress = Callable[[str, int], None]
"""Called with (part, how many more are done)."""

StockKey = tuple[str, str, str, str, str]
"""(site, metal, form, material, status)"""


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
    moved: bool = False  # somebody wrote meanwhile, so findings may only tell of that

    def add(self, other: "Report") -> None:
        """Take in the report of another part."""
        self.events += other.events
        self.lots += other.lots
        self.postings += other.postings
        self.tallies += other.tallies
        self.findings = (self.findings + other.findings)[:MOST_FINDINGS]
        self.rounding_lots += other.rounding_lots
        self.rounding_g = max(self.rounding_g, other.rounding_g)

    def find(self, code: str, about: object, stored: object, true: object) -> None:
        """Note one disagreement."""
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(Finding(code, str(about), str(stored)[:500], str(true)[:500]))


# --- the digest ---------------------------------------------------------------------------------------------------


class Prints:
    """Fingerprints of a set of rows: their SHA-256 added up, so that parts of a book can be read in any order."""

    def __init__(self) -> None:
        self.total = 0

    def add(self, row: Iterable[object]) -> None:
        """Count in one row. No text that is stored holds the mark between its parts."""
        self.total += int.from_bytes(sha256("\x1f".join(map(str, row)).encode()).digest())

    def add_event(self, row: EventRow) -> None:
        """Count in an event; ``first`` only says how a store goes back to the event's first version."""
        self.add((bool(row.live), *row[:_LIVE], *row[_LIVE + 1 : _FIRST], *row[_FIRST + 1 :]))

    def __str__(self) -> str:
        return f"{self.total % 2**256:064x}"


def digest(reader: Reader) -> str:
    """64 hex digits over all events, lots, tallies and flows; the same for the same book on every engine."""
    prints = Prints()
    seq, last = 0, reader.last().seq
    while events := reader.scan_events(seq, CHUNK, last):
        seq = events[-1].seq
        for event in events:
            prints.add_event(event)
    for lot in _all_lots(reader):
        prints.add(lot)
    for key, sums in _all_tallies(reader):
        prints.add((*key, sorted(sums.items())))
    for flow, grams in _all_flows(reader):
        prints.add((*flow, grams))
    return str(prints)


def _all_lots(reader: Reader) -> Iterator[LotRow]:
    last = ""
    while lots := reader.scan_lots(last, CHUNK):
        last = lots[-1].id
        yield from lots


def _all_tallies(reader: Reader) -> Iterator[tuple[TallyKey, dict[str, int]]]:
    key = None
    while rows := reader.scan_tallies(key, CHUNK):
        key = rows[-1][0]
        yield from rows


def _all_flows(reader: Reader) -> Iterator[tuple[FlowKey, int]]:
    key = None
    while rows := reader.scan_flows(key, CHUNK):
        key = rows[-1][0]
        yield from rows


# --- a range of events --------------------------------------------------------------------------------------------


@dataclass(slots=True)
class CheckResult:
    """What a part found, and what it adds to the sums that only the whole can be held against."""

    report: Report = field(default_factory=Report)
    tallies: Tallies = field(default_factory=dict)
    flows: Flows = field(default_factory=dict)
    prints: int = 0
    folded: int = 0  # lots that an event of the range made
    live: int = 0  # lots of the table that are not void

    def add(self, other: "CheckResult") -> None:
        """Take in another part."""
        self.report.add(other.report)
        self.prints += other.prints
        self.folded += other.folded
        self.live += other.live
        _add_sums(self.tallies, self.flows, other.tallies, other.flows)


def _add_sums(tallies: Tallies, flows: Flows, more: Tallies, more_flows: Flows) -> None:
    for key, sums in more.items():
        total = tallies.setdefault(key, {})
        for column, grams in sums.items():
            total[column] = total.get(column, 0) + grams
    for flow, grams in more_flows.items():
        flows[flow] = flows.get(flow, 0) + grams


DAMAGED = (
    ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError, AssertionError, BadInput,
)  # fmt: skip
"""What reading and deciding raise where a row is not what the system writes. What the domain asserts holds for every lot
and event that it made itself; a mistake of ours in it is told by the same finding, with its words, and not hidden."""


def find_readable(
    find: Callable[[Collection[K]], dict[K, T]], keys: Collection[K], report: Report
) -> dict[K, T]:
    """What can be found and read; each row that cannot be read is a finding."""
    try:
        return find(keys)
    except DAMAGED:
        found: dict[K, T] = {}
        for key in keys:
            try:
                found |= find([key])
            except DAMAGED as error:
                report.find("check.unreadable", key, repr(error), "")
        return found


class Events:
    """Events that were read lately: what moved a lot mostly stands close to what made it."""

    def __init__(self, reader: Reader, report: Report) -> None:
        self._reader = reader
        self._report = report
        self._kept: dict[int, Event] = {}

    def keep(self, events: Iterable[Event]) -> None:
        """Remember events, and forget the oldest."""
        self._kept.update((event.seq, event) for event in events)
        if len(self._kept) > KEPT:
            for seq in list(islice(self._kept, len(self._kept) - KEPT)):
                del self._kept[seq]

    def find(self, seqs: Collection[int]) -> dict[int, Event]:
        """Events by seq, as far as they can be read."""
        found = {seq: self._kept[seq] for seq in seqs if seq in self._kept}
        missing = [seq for seq in seqs if seq not in found]
        if not missing:
            return found
        read = find_readable(self._reader.find_events_by_seq, missing, self._report)
        self.keep(read.values())
        return found | read


class Retold:
    """What a movement or observation leads to, gathered lot by lot while their timelines are folded."""

    def __init__(self, event: Event) -> None:
        self.event = event
        self.named = {moved.lot for moved in event.draft.lots}
        self.book = LedgerRows(event.month)
        self.edges: list[Edge] = []
        self.lots: set[str] = set()


def check_events(reader: Reader, after: int, upto: int) -> CheckResult:
    """Check the events with seqs in (after, upto], and the lots that they made."""
    outcome = CheckResult()
    report, prints = outcome.report, Prints()
    known = Events(reader, report)
    before = known.find([after] if after else [])
    seq, chain = after, before[after].chain if before else ""
    waiting: list[Event] = []
    while rows := reader.scan_events(seq, CHUNK, upto):
        events = []
        for row in rows:
            prints.add_event(row)
            if row.seq != seq + 1:
                report.find("check.seq_gap", row.id, row.seq, seq + 1)
            event = _read_event(row, report)
            if event is not None:
                events.append(event)
                right = link(chain, event, row.first or row.frozen)
                if event.chain != right:
                    report.find("check.chain_broken", event.id, event.chain, right)
            seq, chain = row.seq, row.chain
        known.keep(events)
        # Once the next are read, as they mostly moved what these made.
        _check_chunk(reader, waiting, known, outcome)
        waiting = events
        report.events += len(rows)
    _check_chunk(reader, waiting, known, outcome)
    if seq < upto:
        report.find("check.seq_gap", "", seq, upto)
    outcome.prints = prints.total
    return outcome


def _read_event(row: EventRow, report: Report) -> Event | None:
    """The event of a row; its text must fit the digest, and what lists go by must be what it says."""
    try:
        event = decode_event(row)
        listed = (row.id, row.kind, row.site, row.actor, row.region, row.time_ms, row.month)
        draft, frozen = event.draft, event.frozen
        true = (draft.id, draft.kind, draft.site, draft.actor, frozen.region, frozen.time_ms, event.month)
        if row.digest != digest_of(row.text, row.schema):
            report.find("check.text_changed", row.id, row.digest, row.text)
    except DAMAGED as error:
        report.find("check.unreadable", row.id, repr(error), "")
        return None
    if listed != true:
        report.find("check.event_differs", row.id, listed, true)
    # Where a correction further up led to other edges, the store keeps the same parameters as ``first`` too.
    if not event.revisions and (row.current or not row.live or row.first not in (None, row.frozen)):
        report.find("check.version_differs", row.id, (row.live, row.current, row.first), (True, None, None))
    return event


def _check_chunk(reader: Reader, events: list[Event], known: Events, outcome: CheckResult) -> None:
    report = outcome.report
    _check_versions([event for event in events if event.revisions], known, report)
    claiming = [event for event in events if event.draft.kind in CLAIMING and event.live]
    _check_claims(reader, claiming, known, report)
    seqs = [event.seq for event in events]
    edges: dict[int, list[Edge]] = {seq: [] for seq in seqs}
    made: set[str] = set()
    for edge in reader.list_edges(seqs):
        edges[edge.event].append(edge)
        if edge.role == OUTPUT:
            made.add(edge.lot)
    named = {edge.lot for found in edges.values() for edge in found}
    lots = find_readable(reader.find_lots, named, report)
    postings = reader.scan_postings(seqs)
    report.postings += len(postings)
    posted: dict[int, dict[LedgerRow, int]] = defaultdict(dict)
    try:
        for posting in postings:
            rows = posted[posting.event]
            rows[posting.row] = rows.get(posting.row, 0) + posting.grams
        _add_sums(outcome.tallies, outcome.flows, *tally(postings))
    except DAMAGED as error:  # a server keeps no types; what differs in consequence is told event by event
        report.find("check.unreadable", f"postings {seqs[0]}-{seqs[-1]}", repr(error), "")
    retold: dict[int, Retold] = {}
    decided: dict[int, Decision | None] = {}
    for event in events:
        try:
            if event.live and event.draft.lots:
                retold[event.seq] = Retold(event)
            else:
                decided[event.seq] = _decide_again(event, lots, report)
        except DAMAGED as error:
            decided[event.seq] = None
            report.find("check.unreadable", event.id, repr(error), "")
            # It stumbled over one of its lots, or else what it made is held against nothing.
            for name in dict.fromkeys(edge.lot for edge in edges[event.seq] if edge.lot in lots):
                _check_vectors(lots[name], report)
    born = {lot.id: lot for decision in decided.values() if decision for lot in decision.made.values()}
    _Folding(lots, born, retold, report).run(reader, made, known)
    outcome.folded += sum(lot in lots for lot in made)
    for event in events:
        told = retold.get(event.seq) or decided[event.seq]
        try:
            if told is not None:
                _compare(event, told, edges[event.seq], posted[event.seq], report)
            if changed := find_changed(reader, event):
                report.find("check.seal_digest", event.id, event.frozen.month_digest, changed)
        except DAMAGED as error:  # rows with parts that have no order
            report.find("check.unreadable", event.id, repr(error), "")


def _decide_again(event: Event, lots: dict[str, Lot], report: Report) -> Decision | None:
    """What an entry or transformation leads to (nothing if it is void), None where that cannot be said."""
    if not event.live:
        return decide_nothing(event)
    inputs = {use.lot: lots[use.lot] for use in event.draft.inputs if use.lot in lots}
    if len(inputs) < len(event.draft.inputs):
        report.find("check.lot_missing", event.id, sorted(inputs), [use.lot for use in event.draft.inputs])
        return None
    for lot in inputs.values():
        # A lot that was never shipped is where it was made; the way of others is folded.
        if lot.made >= event.order or (not lot.shipper and lot.site != event.draft.site):
            report.find("check.rule_broken", event.id, lot.id, (lot.site, lot.made))
    decision = decide(event, inputs, unchecked=inputs)
    for violation in decision.violations:
        report.find("check.rule_broken", event.id, violation.code, dict(violation.figures))
    for lot in decision.made.values():
        if lot.id not in lots:
            report.find("check.lot_differs", lot.id, None, lot.contents[0])
        _check_vectors(lot, report)
    return decision


def _check_vectors(lot: Lot, report: Report) -> None:
    for content in lot.contents:
        metal_g = sum(content.vector.values())
        if metal_g != content.metal_g:
            report.find("check.vector_sum", lot.id, metal_g, content.metal_g)


def _compare(
    event: Event, told: Retold | Decision, stored: list[Edge], posted: dict[LedgerRow, int], report: Report
) -> None:
    """What an event leads to beside the edges and ledger rows that are stored of it."""
    if isinstance(told, Retold) and told.named != told.lots:
        report.find("check.lot_missing", event.id, sorted(told.lots), sorted(told.named))
        return
    edges = sorted(told.edges, key=_ROLE_AND_NUMBER)
    if edges != stored:
        report.find("check.edges_differ", event.id, stored, edges)
    true = told.book.rows
    if posted != true:
        # Of rows that came to 0 none are stored, and what corrections posted may add up to 0.
        off = sorted(row for row in {*posted, *true} if posted.get(row, 0) != true.get(row, 0))
        if off:
            stored_rows = {f"{row.account} {row.site} {row.origin}": posted.get(row, 0) for row in off}
            true_rows = {f"{row.account} {row.site} {row.origin}": true.get(row, 0) for row in off}
            report.find("check.postings_differ", event.id, stored_rows, true_rows)


# --- corrected events, and those that hold claims -----------------------------------------------------------------


def _check_versions(revised: list[Event], known: Events, report: Report) -> None:
    """Each correction that an event names states it, and the event is what they made of it."""
    if not revised:
        return
    found = known.find({seq for event in revised for seq in event.revisions if type(seq) is int})
    stated = {seq: _stated_by(correction) for seq, correction in found.items()}
    for event in revised:
        try:
            true = [seq for seq in sorted(set(event.revisions)) if event.id in stated.get(seq, {})]
            if list(event.revisions) != true:
                report.find("check.version_differs", event.id, event.revisions, true)
                continue
            _check_version(event, [stated[seq][event.id] for seq in true], report)
        except DAMAGED as error:
            report.find("check.unreadable", event.id, repr(error), "")


def _stated_by(event: Event) -> dict[str, tuple[Draft, Frozen] | None]:
    """What a correction makes of events, by id: None of those that it voids; nothing if it is no correction."""
    if not event.live or not isinstance(event.draft.detail, Correction):
        return {}
    versions = event.frozen.versions
    found: dict[str, tuple[Draft, Frozen] | None] = dict.fromkeys(event.frozen.voided)
    for target in event.draft.detail.targets:
        if target.draft is not None and target.event in versions:
            found[target.event] = (target.draft, versions[target.event])
    return found


def _check_version(event: Event, stated: list[tuple[Draft, Frozen] | None], report: Report) -> None:
    if event.live != (stated[-1] is not None):
        report.find("check.version_differs", event.id, event.live, not event.live)
    replaced = [version for version in stated if version is not None]
    if replaced:
        draft, frozen = replaced[-1]
        draft = _with_names(draft, event.draft)
    else:
        draft, frozen = decode_draft(load_json(event.text)), event.first or event.frozen
    if draft != event.draft:
        stored, true = _differing(event.draft, draft), _differing(draft, event.draft)
        report.find("check.version_differs", event.id, stored, true)
    if frozen != event.frozen:
        stored, true = _differing(event.frozen, frozen), _differing(frozen, event.frozen)
        report.find("check.version_differs", event.id, stored, true)


def _with_names(stated: Draft, held: Draft) -> Draft:
    """A replacement may leave open its id, and the ids and codes of lots: it keeps those of what it replaces."""
    outputs, lots = stated.outputs, stated.lots
    if len(outputs) == len(held.outputs):
        outputs = tuple(
            new._replace(lot=new.lot or old.lot, code=new.code or old.code)
            for new, old in zip(outputs, held.outputs, strict=True)
        )
    if len(lots) == len(held.lots):
        lots = tuple(
            new._replace(part_lot=new.part_lot or old.part_lot, part_code=new.part_code or old.part_code)
            for new, old in zip(lots, held.lots, strict=True)
        )
    return stated._replace(id=held.id, outputs=outputs, lots=lots)


def _check_claims(reader: Reader, events: list[Event], known: Events, report: Report) -> None:
    """Each event holds what it claims for itself; of a site's openings the newest holds the site."""
    if not events:
        return
    wanted: dict[str, tuple[Event, Claim | None]] = {}
    openings = [event for event in events if event.draft.kind == "opening"]
    for event in events:
        try:
            claims = new_claims(event, (), "")
            wanted.update((key, (event, claim)) for key, claim in claims.items())
        except DAMAGED as error:
            report.find("check.unreadable", event.id, repr(error), "")
    held = reader.find_claims([*wanted, *{opening_key(event.draft.site) for event in openings}])
    for key, (event, claim) in wanted.items():
        if held.get(key) != claim:
            report.find("check.claim_lost", event.id, held.get(key), claim)
    newest = known.find({claim.seq for claim in held.values()} if openings else ())
    for event in openings:
        key = opening_key(event.draft.site)
        claim = held.get(key)
        if not (_holds_site(claim, newest.get(claim.seq), event) if claim else is_all_unknown(event.draft)):
            report.find("check.claim_lost", event.id, claim, key)


def _holds_site(claim: Claim, newest: Event | None, event: Event) -> bool:
    """Whether a claim is that of a live opening of the event's site, no older than the event where that counts."""
    if newest is None or newest.draft.kind != "opening" or newest.draft.site != event.draft.site:
        return False
    named = newest.live and (claim.owner, claim.time_ms) == (newest.id, newest.frozen.time_ms)
    return named and (newest.order >= event.order or is_all_unknown(event.draft))


# --- the lots of a range ------------------------------------------------------------------------------------------


class _Folding:
    """The lots that were made or moved in a range, folded again; events that moved them are retold on the way."""

    def __init__(
        self, lots: dict[str, Lot], born: dict[str, Lot], retold: dict[int, Retold], report: Report
    ) -> None:
        self.lots = lots
        self.born = born  # as the events of the range make them
        self.retold = retold
        self.report = report

    def run(self, reader: Reader, made: set[str], known: Events) -> None:
        """Fold them; those ``made`` in the range must come out as they are stored."""
        moved = {lot for found in self.retold.values() for lot in found.named}
        timelines: dict[str, list[Edge]] = {lot: [] for lot in self.lots if lot in made or lot in moved}
        journeys: set[str] = set()
        for edge in reader.list_touches(list(timelines)):
            timelines[edge.lot].append(edge)
            if edge.role == OBSERVED or edge.number < 0:
                journeys.add(edge.lot)
        events = known.find({edge.event for lot in journeys for edge in timelines[lot]})
        for name, timeline in timelines.items():
            lot, own = self.lots[name], name in made
            try:
                if name in journeys:
                    state = self._fold(lot, timeline, events, own=own)
                else:
                    state = self._take_all(lot, timeline, known)
                if own:
                    self._check_state(lot, state)
                    _measure_rounding(lot, timeline, self.report)
            except DAMAGED as error:
                self.report.find("check.unreadable", name, repr(error), "")
                _check_vectors(lot, self.report)

    def _fold(self, lot: Lot, timeline: list[Edge], events: dict[int, Event], *, own: bool) -> Lot | None:
        """The lot as its timeline leads to it. Each broken rule is told once: of a take where the lot was made, of a
        movement or observation where the event stands."""
        state: Lot | None = None
        for edge in timeline:
            event = events.get(edge.event)
            if event is None:
                self.report.find("check.edges_differ", lot.id, edge, None)
                continue
            if edge.role == OUTPUT:
                state = self.born.get(lot.id) or as_made(lot, event)
                continue
            draft, position = event.draft, edge.position
            named = draft.inputs or draft.lots
            if state is None or position >= len(named) or named[position].lot != lot.id:
                self.report.find("check.edges_differ", event.id, edge, lot.id)
                return state
            telling = self.retold.get(edge.event)
            book = telling.book if telling else None
            effect = step(state, event, position, lenient=is_lenient(state, event), book=book)
            if telling is not None or (own and draft.inputs):
                for violation in effect.violations:
                    self.report.find("check.rule_broken", event.id, violation.code, dict(violation.figures))
            if telling is not None:
                telling.lots.add(lot.id)
                telling.edges += observed_edges(event, position, effect)
                if effect.part is not None:
                    self._check_part(effect.part)
            state = effect.lot
        return state

    def _take_all(self, lot: Lot, timeline: list[Edge], known: Events) -> Lot | None:
        """A lot that was only made and taken from needs but the event that made it to be folded."""
        state = self.born.get(lot.id)
        if state is None:
            for edge in timeline:
                if edge.role == OUTPUT:
                    maker = known.find([edge.event]).get(edge.event)
                    state = as_made(lot, maker) if maker else None
        taken_g = sum(edge.mass_g for edge in timeline if edge.role == INPUT)
        return state and state.changed(remaining_g=state.remaining_g - taken_g, last=timeline[-1].order)

    def _check_state(self, lot: Lot, true: Lot | None) -> None:
        if true is None:
            self.report.find("check.lot_unmade", lot.id, lot.status, "void")
        elif true.remaining_g < 0:
            self.report.find("check.rule_broken", lot.id, "rule.overdrawn", true.remaining_g)
        elif lot != true:
            code = "check.lot_differs" if _birth(lot) != _birth(true) else "check.lot_state"
            self.report.find(code, lot.id, _differing(lot, true), _differing(true, lot))

    def _check_part(self, true: Lot) -> None:
        """A part as the movement that split it off leads to it, beside the one that is stored."""
        _check_vectors(true, self.report)
        stored = self.lots.get(true.id)
        if stored is None:
            self.report.find("check.lot_differs", true.id, None, true.contents[0])
        elif _birth(stored) != _birth(true):
            self.report.find("check.lot_differs", true.id, _birth(stored), _birth(true))


def _birth(lot: Lot) -> tuple[object, ...]:
    return (lot.contents[0], lot.first_code, *born_with(lot))


def _differing(one: Lot | Draft | Frozen, other: Lot | Draft | Frozen) -> dict[str, object]:
    return {name: getattr(one, name) for name in one._fields if getattr(one, name) != getattr(other, name)}


def _measure_rounding(lot: Lot, timeline: list[Edge], report: Report) -> None:
    """Takes round down each for itself: at most 1 g a take (and its remainder) may be missing of the lot's metal."""
    if len(lot.contents) > 1 or lot.void:
        return
    takes = out_g = 0
    for edge in timeline:
        if edge.role == INPUT:
            takes += 1
            out_g += edge.metal_g
        elif edge.role == OBSERVED and edge.mass_g:
            takes += 1
            out_g -= edge.metal_g
    if not takes:
        return
    content = lot.contents[0]
    left_g = take_metal(lot.remaining_g, content.mass_g, content.metal_g)
    miss_g = abs(content.metal_g - out_g - left_g)
    if miss_g > takes + 1:
        report.find("check.rounding", lot.id, miss_g, takes + 1)
    elif miss_g:
        report.rounding_lots += 1
        report.rounding_g = max(report.rounding_g, miss_g)


# --- the whole ----------------------------------------------------------------------------------------------------


def check_lots(reader: Reader) -> CheckResult:
    """Every lot of the table: void ones are in nobody's timeline, the others add up to the stock by site; each holds
    the codes of its labels."""
    outcome = CheckResult()
    prints = Prints()
    stock: dict[StockKey, tuple[int, int]] = {}
    void: list[str] = []
    labels = 0
    table = _all_lots(reader)
    while chunk := list(islice(table, CHUNK)):
        outcome.report.lots += len(chunk)
        for lot in chunk:
            prints.add(lot)
            try:
                for code in _codes_of(lot):
                    labels += hash((code_key(code), lot.id))
                if lot.status == "void":
                    void.append(lot.id)
                    continue
                outcome.live += 1
                key = (lot.site, lot.metal, lot.form, lot.material, lot.status)
                lots, remaining_g = stock.get(key, (0, 0))
                stock[key] = (lots + 1, remaining_g + lot.remaining_g)
            except DAMAGED as error:  # a server keeps no types
                outcome.report.find("check.unreadable", lot.id, repr(error), "")
    for start in range(0, len(void), CHUNK):
        for edge in reader.list_touches(void[start : start + CHUNK]):
            outcome.report.find("check.lot_state", edge.lot, edge, "void")
    for found in reader.sum_stock(LotFilter(), ("site", "metal", "form", "material", "status")):
        key = (found.site, found.metal, found.form, found.material, found.status)
        held, true = (found.lots, found.remaining_g), stock.pop(key, (0, 0))
        if held != true:
            outcome.report.find("check.stock_differs", _name(key), held, true)
    for key, sums in stock.items():
        outcome.report.find("check.stock_differs", _name(key), None, sums)
    if labels != sum(hash((claim.key, claim.owner)) for claim in _all_codes(reader)):
        _find_lost_codes(reader, outcome.report)
    outcome.prints = prints.total
    return outcome


def _name(key: Iterable[object]) -> str:
    return "/".join(map(str, key))


def _all_codes(reader: Reader) -> Iterator[Claim]:
    after = ""
    while claims := reader.list_claims(CODES, after, CHUNK):
        after = claims[-1].key
        yield from claims


def _codes_of(lot: LotRow) -> tuple[str, ...]:
    if '"codes"' not in lot.more:
        return (lot.code,)
    try:
        return (*decode_lot(lot).codes, lot.code)
    except DAMAGED:  # told where the lot was made
        return (lot.code,)


def _find_lost_codes(reader: Reader, report: Report) -> None:
    """A label leads to its lot for ever, also to a void one, and after its relabelling was voided: so there may be
    more codes than lots have. Asked lot by lot only where the two do not come out the same, as codes lie at random."""
    table = _all_lots(reader)
    while chunk := list(islice(table, CHUNK)):
        held = {code_key(code): lot.id for lot in chunk for code in _codes_of(lot)}
        claims = reader.find_claims(list(held))
        for key, lot in held.items():
            claim = claims.get(key)
            if claim is None or claim.owner != lot:
                report.find("check.code_lost", lot, claim.owner if claim else None, key)


def _find_unmade(reader: Reader, report: Report) -> None:
    """The lots that no event made: looked for only where their number does not come out."""
    lots = _all_lots(reader)
    while chunk := list(islice(lots, CHUNK)):
        made = {edge.lot for edge in reader.list_touches([lot.id for lot in chunk]) if edge.role == OUTPUT}
        for lot in chunk:
            if lot.id not in made and lot.status != "void":
                report.find("check.lot_unmade", lot.id, lot.status, "void")


def compare_tallies(reader: Reader, tallies: Tallies, flows: Flows) -> CheckResult:
    """The stored tallies and flows against the sums of all postings."""
    outcome = CheckResult()
    report, prints = outcome.report, Prints()
    true = {key: {c: g for c, g in sums.items() if g} for key, sums in tallies.items()}
    true = {key: sums for key, sums in true.items() if sums}
    for key, sums in _all_tallies(reader):
        report.tallies += 1
        prints.add((*key, sorted(sums.items())))
        if true.pop(key, {}) != sums:
            report.find("check.tally_differs", _name(key), sums, tallies.get(key))
    for key, sums in true.items():
        report.find("check.tally_missing", _name(key), None, sums)
    true_flows = {key: grams for key, grams in flows.items() if grams}
    for flow, grams in _all_flows(reader):
        prints.add((*flow, grams))
        if true_flows.pop(flow, 0) != grams:
            report.find("check.flow_differs", _name(flow), grams, flows.get(flow))
    for flow, grams in true_flows.items():
        report.find("check.flow_missing", _name(flow), None, grams)
    outcome.prints = prints.total
    return outcome


class CheckPart(NamedTuple):
    """A piece of the work, for one process: a range of events, or (``upto`` 0) the table of lots."""

    after: int
    upto: int


def check(store: Store, processes: int = 1, progress: Progress | None = None) -> Report:
    """Check everything. Each part reads the store on its own, so a check of a store that is being written belongs on a
    backup (or with the writers stopped); the report says whether somebody wrote meanwhile.
    """
    with store.read() as reader:
        last = reader.last().seq
    whole = CheckResult()
    for part, outcome in _run(store, list(_plan(last, processes)), processes):
        whole.add(outcome)
        if progress is not None:
            progress("events" if part.upto else "lots", outcome.report.events + outcome.report.lots)
    with store.read() as reader:
        if whole.folded != whole.live:
            _find_unmade(reader, whole.report)
        whole.add(compare_tallies(reader, whole.tallies, whole.flows))
        whole.report.moved = reader.last().seq != last
    prints = Prints()
    prints.total = whole.prints
    whole.report.digest = str(prints)
    return whole.report


def _plan(seq: int, processes: int) -> Iterator[CheckPart]:
    """Ever smaller parts: each reads some events beyond its ends, so few are better; the last ones end together."""
    yield CheckPart(0, 0)
    after = 0
    while after < seq:
        size = max(SMALLEST, (seq - after) // (3 * max(processes, 1)))
        yield CheckPart(after, min(after + size, seq))
        after += size


def _run(store: Store, parts: Iterable[CheckPart], processes: int) -> Iterator[tuple[CheckPart, CheckResult]]:
    if processes <= 1:
        for part in parts:
            yield part, run_part(store, part)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        jobs = [(part, pool.submit(run_part, store, part)) for part in parts]
        for part, job in jobs:
            yield part, job.result()


def run_part(store: Store, part: CheckPart) -> CheckResult:
    """One part of the check."""
    with collector_paused(), store.read() as reader:
        return check_events(reader, part.after, part.upto) if part.upto else check_lots(reader)

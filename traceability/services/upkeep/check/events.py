"""Check a range of events: decide each again from its stored inputs, and compare what follows with what is stored."""

from collections import defaultdict
from collections.abc import Iterable
from operator import attrgetter

from graph.records import EventRow, decode_event, find_unconfirmed_site, regions_of
from graph.store import Reader
from traceability.domain.decision import OBSERVED, OUTPUT, Decision, Edge, decide
from traceability.domain.event import Event
from traceability.domain.kinds import CLAIMING_ALONE
from traceability.domain.lot import Lot
from traceability.domain.posting import LedgerRow, tally
from traceability.domain.transformation import keep_rest, makes_parts
from traceability.services.recording.pending_book import Book, link
from traceability.services.recording.revision import decide_nothing, states_at
from traceability.services.recording.seal import find_changed
from traceability.services.upkeep.check.claims import check_claims, hash_claims_of
from traceability.services.upkeep.check.corrections import check_versions
from traceability.services.upkeep.check.event_cache import EventCache
from traceability.services.upkeep.check.findings import (
    DAMAGE_ERRORS,
    CheckReport,
    find_readable,
)
from traceability.services.upkeep.check.fingerprint import Fingerprint
from traceability.services.upkeep.check.lots import check_vectors
from traceability.services.upkeep.check.photos import list_photos
from traceability.services.upkeep.check.result import PartResult
from traceability.services.upkeep.check.scan import scan_events
from traceability.services.upkeep.check.timelines import ReplayedEvent, TimelineFolding
from traceability.wire import digest

_ROLE_AND_NUMBER = attrgetter("role", "number")  # within an event the order of ``list_edges``


def check_events(reader: Reader, after: int, upto: int, *, with_photos: bool = False) -> PartResult:
    """Check the events with seqs in (after, upto], and the lots that they made; list their photos where asked to."""
    result = PartResult()
    report, fingerprint = result.report, Fingerprint()
    cache = EventCache(reader, report)
    before = cache.find([after] if after else [])
    seq, chain = after, before[after].chain if before else ""
    waiting: list[Event] = []
    for rows in scan_events(reader, after, upto):
        events = []
        for row in rows:
            fingerprint.add_event(row)
            if row.seq != seq + 1:
                report.note("check.seq_gap", row.id, row.seq, seq + 1)
            event = _read_event(row, result, with_photos)
            result.newest_ms = max(result.newest_ms, row.record_ms)
            if event is not None:
                events.append(event)
                result.claimed += hash_claims_of(event)
                true_chain = link(chain, event, row.first or row.frozen)
                if event.chain != true_chain:
                    report.note("check.chain_broken", event.id, event.chain, true_chain)
            seq, chain = row.seq, row.chain
        cache.put(events)
        # A chunk is checked once the next is read, which mostly moved what this one made.
        _check_chunk(reader, waiting, cache, result)
        waiting = events
        report.events += len(rows)
    _check_chunk(reader, waiting, cache, result)
    if seq < upto:
        report.note("check.seq_gap", "", seq, upto)
    result.fingerprint = fingerprint.total
    return result


def _read_event(row: EventRow, result: PartResult, with_photos: bool) -> Event | None:
    """Decode the event of a row; its text must fit the digest, and the columns that lists go by must be what it says."""
    report = result.report
    try:
        event = decode_event(row)
        listed = (
            *(row.id, row.kind, row.site, row.actor, row.region, row.time_ms, row.month),
            row.unconfirmed,
        )
        draft, frozen = event.draft, event.frozen
        true = (
            *(draft.id, draft.kind, draft.site, draft.actor, frozen.region, frozen.time_ms, event.month),
            find_unconfirmed_site(event),
        )
        if row.digest != digest(row.text, row.schema):
            report.note("check.text_changed", row.id, row.digest, row.text)
        if with_photos:
            result.photos.update(list_photos(event))
    except DAMAGE_ERRORS as error:
        report.note("check.unreadable", row.id, repr(error), "")
        return None
    if listed != true:
        report.note("check.event_differs", row.id, listed, true)
    # Where a correction further up led to other edges, the store keeps the first parameters too: the same, but for what
    # was taken as all that remained.
    is_first = event.first is None or keep_rest(event.first, event) == event.frozen
    if not event.revisions and (row.current or not row.live or not is_first):
        report.note("check.version_differs", row.id, (row.live, row.current, row.first), (True, None, None))
    return event


def _check_chunk(reader: Reader, events: list[Event], cache: EventCache, result: PartResult) -> None:
    report = result.report
    check_versions([event for event in events if event.revisions], cache, report)
    claiming = [event for event in events if event.draft.kind in CLAIMING_ALONE and event.live]
    check_claims(reader, claiming, cache, report)
    edges, lots, made = _read_edges(reader, events, report)
    posted = _read_postings(reader, events, result)
    replayed: dict[int, ReplayedEvent] = {}
    decided: dict[int, Decision | None] = {}
    for event in events:
        try:
            if event.live and event.draft.lots:
                replayed[event.seq] = ReplayedEvent(event)
            else:
                decided[event.seq] = _decide_again(reader, event, lots, report)
        except DAMAGE_ERRORS as error:
            decided[event.seq] = None
            report.note("check.unreadable", event.id, repr(error), "")
            # It stumbled over one of its lots, or else what it made is compared with nothing.
            for name in dict.fromkeys(edge.lot for edge in edges[event.seq] if edge.lot in lots):
                check_vectors(lots[name], report)
    born = {lot.id: lot for decision in decided.values() if decision for lot in decision.made.values()}
    TimelineFolding(lots, born, replayed, report).run(reader, made, cache)
    result.folded += sum(lot in lots for lot in made)
    for event in events:
        consequence = replayed.get(event.seq) or decided[event.seq]
        try:
            if consequence is not None:
                _compare(event, consequence, edges[event.seq], posted[event.seq], report)
            if changed := find_changed(reader, event):
                report.note("check.seal_digest", event.id, event.frozen.month_digest, changed)
        except DAMAGE_ERRORS as error:  # rows with parts that have no order
            report.note("check.unreadable", event.id, repr(error), "")


def _read_edges(
    reader: Reader, events: Iterable[Event], report: CheckReport
) -> tuple[dict[int, list[Edge]], dict[str, Lot], set[str]]:
    """Return the edges of these events by seq, all lots that they touch, and the ids of those that they made."""
    edges: dict[int, list[Edge]] = {event.seq: [] for event in events}
    made: set[str] = set()
    for edge in reader.list_edges(list(edges)):
        edges[edge.event].append(edge)
        if edge.role == OUTPUT:
            made.add(edge.lot)
    touched = {edge.lot for rows in edges.values() for edge in rows}
    return edges, find_readable(reader.find_lots, touched, report), made


def _as_split(reader: Reader, event: Event, inputs: dict[str, Lot]) -> dict[str, Lot]:
    """Return the lot that an event splits with what it had failed and consisted of when its parts were born.

    One that was never moved or examined is as it was made.
    """
    if not any(edge.role == OBSERVED for edge in reader.list_touches(list(inputs))):
        return inputs
    then = states_at(Book(reader), list(inputs), event.order)
    return {
        id_: lot.changed(composition=then[id_].composition, failures=then[id_].failures)
        for id_, lot in inputs.items()
    }


def _read_postings(
    reader: Reader, events: list[Event], result: PartResult
) -> dict[int, dict[LedgerRow, int]]:
    """Return the grams posted by these events by seq and ledger row, and add them to the part's sums."""
    seqs = [event.seq for event in events]
    postings = reader.scan_postings(seqs)
    result.report.postings += len(postings)
    posted: dict[int, dict[LedgerRow, int]] = defaultdict(dict)
    try:
        result.sites |= regions_of(postings)
        for posting in postings:
            rows = posted[posting.event]
            rows[posting.row] = rows.get(posting.row, 0) + posting.grams
        result.add_sums(*tally(postings))
    except (
        DAMAGE_ERRORS
    ) as error:  # a server keeps no types; each event that differs by it has its own finding
        result.report.note("check.unreadable", f"postings {seqs[0]}-{seqs[-1]}", repr(error), "")
    return posted


def _decide_again(reader: Reader, event: Event, lots: dict[str, Lot], report: CheckReport) -> Decision | None:
    """Return what an entry or transformation leads to (nothing if it is void), None where that cannot be decided."""
    if not event.live:
        return decide_nothing(event)
    inputs = {use.lot: lots[use.lot] for use in event.draft.inputs if use.lot in lots}
    if len(inputs) < len(event.draft.inputs):
        report.note("check.lot_missing", event.id, sorted(inputs), [use.lot for use in event.draft.inputs])
        return None
    for lot in inputs.values():
        # A lot that was never shipped is where it was made; the way of others is folded.
        if lot.made >= event.order or (not lot.shipper and lot.site != event.draft.site):
            report.note("check.rule_broken", event.id, lot.id, (lot.site, lot.made))
    if makes_parts(event):
        inputs = _as_split(reader, event, inputs)
    decision = decide(event, inputs, unchecked=inputs)
    for violation in decision.violations:
        report.note("check.rule_broken", event.id, violation.code, dict(violation.figures))
    for lot in decision.made.values():
        if lot.id not in lots:
            report.note("check.lot_differs", lot.id, None, lot.contents[0])
        check_vectors(lot, report)
    return decision


def _compare(
    event: Event,
    consequence: ReplayedEvent | Decision,
    stored: list[Edge],
    posted: dict[LedgerRow, int],
    report: CheckReport,
) -> None:
    """Compare the edges and ledger rows that an event leads to with those that are stored of it."""
    if isinstance(consequence, ReplayedEvent) and consequence.named != consequence.lots:
        report.note("check.lot_missing", event.id, sorted(consequence.lots), sorted(consequence.named))
        return
    edges = sorted(consequence.edges, key=_ROLE_AND_NUMBER)
    if edges != stored:
        report.note("check.edges_differ", event.id, stored, edges)
    true = consequence.book.rows
    if posted != true:
        # Of rows that came to 0 none are stored, and what corrections posted may add up to 0.
        off = sorted(row for row in {*posted, *true} if posted.get(row, 0) != true.get(row, 0))
        if off:
            stored_rows = {f"{row.account} {row.site} {row.origin}": posted.get(row, 0) for row in off}
            true_rows = {f"{row.account} {row.site} {row.origin}": true.get(row, 0) for row in off}
            report.note("check.postings_differ", event.id, stored_rows, true_rows)

"""Record event drafts, each once, or refuse them with every reason: the only way to write an event.

A batch is decided in memory over one ``Book``; only accepted events are written, in one commit, with a result each.
The same id again gives the first receipt; so does the same ticket or heat number with the same content.
"""

from collections.abc import Callable, Collection, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from graph.store import Reader, Store, Writer
from traceability.domain.calendar import DAY_MS, day_of
from traceability.domain.claims import list_claim_keys
from traceability.domain.decision import Changes, decide
from traceability.domain.device_clock import shift_as_stated, shift_times
from traceability.domain.entry import find_tare
from traceability.domain.errors import (
    BadDraft,
    EventConflict,
    EventRejected,
    StoreUnavailable,
    TooMuchWork,
    TraceabilityError,
    Violation,
)
from traceability.domain.event import Acquisition, Correction, Draft, Event, Seal, lots_of
from traceability.domain.freezing import find_effective_time
from traceability.domain.lot import Lot
from traceability.domain.rights import Viewer, find_viewer
from traceability.domain.rules import check_approver
from traceability.services.directory import audit
from traceability.services.directory.audit import AuditAction, AuditEntry
from traceability.services.directory.parties import NamedParty, keep_names
from traceability.services.directory.people import find_person
from traceability.services.directory.photos import name_photos
from traceability.services.recording.clock import find_record_time
from traceability.services.recording.correct import admit_correction, judge_correction, recorded_versions
from traceability.services.recording.discretion import tell_discreetly
from traceability.services.recording.garbage_collection import collector_paused
from traceability.services.recording.gone_lots import tell_where_lots_went
from traceability.services.recording.held import (
    HeldDraft,
    HeldState,
    find_held,
    hold_draft,
    list_waiting_for,
    put_off,
    require_open,
    resolve_held,
)
from traceability.services.recording.judge import (
    DOWNSTREAM_IN_REQUEST,
    NOT_FROZEN,
    REBUILDING,
    Deliverer,
    Judge,
    Load,
    VehicleLoads,
    content_of,
    digest_load,
)
from traceability.services.recording.open_work import OpenWork, list_open_work
from traceability.services.recording.reservations import (
    check_number,
    check_reserved,
    check_still_open,
    map_holders,
)
from traceability.services.recording.revision import Revision, states_at
from traceability.services.recording.seal import month_digest
from traceability.wire import canonical, digest, dump_draft

MOST_EVENTS = 200  # in one batch
MOST_RETRIES = 50  # of held drafts in one write: others wait for their turn meanwhile
KNOWN_TARES = 10  # a vehicle's history at a site is its last weighings
KNOWN_LOADS = 100  # of two days, in which a late entry may look for its equal


class MadeLot(NamedTuple):
    """A new lot on a receipt."""

    id: str
    code: str
    mass_g: int


class CanonicalDraft(NamedTuple):
    """A draft as it is stored: its canonical text with its digest, and the digest of its ticket's or heat's content.

    ``sent_digest`` is that of the draft as it was sent, with its codes and names; by it a draft is recognised when it
    is sent again.
    """

    text: str
    digest: str
    content: str
    sent_digest: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer for one draft: ``created`` or ``duplicate``; ``conflict``, ``rejected`` with the error.

    Of a queue also ``held`` with the error, later ``resolved`` by its successor, or ``dropped`` with a reason; or ``later``
    with the error, where nothing was kept and the device is to send it again.
    """

    status: str
    event: str
    seq: int = 0
    record_ms: int = 0
    lots: tuple[MadeLot, ...] = ()
    warnings: tuple[Violation, ...] = ()
    error: TraceabilityError | None = None
    head: str = ""  # of a seal: the head of the book with it, SEQ:CHAIN
    successor: str = ""  # the event that was recorded for a held draft
    reason: str = ""  # why a held draft was dropped


def canonical_draft(draft: Draft) -> CanonicalDraft:
    """Return what is stored of a draft, and the digests by which it is recognised when it is sent again."""
    body = dump_draft(draft)
    text = canonical(body)
    own_digest = digest(text, draft.schema)
    return CanonicalDraft(text, own_digest, content_of(draft, body), own_digest)


def capture_event(
    store: Store,
    draft: Draft,
    deliverer: Deliverer,
    now_ms: int,
    *,
    resolves: str = "",
    then: Callable[[Writer, "Receipt"], None] | None = None,
) -> Receipt:
    """Record one event durably; ``resolves`` is the held draft that it settles.

    ``then`` is what belongs to it in the same write, such as the end of the open work that it closes. It is done also where
    the event was recorded before, and nothing is stored where it raises.
    Raises EventRejected with all violations, EventConflict, NotAllowed, ClockBehind, StoreError; WriteConflict where
    the held draft was settled meanwhile; what ``then`` raises.
    """
    receipt = capture_batch(store, [draft], deliverer, now_ms, resolves=resolves, then=then)[0]
    if receipt.error is not None:
        raise receipt.error
    return receipt


def capture_batch(
    store: Store,
    drafts: Sequence[Draft | BadDraft],
    deliverer: Deliverer,
    now_ms: int,
    *,
    downstream: int | None = DOWNSTREAM_IN_REQUEST,
    copies: Sequence[CanonicalDraft | None] = (),
    resolves: str = "",
    then: Callable[[Writer, Receipt], None] | None = None,
    recorder_of: "Callable[[Writer, Deliverer, int], Recorder] | None" = None,
) -> list[Receipt]:
    """Record up to 200 events in one commit, each judged after those before it; a receipt for each, in order.

    ``copies`` are their canonical drafts, where they are made already, ``resolves`` the held draft that the first of
    them settles, ``then`` what belongs to it in the same write. Raises TooMuchWork where a correction has more than ``downstream`` events to decide again (None: no limit).
    """
    assert len(drafts) <= MOST_EVENTS, "the wire refuses longer batches"
    # Made before the turn to write comes: others wait meanwhile.
    copies = copies or [canonical_draft(draft) if isinstance(draft, Draft) else None for draft in drafts]
    heavy = any(isinstance(draft, Draft) and isinstance(draft.detail, Correction) for draft in drafts)

    def work(writer: Writer) -> list[Receipt]:
        with collector_paused() if heavy else nullcontext():
            return record(writer)

    def record(writer: Writer) -> list[Receipt]:
        recorder = (recorder_of or Recorder)(writer, deliverer, now_ms)
        recorder.correction_limit = downstream
        recorder.ends_work = then is not None
        recorder.prefetch([draft for draft in drafts if isinstance(draft, Draft)])
        receipts = [recorder.record(draft, copy) for draft, copy in zip(drafts, copies, strict=True)]
        recorder.write(writer)
        if resolves:
            _settle(writer, resolves, receipts[0], deliverer.person, now_ms)
        if then and receipts[0].error is None:
            then(writer, receipts[0])
        if recorder.book.changes.events or any(receipt.status == HeldState.HELD for receipt in receipts):
            sites = {draft.site for draft in drafts if isinstance(draft, Draft)}
            _try_held(writer, recorder.book.changes, sites, now_ms)
        return receipts

    return store.write(work)


def _settle(writer: Writer, held_id: str, receipt: Receipt, person: str, now_ms: int) -> None:
    """Let a recorded event settle a held draft. Raises WriteConflict where something else did."""
    if receipt.error is not None:
        return
    known = find_held(writer, [held_id]).get(held_id)
    if known is None or known.successor != receipt.event:  # the same form, sent twice
        resolve_held(writer, require_open(writer, held_id), receipt.event, person, now_ms)
        audit.note(writer, AuditEntry(person, now_ms, AuditAction.HELD_RESOLVE, "held", held_id))


def try_freed(writer: Writer, freed: Collection[str], now_ms: int) -> None:
    """Record the held drafts that waited for what open work holds no more, in the write that freed it."""
    if freed:
        _try_held(writer, Changes(), (), now_ms, freed)


def _try_held(
    writer: Writer, changes: Changes, sites: Collection[str], now_ms: int, freed: Collection[str] = ()
) -> None:
    """Record the held drafts whose lots turned up with these changes or were freed, and those that can follow on them, in the
    order of their queues; what is too much for one write is put off until somebody sends something of the site again."""
    waiting = {held.id: held for held in list_waiting_for(writer, changes, sites, freed)}
    tried: set[str] = set()
    while waiting and len(tried) < MOST_RETRIES:
        held = waiting.pop(next(iter(waiting)))
        tried.add(held.id)
        recorded = _record_held(writer, held, now_ms)
        if recorded is not None:
            more = [one for one in list_waiting_for(writer, recorded) if one.id not in tried]
            every = sorted({**waiting, **{one.id: one for one in more}}.values(), key=lambda one: one.order)
            waiting = {one.id: one for one in every}
    put_off(writer, list(waiting.values()))


def _record_held(writer: Writer, held: HeldDraft, now_ms: int) -> Changes | None:
    """Record a held draft as it was sent, and return what that changed; None where it stays held."""
    recorder = Recorder(writer, Deliverer(held.deliverer, held.person), now_ms)
    recorder.clock_shift_ms = held.clock_shift_ms
    draft = held.draft
    try:
        receipt = recorder.record(draft)
    except TooMuchWork as error:
        receipt = Receipt(
            "rejected", held.id, error=EventRejected([Violation(error.code, figures=error.figures)])
        )
    if receipt.error is None:
        recorder.write(writer)
        resolve_held(writer, held, receipt.event, "", now_ms)
        return recorder.book.changes
    if isinstance(receipt.error, EventRejected):
        hold_draft(writer, replace(held, reasons=tuple(receipt.error.violations)), draft)
    return None


def _freeze_sending(event: Event, copy: CanonicalDraft, shift_ms: int) -> None:
    """Keep how the draft was sent, where that is not how it is recorded."""
    if copy.sent_digest != copy.digest:
        event.frozen = event.frozen._replace(sent_digest=copy.sent_digest)
    if shift_ms:
        stated_ms = event.draft.time_ms - shift_ms
        event.frozen = event.frozen._replace(stated_ms=stated_ms, clock_shift_ms=shift_ms)


class Recorder(Judge):
    """Records drafts one after the other on a book."""

    def __init__(self, writer: Reader, deliverer: Deliverer, now_ms: int, *, replaying: bool = False) -> None:
        super().__init__(writer, deliverer, now_ms, replaying=replaying)
        self.clock_shift_ms = 0  # what the clock of the device was wrong by, that the drafts come from
        self._parties: dict[str, list[NamedParty]] = {}  # that accepted events named, by site
        self._photos: list[tuple[str, tuple[str, ...]]] = []  # that accepted events named, by site
        self.ends_work = False  # whether the write ends the open work whose event it records
        self._open_work: dict[str, list[OpenWork]] = {}  # by site

    @cached_property
    def viewer(self) -> Viewer:
        """Return what whoever reads the answer may see."""
        person = find_person(self.writer, self.deliverer.reader)
        return find_viewer(person.roles if person else (), self.reference.gazetteer, day_of(self.now_ms))

    def write(self, writer: Writer) -> None:
        """Hand everything accepted to the store."""
        if self.book.changes.events:
            writer.apply(self.book.changes)
        for site, parties in self._parties.items():
            keep_names(writer, site, parties)
        self.keep_photos(writer)
        for key in sorted(self.weighed):
            tares_g, loads = self.loads[key]
            writer.put_document(
                "tare", key, {"tares_g": list(tares_g), "loads": [list(load) for load in loads]}
            )

    def keep_photos(self, writer: Writer) -> None:
        """Keep that accepted events named their photos, in the order of recording."""
        for site, digests in self._photos:
            name_photos(writer, site, digests)

    def _note_photos(self, draft: Draft) -> None:
        detail = draft.detail
        if isinstance(detail, Acquisition) and detail.photos:
            self._photos.append((draft.site, detail.photos))
        elif isinstance(detail, Correction):
            for target in detail.targets:
                if target.draft is not None:
                    self._note_photos(target.draft)

    def record(self, draft: Draft | BadDraft, copy: CanonicalDraft | None = None) -> Receipt:
        """Record, recognise or refuse one draft; a refused one leaves no trace in the book."""
        if isinstance(draft, BadDraft):
            return Receipt("rejected", "", error=draft)
        try:
            return self._record(draft, copy or canonical_draft(draft))
        except EventConflict as error:
            return Receipt("conflict", draft.id, error=error)
        except EventRejected as error:
            if self.deliverer.reader:
                error = tell_discreetly(error, draft, self.book, self.viewer)
                error = tell_where_lots_went(error, self.book, self.viewer)
            return Receipt("rejected", draft.id, error=error)

    def _record(self, draft: Draft, copy: CanonicalDraft) -> Receipt:
        recorded = self.book.find_events([draft.id]).get(draft.id)
        if recorded is not None:
            if not self._may_know(recorded):
                raise EventConflict("event.id_taken", id=draft.id)
            if not self._says_the_same(recorded, draft, copy):
                raise EventConflict("event.conflict", id=draft.id, seq=recorded.seq)
            return self.receipt(recorded, "duplicate")
        sent = draft
        draft = self.resolver.resolve_people(sent)
        if self.deliverer.person and self.deliverer.person != draft.actor:
            raise EventRejected([Violation("rule.not_own_draft", "actor", figures={"actor": draft.actor})])
        unproven = self.check_approval(draft)
        if unproven:
            raise EventRejected(unproven)
        if self.book.find_claims([REBUILDING]):
            raise StoreUnavailable("store.rebuilding")
        shift_ms = shift_as_stated(draft, self.clock_shift_ms)
        draft = shift_times(draft, shift_ms)
        foreign = self.resolver.list_foreign(draft) if self.deliverer.reader else []
        draft, parties, unclear = self.resolver.resolve(draft)
        if draft is not sent:
            copy = canonical_draft(draft)._replace(sent_digest=copy.sent_digest)
        again = self._same_content(draft, copy) if not (unclear or foreign) else None
        if again is not None:
            return self.receipt(again, "duplicate")
        seq, deliverer = self.book.seq + 1, self.deliverer.id
        record_ms = find_record_time(self.writer, self.book.newest_ms, self.now_ms)
        event = Event(seq, draft, NOT_FROZEN, record_ms, deliverer, copy.text, copy.digest)
        unclear = (*unclear, *foreign, *check_approver(draft), *self._list_reserved(draft))
        if unclear:
            raise EventRejected([*unclear, *self._list_violations(event)])
        if isinstance(draft.detail, Correction):
            versions = judge_correction(self, event)
            _freeze_sending(event, copy, shift_ms)
            admit_correction(self, event, versions)
            for version in versions.values():
                if version.live:
                    self._remember_load(version)
        else:
            lots = self._judge(event)
            _freeze_sending(event, copy, shift_ms)
            self.admit(event, lots, copy.content)
        self.resolver.accept(parties)
        self._note_photos(draft)
        for site, party in parties:
            self._parties.setdefault(site, []).append(party)
        return self.receipt(event, "created")

    def _list_violations(self, event: Event) -> list[Violation]:
        """Return what stands against an event beside names that are not clear."""
        try:
            if isinstance(event.draft.detail, Correction):
                judge_correction(self, event)
            else:
                self._judge(event)
        except EventRejected as error:
            return error.violations
        return []

    def _list_reserved(self, draft: Draft) -> list[Violation]:
        """Return what the draft takes although a ticket or heat in work holds it, at its site or where the lots are, and
        whether it is the event of one that nothing would end."""
        lots = self.book.find_lots(lots_of(draft))
        sites = sorted({draft.site, *(lot.site for lot in lots.values())})
        works = [work for site in sites for work in self._list_open_work(site)]
        reserved = [
            *check_number(self.writer, draft, works),
            *check_reserved(self.writer, draft, map_holders(works), lots),
        ]
        return reserved if self.ends_work else [*check_still_open(draft, works), *reserved]

    def _list_open_work(self, site: str) -> list[OpenWork]:
        if site not in self._open_work:
            self._open_work[site] = list_open_work(self.writer, [site])
        return self._open_work[site]

    def _says_the_same(self, recorded: Event, draft: Draft, copy: CanonicalDraft) -> bool:
        """Return whether a draft is the one that was recorded: as it was sent then, or with the same ids."""
        first = recorded.first or recorded.frozen
        if copy.sent_digest in (first.sent_digest, recorded.digest):
            return True
        resolved = self.resolver.resolve(shift_times(draft, first.clock_shift_ms)).draft
        return resolved is not draft and canonical_draft(resolved).digest == recorded.digest

    def receipt(self, event: Event, status: str) -> Receipt:
        """Return the receipt of a recorded event, the same at every asking."""
        ids = [lot for lot in event.frozen.lots if lot]
        lots = self.book.find_lots(ids)
        made = tuple(
            MadeLot(id_, lots[id_].first_code, lots[id_].contents[0].mass_g) for id_ in ids if id_ in lots
        )
        head = f"{event.seq}:{event.chain}" if event.draft.kind == "seal" else ""
        return Receipt(status, event.id, event.seq, event.record_ms, made, event.warnings, head=head)

    def _same_content(self, draft: Draft, copy: CanonicalDraft) -> Event | None:
        """Return the event that this ticket or heat number was recorded with before, if the content is the same."""
        keys = [
            key for key, path in list_claim_keys(draft, draft.time_ms) if path in ("ticket", "heat_number")
        ]
        for claim in self.book.find_claims(keys).values():
            if claim.digest == copy.content:
                found = self.book.find_events([claim.owner]).get(claim.owner)
                return found if found is not None and self._may_know(found) else None
        return None

    def _may_know(self, event: Event) -> bool:
        """Return whether whoever reads the answer may know of a recorded event: it is theirs, or its site is in view."""
        reader = self.deliverer.reader
        return not reader or event.draft.actor == reader or self.viewer.shows_site(event.draft.site)

    def _remember_load(self, event: Event) -> None:
        """Keep the tare, and what was brought, for the loads that this vehicle brings next."""
        detail, history = event.draft.detail, self.find_loads(event.draft)
        if not isinstance(detail, Acquisition) or history is None:
            return
        tares_g, loads = history
        tare_g = find_tare(event.draft)
        if tare_g is not None and not event.revisions:
            tares_g = (*tares_g, tare_g)[-KNOWN_TARES:]
        load = Load(event.frozen.time_ms, event.id, digest_load(event.draft))
        newest_ms = max(load.time_ms, *(other.time_ms for other in loads)) if loads else load.time_ms
        kept = [other for other in (*loads, load) if other.time_ms >= newest_ms - 2 * DAY_MS]
        key = f"{event.draft.site}:{detail.vehicle}"
        self.loads[key] = VehicleLoads(tares_g, tuple(kept[-KNOWN_LOADS:]))
        self.weighed.add(key)

    def _judge(self, event: Event) -> dict[str, Lot] | None:
        """Freeze an ordinary event. Return its lots if nothing later touched them, None for a late entry.

        Raises EventRejected.
        """
        draft = event.draft
        lots = self.book.find_lots(lots_of(draft))
        time_ms = find_effective_time(draft, lots)
        late = any(lot.last > (time_ms, event.seq) for lot in lots.values())
        if late:
            lots, time_ms = self._late_states(draft, event.seq)
        event.frozen, violations = self.freeze(event, time_ms, lots, late=late)
        if violations:
            if late and event.frozen is not NOT_FROZEN and len(lots) == len(set(lots_of(draft))):
                violations += self._broken_later(event, violations)
            raise EventRejected(violations)
        if isinstance(draft.detail, Seal):
            pending = self.book.changes.postings
            closed = month_digest(self.book.reader, draft.site, draft.detail.month, pending)
            event.frozen = event.frozen._replace(month_digest=closed)
        return None if late else lots

    def _late_states(self, draft: Draft, seq: int) -> tuple[dict[str, Lot], int]:
        """(the lots as they stood when a late entry happened, its effective time)."""
        names = lots_of(draft)
        if not draft.is_exact:
            _, end_ms = draft.time_span
            time_ms = find_effective_time(draft, states_at(self.book, names, (end_ms, 0)))
        else:
            time_ms = draft.time_ms
        states = states_at(self.book, names, (time_ms, seq))
        stored = self.book.find_lots(names)
        # A lot that did not exist yet keeps its row: the rule "made before used" names it.
        return {lot: states.get(lot, row) for lot, row in stored.items()}, time_ms

    def _broken_later(self, event: Event, violations: list[Violation]) -> list[Violation]:
        """Return what a refused late entry would break at later events as well, to say everything at once."""
        try:
            Revision(self.book, event.seq, event.record_ms).run({}, event)
        except EventRejected as broken:
            stated = {(violation.code, violation.path) for violation in violations}
            return [item for item in broken.violations if item.events or (item.code, item.path) not in stated]
        return []

    def admit(self, event: Event, lots: dict[str, Lot] | None, content: str) -> None:
        """Decide a frozen event and put it into the book; with ``lots`` None as a late entry, by timelines.

        ``content`` is the digest of what its ticket or heat number stands for. Raises EventRejected.
        """
        if lots is None:
            regions = event.frozen.booked_regions
            revision = Revision(self.book, event.seq, event.record_ms, regions=regions)
            revision.run({}, event)
            decision = revision.decisions[event.seq][1]
            event.warnings = tuple(decision.warnings)
            self.ask_first(event, event.warnings)
            self.book.add_event(event)
            revision.commit()
        else:
            decision = decide(event, lots)
            if decision.violations:
                raise EventRejected(decision.violations)
            event.warnings = tuple(decision.warnings)
            self.ask_first(event, event.warnings)
            self.book.add_event(event)
            self.book.add_edges(decision.edges)
            self.book.put_lots(decision.lots.values())
            self.book.put_lots(decision.made.values())
            self.book.post(
                event, event.seq, event.record_ms, decision.book.close(), event.frozen.booked_regions
            )
        self.claim(event, decision.made.values(), content)
        if not self.book.replaying:
            self._remember_load(event)
        self.remember_opening(event)

    def replay(self, event: Event) -> None:
        """Derive again what a stored event led to, in the order of recording (rebuild, import)."""
        self._note_photos(event.draft)
        if isinstance(event.draft.detail, Correction):
            admit_correction(self, event, recorded_versions(self, event))
            return
        lots = self.book.find_lots(lots_of(event.draft))
        late = any(lot.last > event.order for lot in lots.values())
        self.admit(event, None if late else lots, content_of(event.draft))

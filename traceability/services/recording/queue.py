"""Record what a device kept while it was offline: each draft once, and what cannot be recorded is held, not lost.

A draft is recognised by its id and its content as it was sent, before its times are corrected: a queue that is sent again
states another time of sending. Each draft is judged on its own, whatever was held before it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from graph.store import Reader, Store, Writer
from traceability.domain.access import held_still
from traceability.domain.calendar import DAY_MS, day_of
from traceability.domain.device_clock import find_clock_shift
from traceability.domain.errors import (
    BadDraft,
    EventConflict,
    EventRejected,
    TooMuchWork,
    Violation,
    WriteConflict,
)
from traceability.domain.event import Correction, CorrectionTarget, Draft, is_irrevocable
from traceability.domain.held import PASSWORD_NEEDED, ROLE_ENDED, is_held
from traceability.domain.rights import WORKERS
from traceability.services.directory import audit
from traceability.services.directory.audit import AuditAction, AuditEntry
from traceability.services.directory.photos import name_photos
from traceability.services.recording.capture import (
    CanonicalDraft,
    Receipt,
    Recorder,
    canonical_draft,
    capture_batch,
)
from traceability.services.recording.held import (
    LONGEST_REASON,
    MOST_OPEN,
    HeldDraft,
    HeldState,
    count_open,
    drop_held,
    find_held,
    hold_draft,
    new_held,
    require_open,
)
from traceability.services.recording.judge import Deliverer

LATER = "later"  # not kept here: the device has it, and sends it again
UNDONE = "undo"  # the reason of a draft that its recorder took back, where they gave none
LATELY_MS = 31 * DAY_MS  # for so long a device may have been offline: who left long ago fills no inbox


@dataclass(frozen=True, slots=True)
class Queue:
    """The drafts of a device in their order, and when it sent them by its own clock.

    ``is_proved`` is whether the person typed their password just now: without it nothing is done that cannot be taken back.
    """

    drafts: Sequence[Draft | BadDraft]
    sent_ms: int
    is_proved: bool = False


@dataclass(frozen=True, slots=True)
class QueueAnswer:
    """What became of each draft, in order; ``clock_shift_ms`` is what was added to their times."""

    received_ms: int
    clock_shift_ms: int
    receipts: list[Receipt]


def capture_queue(store: Store, queue: Queue, deliverer: Deliverer, now_ms: int) -> QueueAnswer:
    """Record up to 200 drafts of a queue in one commit; those that break a rule of state are held.

    Raises StoreError.
    """
    shift_ms = find_clock_shift(queue.sent_ms, now_ms)
    make: Callable[..., Recorder] = partial(QueueRecorder, shift_ms=shift_ms, is_proved=queue.is_proved)
    receipts = capture_batch(store, queue.drafts, deliverer, now_ms, recorder_of=make)
    return QueueAnswer(now_ms, shift_ms, receipts)


class QueueRecorder(Recorder):
    """Records drafts that nobody stands beside: what cannot be recorded now is held."""

    def __init__(
        self, writer: Reader, deliverer: Deliverer, now_ms: int, *, shift_ms: int, is_proved: bool
    ) -> None:
        super().__init__(writer, deliverer, now_ms)
        self.clock_shift_ms = shift_ms
        self._is_proved = is_proved
        self._known: dict[str, HeldDraft] = {}
        self._held: list[tuple[HeldDraft, Draft]] = []
        self._open: dict[
            str, int
        ] = {}  # drafts of the person that wait at a site, those of this message included
        self._withdrawn: dict[str, HeldDraft] = {}
        self._place = 0

    def prefetch(self, drafts: Iterable[Draft]) -> None:
        """Read what a batch needs, and which of its drafts are held already."""
        drafts = list(drafts)
        super().prefetch(drafts)
        undone = [target.event for draft in drafts for target in _list_undone(draft)]
        self._known = find_held(self.writer, [*(draft.id for draft in drafts), *undone])

    def record(self, draft: Draft | BadDraft, copy: CanonicalDraft | None = None) -> Receipt:
        """Record or recognise one draft; hold it where it breaks a rule of state only."""
        self._place += 1
        if isinstance(draft, BadDraft):
            return super().record(draft)
        copy = copy or canonical_draft(draft)
        known, is_recorded = self._known.get(draft.id), draft.id in self.book.find_events([draft.id])
        if known is not None and not is_recorded:
            return self._tell_again(known, draft, copy)
        withdrawn = None if is_recorded else self._withdraw(draft)
        if withdrawn is not None:
            return withdrawn
        if is_irrevocable(draft) and not self._is_proved and not is_recorded:
            receipt = Receipt("rejected", draft.id, error=self._password_needed(draft))
        else:
            receipt = self._record_at_once(draft, copy)
        if not isinstance(receipt.error, EventRejected):
            return receipt
        violations = [self._tell_ended_role(draft, one) for one in receipt.error.violations]
        site = self.reference.sites.get(draft.site)
        # An authority has no supervisors: who declares for it mends it alone.
        has_inbox = site is not None and not site.is_authority
        return self._hold(draft, copy, violations) if has_inbox and is_held(violations) else receipt

    def _withdraw(self, draft: Draft) -> Receipt | None:
        """Let a person take back a draft of their own that is held, and say that it is done; None where nothing is.

        The undo itself is kept nowhere: sent again, it finds what it did.
        """
        person = self.deliverer.person
        for target in _list_undone(draft):
            held = self._known.get(target.event)
            if held is None or held.person != person or self.book.find_events([held.id]):
                continue
            if held.state is HeldState.HELD:
                reason = (
                    draft.detail.reason.strip()[:LONGEST_REASON]
                    if isinstance(draft.detail, Correction)
                    else ""
                )
                held = replace(held, state=HeldState.DROPPED, reason=reason or UNDONE, closed_by=person)
                self._known[held.id] = self._withdrawn[held.id] = held
            if held.state is HeldState.DROPPED and held.closed_by == person:
                return Receipt(str(HeldState.RESOLVED), draft.id, reason=held.reason)
        return None

    def _record_at_once(self, draft: Draft, copy: CanonicalDraft) -> Receipt:
        try:
            return super().record(draft, copy)
        except TooMuchWork as error:
            reasons = [Violation(error.code, figures=error.figures)]
            return Receipt("rejected", draft.id, error=EventRejected(reasons))

    def _password_needed(self, draft: Draft) -> EventRejected:
        """Return the refusal of what cannot be taken back: another than for the password where that would change nothing."""
        actor = self.resolver.resolve_people(draft).actor
        if actor != self.deliverer.person:
            return EventRejected([Violation("rule.not_own_draft", "actor", figures={"actor": actor})])
        if self._works_at(draft):
            return EventRejected([PASSWORD_NEEDED])
        return EventRejected(
            [Violation("rule.no_right", "actor", figures={"kind": draft.kind, "site": draft.site})]
        )

    def _works_at(self, draft: Draft) -> bool:
        """Return whether the person had work at the site on the day of the event, or has it now."""
        days = {day_of(draft.time_ms + self.clock_shift_ms), day_of(self.now_ms)}
        return any(WORKERS & set(self._roles_on(self.deliverer.person, draft.site, day)) for day in days)

    def _tell_ended_role(self, draft: Draft, violation: Violation) -> Violation:
        """Return the reason of whoever had the right lately and has it no more: they worked, and what they saw counts."""
        time_ms = draft.time_ms + self.clock_shift_ms
        if violation.code != "rule.no_right" or not 0 <= self.now_ms - time_ms <= LATELY_MS:
            return violation
        person, site = self.deliverer.person, draft.site
        then = self._roles_on(person, site, day_of(time_ms))
        still = held_still(then, self._roles_on(person, site, day_of(self.now_ms)))
        return ROLE_ENDED if WORKERS & set(then) and not WORKERS & set(still) else violation

    def _hold(self, draft: Draft, copy: CanonicalDraft, violations: list[Violation]) -> Receipt:
        """Hold a draft, or leave it to its device where so many of the person wait that nobody could look through them."""
        site, person = draft.site, self.deliverer.person
        count = self._open[site] if site in self._open else count_open(self.writer, site, person)
        self._open[site] = min(count + 1, MOST_OPEN)
        if count >= MOST_OPEN:
            return Receipt(LATER, draft.id, error=WriteConflict("held.inbox_full", count=count))
        held = new_held(
            draft, copy.sent_digest, self.deliverer.person, self.deliverer.id, reasons=tuple(violations),
            clock_shift_ms=self.clock_shift_ms, received_ms=self.now_ms, place=self._place,
        )  # fmt: skip
        self._known[draft.id] = held
        self._held.append((held, draft))
        return answer_held(held)

    def _tell_again(self, known: HeldDraft, draft: Draft, copy: CanonicalDraft) -> Receipt:
        """Return what became of a draft that was held before; another under its id is in conflict with it."""
        if known.person != self.deliverer.reader:
            return Receipt("conflict", draft.id, error=EventConflict("event.id_taken", id=draft.id))
        if known.digest != copy.sent_digest:
            return Receipt("conflict", draft.id, error=EventConflict("held.conflict", id=draft.id))
        return answer_held(known)

    def write(self, writer: Writer) -> None:
        """Hand everything accepted to the store, and everything held to the inbox of its site."""
        super().write(writer)
        for held, draft in self._held:
            hold_draft(writer, held, draft)
            photos = getattr(draft.detail, "photos", ())
            if photos:
                name_photos(writer, held.site, photos)
        for held in self._withdrawn.values():
            drop_held(writer, require_open(writer, held.id), held.reason, held.closed_by, self.now_ms)
            entry = AuditEntry(held.closed_by, self.now_ms, AuditAction.HELD_DROP, "held", held.id)
            audit.note(writer, entry)


def _list_undone(draft: Draft) -> tuple[CorrectionTarget, ...]:
    """Return what a draft takes back, where it is an undo."""
    detail = draft.detail
    return detail.targets if isinstance(detail, Correction) and detail.undo else ()


def answer_held(held: HeldDraft) -> Receipt:
    """Return the receipt of a held draft: that it waits and why, or what became of it."""
    if held.state is HeldState.HELD:
        return Receipt("held", held.id, error=held.error)
    return Receipt(str(held.state), held.id, successor=held.successor, reason=held.reason)

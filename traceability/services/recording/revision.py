"""Recompute what follows from a late entry or a correction, in book order.

Only lots are folded again whose timeline, mass, metal or nature changed, and only events decided again that used them
and may come out differently; all refusals are checked again on the way. Mostly just the mix is another, a scrap's
origin say: then what was made of it is shared out again, and all else stands. Where an event's outputs come out as they
were, the recomputation stops. The result must equal a rebuild from the events alone, which ``check`` and the properties
hold it to.
"""

import heapq
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from traceability.domain import custody
from traceability.domain.decision import INPUT, OBSERVED, OUTPUT, Decision, Edge, decide
from traceability.domain.errors import EventRejected, Figures, TooMuchWork, Violation
from traceability.domain.event import Assay, Draft, Event, Frozen, Inspection, Order, Receiving, lots_of
from traceability.domain.freezing import find_effective_time
from traceability.domain.kinds import TRANSFORMATIONS
from traceability.domain.lot import IN_TRANSIT, Content, Lot, values_at_birth
from traceability.domain.posting import LedgerRows, Rows, difference
from traceability.domain.rules import check_parts
from traceability.domain.timeline import apply_event, flag_takes, is_lenient, lot_as_made
from traceability.domain.transformation import fill_rest, list_charge, makes_parts, mix_again, takes_rest
from traceability.domain.vocabulary import SUPPLY
from traceability.services.recording.pending_book import Book

FIRST_WAVE, LARGEST_WAVE = 8, 512  # events read ahead at once


def states_at(book: Book, lots: Collection[str], order: Order, without: int = 0) -> dict[str, Lot]:
    """Return the lots as they stand just before ``order``, as if event ``without`` had not been; later lots are left out."""
    edges = [edge for edge in book.list_touches(lots) if edge.order < order and edge.event != without]
    return _fold(book, lots, edges, {})


def _fold(
    book: Book, lots: Collection[str], edges: list[Edge], versions: Mapping[int, Event]
) -> dict[str, Lot]:
    """Return the lots after these edges, which are in book order; ``versions`` stand for the events that they replace."""
    events = {**book.find_events_by_seq({edge.event for edge in edges}), **versions}
    rows = book.find_lots(lots)
    states: dict[str, Lot] = {}
    for edge in edges:
        event = events[edge.event]
        if edge.role == OUTPUT:
            made = lot_as_made(rows[edge.lot], event)
            first = made.contents[0]
            if first.order != event.order:  # a version that made it at another time
                made = made.changed(contents=(first._replace(order=event.order),))
            states[edge.lot] = made
        elif edge.lot in states:
            lot = states[edge.lot]
            states[edge.lot] = apply_event(lot, event, edge.position, lenient=is_lenient(lot, event)).lot
    return states


def time_of_version(book: Book, draft: Draft, original: Event, versions: Mapping[int, Event]) -> int:
    """Return the effective time of a replacement that states a day or minute, as a late entry would find it.

    ``versions`` are those of the correction's other targets. Where that stays, what moved a lot later on than the
    original had used it is no reason to go: only what came before it, which may have another time by now, places it.
    """
    _, end_ms = draft.time_span
    first = original.draft
    stays = not first.is_exact and first.time_span == draft.time_span
    placed = set(lots_of(first)) if stays else set()
    names = lots_of(draft)
    rows = book.find_lots(names)
    old = book.find_events_by_seq([*versions])

    def comes_after(edge: Edge) -> bool:
        order = old[edge.event].order if edge.event in old else edge.order
        return edge.lot in placed and order > original.order

    stored = [edge for edge in book.list_touches(names) if edge.event not in versions]
    revised = [edge for event in versions.values() for edge in _edges_of(event) if edge.lot in rows]
    edges = [
        edge
        for edge in stored + revised
        if edge.time_ms < end_ms and edge.event != original.seq and not comes_after(edge)
    ]
    edges.sort(key=lambda edge: (edge.order, edge.role, edge.number))
    return find_effective_time(draft, _fold(book, names, edges, versions))


def _edges_of(event: Event) -> list[Edge]:
    """Return the edges of a version that is not decided yet, as far as they tell where lots are and since when."""
    if not event.live:
        return []
    at, frozen = (event.seq, event.frozen.time_ms), event.frozen
    used = [Edge(*at, use.lot, INPUT, number, 0, 0) for number, use in enumerate(event.draft.inputs)]
    moved = [Edge(*at, row.lot, OBSERVED, number, 0, 0) for number, row in enumerate(event.draft.lots)]
    made = [Edge(*at, lot, OUTPUT, number, 0, 0) for number, lot in enumerate(frozen.lots) if lot]
    return used + moved + made


@dataclass(slots=True)
class Affected:
    """The numbers of events and lots that a revision reached."""

    events: int = 0
    lots: int = 0


class Revision:
    """One run of recomputation; the book is only touched by ``commit``.

    ``changed`` gives the new version of existing events (not live: voided), ``inserted`` is a late event, ``refreeze``
    settles what a replacement takes once its lots are known, ``regions`` are those that the cause froze for rows of
    sealed months (see ``Frozen.booked_regions``). Raises EventRejected naming every lot and event in the
    way, TooMuchWork beyond ``limit`` recomputed events.
    """

    def __init__(
        self,
        book: Book,
        cause: int,
        record_ms: int,
        limit: int | None = None,
        refreeze: Callable[[Event, Mapping[str, Lot]], Frozen] | None = None,
        regions: Mapping[str, str] | None = None,
    ) -> None:
        self.book = book
        self.cause = cause
        self.record_ms = record_ms
        self.limit = limit
        self.refreeze = refreeze
        self.regions = regions or {}
        self.changed: dict[int, Event] = {}
        self.before: dict[int, Event] = {}
        self.inserted: Event | None = None
        self.states: dict[str, Lot] = {}  # lots being folded, as they stand at the place reached
        self.timelines: dict[str, dict[int, list[Edge]]] = {}  # edges by event of the lots being folded
        self.refilled: dict[str, Lot] = {}  # lots that hold other metal of the same mass
        self.agenda: list[Order] = []
        self.planned: set[int] = set()
        self.decisions: dict[int, tuple[Event, Decision]] = {}
        self.remixed: dict[int, tuple[Event, LedgerRows]] = {}  # given another mix: what they supply
        self.violations: list[Violation] = []
        self.recomputed = 0
        self.read_ahead: set[int] = set()
        self.wave = FIRST_WAVE

    # --- the run ---------------------------------------------------------------------------------------------------

    def run(self, changed: Mapping[int, Event], inserted: Event | None = None) -> Affected:
        """Recompute everything that follows; the book is left alone."""
        self.changed = dict(changed)
        self.before = self.book.find_events_by_seq(list(changed))
        self.inserted = inserted
        if inserted is not None:
            self.read_ahead.add(inserted.seq)  # it is not in the store
        self._open(self._disturbed_lots())
        for event in (*self.changed.values(), *([inserted] if inserted else [])):
            self._plan(event.order)
        while self.agenda:
            order = heapq.heappop(self.agenda)
            self._process(self._version(order[1]))
        if self.violations:
            raise EventRejected(self.violations)
        for event, decision in self.decisions.values():
            if event.live and isinstance(event.draft.detail, Inspection) and not event.draft.detail.passed:
                decision.warnings.extend(self._warn_of_takes(event))
        return Affected(len(self.decisions) + len(self.remixed), len(self.states) + len(self.refilled))

    def _warn_of_takes(self, inspection: Event) -> list[Violation]:
        """Return a warning for each lot that the inspection failed, with what had been taken of it.

        Whatever changes the takes of a lot folds it, and so warns again; a pass that comes after them changes nothing.
        """
        warnings = []
        for lot_id in lots_of(inspection.draft):
            edges = [edge for edge in self.book.list_touches([lot_id]) if edge.event not in self.decisions]
            for _, decision in self.decisions.values():
                edges += [edge for edge in decision.edges if edge.lot == lot_id]
            edges.sort(key=lambda edge: (edge.order, edge.role, edge.number))
            stored = self.book.find_events_by_seq({edge.event for edge in edges} - self.decisions.keys())
            timeline = [(edge, stored.get(edge.event) or self.decisions[edge.event][0]) for edge in edges]
            flags = flag_takes(timeline, lift=False)
            takes = [(flag.take.id, flag.mass_g) for flag in flags if flag.inspection.seq == inspection.seq]
            if takes:
                warnings.append(custody.warn_of_takes(self.book.find_lots([lot_id])[lot_id], takes))
        return warnings

    def _version(self, seq: int) -> Event:
        if self.inserted is not None and seq == self.inserted.seq:
            return self.inserted
        return self.changed.get(seq) or self.book.find_events_by_seq([seq])[seq]

    def _plan(self, order: Order) -> None:
        if order[1] not in self.planned:
            self.planned.add(order[1])
            heapq.heappush(self.agenda, order)

    def _disturbed_lots(self) -> set[str]:
        """Return the lots whose timeline differs between the old and new versions.

        They were used, moved or observed otherwise; made by one of the versions and used by another; or made at another
        time, perhaps after somebody used them.
        """
        lots: set[str] = set()
        used: set[str] = set()
        moved: set[str] = set()
        for seq, event in self.changed.items():
            before = self.before[seq]
            old, new = _uses(before), _uses(event)
            used |= {*old, *new}
            lots |= {lot for lot in {*old, *new} if old.get(lot) != new.get(lot)}
            if event.live and before.live and event.order != before.order:
                moved |= {lot for lot in before.frozen.lots if lot}
        if self.inserted is not None:
            lots |= set(_uses(self.inserted))
        made = {lot for event in self.before.values() for lot in event.frozen.lots if lot}
        return lots | moved | (made & used)

    def _open(self, lots: Collection[str]) -> None:
        """Begin folding lots from their creation; versions that are being replaced are left out."""
        fresh = [lot for lot in lots if lot not in self.timelines]
        if not fresh:
            return
        edges = self.book.list_touches(fresh)
        events = self.book.find_events_by_seq({edge.event for edge in edges})
        rows = self.book.find_lots(fresh)
        for lot in fresh:
            self.timelines[lot] = {}
        for edge in edges:
            if edge.role == OUTPUT:
                if edge.event not in self.changed and edge.lot not in self.states:
                    self.states[edge.lot] = lot_as_made(rows[edge.lot], events[edge.event])
            elif edge.event not in self.changed:
                self.timelines[edge.lot].setdefault(edge.event, []).append(edge)
                self._plan(edge.order)

    def _process(self, event: Event) -> None:
        if event.seq in self.changed or event is self.inserted:
            self._decide(event, self.before.get(event.seq))
            return
        used = [use.lot for use in event.draft.inputs]
        refilled = any(lot in self.refilled for lot in used)
        if refilled and not any(lot in self.timelines for lot in used):
            self._mix_again(event)
            return
        edges = [edge for timeline in self._timelines_of(event) for edge in timeline]
        if isinstance(event.draft.detail, Receiving) and not self.book.replaying:
            otherwise = self._list_sent_otherwise(event, edges)
            self.violations += otherwise
            edges = [edge for edge in edges if edge.lot not in {item.lots[0] for item in otherwise}]
        if refilled or self._may_differ(event, edges):
            self._decide(event, event)
            return
        for edge in edges:
            if edge.lot in self.states:
                lot = self.states[edge.lot]
                outcome = apply_event(lot, event, edge.position, lenient=is_lenient(lot, event))
                self.states[edge.lot] = outcome.lot
                self.violations += _in_the_way(outcome.violations, event)

    def _list_sent_otherwise(self, event: Event, edges: list[Edge]) -> list[Violation]:
        """Return a violation for each lot of a receipt of which another mass is in transit by now than arrived then.

        A receipt holds what was in transit and what arrived. Where the former changes, what arrived is not known again
        before somebody says so.
        """
        violations = []
        for edge in edges:
            lot = self.states.get(edge.lot)
            sent_g = event.frozen.masses[edge.position] - edge.mass_g
            if lot is not None and lot.custody == IN_TRANSIT and lot.remaining_g != sent_g:
                figures: Figures = {"code": lot.code, "sent_g": sent_g, "now_g": lot.remaining_g}
                violations.append(Violation("rule.received_otherwise", "", (lot.id,), (event.id,), figures))
        return violations

    def _may_differ(self, event: Event, edges: list[Edge]) -> bool:
        """Return whether an event that used lots being folded can lead to anything else than it did.

        A transformation asks what its inputs are and hold. What moves, examines or splits a lot posts, warns and parts
        by how it stands.
        """
        if any(self._unborn(edge.lot, event.order) for edge in edges):
            return True
        touched = [edge.lot for edge in edges if edge.lot in self.states]
        if event.draft.kind in TRANSFORMATIONS and not makes_parts(event):
            taken = fill_rest(event, self.states).frozen.masses
            return taken != event.frozen.masses or any(self._is_other(lot, event.order) for lot in touched)
        return bool(touched)

    def _timelines_of(self, event: Event) -> list[list[Edge]]:
        named = lots_of(event.draft)
        return [self.timelines[lot].get(event.seq, []) for lot in named if lot in self.timelines]

    def _unborn(self, lot_id: str, order: Order) -> Lot | None:
        """Return the lot as its making, now moved behind ``order``, leaves it; None if it is there by then."""
        if lot_id in self.states:
            return None
        stored = self.book.find_lots([lot_id])[lot_id]
        maker = self.changed.get(stored.made[1])
        if maker is None or maker.order < order:
            return None
        return stored.changed(contents=(stored.contents[0]._replace(order=maker.order),))

    def _is_other(self, lot_id: str, order: Order) -> bool:
        """Return whether an event at ``order`` finds another lot, or other content in it, than it did."""
        now, stored = self.states[lot_id], self.book.find_lots([lot_id])[lot_id]
        return (
            values_at_birth(now) != values_at_birth(stored)
            or now.content_at(order)[1:] != stored.content_at(order)[1:]
        )

    def _count(self) -> None:
        self.recomputed += 1
        if self.limit is not None and self.recomputed > self.limit:
            raise TooMuchWork("correct.too_much", limit=self.limit)

    def _mix_again(self, event: Event) -> None:
        """Give the outputs another mix of the same masses: no rule and no edge depends on it."""
        self._count()
        self._look_ahead(event.seq)
        inputs, outputs = lots_of(event.draft), event.frozen.lots
        stored = self.book.find_lots([*inputs, *outputs])
        charge = list_charge(event, {lot: self.refilled.get(lot) or stored[lot] for lot in inputs})
        book = LedgerRows(event.month)
        contents = mix_again(event, charge, [stored[lot] for lot in outputs], book)
        self.remixed[event.seq] = (event, book)
        for lot, content in zip(outputs, contents, strict=True):
            if content != stored[lot].contents[0]:
                self._refill(stored[lot], content, event)

    def _refill(self, lot: Lot, content: Content, event: Event) -> None:
        """The lot came out of the event holding other metal of the same mass: follow what was made of it.

        It is folded only if it was measured or parted on its way, or is being folded anyway.
        """
        edges = self.book.list_touches([lot.id])
        parted = any(edge.role == INPUT and edge.number < 0 for edge in edges)
        if parted or len(lot.contents) > 1 or lot.id in self.timelines:
            self.states[lot.id] = lot_as_made(lot, event).changed(contents=(content,))
            self._open([lot.id])
            return
        self.refilled[lot.id] = lot.changed(contents=(content,))
        for edge in edges:
            if edge.role == INPUT and edge.event not in self.changed:
                self._plan(edge.order)

    def _decide(self, event: Event, before: Event | None) -> None:
        """Decide an event again and follow what came out differently."""
        self._count()
        if before is not None:
            self._look_ahead(event.seq)
        old_outputs = [lot for lot in before.frozen.lots if lot] if before is not None and before.live else []
        if not event.live:
            self._vanish(event, old_outputs, event)
            self.decisions[event.seq] = (event, decide_nothing(event))
            return
        named = lots_of(event.draft)
        lots, unchecked = self._lots_for(event, named)
        if lots is None:
            return
        if self.refreeze is not None and event.seq in self.changed:
            before_it = self._before(event, lots)
            event = replace(event, frozen=self.refreeze(event, before_it))
            self.violations += check_parts(event, before_it)
        event = fill_rest(event, self.states)
        if event.seq in self.changed:
            self.changed[event.seq] = event
        flagged = {lot for lot in named if self._is_flagged(lots[lot], event, before)}
        decision = decide(self._with_limits(event, lots), lots, unchecked=unchecked, flagged=flagged)
        own = event.seq in self.changed or event is self.inserted
        self.violations += decision.violations if own else _in_the_way(decision.violations, event)
        for lot_id in named:
            if lot_id in self.states and lot_id in decision.lots:
                self.states[lot_id] = decision.lots[lot_id]
        if decision.violations:
            return
        self.decisions[event.seq] = (event, decision)
        self._vanish(event, [lot for lot in old_outputs if lot not in decision.made], event)
        self._follow(event, before, decision)

    def _look_ahead(self, seq: int) -> None:
        """Read what this event and the next ones on the agenda need, in growing waves.

        Most revisions soon come to an end, but some go through a furnace's whole campaign.
        """
        if seq in self.read_ahead:
            return
        wave = {seq, *(order[1] for order in heapq.nsmallest(self.wave, self.agenda))} - self.read_ahead
        self.wave = min(4 * self.wave, LARGEST_WAVE)
        self.read_ahead |= wave
        # What a replacement makes is mostly as it was, and then nobody asks where it went: a heap goes to every heat.
        replaced = {seq for seq in wave if seq in self.changed and self.changed[seq].live}
        self.book.look_ahead(wave, wave - replaced)

    def _with_limits(self, event: Event, lots: Mapping[str, Lot]) -> Event:
        """Return an assay of what is another alloy by now with the limits that the lot's making froze."""
        if not isinstance(event.draft.detail, Assay):
            return event
        lot = lots[event.draft.lots[0].lot]
        if lot.material in event.frozen.materials:
            return event
        while lot.parent:
            lot = self.book.find_lots([lot.parent])[lot.parent]
        materials = {**self._version(lot.made[1]).frozen.materials, **event.frozen.materials}
        return replace(event, frozen=event.frozen._replace(materials=materials))

    def _is_flagged(self, lot: Lot, event: Event, before: Event | None) -> bool:
        enlarged = event is self.inserted
        if before is not None and event.seq in self.changed:
            old, new = _uses(before), _uses(event)
            grown = lot.id in old and new[lot.id][0] > old[lot.id][0]
            # Of a take of all that remains the content grew, not the take.
            enlarged = lot.id not in old or (grown and lot.id not in takes_rest(before) & takes_rest(event))
        return is_lenient(lot, event, enlarged)

    def _before(self, event: Event, lots: dict[str, Lot]) -> dict[str, Lot]:
        """Return the lots just before the event; ``lots`` holds those that are not folded as they stand after it."""
        others = [lot for lot in lots if lot not in self.states]
        return {**lots, **states_at(self.book, others, event.order, without=event.seq)} if others else lots

    def _lots_for(self, event: Event, named: list[str]) -> tuple[dict[str, Lot] | None, list[str]]:
        """Return (the event's lots as they stand at its place, those whose own timeline did not change)."""
        folded = {lot: self.states[lot] for lot in named if lot in self.states}
        absent = [lot for lot in named if lot not in folded]
        rows = self.book.find_lots(absent)
        unknown = [lot for lot in absent if lot not in rows]
        if unknown:
            self.violations += [Violation("rule.unknown_lot", "", (lot,)) for lot in unknown]
            return None, []
        unchanged = [lot for lot in absent if lot not in self.timelines]
        refilled = {lot: self.refilled[lot] for lot in unchanged if lot in self.refilled}
        if makes_parts(event) and unchanged:
            # Its parts are born with what the lot had failed and was known to consist of by then.
            then = states_at(self.book, unchanged, event.order)
            rows |= {lot: row.changed(contents=refilled.get(lot, row).contents) for lot, row in then.items()}
        elif event.draft.kind in TRANSFORMATIONS:
            rows |= refilled
        elif unchanged:
            # Where a lot goes, and what may be done to it, does not depend on what it was refilled with.
            rows |= states_at(self.book, unchanged, event.order)
        # What is being folded but does not exist at this place is void, or made later: the rules say so.
        rows |= {
            lot: unborn
            for lot in absent
            if lot in self.timelines and (unborn := self._unborn(lot, event.order))
        }
        return {**rows, **folded}, unchanged

    def _vanish(self, event: Event, lots: Collection[str], cause: Event) -> None:
        """Void outputs that the event no longer has; refused while anything else touches them."""
        if not lots:
            return
        rows = self.book.find_lots(lots)
        edges = [edge for edge in self.book.list_touches(lots) if edge.event != event.seq]
        blockers: dict[str, set[int]] = {}
        for edge in edges:
            version = self.changed.get(edge.event)
            if version is None or (version.live and edge.lot in _uses(version)):
                blockers.setdefault(edge.lot, set()).add(edge.event)
        seqs = {seq for takers in blockers.values() for seq in takers}
        events = self.book.find_events_by_seq(seqs)
        for lot, takers in blockers.items():
            ids = tuple(events[seq].id for seq in sorted(takers))
            figures: Figures = {"code": rows[lot].code, "takers": len(ids)}
            self.violations.append(Violation("rule.output_used", "", (lot,), ids, figures))
        for lot in lots:
            self.states[lot] = rows[lot].changed(
                void=True, remaining_g=0, last=max(rows[lot].last, cause.order)
            )
            self.timelines.setdefault(lot, {})

    def _follow(self, event: Event, before: Event | None, decision: Decision) -> None:
        """Open the outputs that came out differently; unchanged ones end the wave here."""
        rows = self.book.find_lots(list(decision.made))
        differing = []
        for lot in decision.made.values():
            stored = rows.get(lot.id)
            if stored is None or stored.void:
                self.timelines.setdefault(lot.id, {})
            elif lot.id not in self.timelines and before is not None and is_alike(stored, lot, before, event):
                if lot.contents[0] != stored.contents[0]:
                    self._refill(stored, lot.contents[0], event)
                continue
            self.states[lot.id] = lot
            differing.append(lot.id)
        self._open(differing)

    # --- committing ------------------------------------------------------------------------------------------------

    def commit(self) -> None:
        """Write the outcome into the book: versions, edges, lots, and the difference between true and posted rows."""
        revised = [seq for seq in self.decisions if not self._is_new(seq)]
        self.book.list_edges(revised)  # read at once what _revise asks for one by one
        posted = self.book.sum_posted(revised)
        for seq, (event, decision) in self.decisions.items():
            if self._is_new(seq):
                self.book.add_edges(decision.edges)
            else:
                self._revise(event, decision)
            self._post(event, decision.book, posted.get(seq, {}))
        supplied = self.book.sum_posted(list(self.remixed), SUPPLY)
        for seq, (event, book) in self.remixed.items():
            self._post(event, book, supplied[seq])
        stored = self.book.find_lots(list(self.states))
        self.book.put_lots(lot for id_, lot in self.states.items() if stored.get(id_) != lot)
        self.book.put_lots(self.refilled.values())

    def _post(self, event: Event, book: LedgerRows, posted: Rows) -> None:
        rows = difference(book.rows, posted)
        self.book.post(event, self.cause, self.record_ms, rows, self.regions)

    def _revise(self, event: Event, decision: Decision) -> None:
        """Keep a decided event in the book where it changed: most downstream passed other content on in the same masses."""
        warnings = tuple(decision.warnings) if event.live else event.warnings
        same = event.seq not in self.changed and warnings == event.warnings
        if not same or sorted(decision.edges) != sorted(self.book.list_edges([event.seq])):
            self.book.revise_event(replace(event, warnings=warnings), decision.edges)

    def _is_new(self, seq: int) -> bool:
        return self.inserted is not None and seq == self.inserted.seq


def _uses(event: Event) -> dict[str, tuple[Any, ...]]:
    """Return what an event does to each existing lot, to tell whether two versions treat it alike."""
    if not event.live:
        return {}
    draft = event.draft
    if not draft.inputs and not draft.lots:
        return {}
    if draft.inputs:
        named = [use.lot for use in draft.inputs]
        return {
            lot: (mass_g, event.order, draft.site)
            for lot, mass_g in zip(named, event.frozen.masses, strict=True)
        }
    return {
        moved.lot: (mass_g, event.order, draft.site, draft.detail, part, *_frozen_for_moves(event))
        for moved, mass_g, part in zip(
            draft.lots, event.frozen.masses, event.frozen.lots or ("",) * len(draft.lots), strict=True
        )
    }


def _frozen_for_moves(event: Event) -> tuple[object, ...]:
    frozen = event.frozen
    detail = event.draft.detail
    failed = (
        custody.failure_position(event)
        if isinstance(detail, Inspection) and not detail.passed
        else event.order
    )
    return (frozen.roles, frozen.late, frozen.region, frozen.to_other_firm, frozen.tolerances, failed)


def is_alike(stored: Lot, made: Lot, before: Event, event: Event) -> bool:
    """Return whether an output came out as it is stored, but for where its metal comes from."""
    first, content = stored.contents[0], made.contents[0]
    weighed = (first.form, first.mass_g, first.metal_g) == (content.form, content.mass_g, content.metal_g)
    return (
        before.order == event.order
        and weighed
        and lot_as_made(stored, before).changed(contents=made.contents) == made
    )


def decide_nothing(event: Event) -> Decision:
    """Return the decision of a voided event, which leads to nothing."""
    return Decision({}, {}, [], LedgerRows(event.month), [], [])


def _in_the_way(violations: list[Violation], event: Event) -> list[Violation]:
    """Return violations at another event than the one being recorded, with that event named."""
    return [
        violation._replace(path="", events=tuple(dict.fromkeys((*violation.events, event.id))))
        for violation in violations
    ]

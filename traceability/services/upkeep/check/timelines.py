"""Fold the timelines of lots again, and compare each lot with the state that its timeline leads to."""

from graph.store import Reader
from traceability.domain.decision import INPUT, OBSERVED, OUTPUT, Edge, list_observed_edges
from traceability.domain.event import Event
from traceability.domain.lot import Lot, values_at_birth
from traceability.domain.posting import LedgerRows
from traceability.domain.provenance import take_metal
from traceability.domain.timeline import apply_event, is_lenient, lot_as_made
from traceability.domain.transformation import takes_rest
from traceability.services.upkeep.check.event_cache import EventCache
from traceability.services.upkeep.check.findings import (
    DAMAGE_ERRORS,
    CheckReport,
    differing_fields,
)
from traceability.services.upkeep.check.lots import check_vectors


class ReplayedEvent:
    """Edges and ledger rows of a movement or observation, gathered lot by lot while their timelines are folded.

    ``named`` are the lots that its draft names, ``lots`` those that were folded through it.
    """

    def __init__(self, event: Event) -> None:
        self.event = event
        self.named = {moved.lot for moved in event.draft.lots}
        self.book = LedgerRows(event.month)
        self.edges: list[Edge] = []
        self.lots: set[str] = set()


class TimelineFolding:
    """Folds the lots that a range of events made or moved; events that moved them are replayed on the way.

    ``born`` are lots as the events of the range make them, ``replayed`` its movements and observations by seq.
    """

    def __init__(
        self,
        lots: dict[str, Lot],
        born: dict[str, Lot],
        replayed: dict[int, ReplayedEvent],
        report: CheckReport,
    ) -> None:
        self.lots = lots
        self.born = born
        self.replayed = replayed
        self.report = report

    def run(self, reader: Reader, made: set[str], cache: EventCache) -> None:
        """Fold the lots; those ``made`` in the range must come out as they are stored."""
        moved = {lot for replay in self.replayed.values() for lot in replay.named}
        timelines: dict[str, list[Edge]] = {lot: [] for lot in self.lots if lot in made or lot in moved}
        journeys: set[str] = set()
        for edge in reader.list_touches(list(timelines)):
            timelines[edge.lot].append(edge)
            if edge.role == OBSERVED or edge.number < 0:
                journeys.add(edge.lot)
        events = cache.find({edge.event for lot in journeys for edge in timelines[lot]})
        for name, timeline in timelines.items():
            lot, own = self.lots[name], name in made
            try:
                if name in journeys:
                    state = self._fold(lot, timeline, events, own=own)
                else:
                    state = self._take_all(lot, timeline, cache)
                if own:
                    self._check_state(lot, state)
                    _measure_rounding(lot, timeline, self.report)
            except DAMAGE_ERRORS as error:
                self.report.note("check.unreadable", name, repr(error), "")
                check_vectors(lot, self.report)

    def _fold(self, lot: Lot, timeline: list[Edge], events: dict[int, Event], *, own: bool) -> Lot | None:
        """Return the lot as its timeline leads to it.

        Each broken rule is reported once: of a take where the lot was made, of a movement or observation where the
        event stands.
        """
        state: Lot | None = None
        for edge in timeline:
            event = events.get(edge.event)
            if event is None:
                self.report.note("check.edges_differ", lot.id, edge, None)
                continue
            if edge.role == OUTPUT:
                state = self.born.get(lot.id) or lot_as_made(lot, event)
                continue
            draft, position = event.draft, edge.position
            named = draft.inputs or draft.lots
            if state is None or position >= len(named) or named[position].lot != lot.id:
                self.report.note("check.edges_differ", event.id, edge, lot.id)
                return state
            replay = self.replayed.get(edge.event)
            book = replay.book if replay else None
            effect = apply_event(state, event, position, lenient=is_lenient(state, event), book=book)
            if replay is not None or (own and draft.inputs):
                for violation in effect.violations:
                    self.report.note("check.rule_broken", event.id, violation.code, dict(violation.figures))
            if own and lot.id in takes_rest(event) and state.remaining_g != edge.mass_g:
                # "All of it" is all that is there, whatever it was when it was recorded.
                self.report.note("check.edges_differ", event.id, edge.mass_g, state.remaining_g)
            if replay is not None:
                replay.lots.add(lot.id)
                replay.edges += list_observed_edges(event, position, effect)
                if effect.part is not None:
                    self._check_part(effect.part)
            state = effect.lot
        return state

    def _take_all(self, lot: Lot, timeline: list[Edge], cache: EventCache) -> Lot | None:
        """Fold a lot that was only made and taken from: that needs nothing but the event that made it."""
        state = self.born.get(lot.id)
        if state is None:
            for edge in timeline:
                if edge.role == OUTPUT:
                    maker = cache.find([edge.event]).get(edge.event)
                    state = lot_as_made(lot, maker) if maker else None
        taken_g = sum(edge.mass_g for edge in timeline if edge.role == INPUT)
        return state and state.changed(remaining_g=state.remaining_g - taken_g, last=timeline[-1].order)

    def _check_state(self, lot: Lot, true: Lot | None) -> None:
        if true is None:
            self.report.note("check.lot_unmade", lot.id, lot.status, "void")
        elif true.remaining_g < 0:
            self.report.note("check.rule_broken", lot.id, "rule.overdrawn", true.remaining_g)
        elif lot != true:
            code = "check.lot_differs" if _birth(lot) != _birth(true) else "check.lot_state"
            self.report.note(code, lot.id, differing_fields(lot, true), differing_fields(true, lot))

    def _check_part(self, true: Lot) -> None:
        """Compare the part that a movement splits off with the one that is stored."""
        check_vectors(true, self.report)
        stored = self.lots.get(true.id)
        if stored is None:
            self.report.note("check.lot_differs", true.id, None, true.contents[0])
        elif _birth(stored) != _birth(true):
            self.report.note("check.lot_differs", true.id, _birth(stored), _birth(true))


def _birth(lot: Lot) -> tuple[object, ...]:
    """Return what a lot got when it was made, and keeps."""
    return (lot.contents[0], lot.first_code, *values_at_birth(lot))


def _measure_rounding(lot: Lot, timeline: list[Edge], report: CheckReport) -> None:
    """Compare a lot's metal with the sum of its takes.

    Takes round down each for itself: at most 1 g a take (and its remainder) may be missing of the lot's metal.
    """
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
        report.note("check.rounding", lot.id, miss_g, takes + 1)
    elif miss_g:
        report.rounding_lots += 1
        report.rounding_g = max(report.rounding_g, miss_g)

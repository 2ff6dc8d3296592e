"""Decide an event: the new lots, next states, edges and ledger rows that it leads to, or why it is refused.

Pure: the same event on the same lots gives the same answer for ever, which rebuild, check and correct rest on.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from traceability.domain import custody, entry, rules, transformation
from traceability.domain.claims import (
    Claim,
    before_opening,
    check_claims,
    declares_no_class,
    manifest_taken,
    opening_key,
)
from traceability.domain.custody import Effect
from traceability.domain.errors import Violation
from traceability.domain.event import (
    Assay,
    Declaration,
    Disposal,
    Event,
    Inspection,
    Opening,
    Order,
    Receiving,
    Relabelling,
    Reversal,
    Shipment,
)
from traceability.domain.freezing import Facts
from traceability.domain.kinds import ENTRIES, MOVEMENTS, OBSERVATIONS, PHYSICAL, RECORDS, TRANSFORMATIONS
from traceability.domain.lot import Lot
from traceability.domain.posting import LedgerRows, Posting

INPUT, OUTPUT, OBSERVED = "input", "output", "observed"


class Edge(NamedTuple):
    """One lot in one event: the graph's INPUT_TO, OUTPUT and OBSERVED relationships, and a lot's
    timeline.

    ``time_ms`` and ``event`` (seq) put it in book order. ``mass_g``, ``metal_g`` are what was taken or made;
    of an observation the signed change that it made (a stocktake, a difference at receipt, an assay), else 0.
    A negative ``number`` marks a part split off by a movement: it belongs with the other edge of that number only.
    """

    event: int
    time_ms: int
    lot: str
    role: str
    number: int
    mass_g: int
    metal_g: int

    @property
    def order(self) -> Order:
        """Return its position in book order."""
        return (self.time_ms, self.event)

    @property
    def position(self) -> int:
        """Return the lot's position among the event's inputs, outputs or lots."""
        return self.number if self.number >= 0 else -1 - self.number


@dataclass(slots=True)
class Changes:
    """Everything one write adds or replaces, for one event or a whole batch; ``apply`` stores it in one transaction.

    ``events`` are new, in seq order; ``revised`` are existing events with a new version or state. ``lots`` are whole
    rows, new or next. ``edges`` are new; those of ``revised`` events replace all that they had.
    """

    events: list[Event] = field(default_factory=list)
    revised: dict[int, Event] = field(default_factory=dict)
    lots: dict[str, Lot] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    claims: dict[str, Claim | None] = field(default_factory=dict)
    postings: list[Posting] = field(default_factory=list)


class Decision(NamedTuple):
    """The consequences of one event: next states of its lots, new lots, edges, ledger rows; or what is wrong."""

    lots: dict[str, Lot]
    made: dict[str, Lot]
    edges: list[Edge]
    book: LedgerRows
    violations: list[Violation]
    warnings: list[Violation]


def check_statement(event: Event, facts: Facts) -> list[Violation]:
    """Check every rule that needs no lot: time, rights, what the kind must state, claims, openings,
    sealed months."""
    draft = event.draft
    violations = rules.check_time(draft, facts.now_ms)
    violations += rules.check_rights(draft, facts.roles, facts.speaks)
    violations += rules.check_statement(event)
    violations += check_claims(event, facts.claims, replaces=facts.replaces)
    violations += entry.check_hazardous(event)
    if facts.manifest_holder:
        violations.append(manifest_taken(draft, facts.manifest_holder))
    opened = facts.claims.get(opening_key(draft.site))
    if isinstance(draft.detail, Opening):
        behind = facts.first_other is not None and facts.first_other < event.order
        if behind and not declares_no_class(draft):
            violations.append(Violation("rule.opening_not_first", "event_time", figures={"site": draft.site}))
    elif opened is not None and draft.kind in PHYSICAL and event.order < (opened.time_ms, opened.seq):
        violations.append(before_opening(draft.site))
    if isinstance(draft.detail, Declaration) and facts.month_sealed and not facts.replaces:
        violations += rules.check_supplementary(draft, facts.roles, facts.recorded_before)
    return violations


def list_objections(event: Event, lots: Mapping[str, Lot]) -> list[Violation]:
    """Return the violations of those lots that are known, where others of the event are not."""
    draft = event.draft
    violations: list[Violation] = []
    for number, (use, mass_g) in enumerate(zip(draft.inputs, event.frozen.masses, strict=False)):
        if use.lot in lots:
            violations += custody.check_take(lots[use.lot], mass_g, event, f"inputs.{number}")
    for number, moved in enumerate(draft.lots):
        if moved.lot in lots:
            violations += observe(event, number, lots[moved.lot], LedgerRows(event.month)).violations
    return violations


def decide(
    event: Event, lots: Mapping[str, Lot], *, unchecked: Collection[str] = (), flagged: Collection[str] = ()
) -> Decision:
    """Return the consequences of an event for ``lots`` as they stand at its position in book order.

    All of its lots must be given. Custody and remaining mass of ``unchecked`` inputs are known to be good (their own
    timeline did not change), so no next state is given of them; takes of ``flagged`` lots were recorded before an
    inspection failed.
    """
    draft = event.draft
    book = LedgerRows(event.month)
    if draft.kind in RECORDS:
        return Decision({}, {}, [], book, [], rules.warn_of_sealed_month(event))
    if draft.kind in ENTRIES:
        made = entry.enter(event, book)
        weighed = [lot.contents[0].mass_g for lot in made.lots] or [new.mass_g or 0 for new in draft.outputs]
        breaks, unusual = rules.check_usual_mass(event, weighed)
        violations = made.violations + rules.confirm(event, breaks, event.frozen.approver_roles)
        return _close(event, {}, made.lots, [], book, violations, made.warnings + unusual)
    if draft.kind in TRANSFORMATIONS:
        return _decide_transformation(event, lots, book, unchecked, flagged)
    assert draft.kind in MOVEMENTS or draft.kind in OBSERVATIONS, draft.kind
    states: dict[str, Lot] = {}
    parts: list[Lot] = []
    edges: list[Edge] = []
    violations = []
    for number, moved in enumerate(draft.lots):
        effect = observe(event, number, lots[moved.lot], book, lenient=moved.lot in flagged)
        states[moved.lot] = effect.lot
        if effect.part is not None:
            parts.append(effect.part)
        edges += list_observed_edges(event, number, effect)
        violations += effect.violations
    if isinstance(draft.detail, Assay) and draft.lots:
        breaks = rules.check_alloy_limits(event, lots[draft.lots[0].lot])
        violations += rules.confirm(event, breaks, event.frozen.approver_roles)
    warnings = []
    if event.frozen.late:
        warnings.append(
            Violation("warning.assay_late", "event_time", tuple(moved.lot for moved in draft.lots))
        )
    warnings += rules.warn_of_licence(event, states.values())
    if isinstance(draft.detail, Inspection) and draft.detail.passed:
        warnings += [warning for lot in states.values() for warning in custody.warn_of_quarantine(lot)]
    return Decision(states, {part.id: part for part in parts}, edges, book, violations, warnings)


def observe(event: Event, number: int, lot: Lot, book: LedgerRows, *, lenient: bool = False) -> Effect:
    """Return the effect of a movement or observation on the ``number``-th of its lots.

    ``lenient`` is for what was recorded before an inspection of earlier date failed: flagged, never refused.
    """
    detail = event.draft.detail
    if (
        lenient
        and lot.quarantined
        and not isinstance(detail, Inspection)
        and (not isinstance(detail, Disposal) or lot.form == "residue")
    ):
        effect = _observe(event, number, lot.changed(quarantined=False), book)
        return effect._replace(lot=effect.lot.changed(quarantined=True))
    return _observe(event, number, lot, book)


def _observe(event: Event, number: int, lot: Lot, book: LedgerRows) -> Effect:
    mass_g = event.frozen.masses[number]
    path = f"lots.{number}"
    match event.draft.detail:
        case Shipment():
            return custody.ship(lot, event, number, mass_g, book, path)
        case Receiving():
            return custody.receive(lot, event, mass_g, book, path)
        case Reversal():
            return custody.return_(lot, event, number, mass_g, book, path)
        case Disposal():
            return custody.dispose(lot, event, number, mass_g, book, path)
        case Assay():
            return custody.assay(lot, event, book, path)
        case Relabelling():
            return custody.relabel(lot, event, path)
        case Inspection():
            return custody.inspect(lot, event, path)
        case _:
            return custody.adjust(lot, event, book, path)


def list_observed_edges(event: Event, number: int, effect: Effect) -> list[Edge]:
    """Return the edges of one observed lot: a part split off is an input and an output."""
    at = (event.seq, event.frozen.time_ms)
    if effect.part is None or effect.parted is None:
        return [Edge(*at, effect.lot.id, OBSERVED, number, *effect.change)]
    amounts = (-1 - number, effect.parted.mass_g, effect.parted.metal_g)
    return [Edge(*at, effect.lot.id, INPUT, *amounts), Edge(*at, effect.part.id, OUTPUT, *amounts)]


def _decide_transformation(
    event: Event,
    lots: Mapping[str, Lot],
    book: LedgerRows,
    unchecked: Collection[str],
    flagged: Collection[str],
) -> Decision:
    charge = transformation.list_charge(event, lots)
    violations: list[Violation] = []
    states: dict[str, Lot] = {}
    edges = []
    for number, (lot, _, taken) in enumerate(charge):
        edges.append(
            Edge(event.seq, event.frozen.time_ms, lot.id, INPUT, number, taken.mass_g, taken.metal_g)
        )
        if lot.id not in unchecked:
            path, lenient = f"inputs.{number}", lot.id in flagged
            violations += custody.check_take(lot, taken.mass_g, event, path, quarantine=not lenient)
            states[lot.id] = custody.take(lot, taken.mass_g, event)
    violations += rules.check_inputs(event, charge)
    breaks, unusual = rules.check_usual_mass(event, [new.mass_g or 0 for new in event.draft.outputs])
    breaks += transformation.check_composition_of_charge(event, charge)
    violations += rules.confirm(event, breaks, event.frozen.approver_roles)
    made = transformation.transform(event, charge, book)
    violations += made.violations
    return _close(event, states, made.lots, edges, book, violations, made.warnings + unusual)


def _close(
    event: Event, states: dict[str, Lot], made: list[Lot], edges: list[Edge], book: LedgerRows,
    violations: list[Violation], warnings: list[Violation],
) -> Decision:  # fmt: skip
    for number, lot in enumerate(made):
        content = lot.contents[0]
        edges.append(
            Edge(event.seq, event.frozen.time_ms, lot.id, OUTPUT, number, content.mass_g, content.metal_g)
        )
    return Decision(states, {lot.id: lot for lot in made}, edges, book, violations, warnings)

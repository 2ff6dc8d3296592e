"""What does an accepted event change: new lots, next states, edges, claims and ledger rows; or why it is refused.

``freeze`` fixes every parameter, ``decide`` computes the consequences. Both are pure: the same event on the same lots
gives the same answer for ever, which is what rebuild, check and correct rest on.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID, uuid5

from traceability.domain import custody, entry, rules, transformation
from traceability.domain.calendar import DAY_MS, day_of, time_of_day
from traceability.domain.custody import Effect
from traceability.domain.errors import Figures, Violation
from traceability.domain.event import (
    Acquisition,
    Declaration,
    Draft,
    Event,
    Frozen,
    Heat,
    Inspection,
    Order,
    Relabelling,
    Seal,
    Shipment,
)
from traceability.domain.kinds import (
    ENTRIES,
    MOVEMENTS,
    OBSERVATIONS,
    PHYSICAL,
    RECORDS,
    TRANSFORMATIONS,
)
from traceability.domain.lot import Lot
from traceability.domain.material import Material, Reference
from traceability.domain.posting import LedgerRows, Posting

INPUT, OUTPUT, OBSERVED = "input", "output", "observed"

CODES = "code/"
"""How the claims of labels begin."""

DECLARATIONS = "declaration/"
"""How the claims of sites' records begin. The one that holds a period gives it up when it is voided or moved; beside it
each that ever held it keeps a claim of its own, which ends in its id: so a sealed month is known as it was sealed."""


class Edge(NamedTuple):
    """One lot in one event: the graph's INPUT_TO, OUTPUT and OBSERVED relationships, and a lot's timeline.

    ``time_ms`` and ``event`` (seq, = place) put it in book order. ``mass_g``, ``metal_g`` are what was taken or made;
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
        """Its place in book order."""
        return (self.time_ms, self.event)

    @property
    def position(self) -> int:
        """The lot's position among the event's inputs, outputs or lots."""
        return self.number if self.number >= 0 else -1 - self.number


class Claim(NamedTuple):
    """A key that only one may hold: ``owner`` is the lot (of a code) or the event (of everything else).

    ``digest`` is that of the content, where the same content again is answered with the first receipt.
    """

    key: str
    owner: str
    digest: str = ""
    seq: int = 0
    time_ms: int = 0


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


class Facts(NamedTuple):
    """What only the store, the clock and the people directory know, gathered before the decision."""

    now_ms: int
    roles: tuple[str, ...] = ()
    approver_roles: tuple[str, ...] = ()
    tare_g: int = 0
    late: bool = False
    claims: Mapping[str, Claim] = {}
    first_other: Order | None = None  # the site's first event in book order, asked for an opening
    month_sealed: bool = False
    replaces: bool = False  # whether the draft replaces what was recorded under its id


# --- freezing -----------------------------------------------------------------------------------------------------


def effective_time(draft: Draft, lots: Mapping[str, Lot]) -> int:
    """The draft's own time; a date without time is 00:00, raised to what made, moved or released its lots that day."""
    if not draft.date_only:
        return draft.time_ms
    start_ms = time_of_day(day_of(draft.time_ms))
    end_ms = start_ms + DAY_MS
    moved = [lots[used].moved_ms for used in lots_of(draft) if used in lots]
    return max([start_ms, *(ms for ms in moved if start_ms <= ms < end_ms)])


def lots_of(draft: Draft) -> list[str]:
    """The existing lots that a draft names, in its order."""
    return [use.lot for use in draft.inputs] + [moved.lot for moved in draft.lots]


def freeze(
    draft: Draft,
    time_ms: int,
    lots: Mapping[str, Lot],
    reference: Reference,
    facts: Facts,
    draw_code: Callable[[], str],
) -> tuple[Frozen | None, list[Violation]]:
    """(every parameter that the event uses, what is unknown or unlicensed). No Frozen without the site or a named material."""
    found: list[Violation] = []
    site = reference.sites.get(draft.site)
    if site is None:
        found.append(Violation("rule.unknown_site", "site", figures={"site": draft.site}))
    detail = draft.detail
    destination = None
    if isinstance(detail, Shipment) and detail.to:
        destination = reference.sites.get(detail.to)
        if destination is None:
            found.append(Violation("rule.unknown_site", "to", figures={"site": detail.to}))
    found += rules.check_origins(draft, reference.regions)
    materials: dict[str, Material] = {}
    for number, new in enumerate(draft.outputs):
        material = reference.materials.get(new.material)
        if material is None:
            path = f"outputs.{number}.material"
            found.append(Violation("rule.unknown_material", path, figures={"material": new.material}))
        else:
            materials[material.id] = material
    if site is None or any(new.material not in materials for new in draft.outputs):
        return None, found
    if draft.kind == "assay":
        examined = {lots[moved.lot].material for moved in draft.lots if moved.lot in lots}
        materials |= {id_: reference.materials[id_] for id_ in examined if id_ in reference.materials}
    masses, new_lots, codes = _resolve(draft, lots, draw_code)
    waste_codes = [new.waste_code or materials[new.material].waste_code for new in draft.outputs]
    licence, uncovered = entry.find_licences(draft, waste_codes, site.licences, day_of(time_ms))
    found += uncovered
    clean = isinstance(detail, Shipment) and bool(
        {detail.mode, f"{detail.mode}/{detail.vehicle_class}"} & reference.clean_modes
    )
    frozen = Frozen(
        time_ms=time_ms,
        region=site.region,
        roles=facts.roles,
        approver_roles=facts.approver_roles,
        masses=masses,
        lots=new_lots,
        codes=codes,
        materials=materials,
        tolerances=reference.tolerances,
        tare_g=facts.tare_g,
        licence=licence,
        late=facts.late,
        to_other_firm=destination is not None and destination.firm != site.firm,
        clean=clean,
    )
    return frozen, found


def new_lot_id(event: str, number: int) -> str:
    """The id of an event's new lot that the client did not name: the same at every asking.

    It begins as the event's UUIDv7 does, by the time, so that lots made together lie together in the store.
    """
    return event[:19] + str(uuid5(UUID(event), str(number)))[19:]


def _resolve(
    draft: Draft, lots: Mapping[str, Lot], draw_code: Callable[[], str]
) -> tuple[tuple[int, ...], tuple[str, ...], tuple[str, ...]]:
    """(masses of inputs or lots, ids and codes of the new lots)."""

    def remaining(lot_id: str, mass_g: int | None) -> int:
        if mass_g is not None:
            return mass_g
        return lots[lot_id].remaining_g if lot_id in lots else 0

    if draft.kind in MOVEMENTS and draft.kind != "receive":
        masses, ids, codes = [], [], []
        for number, moved in enumerate(draft.lots):
            whole_g = remaining(moved.lot, None)
            mass_g = remaining(moved.lot, moved.mass_g)
            part = moved.lot in lots and 0 < mass_g < whole_g
            masses.append(mass_g)
            ids.append((moved.part_lot or new_lot_id(draft.id, number)) if part else "")
            codes.append((moved.part_code or draw_code()) if part else "")
        return tuple(masses), tuple(ids), tuple(codes)
    named = draft.inputs or draft.lots
    return (
        tuple(remaining(used.lot, used.mass_g) for used in named),
        tuple(new.lot or new_lot_id(draft.id, number) for number, new in enumerate(draft.outputs)),
        tuple(new.code or draw_code() for new in draft.outputs),
    )


def resolve_again(event: Event, lots: Mapping[str, Lot], draw_code: Callable[[], str]) -> Frozen:
    """Masses and parts of a replacement for its lots as they turn out in book order; ids and codes stay."""
    if event.draft.kind in ENTRIES or event.draft.kind in RECORDS:
        return event.frozen
    masses, ids, codes = _resolve(event.draft, lots, draw_code)
    known = event.frozen
    if len(known.codes) == len(codes):
        codes = tuple(old if old and new else new for old, new in zip(known.codes, codes, strict=True))
        ids = tuple(old if old and new else new for old, new in zip(known.lots, ids, strict=True))
    return known._replace(masses=masses, lots=ids, codes=codes)


# --- claims -------------------------------------------------------------------------------------------------------


def year_of(time_ms: int) -> str:
    """The calendar year in Asia/Shanghai."""
    return day_of(time_ms)[:4]


def claim_keys(draft: Draft, time_ms: int) -> list[tuple[str, str]]:
    """(key, path) of what an event claims for itself, beside the codes of its lots."""
    detail = draft.detail
    year = year_of(time_ms)
    if isinstance(detail, Acquisition) and detail.ticket:
        return [(f"ticket/{draft.site}/{year}/{detail.ticket}", "ticket")]
    if isinstance(detail, Heat) and detail.heat_number:
        return [(f"heat/{draft.site}/{year}/{detail.heat_number}", "heat_number")]
    if isinstance(detail, Seal):
        return [(seal_key(draft.site, detail.month), "month")]
    if isinstance(detail, Declaration):
        keys = []
        if detail.certificate:
            keys.append((f"certificate/{detail.certificate}", "certificate"))
        if detail.type == "statistic":
            metals = "+".join(sorted(detail.metals))
            keys.append((f"statistic/{detail.region}/{metals}/{detail.period}", "period"))
        elif detail.type in ("power", "fuel", "line"):
            keys.append((declaration_key(draft.site, detail), "period"))
        return keys
    return []


def declaration_key(site: str, stated: Declaration) -> str:
    """The claim of a site's record: of a meter or line by its name alone, of fuel by its kind too."""
    named = [stated.line, stated.fuel if stated.type == "fuel" else ""]
    what = "/".join(name for name in named if name)
    return f"{DECLARATIONS}{stated.type}/{site}/{what}/{stated.period}"


def code_key(code: str) -> str:
    """The claim of a label's code."""
    return CODES + code


def is_code_key(key: str) -> bool:
    """Whether a claim is that of a label's code, which a lot holds and nobody frees."""
    return key.startswith(CODES)


def seal_key(site: str, month: str) -> str:
    """The claim of a closed month."""
    return f"seal/{site}/{month}"


def opening_key(site: str) -> str:
    """The claim that remembers the newest opening of a site."""
    return f"opening/{site}"


def draft_codes(draft: Draft) -> list[tuple[str, str]]:
    """(code, path) of the codes that a draft itself brings."""
    codes = [(new.code, f"outputs.{number}.code") for number, new in enumerate(draft.outputs) if new.code]
    codes += [
        (moved.part_code, f"lots.{number}.part_code")
        for number, moved in enumerate(draft.lots)
        if moved.part_code
    ]
    if isinstance(draft.detail, Relabelling):
        codes.append((draft.detail.code, "code"))
    return codes


_TAKEN = {
    "ticket": "rule.ticket_used",
    "heat_number": "rule.heat_used",
    "month": "rule.already_sealed",
    "certificate": "rule.certificate_used",
    "period": "rule.already_declared",
}


def _claimed_number(key: str, path: str) -> str:
    """The number, month or period that a key stands for; people's own numbers may have slashes in them."""
    if path in ("month", "period"):
        return key.rsplit("/", 1)[1]
    return key.split("/", 1 if path == "certificate" else 3)[-1]


def _taken(draft: Draft, key: str, path: str, owner: str) -> Violation:
    figures: Figures = {"number": _claimed_number(key, path), "site": draft.site}
    return Violation(_TAKEN[path], path, (), (owner,), figures)


def _code_taken(code: str, path: str, lots: tuple[str, ...] = ()) -> Violation:
    return Violation("rule.code_taken", path, lots, (), {"code": code})


def list_wanted(event: Event) -> list[tuple[str, Violation]]:
    """What an event that is about to be recorded will hold alone, each with what is wrong if another has it."""
    draft, frozen = event.draft, event.frozen
    rows = "lots" if draft.kind in MOVEMENTS else "outputs"
    wanted = [(key, _taken(draft, key, path, event.id)) for key, path in claim_keys(draft, frozen.time_ms)]
    for number, (lot, code) in enumerate(zip(frozen.lots, frozen.codes, strict=True)):
        if lot:
            wanted.append((f"lot/{lot}", Violation("rule.lot_exists", f"{rows}.{number}", (lot,))))
            wanted.append((code_key(code), _code_taken(code, f"{rows}.{number}")))
    if isinstance(draft.detail, Relabelling):
        wanted.append((code_key(draft.detail.code), _code_taken(draft.detail.code, "code")))
    return wanted


def check_claims(event: Event, facts: Facts) -> list[Violation]:
    """Codes, tickets, heats … that somebody else holds; codes or ids used twice within the draft."""
    draft = event.draft
    found = []
    for key, path in claim_keys(draft, event.frozen.time_ms):
        held = facts.claims.get(key)
        if held is not None:
            found.append(_taken(draft, key, path, held.owner))
    codes = draft_codes(draft)
    seen: set[str] = set()
    keeps: set[str] = set()
    if facts.replaces:
        keeps = {new.lot or new_lot_id(draft.id, number) for number, new in enumerate(draft.outputs)}
        keeps |= {moved.part_lot for moved in draft.lots if moved.part_lot}
    relabelled = draft.lots[0].lot if isinstance(draft.detail, Relabelling) and draft.lots else ""
    for code, path in codes:
        held = facts.claims.get(code_key(code))
        kept = held is None or held.owner in keeps or (held.seq == event.seq and held.owner == relabelled)
        if code in seen or not kept:
            found.append(_code_taken(code, path, (held.owner,) if held else ()))
        seen.add(code)
    return found


def check_openings(versions: Sequence[Event]) -> list[tuple[int, Violation]]:
    """(number, what is wrong) of those of several events corrected together that come before an opening among them."""
    opened = {
        version.draft.site: version.order
        for version in sorted(versions, key=lambda version: version.order)
        if version.live and version.draft.kind == "opening" and not is_all_unknown(version.draft)
    }
    found = []
    for number, version in enumerate(versions):
        site, kind = version.draft.site, version.draft.kind
        if version.live and kind in PHYSICAL and site in opened and version.order < opened[site]:
            found.append((number, _before_opening(site)))
    return found


def new_claims(event: Event, decision: Decision, digest: str) -> dict[str, Claim | None]:
    """What the accepted event claims."""
    claims: dict[str, Claim | None] = {}
    seq, time_ms = event.seq, event.frozen.time_ms
    for key, _ in claim_keys(event.draft, time_ms):
        claims[key] = Claim(key, event.id, digest, seq, time_ms)
        if key.startswith(DECLARATIONS):
            trace = f"{key}/{event.id}"
            claims[trace] = Claim(trace, event.id, "", (seq, *event.revisions)[-1], time_ms)
    for lot in decision.made.values():
        claims[code_key(lot.code)] = Claim(code_key(lot.code), lot.id, "", seq, time_ms)
    if isinstance(event.draft.detail, Relabelling):
        key = code_key(event.draft.detail.code)
        claims[key] = Claim(key, event.draft.lots[0].lot, "", seq, time_ms)
    return claims


# --- deciding -----------------------------------------------------------------------------------------------------


def _before_opening(site: str) -> Violation:
    return Violation("rule.before_opening", "event_time", figures={"site": site})


def is_all_unknown(draft: Draft) -> bool:
    """Whether an opening declares no class at all, as stock found in a stocktake must."""
    return all(share.source_class == "unknown" for new in draft.outputs for share in new.content)


def check_statement(event: Event, facts: Facts) -> list[Violation]:
    """Every rule that needs no lot: time, rights, what the kind must state, claims, openings, sealed months."""
    draft = event.draft
    found = rules.check_time(draft, facts.now_ms)
    found += rules.check_rights(draft, facts.roles)
    found += rules.check_statement(event)
    found += check_claims(event, facts)
    found += entry.check_hazardous(event)
    opened = facts.claims.get(opening_key(draft.site))
    if draft.kind == "opening":
        behind = facts.first_other is not None and facts.first_other < event.order
        if behind and not is_all_unknown(draft):
            found.append(Violation("rule.opening_not_first", "event_time", figures={"site": draft.site}))
    elif opened is not None and draft.kind in PHYSICAL and event.order < (opened.time_ms, opened.seq):
        found.append(_before_opening(draft.site))
    if draft.kind == "declare" and facts.month_sealed and not facts.replaces:
        found.append(Violation("rule.month_sealed", "period", figures={"site": draft.site}))
    return found


def object_to(event: Event, lots: Mapping[str, Lot]) -> list[Violation]:
    """What the lots that are known object to, where others of the event are not."""
    draft = event.draft
    found: list[Violation] = []
    for number, (use, mass_g) in enumerate(zip(draft.inputs, event.frozen.masses, strict=False)):
        if use.lot in lots:
            found += custody.check_take(lots[use.lot], mass_g, event, f"inputs.{number}")
    for number, moved in enumerate(draft.lots):
        if moved.lot in lots:
            found += observe(event, number, lots[moved.lot], LedgerRows(event.month)).violations
    return found


def decide(
    event: Event, lots: Mapping[str, Lot], *, unchecked: Collection[str] = (), flagged: Collection[str] = ()
) -> Decision:
    """The consequences of an event for ``lots`` as they stand at its place in book order.

    All of its lots must be given. Custody and remaining mass of ``unchecked`` inputs are known to be good (their own
    timeline did not change), so no next state is given of them; takes of ``flagged`` lots were recorded before an
    inspection failed.
    """
    draft = event.draft
    book = LedgerRows(event.month)
    if draft.kind in RECORDS:
        return Decision({}, {}, [], book, [], [])
    if draft.kind in ENTRIES:
        made = entry.enter(event, book)
        weighed = [lot.contents[0].mass_g for lot in made.lots] or [new.mass_g or 0 for new in draft.outputs]
        breaks, unusual = rules.check_usual_mass(event, weighed)
        found = made.violations + rules.confirm(event, breaks, event.frozen.approver_roles)
        return _close(event, {}, made.lots, [], book, found, made.warnings + unusual)
    if draft.kind in TRANSFORMATIONS:
        return _decide_transformation(event, lots, book, unchecked, flagged)
    assert draft.kind in MOVEMENTS or draft.kind in OBSERVATIONS, draft.kind
    states: dict[str, Lot] = {}
    parts: list[Lot] = []
    edges: list[Edge] = []
    found = []
    for number, moved in enumerate(draft.lots):
        effect = observe(event, number, lots[moved.lot], book, lenient=moved.lot in flagged)
        states[moved.lot] = effect.lot
        if effect.part is not None:
            parts.append(effect.part)
        edges += observed_edges(event, number, effect)
        found += effect.violations
    if draft.kind == "assay" and draft.lots and not found:
        breaks = rules.check_alloy_limits(event, lots[draft.lots[0].lot])
        found += rules.confirm(event, breaks, event.frozen.approver_roles)
    warnings = []
    if event.frozen.late:
        warnings.append(
            Violation("warning.assay_late", "event_time", tuple(moved.lot for moved in draft.lots))
        )
    if isinstance(draft.detail, Inspection) and draft.detail.passed:
        warnings += [warned for lot in states.values() for warned in custody.warn_of_quarantine(lot)]
    return Decision(states, {part.id: part for part in parts}, edges, book, found, warnings)


def observe(event: Event, number: int, lot: Lot, book: LedgerRows, *, lenient: bool = False) -> Effect:
    """The effect of a movement or observation on the ``number``-th of its lots.

    ``lenient`` is for what was recorded before an inspection of earlier date failed: flagged, never refused.
    """
    if (
        lenient
        and lot.quarantined
        and event.draft.kind != "inspect"
        and (event.draft.kind != "dispose" or lot.form == "residue")
    ):
        effect = _observe(event, number, lot.changed(quarantined=False), book)
        return effect._replace(lot=effect.lot.changed(quarantined=True))
    return _observe(event, number, lot, book)


def _observe(event: Event, number: int, lot: Lot, book: LedgerRows) -> Effect:
    kind = event.draft.kind
    mass_g = event.frozen.masses[number]
    path = f"lots.{number}"
    if kind == "ship":
        return custody.ship(lot, event, number, mass_g, book, path)
    if kind == "receive":
        return custody.receive(lot, event, mass_g, book, path)
    if kind == "return":
        return custody.return_(lot, event, number, mass_g, book, path)
    if kind == "dispose":
        return custody.dispose(lot, event, number, mass_g, book, path)
    if kind == "assay":
        return custody.assay(lot, event, book, path)
    if kind == "relabel":
        return custody.relabel(lot, event, path)
    if kind == "inspect":
        return custody.inspect(lot, event, path)
    return custody.adjust(lot, event, book, path)


def observed_edges(event: Event, number: int, effect: Effect) -> list[Edge]:
    """The edges of one observed lot: a part split off is an input and an output."""
    at = (event.seq, event.frozen.time_ms)
    if effect.part is None or effect.parted is None:
        return [Edge(*at, effect.lot.id, OBSERVED, number, *effect.change)]
    held = (-1 - number, effect.parted.mass_g, effect.parted.metal_g)
    return [Edge(*at, effect.lot.id, INPUT, *held), Edge(*at, effect.part.id, OUTPUT, *held)]


def _decide_transformation(
    event: Event,
    lots: Mapping[str, Lot],
    book: LedgerRows,
    unchecked: Collection[str],
    flagged: Collection[str],
) -> Decision:
    charge = transformation.charge_of(event, lots)
    found: list[Violation] = []
    states: dict[str, Lot] = {}
    edges = []
    for number, (lot, _, taken) in enumerate(charge):
        edges.append(
            Edge(event.seq, event.frozen.time_ms, lot.id, INPUT, number, taken.mass_g, taken.metal_g)
        )
        if lot.id not in unchecked:
            path, lenient = f"inputs.{number}", lot.id in flagged
            found += custody.check_take(lot, taken.mass_g, event, path, quarantine=not lenient)
            states[lot.id] = custody.take(lot, taken.mass_g, event)
    found += rules.check_inputs(event, charge)
    breaks, unusual = rules.check_usual_mass(event, [new.mass_g or 0 for new in event.draft.outputs])
    breaks += transformation.check_composition_of_charge(event, charge)
    found += rules.confirm(event, breaks, event.frozen.approver_roles)
    made = transformation.transform(event, charge, book)
    found += made.violations
    return _close(event, states, made.lots, edges, book, found, made.warnings + unusual)


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

"""Define an event: the draft that a person sends, the parameters frozen when it was accepted, and
the recorded event.

Events are never edited or deleted; a mistake is answered by a ``correct`` event. Everything else is derived.
Shapes follow EPCIS 2.0 (inputs and outputs of a transformation, lots observed by the others).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID, uuid5

from traceability.domain.calendar import DAY_MS, day_of, month_of, time_of_day
from traceability.domain.errors import Violation
from traceability.domain.material import DEFAULT_TOLERANCES, Material, Tolerances

Order = tuple[int, int]
"""Book order: (event time in ms UTC, seq). An event keeps its seq when it is replaced."""


# --- names that stand for ids in a draft --------------------------------------------------------------------------


class LotCode(str):
    """The code on a lot's label, in a draft where the lot's id is not looked up yet."""

    __slots__ = ()


class PartyName(str):
    """The name of a party, or a vehicle's plate, in a draft where their id is not looked up yet."""

    __slots__ = ()


# --- parts of a draft ---------------------------------------------------------------------------------------------


class LotUse(NamedTuple):
    """An input of a transformation: the mass taken of a lot; None takes all that remains."""

    lot: str
    mass_g: int | None = None


class ContentShare(NamedTuple):
    """Part of a declared content: grams of one class and origin."""

    source_class: str
    origin: str
    metal_g: int


class NewLot(NamedTuple):
    """An output: a lot that begins with this event. Metal by grams, by fraction, or by the material's default.

    Of several grades of one load each may have readings of its own, a class and an origin.
    """

    form: str
    material: str
    mass_g: int | None = None
    lot: str | None = None
    code: str | None = None
    metal: str | None = None
    metal_g: int | None = None
    fraction_ppm: int | None = None
    fraction_source: str = ""  # assay | agreement | default
    waste_code: str = ""
    content: tuple[ContentShare, ...] = ()
    weighing: "Weighing | None" = None
    source_class: str = ""
    origin: str = ""


class MovedLot(NamedTuple):
    """A lot observed or moved. A smaller mass than remains splits that part off as a new lot with its own code."""

    lot: str
    mass_g: int | None = None
    part_lot: str | None = None
    part_code: str | None = None


class DocumentReference(NamedTuple):
    """A paper or file behind the event."""

    type: str
    number: str
    sha256: str = ""


class Approval(NamedTuple):
    """The approval of a confirmable break: a supervisor of the site takes responsibility, with a
    reason."""

    approver: str
    reason: str


class Weighing(NamedTuple):
    """Weighbridge readings; deductions in grams or in ppm of net, all numbers kept.

    The frames are what a scale sent for a reading, as it was sent; None where it was typed.
    """

    gross_g: int
    tare_g: int
    moisture_g: int | None = None
    moisture_ppm: int | None = None
    impurity_g: int | None = None
    impurity_ppm: int | None = None
    gross_frame: str | None = None
    tare_frame: str | None = None


class Acquisition(NamedTuple):
    """Detail of ``collect``, ``import`` and ``supply``: from whom, how it was weighed, where it comes from."""

    ticket: str = ""
    supplier: str = ""
    vehicle: str = ""
    driver: str = ""
    weighing: Weighing | None = None
    source_class: str = ""
    origin: str = ""
    channel: str = ""
    radiation: str = ""  # "", passed
    photos: tuple[str, ...] = ()
    manifest: str = ""
    country: str = ""
    declaration_no: str = ""
    hs_code: str = ""
    standard: str = ""
    certificate: str = ""


class Heat(NamedTuple):
    """Detail of ``melt`` and ``direct_use``: the heat, its furnace, its chain-of-custody model."""

    heat_number: str = ""
    furnace: str = ""
    model: str = "heat"
    started_ms: int | None = None


class Shipment(NamedTuple):
    """Detail of ``ship``: to a site of the system, or to a customer outside it."""

    to: str = ""
    customer: str = ""
    mode: str = "road"
    vehicle_class: str = ""
    vehicle: str = ""
    driver: str = ""
    distance_km: int | None = None


class Receiving(NamedTuple):
    """Detail of ``receive``: the reason of a difference beyond tolerance."""

    reason: str = ""


class Reversal(NamedTuple):
    """Detail of ``return``: the shipment reversed, whole or part."""

    shipment: str
    reason: str = ""


class ElementContent(NamedTuple):
    """The content of an element in ppm of mass, as an assay states it.

    ``sign`` is '' for a measured content, ``below`` for one below the detection limit ``ppm``, and
    ``balance`` for the element that makes up the rest, whose ``ppm`` follows from the others.
    """

    element: str
    ppm: int
    sign: str = ""

    @property
    def measured_ppm(self) -> int:
        """Return what counts in sums and recoveries: 0 below the detection limit."""
        return 0 if self.sign == BELOW else self.ppm

    def is_within(self, low_ppm: int, high_ppm: int) -> bool:
        """Return whether it keeps limits: below the detection limit it may be anything down to 0."""
        return low_ppm <= self.measured_ppm and self.ppm <= high_ppm


BELOW, BALANCE = "below", "balance"

Composition = tuple[ElementContent, ...]


class Assay(NamedTuple):
    """Detail of ``assay``: metal fraction and composition in ppm of mass."""

    fraction_ppm: int | None = None
    composition: Composition = ()
    sample: str = ""
    method: str = ""


class Relabelling(NamedTuple):
    """Detail of ``relabel``: a further code for the lot."""

    code: str
    reason: str = ""


class Inspection(NamedTuple):
    """Detail of ``inspect``: a failure quarantines, a pass by an authorised person releases."""

    subject: str
    passed: bool
    reading: str = ""


class Adjustment(NamedTuple):
    """Detail of ``adjust``: a stocktake difference in signed grams."""

    delta_g: int
    reason: str


class Disposal(NamedTuple):
    """Detail of ``dispose``: who takes the residue, under which waste code and licence, and what becomes of it."""

    outcome: str
    waste_code: str = ""
    manifest: str = ""
    receiver: str = ""
    licence: str = ""
    vehicle: str = ""


class Opening(NamedTuple):
    """Detail of ``opening``: why this stock is declared."""

    reason: str = ""


class Declaration(NamedTuple):
    """Detail of ``declare``: a monthly or yearly record of a site (or of a region, for a statistic).

    ``figures`` are integers by name: kwh, renewable_kwh, fuel_g, fuel_milli (thousandths of
    ``fuel_unit``), co2_g, capacity_g, output_g. ``emission`` is what sets free the process emissions.
    A statistic of anything but a mass states ``value``, a decimal text in its ``unit``; ``indicator``
    '' is output.
    """

    type: str
    period: str  # 2025-03 or 2025
    figures: Mapping[str, int] = {}
    line: str = ""
    metal: str = ""
    level: str = ""  # efficiency level of a line
    certificate: str = ""
    fuel: str = ""
    region: str = ""
    metals: tuple[str, ...] = ()
    valid_until: str = ""
    source: str = ""
    fuel_unit: str = ""
    emission: str = ""
    indicator: str = ""
    value: str = ""
    unit: str = ""
    certificate_kind: str = ""
    certificate_level: str = ""
    valid_from: str = ""
    base: str = ""  # whose certificate it is, where not the site's


class Seal(NamedTuple):
    """Detail of ``seal``: the month closed for the site."""

    month: str


class CorrectionTarget(NamedTuple):
    """One event to void (no draft) or to replace.

    ``version`` is the version that the correction was written against: the seq of the newest
    correction known then, 0 for the event as first recorded. None asks for no version.
    """

    event: str
    draft: "Draft | None" = None
    version: int | None = None


class Correction(NamedTuple):
    """Detail of ``correct``.

    ``cascade``: void the one target and everything after it. ``undo``: its recorder takes the one
    target back, shortly after recording it.
    """

    targets: tuple[CorrectionTarget, ...]
    reason: str
    cascade: bool = False
    undo: bool = False


Detail = (
    Acquisition
    | Heat
    | Shipment
    | Receiving
    | Reversal
    | Assay
    | Relabelling
    | Inspection
    | Adjustment
    | Disposal
    | Opening
    | Declaration
    | Seal
    | Correction
)


EXACT, MINUTE, DATE = "exact", "minute", "date"

PRECISIONS = (EXACT, MINUTE, DATE)
"""How exactly an event's time is stated; what is stated by the minute or day stands for all of it."""

MINUTE_MS = 60_000


class Draft(NamedTuple):
    """An event as a person sends it. ``time_ms`` is UTC, as exact as ``precision`` says.

    ``confirmed`` are the codes of warnings that the person saw and recorded the event all the same.
    """

    id: str
    kind: str
    site: str
    time_ms: int
    offset_min: int
    actor: str
    precision: str = EXACT
    documents: tuple[DocumentReference, ...] = ()
    note: str = ""
    approval: Approval | None = None
    inputs: tuple[LotUse, ...] = ()
    outputs: tuple[NewLot, ...] = ()
    lots: tuple[MovedLot, ...] = ()
    loss_g: int | None = None
    uptake_g: int = 0
    detail: Detail | None = None
    schema: int = 1
    confirmed: tuple[str, ...] = ()

    @property
    def is_exact(self) -> bool:
        """Return whether the time stands for itself alone."""
        return self.precision == EXACT

    @property
    def time_span(self) -> tuple[int, int]:
        """Return the first instant of what the time stands for, and the first one after it, in ms."""
        if self.precision == DATE:
            start_ms = time_of_day(day_of(self.time_ms))
            return start_ms, start_ms + DAY_MS
        if self.precision == MINUTE:
            start_ms = self.time_ms - self.time_ms % MINUTE_MS
            return start_ms, start_ms + MINUTE_MS
        return self.time_ms, self.time_ms + 1


# --- the recorded event -------------------------------------------------------------------------------------------


EDITION = 1
"""The newest edition of the rules of derivation; an event follows the one that it froze.

Events of the first books follow edition 0 for ever, so that what a sealed month says stays as it was: there splitting
residue generated it again, parts of a split had what their material says, a part without metal entered had the default,
scrap without metal had no origin, what was split off before a failure was known was not quarantined, and a take of all
that remained kept the mass that it was first recorded with.
"""


class Frozen(NamedTuple):
    """Every parameter that an accepted event used, so that changing reference data never changes history.

    ``masses`` are the resolved masses of ``inputs`` or ``lots``; ``lots``/``codes`` those of ``outputs``, or of the
    parts split off ('' where the lot moved whole). ``tare_g`` is the vehicle's usual tare of that day, 0 if unknown.
    """

    time_ms: int
    region: str
    roles: tuple[str, ...] = ()
    approver_roles: tuple[str, ...] = ()
    masses: tuple[int, ...] = ()
    lots: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    materials: Mapping[str, Material] = {}
    tolerances: Tolerances = DEFAULT_TOLERANCES
    tare_g: int = 0
    licence: str = ""
    late: bool = False  # an assay recorded after a later take: information only
    to_other_firm: bool = False  # the shipment's destination belonged to another firm
    clean: bool = False  # the shipment's mode or vehicle counts as clean transport
    versions: Mapping[str, "Frozen"] = {}  # of a correction: by id of the replaced event
    voided: tuple[str, ...] = ()  # of a correction: ids of the voided events, those after the target included
    month_digest: str = ""  # of a seal: SHA-256 of the month's postings; seals of the first books have none
    missing_records: tuple[str, ...] = ()  # of a seal: power, fuel, where the month has no record of them
    supplementary: bool = False  # the first record of its kind of a month that was sealed without it
    sent_digest: str = ""  # of the draft as it was sent, where it named lots by code or parties by name
    # By which the site could record it, or of a movement those that flows show; of other events that every site
    # may record none
    site_kinds: tuple[str, ...] = ()
    holder_kinds: tuple[str, ...] = ()  # of a return: those of the site that had received the lots
    restores: bool = False  # a return gives new scrap back as the run-around metal that it was when it left
    edition: int = 0  # of the rules by which lots and rows follow from the event
    # Region keys by site: of tapping sites in the event's month, where that is another than when they tapped; and
    # of sites in the month of recording, where an earlier month of theirs may be booked in it.
    tapped_regions: Mapping[str, str] = {}
    booked_regions: Mapping[str, str] = {}
    repeats: str = ""  # the load within a day that this one is equal to, under another ticket
    repeated_ticket: str = ""  # of that load
    licence_unknown: bool = False  # nothing is known about the licences of a disposal's receiver
    # Of a disposal: waste codes for which its receiver held the stated licence that day. None where nobody
    # could tell, and in books that did not ask.
    licensed_codes: tuple[str, ...] | None = None
    # Of what came in a queue whose device had the wrong time: what its clock said, and what was added to it.
    stated_ms: int = 0
    clock_shift_ms: int = 0

    def tapped_region(self, site: str, region: str) -> str:
        """Return the region key of a tapping site in the event's month; ``region`` is that of the tapping."""
        return self.tapped_regions.get(site, region) if self.tapped_regions else region


@dataclass(slots=True)
class Event:
    """A recorded event in the version that is in force.

    ``draft`` and ``frozen`` are those of the newest replacement, if any; the store keeps the first ones too, and
    ``text``, the canonical draft as first sent (with ids in place of codes and names), never changes; ``digest`` is of
    ``text``. ``revisions`` are the seqs of the corrections that addressed it.
    """

    seq: int
    draft: Draft
    frozen: Frozen
    record_ms: int
    deliverer: str
    text: str
    digest: str
    chain: str = ""
    live: bool = True
    revisions: tuple[int, ...] = ()
    warnings: tuple[Violation, ...] = ()
    first: Frozen | None = field(
        default=None, compare=False
    )  # of the first version, where the store keeps another
    written: tuple[Frozen, str] | None = field(default=None, compare=False)  # ``frozen`` as it is stored

    @property
    def id(self) -> str:
        """Return the client's UUIDv7."""
        return self.draft.id

    @property
    def order(self) -> Order:
        """Return its position in book order: by event time, then seq."""
        return (self.frozen.time_ms, self.seq)

    @property
    def version(self) -> int:
        """Return the seq of the newest correction that addressed it, 0 if none did."""
        return self.revisions[-1] if self.revisions else 0

    @property
    def month(self) -> str:
        """Return the event month in Asia/Shanghai."""
        return month_of(self.frozen.time_ms)


def is_irrevocable(draft: Draft) -> bool:
    """Return whether a draft does what cannot be taken back: closes a month, or voids an event and all after it."""
    detail = draft.detail
    return isinstance(detail, Seal) or (isinstance(detail, Correction) and detail.cascade)


def lots_of(draft: Draft) -> list[str]:
    """Return the existing lots that a draft names, in its order."""
    return [use.lot for use in draft.inputs] + [moved.lot for moved in draft.lots]


PARTY_FIELDS: Mapping[type, tuple[str, ...]] = {
    Acquisition: ("supplier", "vehicle"),
    Shipment: ("customer", "vehicle"),
    Disposal: ("receiver", "vehicle"),
}
"""The fields of each detail that hold the id of a party or vehicle. A party's kind is called as the field is."""


def is_resolved(draft: Draft) -> bool:
    """Return whether a draft names everything by id, in its replacements too."""
    if any(isinstance(lot, LotCode) for lot in lots_of(draft)):
        return False
    detail = draft.detail
    if isinstance(detail, Correction):
        return all(target.draft is None or is_resolved(target.draft) for target in detail.targets)
    fields = PARTY_FIELDS.get(type(detail), ())
    return not any(isinstance(getattr(detail, name), PartyName) for name in fields)


def new_lot_id(event: str, number: int) -> str:
    """Return the id of an event's new lot that the client did not name: the same at every call.

    It begins as the event's UUIDv7 does, by the time, so that lots made together lie together in the store.
    """
    return event[:19] + str(uuid5(UUID(event), str(number)))[19:]


def companion_id(event: str, of: str) -> str:
    """Return the id of an event that is recorded with another one, for a lot or event ``of``: the same at every call."""
    return event[:19] + str(uuid5(UUID(event), f"with/{of}"))[19:]


def versions_of(correction: Event) -> dict[str, tuple[Draft, Frozen] | None]:
    """Return what a correction makes of the events that it addresses, by their id.

    The replacement draft and its frozen parameters of those that it replaces, None of those that it voids, all that
    follow from a cascade included. Nothing of an event that is no correction, or void.
    """
    detail, frozen = correction.draft.detail, correction.frozen
    if not correction.live or not isinstance(detail, Correction):
        return {}
    drafts = {target.event: target.draft for target in detail.targets}
    versions: dict[str, tuple[Draft, Frozen] | None] = {}
    for event, version in frozen.versions.items():
        draft = drafts.get(event)
        versions[event] = (draft, version) if draft is not None else None
    return versions | dict.fromkeys(frozen.voided)

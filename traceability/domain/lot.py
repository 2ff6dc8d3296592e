"""Define a lot: its content in force at any moment of book order, its state and its custody."""

from operator import attrgetter
from typing import Any, NamedTuple

from traceability.domain.event import Composition, Order
from traceability.domain.provenance import Vector, scale, take_metal
from traceability.domain.quantity import round_half_up

HELD, IN_TRANSIT, DELIVERED, DISPOSED = "held", "in_transit", "delivered", "disposed"

Failure = tuple[int, ...]
"""A failed inspection's position in book order and, where it was corrected, the seq of its newest correction."""


class Content(NamedTuple):
    """Mass, metal and provenance of a lot from ``order`` on: at creation, after an assay, after a
    reclassification."""

    order: Order
    form: str
    mass_g: int
    metal_g: int
    vector: Vector
    strict_g: int

    def take(self, quantity_g: int) -> "Take":
        """Return what a take of so many grams holds; it depends on nothing but the quantity."""
        if quantity_g == self.mass_g:
            return Take(quantity_g, self.metal_g, self.vector, self.strict_g)
        metal_g = take_metal(quantity_g, self.mass_g, self.metal_g)
        # apportion over the two keys (strict, rest): the larger remainder is the one of a half or more
        strict_g = round_half_up(metal_g * self.strict_g, self.metal_g) if self.metal_g else 0
        return Take(quantity_g, metal_g, scale(self.vector, metal_g), strict_g)


class Take(NamedTuple):
    """Mass, metal, vector and strict recycled grams of a take."""

    mass_g: int
    metal_g: int
    vector: Vector
    strict_g: int


class Shipped(NamedTuple):
    """One shipment of a lot, as far as its return asks: the ``ship`` event, from where to where, how much of it."""

    shipment: str
    shipper: str
    shipper_region: str
    to: str
    shipped_g: int
    returned_g: int
    to_other_firm: bool


class Lot(NamedTuple):
    """A quantity of one material at one site, as it stands at one moment of book order.

    ``contents`` holds the content as created and after every assay or reclassification, in book order.
    ``site`` holds it (while in transit: the shipper). ``shipment`` is the newest ``ship`` event of the lot.
    """

    id: str
    code: str
    metal: str
    material: str
    family: str
    site: str
    region: str
    contents: tuple[Content, ...]
    remaining_g: int
    made_by: str
    last: Order  # position of the newest event that touched it
    moved_ms: int  # time of the newest event that made, moved or released it
    custody: str = HELD
    quarantined: bool = False
    born_failed: tuple[str, ...] = ()  # subjects that the lot it was split off from had failed then
    void: bool = False
    waste_code: str = ""
    refined: bool = False
    remelt_ingot: bool = False
    hazardous: bool = False
    tapped_at: str = ""
    tapped_region: str = ""
    composition: Composition = ()
    shipment: str = ""
    shipper: str = ""
    shipper_region: str = ""
    to: str = ""  # destination site, or customer once delivered
    shipped_g: int = 0
    returned_g: int = 0
    to_other_firm: bool = False  # whether the destination was another firm's than the shipper then
    parent: str = ""  # the lot that this part was split off from
    supplier: str = ""
    reclassified: bool = False
    failures: tuple[tuple[str, Failure], ...] = ()  # in force: subjects failed, and by which inspections
    codes: tuple[str, ...] = ()  # further codes, by relabel
    born_failures: tuple[tuple[str, Failure], ...] = ()  # in force at the lot that it was split off from then
    born_composition: Composition = ()  # of the lot that it was split off from then
    past: tuple[Shipped, ...] = ()  # shipments before the newest one that were not returned
    born_past: tuple[Shipped, ...] = ()  # of the lot that it was split off from then

    @property
    def made(self) -> Order:
        """Return the position in book order of the event that made it."""
        return self.contents[0].order

    @property
    def content(self) -> Content:
        """Return the content in force."""
        return self.contents[-1]

    @property
    def form(self) -> str:
        """Return the form in force (internal scrap shipped to another firm becomes scrap)."""
        return self.contents[-1].form

    @property
    def status(self) -> str:
        """Return its status, one of STATUSES."""
        if self.void:
            return "void"
        if self.custody != HELD:
            return self.custody
        if not self.remaining_g:
            return "consumed"
        return "quarantined" if self.quarantined else "available"

    @property
    def first_code(self) -> str:
        """Return the code that it was made with, whatever it was relabelled to since."""
        return self.codes[0] if self.codes else self.code

    def content_at(self, order: Order) -> Content:
        """Return the content in force for an event at ``order``."""
        in_force = self.contents[0]
        for content in self.contents[1:]:
            if content.order >= order:
                break
            in_force = content
        return in_force

    def remaining(self) -> Take:
        """Return metal, vector and strict grams of what remains: ``take(remaining)``."""
        return self.content.take(self.remaining_g)

    def changed(self, **fields: Any) -> "Lot":
        """Return the lot with these fields set.

        It takes half the time of ``_replace``, since it visits only the fields that change.
        """
        values = list(self)
        for name, value in fields.items():
            values[POSITIONS[name]] = value
        return tuple.__new__(Lot, values)

    def as_born(self, site: str, region: str, order: Order, time_ms: int) -> "Lot":
        """Return the lot as the event of ``order`` made it: with what it was born with, and whole."""
        first = self.contents[0]
        failures = self.born_failures or tuple((subject, order) for subject in self.born_failed)
        return Lot(
            self.id, self.first_code, self.metal, self.material, self.family, site, region,
            (first,), first.mass_g, self.made_by, order, time_ms, HELD, bool(failures), self.born_failed,
            False, self.waste_code, self.refined, self.remelt_ingot, self.hazardous, self.tapped_at, self.tapped_region,
            self.born_composition, "", "", "", "", 0, 0, False, self.parent, self.supplier, False, failures, (),
            self.born_failures, self.born_composition, self.born_past, self.born_past,
        )  # fmt: skip

    def list_shipments(self) -> tuple[Shipped, ...]:
        """Return the shipments that the lot came with, the newest last."""
        if not self.shipment:
            return self.past
        newest = Shipped(
            self.shipment, self.shipper, self.shipper_region, self.to, self.shipped_g, self.returned_g,
            self.to_other_firm,
        )  # fmt: skip
        return (*self.past, newest)

    def list_returnable(self) -> tuple[Shipped, ...]:
        """Return the shipments that may be taken back now, the newest first.

        The lot is on its way by them, was delivered by them, or is with their receiver, be it again.
        """
        if not self.remaining_g or self.void:
            return ()
        shipments = self.list_shipments()
        return tuple(
            sent
            for sent in reversed(shipments)
            if sent.returned_g < sent.shipped_g
            and (
                (sent.shipment == self.shipment and self.custody in (IN_TRANSIT, DELIVERED))
                or (self.custody == HELD and self.site == sent.to)
            )
        )

    def sent_before(self, past: tuple[Shipped, ...]) -> "Lot":
        """Return the lot as it was before it was shipped for the last time, with these shipments before."""
        if not past:
            return self.changed(to="", shipment="", past=())
        return self.changed(past=past[:-1], **past[-1]._asdict())

    def with_content(self, content: Content) -> "Lot":
        """Return the lot with a further content in force."""
        return self.changed(contents=(*self.contents, content))


def list_inherited(lot: Lot) -> dict[str, Any]:
    """Return the fields that a part split off from the lot is born with: its parent, what that failed and consists of.

    What it failed counts as known since it was known of the lot: what was done to the part before is flagged, never
    refused.
    """
    return {
        "parent": lot.id,
        "born_failed": (),
        "born_failures": lot.failures,
        "born_composition": lot.composition,
    }


values_at_birth = attrgetter(
    "metal", "material", "family", "made_by", "waste_code", "refined", "remelt_ingot", "hazardous", "tapped_at",
    "tapped_region", "parent", "supplier", "born_failed", "born_failures", "born_composition", "born_past",
)  # fmt: skip
"""Names of the fields that a lot is born with and keeps."""

POSITIONS = {name: position for position, name in enumerate(Lot._fields)}
"""Position of each field by its name."""

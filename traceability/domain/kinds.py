"""Define every kind of event once: its forms, rights, detail and EPCIS / CBV terms. All other tables are derived.

Terms marked ``tr:`` are our own; the others are of EPCIS 2.0 and CBV 2.0.
"""

from typing import Any, NamedTuple

from traceability.domain.event import (
    Acquisition,
    Adjustment,
    Assay,
    Correction,
    Declaration,
    Disposal,
    Heat,
    Inspection,
    Opening,
    Receiving,
    Relabelling,
    Reversal,
    Seal,
    Shipment,
)
from traceability.domain.vocabulary import FORMS

ENTRY, PREPARATION, REARRANGEMENT, PROCESS = "entry", "preparation", "rearrangement", "process"
MOVEMENT, OBSERVATION, RECORD = "movement", "observation", "record"

TAKING_IN, PROCESSING, SENDING, STOCK = "take_in", "process", "send", "stock"
"""Groups of the menu and of the tasks on the home page."""

NEVER = "never"
ALWAYS = "always"  # while a site holds the lot
REMAINING = "remaining"  # while the site that holds it has something left of it
RELEASED = "released"  # the same, unless the lot is quarantined
AS_WASTE = "as_waste"  # of a residue, and of what is quarantined
ARRIVING = "arriving"  # at the site that the lot is on its way to
RETURNABLE = "returnable"  # by the shipper, of what was not taken back yet


class EventKind(NamedTuple):
    """A kind of event. Whatever differs by kind in lists, menus and drawings is a field here.

    What it is:

    - ``group``: what it does to lots. It makes them (entry), turns them into others (preparation, rearrangement,
      process), moves or observes them, or none of these (record).
    - ``detail``: the class of what its draft states of its own, None for nothing.
    - ``forms_in``, ``forms_out``: the forms of the lots that it takes and makes.
    - ``one_lot``: it names one lot. ``takes_parts``: it may take a part of a lot, which becomes a lot of its own.
    - ``is_heat``: it has a heat number and a furnace. ``has_uptake``: its dross may take up mass.
    - ``is_production``: what it makes are products of the site, as reports count them.
    - ``claims_alone``: it holds claims and is rare, so that a check of the book looks all of them up.

    Who records it, and when it is offered:

    - ``supervised``: a person responsible for the site only.
    - ``correctible``: it may be voided or replaced by a correction.
    - ``undoable``: its recorder may undo it shortly after.
    - ``offered``: the state in which a lot has it as a next step, one of the constants above.
    - ``menu``: its group in the menu and among the tasks of the home page, '' for none.
    - ``is_usual``: as a next step it is shown at once; others are one click away.
    - ``stage``: its column in the drawing of a trace, 0 where metal enters the chain; None if it makes no lots.
    """

    id: str
    group: str
    epcis_type: str
    epcis_action: str
    biz_step: str
    detail: type[Any] | None = None
    forms_in: tuple[str, ...] = ()
    forms_out: tuple[str, ...] = ()
    one_lot: bool = False
    takes_parts: bool = False
    is_heat: bool = False
    has_uptake: bool = False
    is_production: bool = False
    claims_alone: bool = False
    supervised: bool = False
    correctible: bool = True
    undoable: bool = True
    offered: str = NEVER
    menu: str = ""
    is_usual: bool = False
    stage: int | None = None


_OBJECT, _TRANSFORMATION = "ObjectEvent", "TransformationEvent"
_PREPARED = ("scrap", "residue", "by_product")
_CHARGED = ("scrap", "ore_feed", "molten_primary", "product", "additive", "internal", "heel")


_STAGES = {PREPARATION: 1, REARRANGEMENT: 1, PROCESS: 2}


def _enter(id_: str, biz_step: str, detail: Any, forms_out: tuple[str, ...], **more: Any) -> EventKind:
    fields = {"stage": 0, "menu": TAKING_IN, **more}
    return EventKind(id_, ENTRY, _OBJECT, "ADD", biz_step, detail, (), forms_out, **fields)


def _transform(
    id_: str, group: str, biz_step: str, forms_in: tuple[str, ...], forms_out: tuple[str, ...], **more: Any
) -> EventKind:
    fields = {
        "offered": RELEASED, "stage": _STAGES[group], "is_production": group == PROCESS, "menu": PROCESSING, **more,
    }  # fmt: skip
    return EventKind(
        id_, group, _TRANSFORMATION, "", biz_step, forms_in=forms_in, forms_out=forms_out, **fields
    )


def _move(
    id_: str, biz_step: str, detail: Any, offered: str, *, action: str = "OBSERVE", **more: Any
) -> EventKind:
    return EventKind(id_, MOVEMENT, _OBJECT, action, biz_step, detail, offered=offered, **more)


def _observe(id_: str, biz_step: str, detail: Any, offered: str, **more: Any) -> EventKind:
    return EventKind(
        id_, OBSERVATION, _OBJECT, "OBSERVE", biz_step, detail, one_lot=True, offered=offered, **more
    )


def _record(id_: str, epcis_type: str, biz_step: str, detail: Any, **more: Any) -> EventKind:
    return EventKind(id_, RECORD, epcis_type, "", biz_step, detail, **more)


EVENT_KINDS = (
    _enter(
        "opening", "tr:opening", Opening, tuple(form for form in FORMS if form != "molten_primary"),
        supervised=True, claims_alone=True, menu=STOCK,
    ),
    _enter("collect", "collecting", Acquisition, ("scrap",)),
    _enter("import", "tr:importing", Acquisition, ("scrap",)),
    _enter("produce_primary", "commissioning", None, ("molten_primary", "product"), is_production=True),
    _enter("supply", "tr:supplying", Acquisition, ("ore_feed", "additive", "product")),
    _transform("sort", PREPARATION, "tr:sorting", ("scrap",), _PREPARED, is_usual=True),
    _transform("shred", PREPARATION, "tr:shredding", ("scrap",), _PREPARED),
    _transform("bale", PREPARATION, "tr:baling", ("scrap",), _PREPARED),
    _transform("split", REARRANGEMENT, "tr:splitting", FORMS, FORMS),
    _transform("blend", REARRANGEMENT, "tr:blending", FORMS, FORMS),
    _transform(
        "melt", PROCESS, "tr:melting", _CHARGED, ("product", "heel", "internal", "residue"),
        detail=Heat, is_heat=True, has_uptake=True, is_usual=True,
    ),
    _transform(
        "cast_ingot", PROCESS, "tr:ingot_casting", ("molten_primary",), ("product", "internal", "residue"),
        is_usual=True,
    ),
    _transform(
        "direct_use", PROCESS, "tr:direct_use", ("scrap", "internal", "additive"),
        ("product", "internal", "residue"), detail=Heat, is_heat=True,
    ),
    _transform(
        "fabricate", PROCESS, "tr:fabricating", ("product",), ("product", "internal", "residue"),
        is_usual=True, stage=3,
    ),
    _transform(
        "recover", PROCESS, "tr:recovering", ("residue",), ("internal", "product", "residue"),
        has_uptake=True, is_usual=True,
    ),
    _move("ship", "shipping", Shipment, RELEASED, takes_parts=True, menu=SENDING, is_usual=True),
    _move("receive", "receiving", Receiving, ARRIVING, menu=TAKING_IN, is_usual=True),
    _move("return", "tr:returning", Reversal, RETURNABLE, takes_parts=True),
    _move("dispose", "tr:disposing", Disposal, AS_WASTE, action="DELETE", takes_parts=True),
    _observe("assay", "sampling", Assay, REMAINING),
    _observe("relabel", "tr:relabelling", Relabelling, ALWAYS),
    _observe("inspect", "inspecting", Inspection, ALWAYS, undoable=False),
    _observe("adjust", "tr:stocktaking", Adjustment, REMAINING, supervised=True),
    _record("declare", "tr:DeclarationEvent", "tr:declaring", Declaration, claims_alone=True, menu=STOCK),
    _record(
        "seal", "tr:SealEvent", "tr:sealing", Seal,
        supervised=True, correctible=False, claims_alone=True, menu=STOCK,
    ),
    _record(
        "correct", "tr:CorrectionEvent", "tr:correcting", Correction, supervised=True, correctible=False,
    ),
)  # fmt: skip
"""Every kind, in the order in which menus and next steps show them."""

KIND_BY_ID = {kind.id: kind for kind in EVENT_KINDS}


def _ids(*groups: str) -> tuple[str, ...]:
    return tuple(kind.id for kind in EVENT_KINDS if kind.group in groups)


KINDS = tuple(kind.id for kind in EVENT_KINDS)
ENTRIES = _ids(ENTRY)
PREPARATIONS = _ids(PREPARATION)  # what counts for the preprocessing yield
REARRANGEMENTS = _ids(REARRANGEMENT)
PROCESSES = _ids(PROCESS)
TRANSFORMATIONS = PREPARATIONS + REARRANGEMENTS + PROCESSES
MOVEMENTS = _ids(MOVEMENT)
OBSERVATIONS = _ids(OBSERVATION)
RECORDS = _ids(RECORD)
PHYSICAL = tuple(kind.id for kind in EVENT_KINDS if kind.group != RECORD and kind.detail is not Opening)
"""Kinds that an opening must come before."""
BOUGHT = tuple(kind.id for kind in EVENT_KINDS if kind.detail is Acquisition)
"""Entries that have a supplier and a vehicle."""
SCRAP_ENTRIES = tuple(kind.id for kind in EVENT_KINDS if kind.group == ENTRY and kind.forms_out == ("scrap",))
"""Entries of scrap, which state its source class."""
UNDOABLE = frozenset(kind.id for kind in EVENT_KINDS if kind.undoable and kind.correctible)
CORRECTIBLE = tuple(kind.id for kind in EVENT_KINDS if kind.correctible)
SUPERVISED = frozenset(kind.id for kind in EVENT_KINDS if kind.supervised)
ONE_LOT = frozenset(kind.id for kind in EVENT_KINDS if kind.one_lot)
HEATS = tuple(kind.id for kind in EVENT_KINDS if kind.is_heat)
WITH_UPTAKE = tuple(kind.id for kind in EVENT_KINDS if kind.has_uptake)
TAKING_PARTS = frozenset(kind.id for kind in EVENT_KINDS if kind.takes_parts)
PRODUCTION = tuple(kind.id for kind in EVENT_KINDS if kind.is_production)
CLAIMING_ALONE = frozenset(kind.id for kind in EVENT_KINDS if kind.claims_alone)
USUAL_STEPS = frozenset(kind.id for kind in EVENT_KINDS if kind.is_usual)
STAGES = {kind.id: kind.stage for kind in EVENT_KINDS if kind.stage is not None}
MENU = {
    group: tuple(kind.id for kind in EVENT_KINDS if kind.menu == group)
    for group in (TAKING_IN, PROCESSING, SENDING, STOCK)
}
"""The kinds of each group of the menu, in their order there."""
ONE_PAGE = frozenset(_ids(PREPARATION, REARRANGEMENT))
"""Kinds that one page records, of which the menu therefore names one."""
FORMS_IN = {kind.id: kind.forms_in for kind in EVENT_KINDS if kind.forms_in}
FORMS_OUT = {kind.id: kind.forms_out for kind in EVENT_KINDS if kind.forms_out}


def kinds_of(*details: type[Any]) -> tuple[str, ...]:
    """Return the kinds whose drafts state one of these details."""
    return tuple(kind.id for kind in EVENT_KINDS if kind.detail in details)

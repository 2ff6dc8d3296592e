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


class EventKind(NamedTuple):
    """A kind of event.

    ``group`` is what it does to lots: makes them (entry), turns them into others (preparation, rearrangement,
    process), moves or observes them, or none of these (record). ``detail`` is the class of what its draft states of
    its own, None for nothing. ``forms_in`` and ``forms_out`` are the forms of the lots that it takes and makes.
    ``supervised`` kinds are recorded by a person responsible for the site only; ``one_lot`` kinds name one lot.
    ``correctible`` ones may be voided or replaced by a ``correct``. ``is_heat`` marks those with a heat number and furnace, ``has_uptake`` those whose dross may take up mass.
    """

    id: str
    group: str
    epcis_type: str
    epcis_action: str
    biz_step: str
    detail: type[Any] | None = None
    forms_in: tuple[str, ...] = ()
    forms_out: tuple[str, ...] = ()
    supervised: bool = False
    one_lot: bool = False
    is_heat: bool = False
    has_uptake: bool = False
    correctible: bool = True


_OBJECT, _TRANSFORMATION = "ObjectEvent", "TransformationEvent"
_PREPARED = ("scrap", "residue", "by_product")
_CHARGED = ("scrap", "ore_feed", "molten_primary", "product", "additive", "internal", "heel")


def _enter(id_: str, biz_step: str, detail: Any, forms_out: tuple[str, ...], **more: Any) -> EventKind:
    return EventKind(id_, ENTRY, _OBJECT, "ADD", biz_step, detail, (), forms_out, **more)


def _transform(
    id_: str, group: str, biz_step: str, forms_in: tuple[str, ...], forms_out: tuple[str, ...], **more: Any
) -> EventKind:
    return EventKind(
        id_, group, _TRANSFORMATION, "", biz_step, forms_in=forms_in, forms_out=forms_out, **more
    )


def _move(id_: str, biz_step: str, detail: Any, action: str = "OBSERVE") -> EventKind:
    return EventKind(id_, MOVEMENT, _OBJECT, action, biz_step, detail)


def _observe(id_: str, biz_step: str, detail: Any, *, supervised: bool = False) -> EventKind:
    return EventKind(
        id_, OBSERVATION, _OBJECT, "OBSERVE", biz_step, detail, supervised=supervised, one_lot=True
    )


EVENT_KINDS = (
    _enter(
        "opening", "tr:opening", Opening, tuple(form for form in FORMS if form != "molten_primary"),
        supervised=True,
    ),
    _enter("collect", "collecting", Acquisition, ("scrap",)),
    _enter("import", "tr:importing", Acquisition, ("scrap",)),
    _enter("produce_primary", "commissioning", None, ("molten_primary", "product")),
    _enter("supply", "tr:supplying", Acquisition, ("ore_feed", "additive", "product")),
    _transform("sort", PREPARATION, "tr:sorting", ("scrap",), _PREPARED),
    _transform("shred", PREPARATION, "tr:shredding", ("scrap",), _PREPARED),
    _transform("bale", PREPARATION, "tr:baling", ("scrap",), _PREPARED),
    _transform("split", REARRANGEMENT, "tr:splitting", FORMS, FORMS),
    _transform("blend", REARRANGEMENT, "tr:blending", FORMS, FORMS),
    _transform(
        "melt", PROCESS, "tr:melting", _CHARGED, ("product", "heel", "internal", "residue"),
        detail=Heat, is_heat=True, has_uptake=True,
    ),
    _transform(
        "cast_ingot", PROCESS, "tr:ingot_casting", ("molten_primary",), ("product", "internal", "residue")
    ),
    _transform(
        "direct_use", PROCESS, "tr:direct_use", ("scrap", "internal", "additive"),
        ("product", "internal", "residue"), detail=Heat, is_heat=True,
    ),
    _transform(
        "fabricate", PROCESS, "tr:fabricating", ("product",), ("product", "scrap", "internal", "residue")
    ),
    _transform(
        "recover", PROCESS, "tr:recovering", ("residue",), ("internal", "product", "residue"),
        has_uptake=True,
    ),
    _move("ship", "shipping", Shipment),
    _move("receive", "receiving", Receiving),
    _move("return", "tr:returning", Reversal),
    _move("dispose", "tr:disposing", Disposal, "DELETE"),
    _observe("assay", "sampling", Assay),
    _observe("relabel", "tr:relabelling", Relabelling),
    _observe("inspect", "inspecting", Inspection),
    _observe("adjust", "tr:stocktaking", Adjustment, supervised=True),
    EventKind("declare", RECORD, "tr:DeclarationEvent", "", "tr:declaring", Declaration),
    EventKind("seal", RECORD, "tr:SealEvent", "", "tr:sealing", Seal, supervised=True, correctible=False),
    EventKind("correct", RECORD, "tr:CorrectionEvent", "", "tr:correcting", Correction, supervised=True,
        correctible=False),
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
PHYSICAL = tuple(kind for kind in KINDS if kind not in RECORDS and kind != "opening")
"""Kinds that an opening must come before."""
CORRECTIBLE = tuple(kind.id for kind in EVENT_KINDS if kind.correctible)
SUPERVISED = frozenset(kind.id for kind in EVENT_KINDS if kind.supervised)
ONE_LOT = frozenset(kind.id for kind in EVENT_KINDS if kind.one_lot)
HEATS = tuple(kind.id for kind in EVENT_KINDS if kind.is_heat)
WITH_UPTAKE = tuple(kind.id for kind in EVENT_KINDS if kind.has_uptake)
FORMS_IN = {kind.id: kind.forms_in for kind in EVENT_KINDS if kind.forms_in}
FORMS_OUT = {kind.id: kind.forms_out for kind in EVENT_KINDS if kind.forms_out}

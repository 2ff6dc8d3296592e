"""Run a heat: it is opened, charged over hours with lots that nothing else may take meanwhile, and closed by its event."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from graph.store import Reader, Store, Writer
from traceability.domain.claims import heat_key
from traceability.domain.errors import BadInput, Figures, NotFound, Violation, WriteConflict
from traceability.domain.event import Approval, Draft
from traceability.domain.kinds import HEATS
from traceability.domain.lot import Lot
from traceability.domain.rights import Viewer
from traceability.services.directory.audit import Actor
from traceability.services.recording.approvals import join_approvals
from traceability.services.recording.capture import try_freed
from traceability.services.recording.judge import Deliverer
from traceability.services.recording.open_work import (
    Hold,
    OpenWork,
    WorkKind,
    WorkState,
    change_work,
    close_work,
    find_work,
    list_open_work,
    open_work,
    reopen_work,
)
from traceability.services.recording.reservations import lot_hold, require_free

MELTING = HEATS[0]
"""The kind of event that a heat of a furnace becomes."""
MOST_LOTS = 200


class Doubt(NamedTuple):
    """What a supervisor has to approve of a lot at the end of the heat: the message and its figures."""

    code: str
    figures: Figures

    @property
    def violation(self) -> Violation:
        """Return it as the break of a rule that was told when the lot was scanned."""
        return Violation(self.code, figures=self.figures)


class ChargeRow(NamedTuple):
    """A lot in the charge; ``mass_g`` None is all that remains of it.

    ``scan`` is the id under which a device sent it, '' for none: sent again it is the same scan.
    """

    lot: str
    code: str
    person: str
    time_ms: int
    mass_g: int | None = None
    scan: str = ""
    doubts: tuple[Doubt, ...] = ()


class UnknownScan(NamedTuple):
    """A code that no lot in view has yet: it is kept, and asked about again."""

    code: str
    person: str
    time_ms: int


class LotApproval(NamedTuple):
    """A supervisor's approval of a lot in the charge, proved when it was given (``recording.approvals``)."""

    lot: str
    approver: str
    reason: str
    time_ms: int


class OpenHeat(NamedTuple):
    """What a heat states so far: the kind of event that it becomes, its furnace, the alloy that it is for, its charge.

    ``approvals`` are those of lots that the alloy's rules ask a supervisor about, ``unknown`` codes that were scanned and
    that no lot has yet.
    """

    kind: str
    furnace: str
    alloy: str = ""
    charge: tuple[ChargeRow, ...] = ()
    approvals: tuple[LotApproval, ...] = ()
    unknown: tuple[UnknownScan, ...] = ()


def read_heat(work: OpenWork) -> OpenHeat:
    """Return what a heat in work states so far."""
    body = dict(work.content)
    charge = tuple(_read_row(*row) for row in body["charge"])
    approvals = tuple(LotApproval(*row) for row in body.get("approvals", ()))
    unknown = tuple(UnknownScan(*row) for row in body.get("unknown", ()))
    return OpenHeat(**{**body, "charge": charge, "approvals": approvals, "unknown": unknown})


def _read_row(*row: Any) -> ChargeRow:
    read = ChargeRow(*row)
    return read._replace(doubts=tuple(Doubt(*doubt) for doubt in read.doubts))


def _write_row(row: ChargeRow) -> list[Any]:
    return [*row[:-1], [[doubt.code, dict(doubt.figures)] for doubt in row.doubts]]


def _write_heat(work: OpenWork, heat: OpenHeat) -> OpenWork:
    content: Mapping[str, Any] = {
        **heat._asdict(),
        "charge": [_write_row(row) for row in heat.charge],
        "approvals": [list(row) for row in heat.approvals],
        "unknown": [list(row) for row in heat.unknown],
    }
    holds = {lot_hold(row.lot): Hold(row.person, row.time_ms) for row in heat.charge}
    return replace(work, content=content, holds=holds)


def find_heat(reader: Reader, viewer: Viewer, id_: str) -> OpenWork:
    """Return a heat of a site where the viewer works. Raises NotFound."""
    return find_work(reader, viewer, id_, WorkKind.HEAT)


def open_heat(store: Store, id_: str, site: str, heat: OpenHeat, actor: Actor, number: str = "") -> OpenWork:
    """Open a heat; without a number it gets the site's next one of the year. Opened twice, it is one.

    Raises BadInput where the number is used, too many heats are open, or one is open in the furnace; WriteConflict where that
    id opened another heat: a form that was gone back to.
    """

    def work(writer: Writer) -> OpenWork:
        _require_furnace(writer, site, heat.furnace, id_)
        new = OpenWork(id_, site, WorkKind.HEAT, number, actor.now_ms, actor.person, {})
        opened = open_work(writer, _write_heat(new, heat), heat_key)
        if any(opened.content[name] != getattr(heat, name) for name in ("kind", "furnace", "alloy")):
            raise WriteConflict("work.opened_already", number=opened.number)
        return opened

    return store.write(work)


def reopen_heat(writer: Writer, closed: OpenWork) -> OpenWork:
    """Open a heat again whose event was taken back, with its charge.

    Raises BadInput where its furnace has another heat; WriteConflict where its event stands, or other work holds a lot of it.
    """

    def hold(again: OpenWork) -> OpenWork:
        heat = read_heat(again)
        _require_furnace(writer, again.site, heat.furnace, again.id)
        held = _write_heat(again, heat)
        require_free(writer, held, {lot_hold(row.lot): row.code for row in heat.charge})
        return held

    return reopen_work(writer, closed, heat_key, hold)


def _require_furnace(reader: Reader, site: str, furnace: str, id_: str) -> None:
    for other in list_open_work(reader, [site], WorkKind.HEAT):
        if other.id != id_ and other.content["furnace"] == furnace:
            raise BadInput("heat.furnace_busy", number=other.number)


def charge_lot(
    store: Store, viewer: Viewer, id_: str, lot: Lot, actor: Actor, mass_g: int | None = None,
    *, scan: str = "", doubts: Sequence[Doubt] = (),
) -> OpenWork:  # fmt: skip
    """Add a lot to the charge, at its end. What stands against it is asked before (``lot_check``).

    Raises WriteConflict where it is in the charge already, or other work holds it; BadInput where the charge is full.
    """

    def change(writer: Writer, work: OpenWork) -> OpenWork:
        heat = read_heat(work)
        place, known = next(
            ((place, row) for place, row in enumerate(heat.charge, 1) if row.lot == lot.id), (0, None)
        )
        if known is not None and scan and known.scan == scan:
            return work  # the same scan again: its answer was lost
        if place:
            raise WriteConflict("heat.already_charged", code=lot.code, place=place)
        if len(heat.charge) >= MOST_LOTS:
            raise BadInput("heat.too_many_lots", most=MOST_LOTS)
        row = ChargeRow(lot.id, lot.code, actor.person, actor.now_ms, mass_g, scan, tuple(doubts))
        unknown = tuple(one for one in heat.unknown if one.code not in {lot.code, *lot.codes})
        charged = _write_heat(work, heat._replace(charge=(*heat.charge, row), unknown=unknown))
        require_free(writer, charged, {lot_hold(one.lot): one.code for one in (*heat.charge, row)})
        return charged

    return change_work(store, viewer, id_, WorkKind.HEAT, change)


def keep_unknown(store: Store, viewer: Viewer, id_: str, code: str, actor: Actor) -> OpenWork:
    """Keep a code that no lot has yet with the heat, once. Raises BadInput where the charge is full."""

    def change(writer: Writer, work: OpenWork) -> OpenWork:
        heat = read_heat(work)
        if any(one.code == code for one in heat.unknown):
            return work
        if len(heat.unknown) + len(heat.charge) >= MOST_LOTS:
            raise BadInput("heat.too_many_lots", most=MOST_LOTS)
        scan = UnknownScan(code, actor.person, actor.now_ms)
        return _write_heat(work, heat._replace(unknown=(*heat.unknown, scan)))

    return change_work(store, viewer, id_, WorkKind.HEAT, change)


def take_off(store: Store, viewer: Viewer, id_: str, code: str, now_ms: int) -> OpenWork:
    """Take a lot out of the charge again, or a code that is not known; held drafts that waited for the lot are recorded.

    Raises NotFound where it is not in it.
    """

    def change(writer: Writer, work: OpenWork) -> OpenWork:
        heat = read_heat(work)
        left = tuple(row for row in heat.charge if row.code != code)
        unknown = tuple(one for one in heat.unknown if one.code != code)
        if left == heat.charge and unknown == heat.unknown:
            raise NotFound("heat.not_charged", code=code)
        kept = {row.lot for row in left}
        approvals = tuple(one for one in heat.approvals if one.lot in kept)
        return _write_heat(work, heat._replace(charge=left, approvals=approvals, unknown=unknown))

    return change_work(store, viewer, id_, WorkKind.HEAT, change, partial(try_freed, now_ms=now_ms))


def approve_lots(
    store: Store, viewer: Viewer, id_: str, codes: Collection[str], approval: Approval, now_ms: int
) -> OpenWork:
    """Keep a supervisor's approval of lots in the charge; a later one takes its place. Raises NotFound."""

    def change(writer: Writer, work: OpenWork) -> OpenWork:
        heat = read_heat(work)
        lots = {row.code: row.lot for row in heat.charge}
        for code in codes:
            if code not in lots:
                raise NotFound("heat.not_charged", code=code)
        named = [lots[code] for code in dict.fromkeys(codes)]
        others = tuple(one for one in heat.approvals if one.lot not in named)
        given = tuple(LotApproval(lot, approval.approver, approval.reason, now_ms) for lot in named)
        return _write_heat(work, heat._replace(approvals=(*others, *given)))

    return change_work(store, viewer, id_, WorkKind.HEAT, change)


def state_approvals(
    heat: OpenHeat, draft: Draft, deliverer: Deliverer, breaks: Collection[Violation]
) -> tuple[Draft, Deliverer]:
    """Return the draft of a heat's event with the approvals given while it was charged, and the deliverer who vouches.

    ``breaks`` are what stands against the draft. An approval of a lot is of that lot alone: where anything else stands against
    the draft, a mass for instance, or nothing does, it states none.
    """
    approved = {one.lot: one for one in heat.approvals if one.approver != draft.actor}
    named = {lot for one in breaks for lot in one.lots}
    of_lots = bool(breaks) and all(one.confirmable and one.lots for one in breaks)
    if draft.approval is not None or not of_lots or not named <= approved.keys():
        return draft, deliverer
    given = join_approvals([Approval(one.approver, one.reason) for one in heat.approvals if one.lot in named])
    assert given is not None, "each of these lots is approved"
    return draft._replace(approval=given), deliverer._replace(vouched=(*deliverer.vouched, given.approver))


def close_heat(writer: Writer, viewer: Viewer, id_: str, actor: Actor, version: int) -> None:
    """End a heat whose event is recorded in this write; nothing where the same event was sent before.

    ``version`` is that of the heat that the event was compared with.
    Raises NotFound, WriteConflict where it was cancelled, or charged by another device, meanwhile.
    """
    work = find_heat(writer, viewer, id_)
    if work.state is WorkState.OPEN and work.version != version:
        raise WriteConflict("heat.changed_meanwhile", number=work.number)
    close_work(writer, viewer, id_, WorkKind.HEAT, actor)

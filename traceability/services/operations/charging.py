"""Charge a heat: tell of each scan at once what became of it, and show what was charged so far."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal, NamedTuple

from graph.paging import read_all
from graph.store import EventFilter, LotFilter, Reader, Store
from traceability.domain.calendar import day_of, list_days_back
from traceability.domain.errors import BadInput, Violation, WriteConflict
from traceability.domain.event import LotUse
from traceability.domain.identifier import normalise_identifier
from traceability.domain.kinds import FORMS_IN, HEATS
from traceability.domain.lot import Lot, Take
from traceability.domain.names import is_called
from traceability.domain.rights import Viewer
from traceability.services.directory.audit import Actor
from traceability.services.directory.people import find_people
from traceability.services.directory.reference import reference_in
from traceability.services.operations.furnaces import Furnace, find_furnace, list_furnaces
from traceability.services.operations.heats import (
    ChargeRow,
    Doubt,
    OpenHeat,
    charge_lot,
    find_heat,
    keep_unknown,
    read_heat,
)
from traceability.services.recording.charge_forecast import ChargeForecast, ChargePlan, forecast_charge
from traceability.services.recording.lot_check import ListStep, LotCheck, check_lot
from traceability.services.recording.open_work import (
    OpenWork,
    WorkKind,
    list_closed_work,
    list_open_work,
    require_open_work,
)
from traceability.services.recording.reservations import find_holders, lot_hold
from traceability.services.tracing.lots import find_lots, find_lots_by_part

MOST_ENDED = 100
STOCK_PAGE = 100
"""Lots in stock that are offered at a time."""
HEATS_LOOKED_AT = 10
"""The newest heats of a site, by which the usual dross and heel are known."""

Outcome = Literal["charged", "doubtful", "duplicate", "refused", "unknown"]


class ScanAnswer(NamedTuple):
    """What became of a scan: ``place`` is the lot's in the charge, 0 where it is not in it; ``mass_g`` the part
    that is taken of it, None for all."""

    outcome: Outcome
    lot: Lot | None = None
    place: int = 0
    reasons: tuple[Violation, ...] = ()
    mass_g: int | None = None


class ShownRow(NamedTuple):
    """A lot in the charge with what a heat takes of it."""

    row: ChargeRow
    lot: Lot
    taken: Take


@dataclass(frozen=True, slots=True)
class HeatCharge:
    """A heat in work with its furnace, None for one that is registered no more, its lots and what they will be."""

    work: OpenWork
    heat: OpenHeat
    furnace: Furnace | None
    rows: tuple[ShownRow, ...]
    forecast: ChargeForecast
    opened_by: str
    approvers: Mapping[str, str]
    """Names of who approved a lot, by its id."""

    @property
    def doubtful(self) -> int:
        """Return how many lots a supervisor still has to approve."""
        return sum(1 for one in self.rows if one.row.doubts and one.lot.id not in self.approvers)


def scan_lot(
    store: Store, viewer: Viewer, id_: str, code: str, actor: Actor, mass_g: int | None = None, scan: str = ""
) -> ScanAnswer:
    """Charge the lot of a code to a heat, or tell why not; ``mass_g`` is a part of it, None all that remains.

    Raises NotFound, WriteConflict where the heat was ended, BadInput for a part that is more than there is.
    """
    with store.read() as reader:
        work = require_open_work(reader, viewer, id_, WorkKind.HEAT)
        heat = read_heat(work)
        known = _find_charged(heat, code, find_lots(reader, viewer, [code]).get(code))
        if known is not None:
            place, row = known
            lot = reader.find_lots([row.lot]).get(row.lot)
            if scan and row.scan == scan:
                return _answer_again(heat, place, row, lot)
            return ScanAnswer("duplicate", lot, place, (), row.mass_g)
        beside = [row.code for row in heat.charge]
        making = [heat.alloy] if heat.alloy else []
        step = ListStep(heat.kind, work.site, actor.person, beside, making)
        check = check_lot(reader, viewer, step, code, actor.now_ms)
    if check.lot is None:
        if all(
            one.code != code for one in heat.unknown
        ):  # asked about again every few seconds: no turn to write for that
            keep_unknown(store, viewer, id_, code, actor)
        return ScanAnswer("unknown")
    if check.verdict == "refused":
        return ScanAnswer("refused", check.lot, 0, check.reasons)
    part_g = _read_part(check.lot, mass_g)
    doubts = [Doubt(reason.code, reason.figures) for reason in check.reasons if reason.confirmable]
    try:
        changed = charge_lot(store, viewer, id_, check.lot, actor, part_g, scan=scan, doubts=doubts)
    except WriteConflict as error:  # another device was quicker
        if error.code == "work.ended":
            raise
        return _tell_conflict(check, error)
    place = len(read_heat(changed).charge)
    return ScanAnswer("doubtful" if doubts else "charged", check.lot, place, check.reasons, part_g)


def _answer_again(heat: OpenHeat, place: int, row: ChargeRow, lot: Lot | None) -> ScanAnswer:
    """Return what a scan that is sent again was answered, whose answer was lost: an approval that is due is due still."""
    approved = {one.lot for one in heat.approvals}
    reasons = () if row.lot in approved else tuple(doubt.violation for doubt in row.doubts)
    return ScanAnswer("doubtful" if reasons else "charged", lot, place, reasons, row.mass_g)


def _find_charged(heat: OpenHeat, code: str, lot: Lot | None) -> tuple[int, ChargeRow] | None:
    for place, row in enumerate(heat.charge, 1):
        if row.code == code or (lot is not None and row.lot == lot.id):
            return place, row
    return None


def _read_part(lot: Lot, mass_g: int | None) -> int | None:
    if mass_g is None or mass_g == lot.remaining_g:
        return None
    if not 0 < mass_g < lot.remaining_g:
        raise BadInput("heat.part_too_large", code=lot.code, mass_g=mass_g, remaining_g=lot.remaining_g)
    return mass_g


def _tell_conflict(check: LotCheck, error: WriteConflict) -> ScanAnswer:
    if error.code == "heat.already_charged":
        return ScanAnswer("duplicate", check.lot, int(str(error.figures["place"])))
    return ScanAnswer("refused", check.lot, 0, (Violation(error.code, figures=error.figures),))


def show_charge(reader: Reader, viewer: Viewer, id_: str) -> HeatCharge:
    """Return a heat with its lots, what it takes of each and what they will be. Raises NotFound."""
    work = find_heat(reader, viewer, id_)
    heat = read_heat(work)
    lots = reader.find_lots({row.lot for row in heat.charge}) if heat.charge else {}
    rows = _list_rows(heat, lots)
    furnace = next((one for one in list_furnaces(reader, [work.site]) if one.code == heat.furnace), None)
    uses = [LotUse(one.row.lot, one.taken.mass_g) for one in rows]
    plan = ChargePlan(work.site, heat.alloy, uses, furnace.capacity_g if furnace else 0)
    reserved = [key.partition("/")[2] for key in find_holders(reader, [work.site])]
    people = find_people(reader, {work.opened_by, *(one.approver for one in heat.approvals)})
    names = {id_: person.name for id_, person in people.items()}
    return HeatCharge(
        work, heat, furnace, rows, forecast_charge(reader, viewer, plan, reserved),
        names.get(work.opened_by, work.opened_by),
        {one.lot: names.get(one.approver, one.approver) for one in heat.approvals},
    )  # fmt: skip


def _list_rows(heat: OpenHeat, lots: Mapping[str, Lot]) -> tuple[ShownRow, ...]:
    """Return the charge with what is taken of each lot: no more than remains of it."""
    return tuple(_show_row(row, lots[row.lot]) for row in heat.charge if row.lot in lots)


def _show_row(row: ChargeRow, lot: Lot) -> ShownRow:
    mass_g = lot.remaining_g if row.mass_g is None else min(row.mass_g, lot.remaining_g)
    return ShownRow(row, lot, lot.content.take(mass_g))


class FurnaceState(NamedTuple):
    """A furnace with the heat that is open in it, None for none, who opened it, and the mass charged."""

    furnace: Furnace
    work: OpenWork | None
    heat: OpenHeat | None
    opened_by: str = ""
    charged_g: int = 0


def list_states(reader: Reader, site: str) -> list[FurnaceState]:
    """Return the furnaces of a site, each with its open heat; one that was removed stands there while its heat is open."""
    works = {read_heat(work).furnace: work for work in list_open_work(reader, [site], WorkKind.HEAT)}
    furnaces = list_furnaces(reader, [site])
    known = {one.code for one in furnaces}
    furnaces += [Furnace(code, site, code, 0) for code in works if code not in known]
    people = find_people(reader, {work.opened_by for work in works.values()})
    lots = reader.find_lots({row.lot for work in works.values() for row in read_heat(work).charge})
    return [_state_of(one, works.get(one.code), lots, {id_: p.name for id_, p in people.items()}) for one in furnaces]  # fmt: skip


def _state_of(
    furnace: Furnace, work: OpenWork | None, lots: dict[str, Lot], people: dict[str, str]
) -> FurnaceState:
    if work is None:
        return FurnaceState(furnace, None, None)
    heat = read_heat(work)
    charged_g = sum(one.taken.mass_g for one in _list_rows(heat, lots))
    return FurnaceState(furnace, work, heat, people.get(work.opened_by, work.opened_by), charged_g)


def find_open_heat(reader: Reader, viewer: Viewer, code: str) -> tuple[Furnace, OpenWork | None]:
    """Return the furnace of a card, and the heat that is open in it. Raises NotFound."""
    furnace = find_furnace(reader, code, viewer.works_at)
    for work in list_open_work(reader, [furnace.site], WorkKind.HEAT):
        if work.content["furnace"] == code:
            return furnace, work
    return furnace, None


def list_stock(reader: Reader, viewer: Viewer, work: OpenWork, form: str = "", named: str = "") -> list[Lot]:
    """Return lots of the site that the heat could take, newest first: not those in open work.

    '' is every form. ``named`` is a part of a material's name in any language or the beginning of a group of a code,
    """
    held = find_holders(reader, [work.site])
    in_stock = LotFilter(site=work.site, status="available")
    forms = [form] if form else FORMS_IN[read_heat(work).kind]
    found: dict[str, Lot] = {}
    for wanted in _list_wanted(reader, in_stock, forms, named):
        free = (lot for lot in _read_lots(reader, wanted) if lot_hold(lot.id) not in held)
        found |= {lot.id: viewer.see_lot(lot) for lot in islice(free, STOCK_PAGE)}
    for lot in find_lots_by_part(reader, viewer, named):
        is_here = (lot.site, lot.status) == (work.site, in_stock.status) and lot.form in forms
        if is_here and lot_hold(lot.id) not in held:
            found[lot.id] = lot
    return sorted(found.values(), key=lambda lot: lot.moved_ms, reverse=True)[:STOCK_PAGE]


def _list_wanted(
    reader: Reader, in_stock: LotFilter, forms: Sequence[str], named: str
) -> Iterator[LotFilter]:
    """Yield the conditions on lots of some forms, of the materials of a name where one is given."""
    if not named:
        yield from (replace(in_stock, form=form) for form in forms)
        return
    text = normalise_identifier(named)
    for material in reference_in(reader).materials.values():
        if is_called(text, material.id, material.names):
            shared = (form for form in forms if form in material.forms)
            yield from (replace(in_stock, form=form, material=material.id) for form in shared)


def _read_lots(reader: Reader, wanted: LotFilter) -> Iterator[Lot]:
    return read_all(lambda after: reader.list_lots(wanted, after, STOCK_PAGE))


def list_made(reader: Reader, viewer: Viewer, work: OpenWork) -> list[Lot]:
    """Return the lots that the event of a heat made, in its order; none of a heat that was cancelled."""
    event = reader.find_events([work.id]).get(work.id)
    if event is None:
        return []
    lots = reader.find_lots(event.frozen.lots)
    return [viewer.see_lot(lots[id_]) for id_ in event.frozen.lots if id_ in lots]


def list_ended_heats(reader: Reader, site: str, now_ms: int) -> list[OpenWork]:
    """Return the heats of a site that ended this month, the newest first; of very many those of the last days."""
    today = day_of(now_ms)
    days = list_days_back(today, f"{today[:7]}-01")
    return list_closed_work(reader, site, WorkKind.HEAT, days, MOST_ENDED).works


def list_recent_alloys(
    reader: Reader, site: str, known: Sequence[str], now_ms: int, furnace: str = ""
) -> list[str]:
    """Return alloys: those of the newest heats first, of a furnace before the site's others, then of the newest products that
    are not made to be melted."""
    works = [*reversed(list_open_work(reader, [site], WorkKind.HEAT))]
    works += list_ended_heats(reader, site, now_ms)
    lots, _ = reader.list_lots(LotFilter(site=site, form="product"), limit=STOCK_PAGE)
    heats = sorted(map(read_heat, works), key=lambda heat: bool(furnace) and heat.furnace != furnace)
    used = [heat.alloy for heat in heats]
    used += [lot.material for lot in lots if not (lot.remelt_ingot or lot.refined)]
    return list(dict.fromkeys([*(one for one in used if one in known), *known]))


def list_left_materials(reader: Reader, site: str, form: str, known: Sequence[str]) -> list[str]:
    """Return materials, those that the site's newest heats left in a form first."""
    events, _ = reader.list_events(
        EventFilter(site=site, kinds=HEATS), limit=HEATS_LOOKED_AT, newest_first=True
    )
    left = [new.material for event in events for new in event.draft.outputs if new.form == form]
    return list(dict.fromkeys([*(one for one in left if one in known), *known]))

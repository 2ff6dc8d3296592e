"""Freeze every parameter that an event uses, so that changing reference data never changes history.

Pure: the same draft on the same lots and reference data freezes the same parameters.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import NamedTuple

from traceability.domain import authority, entry, rules
from traceability.domain.calendar import day_of, month_of
from traceability.domain.claims import Claim
from traceability.domain.errors import Violation
from traceability.domain.event import (
    EDITION,
    Assay,
    Declaration,
    Draft,
    Event,
    Frozen,
    Order,
    Reversal,
    Seal,
    Shipment,
    lots_of,
    new_lot_id,
)
from traceability.domain.kinds import ENTRIES, MOVEMENTS, RECORDS, TAKING_PARTS
from traceability.domain.lot import Lot
from traceability.domain.material import Material, Reference
from traceability.domain.period import last_month
from traceability.domain.place import Licence
from traceability.domain.vocabulary import AUTHORITY


class Facts(NamedTuple):
    """Facts that only the store, the clock and the directory of people know, gathered before the
    decision."""

    now_ms: int
    roles: tuple[str, ...] = ()
    approver_roles: tuple[str, ...] = ()
    tare_g: int = 0
    late: bool = False
    claims: Mapping[str, Claim] = {}
    first_other: Order | None = None  # the site's first event in book order, asked for an opening
    month_sealed: bool = False
    record_month: str = ""  # in which what belongs to a sealed month is booked
    oldest_month: str = ""  # of a correction: the earliest month that it may change; '' its own
    recorded_before: bool = False  # whether the sealed month ever had such a record
    missing_records: tuple[str, ...] = ()  # that the month of a seal lacks
    replaces: bool = False  # whether the draft replaces what was recorded under its id
    speaks: bool | None = None  # of statistics: whether the actor plans for exactly their region
    repeats: tuple[str, str] = ("", "")  # the load that this one is equal to, and its ticket
    receiver_licences: tuple[Licence, ...] | None = (
        None  # of whom a disposal goes to; None: of somebody unknown
    )
    manifest_holder: str = ""  # the disposal that has the manifest for another transfer


def find_effective_time(draft: Draft, lots: Mapping[str, Lot]) -> int:
    """Return the draft's own time.

    A date without time is 00:00, raised to what made, moved or released its lots that day; a minute
    is raised in the same way within the minute.
    """
    if draft.is_exact:
        return draft.time_ms
    start_ms, end_ms = draft.time_span
    moved = [lots[used].moved_ms for used in lots_of(draft) if used in lots]
    return max([start_ms, *(ms for ms in moved if start_ms <= ms < end_ms)])


def freeze(
    draft: Draft,
    time_ms: int,
    lots: Mapping[str, Lot],
    reference: Reference,
    facts: Facts,
    draw_code: Callable[[], str],
    original: Event | None = None,
) -> tuple[Frozen | None, list[Violation]]:
    """Return (every parameter that the event uses, violations by what is unknown or unlicensed).

    There is no Frozen without the site or a named material. ``original`` is the event that the draft replaces.
    """
    violations: list[Violation] = []
    site = reference.sites.get(draft.site)
    if site is None:
        violations.append(Violation("rule.unknown_site", "site", figures={"site": draft.site}))
    detail = draft.detail
    destination = None
    if isinstance(detail, Shipment) and detail.to:
        destination = reference.sites.get(detail.to)
        if destination is None:
            violations.append(Violation("rule.unknown_site", "to", figures={"site": detail.to}))
    violations += rules.check_origins(draft, reference.regions)
    violations += rules.check_metals(draft, reference.metals)
    if isinstance(detail, Declaration):
        violations += rules.check_fuel(detail, reference.fuels)
        base = site.stay_at(month_of(time_ms)).base if site else ""
        violations += rules.check_certificate(draft, detail, reference.certificate_kinds, base)
    materials: dict[str, Material] = {}
    for number, new in enumerate(draft.outputs):
        material = reference.materials.get(new.material)
        if material is None:
            path = f"outputs.{number}.material"
            violations.append(Violation("rule.unknown_material", path, figures={"material": new.material}))
        else:
            materials[material.id] = material
    site_kinds = site.kinds_at(time_ms) if site is not None else ()
    violations += rules.check_activity(draft, site_kinds, reference.activities, materials)
    if destination is not None and AUTHORITY in destination.kinds_at(time_ms):
        violations.append(Violation("rule.to_authority", "to", figures={"site": destination.id}))
    if site is not None:
        violations += authority.check_keeper(draft, site)
        violations += authority.check_subject(draft, site, reference)
    if site is None or any(new.material not in materials for new in draft.outputs):
        return None, violations
    if isinstance(detail, Assay):
        examined = {lots[moved.lot].material for moved in draft.lots if moved.lot in lots}
        materials |= {id_: reference.materials[id_] for id_ in examined if id_ in reference.materials}
    masses, new_lots, codes = _resolve(draft, lots, draw_code, original)
    waste_codes = [new.waste_code or materials[new.material].waste_code for new in draft.outputs]
    licence, uncovered = entry.find_licences(draft, waste_codes, site.licences, day_of(time_ms))
    violations += uncovered
    clean = isinstance(detail, Shipment) and bool(
        {detail.mode, f"{detail.mode}/{detail.vehicle_class}"} & reference.clean_modes
    )
    month = month_of(time_ms)
    frozen = Frozen(
        time_ms=time_ms,
        region=reference.region_at(site.id, _month_meant(draft, time_ms)),
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
        site_kinds=site_kinds if _keeps_kinds(draft, site_kinds, reference) else (),
        holder_kinds=_find_holder_kinds(draft, lots, reference, time_ms),
        restores=isinstance(detail, Reversal),
        edition=0 if draft.kind in RECORDS else EDITION,
        tapped_regions=_moved_tapping_sites(lots.values(), month, reference),
        booked_regions=reference.gazetteer.regions_since(facts.oldest_month or month, facts.record_month),
        missing_records=facts.missing_records,
        supplementary=facts.month_sealed and not facts.replaces,
        repeats=facts.repeats[0],
        repeated_ticket=facts.repeats[1],
        licence_unknown=rules.is_licence_unknown(draft, facts.receiver_licences),
        licensed_codes=rules.list_licensed_codes(draft, facts.receiver_licences, day_of(time_ms)),
    )
    return frozen, violations


def _keeps_kinds(draft: Draft, site_kinds: Collection[str], reference: Reference) -> bool:
    """Return whether an event is judged by the kinds of its site, or its flows are told by them."""
    return draft.kind in reference.activities or draft.kind in MOVEMENTS or AUTHORITY in site_kinds


def _find_holder_kinds(
    draft: Draft, lots: Mapping[str, Lot], reference: Reference, time_ms: int
) -> tuple[str, ...]:
    """Return the kinds of the site that sends back what it had received of a shipment."""
    if not isinstance(draft.detail, Reversal):
        return ()
    holders = {lots[moved.lot].site for moved in draft.lots if moved.lot in lots} - {draft.site}
    known = [reference.sites[site] for site in sorted(holders) if site in reference.sites]
    return known[0].kinds_at(time_ms) if known else ()


def _moved_tapping_sites(lots: Iterable[Lot], month: str, reference: Reference) -> dict[str, str]:
    """Return the regions in a month of the sites that liquid was tapped at, where they were others then."""
    tapped = {lot.tapped_at: lot.tapped_region for lot in lots if lot.tapped_at}
    now = {site: reference.region_at(site, month) for site in tapped}
    return {site: region for site, region in now.items() if region not in ("", tapped[site])}


def _month_meant(draft: Draft, time_ms: int) -> str:
    """Return the month whose regions an event belongs to.

    That of its time; of a record or seal the (last) month that it speaks of, whenever it was made.
    """
    detail = draft.detail
    if isinstance(detail, Seal):
        return detail.month
    if isinstance(detail, Declaration) and detail.period:
        return last_month(detail.period)
    return month_of(time_ms)


def _resolve(
    draft: Draft, lots: Mapping[str, Lot], draw_code: Callable[[], str], original: Event | None = None
) -> tuple[tuple[int, ...], tuple[str, ...], tuple[str, ...]]:
    """Return (masses of inputs or lots, ids and codes of the new lots).

    Of a movement that ``draft`` replaces, a mass that stays as it was moves as it did: whole what was whole, and what
    was a part as that part, whatever else is left of its lot by now.
    """

    def remaining(lot_id: str, mass_g: int | None) -> int:
        if mass_g is not None:
            return mass_g
        return lots[lot_id].remaining_g if lot_id in lots else 0

    if draft.kind in TAKING_PARTS:
        masses, ids, codes = [], [], []
        parted = _list_parted(original) if original is not None else {}
        for number, moved in enumerate(draft.lots):
            whole_g = remaining(moved.lot, None)
            mass_g = remaining(moved.lot, moved.mass_g)
            part = moved.lot in lots and parted.get((moved.lot, moved.mass_g), 0 < mass_g < whole_g)
            masses.append(mass_g)
            ids.append((moved.part_lot or new_lot_id(draft.id, number)) if part else "")
            codes.append((moved.part_code or draw_code()) if part else "")
        return tuple(masses), tuple(ids), tuple(codes)
    uses = draft.inputs or draft.lots
    return (
        tuple(remaining(used.lot, used.mass_g) for used in uses),
        tuple(new.lot or new_lot_id(draft.id, number) for number, new in enumerate(draft.outputs)),
        tuple(new.code or draw_code() for new in draft.outputs),
    )


def _list_parted(original: Event) -> dict[tuple[str, int | None], bool]:
    """Return whether each lot moved in part, by the lot and the mass that it moved with."""
    rows = zip(original.draft.lots, original.frozen.masses, original.frozen.lots, strict=True)
    return {(moved.lot, mass_g): bool(part) for moved, mass_g, part in rows}


def resolve_again(
    event: Event, lots: Mapping[str, Lot], draw_code: Callable[[], str], original: Event
) -> Frozen:
    """Return masses and parts of a replacement for its lots as they turn out in book order; ids and
    codes stay."""
    if event.draft.kind in ENTRIES or event.draft.kind in RECORDS:
        return event.frozen
    masses, ids, codes = _resolve(event.draft, lots, draw_code, original)
    frozen = event.frozen
    if len(frozen.codes) == len(codes):
        codes = tuple(old if old and new else new for old, new in zip(frozen.codes, codes, strict=True))
        ids = tuple(old if old and new else new for old, new in zip(frozen.lots, ids, strict=True))
    return frozen._replace(masses=masses, lots=ids, codes=codes)

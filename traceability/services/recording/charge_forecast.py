"""Forecast the charge of a heat: what it will be, and what stock of the site would bring it into its alloy's limits."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from graph.store import EventFilter, LotFilter, Reader
from traceability.domain.charge import (
    ChargeableLot,
    ChargedLot,
    Forecast,
    chargeable,
    find_recoveries,
    make_forecast,
)
from traceability.domain.charge_advice import Advice, advise
from traceability.domain.element_recovery import Recovery
from traceability.domain.errors import NotAllowed, NotFound
from traceability.domain.event import Event, LotUse
from traceability.domain.kinds import HEATS
from traceability.domain.lot import Lot
from traceability.domain.material import Material
from traceability.domain.rights import Viewer
from traceability.services.directory.reference import compositions_in, reference_in

RECENT_HEATS = 40  # of a site, of which those of the alloy tell what is recovered
MOST_OFFERED = 100  # lots of a form that are looked at, the newest
OFFERED_FORMS = ("additive", "product", "scrap", "internal", "molten_primary")
WON_FORMS = ("product", "internal", "heel")


class ChargePlan(NamedTuple):
    """What a heat is charged with so far. An empty ``alloy`` has no limits, a ``capacity_g`` of 0 is not known.

    ``lot`` of a use is an id; a use without mass takes all that remains.
    """

    site: str
    alloy: str
    uses: Sequence[LotUse] = ()
    capacity_g: int = 0


@dataclass(frozen=True, slots=True)
class Proposal:
    """What to charge as well, and what the charge is then."""

    additions: tuple[tuple[Material, str, int], ...]
    """Material, code and grams of each lot; of a single one any mass from ``least_g`` to ``most_g``, in whole kg, will do."""
    least_g: int
    most_g: int
    after: Forecast


@dataclass(frozen=True, slots=True)
class ChargeForecast:
    """A forecast against an alloy, None for none, with what would bring it into the limits."""

    alloy: Material | None
    forecast: Forecast
    proposals: tuple[Proposal, ...] = ()
    blocking: tuple[str, ...] = ()
    assumes_rest: bool = False


def forecast_charge(
    reader: Reader, viewer: Viewer, plan: ChargePlan, reserved: Collection[str] = ()
) -> ChargeForecast:
    """Return what a charge will be. ``reserved`` are ids of lots in other open work, which are not proposed.

    Raises NotAllowed for who does not work at the site, NotFound for an unknown alloy or lot, StoreError.
    """
    if plan.site not in viewer.works_at:
        raise NotAllowed("person.no_site")
    materials = reference_in(reader).materials
    if plan.alloy and plan.alloy not in materials:
        raise NotFound("rule.unknown_material", material=plan.alloy)
    alloy = materials.get(plan.alloy)
    charge = _list_charge(reader, plan)
    recoveries = find_experience(reader, plan.site, alloy.id) if alloy and alloy.limits else {}
    forecast = make_forecast(
        charge, alloy.limits if alloy else (), capacity_g=plan.capacity_g, recoveries=recoveries
    )
    if alloy is None or not forecast.outside:
        return ChargeForecast(alloy, forecast)
    advice = advise(forecast, list_offered(reader, plan, alloy, {*reserved, *(use.lot for use in plan.uses)}))
    return _explain(alloy, forecast, advice, materials, recoveries)


def _list_charge(reader: Reader, plan: ChargePlan) -> list[ChargedLot]:
    typical = compositions_in(reader)
    lots = reader.find_lots({use.lot for use in plan.uses})
    missing = next((use.lot for use in plan.uses if use.lot not in lots), None)
    if missing is not None:
        raise NotFound("rule.unknown_lot", lot=missing)
    return [chargeable(lots[use.lot], typical).charge(use.mass_g) for use in plan.uses]


def list_offered(
    reader: Reader, plan: ChargePlan, alloy: Material, left_out: Collection[str]
) -> list[ChargeableLot]:
    """Return what the site has in stock that could be charged to the alloy, and whose composition is known.

    Products are only those that are made to be melted again; of scrap only grades that the alloy allows.
    """
    typical, materials = compositions_in(reader), reference_in(reader).materials
    offered = []
    for form in OFFERED_FORMS:
        wanted = LotFilter(site=plan.site, status="available", form=form)
        lots, _ = reader.list_lots(wanted, limit=MOST_OFFERED)
        offered += [
            chargeable(lot, typical)
            for lot in lots
            if lot.id not in left_out
            and lot.material in materials
            and (lot.composition or lot.material in typical)
            and _suits(lot, alloy)
        ]
    return offered


def _suits(lot: Lot, alloy: Material) -> bool:
    if lot.form == "additive":
        return True
    if lot.metal != alloy.metal or (lot.form == "product" and not (lot.remelt_ingot or lot.refined)):
        return False
    return lot.form != "scrap" or not alloy.grades or lot.material in alloy.grades


def find_experience(reader: Reader, site: str, alloy: str) -> dict[str, Recovery]:
    """Return what the site's newest heats of an alloy recovered, by element, as far as they were assayed on all sides."""
    events, _ = reader.list_events(
        EventFilter(site=site, kinds=tuple(HEATS)), limit=RECENT_HEATS, newest_first=True
    )
    return find_recoveries(_list_assayed(reader, [event for event in events if _makes(event, alloy)]))


def _makes(event: Event, alloy: str) -> bool:
    return event.live and any(new.form == "product" and new.material == alloy for new in event.draft.outputs)


def _list_assayed(
    reader: Reader, events: Sequence[Event]
) -> Iterator[tuple[list[ChargedLot], list[ChargedLot]]]:
    """Yield charge and metal won of each heat whose lots were all assayed."""
    ids = {use.lot for event in events for use in event.draft.inputs}
    ids |= {lot for event in events for lot in event.frozen.lots}
    lots = reader.find_lots(ids) if ids else {}
    for event in events:
        taken = zip(event.draft.inputs, event.frozen.masses, strict=True)
        charge = [
            chargeable(_as_of(lots[use.lot], event), {}).charge(mass_g)
            for use, mass_g in taken
            if use.lot in lots
        ]
        made = [lots[id_] for id_ in event.frozen.lots if id_ in lots]
        won = [
            chargeable(lot.changed(contents=lot.contents[:1]), {}).charge(lot.contents[0].mass_g)
            for lot in made
            if lot.contents[0].form in WON_FORMS
        ]
        if all(lot.composition for lot in (*charge, *won) if lot.metal_g):
            yield [lot for lot in charge if lot.metal_g], won


def _as_of(lot: Lot, event: Event) -> Lot:
    return lot.changed(contents=(lot.content_at(event.order),))


def _explain(
    alloy: Material,
    forecast: Forecast,
    advice: Advice,
    materials: Mapping[str, Material],
    recoveries: Mapping[str, Recovery],
) -> ChargeForecast:
    proposals = []
    for additions in advice.proposals:
        charge = [*forecast.lots, *(one.charge() for one in additions)]
        proposals.append(
            Proposal(
                tuple((materials[one.stock.material], one.stock.code, one.mass_g) for one in additions),
                additions[0].mass_g,
                additions[0].most_kg_g,
                make_forecast(charge, alloy.limits, capacity_g=forecast.capacity_g, recoveries=recoveries),
            )
        )
    return ChargeForecast(alloy, forecast, tuple(proposals), advice.blocking, advice.assumes_rest)

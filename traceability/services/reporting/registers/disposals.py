"""List residues that were handed over, by manifest, and those that sites still have, by age."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from graph.residue_sums import ResidueSum
from graph.store import LotFilter, Reader
from traceability.domain.calendar import DAY_MS, month_of
from traceability.domain.event import Disposal, Event
from traceability.domain.kinds import kinds_of
from traceability.domain.lot import Lot
from traceability.domain.period import Period
from traceability.domain.rights import Viewer
from traceability.services.directory.names import find_party_names
from traceability.services.directory.reference import settings_in
from traceability.services.reporting.registers.products import list_events_at
from traceability.services.reporting.scope import find_whereabouts

MOST_HANDED_OVER = 1_000
"""Rows of the register of a period: a page and a file tell that there are more."""
STORAGE_DAYS = 365
"""How long hazardous waste may be stored, where ``waste.toml`` says nothing else (固体废物污染环境防治法 §81)."""


class HandedOver(NamedTuple):
    """A lot that was handed over: who sent it, who carried and took it, under which manifest and licence.

    Names of parties and plates of vehicles are told; '' where nobody stated one.
    """

    event: Event
    lot: Lot
    mass_g: int
    detail: Disposal
    carrier: str
    receiver: str


class OnHand(NamedTuple):
    """Residue of one waste code that a site has: since when the oldest lot is there, and what is over the limit.

    ``over_g`` counts hazardous waste alone.
    """

    site: str
    region: str
    waste_code: str
    material: str
    lots: int
    mass_g: int
    oldest_ms: int
    oldest_days: int
    over_g: int


def list_handed_over(
    reader: Reader, viewer: Viewer, places: Sequence[str], period: Period
) -> tuple[list[HandedOver], bool]:
    """Return what sites in view handed over in a period, newest last, and whether there is more than fits.

    What was sent back to its supplier is told too.
    """
    listed = list(islice(_list_disposals(reader, viewer, places, period), MOST_HANDED_OVER + 1))
    events = listed[:MOST_HANDED_OVER]
    lots = reader.find_lots({moved.lot for event in events for moved in event.draft.lots}) if events else {}
    details = [event.draft.detail for event in events]
    names = find_party_names(
        reader,
        {
            id_
            for detail in details
            if isinstance(detail, Disposal)
            for id_ in (detail.receiver, detail.vehicle)
        },
    )
    rows = []
    for event, detail in zip(events, details, strict=True):
        assert isinstance(detail, Disposal)
        carrier, receiver = (names.get(id_, id_) for id_ in (detail.vehicle, detail.receiver))
        rows += [
            HandedOver(event, lots[moved.lot], mass_g, detail, carrier, receiver)
            for moved, mass_g in zip(event.draft.lots, event.frozen.masses, strict=True)
        ]
    return rows, len(listed) > MOST_HANDED_OVER


def _list_disposals(reader: Reader, viewer: Viewer, places: Sequence[str], period: Period) -> Iterator[Event]:
    for place in places:
        for events in list_events_at(reader, place, kinds_of(Disposal), period):
            yield from (one for one in events if viewer.shows_stay(one.draft.site, one.frozen.region))


def read_storage_days(reader: Reader) -> int:
    """Return how many days hazardous waste may be stored."""
    return int(settings_in(reader).get("waste", {}).get("storage_days", STORAGE_DAYS))


def list_on_hand(reader: Reader, viewer: Viewer, places: Sequence[str], now_ms: int) -> list[OnHand]:
    """Return the residues that sites in view have now, by site and waste code, the oldest first."""
    whereabouts, month = find_whereabouts(reader), month_of(now_ms)
    before_ms = now_ms - read_storage_days(reader) * DAY_MS
    rows = []
    for place in places:
        for site, region in dict.fromkeys((part.site, part.region) for part in whereabouts.slices(place)):
            for one in _sum_residues(reader, LotFilter(site, region, "available", "residue"), before_ms):
                shown = viewer.shows_stay(one.site, one.region)
                if shown and whereabouts.holds(place, one.site, one.region, month):
                    rows.append(_tell_age(one, now_ms))
    return sorted(rows, key=lambda row: (row.oldest_ms, row.site, row.waste_code, row.material, row.region))


def _sum_residues(reader: Reader, wanted: LotFilter, before_ms: int) -> list[ResidueSum]:
    sites = [stock.site for stock in reader.sum_stock(wanted, by=("site",))]
    sums = reader.sum_residues(sites, before_ms) if sites else []
    return [one for one in sums if one.region.startswith(wanted.region)]


def _tell_age(one: ResidueSum, now_ms: int) -> OnHand:
    age_days = (now_ms - one.since_ms) // DAY_MS
    over_g = one.earlier_g if one.waste_code else 0
    return OnHand(
        one.site, one.region, one.waste_code, one.material, one.lots, one.remaining_g, one.since_ms, age_days, over_g
    )  # fmt: skip

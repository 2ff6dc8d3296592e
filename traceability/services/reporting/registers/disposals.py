"""List residues that were handed over, by manifest, and those that sites still have, by age."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import NamedTuple

from graph.paging import read_all
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

CHUNK = 1_000
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
    whereabouts, limit_ms = find_whereabouts(reader), read_storage_days(reader) * DAY_MS
    month = month_of(now_ms)
    held: dict[tuple[str, str, str, str], list[Lot]] = {}
    for place in places:
        for site, region in dict.fromkeys((part.site, part.region) for part in whereabouts.slices(place)):
            wanted = LotFilter(site, region, status="available", form="residue")
            for lot in _read_lots(reader, wanted):
                if not lot.remaining_g or not viewer.shows_stay(lot.site, lot.region):
                    continue
                if whereabouts.holds(place, lot.site, lot.region, month):
                    held.setdefault((lot.site, lot.region, lot.waste_code, lot.material), []).append(lot)
    rows = [
        OnHand(
            *key,
            len(lots),
            sum(lot.remaining_g for lot in lots),
            oldest := min(lot.moved_ms for lot in lots),
            (now_ms - oldest) // DAY_MS,
            sum(lot.remaining_g for lot in lots if lot.waste_code and now_ms - lot.moved_ms > limit_ms),
        )
        for key, lots in held.items()
    ]
    return sorted(rows, key=lambda row: (row.oldest_ms, row.site, row.waste_code))


def _read_lots(reader: Reader, wanted: LotFilter) -> Iterator[Lot]:
    """Yield lots site by site: lots of many sites in one order are many times the work, and nobody asks for it."""
    for stock in reader.sum_stock(wanted, by=("site",)):
        yield from read_all(partial(_read_page, reader, replace(wanted, site=stock.site)))


def _read_page(reader: Reader, wanted: LotFilter, after: str) -> tuple[list[Lot], str]:
    return reader.list_lots(wanted, after, CHUNK)

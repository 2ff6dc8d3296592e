"""Read what the analyses of findings look at: the entries, heats, receipts and undone events of a place and period.

Sums come from the ledger, events are read by kind and time, so the cost is that of the period and place asked for.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import partial
from typing import NamedTuple

from graph.paging import read_all
from graph.store import PostingFilter, Reader
from traceability.domain.calendar import FUTURE_MS, SHANGHAI_OFFSET_MS
from traceability.domain.entry import find_tare, list_load
from traceability.domain.event import DATE, Acquisition, Correction, Event, Receiving
from traceability.domain.findings import (
    Charge,
    Delivery,
    HeatYield,
    MonthlyMetal,
    ReturnedMetal,
    TimedEntry,
    UndonePrint,
    Weighed,
)
from traceability.domain.kinds import BOUGHT, HEATS, TRANSFORMATIONS, kinds_of
from traceability.domain.lot import Lot
from traceability.domain.material import Reference
from traceability.domain.period import Period
from traceability.domain.posting import Posting
from traceability.domain.rights import Viewer
from traceability.domain.vocabulary import TURNOVER_IN, TURNOVER_OUT
from traceability.services.directory.audit import AuditAction, AuditFilter, list_entries
from traceability.services.directory.reference import reference_in
from traceability.services.reporting.registers.products import list_events_at
from traceability.services.reporting.scope import find_whereabouts

HOUR_MS = 3600 * 1000
STEPS_BACK = 3  # of sorting, splitting or fabricating, through which metal is followed to an earlier shipment
CHUNK = 5_000  # postings read at once
LABEL = "label"  # the kind of object of a printed label in the audit log

_SAME_METAL = frozenset(TRANSFORMATIONS) - frozenset(HEATS)  # what is melted is other metal
_MADE = ("melt_product", "melt_internal", "melt_heel_out")
_HEAT_ACCOUNTS = ("melt_in", "melt_heel_in", *_MADE)
_STOCK_ACCOUNTS = {TURNOVER_IN: 1, TURNOVER_OUT: -1, "opening": 1, "melt_loss": -1, "process_loss": -1}
_FED = (*_STOCK_ACCOUNTS, "melt_product")


class AuditFacts(NamedTuple):
    """What the analyses look at; each list is that of one analysis."""

    weighings: list[Weighed]
    returned: list[ReturnedMetal]
    heats: list[HeatYield]
    months: list[MonthlyMetal]
    entries: list[TimedEntry]
    charges: list[Charge]
    deliveries: list[Delivery]
    undone: list[UndonePrint]


def read_facts(reader: Reader, viewer: Viewer, place: str, period: Period) -> AuditFacts:
    """Return the facts of sites in view of a place and period, by event time."""

    def list_in_view(kinds: tuple[str, ...]) -> list[Event]:
        pages = list_events_at(reader, place, kinds, period)
        return [
            event
            for events in pages
            for event in events
            if viewer.shows_stay(event.draft.site, event.frozen.region)
        ]

    bought, heats = list_in_view(BOUGHT), list_in_view(HEATS)
    weighings, entries, deliveries = _read_bought(bought)
    yields, products = _read_heats(reader, heats)
    return AuditFacts(
        weighings=weighings,
        returned=_read_returned(reader, reference_in(reader), list_in_view(kinds_of(Receiving))),
        heats=yields,
        months=_read_months(reader, place, period, products),
        entries=entries,
        charges=_read_charges(reader, heats),
        deliveries=deliveries,
        undone=_read_undone(reader, list_in_view(kinds_of(Correction))),
    )


def _read_bought(events: Iterable[Event]) -> tuple[list[Weighed], list[TimedEntry], list[Delivery]]:
    weighings, entries, deliveries = [], [], []
    for event in events:
        draft, detail = event.draft, event.draft.detail
        assert isinstance(detail, Acquisition)
        tare_g = find_tare(draft)
        if detail.vehicle and tare_g:
            weighings.append(
                Weighed(draft.site, detail.vehicle, event.month, tare_g, event.id, event.frozen.tare_g)
            )
        if draft.precision != DATE:  # a day alone is kept as its midnight
            hour = (event.frozen.time_ms + SHANGHAI_OFFSET_MS) // HOUR_MS % 24
            entries.append(TimedEntry(draft.site, event.month, hour, event.id))
        if detail.supplier:
            mass_g = sum(grade_g or 0 for _, grade_g in list_load(draft))
            deliveries.append(Delivery(draft.site, detail.supplier, event.month, mass_g, event.id))
    return weighings, entries, deliveries


def _read_heats(
    reader: Reader, heats: Collection[Event]
) -> tuple[list[HeatYield], dict[tuple[str, str], list[str]]]:
    """Return the yield of each heat as the indicator of metal yield has it, and the heats by (site, month)."""
    sums: dict[tuple[int, str], dict[str, int]] = {}
    for posting in reader.scan_postings([heat.seq for heat in heats], _HEAT_ACCOUNTS):
        by_account = sums.setdefault((posting.event, posting.row.metal), defaultdict(int))
        by_account[posting.row.account] += posting.grams
    by_seq = {heat.seq: heat for heat in heats}
    yields, products = [], defaultdict(list)
    for (seq, metal), by_account in sums.items():
        heat, heel_g = by_seq[seq], by_account["melt_heel_in"]
        site = heat.draft.site
        made_g = sum(by_account[account] for account in _MADE) - heel_g
        yields.append(HeatYield(site, metal, heat.month, heat.id, by_account["melt_in"] - heel_g, made_g))
        products[site, heat.month].append(heat.id)
    return yields, products


def _read_charges(reader: Reader, heats: Collection[Event]) -> list[Charge]:
    """Return the charges that hold run-around scrap of other firms, by metal as it was taken."""
    lots = reader.find_lots({use.lot for heat in heats for use in heat.draft.inputs})
    suspects = {id_ for id_, lot in lots.items() if lot.reclassified}
    seqs = [heat.seq for heat in heats if any(use.lot in suspects for use in heat.draft.inputs)]
    taken: dict[int, dict[str, int]] = defaultdict(dict)
    for edge in reader.list_edges(seqs):
        if edge.role == "input":
            taken[edge.event][edge.lot] = taken[edge.event].get(edge.lot, 0) + edge.metal_g
    charges = []
    for heat in heats:
        if heat.seq in taken:
            held = taken[heat.seq]
            foreign = tuple(lot for lot in held if lot in suspects)
            reclassified_g = sum(held[lot] for lot in foreign)
            charges.append(
                Charge(heat.draft.site, heat.month, heat.id, sum(held.values()), reclassified_g, foreign)
            )
    return charges


# --- metal that comes back ----------------------------------------------------------------------------------------


class _Ancestor(NamedTuple):
    """A lot that a received lot was made of, or that lot itself, and when it stopped being what it was."""

    receipt: Event
    received: Lot
    lot: Lot


def _read_returned(reader: Reader, reference: Reference, receipts: Collection[Event]) -> list[ReturnedMetal]:
    lots = reader.find_lots({moved.lot for receipt in receipts for moved in receipt.draft.lots})
    wave = [
        _Ancestor(receipt, lots[moved.lot], lots[moved.lot])
        for receipt in receipts
        for moved in receipt.draft.lots
        if moved.lot in lots
    ]
    ancestors = list(wave)
    for _ in range(STEPS_BACK):
        wave = _step_back(reader, wave)
        ancestors += wave
    candidates = []
    for one in ancestors:
        firm = reference.firm_of(one.receipt.draft.site)
        for shipped in one.lot.list_shipments():
            if firm and shipped.to_other_firm and reference.firm_of(shipped.shipper) == firm:
                candidates.append((one, shipped.shipment))
    shipments = reader.find_events({shipment for _, shipment in candidates})
    found: dict[tuple[str, str], ReturnedMetal] = {}
    for one, id_ in candidates:
        shipment = shipments.get(id_)
        if shipment is not None and shipment.order < one.receipt.order:
            receipt, lot = one.receipt, one.received
            found[receipt.id, lot.id] = ReturnedMetal(
                receipt.draft.site, receipt.month, lot.id, shipment.frozen.time_ms, receipt.frozen.time_ms,
                lot.contents[0].mass_g, (shipment.id, receipt.id),
            )  # fmt: skip
    return list(found.values())


def _step_back(reader: Reader, wave: Collection[_Ancestor]) -> list[_Ancestor]:
    """Return the lots that those of a wave were made from without being melted: they are the same metal."""
    made_by = reader.find_events({one.lot.made_by for one in wave})
    sources = {
        id_: [use.lot for use in event.draft.inputs] or [moved.lot for moved in event.draft.lots]
        for id_, event in made_by.items()
        if event.draft.kind in _SAME_METAL
    }
    lots = reader.find_lots({lot for listed in sources.values() for lot in listed})
    return [
        one._replace(lot=lots[lot]) for one in wave for lot in sources.get(one.lot.made_by, ()) if lot in lots
    ]


# --- metal by month -----------------------------------------------------------------------------------------------


def _read_months(
    reader: Reader, place: str, period: Period, products: Mapping[tuple[str, str], list[str]]
) -> list[MonthlyMetal]:
    """Return stock, feed and product of the sites and months that heats of the period were in.

    Stock is what came in, by documents, less what went out and was lost: what a stocktake or an assay found is not in it.
    Of an opening only the first counts, before anything else of the site. All metals are added up, since mixed scrap becomes
    metals of their own, and additives become part of the alloy.
    """
    sums: dict[str, dict[str, dict[str, int]]] = {}
    opened: dict[str, str] = {}
    for posting in _list_postings(reader, place, period):
        row = posting.row
        if row.account != "opening":
            opened[row.site] = min(opened.get(row.site, row.month), row.month)
        by_account = sums.setdefault(row.site, {}).setdefault(row.month, defaultdict(int))
        by_account[row.account] += posting.grams
    months = []
    for (site, month), events in products.items():
        by_month, first = sums.get(site, {}), opened.get(site, month)
        of_month = by_month.get(month, {})
        feed_g = of_month.get(TURNOVER_IN, 0) + (of_month.get("opening", 0) if month <= first else 0)
        stock_g = _stock_before(month, by_month, first)
        months.append(
            MonthlyMetal(site, month, stock_g, feed_g, of_month.get("melt_product", 0), tuple(events))
        )
    return months


def _stock_before(month: str, by_month: Mapping[str, Mapping[str, int]], first: str) -> int:
    """Return the documented stock at the start of a month, never below nothing: what one month lacks is told once."""
    stock_g = 0
    for earlier in sorted(by_month):
        if earlier >= month:
            break
        for account, sign in _STOCK_ACCOUNTS.items():
            if account != "opening" or earlier <= first:
                stock_g += sign * by_month[earlier].get(account, 0)
        stock_g = max(stock_g, 0)
    return stock_g


def _list_postings(reader: Reader, place: str, period: Period) -> Iterator[Posting]:
    parts = find_whereabouts(reader).slices(place)
    for site, region in dict.fromkeys((part.site, part.region) for part in parts):
        wanted = PostingFilter(accounts=_FED, region=region, site=site, until_month=period.last)
        for posting, _ in read_all(partial(_read_postings, reader, wanted)):
            yield posting


def _read_postings(
    reader: Reader, wanted: PostingFilter, after: str
) -> tuple[list[tuple[Posting, str]], str]:
    return reader.list_postings(wanted, after, CHUNK)


# --- undone events ------------------------------------------------------------------------------------------------


def _read_undone(reader: Reader, corrections: Iterable[Event]) -> list[UndonePrint]:
    undone = []
    for correction in corrections:
        detail = correction.draft.detail
        if not isinstance(detail, Correction) or not detail.undo:
            continue
        for event in reader.find_events([target.event for target in detail.targets]).values():
            codes = {code for code in event.frozen.codes if code}
            papers = _count_prints(reader, codes, event.record_ms, correction.record_ms)
            if isinstance(event.draft.detail, Acquisition) and event.draft.detail.ticket:
                papers += 1  # the weighbridge printed it
            lots = tuple(lot for lot in event.frozen.lots if lot)
            undone.append(UndonePrint(event.draft.site, event.month, event.id, correction.id, papers, lots))
    return undone


def _count_prints(reader: Reader, codes: Collection[str], from_ms: int, until_ms: int) -> int:
    """Return how many labels of these codes were printed in a time, as the audit log has it."""
    wanted = AuditFilter(action=AuditAction.PRINT, kind=LABEL, from_ms=from_ms, until_ms=until_ms + FUTURE_MS)
    prints, after, more = 0, 0, bool(codes)
    while more:
        page = list_entries(reader, wanted, after)
        prints += sum(entry.id in codes and entry.time_ms <= until_ms for entry in page.entries)
        after = page.after
        more = bool(after)
    return prints

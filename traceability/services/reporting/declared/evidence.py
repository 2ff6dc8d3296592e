"""Find the months that sites sealed with power and fuel records, and what others lack."""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from graph.store import EventFilter, Reader
from traceability.domain.calendar import month_of
from traceability.domain.claims import SEALS, Claim, is_history, record_key, record_period
from traceability.domain.declarations import EVIDENCE, NONE_OF, evidence_months
from traceability.domain.event import Declaration, Order, Seal
from traceability.domain.kinds import kinds_of
from traceability.domain.material import Reference
from traceability.domain.period import Period
from traceability.domain.place import Site, code_of
from traceability.domain.rights import Viewer
from traceability.services.directory.reference import reference_in
from traceability.services.reporting.declared.declarations import (
    list_holders,
    list_record_claims_of,
    read_records,
    record_at_seal,
)
from traceability.services.reporting.declared.known_book import list_claims_of
from traceability.services.reporting.table import Table, Value

EVIDENCE_COLUMNS = (
    "site", "region", "month", "seal_event", "power_events", "fuel_events", "numerator", "denominator",
    "supplemented",
)  # fmt: skip


class EvidenceMonth(NamedTuple):
    """A month of a site that is over: the events of its seal ('' none) and records as they are now.

    ``region`` is the key of the site's region in that month.
    ``complete_at_seal`` is whether it had everything when it was sealed.
    """

    site: Site
    month: str
    seal: str
    power: tuple[str, ...]
    fuel: tuple[str, ...]
    complete_at_seal: bool
    region: str = ""

    @property
    def missing(self) -> tuple[str, ...]:
        """What the month lacks: seal, power, fuel."""
        parts = (("seal", self.seal), ("power", self.power), ("fuel", self.fuel))
        return tuple(name for name, events in parts if not events)

    @property
    def complete(self) -> bool:
        """Whether it has everything now."""
        return not self.missing

    @property
    def supplemented(self) -> bool:
        """Whether the seal found it incomplete, and records that came since complete it."""
        return self.complete and not self.complete_at_seal

    def counts(self, by_event_month: bool) -> bool:
        """Return whether the month counts.

        By event month it counts as it is now, by the book as it was sealed.
        """
        return self.complete if by_event_month else self.complete_at_seal


def read_evidence(
    reader: Reader, sites: Mapping[str, Site], period: Period, now_ms: int
) -> list[EvidenceMonth]:
    """Return the ended months of every site since its first event, by site and month.

    An authority has no evidence: its statistics are of a region.
    """
    sites = {id_: site for id_, site in sites.items() if not site.is_authority}
    reference = reference_in(reader)
    first_orders = reader.find_first_orders(list(sites)) if sites else {}
    claims = _SiteClaims.of_sites(reader, sites)
    months: list[EvidenceMonth] = []
    for id_ in sorted(sites):
        first_month = _first_month(reader, id_, first_orders.get(id_), period)
        if first_month:
            months += _read_site(reader, reference, sites[id_], claims, first_month, period, now_ms)
    return months


class _SiteClaims(NamedTuple):
    """The claims of seals, and of records by type, each by site."""

    seals: Mapping[str, Collection[Claim]]
    records: Mapping[str, Mapping[str, Collection[Claim]]]

    @staticmethod
    def of_sites(reader: Reader, sites: Collection[str]) -> "_SiteClaims":
        """Read those of some sites."""
        types = [type_ for evidence in EVIDENCE for type_ in (evidence, NONE_OF[evidence])]
        return _SiteClaims(
            list_claims_of(reader, SEALS, sites),
            {type_: list_record_claims_of(reader, type_, sites) for type_ in types},
        )


def _first_month(reader: Reader, site: str, first_order: Order | None, period: Period) -> str:
    """Return the month of a site's first event, or of one before the period; '' where there is none.

    Records and seals count too, and are only looked for where no lot tells that the site is older than the period.
    """
    if first_order is not None and month_of(first_order[0]) <= period.first:
        return month_of(first_order[0])
    recorded, _ = reader.list_events(EventFilter(site=site, kinds=kinds_of(Declaration, Seal)), limit=1)
    orders = [event.order for event in recorded] + ([first_order] if first_order else [])
    return month_of(min(orders)[0]) if orders else ""


def _read_site(
    reader: Reader, reference: Reference, site: Site, of_sites: _SiteClaims, first_month: str, period: Period, now_ms: int
) -> list[EvidenceMonth]:  # fmt: skip
    seals = {
        record_period(claim.key): claim
        for claim in of_sites.seals[site.id]
        if period.contains(record_period(claim.key))
    }
    held_at_seal, events = {}, {}
    for type_ in EVIDENCE:
        claims = of_sites.records[type_][site.id]
        without = of_sites.records[NONE_OF[type_]][site.id]
        held_at_seal[type_] = _months_at_seal(reader, claims, seals)
        held_at_seal[type_] |= _months_without_at_seal(reader, without, seals)
        events[type_] = _events_by_month(claims)
        for month in period.months():
            none = [claim.owner for claim in without if not is_history(claim) and _holds(claim, month)]
            events[type_].setdefault(month, tuple(none))
    at_seal = evidence_months(first_month, month_of(now_ms), period, sealed=seals, **held_at_seal)
    return [
        EvidenceMonth(
            site,
            month,
            seals[month].owner if month in seals else "",
            events["power"].get(month, ()),
            events["fuel"].get(month, ()),
            complete,
            reference.region_at(site.id, month),
        )
        for month, complete in at_seal.items()
    ]


def _events_by_month(claims: Iterable[Claim]) -> dict[str, tuple[str, ...]]:
    """Return the events that hold a record now, by its month."""
    events: dict[str, tuple[str, ...]] = {}
    for claim in claims:
        if not is_history(claim):
            month = record_period(claim.key)
            events[month] = (*events.get(month, ()), claim.owner)
    return events


def _months_at_seal(reader: Reader, claims: Collection[Claim], seals: Mapping[str, Claim]) -> set[str]:
    """Return the sealed months whose seal found such a record.

    Versions are read only of records that changed since, which are few.
    """
    months: set[str] = set()
    changed: set[str] = set()
    for key, holders in list_holders(claims).items():
        month = record_period(key)
        if month not in seals:
            continue
        if holders.owners == {holders.holder} and holders.newest < seals[month].seq:
            months.add(month)
        else:
            changed.add(key)
    if changed:
        records = read_records(reader, [claim for claim in claims if record_key(claim) in changed])
        months |= {record.detail.period for record in records.sealed}
    return months


def _holds(claim: Claim, month: str) -> bool:
    """Return whether a site that has no such energy declared it for this month, or one before."""
    return record_period(record_key(claim)) <= month


def _months_without_at_seal(
    reader: Reader, claims: Collection[Claim], seals: Mapping[str, Claim]
) -> set[str]:
    """Return the sealed months whose seal found that the site has no such energy."""
    if not claims:
        return set()
    months = set()
    events = reader.find_events({claim.owner for claim in claims})
    for month, seal in seals.items():
        found = [record_at_seal(reader, event, seal.seq) for event in events.values()]
        if any(record is not None and record.detail.period <= month for record in found):
            months.add(month)
    return months


def evidence_table(months: Iterable[EvidenceMonth], by_event_month: bool, viewer: Viewer) -> Table:
    """Return the months of sites in view with whether each counts."""
    told = (month for month in months if viewer.shows_stay(month.site.id, month.region))
    return Table(EVIDENCE_COLUMNS, (_evidence_row(month, by_event_month) for month in told))


def _evidence_row(month: EvidenceMonth, by_event_month: bool) -> tuple[Value, ...]:
    return (
        month.site.id, code_of(month.region), month.month, month.seal, " ".join(month.power),
        " ".join(month.fuel), int(month.counts(by_event_month)), 1, int(month.supplemented),
    )  # fmt: skip

"""Read what sites declared for a period: power, smelting lines.

Declarations post no rows. They are found by their claims, which name type, site or region, and
period. What a sealed month said when it was sealed stays; what is true of it now is told beside.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

from graph.store import Reader
from traceability.domain.claims import (
    DECLARATIONS,
    Claim,
    declaration_key,
    is_history,
    record_key,
    record_period,
    seal_key,
)
from traceability.domain.declarations import SmeltingLine
from traceability.domain.event import Declaration, Event, Order
from traceability.domain.indicators import Amount
from traceability.domain.period import Period, last_month, pick_periods
from traceability.domain.place import code_of
from traceability.domain.rights import Viewer
from traceability.services.reporting.declared.known_book import find_events, keep, list_claims, list_claims_of
from traceability.services.reporting.table import Table, Value
from traceability.services.tracing.past_events import find_event_at

DECLARED_COLUMNS = (
    "events", "type", "site", "region", "period", "line", "metals", "level", "source", "numerator", "denominator",
    "unit",
)  # fmt: skip

T = TypeVar("T")


class SealedAndNow(NamedTuple, Generic[T]):
    """The same as seals of the months found it (of open months as it is), and as it is now."""

    sealed: T
    now: T


class SiteRecord(NamedTuple):
    """A site's record in one of its versions."""

    event: str
    site: str
    region: str
    order: Order
    detail: Declaration


class SitePower(NamedTuple):
    """What a site's meters declared for a month or year: (renewable kWh, all kWh).

    ``region`` is the key of the site's region in (the last month of) that time, ``month``.
    """

    site: str
    region: str
    month: str
    kwh: SealedAndNow[tuple[int, int]]
    events: tuple[str, ...]


def list_record_claims(reader: Reader, type_: str) -> Collection[Claim]:
    """Return the claims of a type's records, of all sites."""
    return list_claims(reader, f"{DECLARATIONS}{type_}/")


def list_record_claims_of(
    reader: Reader, type_: str, sites: Collection[str]
) -> Mapping[str, Collection[Claim]]:
    """Return the claims of a type's records by site."""
    return list_claims_of(reader, f"{DECLARATIONS}{type_}/", sites)


def _claim_period(claim: Claim) -> str:
    return record_period(record_key(claim))


def within(period: Period, claim: Claim) -> bool:
    """Return whether a record, by its claim, can count for the period."""
    return _within(period, _claim_period(claim))


def _within(period: Period, declared: str) -> bool:
    """Return whether a declared year or month can count for the period."""
    if len(declared) == 4:
        return period.first <= f"{declared}-01" and f"{declared}-12" <= period.last
    return period.contains(declared)


# --- records as sealed --------------------------------------------------------------------------


@dataclass(slots=True)
class RecordHolders:
    """The event that holds a record's key, all that ever did, and when it last changed hands."""

    holder: str = ""
    owners: set[str] = field(default_factory=set)
    newest: int = 0  # the seq since which one of them holds it as it is


def list_holders(claims: Iterable[Claim]) -> dict[str, RecordHolders]:
    """Return who holds and held each key that claims of records speak of."""
    by_key: dict[str, RecordHolders] = {}
    for claim in claims:
        holders = by_key.setdefault(record_key(claim), RecordHolders())
        holders.owners.add(claim.owner)
        if is_history(claim):
            holders.newest = max(holders.newest, claim.seq)
        else:
            holders.holder = claim.owner
    return by_key


def read_records(reader: Reader, claims: Iterable[Claim]) -> SealedAndNow[list[SiteRecord]]:
    """Return the records behind claims of sites' records, in the order of the keys."""
    by_key = list_holders(claims)
    seals = reader.find_claims({_key_of_seal(key) for key in by_key}) if by_key else {}
    wanted = {holders.holder for holders in by_key.values() if holders.holder}
    wanted |= {id_ for key, holders in by_key.items() if _key_of_seal(key) in seals for id_ in holders.owners}
    events = find_events(reader, wanted) if wanted else {}
    records = SealedAndNow[list[SiteRecord]]([], [])
    for key, holders in sorted(by_key.items()):
        event = events.get(holders.holder)
        now = _read_record(event) if event is not None and event.live else None
        seal = seals.get(_key_of_seal(key))
        sealed = _find_sealed(reader, key, holders, seal.seq, events) if seal else now
        records.now.extend([now] if now else [])
        records.sealed.extend([sealed] if sealed else [])
    return records


def _key_of_seal(key: str) -> str:
    """Return the key of the seal that closes the month of a site's record."""
    site = key.removeprefix(DECLARATIONS).split("/")[1]
    return seal_key(site, record_period(key))


def _read_record(event: Event) -> SiteRecord | None:
    detail = event.draft.detail
    if not isinstance(detail, Declaration):
        return None
    return SiteRecord(event.id, event.draft.site, event.frozen.region, event.order, detail)


def _find_sealed(
    reader: Reader, key: str, holders: RecordHolders, seal: int, events: Mapping[str, Event]
) -> SiteRecord | None:
    """Return the record that held the key when its month was sealed.

    It is in the version of that moment.
    """
    for id_ in sorted(holders.owners & events.keys()):
        record = record_at_seal(reader, events[id_], seal)
        if record is not None and declaration_key(record.site, record.detail) == key:
            return record
    return None


def record_at_seal(reader: Reader, event: Event, seal: int) -> SiteRecord | None:
    """Return the record as a seal found it: None where it was void, or not made yet."""
    found = find_event_at(reader, event, seal)
    return _read_record(found) if found is not None and found.live else None


# --- power, smelting lines ----------------------------------------------------------------------


def read_power(reader: Reader, sites: Collection[str], period: Period) -> list[SitePower]:
    """Return what the meters of these sites declared.

    Sites without any record for the period are left out.
    """
    return read_power_by_period(reader, sites, (period,))[0]


def read_power_by_period(
    reader: Reader, sites: Collection[str], periods: Sequence[Period]
) -> list[list[SitePower]]:
    """Return for each of several periods what the meters of these sites declared, with one reading for all."""
    key = ("power", frozenset(sites), tuple(periods))
    power = keep(reader, key, lambda: _read_power(reader, sites, periods), lambda made: sum(map(len, made)))
    return [list(of_period) for of_period in power]


def _read_power(
    reader: Reader, sites: Collection[str], periods: Sequence[Period]
) -> tuple[tuple[SitePower, ...], ...]:
    span = Period(min(period.first for period in periods), max(period.last for period in periods))
    claims = [
        claim
        for of_site in list_record_claims_of(reader, "power", sites).values()
        for claim in of_site
        if _within(span, _claim_period(claim))
    ]
    records = read_records(reader, claims)
    meters = SealedAndNow(_group_by_meter(records.sealed), _group_by_meter(records.now))
    return tuple(tuple(_sum_meters(meters, period)) for period in periods)


_Meters = Mapping[tuple[str, str], Mapping[str, SiteRecord]]
"""Records by site and line, then by the period that they state."""


def _sum_meters(meters: SealedAndNow[_Meters], period: Period) -> list[SitePower]:
    by_site = SealedAndNow(_pick_metered(meters.sealed, period), _pick_metered(meters.now, period))
    power = []
    for key in sorted({*by_site.sealed, *by_site.now}):
        sealed, now = by_site.sealed.get(key, []), by_site.now.get(key, [])
        events = tuple(dict.fromkeys(record.event for record in (*sealed, *now)))
        power.append(SitePower(*key, SealedAndNow(_sum_kwh(sealed), _sum_kwh(now)), events))
    return power


def _group_by_meter(records: list[SiteRecord]) -> _Meters:
    meters: dict[tuple[str, str], dict[str, SiteRecord]] = {}
    for record in records:
        meters.setdefault((record.site, record.detail.line), {})[record.detail.period] = record
    return dict(sorted(meters.items()))


def _pick_metered(meters: _Meters, period: Period) -> dict[tuple[str, str, str], list[SiteRecord]]:
    """Return by site, region and month what counts for the period of each of its meters."""
    picked: dict[tuple[str, str, str], list[SiteRecord]] = {}
    for (site, _), by_period in meters.items():
        for declared in pick_periods(period, by_period)[0]:
            record = by_period[declared]
            picked.setdefault((site, record.region, last_month(declared)), []).append(record)
    return picked


def _sum_kwh(records: Iterable[SiteRecord]) -> tuple[int, int]:
    amounts = [record.detail.figures for record in records]
    renewable_kwh = sum(stated.get("renewable_kwh", 0) for stated in amounts)
    return renewable_kwh, sum(stated.get("kwh", 0) for stated in amounts)


def read_lines(reader: Reader, period: Period) -> SealedAndNow[list[SmeltingLine]]:
    """Return all smelting lines declared in the year in which the period ends."""
    claims = [
        claim for claim in list_record_claims(reader, "line") if _claim_period(claim)[:4] == period.last[:4]
    ]
    records = read_records(reader, claims)
    return SealedAndNow(
        [_read_line(record) for record in records.sealed], [_read_line(record) for record in records.now]
    )


def _read_line(record: SiteRecord) -> SmeltingLine:
    detail = record.detail
    capacity_g = detail.figures.get("capacity_g", 0)
    return SmeltingLine(
        record.site, detail.line, detail.period, detail.metal, capacity_g, detail.level, record.order,
        record.event, record.region,
    )  # fmt: skip


# --- declarations behind a figure ---------------------------------------------------------------


class CountedDeclaration(NamedTuple):
    """Declarations and what they add to a figure.

    Several events stand together where a seal keeps what they said before.
    """

    events: tuple[Event, ...]
    numerator: Amount
    denominator: int | None


def amounts_of(event: Event) -> Mapping[str, int]:
    """Return the numbers that a declaration states, by name."""
    return event.draft.detail.figures if isinstance(event.draft.detail, Declaration) else {}


def declared_table(counted: Iterable[CountedDeclaration], unit: str, viewer: Viewer) -> Table:
    """Return statistics, and declarations of sites in view, with what each adds."""
    told = (declaration for declaration in counted if _is_told(declaration, viewer))
    return Table(DECLARED_COLUMNS, (_declared_row(declaration, unit) for declaration in told))


def _is_told(counted: CountedDeclaration, viewer: Viewer) -> bool:
    return all(is_declared_to(viewer, event) for event in counted.events)


def is_declared_to(viewer: Viewer, event: Event) -> bool:
    """Return whether a declaration is shown: a statistic is public, others are their site's."""
    detail = event.draft.detail
    of_region = isinstance(detail, Declaration) and bool(detail.region)
    return of_region or viewer.shows_stay(event.draft.site, event.frozen.region)


def _declared_row(counted: CountedDeclaration, unit: str) -> tuple[Value, ...]:
    amounts = (counted.numerator, counted.denominator, unit)
    if not counted.events:
        return (*[""] * 9, *amounts)
    event = counted.events[0]
    detail = event.draft.detail
    assert isinstance(detail, Declaration)
    region = detail.region or code_of(event.frozen.region)
    return (
        " ".join(declared.id for declared in counted.events), detail.type,
        "" if detail.region else event.draft.site, region, detail.period, detail.line,
        "+".join(detail.metals) or detail.metal, detail.level, detail.source, *amounts,
    )  # fmt: skip

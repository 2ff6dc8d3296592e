"""What did sites and planners declare for a period: statistics of ten-metal output, power, smelting lines, evidence.

Declarations post no rows. They are found by their claims, which name type, site or region, and period. What a sealed
month said when it was sealed stays; what is true of it now is told beside.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from json import loads
from typing import NamedTuple

from graph.store import EventFilter, Reader
from traceability.domain.calendar import month_of
from traceability.domain.claims import DECLARATIONS, Claim, declaration_key, seal_key
from traceability.domain.declarations import SmeltingLine, evidence_months
from traceability.domain.event import Declaration, Event, Order, versions_of
from traceability.domain.period import Period, pick_periods
from traceability.domain.place import Site
from traceability.wire import decode_draft

PAGE = 1_000


class Statistics(NamedTuple):
    """Declared output in grams, and the event that declares it, by (region, metals joined by +), then period."""

    output_g: Mapping[tuple[str, str], Mapping[str, int]]
    events: Mapping[tuple[str, str, str], str]

    def cover(
        self, region: str, metals: Collection[str], period: Period
    ) -> tuple[int, tuple[str, ...]] | None:
        """(grams, events) where statistics of exactly these metals cover the period wholly."""
        listed = "+".join(sorted(metals))
        known = self.output_g.get((region, listed))
        if known is None:
            return None
        picked, missing = pick_periods(period, known)
        if missing:
            return None
        return sum(picked.values()), tuple(self.events[region, listed, one] for one in picked)


class Power(NamedTuple):
    """What a site's meters declared for a period, in kWh; ``since_seal`` is the same with corrections of sealed months."""

    site: str
    region: str
    kwh: int
    renewable_kwh: int
    since_seal: tuple[int, int]  # (kwh, renewable_kwh)
    events: tuple[str, ...]


class Evidence(NamedTuple):
    """Complete and ended months of a site; ``since_seal`` are the complete ones with corrections of sealed months."""

    site: str
    region: str
    complete: int
    ended: int
    since_seal: int


class StatedFigures(NamedTuple):
    """A site's record in one of its versions."""

    event: str
    site: str
    region: str
    order: Order
    detail: Declaration


class AsSealed(NamedTuple):
    """Records as the seals of their months found them (those of open months as they are), and all as they are now."""

    sealed: list[StatedFigures]
    now: list[StatedFigures]


def list_all_claims(reader: Reader, prefix: str) -> Iterator[Claim]:
    """Every claim whose key begins so."""
    after = ""
    while True:
        found = reader.list_claims(prefix, after, PAGE)
        yield from found
        if len(found) < PAGE:
            return
        after = found[-1].key


def _is_trace(claim: Claim) -> bool:
    """Whether it tells who once held a key, not who holds it."""
    return claim.key.endswith("/" + claim.owner)


def _key_of(claim: Claim) -> str:
    return claim.key.removesuffix("/" + claim.owner)


def _period_of(claim: Claim) -> str:
    return _key_of(claim).rsplit("/", 1)[1]


def _seal_of(key: str) -> str:
    """The seal's key of a site's record."""
    site = key.removeprefix(DECLARATIONS).split("/")[1]
    return seal_key(site, key.rsplit("/", 1)[1])


def _within(period: Period, declared: str) -> bool:
    """Whether a declared year or month can count for the period."""
    if len(declared) == 4:
        return period.first <= f"{declared}-01" and f"{declared}-12" <= period.last
    return period.contains(declared)


def _declarations(reader: Reader, claims: list[Claim]) -> dict[str, tuple[Event, Declaration]]:
    events = reader.find_events([claim.owner for claim in claims]) if claims else {}
    return {
        id_: (event, event.draft.detail)
        for id_, event in events.items()
        if event.live and isinstance(event.draft.detail, Declaration)
    }


def read_statistics(reader: Reader, period: Period) -> Statistics:
    """All statistics that can count for the period."""
    claims = [claim for claim in list_all_claims(reader, "statistic/") if _within(period, _period_of(claim))]
    output_g: dict[tuple[str, str], dict[str, int]] = {}
    events: dict[tuple[str, str, str], str] = {}
    for id_, (_, stated) in _declarations(reader, claims).items():
        key = (stated.region, "+".join(sorted(stated.metals)))
        output_g.setdefault(key, {})[stated.period] = stated.figures["output_g"]
        events[*key, stated.period] = id_
    return Statistics(output_g, events)


# --- as sealed ----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Held:
    """Who holds a key, and all who ever did."""

    holder: str = ""
    owners: set[str] = field(default_factory=set)
    newest: int = 0  # the seq since which one of them holds it as it is


def _by_key(claims: Iterable[Claim]) -> dict[str, _Held]:
    found: dict[str, _Held] = {}
    for claim in claims:
        held = found.setdefault(_key_of(claim), _Held())
        held.owners.add(claim.owner)
        if _is_trace(claim):
            held.newest = max(held.newest, claim.seq)
        else:
            held.holder = claim.owner
    return found


def _read_as_sealed(reader: Reader, claims: Iterable[Claim]) -> AsSealed:
    """The records behind claims of sites' records, in the order of the keys."""
    keys = _by_key(claims)
    seals = reader.find_claims({_seal_of(key) for key in keys}) if keys else {}
    wanted = {held.holder for held in keys.values() if held.holder}
    wanted |= {id_ for key, held in keys.items() if _seal_of(key) in seals for id_ in held.owners}
    events = reader.find_events(wanted) if wanted else {}
    found = AsSealed([], [])
    for key, held in sorted(keys.items()):
        holder = events.get(held.holder)
        now = _stated(holder) if holder is not None and holder.live else None
        seal = seals.get(_seal_of(key))
        sealed = _find_sealed(reader, key, held, seal.seq, events) if seal else now
        found.now.extend([now] if now else [])
        found.sealed.extend([sealed] if sealed else [])
    return found


def _stated(event: Event) -> StatedFigures | None:
    detail = event.draft.detail
    if not isinstance(detail, Declaration):
        return None
    return StatedFigures(event.id, event.draft.site, event.frozen.region, event.order, detail)


def _find_sealed(
    reader: Reader, key: str, held: _Held, seal: int, events: Mapping[str, Event]
) -> StatedFigures | None:
    """Who held the key when its month was sealed, in the version of that moment."""
    for id_ in sorted(held.owners & events.keys()):
        stated = _at_seal(reader, events[id_], seal)
        if stated is not None and declaration_key(stated.site, stated.detail) == key:
            return stated
    return None


def _at_seal(reader: Reader, event: Event, seal: int) -> StatedFigures | None:
    """The record as a seal found it: nothing where it was void, or not made yet."""
    if event.seq > seal:
        return None
    earlier = [seq for seq in event.revisions if seq < seal]
    if len(earlier) == len(event.revisions):
        return _stated(event) if event.live else None
    if not earlier:
        draft, frozen = decode_draft(loads(event.text)), event.first or event.frozen
    else:
        correction = reader.find_events_by_seq(earlier[-1:])[earlier[-1]]
        version = versions_of(correction).get(event.id)
        if version is None:
            return None
        draft, frozen = version
    detail = draft.detail
    assert isinstance(detail, Declaration)
    return StatedFigures(event.id, draft.site, frozen.region, (frozen.time_ms, event.seq), detail)


# --- power, lines, evidence ---------------------------------------------------------------------------------------


def read_power(reader: Reader, sites: Collection[str], period: Period) -> list[Power]:
    """What the meters of these sites declared; sites that declared nothing for the period are left out."""
    claims = [
        claim
        for site in sorted(sites)
        for claim in list_all_claims(reader, f"{DECLARATIONS}power/{site}/")
        if _within(period, _period_of(claim))
    ]
    told = _read_as_sealed(reader, claims)
    sealed, now = _of_meters(told.sealed, period), _of_meters(told.now, period)
    found = []
    for site in sorted({*sealed, *now}):
        then, since = sealed.get(site, []), now.get(site, [])
        events = tuple(dict.fromkeys(one.event for one in (*then, *since)))
        found.append(Power(site, (then or since)[0].region, *_kwh(then), _kwh(since), events))
    return found


def _of_meters(stated: list[StatedFigures], period: Period) -> dict[str, list[StatedFigures]]:
    """By site: of each of its meters what counts for the period."""
    meters: dict[tuple[str, str], dict[str, StatedFigures]] = {}
    for one in stated:
        meters.setdefault((one.site, one.detail.line), {})[one.detail.period] = one
    found: dict[str, list[StatedFigures]] = {}
    for (site, _), by_period in sorted(meters.items()):
        picked, _missing = pick_periods(period, dict.fromkeys(by_period, 0))
        found.setdefault(site, []).extend(by_period[one] for one in picked)
    return {site: counted for site, counted in found.items() if counted}


def _kwh(stated: Iterable[StatedFigures]) -> tuple[int, int]:
    figures = [one.detail.figures for one in stated]
    return sum(one.get("kwh", 0) for one in figures), sum(one.get("renewable_kwh", 0) for one in figures)


def read_lines(
    reader: Reader, period: Period
) -> tuple[list[tuple[str, SmeltingLine]], list[tuple[str, SmeltingLine]]]:
    """(region, line) of all smelting lines declared in the year in which the period ends: as sealed, and as they are."""
    claims = [
        claim
        for claim in list_all_claims(reader, f"{DECLARATIONS}line/")
        if _period_of(claim)[:4] == period.last[:4]
    ]
    told = _read_as_sealed(reader, claims)
    return [_line(one) for one in told.sealed], [_line(one) for one in told.now]


def _line(stated: StatedFigures) -> tuple[str, SmeltingLine]:
    event, site, region, order, detail = stated
    capacity_g = detail.figures.get("capacity_g", 0)
    return region, SmeltingLine(
        site, detail.line, detail.period, detail.metal, capacity_g, detail.level, order, event
    )


def read_evidence(reader: Reader, sites: Mapping[str, Site], period: Period, now_ms: int) -> list[Evidence]:
    """Months sealed with power and fuel records, of every site that has done or stated something."""
    first = reader.first_orders(list(sites)) if sites else {}
    found = []
    for site in sorted(sites):
        since = _first_month(reader, site, first.get(site))
        if not since:
            continue
        seals = {
            _period_of(claim): claim.seq
            for claim in list_all_claims(reader, seal_key(site, ""))
            if period.contains(_period_of(claim))
        }
        power, fuel = (_months_kept(reader, type_, site, seals) for type_ in ("power", "fuel"))
        (complete, ended), (newest, _) = (
            evidence_months(since, month_of(now_ms), period, sealed=seals, power=power[at], fuel=fuel[at])
            for at in (0, 1)
        )
        found.append(Evidence(site, sites[site].region, complete, ended, newest))
    return found


def _first_month(reader: Reader, site: str, acted: Order | None) -> str:
    """The month of a site's first event, records and seals included; '' where there is none."""
    recorded, _ = reader.list_events(EventFilter(site=site, kinds=("declare", "seal")), limit=1)
    orders = [event.order for event in recorded] + ([acted] if acted else [])
    return month_of(min(orders)[0]) if orders else ""


def _months_kept(
    reader: Reader, type_: str, site: str, seals: Mapping[str, int]
) -> tuple[set[str], set[str]]:
    """The sealed months that have such a record: (as sealed, now)."""
    claims = [
        claim
        for claim in list_all_claims(reader, f"{DECLARATIONS}{type_}/{site}/")
        if _period_of(claim) in seals
    ]
    sealed: set[str] = set()
    now: set[str] = set()
    touched: set[str] = set()
    for key, held in _by_key(claims).items():
        month = key.rsplit("/", 1)[1]
        now |= {month} if held.holder else set()
        if held.owners == {held.holder} and held.newest < seals[month]:
            sealed.add(month)
        else:
            touched.add(key)
    if touched:
        told = _read_as_sealed(reader, [claim for claim in claims if _key_of(claim) in touched])
        sealed |= {one.detail.period for one in told.sealed}
    return sealed, now

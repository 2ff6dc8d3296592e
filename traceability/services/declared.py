"""What did sites and planners declare for a period: statistics of ten-metal output, power, smelting lines, evidence.

Declarations post no rows. They are found by their claims, which name type, site or region, and period.
"""

from collections.abc import Collection, Iterator, Mapping
from json import loads
from typing import NamedTuple

from graph.store import Reader
from traceability.domain.changes import Claim
from traceability.domain.event import Correction, Declaration, Event, Order, month_of
from traceability.domain.indicators import Line, evidence_months
from traceability.domain.period import Period, pick_periods
from traceability.domain.place import Site
from traceability.wire import decode_draft

PAGE = 1_000
_EVIDENCE = {"sealed": "seal", "power": "declaration/power", "fuel": "declaration/fuel"}


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
    """Complete and ended months of a site."""

    site: str
    region: str
    complete: int
    ended: int


def list_all_claims(reader: Reader, prefix: str) -> Iterator[Claim]:
    """Every claim whose key begins so."""
    after = ""
    while True:
        found = reader.list_claims(prefix, after, PAGE)
        yield from found
        if len(found) < PAGE:
            return
        after = found[-1].key


def _period_of(claim: Claim) -> str:
    return claim.key.rsplit("/", 1)[1]


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


def read_power(reader: Reader, sites: Collection[str], period: Period) -> list[Power]:
    """What the meters of these sites declared; sites that declared nothing for the period are left out."""
    claims = [
        claim
        for site in sorted(sites)
        for claim in list_all_claims(reader, f"declaration/power/{site}/")
        if _within(period, _period_of(claim))
    ]
    seals = reader.find_claims({_seal_key(claim) for claim in claims}) if claims else {}
    declared = _declarations(reader, claims)
    meters: dict[tuple[str, str], dict[str, tuple[Event, Declaration, Declaration | None]]] = {}
    for claim in claims:
        if claim.owner in declared:
            event, newest = declared[claim.owner]
            seal = seals.get(_seal_key(claim))
            sealed = _as_sealed(reader, event, seal.seq) if seal else newest
            meter = meters.setdefault((event.draft.site, newest.line), {})
            meter[newest.period] = (event, newest, sealed)
    found: dict[str, Power] = {}
    for (site, _), by_period in sorted(meters.items()):
        picked, _missing = pick_periods(period, dict.fromkeys(by_period, 0))
        for one in picked:
            event, newest, sealed = by_period[one]
            before = found.get(site, Power(site, event.frozen.region, 0, 0, (0, 0), ()))
            kwh, renewable_kwh = _kwh(sealed)
            since = _kwh(newest)
            found[site] = Power(
                site, event.frozen.region, before.kwh + kwh, before.renewable_kwh + renewable_kwh,
                (before.since_seal[0] + since[0], before.since_seal[1] + since[1]), (*before.events, event.id),
            )  # fmt: skip
    return list(found.values())


def _seal_key(claim: Claim) -> str:
    site, _, rest = claim.key.removeprefix("declaration/power/").partition("/")
    return f"seal/{site}/{rest.rsplit('/', 1)[-1]}"


def _kwh(stated: Declaration | None) -> tuple[int, int]:
    return (stated.figures.get("kwh", 0), stated.figures.get("renewable_kwh", 0)) if stated else (0, 0)


def _as_sealed(reader: Reader, event: Event, seal: int) -> Declaration | None:
    """The declaration as the seal of its month found it: later corrections are shown beside, not instead (9.26)."""
    if all(seq < seal for seq in event.revisions):
        detail = event.draft.detail
        return detail if isinstance(detail, Declaration) else None
    draft = decode_draft(loads(event.text))
    earlier = [seq for seq in event.revisions if seq < seal]
    if earlier:
        correction = reader.find_events_by_seq(earlier[-1:])[earlier[-1]].draft.detail
        assert isinstance(correction, Correction)
        replaced = next(target.draft for target in correction.targets if target.event == event.id)
        if replaced is None:
            return None
        draft = replaced
    return draft.detail if isinstance(draft.detail, Declaration) else None


def read_lines(reader: Reader, period: Period) -> list[tuple[str, Line]]:
    """(region, line) of all smelting lines declared in the year in which the period ends."""
    claims = [
        claim
        for claim in list_all_claims(reader, "declaration/line/")
        if _period_of(claim)[:4] == period.last[:4]
    ]
    lines = []
    for id_, (event, stated) in _declarations(reader, claims).items():
        capacity_g = stated.figures.get("capacity_g", 0)
        line = Line(
            event.draft.site, stated.line, stated.period, stated.metal, capacity_g, stated.level, event.order, id_
        )  # fmt: skip
        lines.append((event.frozen.region, line))
    return lines


def read_evidence(reader: Reader, sites: Mapping[str, Site], period: Period, now_ms: int) -> list[Evidence]:
    """Months sealed with power and fuel records, of every site that has done something."""
    first: Mapping[str, Order] = reader.first_orders(list(sites)) if sites else {}
    found = []
    for site in sorted(first):
        kept = {
            name: {
                _period_of(claim)
                for claim in list_all_claims(reader, f"{prefix}/{site}/")
                if period.contains(_period_of(claim))
            }
            for name, prefix in _EVIDENCE.items()
        }
        months = evidence_months(month_of(first[site][0]), month_of(now_ms), period, **kept)
        found.append(Evidence(site, sites[site].region, *months))
    return found

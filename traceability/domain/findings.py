"""Find what an auditor should look at: eight analyses of what was recorded, each a pure function.

A finding accuses nobody; it says what is unusual, by which figures, beyond which threshold. Thresholds are data. A figure that
lies exactly on its threshold is quiet. An analysis is of a site and month, so findings of a month stay what they are when
more months are asked for, as far as the history that they compare with is read.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple, TypeVar

from traceability.domain.quantity import PPM, round_half_up

DAY_MS = 24 * 3600 * 1000
T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


class Analysis(StrEnum):
    """The analyses, in the order in which pages list them."""

    TARE_DRIFT = "tare_drift"
    RETURNED_METAL = "returned_metal"
    HEAT_YIELD = "heat_yield"
    OUTPUT_ABOVE_FEED = "output_above_feed"
    NIGHT_ENTRIES = "night_entries"
    RECLASSIFIED = "reclassified"
    SUPPLIER_SURGE = "supplier_surge"
    UNDO_AFTER_PRINT = "undo_after_print"


class Severity(StrEnum):
    """How much a finding presses."""

    ALARM = "alarm"
    NOTICE = "notice"


class Thresholds(NamedTuple):
    """What is unusual, as editable data; see ``seed/reference/findings.toml``."""

    tare_ppm: int = 20_000
    tare_weighings: int = 1
    tare_history: int = 5
    return_days: int = 30
    yield_ppm: int = 1_000_000
    yield_deviations: int = 3
    yield_least_ppm: int = 10_000
    yield_heats: int = 10
    output_ppm: int = 1_000_000
    night_from_hour: int = 23
    night_until_hour: int = 5
    night_ppm: int = 200_000
    night_entries: int = 2
    reclassified_ppm: int = 100_000
    supplier_times: int = 3
    supplier_months: int = 3
    unreceived_days: int = 7


DEFAULT_THRESHOLDS = Thresholds()


class AuditFinding(NamedTuple):
    """Something unusual at a site in a month.

    ``subject`` is what it is about: a vehicle, lot, heat, event or supplier by id, '' the site itself. ``figures`` are integers by the names
    that its sentence uses, the threshold among them; units stand last in the names. ``events`` and ``lots`` are those
    behind it, by id.
    """

    analysis: Analysis
    site: str
    subject: str
    month: str
    figures: Mapping[str, int]
    severity: Severity = Severity.ALARM
    events: tuple[str, ...] = ()
    lots: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Return an id that is the same whenever the analysis finds it again."""
        named = "\n".join((self.analysis, self.site, self.subject, self.month))
        return sha256(named.encode()).hexdigest()[:20]


class Weighed(NamedTuple):
    """A weighing of an empty vehicle; ``usual_g`` is its usual tare there as frozen then, 0 where unknown."""

    site: str
    vehicle: str
    month: str
    tare_g: int
    event: str
    usual_g: int = 0


class ReturnedMetal(NamedTuple):
    """A lot that a firm received ``received_ms`` and had shipped to another firm itself, it or what it was made of."""

    site: str
    month: str
    lot: str
    shipped_ms: int
    received_ms: int
    mass_g: int
    events: tuple[str, ...]


class HeatYield(NamedTuple):
    """The metal that a heat took and made, in grams."""

    site: str
    metal: str
    month: str
    event: str
    charged_g: int
    made_g: int


class MonthlyMetal(NamedTuple):
    """Metal of a site in a month, in grams: in stock at its start, brought in, and made into products."""

    site: str
    month: str
    stock_g: int
    feed_g: int
    product_g: int
    events: tuple[str, ...] = ()


class TimedEntry(NamedTuple):
    """An entry whose time is known to the minute; ``hour`` is that of the clock in China."""

    site: str
    month: str
    hour: int
    event: str


class Charge(NamedTuple):
    """The metal of a charge, and how much of it was run-around scrap of other firms, in grams."""

    site: str
    month: str
    event: str
    charged_g: int
    reclassified_g: int
    lots: tuple[str, ...] = ()


class Delivery(NamedTuple):
    """A load of a supplier, in grams of settled mass."""

    site: str
    supplier: str
    month: str
    mass_g: int
    event: str


class UndonePrint(NamedTuple):
    """An event that its recorder took back, and how many papers of it were out by then: tickets and printed labels."""

    site: str
    month: str
    event: str
    correction: str
    papers: int
    lots: tuple[str, ...] = ()


def find_tare_drift(weighings: Iterable[Weighed], limits: Thresholds) -> list[AuditFinding]:
    """Return vehicles that in a month weigh more, or less, than they did in the months before.

    They are compared with the median of those months, else with the usual tare frozen in the weighing.
    """
    found = []
    by_vehicle = _group(weighings, lambda weighed: (weighed.site, weighed.vehicle))
    for (site, vehicle), all_of_it in by_vehicle.items():
        earlier: list[int] = []
        for month, in_month in sorted(_group(all_of_it, lambda weighed: weighed.month).items()):
            own_g = _median(earlier) if len(earlier) >= limits.tare_history else 0
            for sign in (1, -1):
                off = [
                    (weighed, sign * (weighed.tare_g - usual_g), usual_g)
                    for weighed in in_month
                    if (usual_g := own_g or weighed.usual_g)
                    and sign * (weighed.tare_g - usual_g) * PPM > usual_g * limits.tare_ppm
                ]
                if len(off) >= limits.tare_weighings:
                    _, most_g, usual_g = max(off, key=lambda one: one[1])
                    figures = {
                        "weighings": len(off), "of": len(in_month), "usual_g": usual_g, "most_g": sign * most_g,
                        "most_ppm": round_half_up(most_g * PPM, usual_g), "limit_ppm": limits.tare_ppm,
                    }  # fmt: skip
                    events = tuple(weighed.event for weighed, _, _ in off)
                    found.append(
                        AuditFinding(Analysis.TARE_DRIFT, site, vehicle, month, figures, events=events)
                    )
            earlier += [weighed.tare_g for weighed in in_month]
    return found


def find_returned_metal(returned: Iterable[ReturnedMetal], limits: Thresholds) -> list[AuditFinding]:
    """Return lots that came back to the firm that had shipped them, within days of the shipment."""
    return [
        AuditFinding(
            Analysis.RETURNED_METAL, one.site, one.lot, one.month,
            {"days": (one.received_ms - one.shipped_ms) // DAY_MS, "limit_days": limits.return_days,
             "mass_g": one.mass_g},
            events=one.events, lots=(one.lot,),
        )
        for one in returned
        if one.received_ms - one.shipped_ms < limits.return_days * DAY_MS
    ]  # fmt: skip


def find_heat_yields(heats: Iterable[HeatYield], limits: Thresholds) -> list[AuditFinding]:
    """Return heats that made more metal than they took, and those far off the other heats of their site and metal.

    Far off is beyond so many standard deviations of the others, and at least a least distance.
    """
    found = []
    for (site, _), listed in _group(heats, lambda heat: (heat.site, heat.metal)).items():
        yields = [
            (heat, round_half_up(heat.made_g * PPM, heat.charged_g)) for heat in listed if heat.charged_g > 0
        ]
        total, squares = sum(ppm for _, ppm in yields), sum(ppm * ppm for _, ppm in yields)
        for heat, ppm in yields:
            count, others, others_squared = len(yields) - 1, total - ppm, squares - ppm * ppm
            figures = {"yield_ppm": ppm, "charged_g": heat.charged_g, "made_g": heat.made_g}
            if count >= limits.yield_heats and _is_far_off(ppm, count, others, others_squared, limits):
                figures |= {
                    "usual_ppm": round_half_up(others, count), "heats": count,
                    "deviations": limits.yield_deviations,
                }  # fmt: skip
                severity = Severity.ALARM
            elif heat.made_g * PPM > heat.charged_g * limits.yield_ppm:
                figures["limit_ppm"] = limits.yield_ppm
                severity = Severity.NOTICE
            else:
                continue
            found.append(
                AuditFinding(
                    Analysis.HEAT_YIELD, site, heat.event, heat.month, figures, severity, (heat.event,)
                )
            )
    return found


def _is_far_off(ppm: int, count: int, total: int, squares: int, limits: Thresholds) -> bool:
    """Return whether a value lies beyond the deviations of ``count`` others, by their total and sum of squares.

    In whole numbers: (n·x − Σ)²·(n − 1) > k²·n·(n·Σx² − Σ²).
    """
    distance = count * ppm - total
    spread = count * squares - total * total
    is_beyond = distance * distance * (count - 1) > limits.yield_deviations**2 * count * spread
    return is_beyond and abs(distance) >= limits.yield_least_ppm * count


def find_output_above_feed(months: Iterable[MonthlyMetal], limits: Thresholds) -> list[AuditFinding]:
    """Return months in which a site made more metal into products than it had and brought in."""
    return [
        AuditFinding(
            Analysis.OUTPUT_ABOVE_FEED, one.site, "", one.month,
            {"product_g": one.product_g, "stock_g": one.stock_g, "feed_g": one.feed_g,
             "above_g": one.product_g - one.stock_g - one.feed_g},
            events=one.events,
        )
        for one in months
        if one.product_g * PPM > (one.stock_g + one.feed_g) * limits.output_ppm
    ]  # fmt: skip


def is_night(hour: int, limits: Thresholds) -> bool:
    """Return whether an hour of the clock belongs to the night: from 23 up to, not including, 5."""
    return hour >= limits.night_from_hour or hour < limits.night_until_hour


def find_night_entries(entries: Iterable[TimedEntry], limits: Thresholds) -> list[AuditFinding]:
    """Return months of sites where too large a part of the entries happened at night; a single one says nothing."""
    found = []
    for (site, month), listed in _group(entries, lambda entry: (entry.site, entry.month)).items():
        at_night = [entry.event for entry in listed if is_night(entry.hour, limits)]
        if len(at_night) >= limits.night_entries and len(at_night) * PPM > len(listed) * limits.night_ppm:
            figures = {
                "night": len(at_night), "entries": len(listed), "limit_ppm": limits.night_ppm,
                "share_ppm": round_half_up(len(at_night) * PPM, len(listed)),
            }  # fmt: skip
            found.append(
                AuditFinding(Analysis.NIGHT_ENTRIES, site, "", month, figures, events=tuple(at_night))
            )
    return found


def find_reclassified(charges: Iterable[Charge], limits: Thresholds) -> list[AuditFinding]:
    """Return charges with too much run-around scrap of other firms, which counts as recycled here."""
    return [
        AuditFinding(
            Analysis.RECLASSIFIED, one.site, one.event, one.month,
            {"reclassified_g": one.reclassified_g, "charged_g": one.charged_g,
             "share_ppm": round_half_up(one.reclassified_g * PPM, one.charged_g),
             "limit_ppm": limits.reclassified_ppm},
            events=(one.event,), lots=one.lots,
        )
        for one in charges
        if one.charged_g > 0 and one.reclassified_g * PPM > one.charged_g * limits.reclassified_ppm
    ]  # fmt: skip


def find_supplier_surges(deliveries: Iterable[Delivery], limits: Thresholds) -> list[AuditFinding]:
    """Return months in which a supplier brought a site several times what it brings in its other months."""
    found = []
    for (site, supplier), listed in _group(deliveries, lambda load: (load.site, load.supplier)).items():
        by_month = _group(listed, lambda load: load.month)
        masses = {month: sum(load.mass_g for load in loads) for month, loads in by_month.items()}
        for month, mass_g in masses.items():
            others = [other_g for other, other_g in masses.items() if other != month]
            if len(others) < limits.supplier_months:
                continue
            usual_g = _median(others)
            if mass_g > limits.supplier_times * usual_g:
                figures = {
                    "mass_g": mass_g, "usual_g": usual_g, "months": len(others), "times": limits.supplier_times,
                }  # fmt: skip
                events = tuple(load.event for load in by_month[month])
                found.append(
                    AuditFinding(Analysis.SUPPLIER_SURGE, site, supplier, month, figures, events=events)
                )
    return found


def find_undone_prints(undone: Iterable[UndonePrint]) -> list[AuditFinding]:
    """Return events that were taken back when a paper of them was out already."""
    return [
        AuditFinding(
            Analysis.UNDO_AFTER_PRINT, one.site, one.event, one.month, {"papers": one.papers},
            events=(one.event, one.correction), lots=one.lots,
        )
        for one in undone
        if one.papers > 0
    ]  # fmt: skip


def _median(values: Iterable[int]) -> int:
    """Return the middle value, of an even number the lower one."""
    ordered = sorted(values)
    return ordered[(len(ordered) - 1) // 2]


def _group(rows: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    groups: dict[K, list[T]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return groups

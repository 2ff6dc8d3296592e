"""What is behind one figure: the figure itself, what each posting adds to it, and the declarations that it rests on.

An address names a figure as a page's link does. Opening it reads the report of its place once and a page of postings.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain
from typing import NamedTuple

from graph.store import Reader, Store
from traceability.domain.calendar import month_of
from traceability.domain.carbon import Footprint, factors_in_force, screening_footprint
from traceability.domain.claims import DECLARATIONS, seal_key
from traceability.domain.declarations import newest_lines
from traceability.domain.event import Declaration, Event
from traceability.domain.indicators import INDICATORS, Terms
from traceability.domain.period import Period, group_months
from traceability.domain.place import Site, places_of, province_of
from traceability.domain.posting import Posting, parts_of
from traceability.domain.provenance import CLASSES
from traceability.domain.quantity import PPM, format_ppm, half_up
from traceability.locale import LANGUAGES
from traceability.services.directory.reference import factor_sets_in, reference_in
from traceability.services.reporting import declared
from traceability.services.reporting.materials import Residue, sum_residues
from traceability.services.reporting.periods import list_data_months, usual_period
from traceability.services.reporting.postings import CSV_HEADER, Line, csv_rows, drill_down
from traceability.services.reporting.products import ProductContent, list_product_content
from traceability.services.reporting.report import (
    CAPACITY_LEVELS,
    STATISTIC,
    Figure,
    RegionalReport,
    ReportRow,
    find_figure,
    report_for,
)
from traceability.services.reporting.scope import Level, View
from traceability.services.reporting.table import frame

PAGE = 50
MOST_YEARS = 10
OF_RESIDUES = ("residue_per_tonne", "residue_utilisation")  # figures that are told by waste code too
RESIDUE_HEADER = ("waste_code", "generated_g", "utilised_g", "disposed_g", "utilisation")
PRODUCT_HEADER = (
    "site", "region", "material", "metal", "lots", "mass_g", "metal_g",
    *(f"{name}_g" for name in CLASSES), *(f"{name}_share" for name in CLASSES),
    "recycled_share", "strict_share", "model", "method", "boundary",
)  # fmt: skip
DECLARED_HEADER = (
    "events", "type", "site", "region", "period", "line", "metals", "level", "source", "numerator", "denominator",
    "unit",
)  # fmt: skip
EVIDENCE_HEADER = (
    "site", "region", "month", "seal_event", "power_events", "fuel_events", "numerator", "denominator",
)  # fmt: skip
REPORT_HEADER = (
    "level", "code", *(f"name_{language}" for language in LANGUAGES), "indicator", "value", "unit", "numerator", "denominator", "base_unit",
    "basis", "target", "target_region", "target_year", "verdict", "interim",
)  # fmt: skip
EVIDENCE_OF = ("power", "fuel")
_NAMED = ("event", "seq", "cause", "event_time", "site", "other_site")  # what would tell who it was


@dataclass(frozen=True, slots=True)
class Address:
    """Which figure: place, indicator, period and view; ``metals`` were chosen for the whole report.

    ``metal`` is one metal's own line, ``spoken`` the metals that a target speaks of.
    """

    level: Level
    code: str
    indicator: str
    period: Period
    metals: tuple[str, ...] = ()
    view: View = "book"
    metal: str = ""
    spoken: tuple[str, ...] = ()


class Contribution(NamedTuple):
    """A posting and what it adds to the figure's numerator and denominator, in their columns' unit."""

    line: Line
    numerator: int
    denominator: int


@dataclass(frozen=True, slots=True)
class OpenFigure:
    """A figure with a page of what is behind it; ``after`` continues. ``whole`` is what the book says now.

    ``seq`` is the book that the postings are of: a page further on stays in the book of the first one.
    ``has_denominator`` is False where the denominator is no sum of postings. ``residues`` and ``evidence``, the months
    of each site, are None of other figures.
    """

    figure: Figure
    place: ReportRow
    recorded_ms: int
    whole_seq: int
    seq: int
    lines: tuple[Contribution, ...]
    after: str
    declarations: tuple[Event, ...]
    has_denominator: bool
    residues: tuple[Residue, ...] | None = None
    evidence: tuple["EvidenceMonth", ...] | None = None


def find_open_figure(store: Store, address: Address, now_ms: int) -> tuple[Figure, ReportRow, int, int]:
    """(figure, its place's row, the book's seq, when that was recorded). Raises BadInput, NotFound."""
    report = report_for(
        store, address.level, address.code, address.period, address.metals, address.view,
        evidence=address.indicator == "evidence", now_ms=now_ms,
    )  # fmt: skip
    figure = find_figure(report, address.code, address.indicator, address.metal, address.spoken)
    return figure, report.total, report.seq, report.recorded_ms


def open_figure(
    store: Store, address: Address, now_ms: int, after: str = "", seq: int = 0, limit: int = PAGE
) -> OpenFigure:
    """A figure and a page of its postings. Raises BadInput, NotFound."""
    figure, place, whole_seq, recorded_ms = find_open_figure(store, address, now_ms)
    kept = min(seq or whole_seq, whole_seq)
    page = drill_down(store, replace(figure.source, seq=kept), after, limit)
    indicator = INDICATORS.get(figure.indicator)
    numerator = indicator.numerator if indicator else None
    denominator = indicator.denominator if indicator and figure.basis != STATISTIC else None
    lines = tuple(
        Contribution(line, _adds(numerator, line.posting), _adds(denominator, line.posting))
        for line in page.lines
    )
    return OpenFigure(
        figure,
        place,
        recorded_ms,
        whole_seq,
        kept,
        lines,
        page.after,
        page.declarations,
        denominator is not None,
        tuple(sum_residues(store, figure.source)) if figure.indicator in OF_RESIDUES else None,
        tuple(list_evidence(store, figure, address, now_ms)) if figure.indicator == "evidence" else None,
    )


def _adds(terms: Terms | None, posting: Posting) -> int:
    columns = (posting.row.account, *parts_of(posting.row))
    return terms.of(dict.fromkeys(columns, posting.grams)) if terms else 0


def figure_rows(
    store: Store, address: Address, now_ms: int, sees: Collection[str]
) -> Iterator[tuple[str, ...]]:
    """Header and every posting behind a figure, streamed; of sites that are not seen only province and amount.

    A figure that is declared, not posted, lists its declarations. Raises BadInput, NotFound at once, not while
    streaming.
    """
    figure = find_open_figure(store, address, now_ms)[0]
    if not figure.source.columns:
        return _declared_rows(store, figure, address, now_ms, sees)
    return (_hide(row, sees) for row in csv_rows(store, figure.source))


def _hide(row: tuple[str, ...], sees: Collection[str]) -> tuple[str, ...]:
    site = row[CSV_HEADER.index("site")]
    if site == "site" or site in sees:  # the header, or a site in view
        return row
    cells = dict(zip(CSV_HEADER, row, strict=True)) | dict.fromkeys(_NAMED, "")
    return tuple((cells | {"region": province_of(cells["region"])}).values())


def declaration_rows(
    store: Store, address: Address, now_ms: int, sees: Collection[str]
) -> Iterator[tuple[str, ...]]:
    """Header and the declarations that a figure rests on, as they count. Raises BadInput, NotFound at once."""
    return _declared_rows(store, find_open_figure(store, address, now_ms)[0], address, now_ms, sees)


def _declared_rows(
    store: Store, figure: Figure, address: Address, now_ms: int, sees: Collection[str]
) -> Iterator[tuple[str, ...]]:
    if figure.indicator == "evidence":
        months = list_evidence(store, figure, address, now_ms)
        return chain((EVIDENCE_HEADER,), (_evidence_row(one, sees) for one in months))
    with store.read() as reader:
        counted = list(_counted(reader, figure, address))
    unit = INDICATORS[figure.indicator].base_unit
    return chain((DECLARED_HEADER,), (_declared_row(one, unit, sees) for one in counted))


class Counted(NamedTuple):
    """Declarations and what they add to a figure: several events where a seal keeps what they said before."""

    events: tuple[Event, ...]
    numerator: int
    denominator: int | None


def _counted(reader: Reader, figure: Figure, address: Address) -> Iterator[Counted]:
    """What a figure's declarations add to it; those numbers add up to the figure's own."""
    ids = figure.source.events
    events = {id_: event for id_, event in (reader.find_events(ids) if ids else {}).items() if event.live}
    if figure.indicator in CAPACITY_LEVELS:
        as_sealed, now = declared.read_lines(reader, address.period)
        stated = now if figure.source.by_event_month else as_sealed
        for line in newest_lines((line for _, line in stated), address.period):
            if line.event in ids:
                at_level = line.capacity_g if line.level == CAPACITY_LEVELS[figure.indicator] else 0
                found = reader.find_events([line.event])
                yield Counted(tuple(found.values()), at_level, line.capacity_g)
    elif figure.indicator == "renewable_power":
        sites = {event.draft.site for event in events.values()}
        for power in declared.read_power(reader, sites, address.period):
            yield from _counted_power(power, events, figure)
    else:
        for event in events.values():
            yield Counted((event,), _figures_of(event).get("output_g", 0), None)


def _counted_power(power: declared.Power, events: Mapping[str, Event], figure: Figure) -> Iterator[Counted]:
    kwh, renewable = power.since_seal if figure.source.by_event_month else (power.kwh, power.renewable_kwh)
    those = [events[id_] for id_ in power.events if id_ in events]
    each = [(_figures_of(one).get("renewable_kwh", 0), _figures_of(one).get("kwh", 0)) for one in those]
    if (sum(part for part, _ in each), sum(whole for _, whole in each)) == (renewable, kwh):
        for event, (part, whole) in zip(those, each, strict=True):
            yield Counted((event,), part, whole)
    else:
        yield Counted(
            tuple(those), renewable, kwh
        )  # as the seal found them, which is not what they say today


def _figures_of(event: Event) -> Mapping[str, int]:
    return event.draft.detail.figures if isinstance(event.draft.detail, Declaration) else {}


def _declared_row(one: Counted, unit: str, sees: Collection[str]) -> tuple[str, ...]:
    amounts = (str(one.numerator), "" if one.denominator is None else str(one.denominator), unit)
    if not one.events:
        return (*[""] * 9, *amounts)
    event = one.events[0]
    detail = event.draft.detail
    assert isinstance(detail, Declaration)
    region = detail.region or event.frozen.region
    if event.draft.site not in sees and not detail.region:
        return ("", detail.type, "", province_of(region), detail.period, "", "", "", "", *amounts)
    return (
        " ".join(stated.id for stated in one.events), detail.type, "" if detail.region else event.draft.site, region,
        detail.period, detail.line, "+".join(detail.metals) or detail.metal, detail.level, detail.source, *amounts,
    )  # fmt: skip


# --- monthly evidence ---------------------------------------------------------------------------------------------


class EvidenceMonth(NamedTuple):
    """A month of a site that is over: the events of its seal ('' none) and records, and whether it counts.

    ``late`` is a month that has everything now, but not when it was sealed.
    """

    site: Site
    month: str
    seal: str
    power: tuple[str, ...]
    fuel: tuple[str, ...]
    counts: bool
    late: bool

    @property
    def missing(self) -> tuple[str, ...]:
        """What the month lacks: seal, power, fuel."""
        parts = (("seal", self.seal), ("power", self.power), ("fuel", self.fuel))
        return tuple(name for name, found in parts if not found)


def list_evidence(store: Store, figure: Figure, address: Address, now_ms: int) -> list[EvidenceMonth]:
    """The months that evidence completeness adds up, of each site in its places, those that lack something first."""
    found: list[EvidenceMonth] = []
    with store.read() as reader:
        sites = {
            site.id: site
            for site in reference_in(reader).sites.values()
            if set(places_of(site.id, site.region)) & set(figure.source.places)
        }
        over = [month for month in address.period.months() if month < month_of(now_ms)]
        for known in declared.read_evidence(reader, sites, address.period, now_ms):
            site = sites[known.site]
            seals = _records(reader, seal_key(site.id, ""))
            held = [_records(reader, f"{DECLARATIONS}{type_}/{site.id}/") for type_ in EVIDENCE_OF]
            for month in over[len(over) - known.ended :]:
                seal = seals.get(month, _NO_RECORD)
                power, fuel = (records.get(month, _NO_RECORD) for records in held)
                whole = bool(seal.events and power.events and fuel.events)
                counts = whole
                if seal.events and any(one.changed_since(seal) for one in (power, fuel)):
                    counts = _was_complete(reader, site, month, now_ms, address.view)
                found.append(
                    EvidenceMonth(
                        site,
                        month,
                        "".join(seal.events),
                        power.events,
                        fuel.events,
                        counts,
                        whole and not counts,
                    )
                )
    return sorted(found, key=lambda one: (one.counts, one.site.id, one.month))


class _Record(NamedTuple):
    """Events that hold a month's claims, all that ever did, and the seqs at which they came to."""

    events: tuple[str, ...] = ()
    owners: frozenset[str] = frozenset()
    seqs: tuple[int, ...] = ()

    def changed_since(self, seal: "_Record") -> bool:
        """Whether any of it may not be what the month's seal found."""
        return self.owners != set(self.events) or max(self.seqs, default=0) > min(seal.seqs)


_NO_RECORD = _Record()


def _records(reader: Reader, prefix: str) -> dict[str, _Record]:
    """What there is of a site, by month."""
    found: dict[str, _Record] = {}
    for claim in declared.list_all_claims(reader, prefix):
        once = claim.key.endswith("/" + claim.owner)  # it tells who held a key, and since when
        month = claim.key.removesuffix("/" + claim.owner).rsplit("/", 1)[1]
        known = found.get(month, _NO_RECORD)
        events = known.events if once else (*known.events, claim.owner)
        found[month] = _Record(events, known.owners | {claim.owner}, (*known.seqs, claim.seq))
    return found


def _was_complete(reader: Reader, site: Site, month: str, now_ms: int, view: View) -> bool:
    known = declared.read_evidence(reader, {site.id: site}, Period(month, month), now_ms)
    return bool(known) and bool(known[0].since_seal if view == "event" else known[0].complete)


def _evidence_row(one: EvidenceMonth, sees: Collection[str]) -> tuple[str, ...]:
    numbers = (str(int(one.counts)), "1")
    if one.site.id not in sees:
        return ("", province_of(one.site.region), one.month, "", "", "", *numbers)
    return (
        one.site.id, one.site.region, one.month, one.seal, " ".join(one.power), " ".join(one.fuel), *numbers,
    )  # fmt: skip


# --- periods, the whole report ------------------------------------------------------------------------------------


class KnownPeriods(NamedTuple):
    """What there is data for: ``usual`` is shown first, ``years`` are (year, itself, its quarters and months) newest
    first, ``months`` oldest first; at most ten years."""

    usual: Period | None
    years: list[tuple[str, list[Period]]]
    months: list[str]


def list_periods(store: Store) -> KnownPeriods:
    """The periods that a form offers."""
    months = list_data_months(store)
    years = list(group_months(months).items())[:MOST_YEARS]
    listed = {year for year, _ in years}
    return KnownPeriods(usual_period(store), years, [month for month in months if month[:4] in listed])


def report_rows(report: RegionalReport, indicators: Collection[str]) -> Iterator[tuple[str, ...]]:
    """Header and some indicators of every place of a report; value and target in ``unit``, masses in whole grams."""
    yield REPORT_HEADER
    table = frame(report)
    shown = table[(table.metal == "") & table.indicator.isin(list(indicators))]
    for cells in shown[list(REPORT_HEADER)].to_dict("records"):
        yield tuple(_cell(cells[name]) for name in REPORT_HEADER)


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, Fraction) and value.denominator != 1:
        return _decimal(value)
    return "" if value is None else str(value)


class Product(NamedTuple):
    """What a site made of an alloy, with its screening footprint by the factors in force when the period ends."""

    made: ProductContent
    footprint: Footprint | None


def list_products(store: Store, level: Level, code: str, period: Period) -> list[Product]:
    """Recycled content and footprint of what was made in a period, per site and alloy."""
    made = list_product_content(store, level, code, period)
    with store.read() as reader:
        factors = factors_in_force(factor_sets_in(reader), period.last + "-31")
    return [Product(one, screening_footprint(one.content, one.metal, factors)) for one in made]


def product_rows(products: Iterable[Product], method: str, boundary: str) -> Iterator[tuple[str, ...]]:
    """Header and what each site made of an alloy, with every class, the models, and the words for method and boundary."""
    yield PRODUCT_HEADER
    for made, _ in products:
        content = made.content
        shares = (*(content.share_of(name) for name in CLASSES), content.share, content.strict_share)
        yield (
            made.site, made.region, made.material, made.metal, str(made.lots), str(made.mass_g), str(content.metal_g),
            *map(str, content.classes), *map(_decimal, shares), "; ".join(made.models), method, boundary,
        )  # fmt: skip


def residue_rows(store: Store, address: Address, now_ms: int) -> Iterator[tuple[str, ...]]:
    """Header and the residues behind a figure by waste code. Raises BadInput, NotFound at once."""
    residues = sum_residues(store, find_open_figure(store, address, now_ms)[0].source)
    lines = ((one.waste_code, *map(str, one[1:]), _decimal(one.utilisation)) for one in residues)
    return chain((RESIDUE_HEADER,), lines)


def _decimal(share: Fraction | None) -> str:
    """A share with six decimals, rounded half up; "" is no data."""
    return "" if share is None else format_ppm(half_up(share.numerator * PPM, share.denominator))

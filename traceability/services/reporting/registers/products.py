"""List what was made in a place: recycled content, product lots and elements recovered."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from typing import NamedTuple

from graph.paging import read_pages
from graph.store import EventFilter, Reader
from traceability.domain.carbon import Footprint, factors_in_force, screening_footprint
from traceability.domain.element_recovery import Assayed, element_recovery
from traceability.domain.event import Event
from traceability.domain.kinds import HEATS, PRODUCTION
from traceability.domain.lot import Lot
from traceability.domain.period import Period
from traceability.domain.place import code_of, place_key
from traceability.domain.provenance import CLASSES
from traceability.domain.quantity import G_PER_KG
from traceability.domain.recycled_content import NO_CONTENT, RecycledContent, recycled_content
from traceability.domain.rights import Viewer
from traceability.domain.vocabulary import CUSTODY_MODELS
from traceability.services.directory.reference import factor_sets_in
from traceability.services.reporting.scope import Level, find_whereabouts
from traceability.services.reporting.table import Table, Value
from traceability.services.tracing.custody_model import ContentClaim, find_models

CHUNK = 500  # events read at once
PRODUCT_COLUMNS = (
    "site", "region", "material", "metal", "lots", "mass_g", "metal_g",
    *(f"{name}_g" for name in CLASSES), *(f"{name}_share" for name in CLASSES),
    "recycled_share", "strict_share", "model", "method", "boundary",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ProductContent:
    """What a site made of an alloy in a period, while it was in one region.

    Lots, their mass as made, their content added up, and their custody models.
    """

    site: str
    region_key: str
    material: str
    metal: str
    lots: int
    mass_g: int
    content: RecycledContent
    models: tuple[str, ...] = ()

    @property
    def region(self) -> str:
        """Return the code of the region where the site was."""
        return code_of(self.region_key)


class Product(NamedTuple):
    """What a site made of an alloy, with its screening footprint.

    The factors are those in force when the period ends.
    """

    made: ProductContent
    footprint: Footprint | None


class ProductsInView(NamedTuple):
    """Products of the sites in view, and the number of those of other sites, which a firm is not told."""

    products: list[Product]
    hidden: int


def list_products(reader: Reader, viewer: Viewer, level: Level, code: str, period: Period) -> ProductsInView:
    """Return recycled content and footprint of what was made in a period, per site, region and alloy."""
    contents = list_product_content(reader, level, code, period)
    factors = factors_in_force(factor_sets_in(reader), period.last + "-31")
    seen = [made for made in contents if viewer.shows_stay(made.site, made.region_key)]
    products = [Product(made, screening_footprint(made.content, made.metal, factors)) for made in seen]
    hidden = {(made.site, made.material) for made in contents if made not in seen}
    # How many products a competitor makes is theirs to tell.
    return ProductsInView(products, 0 if viewer.is_firm else len(hidden))


def product_table(products: Iterable[Product], method: str, boundary: str) -> Table:
    """Return what each site made of an alloy, with every class and the models.

    ``method`` and ``boundary`` are the words that go with a claim.
    """
    return Table(PRODUCT_COLUMNS, (_product_row(product.made, method, boundary) for product in products))


def _product_row(made: ProductContent, method: str, boundary: str) -> tuple[Value, ...]:
    content = made.content
    shares = (*(content.share_of(name) for name in CLASSES), content.share, content.strict_share)
    return (
        made.site, made.region, made.material, made.metal, made.lots, made.mass_g, content.metal_g,
        *content.classes, *shares, "; ".join(made.models), method, boundary,
    )  # fmt: skip


def list_events_at(
    reader: Reader, place: str, kinds: tuple[str, ...], period: Period
) -> Iterator[list[Event]]:
    """Return live events of a place by their own time, in chunks.

    They come in book order, those of several regions or sites one after the other.
    """
    whereabouts = find_whereabouts(reader)
    parts = whereabouts.slices(place)
    for site, region in dict.fromkeys((part.site, part.region) for part in parts):
        wanted = EventFilter(site, region, kinds, period.start_ms, period.end_ms)
        for events in read_pages(partial(_read_events, reader, wanted)):
            yield [
                event
                for event in events
                if whereabouts.holds(place, event.draft.site, event.frozen.region, event.month)
            ]


def _read_events(reader: Reader, wanted: EventFilter, after: str) -> tuple[list[Event], str]:
    return reader.list_events(wanted, after, CHUNK)


def list_product_content(reader: Reader, level: Level, code: str, period: Period) -> list[ProductContent]:
    """Return the recycled content of the products made in a period, per site, region and alloy.

    Events are streamed; only the sums stay in memory.
    """
    contents: dict[tuple[str, str, str], ProductContent] = {}
    for event, lot, model in _products(reader, place_key(level, code), period):
        made = lot.contents[0]
        site, region = event.draft.site, event.frozen.region
        key = (site, lot.material, region)
        empty = ProductContent(site, region, lot.material, lot.metal, 0, 0, NO_CONTENT)
        content = contents.get(key, empty)
        models = {*content.models, model}
        contents[key] = replace(
            content,
            lots=content.lots + 1,
            mass_g=content.mass_g + made.mass_g,
            content=content.content.plus(recycled_content(made.vector, made.strict_g)),
            models=tuple(name for name in CUSTODY_MODELS if name in models),
        )
    return [contents[key] for key in sorted(contents)]


class ProductLot(NamedTuple):
    """A lot of a product as made, the event that made it, and its claim."""

    lot: Lot
    event: Event
    claim: ContentClaim


def list_product_lots(reader: Reader, site: str, material: str, period: Period) -> list[ProductLot]:
    """Return the lots that a site's line of ``list_product_content`` adds up, in book order.

    ``site`` is ``plant/430681`` for what it made in one of several regions.
    """
    return [
        ProductLot(lot, event, ContentClaim(recycled_content(made.vector, made.strict_g), model))
        for event, lot, model in _products(reader, place_key("site", site), period)
        if lot.material == material
        for made in lot.contents[:1]
    ]


def _products(reader: Reader, place: str, period: Period) -> Iterator[tuple[Event, Lot, str]]:
    """Return every product made in a place: its event, the lot, its chain-of-custody model."""
    for events in list_events_at(reader, place, PRODUCTION, period):
        lots = reader.find_lots([lot for event in events for lot in event.frozen.lots if lot])
        made_here = [lot for lot in lots.values() if not lot.void and lot.contents[0].form == "product"]
        models = find_models(reader, made_here, {event.id: event.draft for event in events})
        for event in events:
            for id_ in event.frozen.lots:
                if id_ in models:
                    yield event, lots[id_], models[id_]


def sum_element_recovery(
    reader: Reader, viewer: Viewer, level: Level, code: str, period: Period
) -> dict[str, tuple[Fraction, Fraction]]:
    """Return per element (grams won, grams charged); to a firm of its own heats alone.

    Of heats whose charge and metal outputs were all assayed for it.
    """
    return element_recovery(
        (charge, won)
        for events in list_events_at(reader, place_key(level, code), HEATS, period)
        for _, charge, won in _assayed_heats(
            reader, [one for one in events if not viewer.is_firm or viewer.shows_site(one.draft.site)]
        )
    )


class ElementHeat(NamedTuple):
    """A heat with the grams that it won and was charged of an element.

    Its charge and metal outputs were all assayed for the element.
    ``is_named`` is whether its site is in view.
    """

    event: Event
    won_g: Fraction
    charged_g: Fraction
    is_named: bool

    @property
    def share(self) -> Fraction | None:
        """What was won of what was charged."""
        return self.won_g / self.charged_g if self.charged_g else None

    @property
    def kg(self) -> tuple[Fraction, Fraction]:
        """Won and charged in kilograms, exact."""
        return self.won_g / G_PER_KG, self.charged_g / G_PER_KG


def list_element_heats(
    reader: Reader, viewer: Viewer, level: Level, code: str, period: Period, element: str
) -> list[ElementHeat]:
    """Return the heats of sites in view that the recovery of an element adds up, in book order."""
    heats = []
    for listed in list_events_at(reader, place_key(level, code), HEATS, period):
        events = [one for one in listed if viewer.shows_stay(one.draft.site, one.frozen.region)]
        for event, charge, won in _assayed_heats(reader, events):
            sums = element_recovery([(charge, won)]).get(element)
            if sums:
                heats.append(
                    ElementHeat(event, *sums, viewer.shows_stay(event.draft.site, event.frozen.region))
                )
    return heats


def _assayed_heats(
    reader: Reader, events: list[Event]
) -> Iterator[tuple[Event, list[Assayed], list[Assayed]]]:
    """Return each heat with the assays of its charge and of the metal that was won."""
    ids = {use.lot for event in events for use in event.draft.inputs}
    ids |= {lot for event in events for lot in event.frozen.lots if lot}
    lots = reader.find_lots(ids) if ids else {}
    for event in events:
        taken = zip(event.draft.inputs, event.frozen.masses, strict=True)
        charge: list[Assayed] = [(mass_g, _measured(lots[use.lot])) for use, mass_g in taken]
        made = [lots[id_] for id_ in event.frozen.lots if id_ in lots]
        won: list[Assayed] = [
            (lot.contents[0].mass_g, _measured(lot))
            for lot in made
            if lot.contents[0].form in ("product", "internal", "heel")
        ]
        yield event, charge, won


def _measured(lot: Lot) -> dict[str, int]:
    """Return ppm by element as they count for a recovery."""
    return {content.element: content.measured_ppm for content in lot.composition}

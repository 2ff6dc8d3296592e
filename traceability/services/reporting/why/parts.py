"""Take a share apart: what the rest of its whole is, who took liquid metal, where recycled metal came from, by grade."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from graph.paging import read_all
from graph.store import Reader, TallyFilter
from traceability.domain.indicators import (
    INDICATORS,
    OutputStatistic,
    Sums,
    add_sums,
)
from traceability.domain.posting import Posting, view_of
from traceability.domain.rights import Viewer
from traceability.services.reporting.figures.postings import FigureInputs
from traceability.services.reporting.figures.report import Figure
from traceability.services.reporting.scope import NATION_PLACE, Whereabouts, in_view, split_place

MOST_POSTINGS = 4_000
"""Beyond so many a page does not read postings one by one."""
LIQUID_ACCOUNTS = ("molten_direct", "molten_ingot", "molten_other")
FAMILY_ACCOUNTS = ("recycled", "primary", "charged_scrap")


class Breakdown(NamedTuple):
    """A whole, what counts of it, and what the rest of it is: ``parts`` by id add up to ``rest`` exactly.

    In the unit of the figure's numerator. A part is negative where it takes from the rest.
    """

    whole: int
    counted: int
    parts: Mapping[str, int]

    @property
    def rest(self) -> int:
        """What does not count."""
        return self.whole - self.counted

    @property
    def amounts(self) -> dict[str, int]:
        """The whole, what counts of it, the rest and its parts, by id."""
        return {"whole": self.whole, "counted": self.counted, "rest": self.rest, **self.parts}


class LiquidUse(NamedTuple):
    """What a site (``taker``) made of the liquid that another, or the same, tapped, in grams."""

    site: str
    taker: str
    direct_g: int
    ingot_g: int
    other_g: int

    @property
    def taken_g(self) -> int:
        """All that it took."""
        return self.direct_g + self.ingot_g + self.other_g


class Origins(NamedTuple):
    """Recycled metal of one metal by where it came from, in grams; ``unknown_g`` is opening stock."""

    metal: str
    recycled_g: int
    local_g: int
    import_g: int
    unknown_g: int

    @property
    def elsewhere_g(self) -> int:
        """What came from other provinces."""
        return self.recycled_g - self.local_g - self.import_g - self.unknown_g


class FamilySums(NamedTuple):
    """Of a metal and alloy family, in grams: recycled and primary metal made, and scrap of it that was charged."""

    metal: str
    family: str
    recycled_g: int
    primary_g: int
    charged_g: int


def break_down(figure: Figure, sums: Sums, uses: Iterable[LiquidUse] | None = None) -> Breakdown | None:
    """Return what a share is made of; None where it has no data.

    ``sums`` are of its places and metals, ``uses`` of its liquid (None: not known, ingot is told as one).
    """
    if figure.value is None or figure.numerator is None or figure.denominator is None:
        return None
    whole, counted = figure.denominator, int(figure.numerator)
    indicator = INDICATORS[figure.indicator]
    if indicator.section == "supply":
        by_statistic = isinstance(indicator.source, OutputStatistic)
        parts = _list_unrecorded(whole, counted, sums) if by_statistic else _list_primary(sums)
    elif indicator.section == "liquid":
        parts = _list_liquid(whole, counted, sums, uses)
    else:
        parts = {}
    return Breakdown(whole, counted, parts)


def _list_primary(sums: Sums) -> dict[str, int]:
    first = sums.get("primary_first", 0)
    return {"primary_melted": sums.get("primary", 0) - first, "primary_first": first}


def _list_unrecorded(whole: int, counted: int, sums: Sums) -> dict[str, int]:
    """Return what ten-metal output holds beside recycled metal.

    Recycled metal that is no refined metal (casting alloys) counts above the line and is not in the output below it.
    """
    refined = sums.get("recycled_refined", 0)
    return {
        **_list_primary(sums),
        "unrecorded": whole - sums.get("primary", 0) - refined,
        "beside_output": refined - counted,
    }


def _list_liquid(whole: int, counted: int, sums: Sums, uses: Iterable[LiquidUse] | None) -> dict[str, int]:
    direct, ingot, other = (sums.get(account, 0) for account in LIQUID_ACCOUNTS)
    cast = {"ingot": ingot}
    if uses is not None:
        own = sum(use.ingot_g for use in uses if use.site == use.taker)
        cast = {"ingot_own": own, "ingot_others": ingot - own}
    return {
        "direct_elsewhere": direct - counted,
        **cast,
        "liquid_other": other,
        "liquid_open": whole - direct - ingot - other,
    }


# --- liquid metal ---------------------------------------------------------------------------------


def list_liquid_uses(
    reader: Reader, whereabouts: Whereabouts, inputs: FigureInputs, viewer: Viewer | None = None
) -> list[LiquidUse] | None:
    """Return who made what of the liquid that the places of a figure tapped, most ingot first.

    Of a ``viewer`` what sites in view tapped. None where it takes too many postings to tell.
    """
    grams: dict[tuple[str, str], dict[str, int]] = {}
    postings = _read_postings(reader, whereabouts, replace(inputs, columns=LIQUID_ACCOUNTS), viewer)
    for number, posting in enumerate(postings):
        if number == MOST_POSTINGS:
            return None
        row = posting.row
        of = grams.setdefault((row.site, row.other_site), dict.fromkeys(LIQUID_ACCOUNTS, 0))
        of[row.account] += posting.grams
    uses = [LiquidUse(*key, *amounts.values()) for key, amounts in grams.items() if any(amounts.values())]
    return sorted(uses, key=lambda use: (-use.ingot_g, -use.taken_g, use.site, use.taker))


def _read_postings(
    reader: Reader, whereabouts: Whereabouts, inputs: FigureInputs, viewer: Viewer | None
) -> Iterator[Posting]:
    for place, filter_ in inputs.filters(whereabouts, viewer):
        for posting, _ in read_all(partial(reader.list_postings, filter_, limit=500)):
            if inputs.holds(whereabouts, place, posting):
                yield posting


# --- recycled metal ---------------------------------------------------------------------------------


def list_origins(at_sites: Iterable[Mapping[str, Sums]]) -> dict[str, Origins]:
    """Return by metal where recycled metal came from, of sums of tally columns by metal."""
    by_metal: dict[str, list[Sums]] = {}
    for sums_by_metal in at_sites:
        for metal, sums in sums_by_metal.items():
            if sums.get("recycled"):
                by_metal.setdefault(metal, []).append(sums)
    columns = ("recycled", "recycled_local", "recycled_import", "recycled_open")
    return {
        metal: Origins(metal, *(add_sums(of).get(column, 0) for column in columns))
        for metal, of in sorted(by_metal.items())
    }


def sum_families(
    reader: Reader, whereabouts: Whereabouts, inputs: FigureInputs
) -> dict[tuple[str, str], FamilySums] | None:
    """Return by metal and alloy family what was made and charged, most recycled first.

    Flows know it of provinces; of other places postings tell. None where those are too many.
    """
    sums: dict[tuple[str, str], dict[str, int]] = {}
    for number, (metal, family, account, grams) in enumerate(_list_families(reader, whereabouts, inputs)):
        if number == MOST_POSTINGS:
            return None
        of = sums.setdefault((metal, family), dict.fromkeys(FAMILY_ACCOUNTS, 0))
        of[account] += grams
    found = [FamilySums(*key, *of.values()) for key, of in sums.items() if any(of.values())]
    found.sort(key=lambda one: (-one.recycled_g, -one.primary_g, one.metal, one.family))
    return {(one.metal, one.family): one for one in found}


def _list_families(
    reader: Reader, whereabouts: Whereabouts, inputs: FigureInputs
) -> Iterator[tuple[str, str, str, int]]:
    """Yield metal, family, account and grams."""
    if not is_of_provinces(inputs.places):
        postings = _read_postings(reader, whereabouts, replace(inputs, columns=FAMILY_ACCOUNTS), None)
        for posting in postings:
            yield posting.row.metal, posting.row.family, posting.row.account, posting.grams
        return
    places: Collection[str] = inputs.places
    if NATION_PLACE in places:
        places = whereabouts.places_within(NATION_PLACE, inputs.first, inputs.last)
    keys = tuple(in_view(places, by_event_month=inputs.by_event_month))
    wanted = TallyFilter(keys, inputs.metals, inputs.first, inputs.last, inputs.by_event_month)
    for flow in reader.sum_flows(wanted, FAMILY_ACCOUNTS, by=("metal", "account", "detail")):
        yield flow.metal, flow.detail, flow.account, flow.grams


def is_of_provinces(places: Iterable[str]) -> bool:
    """Return whether flows, which are kept by province, know these places."""
    return all(split_place(view_of(place)[0])[0] in ("nation", "province") for place in places)


# --- the rest -----------------------------------------------------------------------------------------


def fold_hidden(uses: Iterable[LiquidUse], shows: Callable[[str], bool]) -> tuple[LiquidUse, ...]:
    """Return uses with the sites that are not shown as one, ''."""
    folded: dict[tuple[str, str], list[LiquidUse]] = {}
    for use in uses:
        key = (use.site if shows(use.site) else "", use.taker if shows(use.taker) else "")
        folded.setdefault(key, []).append(use)
    return tuple(
        LiquidUse(
            *key,
            sum(use.direct_g for use in of),
            sum(use.ingot_g for use in of),
            sum(use.other_g for use in of),
        )
        for key, of in folded.items()
    )

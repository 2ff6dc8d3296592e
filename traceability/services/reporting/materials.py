"""Sum what was collected, and residues, in a place by grade and waste code."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import NamedTuple

from graph.paging import read_all
from graph.store import Reader, Store, TallyFilter
from traceability.domain.indicators import INDICATORS
from traceability.domain.period import Period
from traceability.domain.place import place_key
from traceability.services.directory.reference import reference_in
from traceability.services.reporting.postings import Source
from traceability.services.reporting.scope import NATION_PLACE, View, places_within

CHUNK = 500  # postings read at once


class Collected(NamedTuple):
    """Mass collected (or imported) of one grade in a province."""

    province: str
    metal: str
    material: str
    account: str
    grams: int


def sum_collected(
    store: Store, period: Period, metals: Collection[str] = (), view: View = "book", province: str = ""
) -> list[Collected]:
    """Collected and imported mass by province, metal and grade, largest first; a group's provinces joined by commas."""
    with store.read() as reader:
        reference = reference_in(reader)
        named = [place_key("province", one) for one in province.split(",") if one]
        places = named or places_within(NATION_PLACE, reference)
        wanted = TallyFilter(tuple(places), tuple(sorted(metals)), period.first, period.last, view == "event")
        flows = reader.sum_flows(
            wanted, ("collected", "imported"), by=("place", "metal", "account", "detail")
        )
    found = [
        Collected(flow.place.partition(":")[2], flow.metal, flow.detail, flow.account, flow.grams)
        for flow in flows
        if flow.grams
    ]
    return sorted(found, key=lambda one: (-one.grams, one))


class Residue(NamedTuple):
    """Residue mass of one waste code ('' where none was stated): made, utilised, disposed of."""

    waste_code: str
    generated_g: int
    utilised_g: int
    disposed_g: int

    @property
    def utilisation(self) -> Fraction | None:
        """Utilised ÷ generated, as the indicator has it."""
        return INDICATORS["residue_utilisation"].value(self.utilised_g, self.generated_g)


RESIDUE_ACCOUNTS = ("residue_generated", "residue_utilised", "residue_disposed")


def sum_residues(store: Store, source: Source) -> list[Residue]:
    """Residues by waste code, for the places, metals and months of a figure."""
    found: dict[str, dict[str, int]] = {}
    with store.read() as reader:
        for account, waste_code, grams in _residues(reader, replace(source, columns=RESIDUE_ACCOUNTS)):
            sums = found.setdefault(waste_code, dict.fromkeys(RESIDUE_ACCOUNTS, 0))
            sums[account] += grams
    return [Residue(code, *found[code].values()) for code in sorted(found) if any(found[code].values())]


def _residues(reader: Reader, source: Source) -> Iterator[tuple[str, str, int]]:
    """Account, waste code and grams: of provinces from the flows, which know no smaller place, else from postings."""
    levels = {place.partition(":")[0] for place in source.places}
    if levels <= {"nation", "province"}:
        places = source.places
        if "nation" in levels:
            places = tuple(places_within(NATION_PLACE, reference_in(reader)))
        wanted = TallyFilter(places, source.metals, source.first, source.last, source.by_event_month)
        for flow in reader.sum_flows(wanted, source.columns, by=("account", "detail")):
            yield flow.account, flow.detail, flow.grams
        return
    for filter_ in source.filters():
        for posting, _ in read_all(partial(reader.list_postings, filter_, limit=CHUNK)):
            if source.holds(posting):
                yield posting.row.account, posting.row.waste_code, posting.grams

"""Sum what was collected in a place by grade, and residues by waste code."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import NamedTuple

from graph.paging import read_all
from graph.store import Reader, TallyFilter
from traceability.domain.indicators import ratio
from traceability.domain.period import Period
from traceability.domain.place import place_key
from traceability.services.directory.reference import reference_in
from traceability.services.reporting.postings import FigureInputs
from traceability.services.reporting.scope import NATION_PLACE, MonthView, places_within
from traceability.services.reporting.table import Table

CHUNK = 500  # postings read at once
RESIDUE_ACCOUNTS = ("residue_generated", "residue_utilised", "residue_disposed")
RESIDUE_COLUMNS = ("waste_code", "generated_g", "utilised_g", "disposed_g", "utilisation")


class Collected(NamedTuple):
    """Mass collected (or imported) of one grade in a province."""

    province: str
    metal: str
    material: str
    account: str
    grams: int


def sum_collected(
    reader: Reader, period: Period, metals: Collection[str] = (), view: MonthView = "book", province: str = ""
) -> list[Collected]:
    """Return collected and imported mass by province, metal and grade, largest first.

    ``province`` '' is every one; the provinces of a group are joined by commas.
    """
    reference = reference_in(reader)
    provinces = [place_key("province", code) for code in province.split(",") if code]
    places = provinces or places_within(NATION_PLACE, reference)
    wanted = TallyFilter(tuple(places), tuple(sorted(metals)), period.first, period.last, view == "event")
    flows = reader.sum_flows(wanted, ("collected", "imported"), by=("place", "metal", "account", "detail"))
    collected = [
        Collected(flow.place.partition(":")[2], flow.metal, flow.detail, flow.account, flow.grams)
        for flow in flows
        if flow.grams
    ]
    return sorted(collected, key=lambda grade: (-grade.grams, grade))


class Residue(NamedTuple):
    """Residue mass of one waste code ('' where none was stated): made, utilised, disposed of."""

    waste_code: str
    generated_g: int
    utilised_g: int
    disposed_g: int

    @property
    def utilisation(self) -> Fraction | None:
        """Utilised ÷ generated."""
        return ratio(self.utilised_g, self.generated_g)


def sum_residues(reader: Reader, inputs: FigureInputs) -> list[Residue]:
    """Return residues by waste code, for the places, metals and months of a figure."""
    by_code: dict[str, dict[str, int]] = {}
    for account, waste_code, grams in _list_residues(reader, replace(inputs, columns=RESIDUE_ACCOUNTS)):
        sums = by_code.setdefault(waste_code, dict.fromkeys(RESIDUE_ACCOUNTS, 0))
        sums[account] += grams
    return [Residue(code, *by_code[code].values()) for code in sorted(by_code) if any(by_code[code].values())]


def residue_table(residues: Iterable[Residue]) -> Table:
    """Return residues with the utilisation of each waste code."""
    return Table(RESIDUE_COLUMNS, ((*residue, residue.utilisation) for residue in residues))


def _list_residues(reader: Reader, inputs: FigureInputs) -> Iterator[tuple[str, str, int]]:
    """Return account, waste code and grams of residues.

    Those of provinces come from the flows, which know no smaller place, others from postings.
    """
    levels = {place.partition(":")[0] for place in inputs.places}
    if levels <= {"nation", "province"}:
        places = inputs.places
        if "nation" in levels:
            places = tuple(places_within(NATION_PLACE, reference_in(reader)))
        wanted = TallyFilter(places, inputs.metals, inputs.first, inputs.last, inputs.by_event_month)
        for flow in reader.sum_flows(wanted, inputs.columns, by=("account", "detail")):
            yield flow.account, flow.detail, flow.grams
        return
    for filter_ in inputs.filters():
        for posting, _ in read_all(partial(reader.list_postings, filter_, limit=CHUNK)):
            if inputs.holds(posting):
                yield posting.row.account, posting.row.waste_code, posting.grams

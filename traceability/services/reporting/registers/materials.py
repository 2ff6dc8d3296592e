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
from traceability.domain.posting import view_of
from traceability.domain.rights import Viewer
from traceability.services.reporting.figures.postings import FigureInputs
from traceability.services.reporting.scope import (
    NATION_PLACE,
    MonthView,
    find_whereabouts,
    in_view,
    split_place,
)
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
    reader: Reader, period: Period, metals: Collection[str] = (), view: MonthView = "book", province: str = "",
    viewer: Viewer | None = None,
) -> list[Collected]:  # fmt: skip
    """Return collected and imported mass by province, metal and grade, largest first.

    ``province`` '' is every one; the provinces of a group are joined by commas. A firm is told none: a grade
    may be one competitor's, and flows do not know whose they are.
    """
    if viewer is not None and viewer.is_firm:
        return []
    provinces = [place_key("province", code) for code in province.split(",") if code]
    places = provinces or find_whereabouts(reader).places_within(NATION_PLACE, period.first, period.last)
    by_event_month = view == "event"
    keys = tuple(in_view(places, by_event_month=by_event_month))
    wanted = TallyFilter(keys, tuple(sorted(metals)), period.first, period.last, by_event_month)
    flows = reader.sum_flows(wanted, ("collected", "imported"), by=("place", "metal", "account", "detail"))
    sums: dict[tuple[str, str, str, str], int] = {}
    for flow in flows:
        key = (split_place(view_of(flow.place)[0])[1], flow.metal, flow.detail, flow.account)
        sums[key] = sums.get(key, 0) + flow.grams
    collected = [Collected(*key, grams) for key, grams in sums.items() if grams]
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


def sum_residues(reader: Reader, inputs: FigureInputs, viewer: Viewer | None = None) -> list[Residue]:
    """Return residues by waste code, for the places, metals and months of a figure.

    A firm is told those of its own sites: a waste code may stand for one competitor.
    """
    by_code: dict[str, dict[str, int]] = {}
    for account, waste_code, grams in _list_residues(
        reader, replace(inputs, columns=RESIDUE_ACCOUNTS), viewer if viewer and viewer.is_firm else None
    ):
        sums = by_code.setdefault(waste_code, dict.fromkeys(RESIDUE_ACCOUNTS, 0))
        sums[account] += grams
    return [Residue(code, *by_code[code].values()) for code in sorted(by_code) if any(by_code[code].values())]


def residue_table(residues: Iterable[Residue]) -> Table:
    """Return residues with the utilisation of each waste code."""
    return Table(RESIDUE_COLUMNS, ((*residue, residue.utilisation) for residue in residues))


def _list_residues(
    reader: Reader, inputs: FigureInputs, firm: Viewer | None
) -> Iterator[tuple[str, str, int]]:
    """Return account, waste code and grams of residues.

    Those of provinces come from the flows, which know no smaller place, others from postings.
    """
    levels = {place.partition(":")[0] for place in inputs.places}
    whereabouts = find_whereabouts(reader)
    if levels <= {"nation", "province"} and firm is None:
        places: Iterable[str] = inputs.places
        if "nation" in levels:
            places = whereabouts.places_within(NATION_PLACE, inputs.first, inputs.last)
        keys = tuple(in_view(places, by_event_month=inputs.by_event_month))
        wanted = TallyFilter(keys, inputs.metals, inputs.first, inputs.last, inputs.by_event_month)
        for flow in reader.sum_flows(wanted, inputs.columns, by=("account", "detail")):
            yield flow.account, flow.detail, flow.grams
        return
    for place, filter_ in inputs.filters(whereabouts, firm):
        for posting, _ in read_all(partial(reader.list_postings, filter_, limit=CHUNK)):
            if inputs.holds(whereabouts, place, posting):
                yield posting.row.account, posting.row.waste_code, posting.grams

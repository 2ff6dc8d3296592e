"""List the monthly sums of the ledger by place, metal and account, a page at a time.

They are what figures are made of, so who sees a region as a competitor does gets those of the sites in view alone:
sums of a region tell such a firm what ``disclosure`` decides figure by figure.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from graph.paging import read_all
from graph.store import Reader
from traceability.domain.errors import BadInput, NotAllowed
from traceability.domain.period import Period
from traceability.domain.rights import Viewer
from traceability.domain.vocabulary import TRANSPORT_ACCOUNTS
from traceability.services.reporting.figures.disclosure import check_open, find_open
from traceability.services.reporting.figures.report_data import read_month_sums
from traceability.services.reporting.scope import (
    Level,
    MonthView,
    Whereabouts,
    check_in_view,
    check_known,
    check_place,
    find_whereabouts,
    split_place,
)
from traceability.services.reporting.table import Table

MOST_MONTHS = 60  # of a table
CHUNK = 10_000  # lines read at once


class TallyLine(NamedTuple):
    """A sum of one place, month, metal and account; ``amount`` is in ``unit``, grams or gram-kilometres."""

    level: str
    code: str
    month: str
    metal: str
    account: str
    amount: int
    unit: str


@dataclass(frozen=True, slots=True)
class TallyQuery:
    """Which sums: of a place, of the places within it too where ``within``; () are all metals and accounts."""

    level: Level
    code: str
    period: Period
    metals: Collection[str] = ()
    accounts: Collection[str] = ()
    view: MonthView = "book"
    within: bool = False


def tally_table(reader: Reader, viewer: Viewer, query: TallyQuery) -> Table:
    """Return every sum as a long table by month, place, metal and account. Raises BadInput, NotFound, NotAllowed."""
    months = query.period.months()
    if len(months) > MOST_MONTHS:
        raise BadInput("report.too_many_months", count=len(months), most=MOST_MONTHS)
    lines = read_all(lambda after: list_tallies(reader, viewer, query, after, CHUNK))
    return Table(TallyLine._fields, [tuple(line) for line in lines])


def list_tallies(
    reader: Reader, viewer: Viewer, query: TallyQuery, after: str = "", limit: int = 200
) -> tuple[list[TallyLine], str]:
    """Return (lines by month, place, metal and account; the cursor to continue after or '').

    Raises BadInput, NotFound, NotAllowed.
    """
    check_in_view(viewer, query.level, query.code)
    place = check_place(query.level, query.code)
    if viewer.is_firm and query.level != "site":
        raise NotAllowed("tally.of_sites_only")
    check_open(reader, viewer, (place,))
    whereabouts = find_whereabouts(reader)
    check_known(place, whereabouts.reference)
    begun = tuple(after.split("|")) if after else ()
    if len(begun) not in (0, 4):
        raise BadInput("list.bad_key")
    found = list(islice(_read(reader, viewer, whereabouts, place, query, begun), limit + 1))
    lines = [line for _, line in found[:limit]]
    return lines, "|".join(found[limit - 1][0]) if found[limit:] else ""


def _read(
    reader: Reader, viewer: Viewer, whereabouts: Whereabouts, place: str, query: TallyQuery, begun: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], TallyLine]]:  # fmt: skip
    """Yield (sort key, line) after a key, a month's sums at a time."""
    is_open = find_open(whereabouts, viewer)
    for month in query.period.months():
        if (month,) < begun[:1]:
            continue
        within = whereabouts.places_within(place, month, month) if query.within else ()
        places = [place, *(inner for inner in within if is_open(inner))]
        sums = read_month_sums(reader, whereabouts, places, tuple(query.metals), month, query.view)
        for of in sorted(sums):
            level, code, _ = split_place(of)
            for metal, columns in sorted(sums[of].items()):
                for account, amount in sorted(columns.items()):
                    key = (month, of, metal, account)
                    wanted = not query.accounts or account in query.accounts
                    if amount and wanted and key > begun:
                        unit = "g·km" if account in TRANSPORT_ACCOUNTS else "g"
                        yield key, TallyLine(level, code, month, metal, account, amount, unit)

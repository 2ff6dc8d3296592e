"""The monthly sums of the ledger by place, metal and account."""

from collections.abc import Collection
from typing import Any

from traceability.domain.vocabulary import ACCOUNTS, PARTS
from traceability.services.reporting.overviews.tallies import TallyQuery, list_tallies, tally_table
from traceability.services.reporting.table import Table
from traceability.web.api.figures import AskedPlace
from traceability.web.api.query import USUAL_ROWS, YES, PageSchema, PlaceSchema
from traceability.web.api.resource import Json, next_page, resource
from traceability.web.api.schemas import TalliesSchema
from traceability.web.shell import current
from traceability.wire.fields import Choice, Many

COLUMNS = (*ACCOUNTS, *PARTS)


class TallyTableQuery(PlaceSchema):
    """A place and period, which accounts, and whether the places within it are told too."""

    account = Many(Choice(COLUMNS), len(COLUMNS))
    within = Choice((YES,))


class TalliesQuery(TallyTableQuery, PageSchema):
    """The same, page by page."""


@resource(
    "/tallies",
    group="tallies",
    query=TalliesQuery,
    answer=TalliesSchema,
    example="/tallies?level=province&code=430000",
)
def tallies(
    limit: int = USUAL_ROWS, after: str = "", account: Collection[str] = (), within: str = "", **place: Any
) -> Json:
    """Return monthly sums by month, place, metal and account."""
    query = _read_query(AskedPlace(**place), account, within)
    lines, onward = list_tallies(current.reader(), current.viewer(), query, after, limit)
    return {"tallies": [line._asdict() for line in lines], "next": next_page(onward)}


@resource(
    "/tallies.csv",
    group="tallies",
    query=TallyTableQuery,
    example="/tallies.csv?level=province&code=430000&period=2025",
)
def tallies_table(account: Collection[str] = (), within: str = "", **place: Any) -> Table:
    """Return monthly sums as one long table: a line a month, place, metal and account."""
    return tally_table(current.reader(), current.viewer(), _read_query(AskedPlace(**place), account, within))


def _read_query(asked: AskedPlace, account: Collection[str], within: str) -> TallyQuery:
    return TallyQuery(asked.level, asked.code, asked.months, asked.metal, account, asked.view, within == YES)

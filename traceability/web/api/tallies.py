"""The monthly sums of the ledger by place, metal and account."""

from collections.abc import Collection
from typing import Any

from traceability.domain.vocabulary import ACCOUNTS, PARTS
from traceability.services.reporting.tallies import TallyQuery, list_tallies
from traceability.web.api.figures import AskedPlace
from traceability.web.api.query import USUAL_ROWS, YES, PageSchema, PlaceSchema
from traceability.web.api.resource import Json, next_page, resource
from traceability.web.api.schemas import TalliesSchema
from traceability.web.shell import current
from traceability.wire.fields import Choice, Many

COLUMNS = (*ACCOUNTS, *PARTS)


class TalliesQuery(PlaceSchema, PageSchema):
    """A place and period, which accounts, and whether the places within it are told too."""

    account = Many(Choice(COLUMNS), len(COLUMNS))
    within = Choice((YES,))


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
    asked = AskedPlace(**place)
    query = TallyQuery(asked.level, asked.code, asked.months, asked.metal, account, asked.view, within == YES)
    lines, onward = list_tallies(current.reader(), current.viewer(), query, after, limit)
    return {"tallies": [line._asdict() for line in lines], "next": next_page(onward)}

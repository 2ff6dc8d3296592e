"""Read the parameters of an address strictly: an unknown one, one given twice or a wrong value is refused by name.

They are marshmallow schemas of the fields of the wire, so each is read and described from one definition.
"""

from typing import Any

from marshmallow import Schema, ValidationError
from werkzeug.datastructures import MultiDict

from traceability.domain.calendar import time_of_day
from traceability.domain.errors import BadQuery
from traceability.domain.period import Period, parse_period
from traceability.services.reporting.scope import Level, MonthView
from traceability.wire.draft import list_faults
from traceability.wire.fields import Choice, Day, Many, Text, WireField, fault

MOST_ROWS = 200  # of a page
USUAL_ROWS = 50
MOST_METALS = 80
YES = "yes"
LEVELS: tuple[Level, ...] = (
    "nation", "province", "prefecture", "county", "base", "site", "group",
)  # fmt: skip
VIEWS: tuple[MonthView, ...] = ("book", "event")


class QuerySchema(Schema):
    """Base of the parameters of a resource; alone it is a resource without any."""

    class Meta:
        """Settings of marshmallow: its own registry is not needed."""

        register = False

    error_messages = {"unknown": fault("unknown").messages[0]}  # noqa: RUF012 (marshmallow's own)


class Digits(WireField):
    """A whole number as an address writes it."""

    def __init__(self, low: int, high: int) -> None:
        super().__init__()
        self.low = low
        self.high = high

    def read(self, value: Any) -> int:
        """Return the number."""
        plain = isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 15
        if not plain or not self.low <= int(value) <= self.high:
            raise fault("out_of_range", low=self.low, high=self.high)
        return int(value)


class MonthRun(Text):
    """A period: ``2025``, ``2025-03``, ``2025-Q1`` or ``2025-01..2025-06``."""

    def read(self, value: Any) -> Period:  # type: ignore[override]
        """Return the period. Raises BadInput."""
        return parse_period(super().read(value))


class StartOfDay(Day):
    """A day, ``2025-03-31``, as its first instant in Asia/Shanghai in ms."""

    def read(self, value: Any) -> int:  # type: ignore[override]
        """Return the instant."""
        return time_of_day(super().read(value))


class PageSchema(QuerySchema):
    """What every list takes: ``after`` is the cursor that the page before gave with ``next``."""

    limit = Digits(1, MOST_ROWS)
    after = Text()


class PlaceSchema(QuerySchema):
    """A place, by default the nation, a period, by default the newest year with figures, and filters."""

    level = Choice(LEVELS)
    code = Text()
    period = MonthRun()
    metal = Many(Text(required=True), MOST_METALS)
    view = Choice(VIEWS)


def read_query(schema: Schema, arguments: MultiDict[str, str]) -> dict[str, Any]:
    """Return the parameters of an address by name. Raises BadQuery with every one at fault, BadInput."""
    body: dict[str, Any] = {}
    repeated: dict[str, Any] = {}
    for name, values in arguments.lists():
        if isinstance(schema.fields.get(name), Many):
            body[name] = values
        else:
            body[name] = values[0]
            if len(values) > 1:
                repeated[name] = fault("repeated", value=name).messages
    try:
        loaded: dict[str, Any] = schema.load(body)
    except ValidationError as error:
        raise BadQuery(list_faults(ValidationError({**repeated, **error.messages_dict}))) from None
    if repeated:
        raise BadQuery(list_faults(ValidationError(repeated)))
    return loaded

"""Read the days of an address: of lists that go from a day to a day."""

from marshmallow import ValidationError

from traceability.domain.calendar import DAY_MS, time_of_day
from traceability.domain.errors import BadInput
from traceability.wire.fields import Day


def read_day(text: str, is_end: bool) -> int | None:
    """Return the start of a day, or the end of it, None where none is asked for. Raises BadInput."""
    if not text:
        return None
    try:
        Day().deserialize(text)
    except ValidationError as error:
        raise BadInput("audit.bad_days") from error
    if not "1970" < text < "2200":
        raise BadInput("audit.bad_days")
    return time_of_day(text) + (DAY_MS if is_end else 0)

"""Compute calendar days and months in Asia/Shanghai from instants, and back."""

from datetime import date, datetime, timedelta, timezone
from functools import lru_cache

SHANGHAI = timezone(
    timedelta(hours=8), "Asia/Shanghai"
)  # no daylight saving since 1991; months are its months
FUTURE_MS = 5 * 60 * 1000  # how far a device's clock may run ahead
DAY_MS = 24 * 3600 * 1000

SHANGHAI_OFFSET_MIN = 8 * 60
SHANGHAI_OFFSET_MS = SHANGHAI_OFFSET_MIN * 60 * 1000
_FIRST_DAY = date(1970, 1, 1)


def month_of(time_ms: int) -> str:
    """Return the calendar month in Asia/Shanghai of an instant, ``2025-03``."""
    return day_of(time_ms)[:7]


def year_of(time_ms: int) -> str:
    """Return the calendar year in Asia/Shanghai of an instant."""
    return day_of(time_ms)[:4]


def day_of(time_ms: int) -> str:
    """Return the calendar day in Asia/Shanghai of an instant, ``2025-03-31``."""
    return _nth_day((time_ms + SHANGHAI_OFFSET_MS) // DAY_MS)


@lru_cache(maxsize=4096)
def _nth_day(number: int) -> str:
    return (_FIRST_DAY + timedelta(days=number)).isoformat()


def time_of_day(day: str) -> int:
    """Return 00:00 in Asia/Shanghai of an ISO day, in ms UTC."""
    return int(datetime.fromisoformat(day).replace(tzinfo=SHANGHAI).timestamp()) * 1000


def list_days_back(until: str, since: str) -> list[str]:
    """Return the ISO days from one back to an earlier one, both included; none where it is not earlier."""
    last, first = date.fromisoformat(until), date.fromisoformat(since)
    return [(last - timedelta(days=number)).isoformat() for number in range((last - first).days + 1)]


def month_end(month: str) -> int:
    """Return the first instant after a month ``2025-03``, in ms UTC."""
    year, number = int(month[:4]), int(month[5:])
    following = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=SHANGHAI)
    return int(following.timestamp()) * 1000


def iso_time(time_ms: int, offset_min: int) -> str:
    """Return an instant as ISO 8601 with the offset that it was recorded with, to the millisecond
    where it has one."""
    moment = datetime.fromtimestamp(time_ms / 1000, _zone(offset_min))
    return moment.isoformat(timespec="milliseconds" if time_ms % 1000 else "seconds")


@lru_cache(maxsize=64)
def _zone(offset_min: int) -> timezone:
    return timezone(timedelta(minutes=offset_min))

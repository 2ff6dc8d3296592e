"""Find the months that have figures, and the period that a report is of where nobody says."""

from typing import NamedTuple

from graph.store import EventFilter, Reader, TallyFilter
from traceability.domain.calendar import month_of
from traceability.domain.period import Period, add_months, group_months
from traceability.domain.vocabulary import SUPPLY
from traceability.services.reporting.scope import NATION_PLACE

MOST_YEARS = 10


class KnownPeriods(NamedTuple):
    """The periods that there is data for, of at most ten years.

    ``usual`` is shown first. ``years`` are (year, itself, its quarters and months), newest first;
    ``months`` are oldest first.
    """

    usual: Period | None
    years: list[tuple[str, list[Period]]]
    months: list[str]


def list_periods(reader: Reader) -> KnownPeriods:
    """Return the periods that a form offers."""
    months = list_data_months(reader)
    years = list(group_months(months).items())[:MOST_YEARS]
    listed = {year for year, _ in years}
    return KnownPeriods(usual_period(reader), years, [month for month in months if month[:4] in listed])


def usual_period(reader: Reader) -> Period | None:
    """Return what a report is of where nobody says: the newest year whose months supplied metal; of the running one
    the months that are over, as authorities state no others.

    A record that supplies nothing, a delivery of today, must not blank it; where no metal was
    supplied yet it is the year of the newest event, and None in an empty book.
    """
    sums = reader.sum_tallies(TallyFilter((NATION_PLACE,)), by=("month",))
    # Less than nothing is a correction of a sealed month, booked where nothing was made.
    years = [tally.month[:4] for tally in sums if any(tally.sums.get(name, 0) > 0 for name in SUPPLY)]
    if not years:
        newest, _ = reader.list_events(EventFilter(), limit=1, newest_first=True)
        years = [event.month[:4] for event in newest]
    if not years:
        return None
    year = Period(f"{max(years)}-01", f"{max(years)}-12")
    # The running year is that of the newest recording: a page is of the book, whatever the clock says.
    return clip_to_ended(year, reader.find_head().record_ms)


def clip_to_ended(period: Period, now_ms: int) -> Period:
    """Return the months of a period that are over: a firm is not told what a region does in the running one.

    Where none is over yet it is the year before.
    """
    ended = add_months(month_of(now_ms), -1)
    if period.last <= ended:
        return period
    if period.first <= ended:
        return Period(period.first, ended)
    year = int(period.first[:4]) - 1
    return Period(f"{year}-01", f"{year}-12")


def list_data_months(reader: Reader) -> list[str]:
    """Return every month that any tally speaks of, by the book or by the events."""
    return sorted(
        {
            tally.month
            for by_event in (False, True)
            for tally in reader.sum_tallies(
                TallyFilter((NATION_PLACE,), by_event_month=by_event), by=("month",)
            )
            if any(tally.sums.values())
        }
    )

"""Find the months that have figures, and the period that a report is of where nobody says."""

from graph.store import EventFilter, Store, TallyFilter
from traceability.domain.period import Period
from traceability.domain.vocabulary import SUPPLY
from traceability.services.reporting.scope import NATION_PLACE


def usual_period(store: Store) -> Period | None:
    """What a report is of where nobody says: the newest year whose months supplied metal, R or P.

    A record that supplies nothing, a delivery of today, must not blank it; where no metal was supplied yet it is the
    year of the newest event, and None in an empty book.
    """
    with store.read() as reader:
        sums = reader.sum_tallies(TallyFilter((NATION_PLACE,)), by=("month",))
        # Less than nothing is a correction of a sealed month, booked where nothing may have been made.
        years = [one.month[:4] for one in sums if any(one.sums.get(name, 0) > 0 for name in SUPPLY)]
        if not years:
            newest, _ = reader.list_events(EventFilter(), limit=1, newest_first=True)
            years = [event.month[:4] for event in newest]
    return Period(f"{max(years)}-01", f"{max(years)}-12") if years else None


def list_data_months(store: Store) -> list[str]:
    """Every month that any figure of a tally speaks of, by the book or by the events."""
    with store.read() as reader:
        return sorted(
            {
                one.month
                for by_event in (False, True)
                for one in reader.sum_tallies(
                    TallyFilter((NATION_PLACE,), by_event_month=by_event), by=("month",)
                )
                if any(one.sums.values())
            }
        )

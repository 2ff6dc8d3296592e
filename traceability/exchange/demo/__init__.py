"""Make the demo: two years of invented firms at real places, up to last month.

Sites, parties and plans are data in ``seed/demo``; the modules here tell month by month what happens at each part of the
chain, as drafts like those that clients send. Months shift with the day on which the demo is loaded; names, ids, codes
and masses stay the same, but for the season, which goes by the calendar.
"""

from traceability.exchange.demo.book import FIRST_EVENT, LAST_EVENT, list_drafts
from traceability.exchange.demo.diary import MONTHS, draw_id
from traceability.exchange.demo.entries import list_parties, list_people, list_regions, list_sites
from traceability.exchange.demo.furnaces import open_heats
from traceability.exchange.demo.weighbridge import keep_tickets

__all__ = [
    "FIRST_EVENT",
    "LAST_EVENT",
    "MONTHS",
    "draw_id",
    "keep_tickets",
    "list_drafts",
    "list_parties",
    "list_people",
    "list_regions",
    "list_sites",
    "open_heats",
]

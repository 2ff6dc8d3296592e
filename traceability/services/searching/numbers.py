"""Find events by the numbers that people give them: tickets, heat numbers, manifests, certificates, codes of delivery notes.

Numbers are claims, which stand in the order of their keys: site, year, number. So a number, or its beginning, is looked for
once for each site in view and year of the book, however many events there are.
"""

import re
from collections.abc import Collection

from graph.store import EventFilter, Reader
from scanners.codes import normalise_code, read_shipment_code
from traceability.domain.calendar import year_of
from traceability.domain.claims import (
    CERTIFICATES,
    HEAT_NUMBERS,
    TICKETS,
    Claim,
    manifest_key,
    number_prefix,
    paper_prefix,
)
from traceability.domain.event import Event, Shipment
from traceability.domain.identifier import normalise_identifier
from traceability.domain.rights import Viewer

MOST_YEARS = 40
MOST_OF_ONE = 20  # numbers that begin alike, of one of many sites and a year
FEWEST_CHARACTERS = 2  # of the beginning of a number
_COUNT = re.compile(r"0*[1-9][0-9]{0,5}", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def find_events_by_number(
    reader: Reader, viewer: Viewer, typed: str, sites: Collection[str] | None = None, limit: int = 50
) -> list[Event]:
    """Return the events in view whose ticket or heat number begins so, those of exactly this number first, then the newest.

    Of a number that the site counted itself, as 2026-0417, the count is enough: 417 or 0417.
    ``sites`` are those that are asked about, by default all in view.
    """
    number = normalise_identifier(typed)
    if len(number) < FEWEST_CHARACTERS:
        return []
    asked = viewer.sees if sites is None else [site for site in sites if viewer.shows_site(site)]
    years = list_years(reader)
    meant = {year: list_beginnings(number, year) for year in years}
    prefixes = [
        number_prefix(kind, site, year) + beginning
        for kind in (TICKETS, HEAT_NUMBERS)
        for site in sorted(asked)
        for year in years
        for beginning in meant[year]
    ]
    claims = reader.list_claims_under(prefixes, _share_out(limit, len(asked)))
    whole = tuple({f"/{one}" for beginnings in meant.values() for one in beginnings})
    claims.sort(key=lambda claim: (not claim.key.endswith(whole), -claim.time_ms, -claim.seq))
    return find_owners(reader, viewer, claims[:limit])


def _share_out(limit: int, sites: int) -> int:
    """Return how many numbers that begin alike are read of each site: of few sites all that are wanted."""
    return max(MOST_OF_ONE, limit // max(1, sites))


def list_beginnings(number: str, year: str) -> tuple[str, ...]:
    """Return how numbers of a year begin that somebody means: as typed, or counted by the site itself (``open_work``)."""
    if not _COUNT.fullmatch(number):
        return (number,)
    return number, f"{year}-{number.lstrip('0').zfill(4)}"


def find_events_by_paper(reader: Reader, viewer: Viewer, typed: str, limit: int = 50) -> list[Event]:
    """Return the events in view of a paper whose number begins so, a delivery note's code or an event's id, newest first.

    Papers are documents, manifests, customs declarations and certificates.
    """
    number = normalise_identifier(typed)
    if not number:
        return []
    prefixes = [manifest_key(number), f"{CERTIFICATES}{number}"]
    if len(number) >= FEWEST_CHARACTERS:
        prefixes += [paper_prefix(site, number) for site in sorted(viewer.sees)]
    claims = reader.list_claims_under(prefixes, _share_out(limit, len(prefixes)))
    found = {event.id: event for event in find_owners(reader, viewer, claims)}
    seq = read_shipment_code(normalise_code(typed))
    loaded = reader.find_events_by_seq([seq]).values() if seq else ()
    found |= {event.id: event for event in loaded if isinstance(event.draft.detail, Shipment)}
    if _UUID.fullmatch(number):
        found |= reader.find_events([number])
    told = [event for event in found.values() if is_told(viewer, event)]
    return sorted(told, key=lambda event: event.order, reverse=True)[:limit]


def find_owners(reader: Reader, viewer: Viewer, claims: Collection[Claim]) -> list[Event]:
    """Return the events in view that hold claims, in the order of these."""
    events = reader.find_events({claim.owner for claim in claims})
    held = [events[claim.owner] for claim in claims if claim.owner in events]
    return [event for event in held if is_told(viewer, event)]


def is_told(viewer: Viewer, event: Event) -> bool:
    """Return whether a viewer is told of an event: its site is in view, or what it loaded goes to one that is."""
    detail = event.draft.detail
    arrives = isinstance(detail, Shipment) and bool(detail.to) and viewer.shows_site(detail.to)
    return arrives or viewer.shows_stay(event.draft.site, event.frozen.region)


def list_years(reader: Reader) -> list[str]:
    """Return the years from the book's first event to its last, the newest ones of very many."""
    ends = [
        reader.list_events(EventFilter(live_only=False), limit=1, newest_first=newest)[0]
        for newest in (False, True)
    ]
    years = [int(year_of(end[0].frozen.time_ms)) for end in ends if end]
    return [str(year) for year in range(years[0], years[1] + 1)][-MOST_YEARS:] if years else []

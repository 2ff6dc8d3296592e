"""Check that each event holds what it claims for itself."""

from graph.store import Reader
from traceability.domain.claims import (
    Claim,
    collision_key,
    declares_no_class,
    make_claims,
    opening_key,
)
from traceability.domain.event import Event, Opening
from traceability.services.upkeep.check.event_cache import EventCache
from traceability.services.upkeep.check.findings import DAMAGE_ERRORS, CheckReport


def check_claims(reader: Reader, events: list[Event], cache: EventCache, report: CheckReport) -> None:
    """Check the claims of these events; of a site's openings the newest holds the site.

    An opening that declares no class may have no claim: nothing tells whether it came first when it was recorded.
    """
    if not events:
        return
    wanted: dict[str, tuple[Event, Claim | None]] = {}
    openings = [event for event in events if isinstance(event.draft.detail, Opening)]
    for event in events:
        try:
            claims = make_claims(event, (), "")
            wanted.update((key, (event, claim)) for key, claim in claims.items())
        except DAMAGE_ERRORS as error:
            report.note("check.unreadable", event.id, repr(error), "")
    stored = reader.find_claims([*wanted, *{opening_key(event.draft.site) for event in openings}])
    differing = [key for key, (_, claim) in wanted.items() if stored.get(key) != claim]
    shared = reader.find_claims([collision_key(key, wanted[key][0].id) for key in differing])
    for key in differing:
        event, claim = wanted[key]
        if collision_key(key, event.id) not in shared:
            report.note("check.claim_lost", event.id, stored.get(key), claim)
    newest = cache.find({claim.seq for claim in stored.values()} if openings else ())
    for event in openings:
        key = opening_key(event.draft.site)
        claim = stored.get(key)
        if not (
            _holds_site(claim, newest.get(claim.seq), event) if claim else declares_no_class(event.draft)
        ):
            report.note("check.claim_lost", event.id, claim, key)


def _holds_site(claim: Claim, newest: Event | None, event: Event) -> bool:
    """Return whether a claim is that of a live opening of the event's site, no older than the event where that counts."""
    if (
        newest is None
        or not isinstance(newest.draft.detail, Opening)
        or newest.draft.site != event.draft.site
    ):
        return False
    named = newest.live and (claim.owner, claim.time_ms) == (newest.id, newest.frozen.time_ms)
    return named and (newest.order >= event.order or declares_no_class(event.draft))

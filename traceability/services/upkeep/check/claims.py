"""Check that each event holds what it claims for itself."""

from collections.abc import Iterable
from hashlib import blake2b

from graph.records import decode_event
from graph.store import Reader
from traceability.domain.claims import (
    CODES,
    COLLISIONS,
    DECLARATIONS,
    STATED,
    Claim,
    collision_key,
    declares_no_class,
    is_history,
    list_event_keys,
    make_claims,
    opening_key,
)
from traceability.domain.event import Event, Opening
from traceability.services.upkeep.check.event_cache import EventCache
from traceability.services.upkeep.check.findings import DAMAGE_ERRORS, CheckReport
from traceability.services.upkeep.check.scan import scan_claims, scan_events

_CHECKED_APART = (CODES, opening_key(""), STATED)


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


def hash_claim(key: str, owner: str) -> int:
    """Return a number that tells a claim from others, the same in every process."""
    return int.from_bytes(blake2b(f"{key}\n{owner}".encode(), digest_size=8).digest())


def hash_claims_of(event: Event) -> int:
    """Return the total of the hashes of what an event claims by its draft; a void one claims nothing."""
    if not event.live:
        return 0
    return sum(hash_claim(key, event.id) for key, _ in list_event_keys(event))


def hash_held(claims: Iterable[Claim]) -> int:
    """Return the total for stored claims, as ``hash_claims_of`` adds it up for events.

    Left out are labels and openings, which are checked where they are made, and what remembers former holders and
    statements. A number that two events of an older book share counts for both.
    """
    total = 0
    for claim in claims:
        key = claim.key
        if key.startswith(COLLISIONS):
            key = key.removeprefix(COLLISIONS).removesuffix(f"/{claim.owner}")
        elif key.startswith(_CHECKED_APART) or (key.startswith(DECLARATIONS) and is_history(claim)):
            continue
        total += hash_claim(key, claim.owner)
    return total


def find_lost_claims(reader: Reader, report: CheckReport) -> None:
    """Report each claim that no live event makes, and each that is not stored: called only where the totals differ."""
    wanted: dict[tuple[str, str], str] = {}
    for rows in scan_events(reader, 0, reader.find_head().seq):
        for row in rows:
            try:
                event = decode_event(row)
                if event.live:
                    wanted.update(((key, event.id), key) for key, _ in list_event_keys(event))
            except DAMAGE_ERRORS:  # reported where the event was checked
                continue
    for claim in scan_claims(reader):
        if not hash_held([claim]):
            continue
        key = claim.key.removeprefix(COLLISIONS).removesuffix(
            f"/{claim.owner}" if claim.key.startswith(COLLISIONS) else ""
        )
        if (key, claim.owner) in wanted:
            del wanted[key, claim.owner]
        else:
            report.note("check.claim_stray", claim.key, claim.owner, "")
    for (key, owner), _ in wanted.items():
        report.note("check.claim_lost", owner, None, key)


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

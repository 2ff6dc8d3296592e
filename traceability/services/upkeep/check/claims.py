"""Check that each event holds what it claims for itself."""

from collections.abc import Iterable
from hashlib import blake2b

from graph.records import decode_event
from graph.store import Reader
from traceability.domain.claims import (
    CODES,
    COLLISIONS,
    DECLARATIONS,
    PAPERS,
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
from traceability.services.recording.judge import content_of
from traceability.services.upkeep.check.event_cache import EventCache
from traceability.services.upkeep.check.findings import DAMAGE_ERRORS, CheckReport
from traceability.services.upkeep.check.scan import scan_claims, scan_events

_CHECKED_APART = (CODES, opening_key(""), STATED, PAPERS)


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
            wanted.update(
                (key, (event, claim)) for key, claim in claims.items() if not key.startswith(PAPERS)
            )
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


def list_own_claims(event: Event) -> dict[str, Claim]:
    """Return by key what a live event must hold by its draft, with its whole content; a void one claims nothing.

    Labels, openings, and what remembers former holders and statements are checked apart.
    """
    if not event.live:
        return {}
    keys = [key for key, _ in list_event_keys(event)]
    claims = make_claims(event, (), content_of(event.draft)) if keys else {}
    return {key: claims[key] for key in keys}


def hash_claim(claim: Claim) -> int:
    """Return a number that tells a claim from others by all that it holds, the same in every process."""
    return int.from_bytes(blake2b("\n".join(map(str, claim)).encode(), digest_size=8).digest())


def hash_claims_of(event: Event) -> int:
    """Return the total of the hashes of what an event claims by its draft; a void one claims nothing."""
    return sum(map(hash_claim, list_own_claims(event).values()))


def hash_held(claims: Iterable[Claim]) -> int:
    """Return the total for stored claims, as ``hash_claims_of`` adds it up for events.

    Left out are labels and openings, which are checked where they are made, and what remembers former holders and
    statements. A number that two events of an older book share counts for both, but is stored for the later one without
    its content: so of such a book the claims are always compared one by one.
    """
    return sum(hash_claim(claim) for claim in claims if not is_checked_apart(claim))


def is_checked_apart(claim: Claim) -> bool:
    """Return whether a claim is none that an event holds by its draft alone."""
    return claim.key.startswith(_CHECKED_APART) or (claim.key.startswith(DECLARATIONS) and is_history(claim))


def check_empty_digests(claims: Iterable[Claim], report: CheckReport) -> None:
    """Report claims with the digest of a content where their kind has none: labels, openings, what only remembers."""
    for claim in claims:
        if claim.digest and (is_checked_apart(claim) or claim.key.startswith(COLLISIONS)):
            report.note("check.claim_differs", claim.key, claim, claim._replace(digest=""))


def find_lost_claims(reader: Reader, report: CheckReport) -> None:
    """Report each claim that no live event makes, that says something else, or is not stored.

    Called only where the totals differ.
    """
    wanted: dict[tuple[str, str], Claim] = {}
    for rows in scan_events(reader, 0, reader.find_head().seq):
        for row in rows:
            try:
                event = decode_event(row)
                wanted.update(((key, event.id), claim) for key, claim in list_own_claims(event).items())
            except DAMAGE_ERRORS:  # reported where the event was checked
                continue
    for claim in scan_claims(reader):
        if is_checked_apart(claim):
            continue
        key, is_shared = claim.key, claim.key.startswith(COLLISIONS)
        if is_shared:
            key = key.removeprefix(COLLISIONS).removesuffix(f"/{claim.owner}")
        true = wanted.pop((key, claim.owner), None)
        if true is None:
            report.note("check.claim_stray", claim.key, claim.owner, "")
            continue
        if is_shared:
            true = true._replace(key=claim.key, digest="")
        if claim != true:
            report.note("check.claim_differs", claim.key, claim, true)
    for key, owner in wanted:
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

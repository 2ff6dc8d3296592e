"""Tell which statistics newer ones replaced: what was stated, by whom and when, and by what since.

A statistic is replaced when it is corrected, when it is voided and stated anew, and when it stands
at a firm's site, as older books kept it, once the region's authority declares its own.
"""

import heapq
import json
from collections.abc import Collection, Iterable
from itertools import pairwise
from typing import NamedTuple

from graph.store import Reader
from traceability.domain.authority import find_statistic, is_superseded
from traceability.domain.claims import STATED, STATISTICS, Claim, stated_prefix, statistic_key
from traceability.domain.event import Declaration, Event, versions_of
from traceability.domain.period import Period
from traceability.services.reporting.declared.declarations import within
from traceability.services.reporting.declared.known_book import list_claims, list_claims_of
from traceability.services.tracing.events import list_corrections
from traceability.wire import decode_draft


class StatedStatistic(NamedTuple):
    """A version of a statistic: ``event`` holds it, ``cause`` recorded it (a correction, or itself)."""

    event: Event
    detail: Declaration
    cause: Event


class ReplacedStatistic(NamedTuple):
    """A version that counts no more, and the newer one that stands in its place."""

    before: StatedStatistic
    by: StatedStatistic


class AuthorityStatistic(NamedTuple):
    """A statistic of a region as its authority finds it listed.

    ``state`` is ``in_force``, ``replaced`` (``by`` a newer one), ``void``, or ``superseded``: it
    stands at a firm's site, and no newer one does.
    """

    stated: StatedStatistic
    state: str
    by: StatedStatistic | None
    replaced: tuple[ReplacedStatistic, ...]


def list_replaced(
    reader: Reader, region: str, period: Period, events: Collection[str] = ()
) -> list[ReplacedStatistic]:
    """Return what was replaced of a region's statistics that count within a period, newest first.

    With ``events`` only what those stand in place of, whatever their region.
    """
    if events:
        stating = [event for event in reader.find_events(events).values() if find_statistic(event.draft)]
        keys = {_key_of(event) for event in stating}
        claims = [claim for key in sorted(keys) for claim in list_claims(reader, stated_prefix(key))]
    else:
        claims = [
            claim
            for claim in list_claims(reader, f"{STATED}{region}/")
            if within(period, _without_owner(claim))
        ]
    return sorted(_find_replaced(reader, claims), key=lambda one: one.by.cause.seq, reverse=True)


def list_newest(reader: Reader, regions: Iterable[str], limit: int) -> list[AuthorityStatistic]:
    """Return the statistics of some regions that were recorded last, older books' too."""
    siblings: dict[str, list[Claim]] = {}
    for of_region in list_claims_of(reader, STATED, set(regions)).values():
        for claim in of_region:
            siblings.setdefault(claim.key.removesuffix(claim.owner), []).append(claim)
    newest = heapq.nlargest(
        limit, (claim for of in siblings.values() for claim in of), key=lambda claim: claim.seq
    )
    stated = dict.fromkeys(claim.key.removesuffix(claim.owner) for claim in newest)
    own: dict[tuple[str, str], list[ReplacedStatistic]] = {}
    by: dict[tuple[str, str], StatedStatistic] = {}
    for one in _find_replaced(reader, [claim for key in stated for claim in siblings[key]]):
        before, after, key = one.before.event.id, one.by.event.id, statistic_key(one.by.detail)
        own.setdefault((key, after), []).append(one)
        if before != after:
            by.setdefault((key, before), one.by)
    events = reader.find_events({claim.owner for claim in newest}) if newest else {}
    listed = []
    for claim in newest:
        event = events[claim.owner]
        versions = _list_versions(reader, event)
        if not versions or _key_of(event) != _key_of_claim(claim):
            continue
        held = _key_of(event), event.id
        instead = by.get(held)
        state = _state_of(event, instead)
        listed.append(AuthorityStatistic(versions[-1], state, instead, tuple(own.get(held, ()))))
    return listed


def _state_of(event: Event, by: StatedStatistic | None) -> str:
    if by is not None:
        return "replaced"
    if not event.live:
        return "void"
    return "superseded" if is_superseded(event.draft, event.frozen) else "in_force"


def _find_replaced(reader: Reader, claims: Collection[Claim]) -> list[ReplacedStatistic]:
    """Return what was replaced among the events that ever stated some statistics."""
    events = reader.find_events({claim.owner for claim in claims}) if claims else {}
    by_key: dict[str, list[Event]] = {}
    for claim in claims:
        by_key.setdefault(_key_of_claim(claim), []).append(events[claim.owner])
    found = []
    for key, stating in by_key.items():
        holder = next((event for event in stating if _counts(event) and _key_of(event) == key), None)
        if holder is None:
            continue
        versions = [one for one in _list_versions(reader, holder) if statistic_key(one.detail) == key]
        if not versions:
            continue
        found += [
            ReplacedStatistic(before, after)
            for before, after in pairwise(versions)
            if before.detail != after.detail
        ]
        for event in stating:
            if event.seq < holder.seq:
                former = [one for one in _list_versions(reader, event) if statistic_key(one.detail) == key]
                found += [ReplacedStatistic(former[-1], versions[0])] if former else []
    return found


def _counts(event: Event) -> bool:
    return event.live and not is_superseded(event.draft, event.frozen)


def _list_versions(reader: Reader, event: Event) -> list[StatedStatistic]:
    """Return what an event stated, oldest first."""
    if not event.revisions:
        drafts = [(event.draft, event)]
    else:
        drafts = [(decode_draft(json.loads(event.text)), event)]
        for correction in list_corrections(reader, event):
            version = versions_of(correction).get(event.id)
            if version is not None:
                drafts.append((version[0], correction))
    stated = ((find_statistic(draft), cause) for draft, cause in drafts)
    return [StatedStatistic(event, detail, cause) for detail, cause in stated if detail is not None]


def _key_of(event: Event) -> str:
    detail = find_statistic(event.draft)
    return statistic_key(detail) if detail else ""


def _key_of_claim(claim: Claim) -> str:
    return STATISTICS + claim.key.removeprefix(STATED).removesuffix(f"/{claim.owner}")


def _without_owner(claim: Claim) -> Claim:
    return claim._replace(key=_key_of_claim(claim))

"""Keep the drafts of queues that could not be recorded, until somebody settles them.

Open ones are documents ``held``, grouped by site, settled ones ``held_closed``, grouped by site and month, each by the id of
its draft; so what waits at a site is read without what was settled there. Neither is part of the derived book: a rebuild
leaves them alone, a backup has them. Names of people go when a draft is settled, as its successor holds ids in their place.

``held_wait`` documents lead from what is waited for to the drafts that wait: a label's code, a lot's id, with ``free/`` before
them where a ticket or heat in work holds them, the event of the same id, and ``due/SITE`` for drafts whose lot is there but whose turn was put off.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice
from typing import Any

from graph.paging import read_all
from graph.store import Body, Document, Reader, Writer
from traceability.domain.calendar import month_of
from traceability.domain.claims import code_key
from traceability.domain.decision import Changes
from traceability.domain.device_clock import DeviceTime, shift_as_stated
from traceability.domain.errors import BadInput, EventRejected, NotFound, Violation, WriteConflict
from traceability.domain.event import Draft, LotCode, lots_of
from traceability.domain.held import is_waiting, list_reserved
from traceability.domain.lot import HELD as AT_SITE
from traceability.domain.lot import Lot
from traceability.services.recording.resolve import NAME_KEYS
from traceability.wire import decode_draft, dump_draft
from traceability.wire.errors import decode_reasons, encode_error

OPEN, CLOSED, WAIT = "held", "held_closed", "held_wait"
LONGEST_REASON = 500
FEW_SITES = 10
MOST_OPEN = 500  # drafts of a person that wait at a site: more than a shift; the device keeps what is beyond
MOST_WAITED_FOR = 50  # lots of a draft; when one comes it is tried, and waits for the next ones
_OF_PEOPLE = frozenset({*NAME_KEYS.values(), "driver", "note"})


class HeldState(StrEnum):
    """What became of a held draft."""

    HELD = "held"
    RESOLVED = "resolved"  # recorded, mended or as it was
    DROPPED = "dropped"  # it shall not be recorded


@dataclass(frozen=True, slots=True)
class HeldDraft:
    """A draft of a queue that waits for a supervisor, or what became of it.

    ``body`` is the draft as it was sent. ``place`` is its number in its message; with ``received_ms`` the order of the queue.
    ``successor`` is the event that was recorded instead.
    """

    id: str
    site: str
    kind: str
    person: str
    deliverer: str
    body: Body
    digest: str
    reasons: tuple[Violation, ...]
    clock_shift_ms: int
    received_ms: int
    place: int
    waits: tuple[str, ...] = ()
    state: HeldState = HeldState.HELD
    successor: str = ""
    reason: str = ""
    closed_by: str = ""
    closed_ms: int = 0
    version: int = 0

    @property
    def draft(self) -> Draft:
        """Return the draft, its times as the device stated them."""
        return decode_draft(self.body)

    @property
    def order(self) -> tuple[int, int]:
        """Return its place among all that was held."""
        return (self.received_ms, self.place)

    @property
    def error(self) -> EventRejected:
        """Return the refusal with every reason."""
        return EventRejected(list(self.reasons))

    @property
    def times(self) -> DeviceTime:
        """Return the time of the event by the clock of the device, and as corrected."""
        draft = self.draft
        return DeviceTime(draft.time_ms, draft.time_ms + shift_as_stated(draft, self.clock_shift_ms))


# --- stored form --------------------------------------------------------------------------------------------------

_PLAIN = ("site", "kind", "person", "deliverer", "digest", "clock_shift_ms", "received_ms", "place")
_OUTCOME = ("successor", "reason", "closed_by", "closed_ms")


def _encode(held: HeldDraft) -> Body:
    body: dict[str, Any] = {name: getattr(held, name) for name in _PLAIN}
    body |= {"draft": held.body, "reasons": encode_error(held.error), "waits": list(held.waits)}
    if held.state is not HeldState.HELD:
        body |= {name: getattr(held, name) for name in _OUTCOME} | {"state": str(held.state)}
    return body


def _decode(document: Document) -> HeldDraft:
    body = document.body
    reasons = tuple(one for one in decode_reasons(body["reasons"]) if isinstance(one, Violation))
    return HeldDraft(
        id=document.id,
        body=body["draft"],
        reasons=reasons,
        waits=tuple(body["waits"]),
        state=HeldState(body.get("state", HeldState.HELD)),
        version=document.version,
        **{name: body[name] for name in _PLAIN},
        **{name: body[name] for name in _OUTCOME if name in body},
    )


# --- finding ------------------------------------------------------------------------------------------------------


def find_held(reader: Reader, ids: Collection[str]) -> dict[str, HeldDraft]:
    """Return held drafts by id, open and settled; unknown ids are left out."""
    found = reader.find_documents(OPEN, ids)
    left = [id_ for id_ in ids if id_ not in found]
    found |= reader.find_documents(CLOSED, left) if left else {}
    return {id_: _decode(document) for id_, document in found.items()}


def list_open(reader: Reader, sites: Collection[str]) -> Iterator[HeldDraft]:
    """Yield the drafts that wait at some sites."""
    groups = list(sites) if len(sites) <= FEW_SITES else [None]  # of many sites one reading of all is shorter
    for group in groups:
        for document in read_all(lambda after, group=group: reader.list_documents(OPEN, group, after)):  # type: ignore[misc]
            if document.group in sites:
                yield _decode(document)


def count_open(reader: Reader, site: str, person: str) -> int:
    """Return how many drafts of a person wait at a site, ``MOST_OPEN`` where there are more."""
    waiting = read_all(lambda after: reader.list_documents(OPEN, site, after))
    return sum(1 for _ in islice((one for one in waiting if one.body["person"] == person), MOST_OPEN))


def list_closed(reader: Reader, site: str, month: str, limit: int) -> list[HeldDraft]:
    """Return what was settled at a site in a month (at most ``limit``), by id."""
    page, _ = reader.list_documents(CLOSED, f"{site}/{month}", "", limit)
    return [_decode(document) for document in page]


# --- holding and settling -----------------------------------------------------------------------------------------


def hold_draft(writer: Writer, held: HeldDraft, draft: Draft) -> HeldDraft:
    """Keep a draft, or what stands against it by now, and what it waits for."""
    lots = tuple(islice(_list_waits(writer, draft, held), MOST_WAITED_FOR))
    # Judged before the draft of the same message that brings its lot: it is tried once that is stored.
    came_since = not lots and not held.version and is_waiting(held.reasons)
    freed = islice(_list_reserved(held.reasons), MOST_WAITED_FOR)
    waits = (f"id/{held.id}", *lots, *freed, *([f"due/{held.site}"] if came_since else ()))
    for key in held.waits:
        if key not in waits:
            _stop_waiting(writer, key, held.id)
    for key in waits:
        if key not in held.waits:
            _begin_waiting(writer, key, held.id)
    held = replace(held, waits=waits)
    writer.put_document(OPEN, held.id, _encode(held), held.version, held.site)
    return held


def _list_waits(writer: Writer, draft: Draft, held: HeldDraft) -> Iterator[str]:
    """Yield the keys of the lots that are not at the site, where the draft waits for lots."""
    if not is_waiting(held.reasons):
        return
    named = lots_of(draft)
    claims = writer.find_claims([code_key(one) for one in named if isinstance(one, LotCode)])
    owners = {one: claims[code_key(one)].owner for one in named if code_key(one) in claims}
    lots = writer.find_lots({owners.get(one, one) for one in named})
    for one in dict.fromkeys(named):
        lot = lots.get(owners.get(one, one))
        if lot is None or not _is_at(lot, held.site):
            yield code_key(one) if isinstance(one, LotCode) else f"lot/{one}"


def _list_reserved(reasons: Sequence[Violation]) -> Iterator[str]:
    """Yield the keys of the lots and labels that open work holds, where the draft is held because of that."""
    for key in dict.fromkeys(key for one in reasons for key in list_reserved(one)):
        yield f"free/{key}"


def _is_at(lot: Lot, site: str) -> bool:
    return lot.site == site and lot.custody == AT_SITE and not lot.void


def _begin_waiting(writer: Writer, key: str, id_: str) -> None:
    stored = writer.find_documents(WAIT, [key]).get(key)
    ids = stored.body["drafts"] if stored else []
    if id_ not in ids:
        writer.put_document(WAIT, key, {"drafts": [*ids, id_]})


def _stop_waiting(writer: Writer, key: str, id_: str) -> None:
    stored = writer.find_documents(WAIT, [key]).get(key)
    left = [one for one in stored.body["drafts"] if one != id_] if stored else []
    if left:
        writer.put_document(WAIT, key, {"drafts": left})
    elif stored:
        writer.erase_document(WAIT, key)


def resolve_held(writer: Writer, held: HeldDraft, successor: str, by: str, now_ms: int) -> None:
    """Settle a draft by the event that was recorded for it; ``by`` is '' where nobody had to do anything."""
    _close(
        writer, replace(held, state=HeldState.RESOLVED, successor=successor, closed_by=by, closed_ms=now_ms)
    )


def drop_held(writer: Writer, held: HeldDraft, reason: str, by: str, now_ms: int) -> None:
    """Settle a draft that shall not be recorded. Raises BadInput without a reason."""
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise BadInput("held.reason_needed", most=LONGEST_REASON)
    _close(writer, replace(held, state=HeldState.DROPPED, reason=reason, closed_by=by, closed_ms=now_ms))


def _close(writer: Writer, held: HeldDraft) -> None:
    for key in held.waits:
        _stop_waiting(writer, key, held.id)
    body = {key: value for key, value in held.body.items() if key not in _OF_PEOPLE}
    writer.erase_document(OPEN, held.id)
    group = f"{held.site}/{month_of(held.closed_ms)}"
    writer.put_document(CLOSED, held.id, _encode(replace(held, waits=(), body=body)), 0, group)


def require_open(reader: Reader, id_: str) -> HeldDraft:
    """Return a draft that still waits. Raises NotFound, WriteConflict where somebody settled it meanwhile."""
    held = find_held(reader, [id_]).get(id_)
    if held is None:
        raise NotFound("held.unknown")
    if held.state is not HeldState.HELD:
        raise WriteConflict("held.settled", state=str(held.state), by=held.closed_by)
    return held


# --- lots that turn up --------------------------------------------------------------------------------------------


def list_waiting_for(
    reader: Reader, changes: Changes, sites: Collection[str] = (), freed: Collection[str] = ()
) -> list[HeldDraft]:
    """Return the drafts that can go on after a write, in the order of their queues: their lot is at their site by now, open
    work holds it no more (``freed``), an event of their own id was recorded, or they were put off at one of the sites."""
    lots = _lots_by_key(changes)
    events = {f"id/{event.id}" for event in changes.events}
    due = {f"due/{site}" for site in sites}
    free = {f"free/{key}" for key in (*lots, *freed)}
    found = reader.find_documents(WAIT, [*lots, *events, *due, *free])
    wanted: dict[str, list[str]] = {}
    for key, document in found.items():
        for id_ in document.body["drafts"]:
            wanted.setdefault(id_, []).append(key)
    if not wanted:
        return []
    every = reader.find_documents(OPEN, list(wanted)).values()
    ready = [
        held
        for held in map(_decode, every)
        if any(key not in lots or _is_at(lots[key], held.site) for key in wanted[held.id])
    ]
    return sorted(ready, key=lambda held: held.order)


def _lots_by_key(changes: Changes) -> Mapping[str, Lot]:
    keys: dict[str, Lot] = {}
    for lot in changes.lots.values():
        keys[f"lot/{lot.id}"] = lot
        for code in (lot.code, *lot.codes):
            keys[code_key(code)] = lot
    return keys


def put_off(writer: Writer, drafts: Sequence[HeldDraft]) -> None:
    """Keep that these drafts are to be tried when their site sends something again: a write has only so much time."""
    for held in drafts:
        key = f"due/{held.site}"
        if key not in held.waits:
            _begin_waiting(writer, key, held.id)
            writer.put_document(
                OPEN, held.id, _encode(replace(held, waits=(*held.waits, key))), held.version, held.site
            )


def new_held(draft: Draft, digest: str, person: str, deliverer: str, **how: Any) -> HeldDraft:
    """Return a draft to be held."""
    return HeldDraft(
        id=draft.id, site=draft.site, kind=draft.kind, person=person, deliverer=deliverer,
        body=dump_draft(draft), digest=digest, **how,
    )  # fmt: skip

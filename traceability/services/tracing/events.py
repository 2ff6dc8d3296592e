"""Find an event with its lots, postings and corrections, and the recalls that follow from it."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from graph.store import EventFilter, PostingFilter, Reader
from traceability.domain import entry
from traceability.domain.confirmation import list_unconfirmed
from traceability.domain.decision import INPUT, OBSERVED, OUTPUT, Edge
from traceability.domain.errors import NotFound, Violation
from traceability.domain.event import (
    Adjustment,
    Assay,
    Correction,
    Draft,
    Event,
    Frozen,
    Receiving,
    Weighing,
    lots_of,
    versions_of,
)
from traceability.domain.kinds import OBSERVATIONS, TRANSFORMATIONS
from traceability.domain.lot import Lot
from traceability.domain.posting import Posting
from traceability.domain.rights import Thing, Viewer
from traceability.domain.timeline import TakeFlag, flag_takes
from traceability.services.directory.names import Names, find_names, find_party_names
from traceability.services.directory.parties import VEHICLE
from traceability.services.tracing.by_site import find_sites_in_view, page_by_site
from traceability.wire import decode_draft, dump_draft
from traceability.wire.schemas import SCHEMAS

MOST_POSTINGS = 1_000
MOST_NAMED = 40  # events of warnings; the count is among their figures
PARTIES = frozenset({"supplier", "customer", "driver", "carrier", "receiver", VEHICLE})
"""Fields of drafts that hold the id of a party or vehicle."""

_SHOWN_ELSEWHERE = frozenset(
    {
        "id",
        "kind",
        "site",
        "event_time",
        "precision",
        "actor",
        "inputs",
        "outputs",
        "lots",
        "schema",
        "targets",
        "photos",
    }
)

_OF_THE_ENVELOPE = frozenset({"id", "kind", "schema", "precision"})

Fact = tuple[str, Any]
"""A field that an event states: its path on the wire, and its value."""

FREE_TEXTS = frozenset({"note"})
PEOPLE = frozenset({"approver"})
"""Fields of drafts where anybody may be named."""

RECORDERS = frozenset({"actor"})
PHOTOS = frozenset({"photos"})
PARTY_NAMES = frozenset(key for schema in SCHEMAS.values() for key in schema.by_name)
"""Fields of drafts that hold the name of a party, or the plate of a vehicle."""


@dataclass(frozen=True, slots=True)
class EventDossier:
    """An event with everything about it that a viewer may know.

    ``is_named`` tells whether the event's site is in view. If not, a lot of the event is: then the
    event is told with the lots in view, and nothing that it states. Parties and photos are left out
    where the viewer may not know those of the site. ``facts`` are what the kind states of its
    own, as on the wire, flattened; ``first`` those of the version first recorded, where a correction
    replaced it. ``former`` are the parts that lots had in it and have no more: as first recorded,
    where it was replaced, all of them where it was voided. ``targets`` are the events in view that a correction
    addressed, by id. ``lots`` are those of all parts by id.
    """

    event: Event
    is_named: bool
    parts: list["TakenPart"]
    former: list["StatedPart"]
    lots: dict[str, Lot]
    postings: list[Posting]
    corrections: list[Event]
    targets: dict[str, Event]
    facts: list[Fact]
    first: list[Fact]
    photos: tuple[str, ...]
    recalls: list["Recall"]
    warnings: list["WarningInView"]
    names: Names


class Recall(NamedTuple):
    """The use of a lot that had failed an inspection by then, as was recorded later."""

    lot: Lot
    flag: TakeFlag


class WarningInView(NamedTuple):
    """A warning with the events that it names, as far as they are in view, and the codes of its lots.

    ``unconfirmed``: it is one that people are asked about, and nobody confirmed it.
    """

    warning: Violation
    events: list[Event]
    codes: list[str]
    unconfirmed: bool = False


class StatedPart(NamedTuple):
    """A lot as a draft names it; ``mass_g`` None where the draft leaves it to what remains of the lot."""

    role: str
    lot: str
    material: str
    mass_g: int | None


class TakenPart(NamedTuple):
    """A lot's part in an event; amounts that the kind does not have are None.

    ``role`` is that of the edge; of a movement 'whole' for a lot that moved whole, 'source' and 'part'
    for one that was split. ``mass_g`` and ``metal_g`` are what was used, made, moved, weighed in or
    examined; ``sent_g`` is what was on its way before a receipt, ``before_g`` the metal before an
    assay; the changes are signed.
    """

    lot: Lot
    role: str
    mass_g: int | None = None
    metal_g: int | None = None
    sent_g: int | None = None
    before_g: int | None = None
    change_g: int | None = None
    metal_change_g: int | None = None

    @property
    def is_source(self) -> bool:
        """Return whether something was taken from the lot, which was not made, moved or examined."""
        return self.role in (INPUT, "source")


class Sums(NamedTuple):
    """Sums of an event: lots and grams used; made, moved or examined; sent and changed; metal of an assay."""

    used: int
    used_g: int
    lots: int
    mass_g: int
    loss_g: int
    sent_g: int
    change_g: int
    before_g: int
    metal_g: int


def sum_parts(event: Event, parts: Collection[TakenPart]) -> Sums:
    """Sum the parts of lots in an event; of a split lot the part counts, not what it was taken from."""
    used = [part for part in parts if part.is_source]
    done = [part for part in parts if not part.is_source]
    used_g = sum(part.mass_g or 0 for part in used)
    mass_g = sum(part.mass_g or 0 for part in done)
    return Sums(
        used=len(used),
        used_g=used_g,
        lots=len(done),
        mass_g=mass_g,
        loss_g=used_g + event.draft.uptake_g - mass_g if event.draft.kind in TRANSFORMATIONS else 0,
        sent_g=sum(part.sent_g or 0 for part in done),
        change_g=sum(part.change_g or 0 for part in done),
        before_g=sum(part.before_g or 0 for part in done),
        metal_g=sum(part.metal_g or 0 for part in done),
    )


def _taken_part(event: Event, edge: Edge, lot: Lot) -> TakenPart:
    detail = event.draft.detail
    if edge.role != OBSERVED:
        role = edge.role if edge.number >= 0 else "source" if edge.role == INPUT else "part"
        return TakenPart(lot, role, edge.mass_g, edge.metal_g)
    if isinstance(detail, Adjustment):
        return TakenPart(lot, OBSERVED, change_g=edge.mass_g, metal_change_g=edge.metal_g)
    if event.draft.kind in OBSERVATIONS and not isinstance(detail, Assay):
        return TakenPart(lot, OBSERVED)
    mass_g = event.frozen.masses[edge.position]
    if isinstance(detail, Receiving):
        return TakenPart(lot, OBSERVED, mass_g, sent_g=mass_g - edge.mass_g, change_g=edge.mass_g)
    take = lot.content_at(event.order).take(mass_g)
    if isinstance(detail, Assay):
        assayed = [content.metal_g for content in lot.contents if content.order == event.order]
        return TakenPart(lot, OBSERVED, mass_g, assayed[0] if assayed else None, before_g=take.metal_g)
    return TakenPart(lot, "whole", mass_g, take.metal_g)


def find_weighing(reader: Reader, viewer: Viewer, lot: Lot) -> Weighing | None:
    """Return the weighbridge readings that a lot came in with, at a site in view; a part split off has none."""
    if lot.parent or lot.void:
        return None
    made = reader.find_events([lot.made_by]).get(lot.made_by)
    if made is None or lot.id not in made.frozen.lots or not viewer.shows_site(made.draft.site):
        return None
    return entry.find_weighing(made.draft, made.frozen.lots.index(lot.id))


def list_moved_months(reader: Reader, event_id: str) -> list[tuple[str, str]]:
    """Return (event month, book month) of an event's postings where a seal makes them differ."""
    event = reader.find_events([event_id]).get(event_id)
    postings = reader.scan_postings([event.seq]) if event else []
    months = {(posting.row.month, posting.book_month) for posting in postings}
    return sorted((month, booked) for month, booked in months if month != booked)


def find_event(reader: Reader, viewer: Viewer, event_id: str) -> Event:
    """Return an event of a site in view. Raises NotFound."""
    event = _find(reader, event_id)
    if not viewer.shows_site(event.draft.site):
        raise NotFound("event.unknown", id=event_id)
    return event


def list_events_in_view(
    reader: Reader, viewer: Viewer, events: EventFilter, after: str = "", limit: int = 50, *,
    newest_first: bool = True,
) -> tuple[list[Event], str]:  # fmt: skip
    """Return the events of a site in view, or of all of them, site by site, and the cursor to continue after or ''.

    Those of a site are in book order or its reverse. Raises NotFound for a site out of view, BadInput for a cursor that is none.
    """
    return page_by_site(
        find_sites_in_view(viewer, events.site),
        after,
        limit,
        lambda site, key, most: reader.list_events(
            replace(events, site=site), key, most, newest_first=newest_first
        ),
    )


def list_recorded(reader: Reader, ids: Collection[str]) -> list[str]:
    """Return those of the ids that events have, in their order."""
    events = reader.find_events(ids)
    return [id_ for id_ in ids if id_ in events]


def list_corrections(reader: Reader, event: Event) -> list[Event]:
    """Return the corrections that addressed an event, oldest first."""
    corrections = reader.find_events_by_seq(event.revisions)
    return [corrections[seq] for seq in event.revisions if seq in corrections]


class VersionChange(NamedTuple):
    """What an event states now and stated in an earlier version, as facts, with names of parties by id."""

    facts: list[Fact]
    before: list[Fact]
    parties: dict[str, str]


def find_changes_since(reader: Reader, event: Event, version: int) -> VersionChange:
    """Return what corrections changed since a version of an event; nothing for a version that it never had."""
    draft = _find_version(reader, event, version)
    if draft is None:
        return VersionChange([], [], {})
    now, before = _all_facts(event.draft), _all_facts(draft)
    parties = {str(value) for path, value in (*now, *before) if leaf_of(path) in PARTIES}
    return VersionChange(now, before, find_party_names(reader, parties))


def _find_version(reader: Reader, event: Event, version: int) -> Draft | None:
    if not version:
        return decode_draft(json.loads(event.text))
    if version not in event.revisions:
        return None
    correction = reader.find_events_by_seq([version])[version]
    corrected = versions_of(correction).get(event.id)
    return corrected[0] if corrected else None


def find_event_dossier(reader: Reader, viewer: Viewer, event_id: str) -> EventDossier:
    """Return an event whose site or one of whose lots is in view. Raises NotFound."""
    event = _find(reader, event_id)
    former = _former_parts(event)
    edges = reader.list_edges([event.seq])
    lots = reader.find_lots({edge.lot for edge in edges} | {part.lot for part in former})
    site = event.draft.site
    is_named = _shows(viewer, event)
    if not is_named:
        lots = {id_: lot for id_, lot in lots.items() if viewer.shows_lot(lot)}
        if not lots:
            raise NotFound("event.unknown", id=event_id)
    recalls = _find_recalls(reader, viewer, event, edges, lots)
    lots = {id_: viewer.see_lot(lot) for id_, lot in lots.items()}
    names_parties = viewer.tells(site, Thing.PARTY)
    corrections = list_corrections(reader, event) if is_named else []
    facts = list_facts(dump_draft(event.draft)) if is_named else []
    first = list_facts(json.loads(event.text)) if event.revisions and is_named else []
    parties = {str(value) for path, value in (*facts, *first) if leaf_of(path) in PARTIES | {"to"}}
    return EventDossier(
        event=event,
        is_named=is_named,
        parts=[_taken_part(event, edge, lots[edge.lot]) for edge in edges if edge.lot in lots],
        former=former if is_named else [],
        lots=lots,
        postings=_list_postings(reader, viewer, event),
        corrections=corrections,
        targets=_find_targets(reader, viewer, event) if is_named else {},
        facts=_in_view(facts, viewer, site),
        first=_in_view(first, viewer, site),
        photos=getattr(event.draft.detail, "photos", ()) if viewer.tells(site, Thing.PHOTO) else (),
        recalls=recalls,
        warnings=_find_warnings(reader, viewer, event, lots) if is_named else [],
        names=find_names(reader, viewer, [event, *corrections], parties if names_parties else ()),
    )


def _find_targets(reader: Reader, viewer: Viewer, event: Event) -> dict[str, Event]:
    detail = event.draft.detail
    if not isinstance(detail, Correction):
        return {}
    events = reader.find_events([target.event for target in detail.targets[:MOST_NAMED]])
    return {id_: found for id_, found in events.items() if _shows(viewer, found)}


def _list_postings(reader: Reader, viewer: Viewer, event: Event) -> list[Posting]:
    """Return what an event posted, at sites in view."""
    postings, _ = reader.list_postings(PostingFilter(event=event.seq), limit=MOST_POSTINGS)
    return [posting for posting, _ in postings if viewer.shows_site(posting.row.site)]


def leaf_of(path: str) -> str:
    """Return the last part of a field's path."""
    return path.rpartition(".")[2]


def _shows(viewer: Viewer, event: Event) -> bool:
    """Return whether the event's site is in view, or was in a region in view then."""
    return viewer.shows_stay(event.draft.site, event.frozen.region)


def _find(reader: Reader, event_id: str) -> Event:
    event = reader.find_events([event_id]).get(event_id)
    if event is None:
        raise NotFound("event.unknown", id=event_id)
    return event


def _in_view(facts: list[Fact], viewer: Viewer, site: str) -> list[Fact]:
    """Return facts of a site without the parties and people that the viewer may not know, nor free texts then."""
    withheld = frozenset[str]()
    if not viewer.tells(site, Thing.PARTY):
        withheld |= PARTIES | FREE_TEXTS
    if not viewer.tells(site, Thing.PERSON):
        withheld |= PEOPLE
    return [(path, "" if leaf_of(path) in withheld else value) for path, value in facts]


def dump_draft_in_view(event: Event, viewer: Viewer) -> dict[str, Any]:
    """Return the draft in force of an event in view, on the wire, without what the viewer may not know of its site."""
    site = event.draft.site
    withheld = frozenset[str]()
    if not viewer.tells(site, Thing.PARTY):
        withheld |= PARTIES | PARTY_NAMES | FREE_TEXTS
    if not viewer.tells(site, Thing.PERSON):
        withheld |= PEOPLE | RECORDERS
    if not viewer.tells(site, Thing.PHOTO):
        withheld |= PHOTOS
    stated: dict[str, Any] = _without(dump_draft(event.draft), withheld)
    return stated


def _without(value: Any, keys: Collection[str]) -> Any:
    if isinstance(value, dict):
        return {key: _without(inner, keys) for key, inner in value.items() if key not in keys}
    return [_without(inner, keys) for inner in value] if isinstance(value, list) else value


def _find_warnings(
    reader: Reader, viewer: Viewer, event: Event, lots: Mapping[str, Lot]
) -> list[WarningInView]:
    named = [id_ for warning in event.warnings for id_ in warning.events][:MOST_NAMED]
    events = reader.find_events(named) if named else {}
    in_view = {id_: later for id_, later in events.items() if _shows(viewer, later)}
    unconfirmed = list_unconfirmed(event.draft, event.warnings)
    return [
        WarningInView(
            warning,
            [in_view[id_] for id_ in warning.events if id_ in in_view],
            [lots[id_].code for id_ in warning.lots if warning.events and id_ in lots],
            warning in unconfirmed,
        )
        for warning in event.warnings
    ]


def list_recalls(reader: Reader, viewer: Viewer, lot: Lot) -> list[Recall]:
    """Return the failed lots that the making of a lot used, none of which has passed since."""
    if lot.void:
        return []
    made = reader.find_events([lot.made_by]).get(lot.made_by)
    edges = reader.list_edges([made.seq]) if made and lots_of(made.draft) else []
    if made is None or not edges:
        return []
    # A part holds metal of the lot alone that it was split off from, not of what else the truck carried.
    sources = {lot.parent} if lot.parent else {edge.lot for edge in edges if edge.role != OUTPUT}
    return _find_recalls(reader, viewer, made, edges, reader.find_lots(sources))


def _find_recalls(
    reader: Reader, viewer: Viewer, event: Event, edges: Collection[Edge], lots: Mapping[str, Lot]
) -> list[Recall]:
    """Return the recalls of an event; only lots with a failure in force are looked into."""
    used = {edge.lot for edge in edges if edge.role != OUTPUT}
    suspects = [lot for id_, lot in lots.items() if id_ in used and lot.failures]
    recalls = []
    for lot in suspects:
        timeline = [
            edge for edge in reader.list_touches([lot.id]) if edge.role == OBSERVED or edge.event == event.seq
        ]
        events = reader.find_events_by_seq({edge.event for edge in timeline})
        flags = flag_takes((edge, events[edge.event]) for edge in timeline)
        recalls += [Recall(viewer.see_lot(lot), flag) for flag in flags if flag.take.seq == event.seq]
    return recalls


def _former_parts(event: Event) -> list[StatedPart]:
    now = _stated_parts(event.draft, event.frozen)
    if not event.live:
        return now
    first = (
        _stated_parts(decode_draft(json.loads(event.text)), event.first)
        if event.revisions and event.first
        else []
    )
    return [part for part in first if part not in now]


def _stated_parts(draft: Draft, frozen: Frozen) -> list[StatedPart]:
    parts = [StatedPart("input", use.lot, "", use.mass_g) for use in draft.inputs]
    parts += [StatedPart("observed", moved.lot, "", moved.mass_g) for moved in draft.lots]
    for number, (lot, new) in enumerate(zip(frozen.lots, draft.outputs, strict=False)):
        mass_g = new.mass_g
        weighing = entry.find_weighing(draft, number)
        if mass_g is None and weighing and (new.weighing or len(draft.outputs) == 1):
            mass_g = entry.compute_settled_mass(weighing)[1]
        parts.append(StatedPart("output", lot, new.material, mass_g))
    return parts


def _all_facts(draft: Draft) -> list[Fact]:
    """Return the facts of a draft with its lots and its time."""
    body = dump_draft(draft)
    stated = {key: value for key, value in body.items() if key not in _OF_THE_ENVELOPE}
    return [pair for key, inner in stated.items() for pair in _flatten(key, inner)]


def list_facts(draft: Mapping[str, Any]) -> list[Fact]:
    """Return what the kind of a draft states of its own, without lots, photos and what every event has."""
    stated = ((key, inner) for key, inner in draft.items() if key not in _SHOWN_ELSEWHERE)
    return [pair for key, inner in stated for pair in _flatten(key, inner)]


def _flatten(path: str, value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [pair for key, inner in value.items() for pair in _flatten(f"{path}.{key}", inner)]
    if isinstance(value, list):
        return [pair for number, inner in enumerate(value) for pair in _flatten(f"{path}.{number}", inner)]
    return [(path, value)]

"""The mending of a held draft: the form of its kind as the draft states it, handed in as an event of its own."""

from collections.abc import Collection
from typing import Any

from werkzeug.datastructures import MultiDict

from graph.store import Reader
from traceability.domain.calendar import iso_time
from traceability.domain.device_clock import shift_times
from traceability.domain.errors import NotFound
from traceability.domain.event import DATE, PARTY_FIELDS, Correction, Draft, Event, LotCode, lots_of
from traceability.domain.rights import Viewer
from traceability.services.directory.names import find_party_names
from traceability.services.recording.held import HeldDraft
from traceability.services.tracing.events import find_event
from traceability.services.tracing.lots import find_lots_by_code
from traceability.web.forms.correction import EventCorrection, fill_form, keep_frames, state_again
from traceability.web.forms.event_fields import EVENT_FIELDS
from traceability.web.forms.purpose import NewEvent
from traceability.wire import dump_draft


class HeldMending(NewEvent):
    """A form states again what a held draft states, without some lots where those are not meant any more; recorded, it
    settles that draft."""

    def __init__(self, held: HeldDraft, reader: Reader, without: Collection[str] = ()) -> None:
        self.held: HeldDraft | None = held
        self.site = held.site
        self._draft = _leave_out(
            shift_times(_leave_to_form(held.draft), held.times.shift_ms), reader, without
        )
        self.photos: Collection[str] = getattr(self._draft.detail, "photos", ())
        self._names = _find_names(reader, self._draft)

    def fill(self) -> MultiDict[str, str]:
        """Return the inputs of the form with what the draft states, its time as corrected."""
        return fill_form(EVENT_FIELDS[self._draft.kind], state_again(self._draft), self._names)

    def wrap(self, envelope: dict[str, Any], stated: dict[str, Any]) -> dict[str, Any]:
        """Return the envelope with what is stated; when it happened stays as it is where nothing else is stated."""
        kept = {"event_time": iso_time(self._draft.time_ms, self._draft.offset_min)}
        if self._draft.precision == DATE:
            kept = {"event_time": dump_draft(self._draft)["event_time"]}
        return {**envelope, **kept, **keep_frames(dump_draft(self._draft), stated)}


class HeldReplacement(EventCorrection):
    """A form states an event again as a held correction does, against what is in force now; recorded, it settles that draft."""

    def __init__(self, held: HeldDraft, event: Event, replacement: Draft, reader: Reader) -> None:
        super().__init__(event, reader)
        assert isinstance(held.draft.detail, Correction)
        self.held: HeldDraft | None = held
        self._reason = held.draft.detail.reason
        self._replacement = replacement
        self.names |= _find_names(reader, replacement)
        self.photos = {*self.photos, *getattr(replacement.detail, "photos", ())}

    def fill(self) -> MultiDict[str, str]:
        """Return the inputs of the form with what the held correction states, its reason among them."""
        typed = self.fill_with(self._replacement)
        typed["correction-reason"] = self._reason
        return typed


def find_corrected(reader: Reader, viewer: Viewer, draft: Draft) -> Event | None:
    """Return the event that a correction is of, where it is of one that a form can correct; None of several, of one out
    of view, and where it is stated anew as another kind."""
    targets = draft.detail.targets if isinstance(draft.detail, Correction) else ()
    if len(targets) != 1:
        return None
    try:
        event = find_event(reader, viewer, targets[0].event)
    except NotFound:
        return None
    replacement = targets[0].draft
    return event if replacement is None or replacement.kind == event.draft.kind else None


def _leave_to_form(draft: Draft) -> Draft:
    """Return a draft without what its form decides: voiding takes the place of an undo, and a button says how far it goes."""
    if not isinstance(draft.detail, Correction):
        return draft
    return draft._replace(detail=draft.detail._replace(undo=False, cascade=False))


def _leave_out(draft: Draft, reader: Reader, without: Collection[str]) -> Draft:
    """Return a draft that no longer takes or moves some lots, which are given by id."""
    if not without:
        return draft
    named = find_draft_lots(reader, draft)

    def stays(lot: str) -> bool:
        return named.get(lot, lot) not in without

    return draft._replace(
        inputs=tuple(used for used in draft.inputs if stays(used.lot)),
        lots=tuple(moved for moved in draft.lots if stays(moved.lot)),
    )


def find_draft_lots(reader: Reader, draft: Draft) -> dict[str, str]:
    """Return the ids of the lots that a draft takes or moves, by what it names them; labels without a lot are left out."""
    named = dict.fromkeys([*(used.lot for used in draft.inputs), *(moved.lot for moved in draft.lots)])
    by_code = find_lots_by_code(reader, [lot for lot in named if isinstance(lot, LotCode)])
    return {
        lot: by_code[lot].id if lot in by_code else lot
        for lot in named
        if lot in by_code or not isinstance(lot, LotCode)
    }


def _find_names(reader: Reader, draft: Draft) -> dict[str, str]:
    """Return what people type for the ids of a draft: codes of lots, names of parties, plates."""
    lots = reader.find_lots(lots_of(draft))
    stated = {getattr(draft.detail, name) for name in PARTY_FIELDS.get(type(draft.detail), ())}
    return {id_: lot.code for id_, lot in lots.items()} | find_party_names(reader, stated)

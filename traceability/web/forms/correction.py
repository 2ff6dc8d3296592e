"""The correction of a recorded event: the form of its kind, filled in with what is in force, and a
reason.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from werkzeug.datastructures import MultiDict

from graph.store import Reader, Writer
from traceability.domain.errors import EventConflict, TooMuchWork, Violation
from traceability.domain.event import DATE, PARTY_FIELDS, Correction, Draft, Event, lots_of
from traceability.services.directory.names import find_party_names
from traceability.services.recording.capture import Receipt
from traceability.services.recording.held import HeldDraft
from traceability.services.recording.judge import Deliverer
from traceability.services.recording.preview import preview_event
from traceability.web.forms.event_fields import EVENT_FIELDS
from traceability.web.forms.fields import (
    FieldGroup,
    FieldList,
    FieldRows,
    FormField,
    Names,
    NoteField,
    PartyField,
    WholeField,
)
from traceability.web.forms.form_reader import FormReading
from traceability.web.forms.problems import FormFault
from traceability.web.shell import current
from traceability.web.shell.words import t
from traceability.wire import dump_draft, load_draft

_WITHIN = "targets.0.draft."
_OF_THE_ENVELOPE = frozenset({"schema", "id", "kind", "site", "actor"})
_OF_ITS_OWN = ("kind", "site", "actor", "event_time", "precision")
FRAMES = (("gross_g", "gross_frame"), ("tare_g", "tare_frame"))
_NOT_FILLED = _OF_THE_ENVELOPE | {"approval", "confirmed"}  # given for what was stated before

VERSION = "correction-version"  # the input that carries the version that the form was filled in with
REASON = NoteField("reason", "correct.reason", hint="correct.reason_hint")


class EventCorrection:
    """A form states again what an event states; handed in, it is a correction with one target."""

    replaces = True
    held: HeldDraft | None = None
    id = ""
    then: Callable[[Writer, Receipt], None] | None = None
    fields: FieldList = (FieldGroup("correction", (REASON, WholeField("version", counted=""))),)

    def __init__(self, event: Event, reader: Reader) -> None:
        self.event = event
        self.names = _find_names(reader, event)
        self.site = event.draft.site
        self.photos: Collection[str] = getattr(event.draft.detail, "photos", ())

    def fill(self) -> MultiDict[str, str]:
        """Return the inputs of the form with what is in force."""
        return self.fill_with(self.event.draft)

    def fill_with(self, draft: Draft) -> MultiDict[str, str]:
        """Return the inputs of the form with what a draft states of the event.

        Ids and codes of the event's outputs are among them, so that they stay with their rows.
        """
        body = state_again(draft)
        frozen = self.event.frozen
        for row, lot, code in zip(body.get("outputs", ()), frozen.lots, frozen.codes, strict=False):
            row.update({"lot": lot, "code": code} | row)
        typed = fill_form(EVENT_FIELDS[draft.kind], body, self.names)
        typed[VERSION] = str(self.event.version)
        return typed

    def wrap(self, envelope: dict[str, Any], stated: dict[str, Any]) -> dict[str, Any]:
        """Return the correction; who recorded the event and when stay as they are where nothing
        else is stated.
        """
        original = dump_draft(self.event.draft)
        of_correction = stated.pop("correction", {})
        reason, version = of_correction.get("reason"), of_correction.get("version")
        own = ("kind", "site", "actor") if "event_time" in stated else _OF_ITS_OWN
        kept = {key: original[key] for key in own if key in original}
        replacement = {**kept, **keep_frames(original, self._keep_parties(original, stated))}
        target = {"event": self.event.id, "draft": replacement, "version": version}
        return {**envelope, "kind": "correct", "reason": reason, "targets": [target]}

    def _keep_parties(self, original: dict[str, Any], stated: dict[str, Any]) -> dict[str, Any]:
        """Return what is stated, with the ids of parties whose names stand as they were filled in.

        Otherwise somebody whose name was erased, or is another's by now, would become somebody
        else.
        """
        kept = dict(stated)
        for item in EVENT_FIELDS[self.event.draft.kind]:
            if isinstance(item, PartyField) and item.name_key in stated and item.name in original:
                id_ = original[item.name]
                if stated[item.name_key] == item.fill(id_, self.names):
                    del kept[item.name_key]
                    kept[item.name] = id_
        return kept

    def unwrap(self, fault: FormFault) -> FormFault:
        """Return a fault with its path within the form; one about other events stands by itself."""
        if fault.path == "reason":
            return fault._replace(path="correction.reason")
        others = set(fault.events) - {self.event.id} if isinstance(fault, Violation) else set()
        of_target = fault.path.startswith("targets") and not fault.path.startswith(_WITHIN)
        return fault._replace(path="" if others or of_target else fault.path.removeprefix(_WITHIN))

    def list_further(
        self, body: dict[str, Any], reading: FormReading, faults: Sequence[FormFault], known: Collection[str]
    ) -> Sequence[FormFault]:
        """Return what else stands against a correction of which the reason alone is missing."""
        if any(fault.path != "correction.reason" for fault in faults):
            return ()
        draft = load_draft({**body, "reason": t("correct.reason")})
        try:
            violations = preview_event(current.reader(), draft, current.now_ms()).violations
        except (EventConflict, TooMuchWork):
            return ()
        return [self.unwrap(violation) for violation in violations]

    def approved(self, draft: Draft) -> Draft:
        """Return the event as it is stated now."""
        inner = draft.detail.targets[0].draft if isinstance(draft.detail, Correction) else None
        assert inner is not None, "a correction by form has a draft"
        return inner

    def hand_in(self, draft: Draft, deliverer: Deliverer) -> tuple[Draft, Deliverer]:
        """Return both as they are."""
        return draft, deliverer


def state_again(draft: Draft) -> dict[str, Any]:
    """Return what a form states of a draft, with what the draft leaves to be understood, such as transport by road."""
    body = {key: value for key, value in dump_draft(draft).items() if key not in _NOT_FILLED}
    for weighing in _weighings_of(body):
        for _, frame in FRAMES:
            weighing.pop(frame, None)  # no form types them
    body.pop("precision", None)  # it follows from how the time is typed
    if draft.precision == DATE:
        del body["event_time"]
    asked = {key for item in EVENT_FIELDS[draft.kind] for key in _keys_of(item)}
    understood = getattr(draft.detail, "_field_defaults", {})
    return {key: value for key, value in understood.items() if key in asked and value} | body


def keep_frames(original: Mapping[str, Any], stated: dict[str, Any]) -> dict[str, Any]:
    """Return what is stated, with the frames of scales beside the readings that stand as they were."""
    for old, new in zip(_weighings_of(original), _weighings_of(stated), strict=False):
        for reading, frame in FRAMES:
            if frame in old and new.get(reading) == old[reading]:
                new[frame] = old[frame]
    return stated


def _weighings_of(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the readings of a load, then those of its grades; an empty one where there are none."""
    return [row.get("weighing", {}) for row in (body, *body.get("outputs", ()))]


def fill_form(fields: FieldList, body: Mapping[str, Any], names: Names) -> MultiDict[str, str]:
    """Return the inputs of a form with the values of a body: the way back of ``read_form``."""
    typed: MultiDict[str, str] = MultiDict()
    _fill(typed, fields, body, "", names)
    return typed


def _fill(
    typed: MultiDict[str, str], fields: FieldList, body: Mapping[str, Any], prefix: str, names: Names
) -> None:
    by_key = {key: item for item in fields for key in _keys_of(item)}
    for key, value in body.items():
        item = by_key[key]
        if isinstance(item, FormField):
            for name, texts in item.fill_inputs(key, value, names).items():
                typed.setlist(prefix + name, texts)
        elif isinstance(item, FieldRows):
            for place, row in enumerate(value):
                _fill(typed, item.fields, row, f"{prefix}{item.name}-{place}-", names)
        else:
            _fill(typed, item.fields, value, f"{prefix}{item.name}-", names)


def _keys_of(item: FormField | FieldGroup | FieldRows) -> tuple[str, ...]:
    return item.keys if isinstance(item, FormField) else (item.name,)


def _find_names(reader: Reader, event: Event) -> dict[str, str]:
    """Return what people type for the ids of an event: codes of lots, names of parties, plates."""
    lots = reader.find_lots(lots_of(event.draft))
    codes = {id_: lot.code for id_, lot in lots.items()}
    detail = event.draft.detail
    stated = {getattr(detail, name) for name in PARTY_FIELDS.get(type(detail), ())}
    return codes | find_party_names(reader, stated)

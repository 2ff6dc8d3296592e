"""What a form is for: its statement is handed in as an event of its own, as a correction
(``correction.py``), in place of a held draft (``web/held/mending.py``), or as the end of open work (``ClosingWork``).
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any, Protocol

from graph.store import Writer
from traceability.domain.event import Draft
from traceability.domain.rights import Viewer
from traceability.services.directory.audit import Actor
from traceability.services.recording.capture import Receipt
from traceability.services.recording.held import HeldDraft
from traceability.services.recording.judge import Deliverer
from traceability.services.recording.open_work import OpenWork
from traceability.web.forms.fields import FieldList
from traceability.web.forms.foresight import list_further_violations
from traceability.web.forms.form_reader import FormReading
from traceability.web.forms.problems import FormFault


class FormPurpose(Protocol):
    """What the statement of a form is handed in as."""

    site: str  # where it is fixed, else ''
    fields: FieldList  # beside those of the event
    replaces: bool  # a recorded event
    held: HeldDraft | None  # the held draft that it settles
    id: str  # of the event, where it is fixed, else ''
    photos: Collection[str]  # digests that the form may carry although they were not given to this person

    @property
    def then(self) -> Callable[[Writer, Receipt], None] | None:
        """Return what belongs into the write of the event."""

    def wrap(self, envelope: dict[str, Any], stated: dict[str, Any]) -> dict[str, Any]:
        """Return the body to hand in."""

    def unwrap(self, fault: FormFault) -> FormFault:
        """Return a fault of that body with its path within the form."""

    def list_further(
        self, body: dict[str, Any], reading: FormReading, faults: Sequence[FormFault], known: Collection[str]
    ) -> Sequence[FormFault]:
        """Return what stands against the body beside its faults, with paths within the form."""

    def approved(self, draft: Draft) -> Draft:
        """Return the draft that an approval is of."""

    def hand_in(self, draft: Draft, deliverer: Deliverer) -> tuple[Draft, Deliverer]:
        """Return draft and deliverer as they are handed in, with approvals that were given before."""


class NewEvent:
    """A form states an event of its own."""

    site = ""
    replaces = False
    held: HeldDraft | None = None
    id = ""
    then: Callable[[Writer, Receipt], None] | None = None
    fields: FieldList = ()
    photos: Collection[str] = ()

    def wrap(self, envelope: dict[str, Any], stated: dict[str, Any]) -> dict[str, Any]:
        """Return the envelope with what is stated."""
        return {**envelope, **stated}

    def unwrap(self, fault: FormFault) -> FormFault:
        """Return the fault as it is."""
        return fault

    def list_further(
        self, body: dict[str, Any], reading: FormReading, faults: Sequence[FormFault], known: Collection[str]
    ) -> Sequence[FormFault]:
        """Return the violations of rules that can be judged already."""
        return list_further_violations(body, reading, faults, known)

    def approved(self, draft: Draft) -> Draft:
        """Return the draft itself."""
        return draft

    def hand_in(self, draft: Draft, deliverer: Deliverer) -> tuple[Draft, Deliverer]:
        """Return both as they are."""
        return draft, deliverer


class ClosingWork(NewEvent):
    """A form states the event of a ticket or heat; recorded, it closes it in the same write, by its ``then``."""

    def __init__(self, work: OpenWork, viewer: Viewer, actor: Actor) -> None:
        self.id, self.site = work.id, work.site
        self._work, self._viewer, self._actor = work, viewer, actor

"""What a form is for: its statement is handed in as an event of its own, as a correction
(``correction.py``), or in place of a held draft (``web/held/mending.py``).
"""

from collections.abc import Collection, Sequence
from typing import Any, Protocol

from traceability.domain.event import Draft
from traceability.services.recording.held import HeldDraft
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
    photos: Collection[str]  # digests that the form may carry although they were not given to this person

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


class NewEvent:
    """A form states an event of its own."""

    site = ""
    replaces = False
    held: HeldDraft | None = None
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

"""Define what can go wrong, as data: a stable code and its figures; words are added at the edge, in
the reader's language.

TraceabilityError
├── BadInput                 the message cannot be read as what it claims to be
│   ├── BadQuantity          a mass, fraction or share is not written as one
│   └── BadDraft             an event draft has fields missing, unknown or of the wrong type (all of them listed)
│       └── BadQuery         so have the parameters of an address
├── EventRejected            a well-formed event breaks rules (all violations at once)
│   └── EventUnconfirmed     nothing stands against it but warnings that its deliverer asked to confirm first
├── EventConflict            the same id, ticket or heat number with other content
├── NotFound                 an unknown lot, event, site, person …
├── NotAllowed               the person may not do this here
├── WriteConflict            somebody else changed the document meanwhile
├── TooMuchWork              the work belongs in a job, not in a request
└── StoreError
    ├── StoreUnavailable     the database cannot be reached now; nothing was stored
    ├── StoreUnsafe          it was stored, but the disk did not confirm it
    ├── StoreFull            no room to write; nothing was stored
    ├── StoreForeign         what is there is no book of this system; it was not touched
    ├── StoreVersion         the store was written by a newer (or unmigrated older) version
    └── ClockBehind          the clock is far behind the newest record; nothing was stored
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

Figure = int | str | None
Figures = Mapping[str, Figure]

_NONE: Figures = {}


class TraceabilityError(Exception):
    """Root of all expected errors: ``code`` is stable, ``figures`` fill the placeholders of its message."""

    code: str

    def __init__(self, code: str, /, **figures: Figure) -> None:
        super().__init__(code, figures)
        self.code = code
        self.figures: dict[str, Figure] = figures

    def __reduce__(self) -> tuple[Any, ...]:
        # Python would make an error that comes from another process again by its constructor, whose arguments differ.
        return _revive, (type(self), self.args), self.__dict__

    def __str__(self) -> str:
        return f"{self.code} {self.figures}" if self.figures else self.code


def _revive(kind: type[TraceabilityError], args: tuple[Any, ...]) -> TraceabilityError:
    return kind.__new__(kind, *args)


class BadInput(TraceabilityError):
    """The message cannot be read as what it claims to be."""


class BadQuantity(BadInput):
    """A mass, fraction or share is not written as one."""


class FieldError(NamedTuple):
    """One field of a draft that is missing, unknown or wrong: ``path`` as ``outputs.0.mass_g``."""

    path: str
    code: str
    figures: Figures = _NONE


class BadDraft(BadInput):
    """An event draft is malformed; every field at fault is listed."""

    def __init__(self, fields: list[FieldError]) -> None:
        super().__init__("draft.malformed", count=len(fields))
        self.fields = fields


class BadQuery(BadDraft):
    """The parameters of an address are unknown or wrong; every one at fault is listed."""

    def __init__(self, fields: list[FieldError]) -> None:
        super().__init__(fields)
        self.code = "query.malformed"


class Violation(NamedTuple):
    """One broken rule: where it is broken (``path`` names the draft's field), the lots it is about, its figures.

    ``confirmable`` breaks are accepted with an approver of the site and a reason; no other break can be overridden.
    """

    code: str
    path: str = ""
    lots: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    figures: Figures = _NONE
    confirmable: bool = False


class EventRejected(TraceabilityError):
    """A well-formed event breaks rules; every reason at once, and nothing was stored."""

    def __init__(self, violations: list[Violation]) -> None:
        super().__init__("event.rejected", count=len(violations))
        self.violations = violations


class EventUnconfirmed(EventRejected):
    """Nothing stands against an event but warnings, which its deliverer asked to see before it is recorded."""

    def __init__(self, warnings: list[Violation]) -> None:
        super().__init__(warnings)
        self.code = "event.unconfirmed"


class EventConflict(TraceabilityError):
    """The same id, ticket or heat number was used before with other content."""


class NotFound(TraceabilityError):
    """Nothing is known under this id, code or name."""


class NotAllowed(TraceabilityError):
    """The person may not do this here."""


class WriteConflict(TraceabilityError):
    """Somebody else changed the document meanwhile; read it again."""


class TooMuchWork(TraceabilityError):
    """The work belongs in a job, not in a request."""


class StoreError(TraceabilityError):
    """The store could not do it; nothing was stored (but see StoreUnsafe)."""


class StoreUnavailable(StoreError):
    """The database cannot be reached now."""


class StoreUnsafe(StoreError):
    """It was stored, but the disk did not confirm it: a power cut may take it."""


class StoreFull(StoreError):
    """There is no room to write."""


class StoreForeign(StoreError):
    """What is at the store's address is no book of this system; it was not touched."""


class StoreVersion(StoreError):
    """The store was written by a newer version of the system."""


class ClockBehind(StoreError):
    """The clock of this machine is far behind the newest record; nothing was stored."""

"""Tell auditors at home what is new: the last check, and the newest corrections that sealed months could not take."""

from typing import NamedTuple

from graph.store import Head, Reader
from traceability.domain.event import Event
from traceability.domain.rights import Viewer
from traceability.services.reporting.overviews.region_home import list_sealed_corrections
from traceability.services.upkeep.check_record import CheckRecord, find_last_check


class AuditOverview(NamedTuple):
    """The head of the chain, the last check (None: never), and corrections of sealed months in view, newest first."""

    head: Head
    check: CheckRecord | None
    corrections: list[Event]


def find_overview(reader: Reader, viewer: Viewer, limit: int) -> AuditOverview:
    """Return what is new to an auditor; of the newest corrections in view by their own time."""
    return AuditOverview(
        reader.find_head(), find_last_check(reader), list_sealed_corrections(reader, viewer)[:limit]
    )

"""What the event of a closed ticket states now, after corrections and undoing: its lots, and what there is to pay for."""

from collections.abc import Collection
from enum import StrEnum
from typing import NamedTuple

from graph.store import Reader
from traceability.domain.entry import compute_settled_mass
from traceability.domain.event import Acquisition, Event
from traceability.services.directory.parties import find_parties, find_vehicles
from traceability.services.operations.tickets import ticket_of
from traceability.services.recording.open_work import OpenWork


class LoadState(StrEnum):
    """How what is recorded stands to what was weighed."""

    RECORDED = "recorded"  # as it was weighed
    CORRECTED = "corrected"
    VOID = "void"  # undone or voided: nothing came in


class RecordedGrade(NamedTuple):
    """A lot of the load: ``number`` is its place, from 1; before deductions it weighs ``net_g``."""

    number: int
    material: str
    net_g: int
    mass_g: int
    code: str


class RecordedLoad(NamedTuple):
    """A load as it is recorded now; ``version`` is that of its event, 0 where nothing was corrected."""

    state: LoadState
    version: int
    supplier: str
    vehicle: str
    grades: tuple[RecordedGrade, ...]

    @property
    def settled_g(self) -> int:
        """Return the mass that came in."""
        return sum(grade.mass_g for grade in self.grades)


def find_load(reader: Reader, work: OpenWork) -> RecordedLoad:
    """Return what the event of a closed ticket states now; of one that is void no grades."""
    event = reader.find_events([work.id]).get(work.id)
    ticket = ticket_of(work)
    if event is None or not event.live:
        version = event.version if event else 0
        return RecordedLoad(LoadState.VOID, version, ticket.supplier, ticket.vehicle, ())
    lots = reader.find_lots(event.frozen.lots)
    grades = []
    for number, (output, lot) in enumerate(zip(event.draft.outputs, event.frozen.lots, strict=True), 1):
        mass_g = lots[lot].contents[0].mass_g
        net_g = compute_settled_mass(output.weighing)[0] if output.weighing else mass_g
        grades.append(RecordedGrade(number, output.material, net_g, mass_g, lots[lot].code))
    names = _find_names(reader, event) if event.version else (ticket.supplier, ticket.vehicle)
    return RecordedLoad(_state_of(event), event.version, *names, tuple(grades))


def find_load_states(reader: Reader, ids: Collection[str]) -> dict[str, LoadState]:
    """Return how the events of closed tickets stand, by id; of tickets without an event none."""
    return {id_: _state_of(event) for id_, event in reader.find_events(ids).items()}


def _state_of(event: Event) -> LoadState:
    if not event.live:
        return LoadState.VOID
    return LoadState.CORRECTED if event.version else LoadState.RECORDED


def _find_names(reader: Reader, event: Event) -> tuple[str, str]:
    """Return supplier and plate as they are stated now, '' of none and of who was erased."""
    detail = event.draft.detail
    if not isinstance(detail, Acquisition):
        return "", ""
    supplier = find_parties(reader, {detail.supplier}).get(detail.supplier)
    vehicle = find_vehicles(reader, {detail.vehicle}).get(detail.vehicle)
    return supplier.name if supplier else "", vehicle.plate if vehicle else ""

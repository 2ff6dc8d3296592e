"""Gather everything that a viewer may know of one lot, from one view of the book."""

from dataclasses import dataclass

from graph.store import Reader
from traceability.domain.errors import NotFound
from traceability.domain.event import Event, Weighing
from traceability.domain.lot import Lot
from traceability.domain.rights import Viewer
from traceability.services.directory.names import Names, find_names
from traceability.services.tracing.custody_model import ContentClaim, find_content_claim
from traceability.services.tracing.events import Recall, find_weighing, list_recalls
from traceability.services.tracing.history import History, find_voiding, list_history
from traceability.services.tracing.lineage import Lineage, trace_lineage
from traceability.services.tracing.lots import find_lots_by_code
from traceability.services.tracing.status_causes import StatusCause, find_status_causes


@dataclass(frozen=True, slots=True)
class LotDossier:
    """A lot with its content, history and lineage, as a viewer may know them.

    ``is_named`` tells whether the lot is in view. If not, its holder and parties are '' and it has
    no history, weighing, recalls or voiding; content, grams and codes are shown to everybody.
    ``claim`` is None where the lot holds no metal, ``cause`` where it is simply there.
    """

    lot: Lot
    is_named: bool
    claim: ContentClaim | None
    lineage: Lineage
    history: History
    weighing: Weighing | None
    recalls: list[Recall]
    voiding: Event | None
    cause: StatusCause | None
    names: Names


def find_lot_dossier(reader: Reader, viewer: Viewer, code: str) -> LotDossier | None:
    """Return everything known of the lot that a code on a label is bound to; None where no lot is.

    Of a lot out of view only what the trace of a lot in view says too. Raises NotFound for any other.
    """
    lot = find_lots_by_code(reader, [code]).get(code)
    if lot is None:
        return None
    claim = None if lot.void or not lot.content.metal_g else find_content_claim(reader, lot)
    lineage = trace_lineage(reader, viewer, lot.id)
    if not viewer.shows_lot(lot):
        if not lineage.touches_view:
            raise NotFound("lot.not_in_view", code=lot.code)
        unknown = Names({}, {})
        return LotDossier(
            viewer.see_lot(lot), False, claim, lineage, History([]), None, [], None, None, unknown
        )
    history, seen = list_history(reader, lot).seen_by(viewer), viewer.see_lot(lot)
    return LotDossier(
        lot=seen,
        is_named=True,
        claim=claim,
        lineage=lineage,
        history=history,
        weighing=find_weighing(reader, viewer, lot),
        recalls=list_recalls(reader, viewer, lot),
        voiding=find_voiding(reader, viewer, lot),
        cause=find_status_causes(reader, viewer, [seen]).get(lot.id),
        names=find_names(
            reader, viewer, [happening.event for happening in history.happenings], {seen.supplier, seen.to}
        ),
    )

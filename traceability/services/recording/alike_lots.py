"""Record an assay of several identical lots of one heat: one sample stands for all bundles that were cast of it."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from graph.store import Reader, Store
from traceability.domain.errors import EventConflict, EventRejected, TraceabilityError
from traceability.domain.event import Draft, MovedLot
from traceability.domain.lot import HELD, Lot
from traceability.domain.rights import Viewer
from traceability.services.recording.capture import Receipt, capture_event
from traceability.services.recording.judge import Deliverer

LAST_BITS = 0xFFFF


class AlikeReceipts(NamedTuple):
    """The receipts of the lots that an assay was recorded of too, and why others were refused, by code."""

    recorded: tuple[Receipt, ...]
    refused: tuple[tuple[str, TraceabilityError], ...]


def list_alike(reader: Reader, viewer: Viewer, lot: Lot) -> list[Lot]:
    """Return the other lots of the same material that the same event made and the same site still holds, in their order."""
    event = reader.find_events([lot.made_by]).get(lot.made_by)
    if event is None or not viewer.shows_lot(lot):
        return []
    others = [id_ for id_ in event.frozen.lots if id_ and id_ != lot.id]
    found = reader.find_lots(others)
    return [
        one
        for one in (found[id_] for id_ in others if id_ in found)
        if (one.material, one.form, one.site) == (lot.material, lot.form, lot.site)
        and one.custody == HELD and one.remaining_g and not one.void
    ]  # fmt: skip


def record_alike(
    store: Store, draft: Draft, lots: Sequence[Lot], deliverer: Deliverer, now_ms: int
) -> AlikeReceipts:
    """Record what a draft states of one lot of others too, one event each; sent twice, it is one. Raises StoreError.

    The ids follow from the draft's, so they are UUIDv7 and the same every time.
    """
    first = UUID(draft.id).int
    recorded, refused = [], []
    for lot in lots:
        number = UUID(lot.id).int & LAST_BITS
        id_ = str(UUID(int=first ^ (number or LAST_BITS)))
        copy = draft._replace(id=id_, lots=(MovedLot(lot.id),))
        try:
            recorded.append(capture_event(store, copy, deliverer, now_ms))
        except (EventRejected, EventConflict) as error:
            refused.append((lot.code, error))
    return AlikeReceipts(tuple(recorded), tuple(refused))

"""State the sample of a heat with the heat itself: its products are assayed in the write that records it.

An assay is of one lot, so identical bundles of one sample have one each, with ids that follow from the heat's. Nothing is
recorded of a heat whose assays are refused.
"""

from collections.abc import Sequence

from graph.store import Writer
from traceability.domain.event import Assay, Draft, MovedLot, companion_id, new_lot_id
from traceability.domain.kinds import kinds_of
from traceability.services.recording.capture import Recorder
from traceability.services.recording.judge import Deliverer

ASSAYING = kinds_of(Assay)[0]


def list_assays(heat: Draft, sample: Draft) -> list[Draft]:
    """Return the assays of a heat's products, at its time and by its person; ``sample`` says what was found.

    They carry the approval of ``heat``, which is of a composition outside the limits of the alloy.
    """
    made = [
        (new.lot or new_lot_id(heat.id, number))
        for number, new in enumerate(heat.outputs)
        if new.form == "product"
    ]
    return [
        heat._replace(
            id=companion_id(heat.id, lot), kind=ASSAYING, detail=sample.detail, documents=sample.documents,
            lots=(MovedLot(lot),), inputs=(), outputs=(), loss_g=None, uptake_g=0, note="",
        )
        for lot in made
    ]  # fmt: skip


def record_assays(writer: Writer, assays: Sequence[Draft], deliverer: Deliverer, now_ms: int) -> None:
    """Record assays in a write that goes on; an approval is stated where something asks for it.

    Raises EventRejected, EventConflict, EventUnconfirmed of the first that is refused.
    """
    recorder = Recorder(writer, deliverer, now_ms)
    for draft in assays:
        receipt = recorder.record(draft._replace(approval=None))
        if receipt.error is not None and draft.approval is not None:
            receipt = recorder.record(draft)
        if receipt.error is not None:
            raise receipt.error
    recorder.write(writer)

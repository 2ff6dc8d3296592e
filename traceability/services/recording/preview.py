"""Preview what recording an event now would lead to: decided as by capture on a read view, and nothing is stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from graph.store import Reader
from traceability.domain.decision import INPUT, OUTPUT
from traceability.domain.errors import EventConflict, EventRejected, Violation
from traceability.domain.event import Correction, Draft
from traceability.domain.lot import Lot
from traceability.domain.quantity import share
from traceability.services.recording.capture import Recorder
from traceability.services.recording.judge import Deliverer

PREVIEW = "preview"  # the deliverer; it never comes into the book


@dataclass(frozen=True, slots=True)
class Preview:
    """The balance and the lots to be made, in the order of the draft; or every reason against the event.

    Metal, and what would be posted, are known only where nothing stands against the event. ``metal_loss_g`` may be
    negative: more metal was found than had been assumed. ``draft`` has ids in place of the codes and names that were sent.
    """

    draft: Draft
    violations: tuple[Violation, ...] = ()
    warnings: tuple[Violation, ...] = ()
    inputs_g: int = 0
    uptake_g: int = 0
    outputs_g: int = 0
    metal_in_g: int = 0
    metal_out_g: int = 0
    made: tuple[Lot, ...] = ()
    recycled_g: int = 0
    primary_g: int = 0

    @property
    def loss_g(self) -> int:
        """Return the mass that is in no output, in grams."""
        return self.inputs_g + self.uptake_g - self.outputs_g

    @property
    def metal_loss_g(self) -> int:
        """Return the metal that is in no output, in grams."""
        return self.metal_in_g - self.metal_out_g

    @property
    def metal_loss(self) -> Fraction | None:
        """Return metal loss as a share of the metal charged; None where none was charged."""
        return share(self.metal_loss_g, self.metal_in_g)

    @property
    def accepted(self) -> bool:
        """Return whether the event could be recorded as it is."""
        return not self.violations


def preview_event(reader: Reader, draft: Draft, now_ms: int, after: Sequence[Draft] = ()) -> Preview:
    """Return what capturing the draft now would lead to. Raises EventConflict, StoreError.

    What stands against drafts that are recorded ``after`` it, in the same write, stands against all.
    """
    # Nobody delivers yet: whose draft it is, and whether the approver approves, is asked when it is recorded.
    recorder = Recorder(reader, Deliverer(PREVIEW, told=draft.actor), now_ms)
    recorder.ends_work = True  # the page that shows the preview of a ticket or heat ends it
    receipt = recorder.record(draft)
    draft = recorder.resolver.resolve(draft).draft
    if isinstance(receipt.error, EventConflict):
        raise receipt.error
    if isinstance(receipt.error, EventRejected):
        return _balance(reader, draft, tuple(receipt.error.violations))
    for follower in after:
        following = recorder.record(follower)
        if isinstance(following.error, EventConflict):
            raise following.error
        if isinstance(following.error, EventRejected):
            return _balance(reader, draft, tuple(following.error.violations))
    seq = recorder.book.find_events([_stated(draft).id])[_stated(draft).id].seq
    edges = [edge for edge in recorder.book.list_edges([seq]) if edge.number >= 0]
    lots = recorder.book.find_lots([edge.lot for edge in edges if edge.role == OUTPUT])
    posted = recorder.book.sum_posted([seq])[seq]

    def total(role: str, *, metal: bool = False) -> int:
        return sum(edge.metal_g if metal else edge.mass_g for edge in edges if edge.role == role)

    def sum_posted(account: str) -> int:
        return sum(grams for row, grams in posted.items() if row.account == account)

    return Preview(
        draft,
        warnings=receipt.warnings,
        inputs_g=total(INPUT),
        uptake_g=_stated(draft).uptake_g,
        outputs_g=total(OUTPUT),
        metal_in_g=total(INPUT, metal=True),
        metal_out_g=total(OUTPUT, metal=True),
        made=tuple(lots[edge.lot] for edge in edges if edge.role == OUTPUT),
        recycled_g=sum_posted("recycled"),
        primary_g=sum_posted("primary"),
    )


def _balance(reader: Reader, draft: Draft, violations: tuple[Violation, ...]) -> Preview:
    """Return the mass balance as far as the draft itself states it."""
    stated = _stated(draft)
    lots = reader.find_lots({use.lot for use in stated.inputs if use.mass_g is None})
    inputs_g = sum(
        use.mass_g if use.mass_g is not None else lots[use.lot].remaining_g if use.lot in lots else 0
        for use in stated.inputs
    )
    outputs_g = sum(new.mass_g or 0 for new in stated.outputs)
    return Preview(draft, violations, (), inputs_g, stated.uptake_g, outputs_g)


def _stated(draft: Draft) -> Draft:
    """Return the draft that tells what happened: of a replacement the event as it would then be."""
    targets = draft.detail.targets if isinstance(draft.detail, Correction) else ()
    return targets[0].draft if len(targets) == 1 and targets[0].draft else draft

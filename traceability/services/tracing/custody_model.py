"""Name the chain-of-custody model (ISO 22095) of lots, and what may be claimed of their content."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from graph.store import Reader
from traceability.domain.calendar import day_of
from traceability.domain.carbon import FactorSet, Footprint, factors_in_force, screening_footprint
from traceability.domain.event import Correction, Draft, Heat
from traceability.domain.kinds import HEATS, TRANSFORMATIONS
from traceability.domain.lot import Lot
from traceability.domain.provenance import ORIGIN_OPENING, Vector
from traceability.domain.recycled_content import RecycledContent, recycled_content
from traceability.domain.vocabulary import CUSTODY_MODELS
from traceability.services.directory.reference import factor_sets_in

IDENTITY_PRESERVED, SEGREGATED, CONTROLLED_BLENDING, MASS_BALANCE = CUSTODY_MODELS


@dataclass(frozen=True, slots=True)
class LotContent:
    """Recycled content and screening footprint of a lot as made, with its chain-of-custody model (``find_models``)."""

    content: RecycledContent
    footprint: Footprint | None
    model: str


def lot_content(reader: Reader, lot: Lot) -> LotContent:
    """Return the content that a lot was made with, and its footprint by the factors of that day."""
    return _lot_content(lot, factor_sets_in(reader), find_models(reader, [lot])[lot.id])


def _lot_content(lot: Lot, sets: Sequence[FactorSet], model: str) -> LotContent:
    made = lot.contents[0]
    content = recycled_content(made.vector, made.strict_g)
    factors = factors_in_force(sets, day_of(made.order[0]))
    return LotContent(content, screening_footprint(content, lot.metal, factors), model)


def find_models(
    reader: Reader, lots: Iterable[Lot], drafts: Mapping[str, Draft] | None = None
) -> dict[str, str]:
    """Return the chain-of-custody model (ISO 22095) of lots by id: that of the step that made each.

    A heat has its own, controlled blending or mass balance. A step that took one lot keeps that lot's
    model. Where several lots came together the metal stays segregated if all of it is of one source
    class, else it is blended; what was mixed further upstream shows in the vector. ``drafts`` are
    events by id that need not, or cannot, be read.
    """
    unrecorded = drafts or {}
    reached = {lot.id: lot for lot in lots}  # where the walk upstream has come to, by the lot asked for
    models = dict.fromkeys(reached, IDENTITY_PRESERVED)
    while reached:
        unread = {lot.made_by for lot in reached.values()} - unrecorded.keys()
        read = reader.find_events(unread) if unread else {}
        sources: dict[str, str] = {}
        for id_, lot in reached.items():
            draft = unrecorded[lot.made_by] if lot.made_by in unrecorded else read[lot.made_by].draft
            model, source = _step_of(lot, draft)
            models[id_] = max(models[id_], model, key=CUSTODY_MODELS.index)
            if source:
                sources[id_] = source
        above = reader.find_lots(sources.values()) if sources else {}
        reached = {id_: above[source] for id_, source in sources.items()}
    return models


def _step_of(lot: Lot, draft: Draft) -> tuple[str, str]:
    """Return (the model of the step that made a lot, the only lot that it took or '')."""
    mixed = _model_of(lot.content.vector)
    if lot.reclassified or (draft.kind == "fabricate" and lot.form == "scrap"):
        return mixed, ""  # new scrap: its chain begins here
    if draft.kind in HEATS:
        assert isinstance(draft.detail, Heat)
        return MASS_BALANCE if draft.detail.model == "mass_balance" else CONTROLLED_BLENDING, ""
    if lot.parent or draft.kind not in TRANSFORMATIONS:
        return mixed, lot.parent
    if len(draft.inputs) == 1:
        return mixed, draft.inputs[0].lot
    return max(mixed, SEGREGATED, key=CUSTODY_MODELS.index), ""


def _model_of(vector: Vector) -> str:
    """Return the strongest model that a vector leaves open.

    Several source classes were blended; several origins of one class came together.
    """
    if len({rank for rank, _, _ in vector}) > 1:
        return CONTROLLED_BLENDING
    origins = {origin for _, origin, _ in vector}
    return SEGREGATED if len(origins) > 1 or ORIGIN_OPENING in origins else IDENTITY_PRESERVED


class ContentClaim(NamedTuple):
    """The claim of a lot's metal: grams of each class, under which chain-of-custody model."""

    content: RecycledContent
    model: str


def find_content_claim(reader: Reader, lot: Lot) -> ContentClaim:
    """Return the claim of what remains of a lot; of one that is used up, as it was made."""
    return _claim(lot, find_models(reader, [lot])[lot.id])


def preview_claims(reader: Reader, draft: Draft, lots: Sequence[Lot]) -> list[ContentClaim]:
    """Return the claims of lots that a draft, not recorded, would make."""
    targets = draft.detail.targets if isinstance(draft.detail, Correction) else ()
    stated = [target.draft for target in targets if target.draft] or [draft]
    models = find_models(reader, lots, {event.id: event for event in stated})
    return [_claim(lot, models[lot.id]) for lot in lots]


def _claim(lot: Lot, model: str) -> ContentClaim:
    take = lot.content.take(lot.remaining_g or lot.content.mass_g)
    return ContentClaim(recycled_content(take.vector, take.strict_g), model)

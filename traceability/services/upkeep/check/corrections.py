"""Check that each corrected event is the version that its newest live correction states."""

from graph.records import load_json
from traceability.domain.event import Draft, Event, Frozen, versions_of
from traceability.domain.transformation import keep_rest
from traceability.services.upkeep.check.event_cache import EventCache
from traceability.services.upkeep.check.findings import (
    DAMAGE_ERRORS,
    CheckReport,
    differing_fields,
)
from traceability.wire import decode_draft


def check_versions(revised: list[Event], cache: EventCache, report: CheckReport) -> None:
    """Check that each correction that an event names states it, and that the event is what they made of it."""
    if not revised:
        return
    corrections = cache.find({seq for event in revised for seq in event.revisions if type(seq) is int})
    stated = {seq: versions_of(correction) for seq, correction in corrections.items()}
    for event in revised:
        try:
            true = [seq for seq in sorted(set(event.revisions)) if event.id in stated.get(seq, {})]
            if list(event.revisions) != true:
                report.note("check.version_differs", event.id, event.revisions, true)
                continue
            _check_version(event, [stated[seq][event.id] for seq in true], report)
        except DAMAGE_ERRORS as error:
            report.note("check.unreadable", event.id, repr(error), "")


def _check_version(event: Event, stated: list[tuple[Draft, Frozen] | None], report: CheckReport) -> None:
    if event.live != (stated[-1] is not None):
        report.note("check.version_differs", event.id, event.live, not event.live)
    replaced = [version for version in stated if version is not None]
    if replaced:
        draft, frozen = replaced[-1]
        draft = _keep_identity(draft, event.draft)
    else:
        draft, frozen = decode_draft(load_json(event.text)), event.first or event.frozen
    if draft != event.draft:
        stored, true = differing_fields(event.draft, draft), differing_fields(draft, event.draft)
        report.note("check.version_differs", event.id, stored, true)
    frozen = keep_rest(frozen, event)
    if frozen != event.frozen:
        stored, true = differing_fields(event.frozen, frozen), differing_fields(frozen, event.frozen)
        report.note("check.version_differs", event.id, stored, true)


def _keep_identity(replacement: Draft, replaced: Draft) -> Draft:
    """Fill in the id, and the ids and codes of lots, that a replacement left open: it keeps those of what it replaces."""
    outputs, lots = replacement.outputs, replacement.lots
    if len(outputs) == len(replaced.outputs):
        outputs = tuple(
            new._replace(lot=new.lot or old.lot, code=new.code or old.code)
            for new, old in zip(outputs, replaced.outputs, strict=True)
        )
    if len(lots) == len(replaced.lots):
        lots = tuple(
            new._replace(part_lot=new.part_lot or old.part_lot, part_code=new.part_code or old.part_code)
            for new, old in zip(lots, replaced.lots, strict=True)
        )
    return replacement._replace(id=replaced.id, outputs=outputs, lots=lots)

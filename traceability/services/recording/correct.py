"""Void or replace earlier events atomically, with everything downstream recomputed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from graph.store import Reader
from traceability.domain.authority import find_statistic
from traceability.domain.calendar import month_of
from traceability.domain.claims import (
    check_manifests,
    check_openings,
    collision_key,
    list_event_keys,
    list_wanted_claims,
    seal_key,
)
from traceability.domain.errors import EventRejected, Figures, NotFound, Violation
from traceability.domain.event import (
    MINUTE_MS,
    Correction,
    CorrectionTarget,
    Draft,
    Event,
    Frozen,
    lots_of,
    versions_of,
)
from traceability.domain.freezing import resolve_again
from traceability.domain.kinds import CORRECTIBLE, MOVEMENTS, UNDOABLE
from traceability.domain.lot import Lot
from traceability.domain.rules import check_approver, check_replacement_actor
from traceability.services.recording.clock import BEHIND_MS
from traceability.services.recording.judge import Judge, content_of
from traceability.services.recording.open_work import list_open_work
from traceability.services.recording.pending_book import Book, new_code
from traceability.services.recording.reservations import (
    check_number,
    check_reserved,
    check_void,
    find_holders,
    list_takes,
    map_holders,
)
from traceability.services.recording.revision import Affected, Revision, states_at, time_of_version

NOT_THE_PLANNER = "rule.not_the_regions_planner"
MOST_NAMED = 20  # events that a refused undo names


def judge_correction(judge: Judge, event: Event) -> dict[int, Event]:
    """Return the next versions of all targets, frozen, by seq. Raises EventRejected with every reason."""
    detail = detail_of(event)
    targets, violations = _targets(judge, event, detail)
    oldest_month = _oldest_month(judge, event, targets)
    event.frozen, against = judge.freeze(event, event.draft.time_ms, {}, oldest_month=oldest_month)
    if any(violation.code == NOT_THE_PLANNER for violation in against):
        violations = [violation for violation in violations if violation.code != NOT_THE_PLANNER]
    violations += against
    if violations:
        raise EventRejected(violations)
    originals = judge.book.find_events([target.event for target in targets])
    changed: dict[int, Event] = {}
    wrong: dict[int, list[Violation]] = {}
    for number in sorted(range(len(targets)), key=lambda number: _turn(targets[number], originals)):
        version, wrong[number] = _new_version(judge, event, targets[number], originals, changed)
        changed[version.seq] = version
    for number in range(len(targets)):
        violations += _of_target(number, wrong[number])
    changed = {seq: changed[seq] for seq in (originals[target.event].seq for target in targets)}
    violations += [] if violations else _check_among(list(changed.values()))
    if violations:
        raise EventRejected(violations)
    return changed


def _oldest_month(judge: Judge, event: Event, targets: list[CorrectionTarget]) -> str:
    """Return the earliest month of the targets as they were and as they are to be."""
    originals = judge.book.find_events([target.event for target in targets])
    times = [original.frozen.time_ms for original in originals.values()]
    times += [target.draft.time_ms for target in targets if target.draft is not None]
    return month_of(min([*times, event.draft.time_ms]))


def _turn(target: CorrectionTarget, originals: Mapping[str, Event]) -> tuple[int, int]:
    """Return the key by which new versions are made in order.

    Those that state a day or minute come last, in book order, as the times of the others may place them.
    """
    if target.draft is None or target.draft.is_exact:
        return (0, 0)
    return (target.draft.time_ms, originals[target.event].seq)


def _check_among(versions: list[Event]) -> list[Violation]:
    """Return what is wrong between the new versions.

    Two would hold the same lot, code, ticket or heat number, or share the manifest of two transfers, or one
    would come before an opening.
    """
    holders: dict[str, str] = {}
    violations = []
    for number, version in enumerate(versions):
        for key, taken in list_wanted_claims(version) if version.live else ():
            if holders.setdefault(key, version.id) != version.id:
                violations += _of_target(number, [taken._replace(events=(holders[key],))])
    for number, among in (*check_openings(versions), *check_manifests(versions)):
        violations += _of_target(number, [among])
    return violations


def _of_target(number: int, violations: list[Violation]) -> list[Violation]:
    """Return the violations of a replacement with their path in the correction."""
    return [violation._replace(path=f"targets.{number}.draft.{violation.path}") for violation in violations]


def recorded_versions(judge: Judge, event: Event) -> dict[int, Event]:
    """Return the next versions of all targets as a recorded correction froze them, for a rebuild."""
    versions = versions_of(event)
    changed: dict[int, Event] = {}
    for id_, original in judge.book.find_events(list(versions)).items():
        revisions = (*original.revisions, event.seq)
        version = versions[id_]
        if version is None:
            changed[original.seq] = replace(original, live=False, revisions=revisions)
        else:
            draft, frozen = _keep_identity(version[0], original), version[1]
            changed[original.seq] = replace(
                original, draft=draft, frozen=frozen, live=True, revisions=revisions
            )
    return changed


def admit_correction(judge: Judge, event: Event, changed: dict[int, Event]) -> Affected:
    """Recompute everything that follows and put it into the book. Raises EventRejected, TooMuchWork."""
    book = judge.book

    before = book.find_events_by_seq(list(changed))

    def refreeze(version: Event, lots: Mapping[str, Lot]) -> Frozen:
        return resolve_again(version, lots, new_code, before[version.seq])

    revision = Revision(
        book,
        event.seq,
        event.record_ms,
        judge.correction_limit,
        None if book.replaying else refreeze,
        event.frozen.booked_regions,
    )
    affected = revision.run(changed)
    if not book.replaying:
        _ask_first(judge, event, revision)
        versions = {version.id: version.frozen for version in revision.changed.values() if version.live}
        voided = tuple(version.id for version in revision.changed.values() if not version.live)
        event.frozen = event.frozen._replace(versions=versions, voided=voided)
    book.add_event(event)
    revision.commit()
    for seq in changed:
        _renew_claims(judge, before[seq], revision.changed[seq], revision)
    return affected


def _ask_first(judge: Judge, event: Event, revision: Revision) -> None:
    """Ask about the warnings of the replacements that a correction states. Raises EventUnconfirmed."""
    decided = {version.id: (version, decision) for version, decision in revision.decisions.values()}
    for number, target in enumerate(detail_of(event).targets):
        if target.draft is not None and target.event in decided:
            version, decision = decided[target.event]
            judge.ask_first(version, decision.warnings, f"targets.{number}.draft.")


def detail_of(event: Event) -> Correction:
    """Return the correction's own fields."""
    assert isinstance(event.draft.detail, Correction)
    return event.draft.detail


def _targets(
    judge: Judge, event: Event, detail: Correction
) -> tuple[list[CorrectionTarget], list[Violation]]:
    """Return (the targets, what is wrong with them).

    Of "void this and everything after it" all that follows is among the targets.
    """
    book = judge.book
    violations: list[Violation] = []
    originals = book.find_events([target.event for target in detail.targets])
    seen: set[str] = set()
    for number, target in enumerate(detail.targets):
        path = f"targets.{number}"
        original = originals.get(target.event)
        if original is None:
            violations.append(Violation("rule.unknown_event", path, (), (target.event,)))
            continue
        if target.event in seen:
            violations.append(Violation("rule.target_twice", path, (), (target.event,)))
        seen.add(target.event)
        figures: Figures = {"kind": original.draft.kind}
        if original.draft.kind not in CORRECTIBLE:
            violations.append(Violation("rule.not_correctable", path, (), (target.event,), figures))
        elif target.draft is None and not original.live:
            violations.append(Violation("rule.already_void", path, (), (target.event,), figures))
        elif target.draft is not None and target.draft.kind != original.draft.kind:
            figures = {**figures, "new_kind": target.draft.kind}
            violations.append(
                Violation("rule.kind_differs", f"{path}.draft.kind", (), (target.event,), figures)
            )
        if target.version is not None and target.version != original.version:
            violations.append(_corrected_meanwhile(book, original, f"{path}.version"))
        if detail.undo:
            violations += _check_undo(judge, event, original, path)
        violations += _check_responsible(judge, event, original, target.draft, path)
    violations += _check_place(judge, event, list(originals.values()))
    targets = list(detail.targets)
    if detail.undo and (detail.cascade or len(targets) != 1 or targets[0].draft is not None):
        violations.append(Violation("rule.undo_one_void", "targets"))
    if detail.cascade and not violations:
        if len(targets) != 1 or targets[0].draft is not None:
            violations.append(Violation("rule.cascade_one_void", "targets"))
        else:
            followers = events_after(book, originals[targets[0].event])
            targets += [CorrectionTarget(later.id) for later in followers]
            for later in followers:
                violations += _check_responsible(judge, event, later, None, "cascade")
    violations += _check_reserved(judge, targets, len(detail.targets))
    return targets, violations


def _check_reserved(judge: Judge, targets: Sequence[CorrectionTarget], stated: int) -> list[Violation]:
    """Return which lots of open work would become void, or be taken by a replacement that did not take them before.

    Of the targets the first ones are ``stated``, the others follow from them.
    """
    originals = judge.book.find_events([target.event for target in targets])
    made = judge.book.find_lots([lot for one in originals.values() for lot in one.frozen.lots if lot])
    holders = find_holders(judge.writer, {lot.site for lot in made.values()}) if made else {}
    violations: list[Violation] = []
    for number, target in enumerate(targets):
        original, draft = originals.get(target.event), target.draft
        if original is None:
            continue
        path = f"targets.{number}" if number < stated else "cascade"
        kept = max(len(draft.outputs), len(draft.lots)) if draft is not None else 0
        gone = check_void(judge.writer, original, made, holders, kept)
        violations += [one._replace(path=path) for one in gone]
        if draft is None:
            continue
        works = list_open_work(judge.writer, [draft.site])
        before = {lot for lot, _ in list_takes(original.draft)}
        lots = judge.book.find_lots(lots_of(draft))
        taken = check_reserved(judge.writer, draft, map_holders(works), lots)
        new = [one for one in taken if not before.intersection(one.lots)]
        violations += _of_target(number, [*check_number(judge.writer, draft, works), *new])
    return violations


def _corrected_meanwhile(book: Book, original: Event, path: str) -> Violation:
    """Return the violation of a correction that was written against an earlier version."""
    seq = original.version or original.seq  # of one never corrected, whatever version was stated
    newest = book.find_events_by_seq([seq])[seq]
    figures: Figures = {
        "kind": original.draft.kind,
        "version": original.version,
        "actor": newest.draft.actor,
        "time_ms": newest.record_ms,
    }
    return Violation("rule.corrected_meanwhile", path, (), (original.id,), figures)


def _check_undo(judge: Judge, event: Event, original: Event, path: str) -> list[Violation]:
    """Return every reason why the recorder of an event may not undo it any more."""
    minutes = judge.reference.tolerances.undo_min
    sealed = seal_key(original.draft.site, original.month)
    after = events_after(judge.book, original)
    figures: Figures = {"kind": original.draft.kind, "minutes": minutes, "month": original.month}
    reasons = {
        "rule.undo_not_own": original.draft.actor != event.draft.actor
        or original.draft.site != event.draft.site,
        # Pinned record times stand still, so nobody can tell how long ago it was.
        "rule.undo_too_late": event.record_ms - original.record_ms > minutes * MINUTE_MS
        or event.record_ms - judge.now_ms > BEHIND_MS,
        "rule.undo_not_this_kind": original.draft.kind not in UNDOABLE,
        "rule.undo_approved": original.draft.approval is not None,
        "rule.undo_corrected": bool(original.revisions),
        "rule.undo_sealed": sealed in judge.book.find_claims([sealed]),
        "rule.undo_followed": bool(after),
    }
    events = {"rule.undo_followed": tuple(later.id for later in after[:MOST_NAMED])}
    return [
        Violation(code, path, (), events.get(code, (original.id,)), figures)
        for code, applies in reasons.items()
        if applies
    ]


def _check_responsible(
    judge: Judge, event: Event, target: Event, replacement: Draft | None, path: str
) -> list[Violation]:
    """Return a violation for each site touched whose supervisor the corrector is not.

    Of a statistic, as it was or as it would be, for a region that the corrector does not plan for
    exactly; whoever the replacement names as its actor.
    """
    violations = []
    sites = set()
    for draft in (target.draft, *([replacement] if replacement else [])):
        statistic = find_statistic(draft)
        if statistic is None:
            sites.add(draft.site)
        elif not judge.is_spokesperson(event.draft.actor, statistic.region, event.draft.time_ms):
            spoken: Figures = {"kind": event.draft.kind, "site": draft.site}
            violations.append(Violation(NOT_THE_PLANNER, path, (), (target.id,), spoken))
    for site in sorted(sites - {event.draft.site}):
        if "supervisor" not in judge.list_roles(event.draft.actor, site, event.draft.time_ms):
            figures: Figures = {"kind": event.draft.kind, "site": site}
            violations.append(Violation("rule.needs_supervisor", path, (), (target.id,), figures))
    return violations


def _check_place(judge: Judge, event: Event, originals: Collection[Event]) -> list[Violation]:
    """Check that statistics alone are corrected at an authority, and at their own site."""
    site = event.draft.site
    statistics = [original for original in originals if find_statistic(original.draft)]
    known = judge.reference.sites.get(site)
    if known is not None and known.is_authority and len(statistics) < len(originals):
        return [Violation("rule.authority_site", "site", figures={"site": site, "kind": event.draft.kind})]
    if (
        statistics
        and len(statistics) == len(originals)
        and site not in {one.draft.site for one in statistics}
    ):
        figures: Figures = {"site": site, "holder": statistics[0].draft.site}
        return [Violation("rule.corrected_elsewhere", "site", figures=figures)]
    return []


def events_after(book: Book, event: Event) -> list[Event]:
    """Return every event that used, moved or examined the event's outputs, and theirs, in book order.

    Of a movement also what came after it to the lots that it moved whole.
    """
    reached: dict[int, Event] = {}
    seen = {event.seq}
    edges = book.list_edges([event.seq])
    lots = {edge.lot for edge in edges if edge.role == "output"}
    moved = {edge.lot for edge in edges if edge.role == "observed" and event.draft.kind in MOVEMENTS}
    touched = book.list_touches(moved - lots)
    touching = {edge.event for edge in touched if edge.order > event.order}
    while lots or touching:
        touching = (touching | {edge.event for edge in book.list_touches(lots)}) - seen
        seen |= touching
        reached |= book.find_events_by_seq(touching)
        lots = (
            {edge.lot for edge in book.list_edges(touching) if edge.role == "output"} if touching else set()
        )
        touching = set()
    return sorted(reached.values(), key=lambda later: later.order)


def list_consequences(reader: Reader, event_id: str) -> list[Event]:
    """List what "void this and everything after it" would void beside the event, in book order.

    Raises NotFound.
    """
    book = Book(reader)
    event = book.find_events([event_id]).get(event_id)
    if event is None:
        raise NotFound("event.unknown", id=event_id)
    return events_after(book, event)


def _new_version(
    judge: Judge,
    event: Event,
    target: CorrectionTarget,
    originals: Mapping[str, Event],
    others: Mapping[int, Event],
) -> tuple[Event, list[Violation]]:
    """Return (the target in its next version, not live if voided; what is wrong with a replacement as such).

    ``others`` are the new versions made before it, those of all targets that state their time.
    """
    original = originals[target.event]
    revisions = (*original.revisions, event.seq)
    if target.draft is None:
        return replace(original, live=False, revisions=revisions), []
    draft = _keep_identity(target.draft, original)
    if _only_confirms(draft, original):
        return replace(original, draft=draft, revisions=revisions), []
    names = lots_of(draft)
    lots = judge.book.find_lots(names)
    time_ms = draft.time_ms
    if not draft.is_exact:
        time_ms = time_of_version(judge.book, draft, original, others)
    states = states_at(judge.book, names, (time_ms, original.seq), without=original.seq)
    at_place = {lot: states.get(lot, row) for lot, row in lots.items()}
    version = replace(original, draft=draft, live=True, revisions=revisions)
    version.frozen, violations = judge.freeze(
        version, time_ms, at_place, targets=originals.values(), original=original
    )
    if draft.approval != original.draft.approval:
        violations += judge.check_approval(draft) or check_approver(draft, event.draft.actor)
    violations += check_replacement_actor(draft, original.draft.actor, event.draft.actor)
    return version, violations


def _only_confirms(draft: Draft, original: Event) -> bool:
    """Return whether a replacement states what is in force, and confirms more of its warnings.

    Then every parameter stays as it was frozen: to confirm a warning changes no figure.
    """
    stated = _keep_identity(original.draft, original)
    return (
        original.live
        and draft.confirmed != stated.confirmed
        and draft._replace(confirmed=stated.confirmed) == stated
    )


def _keep_identity(draft: Draft, original: Event) -> Draft:
    """Return the replacement with the ids and codes of the outputs, or parts, that it replaces, in their order."""
    first = original.frozen
    outputs = tuple(
        new._replace(lot=new.lot or first.lots[number], code=new.code or first.codes[number])
        if number < len(first.lots)
        else new
        for number, new in enumerate(draft.outputs)
    )
    lots = draft.lots
    if first.lots and not draft.outputs:
        named = {moved.lot: number for number, moved in enumerate(original.draft.lots)}
        lots = tuple(
            moved._replace(
                part_lot=moved.part_lot or first.lots[named[moved.lot]] or None,
                part_code=moved.part_code or first.codes[named[moved.lot]] or None,
            )
            if moved.lot in named
            else moved
            for moved in draft.lots
        )
    return draft._replace(id=original.id, outputs=outputs, lots=lots)


def _renew_claims(judge: Judge, before: Event, after: Event, revision: Revision) -> None:
    """Free the ticket or heat number of what was there before, never a code; a replacement claims its own."""
    book = judge.book
    keys = [key for key, _ in list_event_keys(before)] if before.live else []
    freed = [*keys, *(collision_key(key, before.id) for key in keys)]
    claims = book.find_claims(freed)
    book.put_claims({key: None for key in freed if key in claims and claims[key].owner == before.id})
    if after.live:
        judge.claim(after, revision.decisions[after.seq][1].made.values(), content_of(after.draft))
    judge.remember_opening(after)
    if before.draft.site != after.draft.site:
        judge.remember_opening(before)

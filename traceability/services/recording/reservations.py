"""Hold the lots, labels and numbers of open work: until it ends, the event that closes it is the only one that may take them."""

from collections.abc import Iterable, Iterator, Mapping

from graph.store import Reader
from traceability.domain.calendar import year_of
from traceability.domain.claims import code_key, is_code_key, list_draft_codes
from traceability.domain.errors import Figures, Violation, WriteConflict
from traceability.domain.event import Acquisition, Adjustment, Draft, Event, Heat
from traceability.domain.identifier import normalise_identifier
from traceability.domain.kinds import MOVEMENTS
from traceability.domain.lot import Lot
from traceability.services.directory.people import find_person
from traceability.services.recording.open_work import Hold, OpenWork, WorkKind, list_open_work


def lot_hold(lot: str) -> str:
    """Return the key by which work holds a lot."""
    return f"lot/{lot}"


def code_hold(code: str) -> str:
    """Return the key by which work holds a blank label."""
    return code_key(code)


def find_holders(reader: Reader, sites: Iterable[str]) -> dict[str, OpenWork]:
    """Return the open work at some sites by the keys that it holds."""
    return map_holders(list_open_work(reader, sorted(set(sites))))


def map_holders(works: Iterable[OpenWork]) -> dict[str, OpenWork]:
    """Return open work by the keys that it holds."""
    return {key: work for work in works for key in work.holds}


def check_still_open(draft: Draft, works: Iterable[OpenWork]) -> Iterator[Violation]:
    """Yield that a draft is the event of a ticket or heat that would stay open, because nothing ends it in the same write:
    it would be paid for and charged a second time."""
    for work in works:
        if work.id == draft.id:
            yield Violation("rule.still_open", "id", figures={"work": str(work.kind), "number": work.number})


def list_takes(draft: Draft) -> list[tuple[str, str]]:
    """Return (lot, path) of the lots that a draft takes, moves or counts anew, which those that it only looks at are not."""
    takes = [(str(use.lot), f"inputs.{number}") for number, use in enumerate(draft.inputs)]
    if draft.kind in MOVEMENTS or isinstance(draft.detail, Adjustment):
        takes += [(str(moved.lot), f"lots.{number}") for number, moved in enumerate(draft.lots)]
    return takes


def check_reserved(
    reader: Reader, draft: Draft, holders: Mapping[str, OpenWork], lots: Mapping[str, Lot]
) -> Iterator[Violation]:
    """Yield what a draft takes although open work holds it."""

    def tell(code: str, path: str, key: str, label: str) -> Violation:
        # A shipper takes back what the receiver works with: no word of the receiver's people.
        if holders[key].site != draft.site:
            return Violation("rule.reserved_there", path, figures={"code": label})
        return Violation(code, path, figures=_describe(reader, holders[key], key, label))

    for lot, path in list_takes(draft):
        key = lot_hold(lot)
        if key in holders and holders[key].id != draft.id:
            yield tell("rule.reserved", path, key, lots[lot].code if lot in lots else "")._replace(
                lots=(lot,)
            )
    for code, path in list_draft_codes(draft):
        key = code_hold(code)
        if key in holders and holders[key].id != draft.id:
            yield tell("rule.code_reserved", path, key, code)


def check_number(reader: Reader, draft: Draft, works: Iterable[OpenWork]) -> Iterator[Violation]:
    """Yield that a draft has the number of another ticket or heat in work at its site, which could not be closed then."""
    detail = draft.detail
    if isinstance(detail, Acquisition) and detail.ticket:
        kind, path, number = WorkKind.TICKET, "ticket", detail.ticket
    elif isinstance(detail, Heat) and detail.heat_number:
        kind, path, number = WorkKind.HEAT, "heat_number", detail.heat_number
    else:
        return
    for work in works:
        is_other = work.id != draft.id and (work.site, work.kind) == (draft.site, kind)
        is_later = year_of(draft.time_ms) >= year_of(work.opened_ms)  # numbers begin anew each year
        if is_other and is_later and normalise_identifier(work.number) == normalise_identifier(number):
            opened = Hold(work.opened_by, work.opened_ms)
            yield Violation("rule.number_reserved", path, figures=_tell(reader, work, opened, number))


def check_void(
    reader: Reader, event: Event, lots: Mapping[str, Lot], holders: Mapping[str, OpenWork], kept: int = 0
) -> list[Violation]:
    """Return what stands against making an event void, but for so many of its lots: open work holds one that it made."""
    violations = []
    for lot in event.frozen.lots[kept:]:
        work = holders.get(lot_hold(lot))
        if work is None or lot not in lots:
            continue
        code = lots[lot].code
        if work.site == event.draft.site:
            figures = _describe(reader, work, lot_hold(lot), code)
            violations.append(Violation("rule.reserved", "", (lot,), (), figures))
        else:
            violations.append(Violation("rule.reserved_there", "", (lot,), (), {"code": code}))
    return violations


def find_code_hold(reader: Reader, sites: Iterable[str], code: str) -> tuple[OpenWork, Violation] | None:
    """Return the open work at some sites that holds a blank label, and what is said of it; None where none does."""
    work = find_holders(reader, sites).get(code_hold(code))
    if work is None:
        return None
    figures = _describe(reader, work, code_hold(code), code)
    return work, Violation("rule.code_reserved", "", figures=figures)


def require_free(reader: Reader, work: OpenWork, codes: Mapping[str, str]) -> None:
    """Raise WriteConflict where other open work of the site holds what this work is to hold; ``codes`` are those of its
    lots and labels, by key."""
    for key, holder in find_holders(reader, [work.site]).items():
        if key in work.holds and holder.id != work.id:
            code = "rule.code_reserved" if is_code_key(key) else "rule.reserved"
            raise WriteConflict(code, **_describe(reader, holder, key, codes[key]))


def _describe(reader: Reader, work: OpenWork, key: str, label: str) -> Figures:
    """Return which work holds a key, since when and by whose hand."""
    return _tell(reader, work, work.holds[key], label)


def _tell(reader: Reader, work: OpenWork, hold: Hold, label: str) -> Figures:
    person = find_person(reader, hold.person)
    return {
        "work": str(work.kind), "number": work.number, "time_ms": hold.time_ms,
        "person": person.name if person else hold.person, "code": label,
    }  # fmt: skip

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
    others = {key: work for key, work in holders.items() if work.id != draft.id}
    for lot, path in list_takes(draft):
        work = others.get(lot_hold(lot))
        if work is not None:
            label = lots[lot].code if lot in lots else ""
            yield _refuse(reader, draft.site, work, lot_hold(lot), label)._replace(path=path, lots=(lot,))
    for code, path in list_draft_codes(draft):
        work = others.get(code_hold(code))
        if work is not None:
            yield _refuse(reader, draft.site, work, code_hold(code), code)._replace(path=path)


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
    made = [lot for lot in event.frozen.lots[kept:] if lot_hold(lot) in holders and lot in lots]
    return [
        _refuse(reader, event.draft.site, holders[lot_hold(lot)], lot_hold(lot), lots[lot].code)._replace(
            lots=(lot,)
        )
        for lot in made
    ]


def find_code_hold(reader: Reader, sites: Iterable[str], code: str) -> tuple[OpenWork, Violation] | None:
    """Return the open work at some sites that holds a blank label, and what is said of it; None where none does."""
    work = find_holders(reader, sites).get(code_hold(code))
    if work is None:
        return None
    return work, _refuse(reader, work.site, work, code_hold(code), code)


def require_free(reader: Reader, work: OpenWork, codes: Mapping[str, str]) -> None:
    """Raise WriteConflict where other open work of the site holds what this work is to hold; ``codes`` are those of its
    lots and labels, by key."""
    for key, holder in find_holders(reader, [work.site]).items():
        if key in work.holds and holder.id != work.id:
            refusal = _refuse(reader, work.site, holder, key, codes[key])
            raise WriteConflict(refusal.code, **refusal.figures)


def _refuse(reader: Reader, site: str, work: OpenWork, key: str, label: str) -> Violation:
    """Return why who acts at a site may not take what open work holds under a key: which it is, since when, by whose hand."""
    if (
        work.site != site
    ):  # a shipper takes back what the receiver works with: no word of the receiver's people
        return Violation("rule.reserved_there", "", figures={"code": label})
    code = "rule.code_reserved" if is_code_key(key) else "rule.reserved"
    return Violation(code, "", figures=_tell(reader, work, work.holds[key], label))


def _tell(reader: Reader, work: OpenWork, hold: Hold, label: str) -> Figures:
    person = find_person(reader, hold.person)
    return {
        "work": str(work.kind), "number": work.number, "time_ms": hold.time_ms,
        "person": person.name if person else hold.person, "code": label,
    }  # fmt: skip

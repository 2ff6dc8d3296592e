"""Hold the lots and labels of open work: until it ends, the event that closes it is the only one that may take them."""

from collections.abc import Iterable, Iterator, Mapping

from graph.store import Reader
from traceability.domain.claims import code_key, list_draft_codes
from traceability.domain.errors import Figures, Violation
from traceability.domain.event import Draft
from traceability.domain.kinds import MOVEMENTS
from traceability.domain.lot import Lot
from traceability.services.recording.open_work import OpenWork, list_open_work


def lot_hold(lot: str) -> str:
    """Return the key by which work holds a lot."""
    return f"lot/{lot}"


def code_hold(code: str) -> str:
    """Return the key by which work holds a blank label."""
    return code_key(code)


def find_holders(reader: Reader, sites: Iterable[str]) -> dict[str, OpenWork]:
    """Return the open work at some sites by the keys that it holds."""
    return {key: work for work in list_open_work(reader, sorted(set(sites))) for key in work.holds}


def list_takes(draft: Draft) -> list[tuple[str, str]]:
    """Return (lot, path) of the lots that a draft takes or moves, which those that it only looks at are not."""
    takes = [(str(use.lot), f"inputs.{number}") for number, use in enumerate(draft.inputs)]
    if draft.kind in MOVEMENTS:
        takes += [(str(moved.lot), f"lots.{number}") for number, moved in enumerate(draft.lots)]
    return takes


def check_reserved(
    draft: Draft, holders: Mapping[str, OpenWork], lots: Mapping[str, Lot], people: Mapping[str, str]
) -> Iterator[Violation]:
    """Yield what a draft takes although open work holds it; ``people`` are names by id."""
    for lot, path in list_takes(draft):
        if _is_held(lot_hold(lot), draft, holders):
            label = lots[lot].code if lot in lots else ""
            yield _tell("rule.reserved", path, lot_hold(lot), label, draft, holders, people)._replace(
                lots=(lot,)
            )
    for code, path in list_draft_codes(draft):
        if _is_held(code_hold(code), draft, holders):
            yield _tell("rule.code_reserved", path, code_hold(code), code, draft, holders, people)


def _is_held(key: str, draft: Draft, holders: Mapping[str, OpenWork]) -> bool:
    return key in holders and holders[key].id != draft.id


def _tell(
    code: str,
    path: str,
    key: str,
    label: str,
    draft: Draft,
    holders: Mapping[str, OpenWork],
    people: Mapping[str, str],
) -> Violation:
    work = holders[key]
    if (
        work.site != draft.site
    ):  # a shipper takes back what the receiver is working with: no word of their people
        return Violation("rule.reserved_there", path, figures={"code": label})
    hold = work.holds[key]
    person = people.get(hold.person, hold.person)
    figures: Figures = {
        "work": str(work.kind), "number": work.number, "time_ms": hold.time_ms, "person": person, "code": label,
    }  # fmt: skip
    return Violation(code, path, figures=figures)

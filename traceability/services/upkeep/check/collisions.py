"""Report identifiers of an older book that are one by now, though they were recorded as different.

Two typings of one number were two numbers there. Nothing of it is refused or unsound: the book says what was recorded, and
people decide which record is wrong.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TypeVar

from graph.store import Reader
from traceability.domain.claims import COLLISIONS, MANIFESTS
from traceability.domain.event import Disposal
from traceability.domain.identifier import normalise_identifier
from traceability.services.directory.parties import EVERYWHERE, VEHICLE, list_meetings, normalise_name
from traceability.services.directory.people import list_people
from traceability.services.directory.reference import reference_in
from traceability.services.upkeep.check.findings import DAMAGE_ERRORS, CheckReport
from traceability.services.upkeep.check.scan import scan_claims

K = TypeVar("K", str, tuple[str, ...])


def check_collisions(reader: Reader, report: CheckReport) -> None:
    """Add every identifier that means two things: numbers, manifests, accounts, plates and codes of parties."""
    for check in (_check_numbers, _check_manifests, _check_accounts, _check_parties):
        try:
            check(reader, report)
        except DAMAGE_ERRORS as error:
            report.note("check.unreadable", check.__name__.removeprefix("_check_"), repr(error), "")


def _check_numbers(reader: Reader, report: CheckReport) -> None:
    """Report tickets, heats and certificates of which two events state the same."""
    for claim in scan_claims(reader, COLLISIONS):
        key = claim.key.removeprefix(COLLISIONS).removesuffix(f"/{claim.owner}")
        holder = reader.find_claims([key]).get(key)
        report.note_collision("check.number_shared", key, [claim.owner, *([holder.owner] if holder else [])])


def _check_accounts(reader: Reader, report: CheckReport) -> None:
    """Report accounts whose names differ in the typing alone."""
    names = ((normalise_identifier(person.id), person.id) for person in list_people(reader))
    for name, ids in _find_shared(names):
        report.note_collision("check.account_shared", name, ids)


def _check_manifests(reader: Reader, report: CheckReport) -> None:
    """Report manifests of several transfers: the first books compared none."""
    transfers: dict[str, dict[str, str]] = defaultdict(dict)  # the first disposal of each, by its digest
    for claim in scan_claims(reader, MANIFESTS):
        transfers[claim.key.removesuffix(claim.owner)].setdefault(claim.digest, claim.owner)
    for owners in transfers.values():
        if len(owners) > 1:
            found = reader.find_events(list(owners.values()))
            details = [event.draft.detail for event in found.values()]
            manifest = next((one.manifest for one in details if isinstance(one, Disposal)), "")
            report.note_collision("check.manifest_shared", manifest, list(owners.values()))


def _check_parties(reader: Reader, report: CheckReport) -> None:
    """Report vehicles of one plate, and parties of one kind and code, that a firm knows as different ones.

    Names are not compared: they are no identifiers. What came by files is for all firms, and beside what they named
    themselves.
    """
    reference = reference_in(reader)
    plates: set[tuple[tuple[str, ...], str]] = set()
    codes: set[tuple[tuple[str, ...], str]] = set()
    for met in list_meetings(reader):
        firm = EVERYWHERE if met.site == EVERYWHERE else reference.firm_of(met.site) or met.site
        if met.kind == VEHICLE:
            plates.add(((firm, normalise_name(VEHICLE, met.name)), met.id))
        elif met.code:
            codes.add(((firm, met.kind, normalise_identifier(met.code)), met.id))
    for (*_, plate), ids in _find_shared(plates):
        report.note_collision("check.plate_shared", plate, ids)
    for (*_, code), ids in _find_shared(codes):
        report.note_collision("check.code_shared", code, ids)


def _find_shared(named: Iterable[tuple[K, str]]) -> Iterator[tuple[K, list[str]]]:
    """Yield each key that several have, with them; both sorted."""
    groups: dict[K, set[str]] = defaultdict(set)
    for key, id_ in named:
        groups[key].add(id_)
    return ((key, sorted(ids)) for key, ids in sorted(groups.items()) if len(ids) > 1)

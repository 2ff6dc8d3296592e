"""List who holds which certificates, until when, and which yearly greenhouse gas reports there are."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from graph.store import Reader
from traceability.domain.calendar import DAY_MS, day_of, time_of_day
from traceability.domain.certificate import CertificateKind, CertificateLevel
from traceability.domain.claims import CERTIFICATES
from traceability.domain.event import Declaration, DocumentReference, Event
from traceability.domain.period import Period
from traceability.domain.rights import Viewer
from traceability.services.directory.reference import reference_in
from traceability.services.reporting.declared.known_book import list_claims
from traceability.services.reporting.figures.disclosure import check_open
from traceability.services.reporting.scope import Level, check_known, check_place, find_whereabouts
from traceability.services.reporting.table import Table, Value

Standing = Literal["valid", "expiring", "expired", "not_yet"]

REGISTERED = {"green_factories": ("green_factory", "national")}
"""Kind and level of the certificates that stand beside what an authority states of an indicator.

The statistic is official: a book knows of the certificates that its own sites declared.
"""
EXPIRING_DAYS = 90  # before its end a certificate is told to expire soon
REGISTER_COLUMNS = (
    "kind", "level", "holder", "site", "base", "region", "number", "period", "valid_from", "valid_until",
    "standing", "document", "sha256", "event",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class HeldCertificate:
    """A certificate in force as it was declared: its kind and level (None where none is known) and holder.

    ``base`` is '' where the site itself holds it.
    """

    event: Event
    kind: CertificateKind | None
    level: CertificateLevel | None
    number: str
    site: str
    base: str
    region: str
    period: str
    valid_from: str
    valid_until: str
    standing: Standing
    documents: tuple[DocumentReference, ...]

    @property
    def in_force(self) -> bool:
        """Return whether it holds on the day of the register."""
        return self.standing in ("valid", "expiring")


class Register(NamedTuple):
    """The certificates of a place by kind, level and holder, and those of sites out of view, in number."""

    certificates: tuple[HeldCertificate, ...]
    hidden: int
    day: str

    def count_in_force(self) -> list[tuple[CertificateKind, CertificateLevel | None, int]]:
        """Return how many certificates are in force by kind and level, in the order of the register."""
        counted = Counter((one.kind, one.level) for one in self.certificates if one.in_force)
        return [(kind, level, count) for (kind, level), count in counted.items() if kind is not None]


def read_register(
    reader: Reader, level: Level, code: str, day: str, viewer: Viewer | None = None
) -> Register:
    """Return the certificates of the sites that are in a place on a day, with how they stand on it.

    Only sites in view are named (without a viewer all); a firm is not told how many others there are.
    Raises BadInput, NotFound, NotAllowed.
    """
    place = check_place(level, code)
    if viewer is not None:
        check_open(reader, viewer, (place,))
    reference = reference_in(reader)
    check_known(place, reference)
    month = day[:7]
    sites = find_whereabouts(reader).sites_between((place,), month, month)
    owners = [claim.owner for claim in list_claims(reader, CERTIFICATES)]
    events = reader.find_events(owners) if owners else {}
    held, hidden = [], 0
    for event in events.values():
        detail = event.draft.detail
        if not event.live or not isinstance(detail, Declaration) or detail.type != "certificate":
            continue
        if event.draft.site not in sites:
            continue
        if viewer is not None and not viewer.shows_site(event.draft.site):
            hidden += not viewer.is_firm
            continue
        kind = reference.certificate_kinds.get(detail.certificate_kind)
        held.append(
            HeldCertificate(
                event,
                kind,
                kind.find_level(detail.certificate_level) if kind else None,
                detail.certificate,
                event.draft.site,
                detail.base,
                event.frozen.region,
                detail.period,
                detail.valid_from,
                detail.valid_until,
                _standing(detail, day),
                event.draft.documents,
            )
        )
    order = list(reference.certificate_kinds)

    def key(one: HeldCertificate) -> tuple[object, ...]:
        kind, level = one.kind, one.level
        levels = [known.id for known in kind.levels] if kind else []
        return (
            order.index(kind.id) if kind else len(order),
            levels.index(level.id) if level else len(levels),
            one.base or one.site,
            one.number,
        )

    return Register(tuple(sorted(held, key=key)), hidden, day)


def count_new_certificates(
    reader: Reader, level: Level, code: str, period: Period, kind: str, certificate_level: str,
    viewer: Viewer | None = None,
) -> int:  # fmt: skip
    """Return how many holders in a place got a certificate that holds from within a period; to a firm its own.

    Where none says from when, the year that it was declared of decides. Raises BadInput, NotFound.
    """
    own = viewer if viewer is not None and viewer.is_firm else None
    register = read_register(reader, level, code, f"{period.last}-28", own)
    return len(
        {
            one.base or one.site
            for one in register.certificates
            if one.kind and one.level and (one.kind.id, one.level.id) == (kind, certificate_level)
            if (period.contains(one.valid_from[:7]) if one.valid_from else one.period == str(period.year))
        }
    )


def _standing(stated: Declaration, day: str) -> Standing:
    if stated.valid_from and day < stated.valid_from:
        return "not_yet"
    if not stated.valid_until:
        return "valid"
    if stated.valid_until < day:
        return "expired"
    return "expiring" if stated.valid_until <= day_of(time_of_day(day) + EXPIRING_DAYS * DAY_MS) else "valid"


def register_table(register: Register) -> Table:
    """Return a register as a table, a line per certificate."""
    return Table(REGISTER_COLUMNS, _rows(register.certificates))


def _rows(certificates: Iterable[HeldCertificate]) -> Iterable[tuple[Value, ...]]:
    for one in certificates:
        papers = one.documents
        yield (
            one.kind.id if one.kind else "", one.level.id if one.level else "",
            one.kind.holder if one.kind else "site", one.site, one.base, one.region, one.number, one.period,
            one.valid_from, one.valid_until, one.standing,
            " ".join(filter(None, (f"{paper.type} {paper.number}".strip() for paper in papers))),
            " ".join(paper.sha256 for paper in papers if paper.sha256), one.event.id,
        )  # fmt: skip

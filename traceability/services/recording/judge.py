"""Judge a draft: gather its facts from store, clock and directory, freeze its parameters and name every reason against it.

Capture and correction both stand on this; nothing is recorded here.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import NamedTuple

from graph.store import Body, Reader
from scanners.codes import is_code
from traceability.domain.access import held_still
from traceability.domain.authority import find_statistic
from traceability.domain.calendar import DAY_MS, day_of, month_of
from traceability.domain.claims import (
    DECLARATIONS,
    NUMBERS,
    Claim,
    code_key,
    collision_key,
    digest_transfer,
    history_prefix,
    is_code_key,
    list_claim_keys,
    list_draft_codes,
    make_claims,
    manifest_key,
    opening_key,
    seal_key,
)
from traceability.domain.confirmation import list_unconfirmed
from traceability.domain.decision import check_statement, decide, list_objections
from traceability.domain.entry import find_tare, list_load
from traceability.domain.errors import EventUnconfirmed, Violation
from traceability.domain.event import (
    Acquisition,
    Adjustment,
    Assay,
    Correction,
    Declaration,
    Disposal,
    Draft,
    Event,
    Frozen,
    Heat,
    LotCode,
    Opening,
    Receiving,
    Seal,
    lots_of,
)
from traceability.domain.freezing import Facts, freeze
from traceability.domain.identifier import normalise_identifier
from traceability.domain.kinds import RECORDS
from traceability.domain.lot import Lot
from traceability.domain.material import Reference
from traceability.domain.place import Licence, Site
from traceability.domain.quantity import median_g
from traceability.domain.rules import check_parts
from traceability.services.directory.parties import find_licensed, find_registered, list_registered
from traceability.services.directory.people import is_spokesperson, roles_of
from traceability.services.directory.reference import reference_in
from traceability.services.recording.pending_book import Book, new_code
from traceability.services.recording.resolve import Resolver
from traceability.services.recording.seal import find_missing_records
from traceability.wire import content_digest, dump_draft

DOWNSTREAM_IN_REQUEST = 1_000  # events decided again; beyond it a correction runs as a job
REBUILDING = "rebuilding"  # the claim that closes the book while it is derived again

NOT_FROZEN = Frozen(0, "")  # of an event that is not judged yet


class Load(NamedTuple):
    """A load that a vehicle brought; ``digest`` is that of supplier, grades and masses."""

    time_ms: int
    event: str
    digest: str


class VehicleLoads(NamedTuple):
    """The last tares of a vehicle at a site, and the loads that it brought there within a day of the newest."""

    tares_g: tuple[int, ...] = ()
    loads: tuple[Load, ...] = ()


def read_loads(body: Body) -> VehicleLoads:
    """Return a document ``tare`` as it was put."""
    return VehicleLoads(tuple(body["tares_g"]), tuple(Load(*load) for load in body.get("loads", ())))


def digest_load(draft: Draft) -> str:
    """Return the digest of what makes two loads of one vehicle equal: supplier, grades and masses."""
    supplier = draft.detail.supplier if isinstance(draft.detail, Acquisition) else ""
    return sha256(repr((supplier, list_load(draft))).encode()).hexdigest()[:16]


class Deliverer(NamedTuple):
    """Who hands over drafts: a session delivers only its own person's, a loader anybody's.

    ``vouched`` are approvers who proved to the session that they approve: nobody else's name may stand for theirs.
    ``asks`` is whether warnings can be asked about before anything is recorded; ``shown`` are then the fingerprints of
    those that the person has seen, None where the codes that the draft confirms are enough. ``told`` is who reads the
    answer where nobody delivers yet.
    """

    id: str
    person: str = ""
    vouched: tuple[str, ...] = ()
    asks: bool = False
    shown: tuple[str, ...] | None = None
    told: str = ""

    @property
    def reader(self) -> str:
        """Return the person who reads the answer, '' for whoever may read everything."""
        return self.person or self.told


def content_of(draft: Draft, body: Body | None = None) -> str:
    """Return the digest of what a weighing ticket or heat number stands for; '' where the draft has neither.

    ``body`` is the dumped draft, where there is one already.
    """
    detail = draft.detail
    numbered = (isinstance(detail, Acquisition) and detail.ticket) or (
        isinstance(detail, Heat) and detail.heat_number
    )
    return content_digest(body or dump_draft(draft)) if numbered else ""


class Judge:
    """Judges drafts against a book, and knows what only the store and the clock know."""

    def __init__(self, writer: Reader, deliverer: Deliverer, now_ms: int, *, replaying: bool = False) -> None:
        self.book = Book(writer, replaying=replaying)
        self.correction_limit: int | None = None if replaying else DOWNSTREAM_IN_REQUEST
        self.writer = writer
        self.deliverer = deliverer
        self.now_ms = now_ms
        self.reference: Reference = reference_in(writer)
        accounts = filter(None, (deliverer.person, *deliverer.vouched))
        self.resolver = Resolver(self.book, self.reference, accounts)
        self.loads: dict[str, VehicleLoads] = {}  # by site and vehicle
        self.weighed: set[str] = set()  # keys of those that changed
        self.roles: dict[tuple[str, str, str], tuple[str, ...]] = {}
        self.speakers: dict[tuple[str, str, str], bool] = {}

    def prefetch(self, drafts: Iterable[Draft]) -> None:
        """Read what a batch needs in one query of each kind."""
        drafts = list(drafts)
        named = dict.fromkeys(lot for draft in drafts for lot in (*lots_of(draft), *new_lots_of(draft)))
        lots = [lot for lot in named if not isinstance(lot, LotCode)]
        claims = dict.fromkeys(key for draft in drafts for key in _keys(draft, draft.time_ms))
        claims |= dict.fromkeys(code_key(lot) for lot in named if isinstance(lot, LotCode))
        self.book.find_records([draft.id for draft in drafts], lots, list(claims))

    def check_approval(self, draft: Draft) -> list[Violation]:
        """Return a violation where a session states an approval of somebody who did not prove it."""
        approver = draft.approval.approver if draft.approval else ""
        person, *others = self.deliverer.person, *self.deliverer.vouched
        if not approver or not person or approver in (person, *others):
            return []
        return [Violation("rule.approval_not_proven", "approval.approver", figures={"approver": approver})]

    def ask_first(self, version: Event, warnings: Sequence[Violation], path: str = "") -> None:
        """Raise EventUnconfirmed where a deliverer who can be asked has not confirmed the warnings of an event.

        ``path`` leads to its draft within that of a correction.
        """
        if not self.deliverer.asks or not warnings:
            return
        unconfirmed = list_unconfirmed(version.draft, warnings, self.deliverer.shown)
        if unconfirmed:
            raise EventUnconfirmed([item._replace(path=path + item.path) for item in unconfirmed])

    def list_roles(self, person: str, site: str, time_ms: int) -> tuple[str, ...]:
        """Return the roles of a person at a site on the day of the event.

        Whoever records or approves now must have them still: nobody acts by a role that ended, whatever day a draft states.
        """
        then = self._roles_on(person, site, day_of(time_ms))
        if person not in (self.deliverer.reader, *self.deliverer.vouched):
            return then
        return held_still(then, self._roles_on(person, site, day_of(self.now_ms)))

    def _roles_on(self, person: str, site: str, day: str) -> tuple[str, ...]:
        key = (person, site, day)
        if key not in self.roles:
            region = self.reference.region_at(site, day[:7])
            self.roles[key] = roles_of(self.writer, person, site, region, day)
        return self.roles[key]

    def facts(
        self,
        draft: Draft,
        time_ms: int,
        *,
        late: bool = False,
        targets: Collection[Event] = (),
        oldest_month: str = "",
    ) -> Facts:
        """Return what only the store, the clock and the people directory know about a draft.

        What a correction's ``targets``, this one among them, hold as events is as good as free: tickets, heat numbers,
        certificates, months, openings. Codes and lots never become free.
        """
        approver = draft.approval.approver if draft.approval else ""
        declared = draft.detail if isinstance(draft.detail, Declaration) else None
        # A statistic is of a region: no site's seal closes it.
        month = declared.period if declared and not find_statistic(draft) else ""
        month_sealed = bool(month) and self.book.is_sealed(draft.site, month)
        seqs = [target.seq for target in targets]
        return Facts(
            now_ms=self.now_ms,
            roles=self.list_roles(draft.actor, draft.site, time_ms),
            approver_roles=self.list_roles(approver, draft.site, time_ms) if approver else (),
            tare_g=self._usual_tare(draft),
            late=late,
            claims=self._claims(draft, time_ms, targets),
            first_other=self.book.first_other(draft.site, seqs)
            if isinstance(draft.detail, Opening)
            else None,
            month_sealed=month_sealed,
            recorded_before=month_sealed and self._was_recorded(draft),
            missing_records=self._missing_records(draft.site, draft.detail.month)
            if isinstance(draft.detail, Seal)
            else (),
            # That of the time of recording, which may be ahead of the clock.
            record_month=month_of(max(self.now_ms, self.book.newest_ms)),
            oldest_month=oldest_month,
            replaces=bool(targets),
            speaks=self._speaks(draft),
            repeats=self._find_equal_load(draft, time_ms),
            receiver_licences=self._find_receiver_licences(draft),
            manifest_holder=self._find_manifest_holder(draft, time_ms, targets),
        )

    def _find_receiver_licences(self, draft: Draft) -> tuple[Licence, ...] | None:
        """Return the licences of whom a disposal goes to, None where nobody has told about them.

        Master data tell: of a site, and of a party that came by files; who has the name of one of these, or its
        code, is held to be it. Of anybody else only what it does not hold is known: the licences of others.
        """
        detail = draft.detail
        if not isinstance(detail, Disposal) or not detail.receiver:
            return None
        sites = self.reference.sites
        if detail.receiver in sites:
            return sites[detail.receiver].licences
        party = find_licensed(self.writer, detail.receiver, self.resolver.named.get(detail.receiver))
        if party is not None and party.registered:
            return party.licences
        meant = find_registered(self.writer, party) if party is not None else []
        if party is not None and not party.code:
            form = normalise_identifier(party.name)
            meant += [site.licences for site in sites.values() if _is_called(site, form)]
        if meant:
            return tuple(licence for licences in meant for licence in licences)
        number = normalise_identifier(detail.licence)
        others = (*list_registered(self.writer), *(site.licences for site in sites.values()))
        is_of_another = any(
            normalise_identifier(licence.number) == number for licences in others for licence in licences
        )
        return () if is_of_another else None

    def _find_manifest_holder(self, draft: Draft, time_ms: int, targets: Collection[Event]) -> str:
        """Return the disposal that has the manifest of this one for another transfer, '' for none."""
        detail = draft.detail
        if not isinstance(detail, Disposal) or not detail.manifest:
            return ""
        ids = {draft.id, *(target.id for target in targets)}
        transfer = digest_transfer(draft, time_ms)
        held = self.book.list_claims(manifest_key(detail.manifest))
        return next(
            (claim.owner for claim in held if claim.owner not in ids and claim.digest != transfer), ""
        )

    def _was_recorded(self, draft: Draft) -> bool:
        """Return whether any event ever held the key of a site's record."""
        keys = [key for key, _ in list_claim_keys(draft, draft.time_ms) if key.startswith(DECLARATIONS)]
        return any(self.book.list_claims(history_prefix(key)) for key in keys)

    def _missing_records(self, site: str, month: str) -> tuple[str, ...]:
        """Return power and fuel where the month has no record, and the site has not declared that it has none."""
        return find_missing_records(self.book.list_claims, site, month)

    def _speaks(self, draft: Draft) -> bool | None:
        """Return whether the actor plans for exactly the regions of the statistics that a draft is about.

        None where it is about none: of a correction where anything else is among its targets.
        """
        if isinstance(draft.detail, Correction):
            originals = self.book.find_events([target.event for target in draft.detail.targets])
            drafts = [original.draft for original in originals.values()]
            drafts += [target.draft for target in draft.detail.targets if target.draft is not None]
        else:
            drafts = [draft]
        stated = [find_statistic(one) for one in drafts]
        if not stated or None in stated:
            return None
        return all(
            self.is_spokesperson(draft.actor, one.region, draft.time_ms) for one in stated if one is not None
        )

    def is_spokesperson(self, person: str, region: str, time_ms: int) -> bool:
        """Return whether a person declares the statistics of a region on the day of an event; who does so now, still does."""
        days = {day_of(time_ms)}
        if person == self.deliverer.reader:
            days.add(day_of(self.now_ms))
        for day in days:
            if (key := (person, region, day)) not in self.speakers:
                self.speakers[key] = is_spokesperson(self.writer, *key)
        return all(self.speakers[person, region, day] for day in days)

    def _claims(self, draft: Draft, time_ms: int, targets: Collection[Event]) -> dict[str, Claim]:
        claims = self.book.find_claims(_keys(draft, time_ms))
        if not targets:
            return claims
        ids = {target.id for target in targets}
        kept = {key: claim for key, claim in claims.items() if is_code_key(key) or claim.owner not in ids}
        key = opening_key(draft.site)
        if key in claims and key not in kept:
            opened = self._opening_claim(draft.site, [target.seq for target in targets])
            kept |= {key: opened} if opened else {}
        return kept

    def find_loads(self, draft: Draft) -> VehicleLoads | None:
        """Return what a vehicle brought to the site lately; None where the draft names no vehicle."""
        detail = draft.detail
        if not isinstance(detail, Acquisition) or not detail.vehicle:
            return None
        key = f"{draft.site}:{detail.vehicle}"
        if key not in self.loads:
            stored = self.writer.find_documents("tare", [key]).get(key)
            self.loads[key] = read_loads(stored.body) if stored else VehicleLoads()
        return self.loads[key]

    def _usual_tare(self, draft: Draft) -> int:
        detail = draft.detail
        history = self.find_loads(draft)
        if not isinstance(detail, Acquisition) or find_tare(draft) is None or not history:
            return 0
        return median_g(history.tares_g) if history.tares_g else 0

    def _find_equal_load(self, draft: Draft, time_ms: int) -> tuple[str, str]:
        """Return (the load of the same supplier, vehicle, grade and mass within a day at the site, its ticket)."""
        detail = draft.detail
        history = self.find_loads(draft)
        if not isinstance(detail, Acquisition) or not detail.supplier or not history or not draft.outputs:
            return ("", "")
        wanted = digest_load(draft)
        for load in reversed(history.loads):
            if load.digest != wanted or load.event == draft.id or abs(load.time_ms - time_ms) > DAY_MS:
                continue
            other = self.book.find_events([load.event]).get(load.event)
            # What was voided, or corrected to something else, is no such load any more.
            if other and other.live and digest_load(other.draft) == wanted:
                stated = other.draft.detail
                return (load.event, stated.ticket if isinstance(stated, Acquisition) else "")
        return ("", "")

    def freeze(
        self,
        event: Event,
        time_ms: int,
        lots: dict[str, Lot],
        *,
        late: bool = False,
        targets: Collection[Event] = (),
        original: Event | None = None,
        oldest_month: str = "",
    ) -> tuple[Frozen, list[Violation]]:
        """Return (frozen parameters, every reason against the event that can be told before deciding).

        ``original`` is the one of a correction's ``targets`` that the event replaces, ``oldest_month`` the earliest
        that a correction may change.
        """
        draft = event.draft
        violations = [
            _unknown_lot(lot, f"{path}.{number}")
            for path, named in (
                ("inputs", [use.lot for use in draft.inputs]),
                ("lots", [moved.lot for moved in draft.lots]),
            )
            for number, lot in enumerate(named)
            if lot not in lots
        ]
        violations += self._unknown_ids(draft)
        violations += [
            Violation("rule.bad_code", path, figures={"code": code})
            for code, path in list_draft_codes(draft)
            if not is_code(code)
        ]
        too_late = late and isinstance(draft.detail, Assay) and self._taken_after(draft, (time_ms, event.seq))
        facts = self.facts(draft, time_ms, late=too_late, targets=targets, oldest_month=oldest_month)
        frozen, unknown = freeze(draft, time_ms, lots, self.reference, facts, new_code, original)
        violations += unknown
        if frozen is None:
            trial = replace(event, frozen=NOT_FROZEN._replace(time_ms=time_ms))
            # Rights and licences are those of a known site and known materials.
            against = check_statement(trial, facts)
            known_site = draft.site in self.reference.sites
            violations += [
                item
                for item in against
                if item.code != "rule.licence_missing" and (known_site or item.path != "actor")
            ]
            return NOT_FROZEN, violations
        trial = replace(event, frozen=frozen)
        violations += check_statement(trial, facts)
        if not targets:  # of a replacement they are asked once its lots are known as corrected
            violations += check_parts(trial, lots)
        unknown_lot = any(lot not in lots for lot in lots_of(draft))
        if violations and not targets and draft.kind not in RECORDS:
            # Say everything at once: what the lots themselves object to as well.
            objections = list_objections(trial, lots) if unknown_lot else decide(trial, lots).violations
            stated = {(violation.code, violation.path) for violation in violations}
            violations += [item for item in objections if (item.code, item.path) not in stated]
        return frozen, violations

    def _unknown_ids(self, draft: Draft) -> list[Violation]:
        """Return a violation for each lot id chosen by the client that another event has already."""
        ids = [(new.lot, f"outputs.{number}.lot") for number, new in enumerate(draft.outputs) if new.lot]
        ids += [
            (moved.part_lot, f"lots.{number}.part_lot")
            for number, moved in enumerate(draft.lots)
            if moved.part_lot
        ]
        if not ids:
            return []
        existing = self.book.find_lots([lot for lot, _ in ids])
        seen: set[str] = set()
        violations = []
        for lot, path in ids:
            if lot in seen or (lot in existing and existing[lot].made_by != draft.id):
                violations.append(Violation("rule.lot_exists", path, (lot,)))
            seen.add(lot)
        return violations

    def _taken_after(self, draft: Draft, order: tuple[int, int]) -> bool:
        """Return whether a take of later place was recorded before this assay."""
        edges = [
            edge
            for edge in self.book.list_touches(lots_of(draft))
            if edge.order > order and edge.role != "output"
        ]
        events = self.book.find_events_by_seq({edge.event for edge in edges})
        return any(
            edge.role == "input" or isinstance(events[edge.event].draft.detail, Adjustment | Receiving)
            for edge in edges
        )

    def claim(self, event: Event, made: Iterable[Lot], content: str) -> None:
        """Put what an accepted event claims into the book.

        A book that is derived again may hold a number twice that was two numbers once: whoever came first keeps it.
        """
        claims = make_claims(event, made, content)
        if self.book.replaying:
            own = [key for key, path in list_claim_keys(event.draft, event.frozen.time_ms) if path in NUMBERS]
            for key, holder in self.book.find_claims(own).items():
                if holder.owner != event.id:
                    shared = collision_key(key, event.id)
                    claims[shared] = claims.pop(key)._replace(key=shared, digest="")
        self.book.put_claims(claims)

    def remember_opening(self, event: Event) -> None:
        """Keep the claim that later events of the site are checked against."""
        if isinstance(event.draft.detail, Opening):
            site = event.draft.site
            self.book.put_claims({opening_key(site): self._opening_claim(site)})

    def _opening_claim(self, site: str, without: Collection[int] = ()) -> Claim | None:
        newest = self.book.last_opening(site, without)
        return Claim(opening_key(site), newest.id, "", newest.seq, newest.frozen.time_ms) if newest else None


def _is_called(site: Site, form: str) -> bool:
    """Return whether a site has a name of this normal form in any language."""
    return any(normalise_identifier(name) == form for _, name in site.names)


def _unknown_lot(lot: str, path: str) -> Violation:
    if not isinstance(lot, LotCode):
        return Violation("rule.unknown_lot", path, (lot,))
    code = "scan.unbound_input" if is_code(lot) else "rule.bad_code"
    return Violation(code, f"{path}.lot_code", figures={"code": str(lot)})


def new_lots_of(draft: Draft) -> list[str]:
    """Return the ids that the client chose for lots that do not exist yet."""
    named = [new.lot for new in draft.outputs] + [moved.part_lot for moved in draft.lots]
    return [lot for lot in named if lot]


def _keys(draft: Draft, time_ms: int) -> list[str]:
    keys = [REBUILDING, *(key for key, _ in list_claim_keys(draft, time_ms))]
    keys += [code_key(code) for code, _ in list_draft_codes(draft)]
    keys += [opening_key(draft.site), seal_key(draft.site, month_of(time_ms))]
    return keys

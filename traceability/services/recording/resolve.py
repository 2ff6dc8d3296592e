"""Put ids in place of the lot codes, party and account names of a draft, the same way for page, file, API and phone.

People know a lot by the code on its label and a supplier by name, so a message may state either; a recorded event holds
ids only. A code is never freed, and the id of somebody new follows from the event's own id, so resolving a message that
is sent again gives the same draft. A code that no lot has stays in the draft; judging it says so beside all else.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from traceability.domain.claims import code_key
from traceability.domain.errors import Violation
from traceability.domain.event import (
    PARTY_FIELDS,
    Correction,
    Draft,
    LotCode,
    PartyName,
    is_resolved,
    lots_of,
)
from traceability.domain.material import Reference
from traceability.services.directory.parties import (
    VEHICLE,
    NamedParty,
    check_credit_code,
    find_parties,
    is_credit_code,
    is_of_others,
    list_in_firm,
    normalise_name,
    read_party,
)
from traceability.services.directory.people import find_account
from traceability.services.recording.pending_book import Book


class ResolvedDraft(NamedTuple):
    """A draft with ids, and the parties and vehicles that it named, each with the site that deals with them.

    ``unclear`` are the names that several have, and codes that are none; the draft cannot be recorded then.
    """

    draft: Draft
    parties: tuple[tuple[str, NamedParty], ...] = ()
    unclear: tuple[Violation, ...] = ()


PartyKey = tuple[str, str, str]
"""Firm, kind, and a name, plate or code in the form in which they are compared."""


class Resolver:
    """Looks up codes and names in the book and the directory, with what a batch accepted so far on top."""

    def __init__(self, book: Book, reference: Reference, accounts: Iterable[str] = ()) -> None:
        """``accounts`` are known to be names of accounts as they are kept."""
        self._book = book
        self._reference = reference
        self._accepted: dict[PartyKey, list[str]] = {}
        self._accounts: dict[str, str] = {known: known for known in accounts}
        self.named: dict[str, NamedParty] = {}
        """Who is new in this batch, by id: nothing is kept of them before an event is accepted."""

    def resolve(self, draft: Draft) -> ResolvedDraft:
        """Return the draft with every known code and every name replaced by its id; itself where it has ids only."""
        draft = self.resolve_people(draft)
        return ResolvedDraft(draft) if is_resolved(draft) else self._resolve(draft, with_lots=True)

    def resolve_names(self, draft: Draft) -> ResolvedDraft:
        """Return the draft with ids in place of names alone: its codes may be of lots that are still to be made."""
        draft = self.resolve_people(draft)
        return ResolvedDraft(draft) if is_resolved(draft) else self._resolve(draft, with_lots=False)

    def resolve_people(self, draft: Draft) -> Draft:
        """Return the draft with the account names of its actor and approver as they are kept, however they were typed.

        Itself where they stand so already; a name that nobody has stays, and judging it says so.
        """
        actor = self._account(draft.actor)
        if actor != draft.actor:
            draft = draft._replace(actor=actor)
        if draft.approval and (approver := self._account(draft.approval.approver)) != draft.approval.approver:
            draft = draft._replace(approval=draft.approval._replace(approver=approver))
        detail = draft.detail
        if isinstance(detail, Correction):
            targets = tuple(
                target if target.draft is None else target._replace(draft=self.resolve_people(target.draft))
                for target in detail.targets
            )
            if targets != detail.targets:
                draft = draft._replace(detail=detail._replace(targets=targets))
        return draft

    def list_foreign(self, draft: Draft) -> list[Violation]:
        """Return a violation for each party or vehicle that a draft states by an id, and that other firms alone know.

        What the event that a replacement is of stated before stays.
        """
        violations = []
        for path, stated, before in self._list_stated(draft):
            sites = [stated.site, *self._reference.sites_of(self._reference.firm_of(stated.site))]
            for kind in PARTY_FIELDS.get(type(stated.detail), ()):
                id_ = getattr(stated.detail, kind)
                if not id_ or isinstance(id_, PartyName) or id_ == getattr(before, kind, ""):
                    continue
                if id_ not in self.named and is_of_others(self._book.reader, sites, kind, id_):
                    violations.append(Violation("rule.party_of_others", path + kind, figures={"id": id_}))
        return violations

    def _list_stated(self, draft: Draft) -> list[tuple[str, Draft, object]]:
        """Return (path, what is stated there, the detail that it replaces)."""
        if not isinstance(draft.detail, Correction):
            return [("", draft, None)]
        targets = draft.detail.targets
        events = self._book.find_events([target.event for target in targets])
        return [
            (
                f"targets.{number}.draft.",
                target.draft,
                events[target.event].draft.detail if target.event in events else None,
            )
            for number, target in enumerate(targets)
            if target.draft is not None
        ]

    def _account(self, typed: str) -> str:
        if typed not in self._accounts:
            person = find_account(self._book.reader, typed)
            self._accounts[typed] = person.id if person else typed
        return self._accounts[typed]

    def accept(self, parties: Iterable[tuple[str, NamedParty]]) -> None:
        """Remember who was named by an accepted event, for the drafts after it."""
        for site, party in parties:
            for text in filter(None, (party.name, party.code)):
                key = (self._reference.firm_of(site), party.kind, normalise_name(party.kind, text))
                known = self._accepted.setdefault(key, [])
                if party.id not in known:
                    known.append(party.id)

    def _resolve(self, draft: Draft, *, with_lots: bool) -> ResolvedDraft:
        parties: dict[PartyKey, tuple[str, NamedParty]] = {}
        unclear: list[Violation] = []
        detail = draft.detail
        if not isinstance(detail, Correction):
            resolved = self._resolve_lots(draft) if with_lots else draft
            resolved = self._resolve_parties(resolved, draft.id, "", parties, unclear)
            return ResolvedDraft(resolved, tuple(parties.values()), tuple(unclear))
        targets = []
        for number, target in enumerate(detail.targets):
            replacement = target.draft
            if replacement is not None:
                replacement = self._resolve_lots(replacement) if with_lots else replacement
                path = f"targets.{number}.draft."
                replacement = self._resolve_parties(replacement, draft.id, path, parties, unclear)
            targets.append(target._replace(draft=replacement))
        resolved = draft._replace(detail=detail._replace(targets=tuple(targets)))
        return ResolvedDraft(resolved, tuple(parties.values()), tuple(unclear))

    def _resolve_lots(self, draft: Draft) -> Draft:
        codes = list(dict.fromkeys(lot for lot in lots_of(draft) if isinstance(lot, LotCode)))
        if not codes:
            return draft
        claims = self._book.find_claims([code_key(code) for code in codes])
        ids: dict[str, str] = {
            code: claims[code_key(code)].owner for code in codes if code_key(code) in claims
        }
        return draft._replace(
            inputs=tuple(use._replace(lot=ids.get(use.lot, use.lot)) for use in draft.inputs),
            lots=tuple(moved._replace(lot=ids.get(moved.lot, moved.lot)) for moved in draft.lots),
        )

    def _resolve_parties(
        self,
        draft: Draft,
        event: str,
        path: str,
        parties: dict[PartyKey, tuple[str, NamedParty]],
        unclear: list[Violation],
    ) -> Draft:
        """Return the draft with ids in place of names; whom it names is added to ``parties``.

        Where it is not clear who is meant, the first of them stands in, so that everything else can be judged too.
        """
        detail: Any = draft.detail
        firm = self._reference.firm_of(draft.site)
        ids = {}
        for kind in PARTY_FIELDS.get(type(detail), ()):
            typed = getattr(detail, kind)
            if not isinstance(typed, PartyName):
                continue
            key = (firm, kind, normalise_name(kind, typed))
            if key not in parties:
                name, code = read_party(kind, typed)
                known = self._list(draft.site, firm, kind, typed, code)
                where = path + NAME_KEYS[kind]
                if len(known) > 1:
                    unclear.append(self._ask_which(known, where))
                elif not known and is_credit_code(code) and not check_credit_code(code):
                    unclear.append(Violation("rule.party_code", where, figures={"code": code}))
                id_ = known[0] if known else new_party_id(kind, event, path + kind)
                if known:
                    name, code = self._name_of(kind, id_, name)
                parties[key] = (draft.site, NamedParty(kind, name, id_, not known, code))
                if not known:
                    self.named[id_] = parties[key][1]
            ids[kind] = parties[key][1].id
        return draft._replace(detail=detail._replace(**ids)) if ids else draft

    def _list(self, site: str, firm: str, kind: str, typed: str, code: str) -> list[str]:
        accepted = [
            id_
            for text in filter(None, (typed, code))
            for id_ in self._accepted.get((firm, kind, normalise_name(kind, text)), ())
        ]
        others = [other for other in self._reference.sites_of(firm) if other != site]
        stored = list_in_firm(self._book.reader, [site, *others], kind, typed)
        found = list(dict.fromkeys([*stored, *accepted]))
        return found[:1] if kind == VEHICLE else found

    def _name_of(self, kind: str, id_: str, typed: str) -> tuple[str, str]:
        """Return the name and code under which a known party is kept; a plate stays as it was typed."""
        party = find_parties(self._book.reader, {id_}).get(id_) if kind != VEHICLE else None
        return (party.name, party.code) if party else (typed, "")

    def _ask_which(self, known: list[str], path: str) -> Violation:
        parties = find_parties(self._book.reader, set(known))
        codes = {id_: parties[id_].code if id_ in parties else "" for id_ in known}
        candidates = ", ".join(f"{codes[id_]} ({id_})" if codes[id_] else f"#{id_}" for id_ in known)
        return Violation("rule.party_unclear", path, figures={"count": len(known), "candidates": candidates})


NAME_KEYS = {
    "supplier": "supplier_name",
    "customer": "customer_name",
    "receiver": "receiver_name",
    "vehicle": "vehicle_plate",
}
"""The keys by which messages name a party of a kind."""


def new_party_id(kind: str, event: str, path: str) -> str:
    """Return the id of somebody whom an event names for the first time at ``path``: the same at every asking.

    It follows from where the name stands, not from the name, which an erased party leaves no trace of.
    """
    return f"{kind}-{uuid5(UUID(event), path).hex[:16]}"

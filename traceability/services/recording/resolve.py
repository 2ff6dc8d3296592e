"""Put ids in place of the lot codes and party names of a draft, the same way for page, file, API and phone.

People know a lot by the code on its label and a supplier by name, so a message may state either; a recorded event holds
ids only. A code is never freed, and the id of somebody new follows from the event's own id, so resolving a message that
is sent again gives the same draft. A code that no lot has stays in the draft; judging it says so beside all else.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from traceability.domain.claims import code_key
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
from traceability.services.directory.parties import NamedParty, find_in_firm
from traceability.services.recording.pending_book import Book


class ResolvedDraft(NamedTuple):
    """A draft with ids, and the parties and vehicles that it named, each with the site that deals with them."""

    draft: Draft
    parties: tuple[tuple[str, NamedParty], ...] = ()


class Resolver:
    """Looks up codes and names in the book and the directory, with what a batch accepted so far on top."""

    def __init__(self, book: Book, reference: Reference) -> None:
        self._book = book
        self._reference = reference
        self._accepted: dict[tuple[str, str, str], str] = {}  # ids by firm, kind and name

    def resolve(self, draft: Draft) -> ResolvedDraft:
        """Return the draft with every known code and every name replaced by its id; itself where it has ids only."""
        return ResolvedDraft(draft) if is_resolved(draft) else self._resolve(draft, with_lots=True)

    def resolve_names(self, draft: Draft) -> ResolvedDraft:
        """Return the draft with ids in place of names alone: its codes may be of lots that are still to be made."""
        return ResolvedDraft(draft) if is_resolved(draft) else self._resolve(draft, with_lots=False)

    def accept(self, parties: Iterable[tuple[str, NamedParty]]) -> None:
        """Remember who was named by an accepted event, for the drafts after it."""
        for site, party in parties:
            self._accepted[self._reference.firm_of(site), party.kind, party.name] = party.id

    def _resolve(self, draft: Draft, *, with_lots: bool) -> ResolvedDraft:
        parties: dict[tuple[str, str, str], tuple[str, NamedParty]] = {}  # by firm, kind and name
        detail = draft.detail
        if not isinstance(detail, Correction):
            resolved = self._resolve_lots(draft) if with_lots else draft
            resolved = self._resolve_parties(resolved, draft.id, "", parties)
            return ResolvedDraft(resolved, tuple(parties.values()))
        targets = []
        for number, target in enumerate(detail.targets):
            replacement = target.draft
            if replacement is not None:
                replacement = self._resolve_lots(replacement) if with_lots else replacement
                path = f"targets.{number}.draft."
                replacement = self._resolve_parties(replacement, draft.id, path, parties)
            targets.append(target._replace(draft=replacement))
        resolved = draft._replace(detail=detail._replace(targets=tuple(targets)))
        return ResolvedDraft(resolved, tuple(parties.values()))

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
        self, draft: Draft, event: str, path: str, parties: dict[tuple[str, str, str], tuple[str, NamedParty]]
    ) -> Draft:
        """Return the draft with ids in place of names; whom it names is added to ``parties``."""
        detail: Any = draft.detail
        firm = self._reference.firm_of(draft.site)
        ids = {}
        for kind in PARTY_FIELDS.get(type(detail), ()):
            name = getattr(detail, kind)
            if not isinstance(name, PartyName):
                continue
            key = (firm, kind, str(name))
            if key not in parties:
                known = self._accepted.get(key) or self._find(draft.site, firm, kind, key[2])
                id_ = known or new_party_id(kind, event, path + kind)
                parties[key] = (draft.site, NamedParty(kind, key[2], id_, not known))
            ids[kind] = parties[key][1].id
        return draft._replace(detail=detail._replace(**ids)) if ids else draft

    def _find(self, site: str, firm: str, kind: str, name: str) -> str:
        others = [other for other in self._reference.sites_of(firm) if other != site]
        return find_in_firm(self._book.reader, [site, *others], kind, name)


def new_party_id(kind: str, event: str, path: str) -> str:
    """Return the id of somebody whom an event names for the first time at ``path``: the same at every asking.

    It follows from where the name stands, not from the name, which an erased party leaves no trace of.
    """
    return f"{kind}-{uuid5(UUID(event), path).hex[:16]}"

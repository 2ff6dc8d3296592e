"""Compute the digest that a seal holds, of all that its site had posted in the month that it closed.

Such postings never change, so the digest tells for ever whether the month still reads as it was sealed.
"""

from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from heapq import merge
from itertools import islice
from typing import Any

from graph.paging import read_all
from graph.records import POSTING_COLUMNS, encode_posting
from graph.store import PostingFilter, Reader
from traceability.domain.claims import Claim, is_history, record_period, records_prefix
from traceability.domain.declarations import EVIDENCE, NONE_OF
from traceability.domain.event import Event, Seal
from traceability.domain.posting import Posting
from traceability.domain.vocabulary import TURNOVER_ACCOUNTS
from traceability.wire import canonical

PAGE = 20_000  # postings read at once, some 20 MB; each page reads the month of the county anew
CHUNK = 1_000  # postings written down at once


def month_digest(reader: Reader, site: str, month: str, pending: Iterable[Posting] = ()) -> str:
    """Return the SHA-256 of the site's postings of a book month as a canonical JSON array, by event, cause and number.

    ``pending`` are postings of anywhere that the store does not hold yet. Turnover is left out: a seal closes accounts.
    """
    new = sorted(
        posting
        for posting in pending
        if (posting.row.site, posting.book_month) == (site, month)
        and posting.row.account not in TURNOVER_ACCOUNTS
    )
    regions: set[str] = set()
    digest = _digest(merge(_noting(regions, _postings(reader, site, month)), new, key=_place))
    if len(regions) <= 1:
        return digest
    # The county was renumbered within the month: the store lists one region after the other.
    parts = [_postings(reader, site, month, region) for region in sorted(regions)]
    return _digest(merge(*parts, new, key=_place))


def find_changed(reader: Reader, event: Event) -> str:
    """Return the digest that the month of a seal has now, where the seal holds another; '' of all other events."""
    sealed = event.frozen.month_digest
    if not sealed or not isinstance(event.draft.detail, Seal):
        return ""
    now = month_digest(reader, event.draft.site, event.draft.detail.month)
    return now if now != sealed else ""


def find_missing_records(
    list_claims: Callable[[str], Iterable[Claim]], site: str, month: str
) -> tuple[str, ...]:
    """Return power and fuel where the month has no record, and the site has not declared that it has none.

    ``list_claims`` returns the claims whose key begins with a prefix.
    """

    def has(type_: str, *, from_then_on: bool = False) -> bool:
        held = [
            record_period(claim.key)
            for claim in list_claims(records_prefix(type_, site))
            if not is_history(claim)
        ]
        return any(period <= month for period in held) if from_then_on else month in held

    return tuple(type_ for type_ in EVIDENCE if not has(type_) and not has(NONE_OF[type_], from_then_on=True))


def _place(posting: Posting) -> tuple[int, int, int]:
    return (posting.event, posting.cause, posting.number)


def _postings(reader: Reader, site: str, month: str, region: str = "") -> Iterator[Posting]:
    wanted = PostingFilter(site=site, region=region, from_month=month, until_month=month)
    for posting, _ in read_all(lambda after: reader.list_postings(wanted, after, PAGE)):
        if region in ("", _region_of(posting)):
            yield posting


def _region_of(posting: Posting) -> str:
    """Return the region that the store lists a posting by: that of its site in the month of the book."""
    return posting.book_region or posting.row.region


def _noting(regions: set[str], postings: Iterable[Posting]) -> Iterator[Posting]:
    for posting in postings:
        regions.add(_region_of(posting))
        yield posting


def _fields_of(posting: Posting) -> dict[str, Any]:
    fields = dict(zip(POSTING_COLUMNS, encode_posting(posting), strict=True))
    if not fields["event_region"]:
        del fields["event_region"]  # the seals of the first books know no such column
    return fields


def _digest(postings: Iterable[Posting]) -> str:
    digest, opening = sha256(), "["
    rows = map(_fields_of, postings)
    while chunk := list(islice(rows, CHUNK)):
        digest.update((opening + canonical(chunk)[1:-1]).encode())
        opening = ","
    digest.update(b"[]" if opening == "[" else b"]")
    return digest.hexdigest()

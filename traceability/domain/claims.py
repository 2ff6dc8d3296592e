"""List and check what only one lot or event may hold: label codes, tickets, heat numbers,
certificates, openings, sealed months."""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

from traceability.domain.authority import STATISTIC, find_statistic, is_superseded, subject_of
from traceability.domain.calendar import day_of, year_of
from traceability.domain.errors import Figures, Violation
from traceability.domain.event import (
    Acquisition,
    Declaration,
    Disposal,
    Draft,
    Event,
    Heat,
    Opening,
    Relabelling,
    Seal,
    new_lot_id,
)
from traceability.domain.identifier import normalise_identifier
from traceability.domain.kinds import MOVEMENTS, PHYSICAL
from traceability.domain.lot import Lot

CODES = "code/"
"""Prefix of the keys of labels."""

TICKETS, HEAT_NUMBERS = "ticket/", "heat/"
"""Prefixes of the keys of numbers, which go on with site and year."""

DECLARATIONS = "declaration/"
"""Prefix of the keys of sites' records.

The record that holds a period gives the claim up when it is voided or moved. Beside it each record that
ever held the period keeps a claim of its own, which ends in its id: so a sealed month is known as it
was sealed.
"""

COLLISIONS = "collision/"
"""Prefix of the keys that remember numbers which two events of an older book share.

There two typings of one number were two numbers. Whoever came first holds it now; ``check`` reports the others.
"""


RECORDED = ("power", "fuel", "emission", "no_power", "no_fuel", "line")
"""Types of declarations that a site makes once for a period and meter, line or kind."""

MANIFESTS = "manifest/"
"""Prefix of the keys of disposals by their manifest."""

SEALS = "seal/"
"""Prefix of the keys of closed months."""

STATISTICS = "statistic/"
"""Prefix of the keys of authorities' statistics: region, indicator, metals, period."""

STATED = "stated/"
"""Prefix of the keys that remember every event that ever stated a statistic, older books' too.

Behind it stands what the statistic's own key has behind its prefix, then the event's id. Nobody frees it.
"""


CERTIFICATES = "certificate/"
"""Prefix of the keys of certificates by their number."""

PAPERS = "paper/"
"""Prefix of the keys that remember every event that ever named a paper: site, number, then the event's id.

They are there to be found by, and nobody frees them. Books hold those of what was recorded or derived since there are any.
"""


class Claim(NamedTuple):
    """A key that only one may hold: ``owner`` is the lot (of a code) or the event (of everything else).

    ``digest`` is that of the content, where the same content again is answered with the first receipt.
    """

    key: str
    owner: str
    digest: str = ""
    seq: int = 0
    time_ms: int = 0


def list_claim_keys(draft: Draft, time_ms: int) -> list[tuple[str, str]]:
    """Return (key, path) of what an event claims for itself, beside the codes of its lots.

    Numbers that people give stand in their normal form, so two typings of one are one key.
    """
    detail = draft.detail
    year = year_of(time_ms)
    if isinstance(detail, Acquisition) and detail.ticket:
        return [(ticket_key(draft.site, year, detail.ticket), "ticket")]
    if isinstance(detail, Heat) and detail.heat_number:
        return [(heat_key(draft.site, year, detail.heat_number), "heat_number")]
    if isinstance(detail, Disposal) and detail.manifest:
        return [(manifest_key(detail.manifest) + draft.id, "manifest")]
    if isinstance(detail, Seal):
        return [(seal_key(draft.site, detail.month), "month")]
    if isinstance(detail, Declaration):
        keys = []
        if detail.certificate:
            keys.append((f"{CERTIFICATES}{normalise_identifier(detail.certificate)}", "certificate"))
        if detail.type == STATISTIC:
            keys.append((statistic_key(detail), "period"))
        elif detail.type in RECORDED:
            keys.append((declaration_key(draft.site, detail), "period"))
        return keys
    return []


def ticket_key(site: str, year: str, number: str) -> str:
    """Return the key of a weighing ticket: one each of a site, year and number."""
    return number_prefix(TICKETS, site, year) + normalise_identifier(number)


def heat_key(site: str, year: str, number: str) -> str:
    """Return the key of a heat: one each of a site, year and number."""
    return number_prefix(HEAT_NUMBERS, site, year) + normalise_identifier(number)


def list_event_keys(event: Event) -> list[tuple[str, str]]:
    """Return (key, path) of what an event claims by its draft; a superseded statistic holds nothing."""
    if is_superseded(event.draft, event.frozen):
        return []
    return list_claim_keys(event.draft, event.frozen.time_ms)


def number_prefix(kind: str, site: str, year: str) -> str:
    """Return how the keys begin of a site's tickets or heat numbers of a year; the number follows, in its normal form."""
    return f"{kind}{site}/{year}/"


def paper_prefix(site: str, number: str) -> str:
    """Return how the keys begin that remember which events of a site named a paper whose number begins so."""
    return f"{PAPERS}{site}/{normalise_identifier(number)}"


def list_papers(draft: Draft) -> list[str]:
    """Return the numbers of the papers that an event names: documents, manifests, customs declarations, certificates."""
    fields = ("manifest", "declaration_no", "certificate")
    numbers = [document.number for document in draft.documents]
    if isinstance(draft.detail, Acquisition | Disposal):
        numbers += [getattr(draft.detail, field, "") for field in fields]
    return list(dict.fromkeys(number for number in numbers if number))


def statistic_key(stated: Declaration) -> str:
    """Return the key of a statistic: one each of a region, indicator, metals and period."""
    metals = "+".join(sorted(stated.metals))
    return f"{STATISTICS}{stated.region}/{subject_of(stated)}/{metals}/{stated.period}"


def stated_prefix(key: str) -> str:
    """Return how the keys begin that remember who ever stated a statistic, by its key."""
    return f"{STATED}{key.removeprefix(STATISTICS)}/"


def manifest_key(manifest: str) -> str:
    """Return how the keys of all disposals under a manifest begin: of each event its own key, as one may have several."""
    return f"{MANIFESTS}{sha256(normalise_identifier(manifest).encode()).hexdigest()[:32]}/"


def digest_transfer(draft: Draft, time_ms: int) -> str:
    """Return the digest of the transfer that a manifest stands for: its sender, receiver, vehicle and day."""
    detail = draft.detail
    assert isinstance(detail, Disposal)
    transfer = (draft.site, detail.receiver, detail.vehicle, day_of(time_ms))
    return sha256(repr(transfer).encode()).hexdigest()


def declaration_key(site: str, stated: Declaration) -> str:
    """Return the key of a site's record: of a meter or line by its name alone, of fuel and process
    emissions by their kind too."""
    kind = {"fuel": stated.fuel, "emission": stated.emission}.get(stated.type, "")
    named = [stated.line, kind]
    what = "/".join(name for name in named if name)
    return f"{DECLARATIONS}{stated.type}/{site}/{what}/{stated.period}"


def records_prefix(type_: str, site: str) -> str:
    """Return what the keys of a site's records of one type begin with."""
    return f"{DECLARATIONS}{type_}/{site}/"


def history_prefix(key: str) -> str:
    """Return what the keys begin with that remember who ever held the key of a site's record."""
    return key + "/"


def is_history(claim: Claim) -> bool:
    """Return whether a claim of a site's record remembers who once held a key, not who holds it."""
    return claim.key.endswith("/" + claim.owner)


def record_key(claim: Claim) -> str:
    """Return the key that a claim of a site's record holds or remembers."""
    return claim.key.removesuffix("/" + claim.owner)


def record_period(key: str) -> str:
    """Return the period that a claim of a record or seal is for."""
    return key.rsplit("/", 1)[1]


def collision_key(key: str, event: str) -> str:
    """Return the key that remembers that an event states a number which another one holds."""
    return f"{COLLISIONS}{key}/{event}"


def code_key(code: str) -> str:
    """Return the key of a label's code."""
    return CODES + code


def is_code_key(key: str) -> bool:
    """Return whether a key is that of a label's code, which a lot holds and nobody frees."""
    return key.startswith(CODES)


def code_of_key(key: str) -> str:
    """Return the label's code of a key; '' of a key that is none of a label."""
    return key.removeprefix(CODES) if is_code_key(key) else ""


def seal_key(site: str, month: str) -> str:
    """Return the key of a closed month."""
    return f"{SEALS}{site}/{month}"


def opening_key(site: str) -> str:
    """Return the key that leads to the newest opening of a site."""
    return f"opening/{site}"


def list_draft_codes(draft: Draft) -> list[tuple[str, str]]:
    """Return (code, path) of the codes that a draft itself brings."""
    codes = [(new.code, f"outputs.{number}.code") for number, new in enumerate(draft.outputs) if new.code]
    codes += [
        (moved.part_code, f"lots.{number}.part_code")
        for number, moved in enumerate(draft.lots)
        if moved.part_code
    ]
    if isinstance(draft.detail, Relabelling):
        codes.append((draft.detail.code, "code"))
    return codes


NUMBERS = ("ticket", "heat_number", "certificate")
"""Fields of numbers that people give, of which an older book may hold one twice."""

_TAKEN = {
    "manifest": "rule.manifest_used",
    "ticket": "rule.ticket_used",
    "heat_number": "rule.heat_used",
    "month": "rule.already_sealed",
    "certificate": "rule.certificate_used",
    "period": "rule.already_declared",
}


def _taken(draft: Draft, key: str, path: str, owner: str) -> Violation:
    """Return the violation of a key that another holds; a number is told as it was typed."""
    number = key.rsplit("/", 1)[1] if path in ("month", "period") else str(getattr(draft.detail, path))
    figures: Figures = {"number": number, "site": draft.site}
    return Violation(_TAKEN[path], path, (), (owner,), figures)


def manifest_taken(draft: Draft, owner: str) -> Violation:
    """Return the violation of a manifest that another transfer has."""
    return _taken(draft, "", "manifest", owner)


def _code_taken(code: str, path: str, lots: tuple[str, ...] = ()) -> Violation:
    return Violation("rule.code_taken", path, lots, (), {"code": code})


def list_wanted_claims(event: Event) -> list[tuple[str, Violation]]:
    """Return every key that an event about to be recorded will claim, each with the violation if
    another holds it."""
    draft, frozen = event.draft, event.frozen
    rows = "lots" if draft.kind in MOVEMENTS else "outputs"
    wanted = [(key, _taken(draft, key, path, event.id)) for key, path in list_event_keys(event)]
    for number, (lot, code) in enumerate(zip(frozen.lots, frozen.codes, strict=True)):
        if lot:
            wanted.append((f"lot/{lot}", Violation("rule.lot_exists", f"{rows}.{number}", (lot,))))
            wanted.append((code_key(code), _code_taken(code, f"{rows}.{number}")))
    if isinstance(draft.detail, Relabelling):
        wanted.append((code_key(draft.detail.code), _code_taken(draft.detail.code, "code")))
    return wanted


def check_claims(event: Event, claims: Mapping[str, Claim], *, replaces: bool = False) -> list[Violation]:
    """Return violations for codes, tickets, heats … that somebody else holds, and codes or ids used
    twice within the draft."""
    draft = event.draft
    violations = []
    for key, path in list_event_keys(event):
        claim = claims.get(key)
        if claim is not None:
            violations.append(_taken(draft, key, path, claim.owner))
    codes = list_draft_codes(draft)
    seen: set[str] = set()
    keeps: set[str] = set()
    if replaces:
        keeps = {new.lot or new_lot_id(draft.id, number) for number, new in enumerate(draft.outputs)}
        keeps |= {moved.part_lot for moved in draft.lots if moved.part_lot}
    relabelled = draft.lots[0].lot if isinstance(draft.detail, Relabelling) and draft.lots else ""
    for code, path in codes:
        claim = claims.get(code_key(code))
        kept = claim is None or claim.owner in keeps or (claim.seq == event.seq and claim.owner == relabelled)
        if code in seen or not kept:
            violations.append(_code_taken(code, path, (claim.owner,) if claim else ()))
        seen.add(code)
    return violations


def check_openings(versions: Sequence[Event]) -> list[tuple[int, Violation]]:
    """Return (number, violation) of those of several events corrected together that come before an
    opening among them."""
    opened = {
        version.draft.site: version.order
        for version in sorted(versions, key=lambda version: version.order)
        if version.live and isinstance(version.draft.detail, Opening) and not declares_no_class(version.draft)
    }
    violations = []
    for number, version in enumerate(versions):
        site, kind = version.draft.site, version.draft.kind
        if version.live and kind in PHYSICAL and site in opened and version.order < opened[site]:
            violations.append((number, before_opening(site)))
    return violations


def check_manifests(versions: Sequence[Event]) -> list[tuple[int, Violation]]:
    """Return (number, violation) of those of several events corrected together that name the manifest of
    another transfer among them."""
    transfers: dict[str, Event] = {}
    violations = []
    for number, version in enumerate(versions):
        detail = version.draft.detail
        if not version.live or not isinstance(detail, Disposal) or not detail.manifest:
            continue
        first = transfers.setdefault(manifest_key(detail.manifest), version)
        if _transfer_of(first) != _transfer_of(version):
            violations.append((number, manifest_taken(version.draft, first.id)))
    return violations


def _transfer_of(event: Event) -> str:
    return digest_transfer(event.draft, event.frozen.time_ms)


def before_opening(site: str) -> Violation:
    """Return the violation of an event that comes before its site's opening."""
    return Violation("rule.before_opening", "event_time", figures={"site": site})


def declares_no_class(draft: Draft) -> bool:
    """Return whether an opening declares no class at all, as stock found in a stocktake must."""
    return all(share.source_class == "unknown" for new in draft.outputs for share in new.content)


def make_claims(event: Event, made: Iterable[Lot], digest: str) -> dict[str, Claim]:
    """Return what an accepted event claims, with the codes of the lots that it made."""
    claims: dict[str, Claim] = {}
    seq, time_ms = event.seq, event.frozen.time_ms
    if isinstance(event.draft.detail, Disposal):
        digest = digest_transfer(event.draft, time_ms)
    for key, _ in list_event_keys(event):
        claims[key] = Claim(key, event.id, digest, seq, time_ms)
        if key.startswith(DECLARATIONS):
            history = f"{key}/{event.id}"
            claims[history] = Claim(history, event.id, "", (seq, *event.revisions)[-1], time_ms)
    statistic = find_statistic(event.draft)
    if statistic is not None:
        remembered = stated_prefix(statistic_key(statistic)) + event.id
        claims[remembered] = Claim(remembered, event.id, "", seq, time_ms)
    for number in list_papers(event.draft):
        key = f"{paper_prefix(event.draft.site, number)}/{event.id}"
        claims[key] = Claim(key, event.id, "", seq, time_ms)
    for lot in made:
        claims[code_key(lot.code)] = Claim(code_key(lot.code), lot.id, "", seq, time_ms)
    if isinstance(event.draft.detail, Relabelling):
        key = code_key(event.draft.detail.code)
        claims[key] = Claim(key, event.draft.lots[0].lot, "", seq, time_ms)
    return claims

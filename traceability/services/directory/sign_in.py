"""Check passwords, and make whoever guesses wait, without letting strangers keep the owner of a name out.

Wrong passwords are counted, and after a few the next attempt must wait: five seconds, then twice as long each time. An
attempt before that is answered at once, by when to try again, and does not count. Which counters apply depends on where
an attempt comes from:

| from | counters |
|---|---|
| a browser or address where this name signed in before | its own for this name, and no other |
| anywhere else | one of the name and one of the address |

So a flood of guesses at a name delays strangers alone. Every attempt counts before its password is looked at, so that
parallel guesses count too, and is taken back where the password is right. Sign-in, approvals and typing the password
again count alike. Counters are documents that hold digests of names and addresses.
"""

from hashlib import sha256
from ipaddress import ip_address, ip_network
from typing import NamedTuple

from graph.paging import read_all
from graph.store import Reader, Store, Writer
from traceability.domain.calendar import DAY_MS, day_of
from traceability.domain.errors import TraceabilityError
from traceability.domain.identifier import normalise_identifier
from traceability.services.directory import audit
from traceability.services.directory.people import Person, find_account, verify_password

FREE_BY_NAME = 5
FREE_BY_ADDRESS = 30  # a whole plant may share one address
FIRST_WAIT_MS = 5_000
LONGEST_WAIT_MS = 15 * 60 * 1000
MANY = 100  # wrong in a row; NIST SP 800-63B wants no more without a limit that bites
LONGEST_WAIT_OF_MANY_MS = 60 * 60 * 1000
FORGOTTEN_MS = DAY_MS  # a counter without a wrong password for a day begins anew
KNOWN_MS = 90 * DAY_MS  # how long a place is one where the person signed in before
MOST_KNOWN = 20

ATTEMPTS, KNOWN = "attempts", "known_places"
SIGN_IN = audit.AuditAction.SIGN_IN
APPROVAL = audit.AuditAction.APPROVAL
PROOF = audit.AuditAction.REAUTHENTICATION
WRONG, DISABLED, NO_ROLE = "person.wrong_password", "person.disabled", "person.no_role"


class TooManyAttempts(TraceabilityError):
    """Too many wrong passwords; ``retry_seconds`` until the next attempt."""

    def __init__(self, retry_seconds: int) -> None:
        if retry_seconds < 2 * 60:
            super().__init__("person.wait_seconds", seconds=retry_seconds)
        else:
            super().__init__("person.too_many_attempts", minutes=-(-retry_seconds // 60))
        self.retry_seconds = retry_seconds


class AttemptPlace(NamedTuple):
    """Where an attempt comes from: an address, and what the browser keeps of its own ('' for nothing)."""

    address: str = ""
    device: str = ""


class AttemptOutcome(NamedTuple):
    """The person whose password was right, or the code of why not."""

    person: Person | None
    fault: str = ""


class _Counter(NamedTuple):
    """A counter, how many wrong passwords it lets pass without a wait, and what it held before the attempt.

    A shared one counts the guesses at many names.
    """

    key: str
    free: int
    shared: bool = False
    wrong: int = 0
    last_ms: int = 0

    def wait_ms(self) -> int:
        if self.wrong < self.free:
            return 0
        longest = LONGEST_WAIT_MS if self.wrong < MANY else LONGEST_WAIT_OF_MANY_MS
        return min(longest, FIRST_WAIT_MS << min(self.wrong - self.free, 32))


def sign_in(
    store: Store,
    typed: str,
    password: str,
    whereabouts: AttemptPlace,
    now_ms: int,
    purpose: audit.AuditAction = SIGN_IN,
) -> AttemptOutcome:
    """Return whose password it is. Raises TooManyAttempts.

    Typings of one name share their counters: nobody guesses more often by changing capitals. Only who knows the
    password learns that the account is disabled or has no role today.
    """
    name = normalise_identifier(typed)
    counted = store.write(lambda writer: _count(writer, name, whereabouts, now_ms))
    with store.read() as reader:
        person = find_account(reader, typed)
    right = verify_password(person, password)
    outcome = _judge(person if right else None, now_ms)

    def note(writer: Writer) -> None:
        if right:
            for counter in counted:
                _take_back(writer, counter, now_ms)
            if purpose == SIGN_IN:
                _remember(writer, name, whereabouts, now_ms)
        who = person.id if person else ""  # what a stranger types as a name may be a password
        happened = audit.AuditOutcome.DONE if outcome.person else audit.AuditOutcome.WRONG
        entry = audit.AuditEntry(who, now_ms, purpose, "person", who, happened, whereabouts.address)
        audit.note(writer, entry)

    store.write(note)
    return outcome


def _judge(person: Person | None, now_ms: int) -> AttemptOutcome:
    if person is None:
        return AttemptOutcome(None, WRONG)
    if person.disabled:
        return AttemptOutcome(None, DISABLED)
    if not person.is_active(day_of(now_ms)):
        return AttemptOutcome(None, NO_ROLE)
    return AttemptOutcome(person)


# --- counting ------------------------------------------------------------------------------------------------------


def _count(writer: Writer, name: str, whereabouts: AttemptPlace, now_ms: int) -> list[_Counter]:
    """Add an attempt to every counter that applies, or refuse it where one says to wait."""
    counters = [_read(writer, counter) for counter in _list_counters(writer, name, whereabouts, now_ms)]
    fresh = [
        counter if now_ms - counter.last_ms < FORGOTTEN_MS else counter._replace(wrong=0)
        for counter in counters
    ]
    due_ms = max(counter.last_ms + counter.wait_ms() for counter in fresh)
    if now_ms < due_ms:
        raise TooManyAttempts((due_ms - now_ms) // 1000 + 1)
    for counter in fresh:
        _put(writer, counter.key, counter.wrong + 1, now_ms)
    return fresh


def _list_counters(reader: Reader, name: str, whereabouts: AttemptPlace, now_ms: int) -> list[_Counter]:
    known = _find_known(reader, name)
    for place in _places_of(whereabouts):
        if place and now_ms - known.get(place, -KNOWN_MS) < KNOWN_MS:
            return [_Counter(_key("known", f"{name}\n{place}"), FREE_BY_NAME)]
    by_address = _Counter(_key("address", _network_of(whereabouts.address)), FREE_BY_ADDRESS, shared=True)
    return [_Counter(_key("name", name), FREE_BY_NAME), by_address]


def _read(reader: Reader, counter: _Counter) -> _Counter:
    document = reader.find_documents(ATTEMPTS, [counter.key]).get(counter.key)
    body = document.body if document else {}
    return counter._replace(wrong=body.get("count", 0), last_ms=body.get("last_ms", 0))


def _put(writer: Writer, key: str, count: int, last_ms: int) -> None:
    writer.put_document(ATTEMPTS, key, {"count": count, "last_ms": last_ms})


def _take_back(writer: Writer, before: _Counter, at_ms: int) -> None:
    """Uncount an attempt with the right password; one name begins anew, of an address others' guesses stay."""
    if not before.shared:
        writer.erase_document(ATTEMPTS, before.key)
        return
    now = _read(writer, before)
    if now.wrong <= 1:
        writer.erase_document(ATTEMPTS, before.key)
    else:
        _put(writer, before.key, now.wrong - 1, before.last_ms if now.last_ms == at_ms else now.last_ms)


def _key(kind: str, text: str) -> str:
    return sha256(f"{kind}\n{text}".encode()).hexdigest()[:32]


def _network_of(address: str) -> str:
    """Return what is counted of an address: of IPv6 the /64 that one household or phone has for itself."""
    try:
        if ip_address(address).version == 6:
            return str(ip_network(f"{address.partition('%')[0]}/64", strict=False))
    except ValueError:
        pass
    return address


# --- places where a name signed in before --------------------------------------------------------------------------


def _places_of(whereabouts: AttemptPlace) -> list[str]:
    """Return digests of browser and address, '' for what is not known."""
    device = _key("device", whereabouts.device) if whereabouts.device else ""
    address = _key("address", _network_of(whereabouts.address)) if whereabouts.address else ""
    return [device, address]


def _find_known(reader: Reader, name: str) -> dict[str, int]:
    key = _key("name", name)
    document = reader.find_documents(KNOWN, [key]).get(key)
    return dict(document.body["places"]) if document else {}


def remember_place(writer: Writer, person: Person, whereabouts: AttemptPlace, now_ms: int) -> None:
    """Keep where a person signed in: guesses from elsewhere do not delay them there."""
    _remember(writer, normalise_identifier(person.id), whereabouts, now_ms)


def _remember(writer: Writer, name: str, whereabouts: AttemptPlace, now_ms: int) -> None:
    places = _find_known(writer, name)
    places.update({place: now_ms for place in _places_of(whereabouts) if place})
    newest = sorted(places.items(), key=lambda place: -place[1])[:MOST_KNOWN]
    writer.put_document(KNOWN, _key("name", name), {"places": dict(newest)})


def forget_attempts(store: Store, now_ms: int) -> int:
    """Erase counters and places that are out of use; return how many."""
    with store.read() as reader:
        old = [
            (ATTEMPTS, document.id)
            for document in read_all(lambda after: reader.list_documents(ATTEMPTS, after=after))
            if now_ms - document.body.get("last_ms", 0) >= FORGOTTEN_MS
        ]
        old += [
            (KNOWN, document.id)
            for document in read_all(lambda after: reader.list_documents(KNOWN, after=after))
            if all(now_ms - used_ms >= KNOWN_MS for used_ms in document.body["places"].values())
        ]

    def work(writer: Writer) -> None:
        for kind, key in old:
            writer.erase_document(kind, key)

    if old:
        store.write(work)
    return len(old)

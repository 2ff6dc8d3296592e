"""Check passwords, and limit the attempts by name and by address.

Every attempt counts before the password is looked at, so that parallel guesses count too; a right one
clears the name's counter and does not count against the address. Counters are documents that hold
digests of names and addresses, and fall out of use with their window.
"""

from hashlib import sha256
from typing import NamedTuple

from graph.store import Store, Writer
from traceability.domain.errors import TraceabilityError
from traceability.domain.identifier import normalise_identifier
from traceability.services.directory.people import Person, find_account, verify_password

WINDOW_MS = 15 * 60 * 1000
MOST_BY_NAME = 10
MOST_BY_ADDRESS = 60  # a whole plant may share one address


class TooManyAttempts(TraceabilityError):
    """Too many wrong passwords; ``retry_seconds`` until the next attempt."""

    def __init__(self, retry_seconds: int) -> None:
        super().__init__("person.too_many_attempts", minutes=-(-retry_seconds // 60))
        self.retry_seconds = retry_seconds


class _Limit(NamedTuple):
    key: str
    most: int


def sign_in(store: Store, person_id: str, password: str, address: str, now_ms: int) -> Person | None:
    """Return the person if the password is theirs, else None. Raises TooManyAttempts.

    Typings of one name share a counter: nobody guesses more often by changing capitals.
    """
    limits = (
        _Limit(_key("name", normalise_identifier(person_id)), MOST_BY_NAME),
        _Limit(_key("address", address), MOST_BY_ADDRESS),
    )
    person = store.write(lambda writer: _count(writer, limits, person_id, now_ms))
    right = verify_password(person, password)

    def note(writer: Writer) -> None:
        if right:
            writer.erase_document("attempts", limits[0].key)
            _take_back(writer, limits[1].key, now_ms)
        who = person.id if person else ""
        writer.append_log("sign_in", {"person": who, "right": right, "time_ms": now_ms})

    store.write(note)
    return person if right else None


def _count(writer: Writer, limits: tuple[_Limit, ...], person_id: str, now_ms: int) -> Person | None:
    """Add an attempt to every counter, or refuse it where one is full."""
    counters = writer.find_documents("attempts", [limit.key for limit in limits])
    recent: dict[str, list[int]] = {}
    for limit in limits:
        body = counters[limit.key].body if limit.key in counters else {"times_ms": []}
        recent[limit.key] = [at for at in body["times_ms"] if at > now_ms - WINDOW_MS]
        if len(recent[limit.key]) >= limit.most:
            oldest = recent[limit.key][-limit.most]
            raise TooManyAttempts((oldest + WINDOW_MS - now_ms) // 1000 + 1)
    for key, times in recent.items():
        writer.put_document("attempts", key, {"times_ms": [*times, now_ms]})
    return find_account(writer, person_id)


def _take_back(writer: Writer, key: str, at_ms: int) -> None:
    """Uncount an attempt with the right password: at a change of shifts a plant has one address."""
    counter = writer.find_documents("attempts", [key]).get(key)
    if counter is not None and at_ms in counter.body["times_ms"]:
        times = list(counter.body["times_ms"])
        times.remove(at_ms)
        writer.put_document("attempts", key, {"times_ms": times})


def _key(kind: str, text: str) -> str:
    return sha256(f"{kind}\n{text}".encode()).hexdigest()[:32]

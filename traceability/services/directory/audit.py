"""Keep the audit log: who did what to which account, page, file or master data, when, from where, and whether it was let.

Entries are only ever added. They name people, objects and actions; they hold no figures, no passwords and nothing of what
was typed into a form. What is stored anyway notes its entry in the same commit (``note``). A reading page that discloses
something leaves its entry to ``AuditQueue``, which is written after the answer has gone, once per person, object and hour.
"""

from collections import deque
from collections.abc import Iterator
from enum import StrEnum
from threading import Lock
from typing import NamedTuple

from graph.store import Body, LogEntry, Reader, Store, Writer
from traceability.domain.errors import StoreError

LOG = "audit"
LONGEST = 200  # characters of an id or address; an address bar may hold any text
HOUR_MS = 3600 * 1000
AT_ONCE = 500  # entries a reading
MOST_READ = 5_000  # entries looked at for one page: a search for what is rare goes on from there
MOST_WAITING = 2_000  # entries in the memory of a process while the store cannot take them
MOST_REMEMBERED = 20_000  # views of this hour that are known to have their entry
MOST_REFUSALS = 100  # of one person in an hour: who tries ids one by one fills no disk
MOST_OF_STRANGERS = 1_000  # of all strangers together
DISORDER_MS = 10 * 60 * 1000  # how much later than its time an entry may be written


class AuditAction(StrEnum):
    """What was done or tried."""

    SIGN_IN = "sign_in"
    SIGN_OUT = "sign_out"
    REAUTHENTICATION = "reauthentication"  # the password again, before what cannot be taken back
    APPROVAL = "approval"  # the password of whoever takes responsibility for a break of the rules
    PASSWORD = "password"  # changed by oneself
    PASSWORD_RESET = "password_reset"
    ACCOUNT_ADD = "account_add"
    ACCOUNT_CHANGE = "account_change"
    ACCOUNT_DISABLE = "account_disable"
    ACCOUNT_ENABLE = "account_enable"
    SITE_ADD = "site_add"
    SITE_CHANGE = "site_change"
    PARTY_CHANGE = "party_change"
    TARGET_CHANGE = "target_change"
    THRESHOLDS_CHANGE = "thresholds_change"
    PRINTER_CHANGE = "printer_change"
    SCALE_CHANGE = "scale_change"
    SPECTROMETER_CHANGE = "spectrometer_change"
    FURNACE_CHANGE = "furnace_change"
    DEVICE_ENROL = "device_enrol"
    TOKEN_MAKE = "token_make"
    SESSION_END = "session_end"  # a session, device or token that was revoked
    REFUSED = "refused"  # what the person may not see or do
    EXPORT = "export"  # a file of figures, rows or the book
    VIEW = "view"  # data of others that the person may see by an office: as auditor, planner, administrator
    REFERENCE_LOAD = "reference_load"  # master data from files, on the machine itself
    RESTORE = "restore"  # of the whole book from an archive
    SEAL = "seal"
    VOID = "void"
    PRINT = "print"  # a paper that leaves the system: a label
    FINDING_COMMENT = "finding_comment"
    FINDING_CLOSE = "finding_close"
    FINDING_REOPEN = "finding_reopen"
    HELD_RESOLVE = "held_resolve"  # a draft of a queue that was mended and recorded
    HELD_DROP = "held_drop"
    PURCHASE_ERASE = "purchase_erase"  # prices and amounts of a ticket
    WORK_CANCEL = "work_cancel"  # a ticket or heat that was opened and shall not be recorded
    CHECK = "check"  # a check of the whole book that somebody began


class AuditOutcome(StrEnum):
    """How it ended."""

    DONE = "done"
    WRONG = "wrong"  # a password or code
    REFUSED = "refused"
    LIMITED = "limited"  # too many attempts


class AuditEntry(NamedTuple):
    """An entry. ``person`` is '' for a stranger: what strangers type as a name may be a password.

    ``kind`` and ``id`` say what it was done to: ``person``, ``site``, ``page`` …
    """

    person: str
    time_ms: int
    action: str
    kind: str = ""
    id: str = ""
    outcome: str = AuditOutcome.DONE
    address: str = ""
    number: int = 0  # given when it is stored


class Actor(NamedTuple):
    """Who changes something, when and from which address; ``person`` is '' on the machine itself."""

    person: str
    now_ms: int
    address: str = ""

    def entry(self, action: AuditAction, kind: str, id_: str) -> AuditEntry:
        """Return the entry of the audit log for something done."""
        return AuditEntry(self.person, self.now_ms, action, kind, id_, address=self.address)


CONSOLE = "console"  # the address of what is done on the machine itself


class AuditFilter(NamedTuple):
    """Conditions on entries, '' or None for none; ``object`` is a part of an id, the end of the time is exclusive."""

    person: str = ""
    action: str = ""
    outcome: str = ""
    kind: str = ""
    object: str = ""
    from_ms: int | None = None
    until_ms: int | None = None


EVERYTHING = AuditFilter()


class AuditPage(NamedTuple):
    """Entries, newest first, and the number to go on from, 0 at the end.

    ``read_back_to_ms`` is the time of the oldest entry that was looked at.
    """

    entries: list[AuditEntry]
    after: int
    read_back_to_ms: int | None = None


def note(writer: Writer, entry: AuditEntry) -> None:
    """Add an entry, in the write that it is about."""
    body: Body = {name: value for name, value in entry._asdict().items() if name not in ("number", "time_ms")}
    body = {name: _tidy(value) for name, value in body.items() if value}
    writer.append_log(LOG, {"time_ms": entry.time_ms, **body})


def list_entries(
    reader: Reader, wanted: AuditFilter = EVERYTHING, after: int = 0, limit: int = 100
) -> AuditPage:
    """Return a page of entries, newest first, from an entry's number on (0: the newest).

    At most MOST_READ entries are looked at, so a page may hold fewer than the limit and yet not be the last.
    """
    if not after and wanted.until_ms is not None:
        after = _find_end(reader, wanted.until_ms + DISORDER_MS)
    found: list[AuditEntry] = []
    seen_ms: int | None = None
    for read, entry in enumerate(_walk_back(reader, after), 1):
        seen_ms = entry.time_ms
        if wanted.from_ms is not None and seen_ms < wanted.from_ms - DISORDER_MS:
            break
        if _matches(entry, wanted):
            found.append(entry)
        if len(found) == limit or read == MOST_READ:
            return AuditPage(found, entry.number if entry.number > 1 else 0, seen_ms)
    return AuditPage(found, 0, seen_ms)


def _walk_back(reader: Reader, after: int) -> Iterator[AuditEntry]:
    while True:
        rows = reader.list_log(LOG, after, AT_ONCE, newest_first=True)
        yield from map(_read, rows)
        if len(rows) < AT_ONCE:
            return
        after = rows[-1].number


def _find_end(reader: Reader, until_ms: int) -> int:
    """Return the number of the first entry at or after a time, 0 where there is none: entries lie in the order of time."""
    newest = reader.list_log(LOG, limit=1, newest_first=True)
    low, high = 1, newest[0].number + 1 if newest else 1
    beyond = high
    while low < high:
        middle = (low + high) // 2
        if reader.list_log(LOG, middle - 1, 1)[0].body["time_ms"] >= until_ms:
            high = middle
        else:
            low = middle + 1
    return 0 if low == beyond else low


def _read(row: LogEntry) -> AuditEntry:
    body = row.body
    return AuditEntry(
        body.get("person", ""), body["time_ms"], body["action"], body.get("kind", ""), body.get("id", ""),
        body.get("outcome", AuditOutcome.DONE), body.get("address", ""), row.number,
    )  # fmt: skip


def _matches(entry: AuditEntry, wanted: AuditFilter) -> bool:
    return (
        wanted.person in ("", entry.person)
        and wanted.action in ("", entry.action)
        and wanted.outcome in ("", entry.outcome)
        and wanted.kind in ("", entry.kind)
        and wanted.object.casefold() in entry.id.casefold()
        and (wanted.from_ms is None or entry.time_ms >= wanted.from_ms)
        and (wanted.until_ms is None or entry.time_ms < wanted.until_ms)
    )


def _tidy(text: str) -> str:
    """Return a text of an address bar as one printable line."""
    return "".join(char for char in str(text)[:LONGEST] if char.isprintable())


class AuditQueue:
    """Entries of reading pages in a process's memory until they are written after the answer.

    What a process still holds when it is killed is lost: it is about what was read, nothing that was stored.
    """

    def __init__(self) -> None:
        self._waiting: deque[AuditEntry] = deque(maxlen=MOST_WAITING)
        self._hour = 0
        self._known: set[tuple[str, ...]] = set()
        self._refusals: dict[str, int] = {}
        self._lock = Lock()
        self._writing = Lock()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, entry: AuditEntry) -> bool:
        """Queue an entry, unless this hour has it already; return whether it was queued."""
        where = "" if entry.person else entry.address
        key = (entry.person, where, entry.action, entry.kind, entry.id, entry.outcome)
        with self._lock:
            if self._hour != entry.time_ms // HOUR_MS:
                self._hour = entry.time_ms // HOUR_MS
                self._known.clear()
                self._refusals.clear()
            if key in self._known:
                return False
            if entry.outcome != AuditOutcome.DONE:
                most = MOST_REFUSALS if entry.person else MOST_OF_STRANGERS
                refusals = self._refusals[entry.person] = self._refusals.get(entry.person, 0) + 1
                if refusals > most:
                    return False
                if refusals == most:
                    entry = entry._replace(outcome=AuditOutcome.LIMITED)
            if len(self._known) < MOST_REMEMBERED:
                self._known.add(key)
            self._waiting.append(entry)
        return True

    def write(self, store: Store) -> int:
        """Write what waits in one commit and return how much; it waits on where the store cannot take it.

        Of a process that waits for the one writer it is one thread at most.
        """
        if not self._writing.acquire(blocking=False):
            return 0
        try:
            return self._write(store)
        finally:
            self._writing.release()

    def _write(self, store: Store) -> int:
        with self._lock:
            batch = list(self._waiting)
            self._waiting.clear()
        if not batch:
            return 0

        def work(writer: Writer) -> None:
            for entry in batch:
                note(writer, entry)

        try:
            store.write(work)
        except StoreError:
            with self._lock:
                self._waiting.extendleft(reversed(batch[: MOST_WAITING - len(self._waiting)]))
            return 0
        return len(batch)

"""Keep who is signed in: sessions of desks and yard devices, and tokens of programs, as documents that end when they should.

The cookie of a browser holds a random token, the document is found by the token's SHA-256: whoever reads the book
or a backup learns no token. A session ends, at the next request, when it is erased (sign-out), when it was not used
for its idle limit, at its absolute limit, and when its person has another password, is disabled or has no role in
force any more. A token of a program is no cookie and a cookie no token; it outlives another password, since nobody
typed one for it, and ends with the account.
"""

from collections.abc import Collection
from hashlib import sha256
from typing import NamedTuple

from graph.paging import read_all
from graph.store import Body, Document, Reader, Store, Writer
from traceability.domain.calendar import DAY_MS, day_of
from traceability.domain.errors import BadInput, NotFound, WriteConflict
from traceability.services.directory import audit
from traceability.services.directory.devices import (
    CODE_KIND,
    DEVICE_KIND,
    check_label,
    digest_of,
    find_devices,
    new_token,
    note_device_use,
)
from traceability.services.directory.people import (
    Person,
    check_password_of,
    find_account,
    find_people,
    find_person,
    give_password,
    hash_password,
    put_person,
)

KIND = "session"
DESK, DEVICE, TOKEN = "desk", "device", "token"
RECORD, READ = SCOPES = ("record", "read")
"""What a token may do: record events, read figures."""

MINUTE_MS = 60 * 1000
HOUR_MS = 60 * MINUTE_MS

IDLE_MS = {DESK: 12 * HOUR_MS, DEVICE: 14 * DAY_MS}
ABSOLUTE_MS = {DESK: 7 * DAY_MS, DEVICE: 180 * DAY_MS}
USE_WRITTEN_MS = 5 * MINUTE_MS
PROOF_MS = 10 * MINUTE_MS
TOKEN_PREFIX = "nft_"  # by which people and scanners of leaked secrets know it
MOST_DAYS = 366  # of a token


class UserSession(NamedTuple):
    """A session of a person.

    ``id`` is the digest of its token, ``mark`` of the person's secret when it began. ``used_ms`` is the last use,
    up to five minutes ago; ``proved_ms`` when the password was typed last; ``ends_ms`` its absolute limit. ``device`` is
    the enrolled device that it is of, ``scopes`` what a token may do, ``made_by`` the administrator who made it.
    """

    id: str
    person: str
    kind: str
    mark: str
    made_ms: int
    used_ms: int
    proved_ms: int
    ends_ms: int
    label: str = ""
    device: str = ""
    scopes: tuple[str, ...] = ()
    made_by: str = ""

    def is_over(self, now_ms: int) -> bool:
        """Return whether a limit of time has ended it."""
        idle_ms = IDLE_MS.get(self.kind)
        return now_ms >= self.ends_ms or (idle_ms is not None and now_ms - self.used_ms >= idle_ms)

    def is_proved(self, now_ms: int) -> bool:
        """Return whether the password was typed in the last ten minutes."""
        return now_ms - self.proved_ms < PROOF_MS

    def is_use_due(self, now_ms: int) -> bool:
        """Return whether its last use is to be written down."""
        return now_ms - self.used_ms >= USE_WRITTEN_MS


class SignedIn(NamedTuple):
    """A session in force, and its person."""

    session: UserSession
    person: Person


class NewSession(NamedTuple):
    """A session that began, and its token: nobody can learn that again."""

    session: UserSession
    token: str


def _mark(person: Person) -> str:
    return sha256(f"{person.secret_version}\n{person.password}".encode()).hexdigest()[:32]


# --- beginning and finding -----------------------------------------------------------------------------------------


def begin_session(
    writer: Writer,
    person: Person,
    now_ms: int,
    kind: str = DESK,
    ends_ms: int | None = None,
    *,
    device: str = "",
    label: str = "",
) -> NewSession:
    """Open a session of a person who typed their password just now; it ends at its kind's limit, or before."""
    token = new_token()
    begun = UserSession(
        id=digest_of(token),
        person=person.id,
        kind=kind,
        mark=_mark(person),
        made_ms=now_ms,
        used_ms=now_ms,
        proved_ms=now_ms,
        ends_ms=min(now_ms + ABSOLUTE_MS[kind], ends_ms or now_ms + ABSOLUTE_MS[kind]),
        label=label,
        device=device,
    )
    _put(writer, begun)
    return NewSession(begun, token)


def find_session(reader: Reader, token: str, now_ms: int, *, of_program: bool = False) -> SignedIn | None:
    """Return the session of a token with its person, None where it has ended or never was.

    ``of_program`` is whether a program sent it, which a browser never does.
    """
    key = digest_of(token)
    document = reader.find_documents(KIND, [key]).get(key)
    if document is None:
        return None
    session = _read(document)
    if (session.kind == TOKEN) is not of_program:
        return None
    person = find_person(reader, session.person)
    if person is None or not _is_in_force(session, person, now_ms):
        return None
    if session.device and not find_devices(reader, [session.device], now_ms):
        return None
    return SignedIn(session, person)


def _is_in_force(session: UserSession, person: Person, now_ms: int) -> bool:
    if session.is_over(now_ms) or (session.kind != TOKEN and session.mark != _mark(person)):
        return False
    return person.is_active(day_of(now_ms))


def list_sessions(reader: Reader, person: Person, now_ms: int) -> list[UserSession]:
    """Return a person's sessions in force, the last used first."""
    documents = read_all(lambda after: reader.list_documents(KIND, person.id, after))
    sessions = [
        session
        for session in map(_read, documents)
        if session.kind != TOKEN and _is_in_force(session, person, now_ms)
    ]
    return sorted(sessions, key=lambda session: (-session.used_ms, session.id))


def _read(document: Document) -> UserSession:
    body = {**document.body, "scopes": tuple(document.body.get("scopes", ()))}
    return UserSession(id=document.id, **body)


def _put(writer: Writer, session: UserSession) -> None:
    body: Body = {name: value for name, value in session._asdict().items() if name != "id"}
    body["scopes"] = list(session.scopes)
    writer.put_document(KIND, session.id, body, group=session.person)


# --- while it lasts ------------------------------------------------------------------------------------------------


def note_use(store: Store, session_id: str, now_ms: int) -> None:
    """Write down that a session was used; one that ended meanwhile stays ended."""

    def work(writer: Writer) -> None:
        document = writer.find_documents(KIND, [session_id]).get(session_id)
        if document is not None and (session := _read(document)).is_use_due(now_ms):
            _put(writer, session._replace(used_ms=now_ms))
            if session.device:
                note_device_use(writer, session.device, now_ms)

    store.write(work)


def renew_session(writer: Writer, found: SignedIn, now_ms: int) -> NewSession | None:
    """Open a session in place of one whose person typed their password again, with its limits and device.

    The token of before is good for nothing any more. None where the session ended meanwhile.
    """
    old = found.session
    if old.id not in writer.find_documents(KIND, [old.id]):
        return None
    writer.erase_document(KIND, old.id)
    return begin_session(
        writer, found.person, now_ms, old.kind, old.ends_ms, device=old.device, label=old.label
    )


def change_password(store: Store, found: SignedIn, password: str, actor: audit.Actor) -> NewSession:
    """Give the person of a session another password; return the session that goes on, all others end.

    Raises BadInput, and WriteConflict where the password was changed meanwhile.
    """
    hashed = hash_password(password)

    def work(writer: Writer) -> NewSession:
        person = find_person(writer, found.person.id)
        if person is None or _mark(person) != found.session.mark:
            raise WriteConflict("password.changed_meanwhile")
        check_password_of(person, password)
        changed = give_password(person, hashed)
        put_person(writer, changed)
        end_sessions(writer, person.id, with_tokens=False)
        audit.note(writer, actor.entry(audit.AuditAction.PASSWORD, "person", person.id))
        old = found.session
        return begin_session(
            writer, changed, actor.now_ms, old.kind, old.ends_ms, device=old.device, label=old.label
        )

    return store.write(work)


# --- ending --------------------------------------------------------------------------------------------------------


def end_session(writer: Writer, token: str) -> None:
    """End the session of a token; an unknown one is ignored."""
    writer.erase_document(KIND, digest_of(token))


def end_sessions(writer: Writer, person_id: str, besides: str = "", *, with_tokens: bool = True) -> int:
    """End every session of a person, and their tokens, besides one by id; return how many."""
    documents = read_all(lambda after: writer.list_documents(KIND, person_id, after))
    ended = [
        session.id
        for session in map(_read, documents)
        if session.id != besides and (with_tokens or session.kind != TOKEN)
    ]
    for session_id in ended:
        writer.erase_document(KIND, session_id)
    return len(ended)


def end_everything(writer: Writer) -> int:
    """End every session, revoke every token and enrolled device, and forget codes; return how many."""
    ended = [
        (kind, document.id)
        for kind in (KIND, DEVICE_KIND, CODE_KIND)
        for document in read_all(lambda after, kind=kind: writer.list_documents(kind, after=after))  # type: ignore[misc]
    ]
    for kind, id_ in ended:
        writer.erase_document(kind, id_)
    return len(ended)


def end_others(store: Store, found: SignedIn, actor: audit.Actor) -> int:
    """End every session of a person but this one, not their tokens; return how many."""
    own = found.person.id

    def work(writer: Writer) -> int:
        ended = end_sessions(writer, own, found.session.id, with_tokens=False)
        if ended:
            audit.note(writer, actor.entry(audit.AuditAction.SESSION_END, "person", own))
        return ended

    return store.write(work)


def revoke_session(store: Store, session_id: str, actor: audit.Actor, owner: str = "") -> bool:
    """End a session or token by id, of ``owner`` ('' of anybody); return whether there was one."""

    def work(writer: Writer) -> bool:
        document = writer.find_documents(KIND, [session_id]).get(session_id)
        if document is None or owner not in ("", document.group):
            return False
        writer.erase_document(KIND, session_id)
        audit.note(writer, actor.entry(audit.AuditAction.SESSION_END, "person", document.group))
        return True

    return store.write(work)


def forget_ended(store: Store, now_ms: int) -> int:
    """Erase the sessions that have ended; return how many."""
    with store.read() as reader:
        documents = read_all(lambda after: reader.list_documents(KIND, after=after))
        listed = [_read(document) for document in documents]
        people = find_people(reader, {session.person for session in listed})
    ended = [
        session.id
        for session in listed
        if session.person not in people or not _is_in_force(session, people[session.person], now_ms)
    ]

    def work(writer: Writer) -> None:
        for session_id in ended:
            writer.erase_document(KIND, session_id)

    if ended:
        store.write(work)
    return len(ended)


# --- tokens of programs --------------------------------------------------------------------------------------------


def make_token(
    store: Store, person_id: str, label: str, scopes: Collection[str], days: int, actor: audit.Actor
) -> NewSession:
    """Make a token with which a program acts for a person. Raises BadInput, NotFound."""
    for fault in list_token_faults(label, scopes, days):
        raise fault
    label = check_label(label)
    chosen = tuple(scope for scope in SCOPES if scope in scopes)
    token = TOKEN_PREFIX + new_token()

    def work(writer: Writer) -> UserSession:
        person = find_account(writer, person_id)
        if person is None or person.disabled:
            raise NotFound("person.unknown", id=person_id)
        made = UserSession(
            id=digest_of(token),
            person=person.id,
            kind=TOKEN,
            mark="",
            made_ms=actor.now_ms,
            used_ms=actor.now_ms,
            proved_ms=0,
            ends_ms=actor.now_ms + days * DAY_MS,
            label=label,
            scopes=chosen,
            made_by=actor.person or actor.address,
        )
        _put(writer, made)
        audit.note(writer, actor.entry(audit.AuditAction.TOKEN_MAKE, "person", person.id))
        return made

    return NewSession(store.write(work), token)


def list_token_faults(label: str, scopes: Collection[str], days: int) -> list[BadInput]:
    """Return all that is wrong with what was asked for a token."""
    faults: list[BadInput] = []
    try:
        check_label(label)
    except BadInput as error:
        faults.append(error)
    if not scopes or set(scopes) - set(SCOPES):
        faults.append(BadInput("token.bad_scopes", known=", ".join(SCOPES)))
    if not 1 <= days <= MOST_DAYS:
        faults.append(BadInput("token.bad_days", most=MOST_DAYS))
    return faults


def list_tokens(reader: Reader, now_ms: int, person_id: str | None = None) -> list[UserSession]:
    """Return the tokens that have not expired, of a person or all, the newest first."""
    documents = read_all(lambda after: reader.list_documents(KIND, person_id, after))
    tokens = [one for one in map(_read, documents) if one.kind == TOKEN and not one.is_over(now_ms)]
    return sorted(tokens, key=lambda one: (-one.made_ms, one.id))

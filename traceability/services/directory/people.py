"""Keep people with dated roles as documents, their passwords as argon2id hashes."""

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import NamedTuple

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from graph.paging import read_all
from graph.store import Body, Reader, Store, Writer
from traceability.domain.access import ANYWHERE, Assignment, list_roles, scope_of, speaks_for
from traceability.domain.calendar import day_of
from traceability.domain.errors import BadInput, NotFound, WriteConflict
from traceability.domain.identifier import normalise_identifier
from traceability.domain.vocabulary import NATION, ROLES
from traceability.locale import DEFAULT
from traceability.services.directory.passwords import check_password, normalise_password, shortest_password
from traceability.services.directory.reference import reference_in

LONGEST_ID = 64
LONGEST_NAME = 200


class Person(NamedTuple):
    """A person who signs in and records events; ``password`` is a hash, '' where sign-in is not possible.

    ``secret_version`` counts what ends every session of theirs: a new password, and disabling the account.
    ``one_time`` is a password that somebody else gave them, to be changed when they sign in.
    """

    id: str
    name: str
    roles: tuple[Assignment, ...]
    password: str = ""
    language: str = DEFAULT
    version: int = 0
    disabled: bool = False
    secret_version: int = 0
    one_time: bool = False

    def is_active(self, day: str) -> bool:
        """Return whether the person may use the system on an ISO day: enabled, with a role in force."""
        return not self.disabled and any(held.valid_from <= day <= held.valid_until for held in self.roles)


@lru_cache(maxsize=1)
def _hasher() -> PasswordHasher:
    return PasswordHasher()


def hash_password(password: str) -> str:
    """Return an argon2id hash."""
    return _hasher().hash(normalise_password(password))


def check_person(person_id: str, name: str) -> None:
    """Refuse an id that nobody could type or read, and such a name. Raises BadInput."""
    if not 0 < len(person_id) <= LONGEST_ID or not person_id.isprintable() or " " in person_id:
        raise BadInput("person.bad_id", longest=LONGEST_ID)
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise BadInput("person.bad_name", longest=LONGEST_NAME)


def tidy_scope(scope: str) -> str:
    """Return a scope as assignments hold it: a prefix of codes, so 430000 is 43, and CN is all."""
    return scope_of(scope) if scope == NATION or (scope.isdigit() and len(scope) == 6) else scope


def is_scope(scope: str, sites: Collection[str], regions: Collection[str]) -> bool:
    """Return whether a tidy scope is anywhere, one of the sites, or a part of the country with a region."""
    if scope == ANYWHERE or scope in sites:
        return True
    return scope.isdigit() and len(scope) in (2, 4, 6) and any(code.startswith(scope) for code in regions)


def _read(person_id: str, version: int, body: Body) -> Person:
    return Person(
        id=person_id,
        name=body["name"],
        roles=tuple(Assignment(*assignment) for assignment in body["roles"]),
        password=body.get("password", ""),
        language=body.get("language", DEFAULT),
        version=version,
        disabled=body.get("disabled", False),
        secret_version=body.get("secret_version", 0),
        one_time=body.get("one_time", False),
    )


def find_people(reader: Reader, ids: Collection[str]) -> dict[str, Person]:
    """Return people by id (the name they sign in with); unknown ones are left out."""
    documents = reader.find_documents("person", ids)
    return {id_: _read(id_, document.version, document.body) for id_, document in documents.items()}


def find_person(reader: Reader, person_id: str) -> Person | None:
    """Return a person by id, None if there is none."""
    return find_people(reader, [person_id]).get(person_id)


def find_account(reader: Reader, typed: str) -> Person | None:
    """Return the person whose sign-in name is typed, in whatever capitals or width a phone writes it.

    None for nobody, and where several accounts of an older book differ in nothing else.
    """
    person = find_person(reader, typed)
    if person is not None:
        return person
    normal = normalise_identifier(typed)
    documents = read_all(lambda after: reader.list_documents("person", after=after))
    same = [document for document in documents if normalise_identifier(document.id) == normal]
    return _read(same[0].id, same[0].version, same[0].body) if len(same) == 1 else None


def list_people(reader: Reader) -> list[Person]:
    """Return all people, by id."""
    documents = read_all(lambda after: reader.list_documents("person", after=after))
    return [_read(document.id, document.version, document.body) for document in documents]


def put_person(writer: Writer, person: Person) -> None:
    """Store a person; ``version`` 0 must be new. Raises BadInput, WriteConflict."""
    unknown = sorted({assignment.role for assignment in person.roles} - set(ROLES))
    if unknown:
        raise BadInput("person.unknown_role", roles=", ".join(unknown), known=", ".join(ROLES))
    body: Body = {
        "name": person.name,
        "roles": [list(assignment) for assignment in person.roles],
        "password": person.password,
        "language": person.language,
    }
    further = {
        "disabled": person.disabled,
        "secret_version": person.secret_version,
        "one_time": person.one_time,
    }
    body |= {name: value for name, value in further.items() if value}
    writer.put_document("person", person.id, body, person.version)


def add_person(store: Store, person_id: str, name: str, password: str, roles: Sequence[Assignment]) -> None:
    """Create an account. Raises BadInput, WriteConflict where the id is taken."""
    check_person(person_id, name)
    check_password(password, (person_id, name), {held.role for held in roles})
    person = Person(person_id, name, tuple(roles), hash_password(password))

    def work(writer: Writer) -> None:
        normal = normalise_identifier(person_id)
        for other in list_people(writer):
            if normalise_identifier(other.id) == normal:
                raise WriteConflict("person.exists", id=other.id)
        put_person(writer, person)

    store.write(work)


def set_password(store: Store, person_id: str, password: str) -> None:
    """Give an account a new password. Raises NotFound, BadInput."""
    hashed = hash_password(password)

    def work(writer: Writer) -> None:
        person = find_account(writer, person_id)
        if person is None:
            raise NotFound("person.unknown", id=person_id)
        check_password_of(person, password)
        put_person(writer, give_password(person, hashed))

    store.write(work)


def check_password_of(person: Person, password: str) -> None:
    """Refuse a password that the person may not take. Raises BadInput."""
    check_password(password, (person.id, person.name), {held.role for held in person.roles})


def shortest_for(person: Person) -> int:
    """Return the least number of characters of the person's password."""
    return shortest_password({held.role for held in person.roles})


def give_password(person: Person, hashed: str, *, one_time: bool = False) -> Person:
    """Return the person with another password, given as its hash; it ends every session of theirs."""
    version = person.secret_version + 1
    return person._replace(password=hashed, secret_version=version, one_time=one_time)


def disable(person: Person) -> Person:
    """Return the person who signs in no more; enabled again, they do so anew."""
    return person._replace(disabled=True, secret_version=person.secret_version + 1)


def verify_password(person: Person | None, password: str) -> bool:
    """Return whether the password is the person's.

    It takes as long for an unknown person, so that names cannot be guessed.
    """
    may_sign_in = person is not None and bool(person.password)
    hashed = person.password if person is not None and may_sign_in else _dummy_hash()
    # What was typed otherwise than in NFC was stored as typed once.
    return any(_is_of(hashed, typed) for typed in {normalise_password(password), password}) and may_sign_in


def _is_of(hashed: str, password: str) -> bool:
    try:
        return _hasher().verify(hashed, password)
    except (Argon2Error, InvalidHashError):
        return False


@lru_cache(maxsize=1)
def _dummy_hash() -> str:
    return _hasher().hash("nobody's password")


def roles_of(reader: Reader, person_id: str, site: str, region: str, day: str) -> tuple[str, ...]:
    """Return the roles that a person has at a site on an ISO day; () for an unknown person."""
    person = find_person(reader, person_id)
    return list_roles(person.roles, site, region, day) if person else ()


def is_supervisor(reader: Reader, person_id: str, site: str, now_ms: int) -> bool:
    """Return whether a person is a supervisor of a site on the day of a time."""
    day = day_of(now_ms)
    region = reference_in(reader).region_at(site, day[:7])
    return "supervisor" in roles_of(reader, person_id, site, region, day)


def is_spokesperson(reader: Reader, person_id: str, region: str, day: str) -> bool:
    """Return whether a person declares the statistics of a region on an ISO day."""
    person = find_person(reader, person_id)
    return person is not None and speaks_for(person.roles, region, day)

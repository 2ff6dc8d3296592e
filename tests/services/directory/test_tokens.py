"""Tokens of programs and yard devices do what they are for, for as long as they may, until they are revoked."""

import pytest

from graph.store import Store
from tests.support.business import NOW_MS, open_business
from tests.support.reading import ask
from traceability.domain.calendar import DAY_MS
from traceability.domain.errors import BadInput, NotFound
from traceability.services.directory import devices, sessions
from traceability.services.directory.audit import Actor, list_entries
from traceability.services.directory.people import disable, find_person, put_person, set_password


@pytest.fixture
def book(store: Store) -> Store:
    """The cast, on each engine."""
    open_business(store)
    return store


def _make(store: Store, person: str = "wang", days: int = 90) -> sessions.NewSession:
    return sessions.make_token(store, person, "scale", ["record"], days, Actor("admin", NOW_MS))


def _works(store: Store, token: str, now_ms: int = NOW_MS) -> bool:
    return ask(store, sessions.find_session, token, now_ms, of_program=True) is not None


def test_a_token_works_until_it_expires(book: Store) -> None:
    made = _make(book, days=2)
    assert made.token.startswith("nft_")
    assert _works(book, made.token, NOW_MS + 2 * DAY_MS - 1)  # no idle limit: a report runs once a month
    assert not _works(book, made.token, NOW_MS + 2 * DAY_MS)
    documents, _ = ask(book, lambda reader: reader.list_documents(sessions.KIND))
    assert made.token not in repr(documents)


def test_a_token_is_no_cookie_and_a_cookie_no_token(book: Store) -> None:
    wang = ask(book, find_person, "wang")
    assert wang is not None
    begun = book.write(lambda writer: sessions.begin_session(writer, wang, NOW_MS))
    assert not ask(book, sessions.find_session, _make(book).token, NOW_MS)
    assert not _works(book, begun.token)


def test_what_ends_a_token(book: Store) -> None:
    made = _make(book)
    set_password(book, "wang", "a new passphrase")
    assert _works(book, made.token)
    assert sessions.revoke_session(book, made.session.id, Actor("admin", NOW_MS))
    assert not sessions.revoke_session(book, made.session.id, Actor("admin", NOW_MS))
    assert not _works(book, made.token)
    other = _make(book)
    wang = ask(book, find_person, "wang")
    assert wang is not None
    ended = tuple(held._replace(valid_until="2024-12-31") for held in wang.roles)
    idle = wang._replace(roles=ended)
    book.write(lambda writer: put_person(writer, idle))
    assert not _works(book, other.token)
    disabled = disable(wang)._replace(version=wang.version + 1)
    book.write(lambda writer: put_person(writer, disabled))
    assert not _works(book, other.token)
    with pytest.raises(NotFound):
        _make(book)


def test_nobody_ends_what_is_somebody_elses(book: Store) -> None:
    made = _make(book)
    assert not sessions.revoke_session(book, made.session.id, Actor("chen", NOW_MS), owner="chen")
    assert _works(book, made.token)


@pytest.mark.parametrize(
    ("label", "scopes", "days", "code"),
    [
        ("", ["read"], 1, "access.bad_label"),
        ("a\u202eb", ["read"], 1, "access.bad_label"),
        ("x" * 101, ["read"], 1, "access.bad_label"),
        ("scale", [], 1, "token.bad_scopes"),
        ("scale", ["read", "seal"], 1, "token.bad_scopes"),
        ("scale", ["read"], 0, "token.bad_days"),
        ("scale", ["read"], 367, "token.bad_days"),
    ],
)
def test_tokens_that_make_no_sense(book: Store, label: str, scopes: list[str], days: int, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        sessions.make_token(book, "wang", label, scopes, days, Actor("admin", NOW_MS))
    assert refused.value.code == code
    assert ask(book, sessions.list_tokens, NOW_MS) == []


def test_a_device_is_enrolled_once_by_a_code(book: Store) -> None:
    code = devices.make_code(book, "phone at gate 2", "yard", Actor("admin", NOW_MS))
    with pytest.raises(NotFound):
        devices.enrol(book, "AAAAA-AAAAA", NOW_MS)
    made = devices.enrol(
        book, f" {code.lower().replace('-', ' ').replace('0', 'o').replace('1', 'l')} ", NOW_MS
    )
    assert ask(book, devices.find_device, made.token, NOW_MS) == made.device
    with pytest.raises(NotFound):
        devices.enrol(book, code, NOW_MS)
    late = devices.make_code(book, "phone at gate 3", "yard", Actor("admin", NOW_MS))
    with pytest.raises(NotFound):
        devices.enrol(book, late, NOW_MS + DAY_MS)
    assert {entry.action for entry in ask(book, list_entries).entries} == {"device_enrol"}


def test_a_revoked_device_ends_its_sessions(book: Store) -> None:
    made = devices.enrol(book, devices.make_code(book, "gate 2", "yard", Actor("admin", NOW_MS)), NOW_MS)
    wang = ask(book, find_person, "wang")
    assert wang is not None
    begun = book.write(
        lambda writer: sessions.begin_session(
            writer, wang, NOW_MS, sessions.DEVICE, made.device.ends_ms, device=made.device.id, label="gate 2"
        )
    )
    day = NOW_MS + 13 * DAY_MS
    assert ask(book, sessions.find_session, begun.token, day)
    sessions.note_use(book, begun.session.id, day)
    assert ask(book, devices.list_devices, day)[0].used_ms == day
    assert devices.revoke_device(book, made.device.id, Actor("admin", day))
    assert not ask(book, sessions.find_session, begun.token, day)
    assert not devices.revoke_device(book, made.device.id, Actor("admin", day))


def test_devices_out_of_date_are_cleaned_up(book: Store) -> None:
    devices.enrol(book, devices.make_code(book, "gate 2", "yard", Actor("admin", NOW_MS)), NOW_MS)
    devices.make_code(book, "gate 3", "yard", Actor("admin", NOW_MS))
    assert devices.forget_devices(book, NOW_MS + DAY_MS) == 1
    assert devices.forget_devices(book, NOW_MS + devices.LASTS_MS) == 1

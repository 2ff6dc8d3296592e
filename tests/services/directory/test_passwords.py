"""Passwords are long enough, uncommon and not one's own name; nothing else is asked of them."""

import unicodedata

import pytest

from traceability.domain.errors import BadInput
from traceability.exchange.seed import list_demo_accounts
from traceability.services.directory.passwords import LONGEST, check_password
from traceability.services.directory.people import Person, hash_password, verify_password


def _fault(password: str, own: tuple[str, ...] = (), roles: tuple[str, ...] = ()) -> str:
    try:
        check_password(password, own, roles)
    except BadInput as error:
        return error.code.removeprefix("person.password_")
    return ""


@pytest.mark.parametrize(
    "password",
    [
        "correct horse",
        "铁水与废铝的秤星",
        "  spaces  count  ",
        "ÆØÅ🦊🦊🐍🐍x",
        "lower only and long",
        "x9" * 3 + "rt" * 40,
    ],
)
def test_any_character_and_any_length_up_to_the_longest(password: str) -> None:
    assert _fault(password) == ""
    assert verify_password(Person("a", "a", (), hash_password(password)), password)


def test_length_is_counted_in_characters_of_nfc() -> None:
    assert _fault("seven77") == "short"
    assert _fault("éèêëàâä") == "short"
    assert _fault(unicodedata.normalize("NFD", "éèêëàâä")) == "short"
    assert _fault("ab1!" * (LONGEST // 4) + "x") == "long"
    assert _fault("eleven char", roles=("admin", "operator")) == "short"
    assert _fault("twelve chars", roles=("admin",)) == ""


def test_the_form_of_unicode_does_not_matter() -> None:
    composed = "café of the yard"
    hashed = hash_password(unicodedata.normalize("NFD", composed))
    assert verify_password(Person("a", "a", (), hashed), composed)


@pytest.mark.parametrize(
    "password",
    ["password", "Password", "12345678", "QWERTYUIOP", "iloveyou", "woaini1314", "5201314520", "a123456789", "88888888",
     "23456789", "zyxwvuts", "ababababab", "passw0rd", "1qaz2wsx3edc"],
)  # fmt: skip
def test_common_passwords_are_refused(password: str) -> None:
    assert _fault(password) == "common"


@pytest.mark.parametrize(
    ("password", "own"),
    [("miluo-operator", ("miluo-operator", "李明")), ("MILUO-Operator-1", ("miluo-operator",)), ("wang-2025-1",
      ("wang",)), ("li20251201", ("li",)), ("李建国李建国45", ("li", "李建国李建国")), ("Jane Doe 99", ("jd", "Jane Doe"))],
)  # fmt: skip
def test_ones_own_name_is_refused(password: str, own: tuple[str, ...]) -> None:
    assert _fault(password, own) == "own_name"


@pytest.mark.parametrize(
    "password", ["Copper-2025!", "traceability1", "再生金属20251201", "2025guanliyuan", "SUPERVISOR_01"]
)
def test_words_of_the_trade_are_refused(password: str) -> None:
    assert _fault(password) == "trade"
    assert _fault(f"{password} and the blue gate") == ""


def test_a_short_name_may_stand_in_a_word() -> None:
    assert _fault("politely asked", ("li",)) == ""


def test_the_accounts_of_the_demonstration_may_have_their_password() -> None:
    for account in list_demo_accounts("golden"):
        check_password(
            account.password, (account.person, account.name), {held.role for held in account.roles}
        )

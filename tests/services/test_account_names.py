"""An account is found in every typing of its name, and no second one differs in the typing alone, on both engines."""

import pytest

from graph.store import Store
from traceability.domain.errors import NotFound, WriteConflict
from traceability.services.directory.people import Person, add_person, find_account, put_person, set_password


def test_an_account_is_found_in_every_typing(store: Store) -> None:
    add_person(store, "Wang-Li", "王丽", "correct horse", ())
    with store.read() as reader:
        for typed in ("Wang-Li", "wang-li", "ＷＡＮＧ－ＬＩ", "wang—li", "wang-li\u200b"):
            found = find_account(reader, typed)
            assert found is not None
            assert found.id == "Wang-Li"
        assert find_account(reader, "wangli") is None
    with pytest.raises(WriteConflict):
        add_person(store, "wang-li", "another", "correct horse", ())
    set_password(store, "WANG-LI", "battery staple")
    with pytest.raises(NotFound):
        set_password(store, "wang", "battery staple")


def test_of_two_accounts_of_an_older_book_each_is_found_as_typed(store: Store) -> None:
    for id_ in ("wang", "Wang"):
        store.write(lambda writer, id_=id_: put_person(writer, Person(id_, id_, ())))  # type: ignore[misc]
    with store.read() as reader:
        assert [getattr(find_account(reader, typed), "id", None) for typed in ("wang", "Wang", "WANG")] == [
            "wang",
            "Wang",
            None,
        ]

"""A head that somebody wrote down proves that nothing before it was replaced."""

from pathlib import Path

import pytest

from graph.store import Store
from tests.support.golden import load_golden
from traceability.cli import FINDINGS, OK, USAGE, run
from traceability.services.upkeep.check import check_book


def test_a_book_continues_the_heads_that_it_had(store: Store) -> None:
    load_golden(store)
    with store.read() as reader:
        rows = reader.scan_events(0, 1000)
        head = reader.find_head()
    heads = [(row.seq, row.chain) for row in (rows[0], rows[40], rows[-1])]
    assert heads[-1] == (head.seq, head.chain)
    assert check_book(store, expected=heads).findings == []
    later = (head.seq + 1, head.chain)
    other = (rows[40].seq, rows[41].chain)
    found = check_book(store, expected=[later, other]).findings
    assert [(one.code, one.about, one.stored) for one in found] == [
        ("check.head_differs", str(later[0]), "None"),
        ("check.head_differs", str(other[0]), rows[40].chain),
    ]


@pytest.mark.parametrize(
    ("language", "words"), [("en", "The book's head is not"), ("zh", "账本末端与事先记下的不符")]
)
def test_the_command_line_tells(
    sqlite_store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str, words: str
) -> None:
    load_golden(sqlite_store)
    with sqlite_store.read() as reader:
        head = reader.find_head()
    asked = ["check", "--store", f"sqlite:///{tmp_path}/book.db", "--language", language, "--expect"]
    assert run([*asked, f"{head.seq}:{head.chain}"]) == OK
    assert f"{head.seq}:{head.chain}" in capsys.readouterr().out
    assert run([*asked, f"{head.seq}:{head.chain[::-1]}"]) == FINDINGS
    assert words in capsys.readouterr().out
    for wrong in (
        "",
        "5",
        f"x:{head.chain}",
        f"{head.seq}:{head.chain}0",
        f"²:{head.chain}",
        "-1:" + "0" * 64,
    ):
        assert run([*asked, wrong]) == USAGE, wrong

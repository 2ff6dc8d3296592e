"""A catalogue put into the folder is a language: every page, message and command speaks it, with no change in Python.

The catalogue is a pseudo-language: the English texts in brackets, under the code of Polish, which has three plural
forms and no names in the reference data. What is shown outside brackets must be data, a unit or a date.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from babel import Locale

from tests.locale.pseudo import copy_checkout, list_disguised, strip_disguised
from traceability.cli import COMMANDS
from traceability.exchange import seed
from traceability.locale import LANGUAGES, describe_languages, list_codes
from traceability.render.charts.tiles_svg import TILES

pytestmark = pytest.mark.slow

LANGUAGE = "pl"
THERE = (LANGUAGES[0], *sorted({*LANGUAGES[1:], LANGUAGE}))
HASH = re.compile(r"\b[0-9a-f]{16,}\b")
LABEL = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b")
SHORTENED = re.compile(r"[^\s（]*…")  # the drawing of a trace cuts what does not fit
WORD = re.compile(r"[^\W\d_]+")
CAPITALS = re.compile(
    "人民币[零壹贰叁肆伍陆柒捌玖拾佰仟万亿元角分整]+"
)  # an amount on a receipt, in every language
UNITS = {"CO", "kg", "kgce", "km", "kWh", "MWh", "mm", "m³", "t"}
# Languages of printers; words without a letter that the font of labels lacks.
OF_LABELS = {"ZPL", "Há", "árdóús"}
OF_FRAMES = {
    "x",
    "d",
    "N",
    "E",
    "O",
    "S",
    "ST",
    "GS",
    "WG",
    "D",
}  # what scales send, and the bits of their ports
OF_TEST_CODES = {"http", "localhost", "l", "example", "com", "ours", "TEST"}  # what scanners are tried with


class Checkout(NamedTuple):
    """A checkout with the language, and the folder of a book."""

    root: Path
    data: Path

    def run(self, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run Python there."""
        return subprocess.run(
            [sys.executable, *words],
            cwd=self.root,
            env={**os.environ, "PYTHONPATH": str(self.root), "COLUMNS": "400", **environ},
            capture_output=True,
            text=True,
            check=False,
        )

    def type(self, *words: str, **environ: str) -> str:
        """Return what a command line says on both channels."""
        done = self.run("-m", "traceability.cli", *words, **environ)
        return done.stdout + done.stderr


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    folder = tmp_path_factory.mktemp("language")
    made = Checkout(folder / "checkout", folder / "data")
    made.root.mkdir()
    made.data.mkdir()
    copy_checkout(made.root, LANGUAGE)
    return made


@pytest.fixture(scope="module")
def answers(checkout: Checkout) -> list[dict[str, Any]]:
    """Every answer of the walk; the last one tells what was not visited."""
    done = checkout.run("-m", "tests.locale.walk_pages", LANGUAGE, str(checkout.data))
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    # Guides are documents, which another language has not; how to trust a server is told in the language that is asked for.
    return [*(page for page in told[:-1] if not ELSEWISE.search(page["address"])), told[-1]]


ELSEWISE = re.compile(r"^/help|[?&]language=")


def test_every_page_is_shown(answers: list[dict[str, Any]]) -> None:
    *pages, rest = answers
    assert [page for page in pages if page["status"] >= 500] == []
    assert {page["tag"] for page in pages if page["tag"]} == {LANGUAGE}
    # The form of a record only leads on. A monthly report is a file that a command writes. Cards lead on to the page of what was scanned, the switch back to the page that it was on.
    # Files of the yard's app are loaded by its page alone, lots of lists are asked about by scripts. Delivery notes are walked by
    # the tests of labels; a server with its own authority alone sends it.
    assert rest["unvisited"] == [
        "book.find_record",
        "delivery_note.open_truck",
        "delivery_note.show",
        "delivery_note.show_file",
        "furnace.open_card",
        "lot_checks.check",
        "month_reports.send",
        "photos.show",
        "register.show_file",
        "scales.change",
        "scales.tell_reading",
        "scans.card",
        "session.choose_language",
        "static",
        "trust.send_authority",
    ]


def test_no_page_shows_the_code_of_a_message(answers: list[dict[str, Any]]) -> None:
    areas = {code.partition(".")[0] for code in list_codes("")}
    code = re.compile(rf"\b(?:{'|'.join(sorted(areas))})\.[a-z_]+\b")
    assert {found for page in answers[:-1] for text in page["texts"] for found in code.findall(text)} == set()


def test_all_words_on_pages_are_of_the_catalogue_or_data(answers: list[dict[str, Any]]) -> None:
    known = set(list_words_of_data()) | UNITS | OF_LABELS | OF_TEST_CODES | OF_FRAMES | {"everywhere"}
    known |= {"golden", "corrector", "polski"}  # an account of the scenario, and the language itself
    known |= set(Locale(LANGUAGE).months["format"]["abbreviated"].values())
    known |= {
        word
        for quarter in Locale(LANGUAGE).quarters["format"]["abbreviated"].values()
        for word in WORD.findall(quarter)
    }
    known |= {
        word for part in list_disguised() for word in WORD.findall(part)
    }  # which drawings break into lines
    known |= {tile.en for tile in TILES.values()}
    known |= {word for language in describe_languages() for word in WORD.findall(language.name)}
    strange = {
        (word, page["address"])
        for page in answers[:-1]
        for text in page["texts"]
        for word in WORD.findall(HASH.sub(" ", LABEL.sub(" ", SHORTENED.sub(" ", strip_disguised(text)))))
        if word not in known and not CAPITALS.fullmatch(word)
    }
    assert strange == set()


def test_refusals_are_said_in_the_language(answers: list[dict[str, Any]]) -> None:
    refused = [page for page in answers[:-1] if page["method"] == "POST" and page["status"] == 422]
    assert {page["address"] for page in refused} >= {"/collect", "/melt", "/ship", "/seal", "/api/v1/events"}
    assert [page["address"] for page in refused if not any("⟦" in text for text in page["texts"])] == []
    broken = [page["texts"] for page in refused if page["address"] == "/api/v1/events"]
    assert any("ís bóúñd tó áñóthér lót" in text for texts in broken for text in texts)


def test_every_command_has_its_help_in_the_language(checkout: Checkout) -> None:
    script = "import sys, json; from traceability.cli import run; [run(words) for words in json.loads(sys.argv[1])]"
    words = [["--language", LANGUAGE, *command, "--help"] for command in ([], *([name] for name in COMMANDS))]
    done = checkout.run("-c", script, json.dumps(words))
    assert done.stderr == ""
    assert done.stdout.count("⟦shów thís hélp") == len(words)
    assert f"[{'|'.join(THERE)}]" in done.stdout
    assert re.findall(r"\bcli\.[a-z_.]+", done.stdout) == []


def test_commands_answer_in_the_language_of_the_terminal(
    checkout: Checkout, answers: list[dict[str, Any]]
) -> None:
    store, terminal = ("--store", f"sqlite:///{checkout.data / 'book.db'}"), {"LC_ALL": "pl_PL.UTF-8"}
    assert "⟦Évéñts" in checkout.type("check", *store, **terminal)
    assert "⟦" in checkout.type("report", "--period", "2025", *store, **terminal)
    assert "⟦" in checkout.type("check", "--store", "sqlite:////nowhere/book.db", **terminal)
    unknown = checkout.type("check", *store, TRACEABILITY_LANGUAGE="fr", LC_ALL="pl_PL.UTF-8")
    assert ", ".join(THERE) in unknown


def test_reference_data_may_name_things_in_the_language(checkout: Checkout) -> None:
    folder, store = checkout.data / "own", f"sqlite:///{checkout.data / 'own.db'}"
    folder.mkdir()
    (folder / "regions.csv").write_text(
        "code,zh,en,pl\n430681,汨罗市,Miluo,Miluo (pow.)\n430600,岳阳市,Yueyang,\n"
    )
    (folder / "sites.toml").write_text(
        '[[site]]\nid = "north"\nzh = "北区"\nen = "North"\npl = "Północ"\nkinds = ["collection"]\n'
        'region = "430681"\nfirm = "north"\n'
    )
    assert "⟦" in checkout.type("seed", "--language", LANGUAGE, "--store", store, "--from", str(folder))
    script = (
        "import sys; from graph import open_store; from traceability.services.directory.reference import reference_in\n"
        "with open_store(sys.argv[1]).read() as reader: reference = reference_in(reader)\n"
        "for thing in (reference.sites['north'], reference.regions['430681'], reference.regions['430600']):\n"
        "    print(thing.name('pl'), thing.name('en'))"
    )
    done = checkout.run("-c", script, store)
    assert done.stdout.splitlines() == ["Północ North", "Miluo (pow.) Miluo", "岳阳市 Yueyang"], done.stderr


def list_words_of_data() -> Iterator[str]:
    """Every word of the reference data and of the scenario."""
    entries = [*seed.reference_entries(), *seed.scenario_entries("golden")]
    for value in ([(entry.id, entry.body) for entry in entries], seed.golden_drafts(), seed.golden_codes()):
        yield from words_within(value)
    yield from WORD.findall("wrong on the ticket")


def words_within(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield from WORD.findall(value)
    elif isinstance(value, dict):
        yield from words_within(list(value.values()))
    elif isinstance(value, Iterable):
        for part in value:
            yield from words_within(part)

"""The guides say what is there: their words stand on the pages, their addresses answer on the demo, their pictures exist."""

import re
from pathlib import Path

import pytest

from tests.support.demo import NOW_MS, DemoBook
from tests.support.markup import find_all
from tests.support.pages import enter_as
from tests.support.served_demo import make_demo_app
from traceability.locale.catalogues import load_catalogue

ROOT = Path(__file__).resolve().parents[3]
GUIDES = sorted((ROOT / "docs").glob("guide-*.md"))
READERS = {
    "planner": "sichuan-planner",
    "auditor": "auditor",
    "scanning": "miluo-yard-operator",
    "scales": "miluo-yard-supervisor",
    "yard": "miluo-yard-operator",
    "weighbridge": "miluo-yard-operator",
    "furnace": "miluo-al-supervisor",
}
HOME = "http://localhost:8000"
QUOTED = {"zh": re.compile("「([^」]+)」"), "en": re.compile(r"\*\*([^*]+)\*\*")}
LINK = re.compile(r"!?\[([^\]]+)\]\(([^)\s]+)\)")
MOST_BYTES = 120_000


def test_there_is_a_guide_for_each_reader_in_each_language_and_the_readme_links_it() -> None:
    names = {f"guide-{reader}.{language}.md" for reader in READERS for language in QUOTED}
    assert {guide.name for guide in GUIDES} == names
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert {name for name in names if f"(docs/{name})" not in readme} == set()


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_quoted_words_stand_on_the_pages(guide: Path) -> None:
    language = guide.suffixes[0][1:]
    known = {words for message in load_catalogue(language).messages.values() for words in message.forms}
    quoted = QUOTED[language].findall(LINK.sub(r"\1", guide.read_text(encoding="utf-8")))
    assert len(quoted) > 5
    assert [words for words in quoted if words not in known] == []


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_files_and_pictures_are_there(guide: Path) -> None:
    targets = [
        link for _, link in LINK.findall(guide.read_text(encoding="utf-8")) if not link.startswith("http")
    ]
    assert [link for link in targets if not (guide.parent / link).is_file()] == []
    pictures = [guide.parent / link for link in targets if link.endswith(".png")]
    assert len(pictures) >= 3
    assert [picture.name for picture in pictures if picture.stat().st_size > MOST_BYTES] == []


@pytest.mark.slow
def test_every_address_answers_on_the_demo(demo_book: DemoBook, tmp_path: Path) -> None:
    app = make_demo_app(demo_book.store, tmp_path)
    wrong = []
    for guide in GUIDES:
        client = app.test_client()
        enter_as(client, demo_book.store, READERS[guide.stem.split(".")[0].removeprefix("guide-")], NOW_MS)
        addresses = [
            link for _, link in LINK.findall(guide.read_text(encoding="utf-8")) if link.startswith(HOME)
        ]
        assert len(addresses) > 4
        for address in addresses:
            path = address.removeprefix(HOME)
            answer = client.get(path)
            headings = 0 if path == "/yard" else 1  # the app draws its own
            if answer.status_code != 200 or len(find_all(answer, "h1")) != headings:
                wrong.append(f"{guide.name}: {answer.status_code} of {address}")
    assert wrong == []

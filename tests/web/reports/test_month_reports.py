"""The reports of a month are written by a command, once for each state of the book, and sent to whom they are open."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import openpyxl
import pypdfium2
import pytest
from flask.testing import FlaskClient

from app import create_app
from graph import open_store
from graph.store import Store
from tests.support.golden import NOW_MS, load_golden
from tests.support.markup import find_all, words_of
from tests.support.pages import enter_as
from traceability.cli import run
from traceability.config import Settings
from traceability.domain.access import Assignment
from traceability.services.directory.people import Person, put_person


class Office(NamedTuple):
    """A book with its data folder."""

    store: Store
    url: str
    data: Path

    @property
    def folder(self) -> Path:
        return self.data / "reports"

    def sign_in(self, person: str) -> FlaskClient:
        app = create_app(Settings("", self.data, self.data, "k" * 40), self.store, lambda: NOW_MS)
        client = app.test_client()
        enter_as(client, self.store, person, NOW_MS)
        client.set_cookie("language", "en")
        return client


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    data = tmp_path_factory.mktemp("office")
    url = f"sqlite:///{data}/book.db"
    store = open_store(url)
    store.migrate()
    load_golden(store)
    for id_, role, scope in (("hunan", "planner", "43"), ("firm", "operator", "miluo")):
        store.write(partial(put_person, person=Person(id_, id_, (Assignment(role, scope),))))
    yield Office(store, url, data)
    store.close()


def test_reports_are_written_once_and_sent_to_whom_they_are_open(
    office: Office, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACEABILITY_DATA", str(office.data))
    words = ["report", "--monthly", "2025-03", "--store", office.url, "--language", "en", "--json"]
    assert "no monthly reports yet" in office.sign_in("auditor").get("/reports/monthly").text
    assert run(words) == 0
    written = json.loads(capsys.readouterr().out)["written"]
    assert {name.split("_")[0] for name in written} >= {"CN", "430000", "510000"}
    assert {path.name for path in office.folder.iterdir()} == set(written)

    assert run(words) == 0  # nothing has changed: the same bytes, so no further version
    assert json.loads(capsys.readouterr().out)["written"] == []
    lost = office.folder / "CN_2025-03_en_v1.pdf"
    whole = lost.read_bytes()
    lost.rename(lost.with_name(f".{lost.name}.4194305"))  # a process that cannot be: killed on the way
    assert run(words) == 0
    assert json.loads(capsys.readouterr().out)["written"] == [lost.name]
    assert lost.read_bytes() == whole
    assert {path.name for path in office.folder.iterdir()} == set(written)

    hunan = office.folder / "430000_2025-03_en_v1.xlsx"
    former = hunan.read_bytes()
    hunan.write_bytes(b"another state of the book")
    assert run([*words, "--region", "430000"]) == 0
    renewed = json.loads(capsys.readouterr().out)["written"]
    assert renewed == ["430000_2025-03_en_v2.xlsx", "430000_2025-03_en_v2.pdf"]
    assert hunan.read_bytes() == b"another state of the book"
    assert (office.folder / renewed[0]).read_bytes() == former

    book = openpyxl.load_workbook(office.folder / renewed[0])
    assert book.sheetnames[:2] == ["Targets", "Against last month and year"]
    assert {"By month", "Places within", "Figures"} <= set(book.sheetnames)
    assert sum(name.startswith("The whole and the rest") for name in book.sheetnames) == 1, (
        "no liquid metal here"
    )
    assert len(list(book["By month"].iter_rows(min_row=2))) == 12
    pages = pypdfium2.PdfDocument(office.folder / renewed[1])
    first = pages[0].get_textpage().get_text_range()
    assert "Hunan, Mar 2025: monthly report" in first
    assert "Finding Hunan, Mar 2025: recycled metal supply share (official ratio)" in " ".join(first.split())
    told = " ".join(page.get_textpage().get_text_range() for page in pages)
    assert "Miluo" not in told, "the nation's planner, who sees no site, is sent it too"

    (office.folder / "notes.txt").write_text("secret")
    (office.data / "430000_2025-03_en_v9.pdf").write_text("not in the folder")
    seen = {
        person: {
            link.rpartition("/")[2]
            for node in find_all(office.sign_in(person).get("/reports/monthly"), ".sheet a")
            if (link := node.attributes["href"] or "")
        }
        for person in ("auditor", "hunan", "firm")
    }
    assert seen["auditor"] == {*written, *renewed}
    assert {name[:2] for name in seen["hunan"]} == {"43", "CN"}
    assert seen["firm"] == set()
    for person, names in seen.items():
        client = office.sign_in(person)
        for name in (written[0], renewed[1], "510000_2025-03_en_v1.pdf"):
            answer = client.get(f"/reports/monthly/{name}", buffered=True)
            assert answer.status_code == (200 if name in names else 404), (person, name)
            if name in names:
                assert answer.data == (office.folder / name).read_bytes()
                assert answer.headers["Content-Disposition"] == f"attachment; filename={name}"
    auditor = office.sign_in("auditor")
    for name in (
        "notes.txt",
        "430000_2025-03_en_v9.pdf",
        "..%2fbook.db",
        "../book.db",
        "%2e%2e%2fbook.db",
        "x" * 300,
    ):
        assert auditor.get(f"/reports/monthly/{name}").status_code in (308, 404), name
    listed = auditor.get("/reports/monthly")
    assert "Monthly reports up to Mar 2025" in words_of(listed)
    named = [words_of(head) for head in find_all(listed, ".sheet tbody th[scope=row]")]
    assert named[0] == "China", "a row is named by its region"


def test_a_month_that_is_none_is_refused(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    for month in ("2025", "2025-13", "../2025-03"):
        words = ["report", "--monthly", month, "--store", office.url, "--language", "en"]
        assert run([*words, "--to", str(office.data / "elsewhere")]) != 0
        assert month[:7] in capsys.readouterr().err
    assert not (office.data / "elsewhere").exists()

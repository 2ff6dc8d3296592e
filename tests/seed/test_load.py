"""Loading the seed: once, again without a write, and never over what an administrator changed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any, cast

import pytest

from graph.store import Body, Document, Reader, Store, Writer
from tests.support.shipping import ship
from traceability.domain.errors import WriteConflict
from traceability.domain.target import PolicyTarget, target_in_force
from traceability.exchange import seed
from traceability.services.directory import people, reference
from traceability.services.directory.reference import ReferenceDocument, put_reference


class Papers:
    """Documents only, in memory: what loading asks of a store, and how often it writes."""

    def __init__(self) -> None:
        self.documents: dict[tuple[str, str], Document] = {}
        self.puts = 0

    @contextmanager
    def read(self) -> Iterator["Papers"]:
        yield self

    def write(self, work: Callable[[Any], Any]) -> Any:
        return work(self)

    def find_documents(self, kind: str, ids: list[str]) -> dict[str, Document]:
        return {id_: self.documents[kind, id_] for id_ in ids if (kind, id_) in self.documents}

    def list_documents(
        self, kind: str, group: str | None = None, after: str = "", limit: int = 40
    ) -> tuple[list[Document], str]:
        found = [
            document for (of, id_), document in sorted(self.documents.items()) if of == kind and id_ > after
        ]
        return found[:limit], found[limit - 1].id if len(found) > limit else ""

    def put_document(
        self, kind: str, doc_id: str, body: Body, expected_version: int | None = None, group: str = ""
    ) -> Document:
        last = self.documents.get((kind, doc_id))
        version = last.version if last else 0
        assert expected_version in (None, version)
        self.puts += 1
        self.documents[kind, doc_id] = document = Document(kind, doc_id, version + 1, group, body)
        return document


@pytest.fixture
def papers() -> Papers:
    papers = Papers()
    seed.load_reference(store_of(papers))
    seed.load_scenario(store_of(papers), "golden", hashed=lambda password: f"hash of {password}")
    return papers


def store_of(papers: Papers) -> Store:
    return cast("Store", papers)


def reader_of(papers: Papers) -> Reader:
    return cast("Reader", papers)


def test_a_second_start_writes_nothing(papers: Papers) -> None:
    before = papers.puts

    def refuse(password: str) -> str:
        raise AssertionError("nobody needs a new hash")

    assert seed.load_reference(store_of(papers)) == 0
    assert seed.load_scenario(store_of(papers), "golden", hashed=refuse) == 0
    assert papers.puts == before


def test_reference_is_read_as_rules_use_it(papers: Papers) -> None:
    known = reference.reference_in(reader_of(papers))
    assert known.sites["miluo"].region == "430681"
    assert known.sites["yongxing-lead"].licences[0].covers("900-052-31", "2025-01-09")
    assert known.materials["al99.70"].remelt_ingot
    assert known.materials["cathode"].refined
    assert len(known.ten_metals) == 10
    assert "road/new_energy" in known.clean_modes
    assert known.tolerances.transit_ppm == 3_000
    assert known.regions["430681"].name("zh") == "汨罗市"
    assert "900-052-31" in known.waste_codes
    assert known.version > 0


def test_reference_is_read_once_per_change(papers: Papers) -> None:
    first = reference.reference_in(reader_of(papers))
    assert reference.reference_in(reader_of(papers)) is first
    body = {
        "zh": "新址",
        "en": "New yard",
        "kinds": ["collection"],
        "region": "430681",
        "firm": "miluo-aluminium",
    }
    papers.write(lambda writer: put_reference(writer, [ReferenceDocument("site", "miluo-2", body, "430000")]))
    second = reference.reference_in(reader_of(papers))
    assert second.version == first.version + 1
    assert second.sites["miluo-2"].name("en") == "New yard"
    assert "miluo-2" not in first.sites


def test_two_stores_of_different_data_do_not_share_it(papers: Papers) -> None:
    other = Papers()
    seed.load_reference(store_of(other))
    assert "miluo" in reference.reference_in(reader_of(papers)).sites
    assert reference.reference_in(reader_of(other)).sites == {}
    assert reference.reference_in(reader_of(Papers())).materials == {}


def test_what_an_administrator_changed_stays(papers: Papers) -> None:
    body = {**papers.documents["material", "tense"].body, "fraction_ppm": 910_000}
    papers.write(lambda writer: put_reference(writer, [ReferenceDocument("material", "tense", body, "Al")]))
    assert seed.load_reference(store_of(papers)) == 0
    assert reference.reference_in(reader_of(papers)).materials["tense"].fraction_ppm == 910_000


def test_a_changed_file_is_loaded_again(papers: Papers, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = list(seed.reference_entries())
    place = next(number for number, entry in enumerate(entries) if entry.id == "tense")
    entries[place] = entries[place]._replace(body={**entries[place].body, "fraction_ppm": 920_000})
    ship(monkeypatch, entries)
    assert seed.load_reference(store_of(papers)) == 1
    assert reference.reference_in(reader_of(papers)).materials["tense"].fraction_ppm == 920_000


def test_people_have_dated_roles_at_their_sites_and_a_hash(papers: Papers) -> None:
    reader = reader_of(papers)
    person = people.find_person(reader, "miluo-operator")
    assert person is not None
    assert person.password == "hash of recycled-2025"
    assert people.roles_of(reader, "miluo-operator", "miluo", "430681", "2025-01-05") == ("operator",)
    assert people.roles_of(reader, "miluo-operator", "chengdu", "510100", "2025-01-05") == ()
    assert people.roles_of(reader, "miluo-operator", "miluo", "430681", "2023-12-31") == ()
    assert people.roles_of(reader, "planner", "chengdu", "510100", "2025-01-05") == ("planner",)


def test_targets_in_force(papers: Papers) -> None:
    targets = reference.targets_in(reader_of(papers))

    def in_force(
        region: str, indicator: str, year: int, metals: tuple[str, ...] | None = None
    ) -> PolicyTarget | None:
        return target_in_force(targets, region, indicator, metals, year)

    share = in_force("510000", "supply_share_official", 2025)
    assert share is not None
    assert [share.is_met(Fraction(figure, 100)) for figure in (24, 23)] == [True, False]
    assert share.is_met(None) is None
    assert in_force("510000", "supply_share_official", 2024) is None
    assert in_force("520000", "supply_share_official", 2025) is None
    direction = in_force("360000", "supply_share_official", 2025)
    assert direction is not None
    assert direction.is_met(Fraction(1)) is None
    power = [in_force("CN", "renewable_power", year) for year in (2025, 2029, 2030)]
    assert [target.value for target in power if target] == [Fraction(1, 4), Fraction(1, 4), Fraction(3, 10)]
    smelting = in_force("CN", "benchmark_capacity", 2025, ("Cu", "Pb", "Zn"))
    assert smelting is not None
    assert smelting.value == Fraction(1, 2)


def test_factor_sets_are_exact(papers: Papers) -> None:
    newest = reference.factor_sets_in(reader_of(papers))[-1]
    assert newest.version == "2025.2"
    assert newest.metals["Al"].primary == Fraction(151, 10)
    assert newest.metals["Al"].recycled == Fraction(6, 10)
    assert newest.metals["Al"].verified == ("primary",)
    sichuan = newest.find_grid("510800", "2025-01")
    assert sichuan is not None
    assert (sichuan.region, sichuan.kg_per_kwh) == ("510000", Fraction(1404, 10_000))


def test_a_factor_set_keeps_its_numbers() -> None:
    """Figures name the version that they were computed by; other numbers need another version."""
    papers = Papers()
    seed.load_reference(store_of(papers))
    body = papers.documents["factors", "2025.2"].body
    other = {**body, "power_kgce": "0.1230"}
    with pytest.raises(WriteConflict) as refused:
        seed.load_own(store_of(papers), [ReferenceDocument("factors", "2025.2", other)])
    assert refused.value.code == "seed.factor_set_changed"
    assert papers.documents["factors", "2025.2"].body == body
    seed.load_own(store_of(papers), [ReferenceDocument("factors", "2026.1", other)])
    assert reference.factor_sets_in(reader_of(papers))[-1].power_kgce == Fraction("0.123")


def test_put_reference_takes_only_its_own_kinds(papers: Papers) -> None:
    with pytest.raises(AssertionError):
        put_reference(cast("Writer", papers), [ReferenceDocument("person", "x", {})])

"""The book at a record is the book that ended there: every figure of it, and what changed it since."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from graph import open_store
from graph.store import Reader, Store
from tests.support.engines import ENGINES
from tests.support.golden import NOW_MS, Golden
from traceability.domain.access import Assignment
from traceability.domain.errors import BadInput, NotAllowed, NotFound
from traceability.domain.indicators import INDICATORS, LedgerTerms
from traceability.domain.period import parse_period
from traceability.domain.rights import Viewer, find_viewer
from traceability.exchange.seed import golden_drafts, load_reference, load_scenario
from traceability.services.directory.people import Person, put_person
from traceability.services.directory.reference import reference_in
from traceability.services.recording.capture import Receipt, capture_event
from traceability.services.recording.judge import Deliverer
from traceability.services.reporting.behind import past_book
from traceability.services.reporting.behind.changes import find_change
from traceability.services.reporting.behind.drill_down import FigureAddress, figure_table, open_figure
from traceability.services.reporting.behind.past_book import open_past_book
from traceability.services.reporting.figures.report import report_for
from traceability.services.reporting.scope import Level, MonthView
from traceability.wire import load_draft

QUARTER = parse_period("2025-Q1")
PLACES: tuple[tuple[Level, str, MonthView], ...] = (
    ("nation", "CN", "book"), ("prefecture", "430600", "event"), ("site", "guiyang", "book"),
)  # fmt: skip
SAMPLED = (7, 22, 44, 92)
"""Records of the scenario after which its figures are remembered, beside each one that is added to it."""

Figures = dict[tuple[Any, ...], Any]


def read_figures(reader: Reader, at: int = 0) -> Figures:
    """Return every figure of some places, of the book now or at a record."""
    told: Figures = {}
    for level, code, view in PLACES:
        book = open_past_book(reader, (f"{level}:{code}",), at, NOW_MS)[0] if at else reader
        report = report_for(book, level, code, QUARTER, view=view, now_ms=NOW_MS)
        for id_, figure in report.total.figures.items():
            told[code, id_] = (figure.value, figure.numerator, figure.denominator, figure.since)
        told[code, "seq"] = (report.seq, report.recorded_ms)
    return told


def add_to(golden: Golden) -> Iterator[Receipt]:
    """Record, one after another, what makes a book differ from what it was."""

    def send(number: int, **body: Any) -> Receipt:
        receipt = golden.send(
            {"schema": 1, "id": f"01970000-0000-7000-8000-0000000f{number:04x}", "actor": "golden-corrector"}
            | body
        )
        assert receipt.error is None, receipt.error
        return receipt

    def power(kwh: int) -> dict[str, Any]:
        draft = next(draft for draft in golden_drafts() if draft["kind"] == "declare")
        return {**draft, "kwh": kwh, "renewable_kwh": 100_000}

    yield send(
        1,
        kind="declare",
        site="guiyang",
        event_time="2025-02-06T10:00:00+08:00",
        type="no_fuel",
        period="2025-01",
    )
    yield send(2, kind="seal", site="guiyang", event_time="2025-02-10T09:00:00+08:00", month="2025-01")
    yield send(3, kind="seal", site="miluo", event_time="2025-04-02T09:00:00+08:00", month="2025-02")
    declared = power(0)["id"]
    yield golden.correct({"event": declared, "draft": power(1_500_000)})
    yield golden.correct({"event": golden.event("collect-L10")}, cascade=True)
    late = golden.draft("collect-L02")
    outputs = [{**output, "lot": None, "code": None} for output in late["outputs"]]
    yield send(4, **{key: late[key] for key in late if key not in ("id", "ticket", "outputs", "actor", "schema")},
               ticket="LATE-1", outputs=outputs)  # fmt: skip
    yield golden.correct({"event": declared})
    statistic = next(
        draft for draft in golden_drafts()
        if draft.get("region") == "520000" and draft.get("period") == "2025-03" and "indicator" not in draft
    )  # fmt: skip
    for number, target in enumerate(({"draft": {**statistic, "output_g": 90_000_000}}, {}), 5):
        yield send(
            number, kind="correct", site="guizhou-authority", actor="guizhou-planner", reason="restated",
            event_time="2026-01-20T10:00:00+08:00", targets=[{"event": statistic["id"], **target}], cascade=False,
        )  # fmt: skip


@pytest.fixture(scope="module", params=ENGINES)
def remembered(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Golden, Mapping[int, Figures]]]:
    """The scenario, sealed, corrected and added to late, with its figures as they were after some records."""
    url = f"sqlite:///{tmp_path_factory.mktemp('past')}/golden.db"
    if request.param == "neo4j":
        server = request.getfixturevalue("_worker_neo4j_server")
        server.wipe()
        url = server.url
    store = open_store(url)
    store.migrate()
    load_reference(store)
    load_scenario(store, "golden", lambda password: "")
    corrector = Person("golden-corrector", "golden-corrector", (Assignment("supervisor", "*"),))
    store.write(lambda writer: put_person(writer, corrector))
    golden, stages = Golden(store), {}
    for seq, draft in enumerate(golden_drafts(), 1):
        capture_event(store, load_draft(draft), Deliverer("load"), NOW_MS)
        if seq in SAMPLED:
            stages[seq] = look(store)
    stages[seq] = look(store)
    for _ in add_to(golden):
        seq += 1
        stages[seq] = look(store)
    yield golden, stages
    store.close()


def look(store: Store) -> Figures:
    """Return the figures of the book as it is."""
    with store.read() as reader:
        return read_figures(reader)


def test_the_book_at_each_record_is_the_book_as_it_stood(
    remembered: tuple[Golden, Mapping[int, Figures]],
) -> None:
    golden, stages = remembered
    with golden.store.read() as reader:
        assert reader.find_head().seq == max(stages)
        for seq, stood in stages.items():
            told = read_figures(reader, seq)
            assert {key: (told.get(key), one) for key, one in stood.items() if told.get(key) != one} == {}, (
                seq
            )
    changed = {
        key[-1] for seq, stood in stages.items() if seq + 1 in stages
        for key, one in stood.items() if stages[seq + 1].get(key) != one
    }  # fmt: skip
    assert {
        "recycled_output",
        "supply_share",
        "renewable_power",
        "evidence",
        "supply_share_official",
    } <= changed


def auditor_of(reader: Reader, *roles: Assignment) -> Viewer:
    """Return who audits everything, or has some roles."""
    return find_viewer(roles or [Assignment("auditor", "*")], reference_in(reader).gazetteer, "2026-01-20")


def test_what_changed_a_figure_adds_up_to_the_difference(
    remembered: tuple[Golden, Mapping[int, Figures]],
) -> None:
    golden, stages = remembered
    listed = 0
    with golden.store.read() as reader:
        viewer = auditor_of(reader)
        for seq in (7, 22, max(stages) - 5, max(stages)):
            for id_ in ("recycled_output", "supply_share", "collected", "open_liquid_end", "renewable_power"):
                address = FigureAddress("nation", "CN", id_, QUARTER, at=seq)
                then = open_figure(reader, viewer, address, NOW_MS).figure
                change = find_change(reader, viewer, address, then, NOW_MS)
                assert all(cause.event.seq > seq for cause in change.causes)
                if isinstance(INDICATORS[id_].source, LedgerTerms):
                    added = sum(cause.numerator for cause in change.causes) + change.rest[0]
                    assert (then.numerator or 0) + added == (change.now.numerator or 0), (seq, id_)
                    listed += len(change.causes)
                if seq == max(stages):
                    assert then == change.now
                    assert not change.causes
        power = FigureAddress("site", "guiyang", "renewable_power", QUARTER, at=44)
        then = open_figure(reader, viewer, power, NOW_MS).figure
        (declared,) = find_change(reader, viewer, power, then, NOW_MS).declared
        assert (declared.seq, declared.live, then.value) == (
            44,
            False,
            INDICATORS["renewable_power"].value(1, 5),
        )
    assert listed > 10


def test_a_figure_opens_to_the_postings_that_were_booked_by_then(
    remembered: tuple[Golden, Mapping[int, Figures]],
) -> None:
    golden, stages = remembered
    seq = max(stages) - 5  # before the late entry
    for at in (seq, max(stages)):
        address = FigureAddress("province", "430000", "collected", QUARTER, at=at)
        with golden.store.read() as reader:
            viewer = auditor_of(reader)
            opened = open_figure(reader, viewer, address, NOW_MS, limit=1000)
        assert opened.seq == opened.whole_seq == at
        assert sum(line.numerator for line in opened.lines) == opened.figure.numerator
        rows = list(figure_table(golden.store, viewer, address, NOW_MS).rows)
        assert sum(int(str(row[11])) for row in rows) == opened.figure.numerator
        assert max(int(str(row[2])) for row in rows) <= at


def test_what_cannot_be_told_is_refused(
    remembered: tuple[Golden, Mapping[int, Figures]], monkeypatch: pytest.MonkeyPatch
) -> None:
    golden, stages = remembered
    with golden.store.read() as reader:
        auditor, firm = auditor_of(reader), auditor_of(reader, Assignment("operator", "miluo"))
        for at in (max(stages) + 1, 10**12):
            with pytest.raises(NotFound):
                open_figure(
                    reader, auditor, FigureAddress("nation", "CN", "collected", QUARTER, at=at), NOW_MS
                )
        with pytest.raises(NotAllowed):
            open_figure(reader, firm, FigureAddress("province", "430000", "collected", QUARTER, at=9), NOW_MS)
        own = FigureAddress("site", "miluo", "collected", QUARTER, at=max(stages))
        assert open_figure(reader, firm, own, NOW_MS).figure.value is not None
        monkeypatch.setattr(past_book, "MOST_POSTINGS", 3)
        with pytest.raises(BadInput):
            open_figure(reader, auditor, FigureAddress("nation", "CN", "collected", QUARTER, at=50), NOW_MS)

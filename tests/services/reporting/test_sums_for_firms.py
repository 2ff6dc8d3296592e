"""What a firm is told of regions tells nothing of fewer than three other firms, however it is put together."""

import random
import tempfile
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from graph import open_store
from graph.store import Store
from tests.support.business import Business, open_business
from tests.support.reading import ask
from tests.support.reporting import written
from traceability.domain.access import Assignment
from traceability.domain.errors import NotAllowed, NotFound
from traceability.domain.period import parse_period
from traceability.domain.rights import Viewer, find_viewer
from traceability.services.directory import people
from traceability.services.directory.reference import ReferenceDocument, put_reference, reference_in
from traceability.services.reporting.behind.drill_down import (
    FigureAddress,
    OthersSum,
    figure_table,
    open_figure,
)
from traceability.services.reporting.figures.report import Figure, RegionalReport, report_for
from traceability.services.reporting.overviews.targets import read_target_overview

NOW_MS = parse_period("2026-02").start_ms
FIRMS = ("own", "a", "b", "c", "d")
COUNTIES = ("430681", "430602", "430124", "510112")
CHAIN: tuple[tuple[Any, str], ...] = (
    ("county", "430681"), ("prefecture", "430600"), ("province", "430000"), ("nation", "CN"),
)  # fmt: skip
GRADES = {"tense": "Al", "bare-bright": "Cu"}
QUARTER = ("2025-01", "2025-02", "2025-03", "2025-Q1", "2025")


def settle(store: Store, sites: dict[str, tuple[str, str]]) -> Business:
    """Open a book with sites of a county and a firm each."""
    open_business(store)
    documents = [
        ReferenceDocument("site", id_, {
            "zh": id_, "en": id_, "kinds": ["collection", "smelter"], "region": county, "firm": firm, "licences": [],
        })
        for id_, (county, firm) in sites.items()
    ]  # fmt: skip
    store.write(lambda writer: put_reference(writer, documents))
    here = Business(store, now_ms=NOW_MS)
    roles = [Assignment("operator", site) for site in sites]
    store.write(lambda writer: people.put_person(writer, people.Person("keeper", "keeper", tuple(roles))))
    return here


def viewer_of(store: Store, *roles: tuple[str, str]) -> Viewer:
    with store.read() as reader:
        held = [Assignment(role, scope) for role, scope in roles]
        return find_viewer(held, reference_in(reader).gazetteer, "2026-02-01")


def collect(
    here: Business, site: str, month: str, grams: int, *, online: bool = False, grade: str = "tense"
) -> None:
    here.tickets += 1
    here.do(
        "collect", site, f"{month}-10T08:00:00", actor="keeper", supplier="zhang", source_class="post", ticket=f"T{here.tickets}",
        channel="online" if online else "offline", outputs=[{"form": "scrap", "material": grade, "mass_g": grams}],
    )  # fmt: skip


def report_of(
    store: Store, viewer: Viewer, place: tuple[Any, str], period: str, **more: Any
) -> RegionalReport:
    return ask(
        store, report_for, *place, parse_period(period), now_ms=NOW_MS, viewer=viewer, evidence=False, **more
    )


def figure_of(store: Store, viewer: Viewer, place: tuple[Any, str], period: str, **more: Any) -> Figure:
    """Return what was collected; figures are made while the view of the book is open."""
    with store.read() as reader:
        report = report_for(
            reader, *place, parse_period(period), now_ms=NOW_MS, viewer=viewer, evidence=False, **more
        )
        return report.total.figures["collected"]


@pytest.fixture
def four(store: Store) -> Business:
    """The own yard and one of each of four firms in its county; in February two of them do nothing."""
    here = settle(store, {firm: ("430681", firm) for firm in FIRMS})
    for firm in FIRMS:
        collect(here, firm, "2025-01", 100_000)
    for firm in ("own", "a", "b"):
        collect(here, firm, "2025-02", 100_000)
    for firm in FIRMS[1:]:
        collect(here, firm, "2025-03", 200_000)
    return here


def test_a_month_of_two_others_is_withheld_with_one_more(four: Business) -> None:
    viewer = viewer_of(four.store, ("operator", "own"))
    assert viewer.is_firm
    told = {period: figure_of(four.store, viewer, CHAIN[0], period) for period in QUARTER}
    assert {period: figure.withheld for period, figure in told.items()} == {
        "2025-01": "fewer_than_three", "2025-02": "fewer_than_three", "2025-03": "", "2025-Q1": "", "2025": "",
    }  # fmt: skip
    assert (told["2025-03"].numerator, told["2025-Q1"].numerator) == (800_000, 1_600_000)
    hidden = told["2025-02"]
    assert (hidden.value, hidden.numerator, hidden.denominator, hidden.verdict, hidden.gap) == (None,) * 5
    assert (hidden.coverage, hidden.since, hidden.inputs.events) == ((), None, ())


def test_the_rest_beside_the_own_rows_is_one_sum(four: Business) -> None:
    viewer = viewer_of(four.store, ("operator", "own"))
    address = FigureAddress("county", "430681", "collected", parse_period("2025-Q1"))
    opened = ask(four.store, open_figure, viewer, address, NOW_MS)
    assert {line.line.posting.row.site for line in opened.lines} == {"own"}
    assert sum(line.numerator for line in opened.lines) == 200_000
    assert opened.others == OthersSum(1_400_000, None)
    *_, last = written(figure_table(four.store, viewer, address, NOW_MS))
    assert (last[3], last[11]) == ("others", "1400000")
    february = FigureAddress("county", "430681", "collected", parse_period("2025-02"))
    hidden = ask(four.store, open_figure, viewer, february, NOW_MS)
    assert [line.numerator for line in hidden.lines] == [100_000]
    assert hidden.others == OthersSum(None, None, "fewer_than_three")
    *_, last = written(figure_table(four.store, viewer, february, NOW_MS))
    assert (last[3], last[11]) == ("少于三家企业 · fewer than three firms", "")


def test_months_of_a_direction_are_told_to_who_sees_them_all(four: Business) -> None:
    """Where a quarter is shown to a firm, its months need not be: February is of two others alone."""
    direction = {"region": "430000", "indicator": "collected", "metals": [], "method": "", "year": 2025,
                 "operator": ">=", "value": None, "document": "P", "note": ""}  # fmt: skip
    target = ReferenceDocument("target", "more", direction)
    four.store.write(lambda writer: put_reference(writer, [target]))
    told = {}
    for role in (("operator", "own"), ("planner", "43")):
        viewer = viewer_of(four.store, role)
        overview = ask(
            four.store, read_target_overview, viewer, "nation", "CN", parse_period("2025-Q1"), "book", NOW_MS
        )
        told[role] = [
            (bool(one.figure and one.figure.value is not None), any(one.months))
            for one in overview.directions
            if one.target.indicator == "collected"
        ]
    assert told == {("operator", "own"): [(True, False)], ("planner", "43"): [(True, True)]}


def test_who_plans_has_sums_and_rows_of_the_own_region(four: Business) -> None:
    address = FigureAddress("nation", "CN", "collected", parse_period("2025-02"))
    for roles, rows, others in (
        (("planner", "*"), 0, OthersSum(300_000, None)),
        (("planner", "43"), 3, OthersSum(0, None)),
        (("auditor", "*"), 3, None),
    ):
        opened = ask(four.store, open_figure, viewer_of(four.store, roles), address, NOW_MS)
        assert (opened.figure.numerator, len(opened.lines), opened.others) == (300_000, rows, others)


def test_other_regions_and_views_are_closed_to_a_firm(four: Business) -> None:
    viewer = viewer_of(four.store, ("operator", "own"))
    closed: tuple[tuple[Any, str], ...] = (
        ("province", "510000"), ("county", "430602"), ("prefecture", "439900"), ("base", "nowhere"),
        ("group", "430000,510000"),
    )  # fmt: skip
    for place in closed:
        with pytest.raises(NotAllowed):
            report_of(four.store, viewer, place, "2025")
    for site in ("a", "nobody"):
        with pytest.raises(NotFound):
            report_of(four.store, viewer, ("site", site), "2025")
    assert figure_of(four.store, viewer, CHAIN[0], "2025", view="event").withheld == "by_event_month"
    assert figure_of(four.store, viewer, ("site", "own"), "2025", view="event").numerator == 200_000
    collect(four, "a", "2026-01", 100_000)
    with four.store.read() as reader:
        running = report_for(
            reader,
            "county",
            "430681",
            parse_period("2026"),
            now_ms=parse_period("2026-01").start_ms,
            viewer=viewer,
        ).total.figures["collected"]
    assert running.withheld == "not_over"


def test_what_is_declared_is_shown_for_whole_years_from_the_inside_out(store: Store) -> None:
    """In the county two others declared lines, in the prefecture a third: the rest of it alone would be theirs."""
    here = settle(store, {firm: ("430681", firm) for firm in ("own", "a", "b")} | {"c": ("430602", "c")})
    for site in ("own", "a", "b", "c"):
        figures = {"line": "1", "metal": "Cu", "capacity_g": 1_000_000_000, "level": "benchmark"}
        here.do("declare", site, "2025-03-01T08:00:00", actor="keeper", type="line", period="2025", **figures)
    viewer = viewer_of(store, ("operator", "own"))

    def reason(place: tuple[Any, str], period: str, metals: tuple[str, ...] = ()) -> str:
        with store.read() as reader:
            report = report_for(
                reader, *place, parse_period(period), metals, now_ms=NOW_MS, viewer=viewer, evidence=False
            )
            figure = report.total.figures["benchmark_capacity"]
            assert (figure.numerator is None) == bool(figure.withheld)
            return figure.withheld

    assert reason(CHAIN[0], "2025") == "fewer_than_three"
    assert reason(CHAIN[1], "2025") == "", "three others, and the county within it is not shown"
    assert reason(CHAIN[2], "2025") == "", "it adds nothing"
    assert reason(CHAIN[1], "2025-Q2") == reason(CHAIN[1], "2025", ("Cu",)) == "part_of_year"
    address = FigureAddress("prefecture", "430600", "benchmark_capacity", parse_period("2025"))
    opened = ask(store, open_figure, viewer, address, NOW_MS)
    assert [behind.event.draft.site for behind in opened.declarations] == ["own"]
    assert opened.others == OthersSum(3_000_000_000, 3_000_000_000)


# --- nothing that is computed from what is shown isolates fewer than three others ---------------


class Row(NamedTuple):
    """What a firm collected in a county, month, metal and channel: one unknown of the attack."""

    firm: str
    county: str
    month: str
    metal: str
    online: bool
    grams: int


def trade(here: Business, chance: random.Random) -> list[Row]:
    rows: dict[tuple[str, str, str, str, bool], int] = {}
    for _ in range(chance.randint(12, 36)):
        firm = chance.choice(FIRMS)
        county = COUNTIES[0] if firm == "own" else chance.choice((COUNTIES[0], *COUNTIES))
        month, grade, online = (
            chance.choice(QUARTER[:3]),
            chance.choice((*GRADES, "tense")),
            chance.random() < 0.4,
        )
        grams = chance.choice((100_000, 150_000, 200_000, 200_000, 200_000, 4_000_000))
        collect(here, f"{firm}-{county}", month, grams, online=online, grade=grade)
        key = (firm, county, month, GRADES[grade], online)
        rows[key] = rows.get(key, 0) + grams
    return [Row(*key, grams) for key, grams in rows.items()]


def holds(place: tuple[str, str], county: str) -> bool:
    digits = {"county": 6, "prefecture": 4, "province": 2, "nation": 0}[place[0]]
    return county[:digits] == place[1][:digits]


def ask_everything(store: Store, viewer: Viewer, rows: list[Row]) -> list[tuple[Row, ...]]:
    """Return the rows in each number that is shown, of every region, period and choice of metals."""
    shown: list[tuple[Row, ...]] = []

    def see(figure: Figure, place: tuple[str, str], period: str, metals: tuple[str, ...]) -> None:
        months = parse_period(period)
        inside = [
            row
            for row in rows
            if holds(place, row.county) and months.contains(row.month) and (not metals or row.metal in metals)
        ]
        if figure.withheld:
            assert figure.value is figure.numerator is figure.denominator is None
            return
        online = {"collected": None, "online_share": True, "offline_share": False}[figure.indicator]
        over = [row for row in inside if online is None or row.online is online]
        assert (figure.numerator or 0) == sum(row.grams for row in over)
        shown.append(tuple(over))
        if figure.denominator is not None:
            assert figure.denominator == sum(row.grams for row in inside)
            shown.append(tuple(inside))

    for place in CHAIN:
        for period in QUARTER:
            for metals in ((), ("Al",), ("Cu",)):
                with store.read() as reader:
                    report = report_for(
                        reader,
                        *place,
                        parse_period(period),
                        metals,
                        now_ms=NOW_MS,
                        viewer=viewer,
                        evidence=False,
                    )
                    for id_ in ("collected", "online_share", "offline_share"):
                        see(report.total.figures[id_], place, period, metals)
    return shown


def find_isolated(shown: list[tuple[Row, ...]], rows: list[Row]) -> tuple[str, ...]:
    """Return one or two other firms of which some sum follows from what is shown; () where none does.

    Everything that follows is a combination of shown numbers. Own rows are known. A combination isolates
    firms where the rows of all others cancel out of it and theirs do not.
    """
    others = [row for row in rows if row.firm != "own"]
    for count in (1, 2):
        for firms in combinations(FIRMS[1:], count):
            first = [row for row in others if row.firm not in firms]
            order = first + [row for row in others if row.firm in firms]
            basis: list[list[Fraction]] = []
            for numbers in shown:
                left = [Fraction(row in numbers) for row in order]
                for known in basis:
                    pivot = next(index for index, value in enumerate(known) if value)
                    left = [value - left[pivot] * old for value, old in zip(left, known, strict=True)]
                if any(left):
                    pivot = next(index for index, value in enumerate(left) if value)
                    basis.append([value / left[pivot] for value in left])
                    if pivot >= len(first):
                        return firms
    return ()


def attack(store: Store, seed: int) -> int:
    """Trade at random, ask everything, and return how many numbers were shown that hold rows of others."""
    sites = {f"{firm}-{county}": (county, firm) for firm in FIRMS for county in COUNTIES}
    here = settle(store, sites)
    rows = trade(here, random.Random(seed))
    viewer = viewer_of(store, ("operator", f"own-{COUNTIES[0]}"))
    own = {site for site, relation in viewer.relations.items() if relation == "own"}
    assert own == {site for site, (_, firm) in sites.items() if firm == "own"}
    shown = ask_everything(store, viewer, rows)
    assert find_isolated(shown, rows) == (), (seed, rows)
    return sum(any(row.firm != "own" for row in numbers) for numbers in shown)


@pytest.mark.slow
def test_nothing_computed_from_shown_figures_isolates_fewer_than_three_others() -> None:
    told = 0
    for seed in range(8):
        with tempfile.TemporaryDirectory() as folder:
            store = open_store(f"sqlite:///{Path(folder) / 'book.db'}")
            store.migrate()
            try:
                told += attack(store, seed)
            finally:
                store.close()
    assert told > 20, "not everything is withheld"


def test_nothing_shown_isolates_fewer_than_three_others_on_either_engine(store: Store) -> None:
    attack(store, 1)

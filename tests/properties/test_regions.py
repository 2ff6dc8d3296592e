"""Whatever merges, moves, is renamed or gets another parent, and whenever: the parts of every region sum to it, at every
level, in both views of months, and a figure takes nothing of its past with it.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from graph.store import Store
from tests.support.business import PLANNERS, Business, open_business
from tests.support.neo4j_server import Neo4jServer
from tests.support.reading import ask
from tests.support.regions import check_parts, move_site, put_regions
from tests.support.stores import OpenEmpty, assert_equal_to_a_rebuild, empty_sqlite_store, run_on_neo4j
from traceability.domain.errors import EventRejected
from traceability.domain.period import parse_period
from traceability.services.directory.reference import reference_in
from traceability.services.reporting.figures.report import regional_report

PLANTS = ("plant", "chengdu", "guiyang")
COUNTIES = ("430681", "430602", "430124", "510112", "520102")
PREFECTURES = ("430600", "430100", "510100", "520100")
MONTHS = tuple(f"2025-{number:02d}" for number in range(1, 7))
PERIODS = ("2025", "2025-04", "2026-01")
BASES = ("", "miluo-park")
SHARE = "supply_share_official"


class History:
    """A book over half a year whose regions and sites change between its records; refusals are part of it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        open_business(store)
        self.here = Business(store)
        self.moves: dict[str, list[tuple[str, str, str]]] = {}
        self.events: list[str] = []
        self.stated: set[tuple[str, str]] = set()
        self.changes = 0

    def attempt(self, kind: str, site: str, **fields: Any) -> list[str]:
        """Record the draft, or be refused; return the lots it made."""
        try:
            made = self.here.do(kind, site, **fields)
        except EventRejected:
            return []
        self.events.append(self.here.last_event())
        return made

    def heat(self, site: str, month: str, grams: int) -> None:
        """Collect scrap and melt it within a month; record it now, however late that is."""
        self.here.tickets += 1
        scrap = {"form": "scrap", "material": "tutu", "mass_g": grams}
        load = {"supplier": "zhang", "source_class": "post", "channel": "offline", "outputs": [scrap]}
        ticket = f"T{self.here.tickets}"
        lots = self.attempt("collect", site, at=f"{month}-05T08:00:00", ticket=ticket, **load)
        product = {"form": "product", "material": "6063", "mass_g": max(grams * 9 // 10, 1)}
        self.attempt(
            "melt", site, at=f"{month}-10T08:00:00", heat_number=ticket, inputs=[{"lot": lot} for lot in lots],
            outputs=[product],
        )  # fmt: skip

    def tap(self, site: str, month: str, grams: int, part: int) -> None:
        """Tap liquid in a month, and melt a part of it in the next one."""
        liquid = {"form": "molten_primary", "material": "liquid-al", "mass_g": grams}
        for lot in self.attempt("produce_primary", site, at=f"{month}-20T08:00:00", outputs=[liquid]):
            mass = max(grams * part // 100, 1)
            later = MONTHS[min(MONTHS.index(month) + 1, len(MONTHS) - 1)]
            self.attempt(
                "melt", site, at=f"{later}-21T08:00:00", heat_number=f"L{self.here.number}",
                inputs=[{"lot": lot, "mass_g": mass}],
                outputs=[{"form": "product", "material": "1050", "mass_g": mass}],
            )  # fmt: skip

    def void(self, pick: int) -> None:
        """Void an event, and everything after it."""
        if self.events:
            event = self.events[pick % len(self.events)]
            self.attempt("correct", "plant", targets=[{"event": event}], cascade=True, reason="mistake")

    def seal(self, site: str, month: str) -> None:
        """Seal a month of a site."""
        self.attempt("seal", site, at="2025-12-31T08:00:00", month=month)

    def state(self, region: str, period: str, grams: int) -> None:
        """State the ten-metal output of a region, by its authority."""
        ten_metals = sorted(ask(self.store, reference_in).ten_metals)
        body = self.here.statistic(region, period, metals=ten_metals, output_g=grams)
        try:
            self.here.send(body)
        except EventRejected:
            return
        self.stated.add((region, period))

    def move(self, site: str, month: str, region: str, base: str) -> None:
        """Let a site be elsewhere from a month on."""
        if base and region != "430681":
            base = ""
        others = [one for one in self.moves.get(site, []) if one[0] != month]
        self.moves[site] = sorted([*others, (month, region, base)])
        move_site(self.store, site, *self.moves[site])

    def change(self, code: str, month: str, following: dict[str, str]) -> None:
        """End a region's row before a month, and let another row follow or successors take its place."""
        if any(row["code"] == code and row.get("until") for row in self._rows()):
            return
        self.changes += 1
        name = f"R{self.changes}"
        number = MONTHS.index(month)
        last = MONTHS[number - 1] if number else "2024-12"
        successors = {"successors": following["successors"]} if "successors" in following else {}
        rows = [{"code": code, "zh": code, "en": code, "until": last, **successors}]
        if not successors:
            rows.append({"code": code, "zh": name, "en": name, "from": month, **following})
        put_regions(self.store, *rows)

    def merge(self, code: str, into: str, month: str) -> None:
        """Let a region become part of another of its level; never in a circle."""
        ended = {row["code"] for row in self._rows() if row.get("successors")}
        if code != into and into not in ended and code.endswith("00") == into.endswith("00"):
            self.change(code, month, {"successors": into})

    def rename(self, code: str, month: str) -> None:
        """Let a region have another name from a month on."""
        self.change(code, month, {})

    def adopt(self, code: str, parent: str, month: str) -> None:
        """Let a county be part of another prefecture from a month on."""
        self.change(code, month, {"parent": parent})

    def _rows(self) -> list[dict[str, Any]]:
        with self.store.read() as reader:
            known = reader.find_documents("setting", ["regions"])["regions"].body["rows"]
        return [row for row in known if row["code"] in (*COUNTIES, *PREFECTURES)]

    # --- judging ------------------------------------------------------------------------------------

    def past(self, before: str) -> dict[Any, Any]:
        """Return the recycled output of every province and prefecture in the months before one."""
        found = {}
        for month in MONTHS[: MONTHS.index(before)]:
            report = ask(self.store, regional_report, parse_period(month))
            for row in report.rows:
                found[month, row.code] = row.figures["recycled_output"].numerator
        return {key: grams for key, grams in found.items() if grams}

    @contextmanager
    def leaving_the_past(self, month: str) -> Iterator[None]:
        """Check that a change from a month on changes no figure of the months before it."""
        before = self.past(month)
        yield
        assert self.past(month) == before

    def judge(self, periods: tuple[str, ...] = PERIODS) -> None:
        """Check the sums of every place, the official ratios and the whole book."""
        for period in periods:
            check_parts(self.store, period)
            self.ratios_rest_on_statistics(period)
        assert_equal_to_a_rebuild(self.store)

    def ratios_rest_on_statistics(self, period: str) -> None:
        """Check that the official ratio has a value only where the authority stated the output."""
        report = ask(self.store, regional_report, parse_period(period))
        for row in (*report.rows, report.total):
            stated = (row.code, period) in self.stated
            ratio = row.figures[SHARE]
            assert stated or ratio.value is None, (row.code, period)
            assert not stated or ratio.denominator is not None, (row.code, period)


months = st.sampled_from(MONTHS)
plants = st.sampled_from(PLANTS)
grams = st.integers(20_000, 3_000_000)


class Regions(RuleBasedStateMachine):
    """Firms record, and the map of the country changes under them."""

    def __init__(self, open_empty: OpenEmpty = empty_sqlite_store) -> None:
        super().__init__()
        self.closing = ExitStack()
        self.history = History(self.closing.enter_context(open_empty()))

    def teardown(self) -> None:
        with self.closing:
            self.history.judge()

    @initialize(month=months, mass=grams)
    def begin(self, month: str, mass: int) -> None:
        for site in PLANTS:
            self.history.heat(site, month, mass)

    @rule(site=plants, month=months, mass=grams)
    def heat(self, site: str, month: str, mass: int) -> None:
        self.history.heat(site, month, mass)

    @rule(site=st.sampled_from(["guiyang", "chengdu"]), month=months, mass=grams, part=st.integers(1, 100))
    def tap(self, site: str, month: str, mass: int, part: int) -> None:
        self.history.tap(site, month, mass, part)

    @rule(pick=st.integers(0, 10_000))
    def void(self, pick: int) -> None:
        self.history.void(pick)

    @rule(site=plants, month=months)
    def seal(self, site: str, month: str) -> None:
        self.history.seal(site, month)

    @rule(region=st.sampled_from(list(PLANNERS)), period=st.sampled_from(["2025-04", "2025-05"]), mass=grams)
    def state(self, region: str, period: str, mass: int) -> None:
        self.history.state(region, period, mass)

    @rule(
        site=plants, month=months, region=st.sampled_from(COUNTIES + PREFECTURES), base=st.sampled_from(BASES)
    )
    def move(self, site: str, month: str, region: str, base: str) -> None:
        with self.history.leaving_the_past(month):
            self.history.move(site, month, region, base)

    @rule(
        code=st.sampled_from(COUNTIES + PREFECTURES),
        into=st.sampled_from(COUNTIES + PREFECTURES),
        month=months,
    )
    def merge(self, code: str, into: str, month: str) -> None:
        with self.history.leaving_the_past(month):
            self.history.merge(code, into, month)

    @rule(code=st.sampled_from(COUNTIES + PREFECTURES), month=months)
    def rename(self, code: str, month: str) -> None:
        with self.history.leaving_the_past(month):
            self.history.rename(code, month)

    @rule(code=st.sampled_from(COUNTIES), parent=st.sampled_from(PREFECTURES), month=months)
    def adopt(self, code: str, parent: str, month: str) -> None:
        with self.history.leaving_the_past(month):
            self.history.adopt(code, parent, month)


Regions.TestCase.settings = settings(
    max_examples=10, stateful_step_count=12, suppress_health_check=list(HealthCheck)
)
TestRegions = pytest.mark.slow(Regions.TestCase)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_regions_on_neo4j(neo4j_server: Neo4jServer) -> None:
    run_on_neo4j(Regions, neo4j_server, step_count=8)

"""Every Cypher query starts at an index, also as the planner sees it in an empty database, whose plans are kept."""

import re
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import neo4j
import pytest

from graph.neo4j.queries import CYPHER
from graph.neo4j.reader import Row
from graph.neo4j.writer import Neo4jWriter
from graph.store import Direction, EventFilter, Head, LotFilter, PostingFilter, Store, TallyFilter
from tests.support.neo4j_server import Neo4jServer
from traceability.domain.decision import Changes

SCANS = ("AllNodesScan", "ByLabelScan", "ByLabelsScan", "RelationshipTypeScan", "RelationshipTypesScan")
WHOLE = {
    "count_nodes",
    "clear_derived",
    "clear_derived_in_batches",
    "forget_clients",
    # A check reads what it compares, and a book without sums is added up once.
    "scan_documents",
    "scan_versions",
    "scan_log",
    "list_strange_labels",
    "count_stray_events",
    "count_stray_postings",
    "find_row_sums",
    "clear_row_sums",
    "list_index_states",
    "find_any_node",  # one node of anybody's is enough
    "keep_newest_record_time",  # once, in a book of before, which has no newest time yet
}  # about everything there is


class Recorder:
    """A view that writes down what it is asked."""

    def __init__(self) -> None:
        self.texts: dict[str, Mapping[str, Any]] = {}

    def ask(self, text: str, params: Mapping[str, Any], *, steady: bool = True) -> list[Row]:
        self.texts[text] = params
        if "r.code" in text and text.startswith("MATCH"):
            return [("430681",)]
        if text == CYPHER["posting_months"]:
            return [("2025-01",)]
        if text == CYPHER["look_up"]:
            return [([], [], [])]
        return []

    def hold(self) -> None: ...
    def clear_derived(self) -> None: ...


def _ask_everything(writer: Neo4jWriter) -> None:
    """Every operation, in every shape that its filters give it."""
    one = ["x"]
    writer.find_events(one), writer.find_events_by_seq([1]), writer.find_lots(one), writer.find_claims(one)
    writer.find_records(one, one, one)
    writer.list_touches(one), writer.list_touches(one, (1, 1)), writer.list_edges([1])
    directions: tuple[Direction, ...] = ("back", "forward")
    for direction in directions:
        writer.list_step_edges(one, direction), list(writer.trace_lots(one, direction))
    for site, region, status, to, rest in product(("", "s"), ("", "43"), ("", "void"), ("", "t"), ("", "x")):
        lots = LotFilter(site, region, status, rest, rest, rest, to)
        writer.list_lots(lots)
        writer.sum_stock(lots)
        writer.sum_stock(lots, ("site", "metal", "form", "material", "status"))
    writer.sum_residues(one, 1)
    kinds: tuple[tuple[str, ...], ...] = ((), ("melt", "sort"))
    for site, region, kind, from_ms, live in product(("", "s"), ("", "43"), kinds, (None, 5), (False, True)):
        for newest_first in (False, True):
            writer.list_events(
                EventFilter(site, region, kind, from_ms, from_ms, live), newest_first=newest_first
            )
    writer.list_events(EventFilter(unconfirmed_at=("s", "t")), newest_first=True)
    writer.find_first_orders(one), writer.list_claims("c", "d"), writer.list_claims_under(["c"])
    writer.list_claims_by_group("ABCD")
    shapes = product(((), ("Al",)), (False, True), ("", "2025-02"))
    for number, (metals, world, after) in enumerate(shapes):
        tallies = TallyFilter(
            (f"site:{number}",), metals, "2025-01", "2025-03", by_event_month=world, booked_after=after
        )
        # Each of another place: what a view has read of one place answers its other questions about it.
        writer.sum_tallies(tallies), writer.sum_flows(tallies, one)
        writer.sum_flows(
            tallies, one, ("place", "metal", "month", "account", "source_class", "origin", "detail")
        )
    for accounts, region, site, metals in product(((), ("recycled",)), ("", "43"), ("", "s"), ((), ("Al",))):
        writer.list_postings(PostingFilter(0, accounts, region, site, metals))
    writer.list_postings(PostingFilter(1)), writer.scan_postings([1]), writer.scan_postings([1], ["recycled"])
    writer.scan_events(), writer.scan_lots(), writer.scan_tallies(), writer.scan_flows()
    writer.find_documents("site", one), writer.list_documents("site"), writer.list_documents("site", "g")
    writer.list_versions("site", "x"), writer.list_log("audit"), writer.append_log("audit", {})
    writer.list_log("audit", newest_first=True)
    writer.put_document("site", "y", {})
    writer.erase_document("site", "y")
    writer.clear_derived()
    writer.apply(Changes())


def _texts() -> dict[str, Mapping[str, Any]]:
    recorder = Recorder()
    _ask_everything(Neo4jWriter(recorder, "", Head(0, "")))
    # The others are asked as they stand, by the engine or where there is something to be asked about.
    recorder.texts |= {
        text: {} for text in CYPHER.values() if text.count("{") == text.count("}") and _whole(text)
    }
    return recorder.texts


def _whole(text: str) -> bool:
    """Whether a block is a statement by itself and no filter or head of one."""
    last = text.splitlines()[-1]
    begins = text.startswith(("MATCH", "UNWIND", "OPTIONAL", "CALL", "MERGE", "CREATE", "SHOW"))
    return (
        begins
        and "{by}" not in text
        and "{anchor}" not in text
        and not last.startswith(("WHERE", "AND", "MATCH"))
    )


def _operators(plan: Mapping[str, Any]) -> Iterator[str]:
    yield plan["operatorType"].removesuffix("@neo4j")
    for child in plan.get("children", ()):
        yield from _operators(child)


@pytest.fixture
def plans(store: Store, neo4j_server: Neo4jServer) -> Iterator[neo4j.Session]:
    with neo4j_server.driver() as driver, driver.session() as session:
        yield session


@pytest.mark.parametrize("store", [pytest.param("neo4j", marks=pytest.mark.neo4j)], indirect=True)
def test_every_query_starts_at_an_index(plans: neo4j.Session) -> None:
    names = {text: name for name, text in CYPHER.items()}
    scanning, sorting = [], []
    texts = _texts()
    for text in texts:
        if names.get(text) in WHOLE or text.startswith("SHOW"):  # what is shown has no plan
            continue
        plan = plans.run("EXPLAIN " + text, given=dict(texts[text])).consume().plan
        assert plan is not None
        operators = list(_operators(plan))
        if any(scan in operator for operator in operators for scan in SCANS):
            scanning.append(text)
        if "ORDER BY" in text and any(operator in ("Sort", "Top") for operator in operators):
            sorting.append(text)
    # What is not scanned and sorted is what an index gives, in its order.
    assert (scanning, sorting) == ([], [])


def test_every_block_is_asked() -> None:
    texts = _texts()
    assert [name for name, block in CYPHER.items() if not any(_begin(block) in text for text in texts)] == []


def _begin(block: str) -> str:
    return re.split(r"\{by\}|\{anchor\}", block)[0]

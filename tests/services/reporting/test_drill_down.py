"""A figure opens down to postings, events and lots, and its files add up to it."""

from collections.abc import Iterator
from fractions import Fraction

import pytest

from tests.support.business import Business
from tests.support.reading import ask
from tests.support.reporting import GUIZHOU, HUNAN, Q1, SICHUAN, figure, heat, written
from traceability.domain.errors import BadInput
from traceability.domain.indicators import INDICATORS, add_sums
from traceability.domain.posting import tally
from traceability.services.reporting.figures.postings import (
    POSTING_COLUMNS,
    FigureInputs,
    drill_down,
    posting_table,
)
from traceability.services.reporting.figures.report import regional_report
from traceability.services.reporting.overviews.report_table import frame, report_table


def test_a_figure_opens_to_postings_events_and_lots(here: Business) -> None:
    alloy = heat(here)
    share = figure(ask(here.store, regional_report, Q1), "CN", "in_province_share")
    page = ask(here.store, drill_down, share.inputs)
    (line,) = page.lines
    assert (line.posting.grams, line.event.draft.kind, line.event.draft.site) == (250_000, "melt", "plant")
    assert [lot.id for lot in line.lots if lot.role == "output"] == [alloy]
    assert len([lot for lot in line.lots if lot.role == "input"]) == 2
    rows = written(posting_table(here.store, share.inputs))
    assert rows[0] == POSTING_COLUMNS
    assert dict(zip(POSTING_COLUMNS, rows[1], strict=True))["grams"] == "250000"
    with pytest.raises(BadInput):
        ask(here.store, drill_down, share.inputs, after="7|x")


def pages(here: Business, inputs: FigureInputs, limit: int) -> Iterator[int]:
    after = ""
    while True:
        page = ask(here.store, drill_down, inputs, after, limit)
        yield from (line.posting.grams for line in page.lines)
        after = page.after
        if not after:
            return


def test_pages_of_a_drill_down_give_every_posting_once_as_the_figure_stood(here: Business) -> None:
    for number in range(7):
        here.collect("tutu", 10 + number)
        here.collect("tense", 30, site="chengdu")
    report = ask(here.store, regional_report, Q1, groups={"both": [HUNAN, SICHUAN]})
    here.collect("tutu", 500)
    for code in ("CN", "both", HUNAN):
        found = figure(report, code, "collected")
        for limit in (1, 3, 100):
            assert sum(pages(here, found.inputs, limit)) == found.value
        assert (
            sum(int(row[11]) for row in written(posting_table(here.store, found.inputs))[1:]) == found.value
        )


def test_every_tallied_figure_is_the_sum_of_its_postings(here: Business) -> None:
    heat(here)
    liquid = here.tap(1000, at="2025-02-03T08:00:00")
    here.melt((liquid, 400), into=390, alloy="1050", site="guiyang", at="2025-02-03T09:00:00", dross_kg=5)
    report = ask(here.store, regional_report, Q1)
    for id_, found in report.nation.figures.items():
        if INDICATORS[id_].numerator is None or not found.inputs.columns:
            continue
        postings = [line.posting for line in ask(here.store, drill_down, found.inputs, limit=1000).lines]
        tallies, _ = tally(postings)
        sums = add_sums(one for key, one in tallies.items() if key.place == "nation:CN")
        assert INDICATORS[id_].compute(sums)[:2] == (found.numerator, found.denominator), id_


def test_frame_holds_every_figure_exactly(here: Business) -> None:
    heat(here)
    report = ask(here.store, regional_report, Q1)
    table = frame(report)
    row = table[(table.code == HUNAN) & (table.indicator == "supply_share") & (table.metal == "Al")].iloc[0]
    assert (row.numerator, row.denominator, row.value) == (250_000, 250_000, Fraction(1))
    output = table[(table.code == "CN") & (table.indicator == "recycled_output") & (table.metal == "")].iloc[
        0
    ]
    assert (output.value, output.unit, output.target) == (250_000, "g", 20_000_000 * 1_000_000)


def test_the_table_of_the_report_as_rows(here: Business) -> None:
    heat(here)
    report = ask(here.store, regional_report, Q1, groups={f"{HUNAN},{SICHUAN}": [HUNAN, SICHUAN]})
    header, *rows = written(report_table(report, ("supply_share", "recycled_output")))
    table = {
        (row["code"], row["indicator"]): row for row in (dict(zip(header, row, strict=True)) for row in rows)
    }
    assert len(table) == len(rows) == 2 * (len(report.rows) + 2)
    nation = table["CN", "recycled_output"]
    assert (nation["value"], nation["unit"], nation["verdict"]) == ("250000", "g", "of_year")
    group = table[f"{HUNAN},{SICHUAN}", "supply_share"]
    assert (group["value"], group["numerator"], group["denominator"], group["unit"]) == (
        "1",
        "250000",
        "250000",
        "1",
    )
    assert table[GUIZHOU, "supply_share"]["value"] == ""


def test_transport_is_written_in_gram_kilometres(here: Business) -> None:
    lot = here.collect("tutu", 10)
    assert lot
    inputs = figure(ask(here.store, regional_report, Q1), "CN", "clean_transport").inputs
    header = posting_table(here.store, inputs).columns
    assert "gram_kilometres" in header
    assert "grams" not in header

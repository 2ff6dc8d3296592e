"""The reading API tells programs what pages tell people: the same figures to the same viewers, exact, page by page."""

from fractions import Fraction
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from tests.support.golden import NOW_MS
from tests.support.golden_book import Book, open_book
from tests.support.reading import ask as ask_store
from traceability.domain.access import Assignment
from traceability.domain.indicators import INDICATORS
from traceability.domain.period import parse_period
from traceability.services.directory.audit import Actor
from traceability.services.directory.people import find_person, put_person
from traceability.services.directory.reference import ReferenceDocument, put_reference
from traceability.services.directory.sessions import READ, RECORD, make_token
from traceability.services.reporting.exact import write_ratio
from traceability.services.reporting.figures.report import report_for
from traceability.web.api.resource import PREFIX

PROVINCE = "level=province&code=430000&period=2025"


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Load the scenario once for tests that only look."""
    folder = tmp_path_factory.mktemp("book")
    return open_book(folder)


def test_the_index_leads_to_every_resource(book: Book) -> None:
    index = book.read("planner", "/")
    named = {entry["href"] for entry in index["resources"]}
    assert named == {
        PREFIX + path
        for path in ("/", "/figures", "/figures.csv", "/reports", "/tallies", "/tallies.csv", "/flows", "/lots", "/lots/{code}", "/trace/{code}", "/events",
                     "/events/{event_id}", "/jobs/{job_id}", "/targets")
    }  # fmt: skip
    assert book.ask("planner", index["openapi"].removeprefix(PREFIX)).status_code == 200
    with book.store.read() as reader:
        assert index["seq"] == reader.find_head().seq


def test_figures_are_those_of_the_report_to_the_last_digit(book: Book) -> None:
    told = book.read("hunan-planner", f"/figures?{PROVINCE}")
    with book.store.read() as reader:
        report = report_for(reader, "province", "430000", parse_period("2025"), now_ms=NOW_MS)
    figures = {(one["indicator"], one["metal"]): one for one in told["place"]["figures"]}
    assert {id_ for id_, metal in figures if not metal} == set(report.total.figures)
    for id_, figure in report.total.figures.items():
        one = figures[id_, ""]
        assert one["exact"] == write_ratio(figure.value), id_
        assert Fraction(one["numerator"] or 0) == (figure.numerator or 0), id_
        assert one["denominator"] == figure.denominator, id_
        assert one["unit"] == INDICATORS[id_].value_unit
    verdicts = [one["verdict"] and (one["indicator"], one["verdict"]["state"]) for one in told["targets"]]
    assert any(verdicts)
    assert verdicts == [
        figure.verdict and (figure.indicator, str(figure.verdict.state)) for figure in report.total.targets
    ]
    assert told["seq"] == report.seq


def test_months_add_up_to_the_year_and_metals_to_the_whole(book: Book) -> None:
    lines = book.read_all("hunan-planner", f"/tallies?{PROVINCE}&account=recycled&limit=2", "tallies")
    assert len(lines) > 2
    assert lines == sorted(lines, key=lambda line: (line["month"], line["metal"]))
    year = book.read("hunan-planner", f"/figures?{PROVINCE}&indicator=recycled_output")
    assert sum(line["amount"] for line in lines) == year["place"]["figures"][0]["numerator"]
    within = book.read_all("hunan-planner", f"/tallies?{PROVINCE}&account=recycled&within=yes", "tallies")
    inner = [line for line in within if line["level"] != "province"]
    assert sum(line["amount"] for line in inner) == sum(line["amount"] for line in lines)


def test_flows_close_at_each_stage(book: Book) -> None:
    told = book.read("planner", "/flows?period=2025")
    assert told["received_g"] > 0
    through: dict[str, list[int]] = {}
    for band in told["bands"]:
        for end, sign in (("target", 1), ("source", -1)):
            if band[end]["stage"] in ("site_kind", "family"):
                through.setdefault(band[end]["code"] + band[end]["what"], []).append(sign * band["grams"])
    assert len(through) > 3
    assert {node: sum(grams) for node, grams in through.items() if sum(grams)} == {}
    shares = {
        group: [one for one in told["shares"] if one["group"] == group] for group in ("origin", "channel")
    }
    assert all(sum(one["grams"] for one in parts) == parts[0]["total"] for parts in shares.values())
    assert shares["origin"][0]["total"] == told["received_g"]
    assert book.read("miluo-operator", f"/flows?{PROVINCE}")["only_own"]


def test_the_regional_report_has_a_row_for_each_province_and_a_group(book: Book) -> None:
    report = book.read(
        "planner", "/reports?period=2025&indicator=recycled_output&region=430000&region=360000"
    )
    outputs = {row["code"]: row["figures"][0]["numerator"] for row in report["rows"]}
    assert sum(outputs.values()) == report["total"]["figures"][0]["numerator"]
    assert report["groups"][0]["figures"][0]["numerator"] == outputs["430000"] + outputs["360000"]
    assert report["total"]["names"].keys() == {"zh", "en"}


def test_lots_and_events_are_listed_page_by_page_each_once(book: Book) -> None:
    with book.store.read() as reader:
        everything = {row.id for row in reader.scan_lots("", 1000)}
        recorded = {row.seq for row in reader.scan_events(0, 1000)}
    lots = book.read_all("auditor", "/lots?limit=7", "lots")
    assert len(lots) == len(everything)
    assert {lot["id"] for lot in lots} == everything
    events = book.read_all("auditor", "/events?limit=50&voided=yes", "events")
    assert len(events) == len(recorded)
    assert {event["seq"] for event in events} == recorded
    melts = book.read_all("miluo-operator", "/events?kind=melt&order=oldest&limit=1", "events")
    assert melts
    assert {(event["kind"], event["site"]) for event in melts} == {("melt", "miluo")}
    assert [event["event_time"] for event in melts] == sorted(event["event_time"] for event in melts)
    assert not book.read("auditor", "/events?since=2030-01-01")["events"]


def test_an_event_is_told_with_draft_frozen_facts_and_epcis_terms(book: Book) -> None:
    id_ = book.golden.event("H01")
    told = book.read("miluo-operator", f"/events/{id_}")
    sent = book.golden.draft("H01")
    assert told["draft"]["inputs"] == sent["inputs"]
    assert told["draft"]["actor"] == sent["actor"]
    assert told["epcis"] == {"type": "TransformationEvent", "action": "", "biz_step": "tr:melting"}
    assert told["frozen"]["masses_g"] == [one["mass_g"] for one in sent["inputs"]]
    assert sum(posting["amount"] for posting in told["postings"] if posting["account"] == "recycled") > 0
    planned = book.read("hunan-planner", f"/events/{id_}")
    assert planned["draft"].keys() == told["draft"].keys() - {"actor", "approval"} | (
        planned["draft"].keys() & {"approval"}
    )


def test_a_trace_adds_up_in_both_directions(book: Book) -> None:
    code = book.golden.lot("A01").code
    told = book.read("auditor", f"/trace/{code}")
    assert told["lot"] == book.read("auditor", f"/lots/{code}")
    back, forward = told["back"], told["forward"]
    assert back["total_g"] > 0
    assert sum(origin["grams"] for origin in back["origins"]) == back["total_g"]
    assert sum(back["by_origin"].values()) == back["total_g"]
    assert sum(one["grams"] for one in back["suppliers"]) + back["unnamed_g"] == back["total_g"]
    assert forward["remaining_g"] + forward["lost_g"] == forward["total_g"]


def test_an_answer_is_sent_again_only_where_something_has_changed(tmp_path: Path) -> None:
    book = open_book(tmp_path)
    path = f"/figures?{PROVINCE}&indicator=recycled_output"

    def tag_of(person: str, **headers: str) -> tuple[int, str]:
        answer = book.ask(person, path, headers=headers)
        return answer.status_code, answer.headers.get("ETag", "")

    status, tag = tag_of("hunan-planner")
    assert status == 200
    assert tag_of("hunan-planner", **{"If-None-Match": tag}) == (304, tag)
    assert tag_of("hunan-planner", **{"If-None-Match": "*"})[0] == 200
    assert tag_of("auditor", **{"If-None-Match": tag})[0] == 200
    assert book.ask("hunan-planner", path + "&view=event", headers={"If-None-Match": tag}).status_code == 200

    target = {"region": "430000", "indicator": "recycled_output", "metals": [], "method": "", "year": 2025,
              "operator": ">=", "value": "1", "document": "P", "note": ""}  # fmt: skip
    book.store.write(lambda writer: put_reference(writer, [ReferenceDocument("target", "t", target)]))
    status, after_target = tag_of("hunan-planner", **{"If-None-Match": tag})
    assert (status, after_target == tag) == (200, False)

    planner = ask_store(book.store, find_person, "hunan-planner")
    assert planner is not None
    less = planner._replace(roles=(Assignment("planner", "510000"),))
    book.store.write(lambda writer: put_person(writer, less))
    assert tag_of("hunan-planner", **{"If-None-Match": after_target})[0] == 403

    described = book.ask("auditor", "/openapi.json").headers["ETag"]
    assert book.ask("auditor", "/openapi.json", headers={"If-None-Match": described}).status_code == 304

    code = book.golden.lot("A01").code
    first = book.ask("auditor", f"/lots/{code}").headers["ETag"]
    receipt = book.golden.send(
        {**book.golden.draft("adjust-K1"), "id": "01970000-0000-7000-8000-00000000aaaa"}
    )
    assert receipt.error is None
    assert book.ask("auditor", f"/lots/{code}", headers={"If-None-Match": first}).status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "code", "named"),
    [
        ("/nowhere", 404, "http.404", []),
        ("/lots?size=1", 400, "query.malformed", [("size", "field.unknown")]),
        ("/openapi.json?x=1", 400, "query.malformed", [("x", "field.unknown")]),
        ("/jobs/0?x=1", 400, "query.malformed", [("x", "field.unknown")]),
        ("/tallies.csv?limit=1", 400, "query.malformed", [("limit", "field.unknown")]),
        ("/tallies.csv?period=2020-01..2025-12", 400, "report.too_many_months", []),
        ("/jobs/0", 404, "job.unknown", []),
        ("/lots?limit=0", 400, "query.malformed", [("limit", "field.out_of_range")]),
        ("/lots?limit=1&limit=2", 400, "query.malformed", [("limit", "field.repeated")]),
        ("/lots?form=gold", 400, "query.malformed", [("form", "field.not_one_of")]),
        ("/lots?after=x", 400, "list.bad_key", []),
        ("/lots?after=x@miluo", 400, "list.bad_key", []),
        ("/tallies?level=site&code=miluo&after=x", 400, "list.bad_key", []),
        ("/events?since=yesterday", 400, "query.malformed", [("since", "field.bad_day")]),
        ("/figures?period=2025-13", 400, "report.bad_period", []),
        ("/figures?metal=Xx", 400, "report.unknown_metal", []),
        ("/figures?level=province&code=1", 400, "report.bad_region", []),
        ("/figures.csv?period=2020-01..2025-12", 400, "report.too_many_months", []),
        ("/lots/NOPE", 404, "lot.unknown", []),
        ("/events/01970000-0000-7000-8000-000000000000", 404, "event.unknown", []),
    ],
)
def test_errors_are_problems_that_name_what_is_wrong(
    book: Book, path: str, status: int, code: str, named: list[tuple[str, str]]
) -> None:
    answer = book.ask("auditor", path)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert answer.json is not None
    assert answer.json["code"] == code
    assert answer.json["detail"] != code
    assert [(one["path"], one["code"]) for one in answer.json.get("errors", ())] == named


def test_other_methods_and_strangers_are_told_so(book: Book) -> None:
    client = book.app.test_client()
    wrong = client.delete(f"{PREFIX}/lots")
    assert (wrong.status_code, wrong.mimetype) == (405, "application/problem+json")
    assert "GET" in wrong.headers["Allow"]
    assert book.ask("", "/lots").status_code == 401
    assert book.ask("", "/docs").status_code == 302


def test_a_token_reads_what_its_person_may_and_only_with_the_scope(book: Book) -> None:
    tokens = {
        scope: make_token(
            book.store, "miluo-operator", scope, [scope], 30, Actor("auditor", NOW_MS, "")
        ).token
        for scope in (READ, RECORD)
    }

    def ask(scope: str, path: str) -> TestResponse:
        return book.app.test_client().get(PREFIX + path, headers={"Authorization": f"Bearer {tokens[scope]}"})

    own = ask(READ, "/lots")
    assert own.json is not None
    assert {lot["site"] for lot in own.json["lots"]} == {"miluo"}
    assert ask(READ, "/docs").status_code == ask(READ, "/openapi.json").status_code == 200
    assert ask(RECORD, "/lots").status_code == 403
    assert ask(READ, "/jobs/0").status_code == 403


def test_a_firm_is_told_no_more_than_on_pages(book: Book) -> None:
    assert book.ask("miluo-operator", f"/tallies?{PROVINCE}").status_code == 403
    assert book.ask("miluo-operator", "/tallies?level=site&code=chengdu").status_code == 404
    assert book.read("miluo-operator", "/tallies?level=site&code=miluo&period=2025")["tallies"]
    assert book.ask("miluo-operator", "/lots?site=chengdu").status_code == 404
    assert book.ask("miluo-operator", "/figures?level=province&code=510000").status_code == 403
    figures = book.read("miluo-operator", f"/figures?{PROVINCE}")["place"]["figures"]
    withheld = [one for one in figures if one["withheld"]]
    assert withheld
    for one in withheld:
        assert (one["value"], one["exact"], one["numerator"], one["denominator"], one["gap"]) == (None,) * 5

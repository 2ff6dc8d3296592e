"""Pages of administrators: people, sites, targets, parties and the audit log, and who may open them."""

import csv
import io
from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from tests.support.business import NOW_MS, uuid7
from tests.support.markup import attributes_of, find_all, words_of
from tests.support.pages import PASSWORD, SiteApp, Visitor, errors_beside, problems_of, value_of
from tests.support.reading import ask
from traceability.domain.access import Assignment
from traceability.domain.calendar import DAY_MS
from traceability.domain.findings import DEFAULT_THRESHOLDS, Thresholds
from traceability.services.auditing.analysis import find_thresholds
from traceability.services.directory import audit
from traceability.services.directory.audit import Actor, AuditAction, AuditFilter, list_entries
from traceability.services.directory.people import (
    Person,
    find_person,
    hash_password,
    put_person,
    verify_password,
)
from traceability.services.directory.reference import reference_in, settings_in
from traceability.services.operations.heats import OpenHeat, open_heat
from traceability.services.recording.open_work import WorkState, find_closed_work

Visit = Callable[..., Visitor]
OPEN = ("/admin/people", "/admin/people/new", "/admin/people/wang")
OF_ALL = (
    "/admin/sites", "/admin/sites/new", "/admin/sites/yard", "/admin/targets", "/admin/targets/new",
    "/admin/thresholds", "/admin/parties", "/admin/audit", "/admin/audit/audit.csv",
    "/admin/devices", "/admin/tokens",
)  # fmt: skip


@pytest.fixture(autouse=True)
def offices(site_app: SiteApp) -> None:
    hashed = hash_password(PASSWORD)
    for person_id, scope in (("root", "*"), ("yard-admin", "yard")):
        person = Person(person_id, person_id, (Assignment("admin", scope),), hashed, "en")
        site_app.store.write(lambda writer, one=person: put_person(writer, one))  # type: ignore[misc]
    worker = Person("worker", "Worker", (Assignment("operator", "yard"),), hashed)
    site_app.store.write(lambda writer: put_person(writer, worker))


def english(visitor: Visitor) -> Visitor:
    visitor.client.set_cookie("language", "en")
    return visitor


def roles(*rows: tuple[str, ...]) -> dict[str, str]:
    cells = ("role", "scope", "from", "until")
    return {
        f"roles.{number}.{cell}": value
        for number, row in enumerate(rows)
        for cell, value in zip(cells, row, strict=False)
    }


def person_of(site_app: SiteApp, person_id: str) -> Person:
    person = ask(site_app.store, find_person, person_id)
    assert person is not None
    return person


def one_time(answer: TestResponse) -> str:
    assert answer.status_code == 200, answer.text
    return words_of(find_all(answer, "code.one-time")[0])


def test_pages_open_for_whom_they_are(visit: Visit) -> None:
    root, yard, worker = visit("root"), visit("yard-admin"), visit("wang", "yard")
    for path in (*OPEN, *OF_ALL):
        assert root.get(path).status_code == 200, path
        assert worker.get(path).status_code == 403, path
        scoped = 200 if path in OPEN[:2] else 403
        if path != "/admin/people/wang":
            assert yard.get(path).status_code == scoped, path
        assert visit().get(path).status_code == 302
    assert root.get("/admin/people/nobody").status_code == 404
    assert yard.get("/admin/people/root").status_code == 404


def test_the_menu_leads_to_every_page_of_an_administrator(visit: Visit) -> None:
    root, yard = visit("root").get("/"), visit("yard-admin").get("/")
    for path in ("people", "sites", "targets", "thresholds", "parties", "devices", "tokens", "audit"):
        link = f'href="/admin/{path}"'
        assert link in root.text
        assert (link in yard.text) == (path == "people")


def test_a_person_is_added_and_their_password_shown_once(visit: Visit, site_app: SiteApp) -> None:
    root = visit("root")
    root.get("/admin/people/new")
    made = root.post(
        "/admin/people/new",
        {"id": "new", "name": "新人", "language": "zh", **roles(("operator", "yard", "2025-01-01"))},
    )
    person = person_of(site_app, "new")
    assert verify_password(person, one_time(made))
    assert person.one_time
    assert person.roles == (Assignment("operator", "yard", "2025-01-01"),)
    assert one_time(made) not in root.get("/admin/people/new").text + root.get("/admin/audit").text


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"id": ""}, "id"),
        ({"id": "a b"}, "id"),
        ({"name": ""}, "name"),
        (roles(("", "yard")), "roles.0.role"),
        (roles(("operator", "nowhere")), "roles.0.scope"),
        (roles(("operator", "yard", "2025-13-01")), "roles.0.from"),
        (roles(("operator", "yard", "2026-01-01", "2025-01-01")), "roles.0.from"),
        ({"roles.0.role": "", "roles.0.scope": ""}, "roles"),
        ({"id": "WANG"}, "id"),
        ({"language": "xx"}, "language"),
    ],
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_bad_input_is_told_beside_its_field_and_stores_nothing(
    visit: Visit, site_app: SiteApp, typed: dict[str, str], field: str, language: str
) -> None:
    root = visit("root")
    root.client.set_cookie("language", language)
    root.get("/admin/people/new")
    whole = {"id": "new", "name": "N", "language": "zh", **roles(("operator", "yard"))}
    answer = root.post("/admin/people/new", {**whole, **typed})
    assert answer.status_code == 422
    assert field in errors_beside(answer)
    assert "." not in errors_beside(answer)[field].split(" ")[0] or language == "zh"  # words, no code
    assert ask(site_app.store, find_person, "new") is None


def test_the_summary_names_the_field_and_row_of_each_fault(visit: Visit) -> None:
    root = english(visit("root"))
    root.get("/admin/people/new")
    typed = {"id": "new", "language": "en", **roles(("operator", "yard"), ("operator", "nowhere"))}
    told = problems_of(root.post("/admin/people/new", typed))
    assert told[0].startswith("Name: ")
    assert told[1].startswith('Roles, row 2, Scope: There is neither a site nor a region "nowhere".')
    root.get("/admin/sites/yard")
    answer = root.post("/admin/sites/yard", {"region": "99", "licence.0.waste_codes": "xx"})
    assert not any(".csv" in text or "seed" in text for text in problems_of(answer))


def test_a_user_name_is_shown_as_it_is_typed(visit: Visit) -> None:
    shown = find_all(visit("root").get("/admin/people"), "tbody th a .verbatim")  # no heading capitalises it
    assert "worker" in {words_of(name) for name in shown}


def test_a_stale_form_is_refused_with_what_changed(visit: Visit, site_app: SiteApp) -> None:
    first, second = english(visit("root")), visit("root")
    opened = first.get("/admin/people/worker")
    version = value_of(opened, "version")
    second.get("/admin/people/worker")
    typed = {"version": version, "name": "Worker", "language": "zh"}
    assert second.post("/admin/people/worker", {**typed, **roles(("supervisor", "yard"))}).status_code == 302
    refused = first.post("/admin/people/worker", {**typed, "name": "Wu", **roles(("operator", "yard"))})
    assert refused.status_code == 422
    assert errors_beside(refused)["roles.0.role"] == "Stored now: supervisor"
    assert errors_beside(refused)["name"] == "Stored now: Worker"
    assert person_of(site_app, "worker").roles[0].role == "supervisor"
    again = {**typed, "version": value_of(refused, "version"), "name": "Wu", **roles(("supervisor", "yard"))}
    assert first.post("/admin/people/worker", again).status_code == 302
    assert person_of(site_app, "worker").name == "Wu"


def test_disabling_ends_the_session_at_once(visit: Visit, site_app: SiteApp) -> None:
    worker, root = visit("worker"), visit("root")
    assert worker.get("/").status_code == 200
    version = value_of(root.get("/admin/people/worker"), "version")
    assert root.post("/admin/people/worker/disable", {"version": version}).status_code == 302
    assert worker.get("/").status_code == 302
    assert Visitor(site_app.app.test_client()).sign_in("worker").status_code != 302
    stale = root.post("/admin/people/worker/enable", {"version": version}, follow_redirects=True)
    assert find_all(stale, ".notice.error")
    version = value_of(stale, "version")
    root.post("/admin/people/worker/enable", {"version": version})
    assert not person_of(site_app, "worker").disabled


def test_a_scoped_administrator_gives_no_role_beyond_it(visit: Visit, site_app: SiteApp) -> None:
    yard = english(visit("yard-admin"))
    version = value_of(yard.get("/admin/people/worker"), "version")
    typed = {"version": version, "name": "Worker", "language": "zh", **roles(("admin", "*"))}
    answer = yard.post("/admin/people/worker", typed)
    assert answer.status_code == 422
    assert problems_of(answer) == ["The scope * lies beyond yours. Give roles within your own scope only."]
    assert person_of(site_app, "worker").version == 1


def test_a_site_is_added_moved_and_licensed(visit: Visit, site_app: SiteApp) -> None:
    root = visit("root")
    root.get("/admin/sites/new")
    typed = {
        "id": "new-yard", "zh": "新货场", "en": "New yard", "firm": "new-firm", "region": "430681", "kinds": "collection",
    }  # fmt: skip
    assert root.post("/admin/sites/new", typed).status_code == 302
    version = value_of(root.get("/admin/sites/new-yard"), "version")
    more = {
        "version": version, "move.0.from": "2026-03", "move.0.region": "510100",
        "later_kinds.0.from": "2026-02", "later_kinds.0.kinds": "smelter",
        "licence.0.number": "HW-9", "licence.0.waste_codes": "321-026-48, 900-052-31",
        "licence.0.from": "2026-01-01", "licence.0.until": "2026-12-31",
    }  # fmt: skip
    assert root.post("/admin/sites/new-yard", {**typed, **more}).status_code == 302
    site = ask(site_app.store, reference_in).sites["new-yard"]
    assert site.licences[0].waste_codes == ("321-026-48", "900-052-31")
    assert (site.moves[-1].region, site.later_kinds[0].kinds) == ("510100", ("smelter",))
    stale = root.post("/admin/sites/new-yard", {**typed, **more, "en": "Other"})
    assert stale.status_code == 422
    assert "move.0.region" not in errors_beside(stale)
    assert "en" in errors_beside(stale)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"id": "43"}, "id"),
        ({"id": "yard"}, "id"),
        ({"zh": ""}, "zh"),
        ({"region": "999999"}, "region"),
        ({"firm": ""}, "firm"),
        ({"kinds": ""}, "kinds.0"),
        ({"move.0.from": "soon", "move.0.region": "510100"}, "move.0.from"),
        ({"licence.0.number": "HW"}, "licence.0.from"),
    ],
)
def test_a_wrong_site_is_told_beside_its_field(
    visit: Visit, site_app: SiteApp, typed: dict[str, str], field: str
) -> None:
    root = visit("root")
    root.get("/admin/sites/new")
    whole = {
        "id": "new-yard",
        "zh": "新",
        "en": "New",
        "firm": "f",
        "region": "430681",
        "kinds": "collection",
    }
    answer = root.post("/admin/sites/new", {**whole, **typed})
    assert answer.status_code == 422
    assert problems_of(answer)
    if field != "kinds.0":
        assert field in errors_beside(answer)
    assert "new-yard" not in ask(site_app.store, reference_in).sites


def some_document(site_app: SiteApp) -> str:
    with site_app.store.read() as reader:
        return str(settings_in(reader)["documents"]["rows"][0]["id"])


def test_a_target_is_added_with_its_source_and_changed(visit: Visit, site_app: SiteApp) -> None:
    root = english(visit("root"))
    root.get("/admin/targets/new")
    typed = {
        "region": "430000",
        "indicator": "direct_alloying",
        "year": "2027",
        "operator": ">=",
        "value": "24",
    }
    refused = root.post("/admin/targets/new", typed)
    assert refused.status_code == 422
    assert {"value", "document"} <= set(errors_beside(refused))
    typed |= {"value": "0.24", "document": some_document(site_app)}
    assert root.post("/admin/targets/new", typed).status_code == 302
    twice = root.post("/admin/targets/new", typed)
    assert (twice.status_code, "region" in errors_beside(twice)) == (422, True)
    path = "/admin/targets/430000-direct_alloying-all-2027"
    version = value_of(root.get(path), "version")
    assert root.post(path, {**typed, "version": version, "value": "0.3"}).status_code == 302
    stale = root.post(path, {**typed, "version": version, "value": "0.2"})
    assert errors_beside(stale)["value"] == "Stored now: 0.3"
    with site_app.store.read() as reader:
        kept = [
            one.body["value"] for one in reader.list_versions("target", "430000-direct_alloying-all-2027")
        ]
    assert kept == ["0.24", "0.3"]


def test_thresholds_of_findings_are_changed_and_count(visit: Visit, site_app: SiteApp) -> None:
    root, path = english(visit("root")), "/admin/thresholds"
    page = root.get(path)
    typed = {
        str(node.attributes["name"]): str(node.attributes["value"])
        for node in find_all(page, "form[method=post] input[type=text]")
    }
    assert set(typed) == set(Thresholds._fields)
    assert (typed["tare_ppm"], typed["night_ppm"], typed["yield_ppm"]) == ("2", "20", "100")
    version = value_of(page, "version")
    wrong = {
        "tare_ppm": "101",
        "night_from_hour": "24",
        "yield_heats": "0",
        "return_days": "x",
        "supplier_times": "",
    }
    assert set(errors_beside(root.post(path, {**typed, **wrong, "version": version}))) == set(wrong)
    assert (
        root.post(path, {**typed, "tare_ppm": "2.5", "return_days": "45", "version": version}).status_code
        == 302
    )
    limits = ask(site_app.store, find_thresholds)
    assert limits == DEFAULT_THRESHOLDS._replace(tare_ppm=25_000, return_days=45)
    stale = root.post(path, {**typed, "version": version})
    assert errors_beside(stale)["return_days"] == "Stored now: 45"
    noted = ask(site_app.store, list_entries, AuditFilter(action=AuditAction.THRESHOLDS_CHANGE))
    assert [entry.person for entry in noted.entries] == ["root"]


def test_the_audit_log_holds_who_did_what_and_is_searched(visit: Visit, site_app: SiteApp) -> None:
    root, worker = english(visit("root")), visit("wang", "yard")
    worker.get("/admin/people", buffered=True)
    worker.get("/events/01970000-0000-7000-8000-000000000001", buffered=True)
    root.get("/admin/people/new")
    root.post(
        "/admin/people/new", {"id": "new", "name": "N", "language": "zh", **roles(("operator", "yard"))}
    )
    file = root.get("/admin/audit/audit.csv", buffered=True)
    rows = list(csv.DictReader(io.StringIO(file.data.decode("utf-8-sig"))))
    told = {(row["person"], row["action"], row["outcome"]) for row in rows}
    assert {("wang", "refused", "refused"), ("root", "account_add", "done")} <= told
    shown = root.get("/admin/audit?person=wang&action=refused")
    assert len(find_all(shown, "tbody tr")) == 2
    assert not find_all(root.get("/admin/audit?from=2030-01-01"), "tbody tr")
    assert find_all(root.get("/admin/audit?until=2030-01-01"), "tbody tr")
    for bad in ("from=soon", "until=0000-00-00", "from=9999-99-99"):
        assert root.get(f"/admin/audit?{bad}").status_code == 422
        assert root.get(f"/admin/audit/audit.csv?{bad}").status_code == 400
    with site_app.store.read() as reader:
        exports = audit.list_entries(reader, audit.AuditFilter(action="export")).entries
    assert [one.person for one in exports] == ["root"]


def test_what_strangers_and_no_form_of_ours_try_stands_in_the_audit_log(
    visit: Visit, site_app: SiteApp
) -> None:
    stranger = visit()
    stranger.client.post("/sign-in", data={"person": "chen"}, headers={"Origin": "https://evil.example"})
    stranger.get("/report/nation/CN/figures.csv", headers={"Authorization": "Bearer nft_none"}, buffered=True)
    stranger.get("/enrol")
    stranger.post("/enrol", {"code": "AAAAA-AAAAA"}, buffered=True)
    for _ in range(6):
        last = stranger.sign_in("nobody", "wrong horse")
        last.close()
    assert last.status_code == 429
    for path in ("/nothing", "/lots"):
        stranger.get(path, buffered=True)  # where nothing is tried, nothing is noted
    wang = visit("wang", "yard")
    ours = {"Origin": "http://localhost"}
    wang.client.post("/api/v1/events", json={"kind": "smelt"}, headers=ours, buffered=True)
    wang.client.post("/api/v1/events", data=b"<xml/>", headers=ours, buffered=True)
    wang.post("/collect", {"ticket": "n" * 2_000_000}, buffered=True)
    wang.post("/import", {"photos": "ab" * 32}, buffered=True)  # a digest alone, never given to them
    wang.get("/")
    wang.post("/sign-out", {}, buffered=True)
    with site_app.store.read() as reader:
        told = {
            (one.person, one.action, one.outcome, one.kind)
            for one in audit.list_entries(reader).entries
            if one.address == "127.0.0.1"
        }
    assert {
        ("", "refused", "refused", "session.enter"),
        ("", "refused", "wrong", "report.exact_place_file"),
        ("", "device_enrol", "wrong", "access.enrol"),
        ("", "refused", "limited", "session.enter"),
        ("wang", "sign_out", "done", "person"),
        ("wang", "refused", "wrong", "api.record"),
        ("wang", "refused", "wrong", "collect.form"),
        ("wang", "refused", "refused", "import.form"),
    } <= told
    assert ("", "refused", "refused", "lots.list") not in told


def test_home_tells_an_administrator_what_waits(visit: Visit, site_app: SiteApp) -> None:
    soon = Person("leaver", "Leaver", (Assignment("operator", "yard", "", "2026-01-20"),), "hash")
    gone = Person("gone", "Gone", (Assignment("operator", "yard", "", "2025-01-20"),), "hash")
    shut = Person("shut", "Shut", (Assignment("operator", "yard"),), "hash", disabled=True)
    for person in (soon, gone, shut):
        site_app.store.write(lambda writer, one=person: put_person(writer, one))  # type: ignore[misc]
    for who in ("root", "yard-admin"):
        text = words_of(find_all(visit(who).get("/"), "section.warned")[0])
        assert "leaver" in text
        assert "shut" not in text  # an account that was disabled waits for nothing
        assert "gone" in text
    assert site_app.now_ms == NOW_MS
    assert not find_all(visit("wang", "yard").get("/"), "#waiting")


def test_what_lies_open_where_nobody_works_is_found_and_cancelled_with_a_reason(
    site_app: SiteApp, visit: Visit
) -> None:
    opened_ms = site_app.now_ms - 3 * DAY_MS
    heat = open_heat(
        site_app.store, uuid7(900_000), "plant", OpenHeat("melt", "2", "adc12"), Actor("wang", opened_ms)
    )
    root = english(visit("root"))
    (link,) = attributes_of(root.get("/admin/sites"), 'a[href$="#open-work"]', "href")
    page = root.get(link)
    assert attributes_of(page, "select[name=work] option", "value") == ["", heat.id]
    assert "2026-0001" not in root.get("/admin/sites/yard").text
    cancel = "/admin/sites/plant/cancel-work"
    assert link.startswith(root.post(cancel, {"work": heat.id, "reason": " "}).location)
    assert find_all(root.get(link), "select[name=work]"), "nothing is cancelled without a reason"
    elsewhere = "/admin/sites/yard/cancel-work"
    root.post(elsewhere, {"work": heat.id, "reason": "closed"})
    root.post(cancel, {"work": heat.id, "reason": "the plant is closed"})
    assert not find_all(root.get(link), "select[name=work]")
    with site_app.store.read() as reader:
        (ended,) = find_closed_work(reader, [heat.id])
    assert (ended.state, ended.ended_by, ended.reason) == (
        WorkState.CANCELLED,
        "root",
        "the plant is closed",
    )
    assert visit("yard-admin").post(cancel, {"work": heat.id, "reason": "x"}).status_code == 403

"""A firm's supervisors and administrators correct a party; to everybody else it does not exist."""

from collections.abc import Callable

import pytest

from tests.support.pages import PASSWORD, SiteApp, Visitor, errors_beside, problems_of, value_of
from tests.support.reading import ask
from traceability.domain.access import Assignment
from traceability.services.directory import audit
from traceability.services.directory.people import Person, add_person, hash_password, put_person

Visit = Callable[..., Visitor]


@pytest.fixture
def party(site_app: SiteApp) -> str:
    """The id of a supplier that only the yard's firm deals with."""
    for person, role, site in (
        ("boss", "supervisor", "plant"), ("hand", "operator", "yard"), ("rival", "supervisor", "chengdu"),
    ):  # fmt: skip
        add_person(site_app.store, person, person, PASSWORD, [Assignment(role, site)])
    root = Person("root", "root", (Assignment("admin", "*"),), hash_password(PASSWORD))
    site_app.store.write(lambda writer: put_person(writer, root))
    return collect(site_app, "yard", "chen")


def collect(site_app: SiteApp, site: str, actor: str, supplier: str = "Zhnag") -> str:
    business = site_app.business
    business.do(
        "collect", site, actor=actor, supplier_name=supplier, ticket=f"T-{business.number}", source_class="post",
        channel="offline", outputs=[{"form": "scrap", "material": "tense", "mass_g": 1_000_000}],
    )  # fmt: skip
    detail = business.event(business.last_event()).draft.detail
    return str(detail.supplier)  # type: ignore[union-attr]


@pytest.mark.parametrize("person", ["boss", "root"])
def test_a_name_and_licence_are_corrected_and_the_old_name_still_leads_there(
    site_app: SiteApp, visit: Visit, party: str, person: str
) -> None:
    visitor = visit(person)
    page = visitor.get(f"/parties/{party}")
    typed = {
        "version": value_of(page, "version"), "name": "Zhang", "code": "#17", "licence.0.number": "HW-9",
        "licence.0.waste_codes": "321-026-48", "licence.0.from": "2026-01-01", "licence.0.until": "2026-12-31",
        "region": "440600",
    }  # fmt: skip
    done = visitor.post(f"/parties/{party}", typed)
    assert done.status_code == 302, problems_of(done)
    with site_app.store.read() as reader:
        body = reader.find_documents("party", [party])[party].body
    assert (body["name"], body["licences"][0]["number"]) == ("Zhang", "HW-9")
    assert (body["region"], "country" in body, "class" in body) == ("440600", False, False)
    assert collect(site_app, "yard", "chen", "Zhang") == collect(site_app, "yard", "chen", "Zhnag") == party
    noted = ask(site_app.store, lambda reader: audit.list_entries(reader).entries)
    assert [(one.person, one.id) for one in noted if one.action == "party_change"] == [(person, party)]
    stale = visitor.post(f"/parties/{party}", {**typed, "name": "Zhang San"})
    assert stale.status_code == 422
    assert "Zhang" in errors_beside(stale)["name"]


@pytest.mark.parametrize("person", ["rival", "hand", "zhao", "hunan-planner"])
def test_a_party_of_others_is_like_none(site_app: SiteApp, visit: Visit, party: str, person: str) -> None:
    visitor = visit(person)
    answers = [visitor.get(f"/parties/{id_}") for id_ in (party, "0194a000-0000-7000-8000-00000000ffff")]
    assert [one.status_code for one in answers] == [404, 404]
    assert visitor.post(f"/parties/{party}", {"version": "1", "name": "Stolen"}).status_code == 404
    listed = visitor.get("/parties")
    assert "Zhnag" not in listed.text
    assert listed.status_code in (200, 403)


def test_one_that_came_by_files_is_changed_by_administrators_alone(
    site_app: SiteApp, visit: Visit, party: str
) -> None:
    site_app.store.write(lambda writer: writer.put_document(
        "party_met", "*:supplier:zhnag", {"name": "Zhnag", "id": party}, group="*:supplier"
    ))  # fmt: skip
    assert visit("boss").get(f"/parties/{party}").status_code == 404
    assert visit("root").get(f"/parties/{party}").status_code == 200


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    ("typed", "field"),
    [({"name": ""}, "name"), ({"name": "a\tb"}, "name"), ({"code": "91430100MA4L16FX8A"}, "code"),
     ({"licence.0.number": "HW-9"}, "licence.0.from"), ({"region": "999999"}, "region"), ({"region": "x"}, "region"),
     ({"region": "440600", "country": "VN"}, "country")],
)  # fmt: skip
def test_what_is_wrong_stands_beside_its_field(
    site_app: SiteApp, visit: Visit, party: str, typed: dict[str, str], field: str, language: str
) -> None:
    boss = visit("boss")
    boss.client.set_cookie("language", language)
    version = value_of(boss.get(f"/parties/{party}"), "version")
    answer = boss.post(f"/parties/{party}", {"version": version, "name": "Zhang", **typed})
    assert answer.status_code == 422
    assert errors_beside(answer)[field]
    assert "Zhnag" in boss.get("/parties").text


@pytest.mark.parametrize(("person", "offered"), [("boss", True), ("hand", False), ("root", False)])
def test_the_menu_leads_supervisors_to_their_parties(
    visit: Visit, party: str, person: str, offered: bool
) -> None:
    page = visit(person).get("/lots")
    assert ('href="/parties"' in page.text) == offered

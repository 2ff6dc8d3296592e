"""Labels are printed from a page: of lots and of rolls, as files and straight to a printer."""

import re
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from threading import Thread

import pypdfium2
import pytest

from graph.store import Writer
from scanners.codes import group_code, is_code
from tests.support.labels import read_codes
from tests.support.markup import attributes_of, find_all, find_one, hidden_fields_of, words_of
from tests.support.pages import PASSWORD, SiteApp, Visitor, errors_beside
from traceability.domain.access import Assignment
from traceability.services.auditing.facts import LABEL
from traceability.services.directory.audit import AuditAction, AuditFilter, list_entries
from traceability.services.directory.label_printers import PORTS
from traceability.services.directory.label_rolls import ROLL_KIND
from traceability.services.directory.people import Person, hash_password, put_person
from traceability.web.labels import views as label_views

Visit = Callable[..., Visitor]


@pytest.fixture
def admin(site_app: SiteApp, visit: Visit) -> Visitor:
    """An administrator, signed in."""
    person = Person("root", "管理员", (Assignment("admin", "*"),), hash_password(PASSWORD))
    site_app.store.write(lambda writer: put_person(writer, person))
    return visit("root")


@pytest.fixture
def stranger(site_app: SiteApp, visit: Visit) -> Visitor:
    """Somebody of another firm, signed in."""
    person = Person("mallory", "mallory", (Assignment("operator", "guiyang"),), hash_password(PASSWORD))
    site_app.store.write(lambda writer: put_person(writer, person))
    return visit("mallory", "guiyang")


def read_pdf(file: bytes, count: int) -> list[set[str]]:
    """The codes of each page."""
    pages = pypdfium2.PdfDocument(file)
    assert len(pages) == count
    return [set(read_codes(page.render(scale=203 / 72).to_pil().convert("L"))) for page in pages]


def forget_printings(writer: Writer, roll: str) -> None:
    """Make a roll one of those that were drawn before printings were counted."""
    body = writer.find_documents(ROLL_KIND, [roll])[roll].body
    kept = {name: value for name, value in body.items() if name != "printed"}
    writer.put_document(ROLL_KIND, roll, kept, group="yard")


def printed(site_app: SiteApp, kind: str) -> list[str]:
    with site_app.store.read() as reader:
        return [
            entry.id
            for entry in list_entries(reader, AuditFilter(action=AuditAction.PRINT, kind=kind)).entries
        ]


def test_labels_of_lots_tell_what_they_are_and_are_printed_in_every_form(
    site_app: SiteApp, visit: Visit
) -> None:
    business = site_app.business
    scrap = business.collect("tense", 1000)
    alloy, dross = business.melt((scrap, 600), into=500, dross_kg=50, site="yard", heat="A-17")
    codes = [business.lot(lot).code for lot in (alloy, dross)]
    wang = visit("wang", "yard")
    query = "&".join(f"code={code}" for code in codes)
    page = wang.get(f"/labels?{query}&size=100x70&copies=2")
    shown = find_all(page, "svg.label")
    assert len(shown) == 2
    assert shown[0].attributes["width"] == "100mm"
    told = shown[0].text(separator=" ").replace("\xa0", " ")
    assert all(words in told for words in ("500 kg", "炉号 A-17", "2025-01"))
    assert not shown[0].css("polygon")
    assert "危险废物 321-" in shown[1].text()
    assert shown[1].css("polygon"), "the hazard mark"
    assert attributes_of(page, "#size option[selected]", "value") == ["100x70"]
    hrefs = attributes_of(page, "a[download]", "href")
    assert len(hrefs) == 3
    pdf, zpl, tspl = (wang.get(href) for href in hrefs)
    addresses = [{f"http://localhost/l/{code}"} for code in codes]
    assert read_pdf(pdf.data, 4) == [addresses[0], addresses[0], addresses[1], addresses[1]]
    assert zpl.data.count(b"^PQ2") == 2
    assert b"SIZE 100 mm,70 mm" in tspl.data
    sheet = wang.get(f"/labels/labels.pdf?{query}&paper=a4")
    assert read_pdf(sheet.data, 1) == [addresses[0] | addresses[1]]
    for answer in (page, pdf, zpl, tspl, sheet):
        answer.close()
    assert set(printed(site_app, LABEL)) == set(codes)
    noted = printed(site_app, "labels")
    assert len(noted) == 4, "every printing has an entry of its own"
    assert all(codes[0] in entry for entry in noted)
    assert sorted(entry.split(" · ")[:2] for entry in noted) == [
        ["2", "pdf"],
        ["4", "pdf"],
        ["4", "tspl"],
        ["4", "zpl"],
    ]


def test_what_cannot_be_is_told_and_the_rest_is_printed(site_app: SiteApp, visit: Visit) -> None:
    code = site_app.business.lot(site_app.business.collect("tense", 1000)).code
    wang = visit("wang", "yard")
    page = wang.get(f"/labels?code={code}&code=126B-07K7-Q3F7")
    assert len(find_all(page, "svg.label")) == 1
    assert "126B-07K7-Q3F7" in words_of(find_one(page, ".notice.error"))
    for wrong in ("copies=0", "copies=99", "copies=%E4%BA%8C", "dpi=7000000000", "copies=" + "9" * 30):
        page = wang.get(f"/labels?code={code}&{wrong}")
        assert page.status_code == 200
        assert find_all(page, ".notice.error"), wrong
        assert wang.get(f"/labels/labels.zpl?code={code}&{wrong}").status_code == 302
    void = site_app.business.lot(site_app.business.collect("tense", 1000)).code
    site_app.business.void(site_app.business.last_event())
    page = wang.get(f"/labels?code={code}&code={void}")
    assert len(find_all(page, "svg.label")) == 1
    assert group_code(void) in words_of(find_one(page, ".notice.error"))
    assert wang.get(f"/labels/labels.zpl?code={void}").status_code == 302
    assert f"/labels?code={void}" not in wang.get(f"/l/{void}").text
    assert wang.get("/labels").status_code == 200
    assert wang.get("/labels?code=nothing").status_code == 422
    assert wang.get("/labels/labels.pdf").status_code == 302
    assert wang.get(f"/labels?code={code}&size=3x3&paper=gold&dpi=250").status_code == 200
    assert wang.get("/labels?" + f"code={code}&" * 201).text.count('class="label"') == 200


def test_a_public_address_that_no_phone_opens_is_warned_of(site_app: SiteApp, visit: Visit) -> None:
    code = site_app.business.lot(site_app.business.collect("tense", 1000)).code
    page = visit("wang", "yard").get(f"/labels?code={code}")
    assert "TRACEABILITY_PUBLIC_URL" in words_of(find_one(page, ".notice.warning"))


# --- rolls ---------------------------------------------------------------------------------------------------------


def make_roll(wang: Visitor, count: str, size: str = "60x40") -> str:
    wang.get("/labels/rolls")
    answer = wang.post("/labels/rolls", {"count": count, "size": size})
    assert answer.status_code == 302
    return answer.location


def test_more_labels_than_a_printing_has_are_no_file(
    site_app: SiteApp, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    wang = visit("wang", "yard")
    roll = make_roll(wang, "201")
    page = wang.get(f"{roll}&copies=20")
    assert page.status_code == 200
    assert "要打印4020张" in re.sub(r"\s", "", words_of(find_one(page, ".notice.error")))
    assert wang.get(f"{roll.replace('/labels?', '/labels/labels.pdf?')}&copies=20").status_code == 302
    monkeypatch.setattr(label_views, "QUEUE_S", 0.01)
    file = roll.replace("/labels?", "/labels/labels.zpl?") + "&to=1"
    with label_views._room, label_views._room:
        assert wang.get(file).status_code == 302
    assert "正在打印" in words_of(find_one(wang.get(roll), ".notice.error"))
    assert wang.get(file).status_code == 200


def test_a_roll_is_drawn_once_and_has_the_same_codes_whenever_it_is_printed(
    site_app: SiteApp, visit: Visit
) -> None:
    wang = visit("wang", "yard")
    assert find_all(wang.get("/labels/rolls"), ".empty")
    first = make_roll(wang, "１２", "100x70")
    assert make_roll(wang, "3") != first
    page = wang.get(first)
    codes = [label.attributes["aria-label"] or "" for label in find_all(page, "svg.label")]
    assert len(set(codes)) == 12
    assert all(is_code(code.replace("-", "")) for code in codes)
    pdf = next(href for href in attributes_of(page, "a[download]", "href") if ".pdf" in href)
    once, again = (read_pdf(wang.get(pdf).data, 12) for _ in range(2))
    assert once == again == [{f"http://localhost/l/{code.replace('-', '')}"} for code in codes]
    part = wang.get(pdf.replace("from=1", "from=5").replace("to=12", "to=6"))
    assert read_pdf(part.data, 2) == once[4:6]
    site_app.business.collect("tense", 1000, code=codes[0].replace("-", ""))
    rows = find_all(wang.get("/labels/rolls"), "tbody tr")
    assert [cell.text().strip() for cell in rows[1].css("td.number")] == ["12", "1", "3"], "one is bound"
    assert [cell.text().strip() for cell in rows[0].css("td.number")] == ["3", "0", "0"]
    site_app.store.write(lambda writer: forget_printings(writer, "yard.000002"))
    wang.get(pdf.replace("000001", "000002"))
    assert find_all(wang.get("/labels/rolls"), "tbody tr")[0].css("td.number")[2].text().strip() == "未计"
    assert any(entry.startswith("yard.000001 · 12") for entry in printed(site_app, "label_roll"))


@pytest.mark.parametrize("count", ["", "1001", "0", "-1", "ten", "1.5", "9" * 30])
def test_a_number_of_labels_that_cannot_be_is_refused_and_no_roll_is_drawn(visit: Visit, count: str) -> None:
    wang = visit("wang", "yard")
    wang.get("/labels/rolls")
    answer = wang.post("/labels/rolls", {"count": count, "size": "60x40"})
    assert answer.status_code == 422
    assert "1000" in errors_beside(answer)["count"].replace("\xa0", "")
    assert find_all(answer, ".empty")


def test_a_roll_belongs_to_its_site(visit: Visit, stranger: Visitor) -> None:
    address = make_roll(visit("wang", "yard"), "2")
    for wrong in (address.replace("yard", "chengdu"), "/labels?roll=none", "/labels?roll=yard.000009"):
        assert visit("wang", "yard").get(wrong).status_code == 404
    assert stranger.get(address).status_code == 404
    page = visit("wang", "yard").get(f"{address}&from=2&to=1")
    assert find_all(page, ".notice.error")


# --- printers ------------------------------------------------------------------------------------------------------


@pytest.fixture
def printer() -> Iterator[tuple[int, list[bytes]]]:
    """A printer at a port that may be registered: (its port, what it was sent)."""
    received: list[bytes] = []

    def print_all(server: socket.socket) -> None:
        with closing(server.accept()[0]) as connection:
            pieces = []
            while piece := connection.recv(65536):
                pieces.append(piece)
            received.append(b"".join(pieces))

    server = open_port()
    thread = Thread(target=print_all, args=(server,), daemon=True)
    thread.start()
    yield server.getsockname()[1], received
    thread.join(0.1)
    server.close()


def open_port(*, listening: bool = True) -> socket.socket:
    """Return a port of a printer, which no other test takes meanwhile."""
    for port in PORTS:
        taken = socket.socket()
        try:
            taken.bind(("127.0.0.1", port))
            if listening:
                taken.listen()
            return taken
        except OSError:
            taken.close()
    raise AssertionError("no port of a printer is free")


def register(admin: Visitor, **changed: str) -> object:
    page = admin.get("/admin/printers")
    form = {
        **hidden_fields_of(page.text), "name": "地磅房", "site": "yard", "host": "127.0.0.1", "port": "9100",
        "language": "zpl", "dpi": "203", "size": "60x40", **changed,
    }  # fmt: skip
    return admin.post("/admin/printers", form)


def test_labels_go_to_the_printers_of_ones_site_and_nowhere_else(
    site_app: SiteApp, visit: Visit, admin: Visitor, stranger: Visitor, printer: tuple[int, list[bytes]]
) -> None:
    port, received = printer
    code = site_app.business.lot(site_app.business.collect("tense", 1000)).code
    wang = visit("wang", "yard")
    assert not find_all(wang.get(f"/labels?code={code}"), "#printer")
    register(admin, port=str(port))
    page = wang.get(f"/labels?code={code}&copies=2")
    (known,) = attributes_of(page, "#printer option", "value")
    sent = wang.post("/labels/print", {"printer": known, "code": code, "copies": "2"})
    sent.close()
    assert sent.status_code == 302
    assert "2" in words_of(find_one(wang.get(sent.location), ".notice.success"))
    assert received[0].startswith(b"^XA\n^PW480\n^LL320\n")
    assert b"^PQ2" in received[0]
    assert any(entry.startswith(f"2 · 127.0.0.1 {port} · {code}") for entry in printed(site_app, "labels"))
    for address in ("127.0.0.1 22", "169.254.169.254 80", "http://localhost/", ""):
        assert wang.post("/labels/print", {"printer": address, "code": code}).status_code == 404
    assert wang.post("/labels/print", {"printer": known}).status_code == 400
    stranger.get("/labels/rolls")
    assert stranger.post("/labels/print", {"printer": known, "code": code}).status_code == 404


def test_a_printer_that_is_off_is_told_of_and_nothing_is_noted_as_printed(
    site_app: SiteApp, visit: Visit, admin: Visitor
) -> None:
    code = site_app.business.lot(site_app.business.collect("tense", 1000)).code
    with closing(open_port(listening=False)) as off:
        port = off.getsockname()[1]
        register(admin, port=str(port))
        wang = visit("wang", "yard")
        wang.get(f"/labels?code={code}")
        sent = wang.post("/labels/print", {"printer": f"127.0.0.1 {port}", "code": code})
        assert "地磅房" in words_of(find_one(wang.get(sent.location), ".notice.error"))
    assert printed(site_app, "labels") == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("host", "printer.example"), ("host", "169.254.169.254"), ("host", "0.0.0.0"), ("host", "224.0.0.1"),
        ("host", ""), ("port", "6379"), ("port", "22"), ("port", "９１００"), ("port", "x"), ("name", ""),
        ("site", "nowhere"), ("language", "epl"), ("dpi", "600"), ("size", "1x1"),
    ],
)  # fmt: skip
def test_what_is_no_printer_is_not_registered(admin: Visitor, field: str, value: str) -> None:
    answer = register(admin, **{field: value})
    assert errors_beside(answer)[field]  # type: ignore[arg-type]
    assert find_all(admin.get("/admin/printers"), ".empty")


def test_only_administrators_of_all_register_printers_and_take_them_out(
    site_app: SiteApp, visit: Visit, admin: Visitor
) -> None:
    assert visit("wang", "yard").get("/admin/printers").status_code == 403
    register(admin, host="192.168.1.50")
    again = register(admin, host=" 192.168.1.50", name="other")
    assert "地磅房" in str(errors_beside(again)["host"])  # type: ignore[arg-type]
    (row,) = find_all(admin.get("/admin/printers"), "tbody tr")
    assert all(told in words_of(row) for told in ("192.168.1.50 : 9100", "地磅房"))
    assert admin.post("/admin/printers/remove", {"printer": "192.168.1.50 9100"}).status_code == 302
    assert find_all(admin.get("/admin/printers"), ".empty")
    with site_app.store.read() as reader:
        changes = list_entries(reader, AuditFilter(action=AuditAction.PRINTER_CHANGE)).entries
    assert [(entry.person, entry.id) for entry in changes] == [("root", "192.168.1.50 9100")] * 2
    assert re.fullmatch(r"[\d. ]+", changes[0].id)

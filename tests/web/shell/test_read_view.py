"""A page is made of one read view, and nothing reads the store while it renders."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any, cast

import pytest
from flask import Flask, before_render_template, template_rendered

from graph.store import Reader, Store
from scanners.scales.live import LiveWeight
from tests.support.business import uuid7
from tests.support.heats import charge_heat
from tests.support.pages import SiteApp, Visitor, open_site, value_of
from tests.support.scales import add_scale
from tests.support.tickets import open_truck
from traceability.domain.rights import Viewer
from traceability.services.directory.audit import Actor
from traceability.services.recording.judge import Deliverer
from traceability.services.recording.pending_book import new_code
from traceability.services.recording.queue import Queue, capture_queue
from traceability.services.recording.scale_readings import keep_reading
from traceability.services.tracing.lineage import Lineage, trace_lineage
from traceability.services.upkeep import jobs
from traceability.web.shell.report_pages import FORMS
from traceability.wire import dump_draft, load_draft


class WatchedStore:
    """A store that counts the read views opened, and fails whoever reads while a template renders."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.url = store.url
        self.views = 0
        self.is_rendering = False
        self.migrate, self.write = store.migrate, store.write

    @contextmanager
    def read(self) -> Iterator[Reader]:
        """Open a view of the real store."""
        self.views += 1
        with self.store.read() as reader:
            yield cast("Reader", WatchedReader(self, reader))

    def watch(self, app: Flask) -> None:
        """Follow when templates of the application begin and end to render."""

        @before_render_template.connect_via(app)
        def begin(sender: Flask, **rendered: object) -> None:
            self.is_rendering = True

        @template_rendered.connect_via(app)
        def end(sender: Flask, **rendered: object) -> None:
            self.is_rendering = False


class WatchedReader:
    """A reader that answers only while no template renders."""

    def __init__(self, store: WatchedStore, reader: Reader) -> None:
        self._store = store
        self._reader = reader

    def __getattr__(self, name: str) -> Any:
        assert not self._store.is_rendering, f"{name} while a template renders"
        return getattr(self._reader, name)


@pytest.fixture
def watched(store: Store) -> WatchedStore:
    """The store of each engine, watched."""
    return WatchedStore(store)


@pytest.fixture
def site(watched: WatchedStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SiteApp:
    """The application on a watched store."""
    app = open_site(cast("Store", watched), tmp_path, monkeypatch)
    watched.watch(app.app)
    return app


def sign_in(site: SiteApp, person: str, at: str) -> Visitor:
    """Return a client signed in at a site."""
    visitor = Visitor(site.app.test_client())
    assert visitor.sign_in(person).status_code == 302
    return visitor.work_at(at)


def submit(site: SiteApp, event: str) -> str:
    """Submit a job that voids an event; its id."""
    draft = site.business.draft(
        "correct", "yard", targets=[{"event": event}], reason="never came", cascade=True
    )
    return jobs.submit_capture(
        site.store, dump_draft(load_draft(draft)), Deliverer("session:chen", "chen"), site.now_ms
    ).id


def hold(site: SiteApp) -> str:
    """Send a draft that waits for a lot, as a device would; its id."""
    made = [{"form": "scrap", "material": "tense", "mass_g": 1_000}]
    draft = site.business.draft("sort", "yard", inputs=[{"lot_code": new_code()}], outputs=made)
    queue = Queue([load_draft(draft)], site.now_ms)
    assert capture_queue(site.store, queue, Deliverer("x", "chen"), site.now_ms).receipts[0].status == "held"
    return str(draft["id"])


OF_TICKETS = {
    "weighbridge.show": "", "weighbridge.close": "/close", "weighbridge.slip": "/slip", "weighbridge.slip_pdf": "/slip.pdf",
    "weighbridge.receipt": "/receipt", "weighbridge.receipt_pdf": "/receipt.pdf", "weighbridge.price": "/purchase",
}  # fmt: skip
OF_HEATS = {
    "furnace.show": "", "furnace.show_part": "/charge", "furnace.pick": "/stock", "furnace_finish.finish": "/finish",
}  # fmt: skip


def test_a_page_opens_one_view_at_most_and_none_while_it_renders(
    site: SiteApp, watched: WatchedStore
) -> None:
    business = site.business
    lot = business.collect("tense", 1000)
    made = business.last_event()
    alloy, _ = business.melt((lot, 600), into=500, dross_kg=50, site="yard")
    melt = business.last_event()
    business.assay(lot, "0.92")
    business.void(business.last_event())
    business.ship(alloy, "plant", site="yard")
    shipped = business.last_event()
    code, alloy_code = business.lot(lot).code, business.lot(alloy).code
    material = business.lot(alloy).material
    figure = "level=nation&code=CN&indicator=supply_share&period=2025"
    scale = add_scale(site.store).id
    keep_reading(site.store, "yard", scale, LiveWeight("stable", 18_200_000), site.now_ms)
    ticket = open_truck(site.store, uuid7(920_000), "yard", Actor("chen", site.now_ms)).id
    furnace, heat = charge_heat(site.store, uuid7(930_000), "yard", Actor("chen", site.now_ms))
    pages: dict[str, tuple[str, ...]] = {
        "api.event": (f"/api/v1/events/{made}",),
        "api.lot": (f"/api/v1/lots/{code}",),
        "api.trace": (f"/api/v1/trace/{code}",),
        "correct.replace": (f"/events/{made}/replace", f"/events/{melt}/replace"),
        "correct.void": (f"/events/{made}/void", f"/events/{melt}/void"),
        "events.show": (f"/events/{made}", f"/e/{melt}"),
        "book.at": ("/audit/book/at/1?period=2025",),
        "book.at_file": ("/audit/book/at/1.csv?period=2025",),
        "journal.send": ("/audit/journal.csv",),
        "findings.one": ("/audit/findings/none",),
        "held.show": (f"/held/{hold(site)}",),
        "held.mend": (f"/held/{hold(site)}/mend",),
        "find.show": ("/find", f"/find?q={code[:6]}", "/find?q=T00001", "/find?q=zhang"),
        "help.show": ("/help/planner", "/help/auditor"),
        "jobs.show": (f"/jobs/{submit(site, made)}",),
        "api.tell": (f"/api/v1/jobs/{submit(site, melt)}",),
        "labels.show": (f"/labels?code={code}&code={alloy_code}",),
        "labels.rolls": ("/labels/rolls",),
        "labels.send": (f"/labels/labels.zpl?code={code}",),
        "delivery_note.show": (f"/events/{shipped}/delivery-note",),
        "delivery_note.show_file": (f"/events/{shipped}/delivery-note.pdf",),
        "delivery_note.open_truck": ("/t/T0000003RJ0R",),
        "lot_checks.check": (
            f"/record/sort/lots/{code}?site=yard",
            "/record/sort/lots/126B07K7Q3F7?site=yard",
        ),
        "lots.list_all": ("/lots", "/lots?site=plant"),
        "lots.show": (f"/l/{code}", f"/l/{alloy_code}", "/l/126B07K7Q3F7"),
        "lots.trace": (f"/l/{code}/trace",),
        "party.show": ("/parties/none",),
        "people.show": ("/admin/people/wang",),
        "photos.show": ("/photos/0?key=0",),
        "register.show": ("/register", "/register/province/430000", "/register/site/yard"),
        "register.show_file": ("/register/province/430000/certificates.csv",),
        "report.declarations_file": (f"/report/declarations.csv?{figure}",),
        "report.element": ("/report/nation/CN/elements/Al?period=2025",),
        "report.figure": (f"/report/figure?{figure}",),
        "report.figure_file": (f"/report/figure.csv?{figure}",),
        "report.lots": (f"/report/site/yard/products/{material}?period=2025",),
        "report.products": ("/report/nation/CN/products?period=2025",),
        "report.products_file": ("/report/nation/CN/products.csv?period=2025",),
        "report.claims_file": ("/report/nation/CN/claims.csv?period=2025",),
        "report.element_file": ("/report/nation/CN/elements/Al.pdf?period=2025",),
        "report.region": ("/report/nation/CN?period=2025", "/report/province/430000?period=2025"),
        "report.region_file": ("/report/province/430000.xlsx?period=2025",),
        "report.exact_place_file": ("/report/province/430000/figures.csv?period=2025",),
        "report.gap_file": (f"/report/gap.csv?{figure}",),
        "report.residues_file": (f"/report/residues.csv?{figure}",),
        "scales.change": (f"/scales/{scale}",),
        "scales.tell_all": ("/scales/of/yard.json",),
        "scales.tell_reading": (f"/scales/{scale}/reading.json",),
        "scans.answer": ("/scan", f"/scan?q={code}"),
        "scans.card": (f"/s/{code}",),
        "session.choose_language": ("/language/en",),
        "sites.show": ("/admin/sites/yard",),
        "month_reports.send": ("/reports/monthly/CN_2025-03_zh_v1.pdf",),
        "targets.show": ("/admin/targets/none",),
        "static": ("/static/icon.svg",),
        **{name: (f"/furnace/{heat}{end}",) for name, end in OF_HEATS.items()},
        "furnace.open_card": (f"/furnace/card/{furnace}",),
        "furnaces.change": (f"/furnaces/{furnace}",),
        **{name: (f"/weighbridge/{ticket}{end}",) for name, end in OF_TICKETS.items()},
    }
    chen = sign_in(site, "chen", "yard")
    chen.get("/")  # the first request of a process prepares the store
    opened: dict[str, int] = {}
    for rule in site.app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()):
            continue
        assert rule.arguments <= {"form"} or rule.endpoint in pages, f"no address for {rule.endpoint}"
        # A report page has a file of each form, made of the same read view: a server is asked for one.
        offered = tuple(FORMS) if site.store.url.startswith("sqlite") else tuple(FORMS)[:1]
        forms = offered if rule.arguments == {"form"} else ("",)
        filled = tuple(re.sub("<[^>]+>", form, rule.rule) for form in forms)
        addresses = pages.get(rule.endpoint, filled)
        if rule.endpoint.endswith(".form"):
            addresses += (f"{rule.rule}?code={code}",)
        for address in addresses:
            watched.views = 0
            answer = chen.get(address)
            assert answer.status_code < 500, address
            assert answer.data is not None
            # The menu of an error page is read apart from what the page could not be made of.
            opened[address] = watched.views - (answer.status_code in (403, 404) and "/l/" not in address)
    # A file of postings is streamed after the request, each piece from a view of its own.
    del opened[f"/report/figure.csv?{figure}"]
    assert {address: views for address, views in opened.items() if views > 1} == {}
    assert opened[f"/l/{code}"] == 1


def test_a_lot_page_never_mixes_two_states_of_the_book(
    site: SiteApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An embedded page shows the state it began with; on a server it is made again from the new one."""
    lot = site.business.collect("tense", 1000)
    path = f"/l/{site.business.lot(lot).code}"
    writes: list[str] = []

    def write_between(reader: Reader, viewer: Viewer, lot_id: str) -> Lineage:
        """Record an event after the lot was read, before its history is."""
        if not writes:
            writes.append(lot_id)
            writing = Thread(target=site.business.adjust, args=(lot_id, -5.005))
            writing.start()
            writing.join()
        return trace_lineage(reader, viewer, lot_id)

    chen = sign_in(site, "chen", "yard")
    assert chen.get(path).status_code == 200
    monkeypatch.setattr("traceability.services.tracing.lot_dossier.trace_lineage", write_between)
    page = chen.get(path).text
    assert writes == [lot]
    assert ("994.995" in page) == (site.business.last_event() in page)
    page = chen.get(path).text
    assert "994.995" in page
    assert site.business.last_event() in page


def test_a_write_closes_the_view_and_what_follows_reads_what_was_written(site: SiteApp) -> None:
    lot = site.business.collect("tense", 1000)
    event, code = site.business.last_event(), site.business.lot(lot).code
    chen = sign_in(site, "chen", "yard")
    page = chen.get(f"/events/{event}/void")
    typed = {name: value_of(page, name) for name in ("id", "site", "targets-0-event")}
    answer = chen.post(f"/events/{event}/void", typed | {"reason": "never came"})
    assert answer.status_code == 302
    assert typed["id"] in chen.get(answer.location).text
    assert "作废" in chen.get(f"/l/{code}").text

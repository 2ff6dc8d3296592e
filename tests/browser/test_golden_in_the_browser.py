"""The golden scenario typed into the pages by the people of its sites, in a real browser, ending at the report.

Collecting, sorting, shipping, receiving and melting are typed; what has no page of its own in that list is loaded
through the front door in between, in the same order.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import playwright.sync_api as playwright
import pytest

from graph import open_store
from graph.store import Store
from tests.browser.site import Site
from tests.support.browser import OpenPage
from traceability.domain.quantity import format_kg
from traceability.exchange.seed import golden_drafts, load_reference, load_scenario
from traceability.services.recording.capture import capture_event
from traceability.services.recording.judge import Deliverer
from traceability.wire import load_draft

TYPED = {"collect", "sort", "ship", "receive", "melt"}
PASSWORD = "recycled-2025"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    store = open_store(f"sqlite:///{tmp_path}/golden.db")
    store.migrate()
    load_reference(store)
    load_scenario(store, "golden")
    with Site(store, tmp_path) as served:
        yield served


class Typist:
    """Types drafts of the wire into forms; remembers which lots the pages made in the place of the scenario's."""

    def __init__(self, site: Site, open_page: OpenPage) -> None:
        self.site = site
        self.store: Store = site.store
        self.open_page = open_page
        self.pages: dict[str, playwright.Page] = {}
        self.ids: dict[str, str] = {}
        self.codes: dict[str, str] = {}

    def page_of(self, person: str) -> playwright.Page:
        """The desk of a person, signed in."""
        if person not in self.pages:
            page = self.open_page()
            page.goto(f"{self.site.address}/sign-in")
            page.fill("#person", person)
            page.fill("#password", PASSWORD)
            page.click("main form button")
            page.wait_for_selector("text=退出")
            self.pages[person] = page
        return self.pages[person]

    # --- typing ----------------------------------------------------------------------------------------------------

    def enter(self, draft: dict[str, Any]) -> None:
        """Type one event and check that it was recorded."""
        page = self.page_of(draft["actor"])
        page.goto(f"{self.site.address}/{draft['kind']}")
        page.evaluate("document.querySelectorAll('main details').forEach(each => each.open = true)")
        getattr(self, f"type_{draft['kind']}")(page, draft)
        self.fill(page, "event_time", draft["event_time"][:16])
        if draft["kind"] == "melt":
            self.preview(page)
        before = self.head()
        page.click(".actions [data-finish]" if draft["kind"] == "melt" else ".actions button.main")
        page.wait_for_load_state()
        assert self.head() == before + 1, page.inner_text("main")
        self.remember(draft)

    def fill(self, page: playwright.Page, name: str, value: str) -> None:
        page.fill(f"[name='{name}']", value)

    def choose(self, page: playwright.Page, name: str, value: str) -> None:
        page.check(f"input[name='{name}'][value='{value}']", force=True)

    def type_collect(self, page: playwright.Page, draft: dict[str, Any]) -> None:
        [output] = draft["outputs"]
        self.choose(page, "outputs-0-material", output["material"])
        weighing = draft.get("weighing")
        if weighing:
            self.fill(page, "weighing-gross_kg", format_kg(weighing["gross_g"]))
            self.fill(page, "weighing-tare_kg", format_kg(weighing["tare_g"]))
            for name in ("moisture", "impurity"):
                if weighing.get(f"{name}_g"):
                    self.fill(page, f"weighing-{name}_amount", format_kg(weighing[f"{name}_g"]))
        else:
            self.fill(page, "outputs-0-mass_kg", format_kg(output["mass_g"]))
        self.fill(page, "supplier", draft["supplier"])
        self.fill(page, "ticket", draft["ticket"])
        self.fill(page, "vehicle", draft.get("vehicle", ""))
        self.fill(page, "manifest", draft.get("manifest", ""))
        self.choose(page, "source_class", draft["source_class"])
        self.choose(page, "channel", draft["channel"])
        if draft.get("radiation"):
            self.choose(page, "radiation", draft["radiation"])
        page.select_option("[name='origin']", draft.get("origin", ""))
        self.fill(page, "outputs-0-code", output["code"])

    def type_lots(self, page: playwright.Page, rows: list[dict[str, Any]], name: str) -> None:
        """Scan every lot into the list, then type masses beside them."""
        for number, row in enumerate(rows):
            page.fill("#scan-code", self.codes[row["lot"]])
            page.press("#scan-code", "Enter")
            page.wait_for_selector(f"[name='{name}-{number}-lot_code']", state="attached")
            playwright.expect(page.locator(f"[name='{name}-{number}-lot_code']")).not_to_have_value("")
        page.evaluate("document.querySelectorAll('main details').forEach(each => each.open = true)")
        for number, row in enumerate(rows):
            if row.get("mass_g"):
                self.fill(page, f"{name}-{number}-mass_kg", format_kg(row["mass_g"]))

    def type_outputs(self, page: playwright.Page, outputs: list[dict[str, Any]]) -> None:
        while page.locator("[name$='-material']").count() < len(outputs):
            page.click("button[name='action'][value='add-outputs']")
            page.wait_for_load_state()
        page.evaluate("document.querySelectorAll('main details').forEach(each => each.open = true)")
        for number, output in enumerate(outputs):
            row = f"outputs-{number}"
            page.select_option(f"[name='{row}-material']", output["material"])
            self.fill(page, f"{row}-mass_kg", format_kg(output["mass_g"]))
            page.select_option(f"[name='{row}-form']", output["form"])
            self.fill(page, f"{row}-code", output["code"])
            self.fill(page, f"{row}-waste_code", output.get("waste_code", ""))
            if output.get("metal_g") is not None:
                self.fill(page, f"{row}-metal_amount", format_kg(output["metal_g"]))
            elif output.get("metal_fraction"):
                page.select_option(f"[name='{row}-metal_unit']", "percent")
                self.fill(page, f"{row}-metal_amount", f"{float(output['metal_fraction']) * 100:g}")

    def type_sort(self, page: playwright.Page, draft: dict[str, Any]) -> None:
        self.type_lots(page, draft["inputs"], "inputs")
        self.type_outputs(page, draft["outputs"])
        if draft.get("loss_g") is not None:
            self.fill(page, "loss_kg", format_kg(draft["loss_g"]))

    def type_melt(self, page: playwright.Page, draft: dict[str, Any]) -> None:
        self.type_sort(page, draft)
        self.fill(page, "heat_number", draft["heat_number"])
        if draft.get("model"):
            page.select_option("[name='model']", draft["model"])
        if draft.get("uptake_g"):
            self.fill(page, "uptake_kg", format_kg(draft["uptake_g"]))
        if draft.get("started"):
            self.fill(page, "started", draft["started"][:16])

    def preview(self, page: playwright.Page) -> None:
        """Look at the balance before recording; nothing is stored by looking."""
        before = self.head()
        page.click("button[name='action'][value='preview']")
        page.wait_for_load_state()
        assert self.head() == before
        playwright.expect(page.locator("#preview")).to_contain_text("%")

    def type_ship(self, page: playwright.Page, draft: dict[str, Any]) -> None:
        self.type_lots(page, draft["lots"], "lots")
        if draft.get("to"):
            page.select_option("[name='to']", draft["to"])
        else:
            self.fill(page, "customer", draft["customer"])
        self.choose(page, "mode", draft["mode"])
        if draft.get("distance_km"):
            self.fill(page, "distance_km", str(draft["distance_km"]))

    def type_receive(self, page: playwright.Page, draft: dict[str, Any]) -> None:
        self.type_lots(page, draft["lots"], "lots")

    # --- keeping the thread ----------------------------------------------------------------------------------------

    def head(self) -> int:
        with self.store.read() as reader:
            return reader.find_head().seq

    def remember(self, draft: dict[str, Any]) -> None:
        """Which lots this event made, in the scenario's words."""
        with self.store.read() as reader:
            event = reader.find_events_by_seq([reader.find_head().seq])[reader.find_head().seq]
        assert event.draft.kind == draft["kind"]
        named = [output["lot"] for output in draft.get("outputs", [])]
        named = named or [moved.get("part_lot", "") for moved in draft.get("lots", [])]
        for name, lot, code in zip(named, event.frozen.lots, event.frozen.codes, strict=False):
            if name and lot:
                self.ids[name], self.codes[name] = lot, code

    def load(self, draft: dict[str, Any]) -> None:
        """Record an event that is not typed, on the lots that the pages made."""
        body = dict(draft)
        for key in ("inputs", "lots"):
            if key in body:
                body[key] = [{**row, "lot": self.ids[row["lot"]]} for row in body[key]]
        # By the clock of the pages, which is the machine's: record times never decrease.
        capture_event(self.store, load_draft(body), Deliverer("load"), time.time_ns() // 1_000_000)
        self.remember(draft)


def test_the_scenario_ends_at_the_same_share_in_both_languages(site: Site, open_page: OpenPage) -> None:
    typist = Typist(site, open_page)
    for draft in golden_drafts():
        if draft["kind"] in TYPED:
            typist.enter(draft)
        else:
            typist.load(draft)
    for language, wanted in (("zh-CN", "再生金属供应占比"), ("en", "Recycled metal supply share")):
        page = open_page(language=language)
        page.goto(f"{site.address}/sign-in")
        page.fill("#person", "planner")
        page.fill("#password", PASSWORD)
        page.click("main form button")
        page.goto(f"{site.address}/report?period=2025-Q1")
        shown = page.inner_text("main").replace("\u2009", " ").replace("\u202f", " ").replace("\xa0", " ")
        assert wanted in shown
        assert "109 690 ÷ 426 730 = .257048" in shown
        assert "109 690 ÷ 351 000 = .312507" in shown

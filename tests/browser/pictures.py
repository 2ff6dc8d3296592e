"""Take the pictures of README and guides from the demo (``make pictures``), into ``static/screenshots``."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO
from logging import getLogger
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import playwright.sync_api as playwright
from PIL import Image

from graph import open_store
from graph.store import Store
from scanners.scales.live import LiveWeight
from tests.support.browser import FLAGS, SIZES, offer_scans
from tests.support.business import Business, grams, uuid7
from tests.support.demo import NOW_MS, ROOT, keep_demo
from tests.support.parts import find_chromium
from tests.support.served_demo import Served, serve_demo
from tests.support.simulated_scale import TRUCK_G
from tests.support.viewing import viewer_of
from traceability.domain.calendar import SHANGHAI
from traceability.domain.event import MINUTE_MS
from traceability.domain.ticket import Ticket, TicketGrade, TicketReading
from traceability.services.directory.audit import Actor
from traceability.services.directory.scales import Scale, put_scale
from traceability.services.operations.charging import scan_lot
from traceability.services.operations.furnaces import Furnace, put_furnace
from traceability.services.operations.heats import OpenHeat, open_heat
from traceability.services.operations.tickets import open_ticket
from traceability.services.recording.scale_readings import keep_reading

FOLDER = ROOT / "static" / "screenshots"
LANGUAGES = {"zh": "zh-CN", "en": "en"}
COLOURS = 96  # few are used, and a picture of a page stays below 120 kB


class Picture(NamedTuple):
    """Who looks, where, what they click there, on which screen, and with how many of their lots scanned."""

    person: str
    address: str
    clicks: tuple[str, ...] = ()
    size: str = "desktop"
    lots: int = 0


SUPPLIER = "汨罗再生资源回收部"
FLASHES_MS = 2000  # until the last of some scans has been answered by its flash
PICTURES = {
    "planner-home": Picture("sichuan-planner", "/"),
    "planner-flows": Picture("sichuan-planner", "/flows?place=province:510000&period=2025"),
    "planner-targets": Picture("sichuan-planner", "/targets?place=province:510000&period=2025"),
    "planner-trend": Picture("sichuan-planner", "/trend?place=province:510000"),
    "planner-why": Picture("sichuan-planner", "/why?place=province:510000&period=2025"),
    "planner-what-if": Picture("sichuan-planner", "/what-if?place=province:510000&period=2025"),
    "auditor-findings": Picture("auditor", "/audit/findings"),
    "auditor-finding": Picture("auditor", "/audit/findings", ("#sheet-findings tbody a",)),
    "auditor-journal": Picture("auditor", "/audit/journal"),
    "auditor-book": Picture("auditor", "/audit/book"),
    "scanning-collect": Picture("miluo-yard-operator", "/collect", size="phone"),
    "scanning-list": Picture("miluo-yard-operator", "/ship", size="phone", lots=4),
    "yard-start": Picture("miluo-yard-operator", "/yard", size="phone"),
    "yard-collect": Picture(
        "miluo-yard-operator", "/yard#/collect", ("[data-grade]", ".take-weight"), size="phone"
    ),
    "yard-ship": Picture("miluo-yard-operator", "/yard#/ship", size="phone", lots=4),
    "scanning-labels": Picture("miluo-yard-operator", "/labels/rolls", size="phone"),
    "weighbridge-list": Picture("miluo-yard-operator", "/weighbridge"),
    "weighbridge-ticket": Picture("miluo-yard-operator", "/weighbridge", ("main tbody a",), size="phone"),
    "weighbridge-close": Picture("miluo-yard-operator", "/weighbridge", ("main tbody a", "#close-ticket")),
    "furnace-list": Picture("miluo-al-operator", "/furnace"),
    "furnace-charging": Picture("miluo-al-operator", "/furnace", ("main a[href^='/furnace/0194']",)),
    "furnace-finish": Picture(
        "miluo-al-operator", "/furnace", ("main a[href^='/furnace/0194']", "[data-finish-charging]")
    ),
    "furnace-cards": Picture("miluo-al-supervisor", "/furnaces/cards"),
    "receive-note": Picture("miluo-al-operator", "/receive", (".load summary", "[data-open-note]")),
    "scales-list": Picture("miluo-yard-supervisor", "/scales"),
    "scales-one": Picture("miluo-yard-supervisor", "/scales", ("main tbody a",)),
    "scales-weighing": Picture(
        "miluo-yard-operator", "/weighbridge/new", (".scale-live .button",), size="phone"
    ),
}


@contextmanager
def open_demo() -> Iterator[Served]:
    """Serve a copy of the demo as the tests have it."""
    with TemporaryDirectory() as folder:
        own = Path(folder) / "demo.db"
        shutil.copyfile(keep_demo(ROOT / ".cache" / "demo"), own)
        store = open_store(f"sqlite:///{own}")
        store.migrate()
        connect_scale(store)
        begin_day(store)
        with serve_demo(store, Path(folder)) as served:
            yield served
        store.close()


def connect_scale(store: Store) -> None:
    """Register a truck scale of the yard, on which a truck stands still."""
    made = Scale("", "miluo-yard", "东门地磅", "yaohua", "kg", 20_000, address="tcp://192.168.1.50:4001")
    scale = put_scale(store, Actor("admin", NOW_MS), made)
    keep_reading(store, scale.site, scale.id, LiveWeight("stable", TRUCK_G, r"\x02+018200010\x03"), NOW_MS)


def begin_day(store: Store) -> None:
    """Let a truck stand on the bridge of the yard with two grades unloaded, another one arrive at the smelter, and a heat be
    charged there."""
    weigher, melter = Actor("miluo-yard-operator", NOW_MS), Actor("miluo-al-operator", NOW_MS)
    after = [TRUCK_G - 5_260_000, TRUCK_G - 8_940_000]
    grades = tuple(
        TicketGrade(place, material, TicketReading(mass_g, NOW_MS, weigher.person))
        for place, (material, mass_g) in enumerate(zip(("tense", "taint-tabor"), after, strict=True), 1)
    )
    gross = TicketReading(TRUCK_G, NOW_MS - 9 * MINUTE_MS, weigher.person)
    ticket = Ticket("湘F·8Q217", gross, SUPPLIER, source_class="post", channel="offline", grades=grades)
    opened = weigher._replace(now_ms=NOW_MS - 9 * MINUTE_MS)
    open_ticket(store, uuid7(1), "miluo-yard", ticket, opened)

    trade = Business(store, datetime(2026, 11, 20, 8, tzinfo=SHANGHAI), 100, now_ms=NOW_MS)
    loaded = [collect(trade, "miluo-prep", mass_kg) for mass_kg in (3120, 2980, 3340, 2760, 3055)]
    lots = [{"lot": lot} for lot in loaded]
    trade.do(
        "ship",
        "miluo-prep",
        actor="miluo-prep-operator",
        lots=lots,
        mode="road",
        to="miluo-al",
        vehicle_plate="湘F·3D806",
    )
    furnace = put_furnace(
        store, Actor("miluo-al-supervisor", NOW_MS), Furnace("", "miluo-al", "2 号炉", 25_000_000)
    )
    heat = open_heat(store, uuid7(2), "miluo-al", OpenHeat("melt", furnace.code, "adc12"), melter)
    viewer = viewer_of(store, melter.person, NOW_MS)
    for mass_kg in (4210, 3875, 4466, 3990):
        code = trade.lot(collect(trade, "miluo-al", mass_kg)).code
        scan_lot(store, viewer, heat.id, code, melter)


def collect(trade: Business, site: str, mass_kg: float) -> str:
    """Let a site collect castings; return the lot."""
    made = {"form": "scrap", "material": "tense", "mass_g": grams(mass_kg)}
    trade.tickets += 1
    named = {
        "supplier_name": SUPPLIER,
        "source_class": "post",
        "channel": "offline",
        "ticket": f"D{trade.tickets}",
    }
    return trade.do("collect", site, actor=f"{site}-operator", outputs=[made], **named)[0]


def take_picture(context: playwright.BrowserContext, wanted: Picture, target: Path) -> None:
    """Store the first screen of a page, after clicks if some are given, as a PNG of few colours."""
    page = context.new_page()
    page.goto("/lots?status=available")
    links = page.locator("main a[href^='/l/']").evaluate_all("links => links.map(link => link.pathname)")
    page.goto(wanted.address, wait_until="networkidle")
    if wanted.lots:
        offer_scans(page, [link.removeprefix("/l/") for link in dict.fromkeys(links)][: wanted.lots])
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(FLASHES_MS if wanted.lots else 0)
    for click in wanted.clicks:
        page.locator(click).first.click()
        page.wait_for_load_state("networkidle")
    with Image.open(BytesIO(page.screenshot())) as picture:
        picture.convert("RGB").quantize(COLOURS).save(target, optimize=True)
    page.close()


def main(wanted: list[str]) -> None:
    """Take the pictures whose names are given, or all."""
    getLogger("werkzeug").setLevel("ERROR")
    with open_demo() as served, playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        for language, locale in LANGUAGES.items():
            for name, picture in PICTURES.items():
                if not wanted or name in wanted:
                    context = chromium.new_context(
                        locale=locale, base_url=served.address, **SIZES[picture.size]
                    )
                    served.sign_in(context, picture.person)
                    take_picture(context, picture, FOLDER / f"{name}.{language}.png")
                    context.close()
        chromium.close()


if __name__ == "__main__":
    main(sys.argv[1:])

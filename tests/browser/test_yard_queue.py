"""What is recorded on a phone reaches the book once: without a network, with answers lost, by two tabs, through an update,
after the session ended, and never under another person's name.
"""

import base64
import io
import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import qrcode
from playwright.sync_api import Browser, Page

from graph.blobs import Blobs
from graph.store import Store
from tests.support.browser import FLAGS, open_app, sign_in, wait_until_started
from tests.support.parts import find_chromium
from tests.support.queue_site import QueueSite
from traceability.services.recording import queue
from traceability.services.recording.pending_book import new_code
from traceability.web.shell import static_files

pytestmark = pytest.mark.browser

MANY = 500
DRAIN_SECONDS = 30  # some 3 s on an idle machine; the wanted 10 s are measured by the bench

OPEN = """async (person) => {
  const files = new URL('.', document.querySelector('script[src$="yard/app.js"]').src);
  const { openDevice } = await import(files + 'store.js');
  globalThis.device ??= await openDevice(person, { site: 'yard' });
}"""
PUT = """async ([count, mark]) => {
  for (let number = 0; number < count; number += 1) {
    await device.outbox.put({
      kind: 'collect', ticket: `${mark}-${number}`, supplier_name: '李记回收', source_class: 'post', channel: 'offline',
      outputs: [{ form: 'scrap', material: 'tense', mass_g: 1_000_000 + number }],
    });
  }
  return device.outbox.counts().waiting;
}"""
SENT = """async () => {
  while (device.outbox.counts().waiting) await new Promise((next) => device.outbox.subscribe(next));
}"""
DECODE = """async (picture) => {
  const files = new URL('../', document.querySelector('script[src$="yard/app.js"]').src);
  const { prepareZXingModule, readBarcodes } = await import(files + 'vendor/zxing.js');
  prepareZXingModule({ overrides: { locateFile: (name) => files + 'vendor/' + name } });
  const bytes = Uint8Array.from(atob(picture), (letter) => letter.charCodeAt(0));
  return (await readBarcodes(new Blob([bytes]))).map((code) => code.text);
}"""
ONE_CACHE = "async () => { while ((await caches.keys()).length > 1) await new Promise((next) => setTimeout(next, 20)); }"
KEPT = """async () => {
  const [name] = await caches.keys();
  return (await (await caches.open(name)).keys()).map((request) => new URL(request.url).pathname);
}"""
CONTROLLED = "async () => { await navigator.serviceWorker.ready; while (!navigator.serviceWorker.controller) await new Promise((next) => setTimeout(next, 20)); }"


@pytest.fixture
def queue_site(sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[QueueSite]:
    """Serve the application of the cast."""
    served = QueueSite(sqlite_store, tmp_path, monkeypatch)
    served.start()
    yield served
    served.stop()


def enter(page: Page, address: str, person: str = "wang") -> None:
    """Sign in, choose the yard, and open the app."""
    sign_in(page, address, person)
    open_device(page, address, person)


def open_device(page: Page, address: str, person: str = "wang") -> None:
    open_app(page, address)
    page.evaluate(OPEN, person)


def wait_for_waiting(page: Page, count: int) -> None:
    page.wait_for_selector(f"#queue-bar[data-waiting='{count}']", timeout=DRAIN_SECONDS * 1000)


def wait_until_sent(page: Page) -> None:
    """Wait until nothing waits of what the page recorded just now; the bar hears of it a moment later."""
    page.evaluate(SENT)
    wait_for_waiting(page, 0)


def tickets(site: QueueSite) -> Counter[str]:
    """Return how often each ticket stands in the book."""
    return Counter(getattr(event.draft.detail, "ticket", "") for event in site.list_events())


def draw_qr(text: str) -> str:
    file = io.BytesIO()
    qrcode.make(text).save(file)
    return base64.b64encode(file.getvalue()).decode()


def test_a_shift_without_network_is_recorded_once_though_answers_get_lost(
    queue_site: QueueSite, phone_page: Page
) -> None:
    page = phone_page
    enter(page, queue_site.address)
    page.evaluate(CONTROLLED)
    page.context.set_offline(True)
    page.reload()
    wait_until_started(page)
    page.wait_for_selector(".queue-state.warn")
    assert page.evaluate(DECODE, draw_qr("https://localhost/l/EXAMP000001Y")) == [
        "https://localhost/l/EXAMP000001Y"
    ]
    page.evaluate(OPEN, "wang")
    assert page.evaluate(PUT, [MANY, "W"]) == MANY
    page.reload()
    wait_for_waiting(page, MANY)

    queue_site.loses = lambda number: number % 3 == 0
    started = time.monotonic()
    page.context.set_offline(False)
    wait_for_waiting(page, 0)
    print(f"{MANY} events drained in {time.monotonic() - started:.1f} s by {queue_site.messages} messages")
    assert tickets(queue_site) == {f"W-{number}": 1 for number in range(MANY)}
    assert len(queue_site.ids) > MANY  # what was lost was sent again
    assert page.locator("#queue-bar").get_attribute("data-attention") == "0"


def test_two_tabs_send_each_event_once_and_outlive_a_restart(queue_site: QueueSite, phone_page: Page) -> None:
    enter(phone_page, queue_site.address)
    other = phone_page.context.new_page()
    open_device(other, queue_site.address)
    queue_site.stop()
    assert phone_page.evaluate(PUT, [60, "A"]) == 60
    other.evaluate(PUT, [60, "B"])
    wait_for_waiting(other, 120)  # each tab knows of both
    wait_for_waiting(phone_page, 120)
    queue_site.loses = lambda number: number == 0
    queue_site.start()
    deadline = time.monotonic() + DRAIN_SECONDS
    while not queue_site.messages and time.monotonic() < deadline:
        phone_page.wait_for_timeout(50)
    queue_site.stop()  # in the middle: the first message is in the book, and nobody knows
    queue_site.start()
    wait_for_waiting(phone_page, 0)
    wait_for_waiting(other, 0)
    assert set(tickets(queue_site).values()) == {1}
    assert len(tickets(queue_site)) == 120
    assert max(Counter(queue_site.ids).values()) <= 2  # once in vain


def test_a_queue_is_its_persons_through_lost_sessions_and_sign_outs(
    queue_site: QueueSite, phone_page: Page
) -> None:
    page, address = phone_page, queue_site.address
    enter(page, address)
    page.context.set_offline(True)
    page.evaluate(PUT, [3, "W"])
    page.context.clear_cookies()  # the session is over
    page.context.set_offline(False)
    page.locator(".queue-notes", has_text="登录已过期").wait_for()
    wait_for_waiting(page, 3)

    enter(page, address, "chen")
    page.locator(".queue-notes", has_text="wang").wait_for()
    wait_for_waiting(page, 0)
    page.evaluate(PUT, [1, "C"])
    wait_until_sent(page)
    assert tickets(queue_site) == {"C-0": 1}

    page.goto(f"{address}/lots")
    page.wait_for_selector("#queue-bar:not([hidden])")
    page.click("form[action='/sign-out'] button")
    page.wait_for_url("**/sign-in*")
    enter(page, address)
    wait_for_waiting(page, 0)
    assert tickets(queue_site) == {"C-0": 1, "W-0": 1, "W-1": 1, "W-2": 1}
    assert {event.draft.actor for event in queue_site.list_events()} == {"wang", "chen"}


def test_an_update_of_the_app_touches_no_queue(
    queue_site: QueueSite, phone_page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = phone_page
    enter(page, queue_site.address)
    page.evaluate(CONTROLLED)
    queue_site.loses = lambda number: True
    page.evaluate(PUT, [5, "U"])
    files = queue_site.app.extensions[static_files.EXTENSION]
    monkeypatch.setitem(
        queue_site.app.extensions, static_files.EXTENSION, replace(files, version="0123456789ab")
    )
    page.evaluate("async () => (await navigator.serviceWorker.ready).update()")
    page.locator(".queue-notes button").wait_for()
    page.evaluate(ONE_CACHE)
    assert page.evaluate("() => caches.keys()") == ["yard-app-0123456789ab"]
    kept = page.evaluate(KEPT)
    assert all(path == "/yard/offline" or path.startswith("/static/version/0123456789ab/") for path in kept)
    page.click(".queue-notes button")
    page.wait_for_selector("body[data-version='0123456789ab']")
    wait_for_waiting(page, 5)
    queue_site.loses = lambda number: False
    wait_for_waiting(page, 0)
    assert tickets(queue_site) == {f"U-{number}": 1 for number in range(5)}


PUT_PHOTO = """async () => {
  const files = new URL('.', document.querySelector('script[src$="yard/app.js"]').src);
  const { takePhoto } = await import(files + 'photo.js');
  const canvas = new OffscreenCanvas(2000, 1000);
  canvas.getContext('2d').fillRect(0, 0, 900, 900);
  const photo = await takePhoto(await canvas.convertToBlob());
  await device.outbox.put({
    kind: 'collect', ticket: 'P-0', supplier_name: '李记回收', source_class: 'post', channel: 'offline', photos: [photo.sha256],
    outputs: [{ form: 'scrap', material: 'tense', mass_g: 500_000 }],
  }, { photos: [photo] });
  return photo.sha256;
}"""
PUT_WRONG = """async () => {
  await device.outbox.put({ kind: 'collect', outputs: [] });
  await device.outbox.put({ kind: 'ship', to: 'plant', lots: [{ lot_code: 'EXAMP000001Y' }] });
}"""
TELL = "() => device.outbox.entries().map((entry) => [entry.draft.kind, entry.result.status])"
HEAR = """async () => {
  while (device.outbox.counts().attention > 1) await new Promise((done) => setTimeout(done, 20));
}"""  # what the page's own queue did reaches the test's by the channel
DISCARD_HELD = """async () => {
  for (const { id, result } of device.outbox.entries()) if (result.status === 'held') await device.outbox.discard(id);
}"""


def test_what_the_server_refuses_is_sent_again_or_asks_for_somebody(
    queue_site: QueueSite, phone_page: Page
) -> None:
    page = phone_page

    def refuse(number: int, events: int) -> tuple[str, dict[str, str]] | None:
        if number == 0:
            return "429 Too Many Requests", {"Retry-After": "1"}
        return ("413 Content Too Large", {}) if events > 20 else None

    queue_site.refuses = refuse
    enter(page, queue_site.address)
    page.evaluate(PUT, [50, "R"])
    digest = page.evaluate(PUT_PHOTO)
    page.evaluate(PUT_WRONG)
    page.wait_for_selector("#queue-bar[data-waiting='0'][data-attention='2']")
    assert tickets(queue_site) == {f"R-{number}": 1 for number in range(50)} | {"P-0": 1}
    assert max(queue_site.sizes) > 20 >= queue_site.sizes[-1]
    assert Blobs(queue_site.folder / "blobs").exists(digest)
    assert page.evaluate(TELL) == [["collect", "rejected"], ["ship", "held"]]
    exported = json.loads(page.evaluate("() => device.outbox.exportText()"))
    assert [draft["kind"] for draft in exported["events"]] == ["collect", "ship"]
    page.evaluate(DISCARD_HELD)  # what is held is the supervisor's now
    assert page.evaluate(TELL) == [["collect", "rejected"], ["ship", "held"]]
    page.evaluate("location.hash = '#/records'")
    remove = page.locator(".yard-entry[data-state='rejected'] button")
    remove.click()
    remove.click()
    page.wait_for_selector("#queue-bar[data-attention='1']")
    page.evaluate(HEAR)
    assert page.evaluate(TELL) == [["ship", "held"]]


YEAR_2250 = """{
  const [Real, aheadMs] = [Date, Date.UTC(2250, 0) - Date.now()];
  const now = () => Real.now() + aheadMs;
  globalThis.Date = class extends Real {
    constructor(...of) { super(...(of.length ? of : [now()])); }
    static now() { return now(); }
  };
}"""
PUT_EARLY = """async (codes) => {
  for (const lot_code of codes) {
    const outputs = [{ form: 'scrap', material: 'tense', mass_g: 1000 }];
    await device.outbox.put({ kind: 'sort', inputs: [{ lot_code }], outputs });
  }
}"""


def test_a_clock_of_another_century_and_a_full_inbox_lose_nothing(
    queue_site: QueueSite, phone_page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Times are corrected though no year of the server's has them; what the inbox has no room for stays on the device."""
    page = phone_page
    monkeypatch.setattr(queue, "MOST_OPEN", 1)
    page.add_init_script(YEAR_2250)
    enter(page, queue_site.address)
    page.evaluate(PUT_EARLY, [new_code() for _ in range(3)])
    page.evaluate(PUT, [3, "C"])
    page.wait_for_selector("#queue-bar[data-waiting='2'][data-attention='1']")
    page.locator(".queue-notes", has_text="暂存本机").wait_for()
    assert tickets(queue_site) == {f"C-{number}": 1 for number in range(3)}
    assert all(0 <= event.record_ms - event.draft.time_ms < 120_000 for event in queue_site.list_events())
    monkeypatch.setattr(queue, "MOST_OPEN", 500)
    page.evaluate("() => device.outbox.flush({ all: true })")
    page.wait_for_selector("#queue-bar[data-waiting='0'][data-attention='3']")


def test_without_encryption_the_page_keeps_the_queue_and_says_what_is_missing(
    queue_site: QueueSite, browser: Browser
) -> None:
    """On plain http there is neither worker nor lock nor randomUUID."""
    flags = [*FLAGS, "--host-resolver-rules=MAP scrap.lan 127.0.0.1"]
    chromium = browser.browser_type.launch(executable_path=find_chromium(), args=flags)
    page = chromium.new_context(locale="en").new_page()
    address = f"http://scrap.lan:{queue_site.port}"
    enter(page, address)
    assert page.evaluate("() => [isSecureContext, navigator.locks, crypto.randomUUID]") == [False, None, None]
    page.locator(".queue-notes", has_text="https").wait_for()
    other = page.context.new_page()
    open_device(other, address)
    page.evaluate(PUT, [20, "P"])
    other.evaluate(PUT, [20, "Q"])
    wait_until_sent(page)
    wait_until_sent(other)
    chromium.close()
    assert len(tickets(queue_site)) == 40
    assert set(Counter(queue_site.ids).values()) == {1}

"""What was typed into a form is there again after a reload, Back, another language, a lost session and a crash, and
nobody else sees it."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Error, Page, Route

from tests.browser.test_collect import draw
from tests.support.browser import FLAGS, SIZES, OpenPage, sign_in
from tests.support.pages import SiteApp
from tests.support.parts import find_chromium

pytestmark = pytest.mark.browser

FORM = "form[data-draft]"
FILL = """form => {
  const put = (field, property, value) => {
    field[property] = value;
    for (const name of ["input", "change"]) field.dispatchEvent(new Event(name, { bubbles: true }));
  };
  for (const [place, field] of [...form.elements].entries()) {
    if (!field.name || field.name === "scan" || ["hidden", "submit", "button", "file", "password"].includes(field.type)) continue;
    if (field.readOnly || field.localName === "fieldset") continue;
    if (field.type === "radio" || field.type === "checkbox") put(field, "checked", true);
    else if (field.localName === "select") put(field, "value", [...field.options].at(-1).value);
    else if (field.type === "date") put(field, "value", "2025-02-03");
    else if (field.type === "month") put(field, "value", "2025-02");
    else if (field.type === "datetime-local") put(field, "value", "2025-02-03T04:05");
    else put(field, "value", `${place}0`);
  }
}"""
READ = """form => [...form.elements]
  .filter(field => field.name && !["csrf_token", "scan"].includes(field.name) && !["submit", "button", "file"].includes(field.type))
  .map(field => [field.name, ["radio", "checkbox"].includes(field.type) ? field.checked : field.value].join("="))
  .filter(text => !text.endsWith("=") && !text.startsWith("id="))"""


def show(page: Page, address: str, path: str) -> None:
    page.goto(f"{address}{path}")
    wait(page)


def wait(page: Page) -> None:
    page.wait_for_selector("html[data-drafts=ready]", state="attached")


def read(page: Page) -> list[str]:
    found: list[str] = page.locator(FORM).evaluate(READ)
    return found


def list_forms(app: SiteApp, made: str) -> list[str]:
    """Return the address of the form of each kind of event, and of corrections."""
    kinds = [rule.rule for rule in app.app.url_map.iter_rules() if rule.endpoint.endswith(".form")]
    types = ("power", "fuel", "emission", "certificate", "no_power")
    monthly = [f"/declare?type={name}" for name in types]
    return [*sorted({*kinds} - {"/declare"}), *monthly, f"/events/{made}/replace", f"/events/{made}/void"]


def test_every_form_keeps_what_was_typed_through_reload_and_back(
    site_app: SiteApp, address: str, page: Page
) -> None:
    site_app.business.collect("tense", 1000)
    made = site_app.business.last.event  # type: ignore[union-attr]
    sign_in(page, address, "chen")
    kept, lost = 0, []
    for path in list_forms(site_app, made):
        show(page, address, path)
        if not page.locator(FORM).count():  # not of this site
            continue
        page.locator(FORM).evaluate(FILL)
        typed = read(page)
        for way in ("reload", "back"):
            if way == "reload":
                page.reload()
            else:
                page.goto(f"{address}/livez")
                page.go_back()
            wait(page)
            if read(page) != typed:
                lost.append((path, way, sorted({*typed} ^ {*read(page)})))
        kept += 1
    assert lost == []
    assert kept >= 12


def without_scripts(route: Route) -> None:
    answer = route.fetch()
    route.fulfill(response=answer, body=re.sub(r"<script.*?</script>", "", answer.text(), flags=re.DOTALL))


def test_rows_and_photos_come_back_in_another_language_until_the_form_is_taken(
    site_app: SiteApp, address: str, page: Page
) -> None:
    business = site_app.business
    codes = [business.lot(business.collect("tense", 1000)).code for _ in range(4)]
    sign_in(page, address, "chen")
    show(page, address, "/ship")
    for code in codes:
        page.locator("#scan-code").press_sequentially(code)
        page.keyboard.press("Enter")
    rows = page.locator("[name$='-lot_code']")
    rows.nth(3).evaluate(
        "async field => { while (!field.value) await new Promise(done => setTimeout(done, 20)); }"
    )
    page.fill("[name=lots-1-mass_kg]", "400")
    typed = read(page)
    page.click(".tools a[hreflang=en]")
    wait(page)
    assert page.get_attribute("html", "lang") == "en"
    assert read(page) == typed
    assert "What you typed at" in page.inner_text(".draft-bar")

    show(page, address, "/collect")
    page.set_input_files("#photo", {"name": "1.png", "mimeType": "image/png", "buffer": draw(40)})
    page.fill("#weighing-gross_kg", "33000")
    page.wait_for_timeout(300)
    show(page, address, "/lots")
    show(page, address, "/")
    assert page.locator("[data-unsent] li").count() == 2
    page.click("[data-unsent] a[href='/collect']")
    wait(page)
    assert page.evaluate("document.getElementById('photo').files[0].name") == "1.png"
    page.fill("#weighing-tare_kg", "12500")
    page.fill("#ticket", "W-77")
    page.click("fieldset details.more summary")
    page.check("input[value=tense]")
    page.fill("#supplier", "老张废品站")
    page.check("input[name=source_class][value=post]")
    page.route("**/collect", without_scripts)  # the page that follows is left before its own ran
    page.click("main .actions button.main")
    page.wait_for_selector(".notice.success")
    page.unroute("**/collect")
    show(page, address, "/collect")
    assert page.input_value("#weighing-gross_kg") == ""
    assert page.locator(".draft-bar").count() == 0


def test_what_is_discarded_comes_back_by_one_more_click(address: str, page: Page) -> None:
    sign_in(page, address, "chen")
    show(page, address, "/collect")
    page.fill("#ticket", "T-7")
    page.reload()
    page.click(".draft-bar button")
    wait(page)
    page.wait_for_selector(".draft-bar")
    assert page.input_value("#ticket") == ""
    page.click(".draft-bar button")
    page.wait_for_selector("#ticket")
    assert page.input_value("#ticket") == "T-7"


def test_a_form_sent_after_the_session_ended_is_taken_at_the_first_attempt(address: str, page: Page) -> None:
    sign_in(page, address, "chen")
    show(page, address, "/collect")
    page.fill("#ticket", "T-7")
    page.context.clear_cookies(name="session")
    page.click("main .actions button.main")
    with page.context.expect_page() as opened:
        page.click("main a[href^='/sign-in']")
    sign_in(opened.value, address, "chen", site="")
    page.click("main form button.main")
    page.wait_for_selector("#errors")  # of a form that lacks what was not typed, and is heard
    assert page.input_value("#ticket") == "T-7"
    show(page, address, "/collect")
    assert page.input_value("#ticket") == "T-7"


def test_nobody_else_is_shown_what_somebody_left(address: str, page: Page) -> None:
    sign_in(page, address, "wang")
    show(page, address, "/collect")
    page.fill("#ticket", "T-7")
    page.click(".tools form button")
    sign_in(page, address, "chen")
    show(page, address, "/")
    assert page.locator("[data-unsent]").is_hidden()
    show(page, address, "/collect")
    assert page.input_value("#ticket") == ""
    page.fill("#ticket", "T-8")
    page.click(".tools form button")
    sign_in(page, address, "wang")
    show(page, address, "/collect")
    assert page.input_value("#ticket") == "T-7"


def test_leaving_asks_only_where_nothing_can_be_kept(address: str, open_page: OpenPage) -> None:
    page = open_page()
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)
    sign_in(page, address, "chen")
    show(page, address, "/collect")
    page.locator("#ticket").press_sequentially("T-7")
    show(page, address, "/lots")
    assert asked == []
    page.add_init_script(
        "Storage.prototype.setItem = () => { throw new Error('full'); }; indexedDB.open = () => { throw new Error('closed'); };"
    )
    show(page, address, "/collect")
    page.locator("#ticket").press_sequentially("T-8")
    page.wait_for_selector(".draft-bar")
    assert "无法暂存" in page.inner_text(".draft-bar")
    show(page, address, "/lots")
    assert asked == ["beforeunload"]


@pytest.fixture
def profile(browser: Browser, tmp_path: Path) -> Iterator["Profile"]:
    """Provide a browser on a folder of its own, which may be killed and started again."""
    made = Profile(browser, tmp_path / "profile")
    yield made
    made.kill()


class Profile:
    """A browser whose profile outlives it."""

    def __init__(self, browser: Browser, folder: Path) -> None:
        self.browser, self.folder = browser, folder
        self.context: BrowserContext | None = None

    def start(self) -> Page:
        """Start it on the profile."""
        self.context = self.browser.browser_type.launch_persistent_context(
            self.folder, executable_path=find_chromium(), args=list(FLAGS), locale="zh-CN", **SIZES["phone"]
        )
        return self.context.pages[0]

    def kill(self) -> None:
        """End all its processes at once, as a flat battery does."""
        for entry in Path("/proc").iterdir():
            with suppress(OSError):
                if entry.name.isdigit() and str(self.folder).encode() in (entry / "cmdline").read_bytes():
                    os.kill(int(entry.name), signal.SIGKILL)
        if self.context:
            with suppress(Error):  # there is nobody left to close it
                self.context.close()


def test_a_killed_browser_has_it_again(address: str, profile: Profile) -> None:
    page = profile.start()
    sign_in(page, address, "wang")
    show(page, address, "/collect")
    page.fill("#weighing-gross_kg", "33000")
    page.locator("#ticket").press_sequentially("T-7")
    page.wait_for_timeout(200)
    profile.kill()
    page = profile.start()
    sign_in(page, address, "wang")  # the browser had not written its cookies either
    show(page, address, "/collect")
    assert (page.input_value("#weighing-gross_kg"), page.input_value("#ticket")) == ("33000", "T-7")

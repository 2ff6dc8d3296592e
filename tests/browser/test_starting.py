"""A page whose files did not all come, or whose app stops while it starts, says so and starts again: none stays blank."""

import pytest
from playwright.sync_api import Page, Route

from tests.support.browser import OpenPage, open_app, sign_in, wait_until_started

pytestmark = pytest.mark.browser

STUCK = """() => {
  if (sessionStorage.getItem("was-stuck")) return;
  sessionStorage.setItem("was-stuck", "yes");
  const open = indexedDB.open.bind(indexedDB);
  indexedDB.open = (...names) => Object.assign(open(...names), { addEventListener() {} });
}"""
STEP_MS = 9_000  # what the page gives its app, and more


def tear(page: Page, pattern: str, times: int) -> list[int]:
    """Tear so many requests of files that are named so; return, in a list, how many are left, negative once more came."""
    left = [times]

    def answer(route: Route) -> None:
        left[0] -= 1
        if left[0] >= 0:
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route(pattern, answer)
    return left


def test_an_app_that_did_not_start_says_so_and_starts_again(address: str, open_page: OpenPage) -> None:
    page = open_page(language="en", size="phone", service_workers="block")
    sign_in(page, address, "wang")
    note = page.locator("#load-failed")

    # One module is torn off, asked for by the head and by who imports it: it is told at once, and the page opens itself again.
    tear(page, "**/screens/find.js", 2)
    page.goto(f"{address}/yard", wait_until="commit")
    note.filter(has_text="did not open completely").wait_for()
    wait_until_started(page)
    assert note.is_hidden()

    # It does not come for long: a person need not wait for the next attempt.
    page.unroute_all()
    tear(page, "**/screens/find.js", 99)
    page.goto(f"{address}/yard", wait_until="commit")
    note.get_by_text("Try again").wait_for()
    page.unroute_all()
    note.get_by_text("Try again").click()
    wait_until_started(page)

    # All files are here, and the storage answers nothing.
    page.clock.install()
    page.add_init_script(f"({STUCK})()")
    page.reload()
    assert note.is_hidden()
    page.clock.fast_forward(STEP_MS)
    note.wait_for()
    page.clock.fast_forward(STEP_MS)
    wait_until_started(page)


def test_an_ordinary_page_says_that_a_part_of_it_is_missing(address: str, page: Page) -> None:
    sign_in(page, address, "wang")
    note = page.locator("#load-failed")
    assert note.is_hidden()
    tear(page, "**/scanning/wedge.js", 2)
    page.goto(f"{address}/ship")
    note.filter(has_text="没有载入").wait_for()
    with page.expect_navigation():
        note.get_by_role("link").click()
    assert note.is_hidden()


def test_a_page_that_does_not_start_tells_the_tests_why(address: str, page: Page) -> None:
    sign_in(page, address, "wang")
    tear(page, "**/yard/store.js", 9)
    page.set_default_timeout(1_000)
    with pytest.raises(AssertionError, match=r"failed: http.*/yard/store\.js"):
        open_app(page, address)

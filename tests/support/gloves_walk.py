"""Walk over the pages of who records, as links lead to them, and say what on them is too small for gloves."""

from urllib.parse import urlsplit

import playwright.sync_api as playwright

from tests.support.desk import Desk
from tests.support.pages import HOST
from tests.support.report_walk import FILES, list_report_rules

LEAST, LEAST_IN_THE_YARD = 56, 72  # px
ALSO = (
    "/yard",
    "/yard/offline",
    "/scan",
    "/scan?q=https%3A%2F%2Fexample.com",
    "/site",
    "/account",
    "/trust",
    "/help",
)
"""Pages that no menu leads to."""
LEFT_OUT = frozenset({"static", "session.choose_language", "trust.send_authority", "api.docs"})
"""What is no page, or shows the same once more."""
SMALL = """([least, inTheYard]) => [...document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button]')]
  .filter(one => one.checkVisibility({visibilityProperty: true, opacityProperty: true}))
  .filter(one => !one.closest('.skip, .unseen, .guide') && getComputedStyle(one).clipPath === 'none')
  .filter(one => !(one.matches('p a, li a') && [...one.parentElement.childNodes].some(
    part => part.nodeType === Node.TEXT_NODE && part.data.trim())))
  .map(one => [one, ['radio', 'checkbox'].includes(one.type) && one.labels[0] || one])
  .map(([one, hit]) => [one, hit.getBoundingClientRect().height])
  .filter(([one, height]) => height > 0 && height < (one.closest('main') ? inTheYard : least) - 0.5)
  .map(([one, height]) => `${height.toFixed(0)} px: ${one.outerHTML.slice(0, 120)}`)"""
"""What is tapped and too small; a link within a sentence, or in the text of a guide, is as tall as its line."""


def judge(page: playwright.Page) -> list[str]:
    """Return what is too small to hit."""
    in_the_yard = urlsplit(page.url).path.startswith("/yard")
    found: list[str] = page.evaluate(SMALL, [LEAST, LEAST_IN_THE_YARD if in_the_yard else LEAST])
    return found[:8]


def walk_recording_pages(desk: Desk) -> set[str]:
    """Look at a page of each endpoint that links lead to but those for desks; return the endpoints."""
    reports = {rule.endpoint for rule in list_report_rules(desk.served.app)}  # test_report_pages.py
    seen = {*reports, *LEFT_OUT}
    match = desk.served.app.url_map.bind(HOST).match
    addresses = [*desk.look("/", judge), *ALSO]
    for address in addresses:  # which grows on the way
        address = address.partition("#")[0]
        path, _, query = address.partition("?")
        if not path.startswith("/") or path.endswith((*FILES, ".zpl", ".tspl")):
            continue
        endpoint, _ = match(path, query_args=query)
        if endpoint not in seen:
            seen.add(endpoint)
            addresses += desk.look(address, judge)
    return seen - reports

"""Ask axe-core, kept in ``vendor/axe-core``, what keeps people from using a page.

``npm pack axe-core@4.14.1`` gives the file again; it is only used by tests, under the MPL 2.0 beside it.
"""

from functools import cache
from hashlib import sha256
from pathlib import Path

import playwright.sync_api as playwright

FOLDER = Path(__file__).parent / "vendor" / "axe-core"
GRAVE = {"serious", "critical"}
MOST_ROWS = 12
SHORTEN = f"""for (const body of document.querySelectorAll("tbody"))
    for (const row of [...body.rows].slice({MOST_ROWS})) row.remove()"""
"""The rows of a table are drawn by one macro: what is wrong with one is wrong with the first."""
ASK = "axe.run(document, {resultTypes: ['violations']})"


@cache
def read_axe() -> str:
    """Return axe's script; raises AssertionError where it is not the one of the list of digests."""
    script = (FOLDER / "axe.min.js").read_bytes()
    assert sha256(script).hexdigest() == (FOLDER / "SHA256SUMS").read_text().split()[0]
    return script.decode()


def list_barriers(page: playwright.Page) -> list[str]:
    """Return the serious and critical findings on a page: rule, what is asked, and the first element.

    Long tables lose the rows after the first twelve, so whatever else is asked of the page comes before.
    """
    page.evaluate(SHORTEN)
    page.evaluate(read_axe())  # not as a script element, which the content security policy forbids
    return [
        f"{found['id']}: {found['help']}: {found['nodes'][0]['html'][:200]} ({len(found['nodes'])}×)"
        for found in page.evaluate(ASK)["violations"]
        if found["impact"] in GRAVE
    ]

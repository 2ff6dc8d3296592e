"""The pages of who records, on a phone in both languages: what breaks the rules of pages, and what keeps people from using them."""

from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.scan.measured import Measured, line
from tests.support.browser import open_chromium
from tests.support.desk import Desk
from tests.support.gloves_walk import walk_recording_pages
from tests.support.golden import NOW_MS
from tests.support.golden_book import open_book
from tests.support.served_demo import serve_demo


def measure() -> list[Measured]:
    """Return how many faults of each kind were found on how many pages."""
    found: list[str] = []
    barriers: list[str] = []
    walked = 0
    with TemporaryDirectory() as folder, open_chromium() as browser:
        book = open_book(Path(folder))
        with serve_demo(book.store, Path(folder), NOW_MS) as served:
            for language in ("zh-CN", "en"):
                desk = Desk(
                    browser, served, "miluo-supervisor", language=language, size="phone", site="miluo"
                )
                walked += len(walk_recording_pages(desk))
                found += desk.found
                barriers += desk.barriers
                desk.context.close()
        book.store.close()
    policy = sum("Content Security Policy" in fault for fault in found)
    small = sum(" px: <" in fault for fault in found)
    return [
        line(f"violations of the content security policy, {walked} pages", "0", str(policy), met=policy == 0),
        line(
            "requests to another host",
            "0",
            str(others := sum(": asks " in fault for fault in found)),
            met=others == 0,
        ),
        line("serious findings of axe", "0", str(len(barriers)), met=not barriers),
        line("targets smaller than 56 px, 72 px in the yard", "0", str(small), met=small == 0),
    ]

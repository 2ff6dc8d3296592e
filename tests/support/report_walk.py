"""Walk over the pages of planners and auditors as they are found by the routes of the application and by links."""

from collections.abc import Callable, Iterable

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule

PARTS = ("/report", "/audit", "/register", "/views")
"""How addresses of their pages begin, besides those of pages with files."""
BY_LINK = {"report.figure"}
"""Pages whose addresses mean something only with a query."""
EXAMPLES = {"report.element": "/report/province/510000/elements/Si?period=2025"}
"""Pages that are linked only where a report holds such a figure: of an element in scrap that was assayed."""
NOT_PAGES = {"month_reports.send", "journal.send", "book.find_record", "labels.send"}
"""Addresses of files whose endings are arguments."""
OF_EVENTS = {"delivery_note.show", "find.events", "find.heats", "find.shipments"}
"""Pages with files that show events, not figures."""
FILES = (".csv", ".json", ".xlsx", ".pdf")


def list_report_rules(app: Flask) -> list[Rule]:
    """Return the rules of the home page, of pages that have files, and of those under ``PARTS``."""
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    with_files = {rule.endpoint.removesuffix("_file") for rule in rules if rule.arguments >= {"form"}}
    pages = [rule for rule in rules if not rule.endpoint.endswith("_file") and not rule.rule.endswith(FILES)]
    return [
        rule
        for rule in pages
        if rule.endpoint not in NOT_PAGES | OF_EVENTS
        and (rule.endpoint in with_files or rule.rule == "/" or rule.rule.startswith(PARTS))
    ]


def walk_report_pages(app: Flask, rules: Iterable[Rule], look: Callable[[str], list[str]]) -> set[str]:
    """Look at one page of each rule; return the endpoints that no page of the others links to.

    ``look`` takes an address and returns the links of its page; pages whose addresses need arguments are
    opened by the first link to one.
    """
    rules = list(rules)
    linked = {rule.endpoint for rule in rules if rule.arguments} | BY_LINK
    wanted = {rule.endpoint for rule in rules if rule.endpoint in linked} - EXAMPLES.keys()
    addresses = [rule.rule for rule in rules if rule.endpoint not in linked]
    addresses += [EXAMPLES[rule.endpoint] for rule in rules if rule.endpoint in EXAMPLES]
    match = app.url_map.bind("localhost").match
    for address in addresses:  # which grows on the way
        for link in look(address):
            path, _, query = link.partition("#")[0].partition("?")
            if not path.startswith("/"):
                continue
            try:
                endpoint, _ = match(path, query_args=query)
            except HTTPException:
                continue
            if endpoint in wanted:
                wanted.remove(endpoint)
                addresses.append(link)
    return wanted

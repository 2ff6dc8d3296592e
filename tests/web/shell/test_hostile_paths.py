"""No character in an address makes any route answer 500: control characters, lone surrogates, very long segments."""

import re

import pytest

from tests.support.pages import SiteApp
from tests.support.pages import Visitor as PageVisitor

HOSTILE = (
    "43%0a", "%0a43", "%00", "43%00", "%1b%5b31m", "%ed%a0%80", "%ff%fe", "%e2%80%ae43", "43%e2%80%a8", "%2e%2e%2f",
    "%25", "x" * 5000, "%f0%9f%9a%9a" * 500, "9" * 5000, "-1", "%EF%BC%94%EF%BC%93",
)  # fmt: skip
ARGUMENT = re.compile("<(?:[a-z]+:)?([a-z_]+)>")
USUAL = {
    "level": "province", "code": "430000", "element": "Cu", "site": "yard", "material": "adc12", "chosen": "en",
    "event_id": "0194a000-0000-7000-8000-000000000001", "job_id": "1", "digest": "0" * 64, "filename": "shell/frame.css",
    "kind": "s", "ticket_id": "0194a000-0000-7000-8000-000000000002",
    "heat_id": "0194a000-0000-7000-8000-000000000001",
}  # fmt: skip
QUERY = (
    "month",
    "from",
    "to",
    "indicator",
    "metal",
    "place",
    "code",
    "after",
    "next",
    "q",
    "site",
    "lot",
    "method",
    "key",
)


@pytest.mark.slow
def test_no_route_fails_over_an_address(site_app: SiteApp) -> None:
    visitor = PageVisitor(site_app.app.test_client())
    assert visitor.sign_in("liu").status_code == 302
    failed = []
    for rule in site_app.app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()):
            continue
        names = ARGUMENT.findall(rule.rule)
        usual = ARGUMENT.sub(lambda found: USUAL.get(found[1], "x"), rule.rule)
        paths = [
            ARGUMENT.sub(lambda found: bad if found[1] == name else USUAL.get(found[1], "x"), rule.rule)  # noqa: B023
            for name in names
            for bad in HOSTILE
        ]
        paths += [usual + "?" + "&".join(f"{name}={bad}" for name in QUERY) for bad in HOSTILE]
        for path in paths:
            status = visitor.client.get(path).status_code
            if status == 500:
                failed.append(f"{rule.endpoint} {path[:90]}")
    assert failed == []

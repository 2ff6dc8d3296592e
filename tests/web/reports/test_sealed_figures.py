"""Pages show what was booked since a seal beside the sealed figure, in both languages and both month views."""

from collections.abc import Callable

import pytest

from tests.support.markup import find_all, words_of
from tests.support.pages import SiteApp, Visitor
from tests.support.reporting import heat

WORDS = {
    ("en", "book"): "since the seal −0.25 t; as it stands now 0.000 t",
    ("en", "event"): "as sealed 0.250 t; since the seal −0.25 t",
    ("zh", "book"): "封账后 −0.25 t；现为 0.000 t",
    ("zh", "event"): "封账时为 0.250 t；封账后 −0.25 t",
}
PATHS = (
    "/report?",
    "/report/province/430000?",
    "/report/figure?level=province&code=430000&indicator=recycled_output&",
)


@pytest.mark.parametrize(("language", "view"), WORDS)
def test_a_late_correction_stands_beside_the_sealed_figure(
    site_app: SiteApp, visit: Callable[..., Visitor], language: str, view: str
) -> None:
    here = site_app.business
    heat(here)
    melted = here.last_event()
    here.seal("2025-02", "plant", at="2025-03-02T08:00:00")
    here.void(melted, "plant")
    client = visit("liu").client
    client.set_cookie("language", language)
    for path in PATHS:
        page = client.get(f"{path}period=2025-02&view={view}")
        assert page.status_code == 200, path
        assert any(WORDS[language, view] in words_of(found) for found in find_all(page, "small, p")), path

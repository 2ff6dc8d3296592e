"""List the pages that the menu offers to a person; entries without a page are left out."""

from typing import Any, NamedTuple

from flask import Flask, current_app, get_flashed_messages, request, url_for

from traceability.domain.errors import StoreError
from traceability.domain.kinds import MENU_KINDS, USUAL_STEPS
from traceability.web.shell import current


class MenuEntry(NamedTuple):
    """A menu entry: its words, its page, and whether only people who record events see it."""

    code: str
    endpoint: str
    workers: bool = False


ENTRIES = (
    MenuEntry("menu.home", "home.show"),
    *(MenuEntry(f"menu.{kind}", f"{kind}.form", workers=True) for kind in MENU_KINDS),
    MenuEntry("menu.lots", "lots.list_all"),
    MenuEntry("menu.report", "report.show"),
    MenuEntry("menu.labels", "labels.blank", workers=True),
    MenuEntry("menu.jobs", "jobs.list_own", workers=True),  # who records nothing starts no long work either
)


def menu() -> list[dict[str, Any]]:
    """Return the entries as the layout takes them."""
    try:
        if current.person() is None:
            return []
        works = bool(current.viewer().works_at)
    except StoreError:
        return []
    return [
        {"code": entry.code, "href": url_for(entry.endpoint), "current": request.endpoint == entry.endpoint}
        for entry in ENTRIES
        if entry.endpoint in current_app.view_functions and (works or not entry.workers)
    ]


def step_href(kind: str, code: str) -> str:
    """Return the address that records a kind of event for a lot; '' where there is none."""
    if f"{kind}.form" in current_app.view_functions:
        return url_for(f"{kind}.form", code=code)
    return ""


def install(app: Flask) -> None:
    """Give the layout its menu and messages, and pages of lots the next steps that they show at once."""
    app.jinja_env.globals["usual_steps"] = USUAL_STEPS

    @app.context_processor
    def offer() -> dict[str, Any]:
        said: list[tuple[str, str]] = get_flashed_messages(with_categories=True)  # type: ignore[assignment]
        flashes = [{"kind": kind, "text": text} for kind, text in said]
        return {"navigation": menu(), "flashes": flashes, "step_href": step_href}

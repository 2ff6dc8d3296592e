"""Show the guide of the person's role in their language; the same files that stand in ``docs/``."""

import re
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from flask import Blueprint, current_app, render_template, url_for
from flask.typing import ResponseReturnValue
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from traceability.domain.errors import NotFound
from traceability.locale import DEFAULT
from traceability.web.shell import current

pages = Blueprint("help", __name__)

SCANNING, YARD, WEIGHBRIDGE, FURNACE, SCALES, PLANNER, AUDITOR = GUIDES = (
    "scanning", "yard", "weighbridge", "furnace", "scales", "planner", "auditor",
)  # fmt: skip
_GUIDE = re.compile(r"guide-([a-z]+)\.[a-z_]+\.md", re.ASCII)
_EXAMPLE = "localhost:8000"
"""The host that the guides write before the addresses of pages."""


@pages.get("/help")
def show_own() -> ResponseReturnValue:
    """Show the guide of what the person does: of who records that to scanning, else of auditors and planners."""
    if current.viewer().works_at:
        return show(SCANNING)
    roles = {role.role for role in current.signed_in().roles}
    return show(AUDITOR if AUDITOR in roles and PLANNER not in roles else PLANNER)


@pages.get("/help/<guide>")
def show(guide: str) -> ResponseReturnValue:
    """Show a guide. Raises NotFound."""
    if guide not in GUIDES:
        raise NotFound("help.none")
    title, text = _render(Path(current_app.root_path) / "docs", guide, current.language())
    return render_template("help/guide.html", guide=guide, guides=GUIDES, heading=title, text=text)


@cache
def _render(folder: Path, guide: str, language: str) -> tuple[str, Markup]:
    """Return the title of a guide and the rest of it as HTML; in the default language where it is in no other."""
    path = folder / f"guide-{guide}.{language}.md"
    if not path.is_file():
        path = folder / f"guide-{guide}.{DEFAULT}.md"
    title, _, rest = path.read_text(encoding="utf-8").removeprefix("# ").partition("\n")
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(rest)
    for token in tokens:
        _point_into_the_system(token.children or [])
    # The files are the project's own, and HTML within them is escaped.
    return title.strip(), Markup(markdown.renderer.render(tokens, markdown.options, {}))


def _point_into_the_system(parts: list[Token]) -> None:
    """Lead links and pictures of a guide to this system's pages and files; what has no page here is no link."""
    linked = True
    for part in parts:
        if part.type == "image":
            part.attrs["src"] = url_for("static", filename=str(part.attrs["src"]).partition("static/")[2])
            part.attrs["loading"] = "lazy"
        elif part.type == "link_open":
            part.attrs["href"] = _find_page(str(part.attrs["href"]))
            linked = bool(part.attrs["href"])
        if part.type in ("link_open", "link_close") and not linked:
            part.type = "text"


def _find_page(address: str) -> str:
    """Return the page of this system that a link of a guide means, '' of a file without one."""
    parts = urlsplit(address)
    if parts.netloc == _EXAMPLE:
        return f"{parts.path}?{parts.query}" if parts.query else parts.path
    if named := _GUIDE.fullmatch(address):
        return url_for("help.show", guide=named[1])
    return url_for("api.docs") if address == "api.md" else ""

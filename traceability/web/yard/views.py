"""The yard's page, what its device knows, its photos, and what makes it an app: manifest, worker, files.

``/yard`` is a person's. ``/yard/offline`` is the same page of nobody, which devices keep: it asks the device who worked on
it last. What is in a queue is sent to ``/api/v1/events``.
"""

from collections.abc import Iterable
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

from flask import (
    Blueprint,
    Response,
    current_app,
    g,
    jsonify,
    make_response,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from traceability.domain.errors import BadInput, NotAllowed, NotFound, TraceabilityError
from traceability.locale import list_codes
from traceability.locale.catalogues import load_catalogue
from traceability.services.recording.device_reference import find_device_reference
from traceability.web.forms.photos import keep_content
from traceability.web.shell import current
from traceability.web.shell.errors import problem, status_of
from traceability.web.shell.security import csrf, from_our_page
from traceability.web.shell.session import needs_site
from traceability.web.shell.static_files import VERSION_HEADER, versioned_files
from traceability.web.shell.words import t
from traceability.web.yard.app_files import WORKER, list_app_files
from traceability.wire import canonical

pages = Blueprint("yard", __name__)

WORDS = (
    "yard.",
    "queue.",
    "kind.",
    "status.",
    "form.",
    "metal.",
    "class.",
    "channel.",
    "mode.",
    "vehicle.",
    "scan.",
    "scale_live.",
    "work.",
    "home.differences",
)  # how codes begin of words that the app shows
SHEETS = (
    "shell/tokens.css",
    "shell/frame.css",
    "components/forms.css",
    "components/lots.css",
    "yard/status_bar.css",
    "yard/yard.css",
    "scanning/scanning.css",
    "scales/scale.css",
)
PLACE_OF_FILES = '{ version: "", folder: "", files: [] }'  # in the worker's source
ICONS = ((192, "any"), (512, "any"), (512, "maskable"))


@pages.get("/yard")
@needs_site
def show() -> ResponseReturnValue:
    """Show the app of the person signed in, at the site where they work."""
    site = current.site()
    assert site is not None, "the view asks for a site"
    return render_template("yard/app.html", site_id=site.id, **_frame())


@pages.get("/yard/offline")
def show_offline() -> ResponseReturnValue:
    """Show the app of nobody, which the worker keeps: it holds no name and no session, and asks the store for nothing."""
    g.signed_in = None
    answer = make_response(render_template("yard/app.html", site_id="", is_offline=True, **_frame()))
    answer.headers[VERSION_HEADER] = versioned_files().version
    return answer


def _frame() -> dict[str, object]:
    return {
        "version": versioned_files().version,
        "sheets": SHEETS,
        "words": list_words(WORDS),
    }


def list_words(prefixes: Iterable[str]) -> dict[str, str | list[str]]:
    """Return messages as scripts fill them in, by code, in the language of the request: of counted ones all forms."""
    messages = load_catalogue(current.language()).messages
    return {
        code: list(messages[code].forms) if messages[code].counted else messages[code].forms[-1]
        for prefix in prefixes
        for code in list_codes(prefix)
    }


@pages.app_template_global()
def queue_words() -> dict[str, str | list[str]]:
    """Return the words of the status bar, for pages that have it."""
    return list_words(("queue.",))


@pages.get("/yard/reference.json")
def tell_reference() -> ResponseReturnValue:
    """Answer what a device needs at a site, 304 where it has just that. Raises NotAllowed, NotFound."""
    if not current.work_sites():
        raise NotAllowed("person.records_nothing")
    at_hand = current.site()
    site = request.args.get("site", at_hand.id if at_hand else "")
    found = find_device_reference(
        current.reader(), current.viewer(), current.signed_in(), site, current.now_ms()
    )
    body, version = asdict(found), versioned_files().version
    answer = jsonify({**body, "version": version, "made_ms": current.now_ms()})
    answer.set_etag(sha256(f"{version}{canonical(body)}".encode()).hexdigest()[:32])
    return answer.make_conditional(request)


@pages.post("/yard/photos")
def take_photo() -> ResponseReturnValue:
    """Keep the photo that is the body as one of ``site``, before or after the event that names it.

    Answers 201 with its SHA-256. ``sha256`` is the one that the event names: another photo than that is refused.
    """
    try:
        return jsonify({"sha256": _take_photo()}), 201
    except TraceabilityError as error:
        answer = jsonify(problem(error))
        answer.mimetype = "application/problem+json"
        answer.status_code = status_of(error)
        return answer


csrf.exempt(
    take_photo
)  # a queue that was filled offline has no token; the Origin must be ours, as for events


def _take_photo() -> str:
    if not from_our_page(current.settings()):
        raise NotAllowed("http.foreign_origin")
    site, named = request.args.get("site", ""), request.args.get("sha256", "")
    if site not in current.viewer().works_at:
        raise NotFound("report.unknown_site", id=site)
    kept = keep_content(request.get_data(), "", site)
    if named and named != kept:
        raise BadInput("yard.photo_differs")
    return kept


@pages.get("/manifest.webmanifest")
def tell_manifest() -> ResponseReturnValue:
    """Answer what makes the app installable, in the language of the browser."""
    icons = [
        {
            "src": url_for("static", filename=f"yard/icon-{size}.png"),
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": purpose,
        }
        for size, purpose in ICONS
    ]
    scalable = {"src": url_for("static", filename="shell/icon.svg"), "sizes": "any", "type": "image/svg+xml"}
    answer = jsonify(
        {
            "id": "/yard",
            "name": t("site.name"),
            "short_name": t("yard.short_name"),
            "description": t("yard.description"),
            "lang": current.language(),
            "start_url": "/yard",
            "scope": "/",
            "display": "standalone",
            "background_color": "#ffffff",
            "theme_color": "#0b4f31",
            "icons": [scalable, *icons],
        }
    )
    answer.mimetype = "application/manifest+json"
    return answer


@pages.get("/service-worker.js")
def send_worker() -> ResponseReturnValue:
    """Answer the worker at the root of the site, with the files of this version to keep."""
    version = versioned_files().version
    address = url_for("static", version=version, filename=WORKER)
    kept = {"version": version, "folder": address.removesuffix(WORKER), "files": list_app_files()}
    folder = current_app.static_folder
    assert folder
    source = (Path(folder) / WORKER).read_text(encoding="utf-8")
    source = source.replace(PLACE_OF_FILES, canonical(kept), 1)
    source = source.replace('"./', f'"{address.rpartition("/")[0]}/')
    answer = Response(source, mimetype="text/javascript")
    answer.headers["Cache-Control"] = "no-cache"
    answer.set_etag(sha256(answer.get_data()).hexdigest()[:32])
    return answer.make_conditional(request)

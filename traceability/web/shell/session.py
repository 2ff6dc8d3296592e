"""Keep the session: sign-in and sign-out, the language, and the site that a person works at."""

from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from typing import Any, ParamSpec

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, login_user, logout_user

from traceability.domain.errors import NotAllowed
from traceability.locale import LANGUAGES
from traceability.services.directory.people import Person, find_person
from traceability.services.directory.sign_in import sign_in
from traceability.web.shell import current
from traceability.web.shell.errors import is_api, keep_form
from traceability.web.shell.words import t

pages = Blueprint("session", __name__)

LONGEST_NAME, LONGEST_PASSWORD = 200, 1000
OPEN = frozenset(
    {
        "static",
        "session.enter",
        "session.leave",
        "session.choose_language",
        "home.icon",
        "health.live",
        "health.ready",
    }
)
"""Endpoints that need no sign-in."""

P = ParamSpec("P")
View = Callable[P, ResponseReturnValue]


class SessionUser:
    """The person of a session; a new password ends every session that began with the old one."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, person: Person) -> None:
        self.person = person

    def get_id(self) -> str:
        """Return the id in the cookie."""
        return f"{_mark(self.person)}:{self.person.id}"


def _mark(person: Person) -> str:
    return sha256(person.password.encode()).hexdigest()[:16]


def install(app: Flask) -> None:
    """Set Flask-Login up."""
    manager = LoginManager()
    manager.init_app(app, add_context_processor=False)  # an error page must not ask the store once more
    manager.session_protection = None  # phones change their address all day

    @manager.user_loader  # type: ignore[untyped-decorator]
    def load(kept: str) -> SessionUser | None:
        mark, _, person_id = kept.partition(":")
        person = find_person(current.reader(), person_id)
        return SessionUser(person) if person and _mark(person) == mark else None

    @app.before_request
    def ask() -> ResponseReturnValue | None:
        if request.endpoint in OPEN or request.endpoint is None or current.person() is not None:
            return None
        if is_api():
            abort(401)
        if request.form:
            return keep_form(t("session.ended"), 401)
        return redirect(url_for("session.enter", next=here()))

    @app.context_processor
    def offer() -> dict[str, Any]:
        return {"person": current.known_person(), "here": here()}


def here() -> str:
    """Return the path and query of this page."""
    return request.full_path.rstrip("?") if request.query_string else request.path


def local_path(wanted: str) -> str:
    """Return the page to go back to, if it is one of ours, else home."""
    plain = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if plain and "\\" not in wanted else url_for("home.show")


def needs_site(view: View[P]) -> View[P]:
    """Let only people in who work at a site, and let those of several choose one first."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if not current.work_sites():
            raise NotAllowed("person.records_nothing")
        meant = request.form.get("site", "")
        if current.site() is None and meant in current.viewer().works_at:
            session["site"] = meant  # a form that was filled in before the session ended knows where
        if current.site() is None:
            return redirect(url_for("session.choose_site", next=here()))
        return view(*args, **kwargs)

    return guarded


@pages.route("/sign-in", methods=["GET", "POST"])
def enter() -> ResponseReturnValue:
    """Sign in, and go on to the page that was asked for."""
    wanted = local_path(request.values.get("next", "/"))
    if current.person() and request.method == "GET":
        return redirect(wanted)
    name = request.form.get("person", "").strip()[:LONGEST_NAME]
    wrong = ""
    if request.method == "POST":
        password = request.form.get("password", "")[:LONGEST_PASSWORD]
        who = sign_in(current.store(), name, password, request.remote_addr or "", current.now_ms())
        if who:
            chosen = session.get("site")
            session.clear()  # nothing of the session before sign-in is kept
            session["site"] = chosen
            session.permanent = True
            login_user(SessionUser(who))
            return redirect(wanted)
        wrong = t("person.wrong_password")
    return make_response(
        render_template("account/sign_in.html", name=name, wrong=wrong, next=wanted), 401 if wrong else 200
    )


@pages.post("/sign-out")
def leave() -> ResponseReturnValue:
    """Sign out."""
    logout_user()
    session.clear()
    return redirect(url_for("session.enter"))


@pages.get("/language/<chosen>")
def choose_language(chosen: str) -> Response:
    """Keep the language in a cookie and return to the page."""
    if chosen not in LANGUAGES:
        abort(404)
    answer = make_response(redirect(local_path(request.args.get("next", "/"))))
    answer.set_cookie(
        current.LANGUAGE_COOKIE,
        chosen,
        max_age=365 * 24 * 3600,
        secure=current.settings().encrypted,
        httponly=True,
        samesite="Lax",
    )
    return answer


@pages.route("/site", methods=["GET", "POST"])
def choose_site() -> ResponseReturnValue:
    """Choose the site that a person of several works at now."""
    wanted = local_path(request.values.get("next", "/"))
    sites = current.work_sites()
    if not sites:
        raise NotAllowed("person.records_nothing")
    if request.method == "POST":
        chosen = request.form.get("site", "")
        if chosen not in {site.id for site in sites}:
            raise NotAllowed("person.no_site")
        session["site"] = chosen
        flash(t("site.chosen"), "success")
        return redirect(wanted)
    return render_template("account/site.html", sites=sites, chosen=current.site(), next=wanted)

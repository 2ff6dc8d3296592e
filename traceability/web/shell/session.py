"""Keep the session: sign-in and sign-out, the language, and the site that a person works at."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial, wraps
from threading import Lock
from typing import Any, ParamSpec

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue

from graph.store import Store, Writer
from traceability.domain.errors import NotAllowed, StoreError
from traceability.locale import LANGUAGES
from traceability.services.directory import sessions
from traceability.services.directory.people import Person
from traceability.services.directory.sessions import NewSession, SignedIn
from traceability.services.directory.sign_in import sign_in
from traceability.web.shell import current
from traceability.web.shell.errors import is_api, keep_form
from traceability.web.shell.security import begin_forms
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


def install(app: Flask) -> None:
    """Ask strangers to sign in, and write down when a session was used."""

    @app.before_request
    def ask() -> ResponseReturnValue | None:
        if request.endpoint in OPEN or request.endpoint is None or current.person() is not None:
            return None
        if is_api():
            abort(401)
        if request.form:
            return keep_form(t("session.ended"), 401)
        return redirect(url_for("session.enter", next=here()))

    app.after_request(note_use)

    @app.context_processor
    def offer() -> dict[str, Any]:
        return {"person": current.known_person(), "here": here()}


_NOTING = Lock()


def note_use(answer: Response) -> Response:
    """Write down that the session was used, once its answer is sent.

    Nobody waits for it, and of a process that waits for the one writer at most one thread.
    """
    found: SignedIn | None = g.get("signed_in")
    if found and found.session.is_use_due(current.now_ms()):
        answer.call_on_close(partial(_write_use, current.wiring().store, found.session.id, current.now_ms()))
    return answer


def _write_use(store: Store, session_id: str, now_ms: int) -> None:
    if _NOTING.acquire(blocking=False):
        try:
            with suppress(StoreError):
                sessions.note_use(store, session_id, now_ms)
        finally:
            _NOTING.release()


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
            return _begin(who, wanted)
        wrong = t("person.wrong_password")
    return make_response(
        render_template("account/sign_in.html", name=name, wrong=wrong, next=wanted), 401 if wrong else 200
    )


def _begin(who: Person, wanted: str) -> Response:
    """Open a session, and end the one that the browser had before."""
    old = current.sign_in_token()

    def work(writer: Writer) -> NewSession:
        if old:
            sessions.end_session(writer, old)
        return sessions.begin_session(writer, who, current.now_ms())

    begun = current.store().write(work)
    begin_forms(begun.token, who.id)
    answer = make_response(redirect(wanted))
    answer.set_cookie(
        current.cookie_name(current.SESSION_COOKIE),
        begun.token,
        max_age=(begun.session.ends_ms - current.now_ms()) // 1000,
        secure=current.settings().encrypted,
        httponly=True,
        samesite="Lax",
    )
    return answer


@pages.post("/sign-out")
def leave() -> ResponseReturnValue:
    """Sign out: the session is erased, not only forgotten by this browser."""
    token = current.sign_in_token()
    if token:
        current.store().write(lambda writer: sessions.end_session(writer, token))
    session.clear()
    answer = make_response(redirect(url_for("session.enter")))
    answer.delete_cookie(
        current.cookie_name(current.SESSION_COOKIE),
        secure=current.settings().encrypted,
        httponly=True,
        samesite="Lax",
    )
    return answer


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

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
from traceability.domain.access import list_roles
from traceability.domain.calendar import day_of
from traceability.domain.errors import BadInput, NotAllowed, StoreError
from traceability.domain.rights import WORKERS
from traceability.locale import LANGUAGES
from traceability.services.directory import audit, sessions
from traceability.services.directory.audit import AuditAction
from traceability.services.directory.devices import YardDevice, find_device, new_token
from traceability.services.directory.people import Person, check_password_of, shortest_for
from traceability.services.directory.sessions import NewSession, SignedIn
from traceability.services.directory.sign_in import (
    PROOF,
    WRONG,
    AttemptPlace,
    TooManyAttempts,
    remember_place,
    sign_in,
)
from traceability.web.shell import current
from traceability.web.shell.errors import answer as problem_answer
from traceability.web.shell.errors import is_api, keep_form
from traceability.web.shell.security import FORGET, PROOF_PASSWORD, begin_forms, leave_forms
from traceability.web.shell.words import say, t

pages = Blueprint("session", __name__)

LONGEST_NAME = 200
SCOPE_OF = {"api.record": sessions.RECORD, "api.tell": sessions.RECORD}
"""The scope that a token needs for an endpoint; each resource of the reading API adds its own where it is registered
(``web/api/resource.py``). Files of figures (``.csv``) need ``read``, all else is closed to it."""
ASKED_AGAIN = frozenset({"csrf_token", PROOF_PASSWORD})
DEVICE_SECONDS = 400 * 24 * 3600  # as long as browsers keep any
LANGUAGE_SECONDS = 365 * 24 * 3600
OPEN = frozenset(
    {
        "static",
        "session.enter",
        "session.leave",
        "session.choose_language",
        "access.enrol",
        "home.icon",
        "health.live",
        "health.ready",
        "trust.show",  # before a phone trusts the certificate, nobody can sign in on it
        "trust.send_authority",
        "yard.show_offline",  # devices keep it; it holds no name
        "yard.tell_manifest",
        "yard.send_worker",
    }
)
"""Endpoints that need no sign-in."""

P = ParamSpec("P")
View = Callable[P, ResponseReturnValue]


def install(app: Flask) -> None:
    """Ask strangers to sign in, and write down when a session was used."""

    @app.before_request
    def ask() -> ResponseReturnValue | None:
        if request.endpoint in OPEN or request.endpoint is None:
            return None
        if (who := current.person()) is not None:
            check_scope()
            if current.bearer_token() is None and session.get("person") != who.id:
                session["person"] = who.id  # of a cookie of forms that began anew while the session lasted
            return None
        if current.bearer_token() is not None:
            return refuse_token()
        if is_api():
            abort(401)
        if request.form:
            return keep_form(t("session.ended"), 401)
        return redirect(url_for("session.enter", next=here()))

    @app.before_request
    def have_password_changed() -> ResponseReturnValue | None:
        if request.endpoint in (*OPEN, "session.change_password", None) or not current.signed_in().one_time:
            return None
        if is_api():
            raise NotAllowed("password.one_time")
        keep_draft()
        return redirect(url_for("session.change_password", next=here() if request.method == "GET" else "/"))

    app.after_request(note_use)
    app.after_request(keep_renewed)

    @app.context_processor
    def offer() -> dict[str, Any]:
        return {"person": current.known_person(), "here": here()}


def check_scope() -> None:
    """Let a token go where its scopes allow, and nowhere else. Raises NotAllowed."""
    found = current.signed_in_as()
    if found is None or found.session.kind != sessions.TOKEN:
        return
    rule = request.url_rule.rule if request.url_rule else ""
    scope = SCOPE_OF.get(request.endpoint or "") or (sessions.READ if rule.endswith(".csv") else "")
    if scope not in found.session.scopes:
        raise NotAllowed("token.out_of_scope", scopes=", ".join(found.session.scopes))


def refuse_token() -> Response:
    """Answer a token that is unknown, has expired or was revoked; no cookie is looked at then."""
    refused = problem_answer(401, "token.invalid", t("token.invalid"))
    refused.headers["WWW-Authenticate"] = 'Bearer realm="traceability", error="invalid_token"'
    return refused


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


def keep_renewed(answer: Response) -> Response:
    """Give the browser the token of a session that went on under another one."""
    begun: NewSession | None = g.get("renewed")
    if begun is not None:
        begin_forms(begun.token, begun.session.person)
        _keep_session(answer, begun)
    return answer


def here() -> str:
    """Return the path and query of this page."""
    return request.full_path.rstrip("?") if request.query_string else request.path


def local_path(wanted: str) -> str:
    """Return the page to go back to, if it is one of ours, else home."""
    plain = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if plain and "\\" not in wanted else url_for("home.show")


def keep_draft() -> None:
    """Say that the form of this request was not taken, though its answer leads on."""
    g.draft_kept = True


def flash_refusal(words: str) -> None:
    """Tell on the page that follows why the form of this request was not taken."""
    keep_draft()
    flash(words, "error")


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
            keep_draft()
            return redirect(url_for("session.choose_site", next=here()))
        return view(*args, **kwargs)

    return guarded


def needs_proof(view: View[P]) -> View[P]:
    """Let a form through only where the person typed their password in the last ten minutes, else ask for it.

    The page that asks holds all that was typed.
    """

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if request.method == "POST" and not current.is_proved():
            asked = _ask_password()
            if asked is not None:
                return asked
        return view(*args, **kwargs)

    return guarded


def _ask_password() -> Response | None:
    """Return the page that asks for the password; None where the right one was sent."""
    fault, status, retry = t("proof.needed"), 401, 0
    typed = request.form.get(PROOF_PASSWORD)
    if typed:
        try:
            outcome = sign_in(
                current.store(), current.signed_in().id, typed, current.whereabouts(), current.now_ms(), PROOF
            )
        except TooManyAttempts as error:
            fault, status, retry = say(error), 429, error.retry_seconds
        else:
            if outcome.person:
                current.note_proof()
                return None
            fault = t("proof.wrong" if outcome.fault == WRONG else outcome.fault)
    kept = [(name, value) for name, value in request.form.items(multi=True) if name not in ASKED_AGAIN]
    answer = make_response(
        render_template("account/prove.html", kept=kept, wrong=fault if typed else "", status=status), status
    )
    if retry:
        answer.headers["Retry-After"] = str(retry)
    return answer


@pages.route("/sign-in", methods=["GET", "POST"])
def enter() -> ResponseReturnValue:
    """Sign in, and go on to the page that was asked for."""
    wanted = local_path(request.values.get("next", "/"))
    if current.person() and request.method == "GET":
        return redirect(wanted)
    name = request.form.get("person", "").strip()[:LONGEST_NAME]
    fault, status, retry = "", 200, 0
    if request.method == "POST":
        password = request.form.get("password", "")
        try:
            outcome = sign_in(current.store(), name, password, current.whereabouts(), current.now_ms())
        except TooManyAttempts as error:
            fault, status, retry = say(error), 429, error.retry_seconds
        else:
            if outcome.person:
                return _begin(outcome.person, wanted)
            fault, status = t(outcome.fault), 401
    answer = make_response(
        render_template("account/sign_in.html", name=name, wrong=fault, next=wanted), status
    )
    if retry:
        answer.headers["Retry-After"] = str(retry)
    return answer


def _begin(who: Person, wanted: str) -> Response:
    """Open a session, and end the one that the browser had before."""
    old, now_ms = current.sign_in_token(), current.now_ms()
    device = current.whereabouts().device or new_token()
    yard = _find_yard_device(who, device)

    def work(writer: Writer) -> NewSession:
        if old:
            sessions.end_session(writer, old)
        remember_place(writer, who, AttemptPlace("", device), now_ms)
        if yard is None:
            return sessions.begin_session(writer, who, now_ms)
        return sessions.begin_session(
            writer, who, now_ms, sessions.DEVICE, yard.ends_ms, device=yard.id, label=yard.label
        )

    begun = current.store().write(work)
    begin_forms(begun.token, who.id)
    if yard is not None:
        session["site"] = yard.site
    answer = make_response(redirect(wanted))
    _keep_session(answer, begun)
    set_own_cookie(answer, current.DEVICE_COOKIE, device, DEVICE_SECONDS)
    return answer


def _find_yard_device(who: Person, token: str) -> YardDevice | None:
    """Return the enrolled device that this browser is, where the person records events at its site."""
    yard = find_device(current.reader(), token, current.now_ms())
    if yard is None or yard.site not in current.reference().sites:
        return None
    day = day_of(current.now_ms())
    region = current.reference().region_at(yard.site, day[:7])
    return yard if WORKERS & set(list_roles(who.roles, yard.site, region, day)) else None


def _keep_session(answer: Response, begun: NewSession) -> None:
    lasts = (begun.session.ends_ms - current.now_ms()) // 1000
    set_own_cookie(answer, current.SESSION_COOKIE, begun.token, lasts)


def set_own_cookie(answer: Response, name: str, value: str, seconds: int) -> None:
    """Set a cookie that no script reads and no other site's page sends; 0 seconds delete it."""
    answer.set_cookie(
        current.cookie_name(name),
        value,
        max_age=seconds,
        secure=current.settings().encrypted,
        httponly=True,
        samesite="Lax",
    )


@pages.route("/account/password", methods=["GET", "POST"])
def change_password() -> ResponseReturnValue:
    """Take another password: the old one proves who asks, and every other session ends."""
    found = current.signed_in_as()
    assert found is not None, "the view asks for a sign-in"
    faults: dict[str, str] = {}
    status, retry = 200, 0
    if request.method == "POST":
        status, retry = _check_new_password(found.person, faults)
        if not faults:
            new = request.form.get("new-password", "")
            begun = sessions.change_password(current.store(), found, new, current.actor())
            begin_forms(begun.token, found.person.id)
            flash(t("password.changed"), "success")
            answer = make_response(redirect(local_path(request.form.get("next", "/"))))
            _keep_session(answer, begun)
            return answer
    page = render_template(
        "account/password.html",
        faults=faults,
        shortest=shortest_for(found.person),
        must=found.person.one_time,
        next=local_path(request.values.get("next", "/")),
    )
    answer = make_response(page, status)
    if retry:
        answer.headers["Retry-After"] = str(retry)
    return answer


def _check_new_password(person: Person, faults: dict[str, str]) -> tuple[int, int]:
    """Note what is wrong, by input; return status and seconds until the next attempt."""
    old, new = request.form.get("password", ""), request.form.get("new-password", "")
    if new != request.form.get("new-password-again", ""):
        faults["new-password-again"] = t("password.differ")
    elif new == old:
        faults["new-password"] = t("password.same")
    else:
        try:
            check_password_of(person, new)
        except BadInput as error:
            faults["new-password"] = say(error)
    if faults:  # a slip in the new one is no guess at the old one
        return 422, 0
    try:
        outcome = sign_in(current.store(), person.id, old, current.whereabouts(), current.now_ms(), PROOF)
    except TooManyAttempts as error:
        faults["password"] = say(error)
        return 429, error.retry_seconds
    if outcome.person is None:
        faults["password"] = t("password.old_wrong") if outcome.fault == WRONG else t(outcome.fault)
        return 422, 0
    return 200, 0


@pages.post("/sign-out")
def leave() -> ResponseReturnValue:
    """Sign out: the session is erased, not only forgotten by this browser."""
    token, found = current.sign_in_token(), current.signed_in_as()

    def work(writer: Writer) -> None:
        sessions.end_session(writer, token)
        if found is not None:
            audit.note(writer, current.actor().entry(AuditAction.SIGN_OUT, "person", found.person.id))

    if token:
        current.store().write(work)
    leave_forms()
    answer = make_response(redirect(url_for("session.enter")))
    set_own_cookie(answer, current.SESSION_COOKIE, "", 0)
    answer.headers["Clear-Site-Data"] = FORGET
    return answer


@pages.get("/language/<chosen>")
def choose_language(chosen: str) -> Response:
    """Keep the language in a cookie and return to the page."""
    if chosen not in LANGUAGES:
        abort(404)
    answer = make_response(redirect(local_path(request.args.get("next", "/"))))
    set_own_cookie(answer, current.LANGUAGE_COOKIE, chosen, LANGUAGE_SECONDS)
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

"""Set what protects every answer: headers, cookies, CSRF tokens, the Origin of API calls."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, redirect, request, session
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFProtect
from itsdangerous import Signer
from werkzeug.middleware.proxy_fix import ProxyFix

from traceability.config import Settings
from traceability.web.shell import current

csrf = CSRFProtect()

HEADERS = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",  # what no line below names is loaded from nowhere
            "script-src 'self' 'wasm-unsafe-eval'",  # the reader of QR codes is WebAssembly; no eval of text
            "worker-src 'self'",
            "manifest-src 'self'",
            "style-src 'self'",
            "img-src 'self' blob:",  # a photo that is not uploaded yet
            "media-src 'self' blob: mediastream:",  # the camera
            "font-src 'self'",
            "connect-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "form-action 'self'",
        )
    ),
    "Permissions-Policy": "camera=(self), serial=(self), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
HTTPS_ONLY = "max-age=31536000; includeSubDomains"
FORM_COOKIE = "form"
PROOF_PASSWORD = "proof-password"  # the input of the person's own password, before what cannot be taken back
FORGET = (
    '"cache"'  # what a browser is told when somebody signs out: pages and photos, not what is not sent yet
)
NO_FORMS = (
    "static", "health.live", "health.ready", "home.icon", "yard.show_offline", "yard.tell_manifest", "yard.send_worker",
)  # fmt: skip
PLAIN_TOO = frozenset({"trust.show", "trust.send_authority", "static", "health.live"})
"""Endpoints that answer without encryption too where the system encrypts by itself: a phone is told whom to trust."""
BESIDE_PAGES = ("/api/", "/yard/")  # what scripts ask, and devices in the background
FORM_SECONDS = 14 * 24 * 3600  # as long as a yard device may lie unused


class FormCookies(SecureCookieSessionInterface):
    """The signed cookie of forms, by HMAC of SHA-256; Flask's own default is SHA-1."""

    digest_method = staticmethod(sha256)

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        """Return whether the answer sends the cookie again: with a page, not with what runs beside one.

        The answer to a script may arrive after that to a form, and would undo what the form chose.
        """
        is_beside = request.path.startswith(BESIDE_PAGES) or request.headers.get(
            "Sec-Fetch-Mode", "navigate"
        ) not in ("navigate", "nested-navigate")
        return session.modified or (not is_beside and super().should_set_cookie(app, session))


Signer.default_digest_method = staticmethod(sha256)  # of tokens of forms, where the library offers no setting


def install(app: Flask, settings: Settings, limit_bodies: Callable[[Flask], None]) -> None:
    """Set cookies, proxies, tokens and headers."""
    app.config.update(
        SECRET_KEY=settings.secret_key,
        DEBUG=False,  # whatever FLASK_DEBUG says: its pages tell code and settings
        SESSION_COOKIE_NAME=f"__Host-{FORM_COOKIE}" if settings.encrypted else FORM_COOKIE,
        SESSION_COOKIE_SECURE=settings.encrypted,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=FORM_SECONDS,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a form may stay open through a shift
        WTF_CSRF_SSL_STRICT=False,  # it would compare the Referer with a host that a proxy may rename
        TEMPLATES_AUTO_RELOAD=False,
    )
    app.session_interface = FormCookies()
    if settings.proxies:
        count = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]

    if settings.tls:
        app.before_request(lead_to_https)
    app.before_request(bind_forms)
    limit_bodies(app)  # before tokens are read from forms
    csrf.init_app(app)
    app.after_request(set_headers)

    @app.after_request
    def ask_for_https(answer: Response) -> Response:
        """Say on every answer that the address is reached by https alone; browsers heed it by https only.

        Not where the certificate is of the system's own authority: a phone that forgot it must still reach ``/trust``.
        """
        if (settings.encrypted or request.is_secure) and not settings.tls:
            answer.headers.setdefault("Strict-Transport-Security", HTTPS_ONLY)
        return answer

    @app.context_processor
    def offer() -> dict[str, Any]:
        return {"plain_http": settings.plain_http and not settings.encrypted}


def lead_to_https() -> ResponseReturnValue | None:
    """Lead a browser that came without encryption to the same page by https.

    What sends something is refused: it was readable to others, and must not become a habit.
    """
    if request.is_secure or request.endpoint in PLAIN_TOO:
        return None
    if request.method not in ("GET", "HEAD") or "Authorization" in request.headers:
        abort(403)
    return redirect(request.url.replace("http://", "https://", 1), 307)


def set_headers(answer: Response) -> Response:
    """Set the headers of every answer; pages of signed-in people are not kept by caches."""
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    if request.endpoint != "static":
        answer.headers.setdefault("Cache-Control", "no-store")
    return answer


def bind_forms() -> None:
    """Drop a cookie of forms that belongs to another session than the browser's: its token and site go with it.

    A new one begins, for the browser's session: also where the old one was lost or the secret key is another by now.
    Where the browser has no session any more, forms that its person left open stay good for them.
    Answers that have no forms do not look at it, so that caches keep them whatever cookies there are.
    """
    if request.endpoint in NO_FORMS:
        return
    binding = binding_of(current.sign_in_token())
    if session.get("of", "") == binding:
        return
    if not binding:
        leave_forms()
        return
    session.clear()
    if current.bearer_token() is None:
        session["of"] = binding
        session.permanent = True


def leave_forms() -> None:
    """Let go of the session: what stays is the token of forms, and whose it is.

    So a form that is sent after the session ended, by its end or by signing out in another window, is good at the first
    attempt once the same person has signed in again; of anybody else it is asked about.
    """
    kept = {"csrf_token": session["csrf_token"]} if "csrf_token" in session else {}
    left_by = _mark(session["person"]) if "person" in session else session.get("left_by", "")
    session.clear()
    if kept and left_by:
        session.update(kept, left_by=left_by)
        session.permanent = True


def begin_forms(token: str, person_id: str) -> None:
    """Bind the cookie of forms to a session that begins.

    A form that this person, or nobody, left open when the session before it ended is still good.
    """
    kept = {name: session[name] for name in ("site", "csrf_token") if name in session}
    left_by = _mark(session["person"]) if "person" in session else session.get("left_by", "")
    if left_by and left_by != _mark(person_id):
        kept.pop("csrf_token", None)
    session.clear()
    session.update(kept, of=binding_of(token), person=person_id)
    session.permanent = True


def binding_of(token: str) -> str:
    """Return what binds a cookie of forms to the session of a token."""
    return sha256(f"forms of {token}".encode()).hexdigest()[:16] if token else ""


def _mark(person_id: str) -> str:
    """Return what tells a person from others in a cookie that anybody at the device can read."""
    return sha256(f"forms left by {person_id}".encode()).hexdigest()[:16]


def session_person() -> str:
    """Return the id of the session's person, '' for a stranger; from the signed cookie, without the store.

    Enough to receive what somebody sends, not to let them do anything: the session may have ended.
    """
    return str(session.get("person", ""))


def from_our_page(settings: Settings) -> bool:
    """Return whether a page of ours sent the request, by the browser's Origin, else Sec-Fetch-Site."""
    origin = request.headers.get("Origin")
    if origin is None:
        return request.headers.get("Sec-Fetch-Site", "") in ("same-origin", "none")
    try:
        host = urlsplit(origin).netloc.lower()
    except ValueError:  # "http://[::1" is no address
        return False
    return origin != "null" and host in (request.host.lower(), settings.host)

"""Show how a phone comes to trust this system, and hand out the certificate of its authority.

Both answer without sign-in and, where the system encrypts by itself, without encryption too: before a phone trusts the
certificate, it reaches nothing else without a warning.
"""

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from traceability.domain.errors import NotFound
from traceability.locale import LANGUAGES, describe_languages
from traceability.services.upkeep.local_authority import read_public, write_fingerprint
from traceability.web.shell import current

pages = Blueprint("trust", __name__)

PHONES = ("android", "ios", "computer")
STEPS = 4  # of each
LASTS_SECONDS = 300  # of the certificate in a cache: another authority may follow


@pages.get("/trust")
def show() -> ResponseReturnValue:
    """Show the steps for each kind of device; elsewhere, why there is nothing to trust or how there would be."""
    chosen = request.args.get("language", "")
    if chosen in LANGUAGES:  # a cookie of a language is not taken without encryption
        current.use_language(chosen)
    settings = current.settings()
    return render_template(
        "trust/trust.html",
        offered=settings.tls,
        encrypted=settings.encrypted,
        fingerprint=write_fingerprint(read_public(settings.tls_folder)) if settings.tls else "",
        address=settings.public_url,
        phones=PHONES,
        steps=range(1, STEPS + 1),
        languages=[other for other in describe_languages() if other.code != current.language()],
        other_languages=(),  # those of the header keep a cookie
    )


@pages.get("/trust/authority.crt")
def send_authority() -> Response:
    """Send the certificate of the authority as phones take it. Raises NotFound."""
    settings = current.settings()
    if not settings.tls:
        raise NotFound("tls.no_authority")
    answer = Response(read_public(settings.tls_folder), mimetype="application/x-x509-ca-cert")
    # A phone installs what it is shown; an attachment it would only keep.
    answer.headers["Content-Disposition"] = f'inline; filename="traceability-{_file_name(settings.host)}.crt"'
    answer.headers["Cache-Control"] = f"max-age={LASTS_SECONDS}"
    return answer


def _file_name(host: str) -> str:
    return "".join(letter if letter.isalnum() and letter.isascii() else "-" for letter in host).strip("-")

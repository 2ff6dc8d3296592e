"""Take in the photos of a record, keep them while its form is refused, and show them.

A photo has an address for one person, signed with the key of the installation: pages give it to
whoever may see the record, and a photo of a form that is not recorded yet is seen by whoever sent
it. Forms carry the same signature: through them, who only knows the SHA-256 of a photo can neither
see it nor put it into a record. Events by machine (``web/api``) state digests as they are.
"""

import hmac
from collections.abc import Collection, Iterable
from hashlib import sha256
from typing import NamedTuple

from flask import Blueprint, Response, g, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage, MultiDict

from graph.blobs import MAX_BLOB_BYTES, Blobs
from traceability.domain.errors import BadInput, NotFound, StoreError
from traceability.services.directory.photos import BYTES_PER_MB, KINDS, NAMES, find_photo, keep_photo
from traceability.web.shell import current
from traceability.web.shell.limits import MOST_PHOTO_BYTES, ArrivingFile, may_send_photos
from traceability.web.shell.security import session_person

pages = Blueprint("photos", __name__)

UPLOADS, KEPT = "photo", "photos"  # fields of a form: files sent now, sealed digests of those that are kept
REMOVE = "remove-photo-"
KEPT_SECONDS = 24 * 3600
LONGEST_NAME = 60


class Limits(NamedTuple):
    """The kinds and sizes of photos that the inputs offer."""

    kinds: str
    accept: str
    each_mb: int
    together_mb: int


LIMITS = Limits(
    NAMES,
    ",".join(kind.media for kind in KINDS),
    MAX_BLOB_BYTES // BYTES_PER_MB,
    MOST_PHOTO_BYTES // BYTES_PER_MB,
)


class Photo(NamedTuple):
    """A photo as pages show it; ``href`` is '' where its file has not arrived.

    ``sealed`` is its digest with the signature that forms carry.
    """

    digest: str
    sealed: str
    href: str


class Taken(NamedTuple):
    """The outcome of the files of a request: digests kept, why others were refused, how many are
    lost.

    ``error`` is the first reason of a loss.
    """

    kept: list[str]
    faults: list[BadInput]
    lost: int
    error: StoreError | None


def blobs() -> Blobs:
    """Return the folder of photos."""
    return Blobs(current.settings().blobs)


def take_in() -> Taken:
    """Keep the photos sent with this request, once however often it is asked.

    Of nobody who may not record: a folder that others may fill is soon full.
    """
    if "photos_taken" not in g:
        g.photos_taken = _take_all() if may_send_photos() else leave_out()
    taken: Taken = g.photos_taken
    return taken


def leave_out() -> Taken:
    """Return the outcome where nothing sent with this request is kept."""
    return Taken([], [], len(_sent()), None)


def _take_all() -> Taken:
    kept: list[str] = []
    faults: list[BadInput] = []
    lost: list[StoreError] = []
    for upload, name in _sent():
        try:
            kept.append(_keep(upload, name))
        except BadInput as error:
            faults.append(error)
        except StoreError as error:  # the next one may be smaller, or there already
            lost.append(error)
    return Taken(list(dict.fromkeys(kept)), faults, len(lost), lost[0] if lost else None)


def _sent() -> list[tuple[FileStorage, str]]:
    """Return files with their names; an input left empty sends one without."""
    return [(upload, upload.filename) for upload in request.files.getlist(UPLOADS) if upload.filename]


def _keep(upload: FileStorage, name: str) -> str:
    folder = blobs()
    if isinstance(upload.stream, ArrivingFile) and upload.stream.fault:
        raise folder.fault_of(upload.stream.fault)
    upload.stream.seek(0)
    content = upload.stream.read(folder.max_bytes + 1)
    shown = "".join(sign if sign.isprintable() else "?" for sign in name[:LONGEST_NAME])
    return keep_photo(folder, content, shown)


def admit_photos(typed: MultiDict[str, str], known: Collection[str]) -> int:
    """Unseal the photos that a form carries; return how many were left out that this person was
    never given.

    ``known`` are digests that the form may carry as they are: a record that holds them is being
    corrected.
    """
    carried = [value.strip() for value in typed.getlist(KEPT) if value.strip()]
    digests = [value if value in known else unseal(value) for value in carried]
    if KEPT in typed:
        typed.setlist(KEPT, [digest for digest in digests if digest])
    if "" in digests:
        g.forged = True  # for the audit log
    return digests.count("")


def take_photos(typed: MultiDict[str, str], action: str) -> list[BadInput]:
    """Keep the files sent with a form beside those that it carries.

    Returns why others are refused. Raises StoreError.
    """
    taken = take_in()
    if taken.error:
        raise taken.error  # the page that keeps the form says how many are lost
    gone = action.removeprefix(REMOVE) if action.startswith(REMOVE) else ""
    digests = dict.fromkeys([*typed.getlist(KEPT), *taken.kept])
    typed.setlist(KEPT, [digest for digest in digests if digest != gone])
    return taken.faults


def show_photos(digests: Iterable[str]) -> list[Photo]:
    """Return photos with their addresses for whoever is signed in."""
    folder = blobs()
    return [Photo(digest, seal(digest), _href(digest) if folder.exists(digest) else "") for digest in digests]


def seal(digest: str) -> str:
    """Return a digest as the forms of whoever is signed in carry it."""
    return f"{digest}.{_key(digest)}"


def unseal(carried: str) -> str:
    """Return the digest that a form of this person carries; '' for one never given to them."""
    digest, _, key = carried.partition(".")
    return digest if hmac.compare_digest(key.encode(), _key(digest).encode()) else ""


def _href(digest: str) -> str:
    return url_for("photos.show", digest=digest, key=_key(digest))


def _key(digest: str) -> str:
    secret = current.settings().secret_key.encode()
    return hmac.new(secret, f"photo:{session_person()}:{digest}".encode(), sha256).hexdigest()[:32]


@pages.app_template_global()
def photo_limits() -> Limits:
    """Return the limits, for templates."""
    return LIMITS


@pages.get("/photos/<digest>")
def show(digest: str) -> ResponseReturnValue:
    """Answer a photo to the person that its address was made for."""
    if not hmac.compare_digest(request.args.get("key", "").encode(), _key(digest).encode()):
        raise NotFound("blob.unknown", sha256=digest[:64])
    content, kind = find_photo(blobs(), digest)
    answer = Response(content, mimetype=kind)
    answer.headers["Cache-Control"] = f"private, max-age={KEPT_SECONDS}, immutable"
    answer.headers["Content-Disposition"] = f"inline; filename={digest[:16]}.{kind.partition('/')[2]}"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    return answer

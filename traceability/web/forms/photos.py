"""Take in the photos of a record, keep them while its form is refused, and show them.

A photo belongs to the site that its form is of (``services/directory/photos.py``), and is shown to
whoever may see photos of that site. Its address is for one person, signed with the key of the
installation: pages give it to whoever may see the record. Forms carry another signature: through
them, who only knows the SHA-256 of a photo can neither see it nor put it into a record. Events by
machine (``web/api``) state digests as they are; one of another firm's photo shows nothing.
"""

import hmac
from collections.abc import Collection, Iterable
from contextlib import suppress
from hashlib import sha256
from typing import NamedTuple

from flask import Blueprint, Response, g, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage, MultiDict

from graph.blobs import MAX_BLOB_BYTES, Blobs
from traceability.domain.errors import BadInput, NotFound, StoreError
from traceability.services.directory.photos import (
    BYTES_PER_MB,
    NAMES,
    NoRoomForPhotos,
    find_photo,
    find_shown,
    keep_photo,
    own_photo,
    renew_photos,
)
from traceability.services.directory.pictures import KINDS
from traceability.services.directory.thumbnails import MEDIA, find_thumbnail
from traceability.web.shell import current
from traceability.web.shell.limits import MOST_PHOTO_BYTES, ArrivingFile, may_send_photos
from traceability.web.shell.security import session_person

pages = Blueprint("photos", __name__)

UPLOADS, KEPT = "photo", "photos"  # fields of a form: files sent now, sealed digests of those that are kept
REMOVE = "remove-photo-"
KEPT_SECONDS = 24 * 3600
VIEWED, CARRIED = "photo", "carried"  # what a signature is for: who sees a photo cannot record it by that
LONGEST_NAME = 60
MOST_CARRIED = 200  # photos that one form may name; a record holds far fewer


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
    """A photo as pages show it, small and whole; ``href`` is '' where its file has not arrived.

    ``sealed`` is its digest with the signature that forms carry.
    """

    digest: str
    sealed: str
    href: str
    small_href: str


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


def take_in(site: str = "") -> Taken:
    """Keep the photos sent with this request for a site, once however often it is asked.

    Of nobody who may not record: a folder that others may fill is soon full.
    """
    if "photos_taken" not in g:
        g.photos_taken = _take_all(site or _find_site()) if may_send_photos() else leave_out()
    taken: Taken = g.photos_taken
    return taken


def leave_out() -> Taken:
    """Return the outcome where nothing sent with this request is kept."""
    return Taken([], [], len(_sent()), None)


def _find_site() -> str:
    """Return the site that photos are for where the form is not read; '' while the store is away.

    They become the site's when the form is sent again.
    """
    with suppress(StoreError):
        works_at, chosen = current.viewer().works_at, current.site()
        meant = request.form.get("site", "")
        return meant if meant in works_at else chosen.id if chosen else works_at[0]
    return ""


def _take_all(site: str) -> Taken:
    kept: list[str] = []
    faults: list[BadInput] = []
    lost: list[StoreError] = []
    for upload, name in _sent():
        try:
            kept.append(_keep(upload, name, site))
        except BadInput as error:
            faults.append(error)
        except StoreError as error:  # the next one may be smaller, or there already
            lost.append(error)
    return Taken(list(dict.fromkeys(kept)), faults, len(lost), lost[0] if lost else None)


def _sent() -> list[tuple[FileStorage, str]]:
    """Return files with their names; an input left empty sends one without."""
    return [(upload, upload.filename) for upload in request.files.getlist(UPLOADS) if upload.filename]


def _keep(upload: FileStorage, name: str, site: str) -> str:
    folder = blobs()
    shown = "".join(sign if sign.isprintable() else "?" for sign in name[:LONGEST_NAME])
    if isinstance(upload.stream, ArrivingFile) and upload.stream.unwanted:
        raise NoRoomForPhotos("photo.disk_full", name=shown)
    if isinstance(upload.stream, ArrivingFile) and upload.stream.fault:
        raise folder.fault_of(upload.stream.fault)
    upload.stream.seek(0)
    return keep_content(upload.stream.read(folder.max_bytes + 1), shown, site)


def keep_content(content: bytes, name: str, site: str) -> str:
    """Keep a photo as the site's, '' for none yet, and return its SHA-256. Raises BadInput, StoreError."""
    folder, least_free = blobs(), current.settings().least_free_mb * BYTES_PER_MB
    located = bool(site) and current.reference().sites[site].keeps_location
    kept, owned = "", False
    while not owned:  # again where a clean-up took the file of the same photo, which waited too long, away
        kept, size = keep_photo(folder, content, name, keeps_location=located, least_free=least_free)
        owned = not site or own_photo(current.store(), folder, site, kept, size, current.now_ms(), name)
    return kept


def admit_photos(
    typed: MultiDict[str, str], known: Collection[str], site: str
) -> tuple[int, int, list[BadInput]]:
    """Unseal the photos that a form of a site carries, and make sure that they stay until it is recorded.

    Return how many were left out that this person was never given, how many that are no longer kept,
    and why others are refused. ``known`` are digests that the form may carry as they are: a record that
    holds them is being corrected. Raises StoreError.
    """
    carried = [value.strip() for value in typed.getlist(KEPT) if value.strip()][:MOST_CARRIED]
    digests = [value if value in known else unseal(value) for value in carried]
    gone: list[str] = []
    faults: list[BadInput] = []
    own = [digest for digest in dict.fromkeys(digests) if digest and digest not in known]
    if own:
        try:
            gone = renew_photos(current.store(), blobs(), site, own, current.now_ms())
        except BadInput as error:
            gone, faults = own, [error]
    if KEPT in typed:
        _carry(typed, [digest for digest in digests if digest and digest not in gone])
    if "" in digests:
        g.forged = True  # for the audit log
    return digests.count(""), 0 if faults else len(gone), faults


def _carry(typed: MultiDict[str, str], digests: list[str]) -> None:
    """Let a form carry these photos; without any it has no such field, for one without a value breaks who reads it."""
    if digests:
        typed.setlist(KEPT, digests)
    else:
        typed.poplist(KEPT)


def take_photos(typed: MultiDict[str, str], action: str, site: str) -> list[BadInput]:
    """Keep the files sent with a form of a site beside those that it carries.

    Returns why others are refused. Raises StoreError.
    """
    taken = take_in(site)
    if taken.error:
        raise taken.error  # the page that keeps the form says how many are lost
    gone = action.removeprefix(REMOVE) if action.startswith(REMOVE) else ""
    digests = dict.fromkeys([*typed.getlist(KEPT), *taken.kept])
    _carry(typed, [digest for digest in digests if digest != gone])
    return taken.faults


def show_photos(digests: Iterable[str]) -> list[Photo]:
    """Return photos with their addresses for whoever is signed in."""
    asked = list(digests)
    shown = find_shown(current.reader(), current.viewer(), blobs(), asked) if asked else ()
    return [
        Photo(
            digest, seal(digest), *((_href(digest), _href(digest, small=1)) if digest in shown else ("", ""))
        )
        for digest in asked
    ]


def seal(digest: str) -> str:
    """Return a digest as the forms of whoever is signed in carry it."""
    return f"{digest}.{_key(CARRIED, digest)}"


def unseal(carried: str) -> str:
    """Return the digest that a form of this person carries; '' for one never given to them."""
    digest, _, key = carried.partition(".")
    return digest if hmac.compare_digest(key.encode(), _key(CARRIED, digest).encode()) else ""


def _href(digest: str, small: int | None = None) -> str:
    return url_for("photos.show", digest=digest, key=_key(VIEWED, digest), small=small)


def _key(purpose: str, digest: str) -> str:
    secret = current.settings().secret_key.encode()
    return hmac.new(secret, f"{purpose}:{session_person()}:{digest}".encode(), sha256).hexdigest()[:32]


@pages.app_template_global()
def photo_limits() -> Limits:
    """Return the limits, for templates."""
    return LIMITS


@pages.get("/photos/<digest>")
def show(digest: str) -> ResponseReturnValue:
    """Answer a photo, or its ``small`` version, to the person that its address was made for, as long as they may see
    it."""
    if not hmac.compare_digest(request.args.get("key", "").encode(), _key(VIEWED, digest).encode()):
        raise NotFound("blob.unknown", sha256=digest[:64])
    content, kind = find_photo(current.reader(), current.viewer(), blobs(), digest)
    small = find_thumbnail(blobs(), digest, content) if request.args.get("small") else None
    if small is not None:
        content, kind = small, MEDIA
    answer = Response(content, mimetype=kind)
    answer.headers["Cache-Control"] = f"private, max-age={KEPT_SECONDS}, immutable"
    answer.headers["Content-Disposition"] = f"inline; filename={digest[:16]}.{kind.partition('/')[2]}"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    return answer

"""Keep the photos of records: whose each is, how much room they take, and which are named by an event.

A photo belongs to the site that uploaded it. Its file is named by its SHA-256 and may be that of several: each site has a
document ``photo`` of its own (``<digest>:<site>``), and nobody learns from ours whether there are others. Its group:

- ``waiting``: uploaded, and no event of the firm names it yet;
- ``named``: uploaded and named; it is never removed;
- ``adopted``: named by an event before any site had it; its file may come later, so its size is not known yet;
- ``claimed``: named by an event, and uploaded by other firms only: who knows a digest sees nothing by it.

Beside them ``photo_use`` sums the bytes of a site. What waits longer than the days of grace is removed under the writer's
lock, as is every file: so none goes that an upload or an event counts on.
"""

import shutil
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from graph.blobs import Blobs
from graph.records import EventRow
from graph.store import Body, Document, Reader, Store, Writer
from traceability.domain.calendar import DAY_MS
from traceability.domain.errors import BadInput, NotFound
from traceability.domain.rights import Thing, Viewer
from traceability.services.directory.pictures import KINDS, clean_picture, kind_of
from traceability.services.directory.reference import reference_in, settings_in

BYTES_PER_MB = 1024 * 1024
NAMES = " / ".join(kind.name for kind in KINDS)

PHOTO, USE = "photo", "photo_use"
WAITING, NAMED, ADOPTED, CLAIMED = "waiting", "named", "adopted", "claimed"
AT_ONCE = 100  # photos a transaction, so that nobody waits long for the one writer
EVENTS_AT_ONCE = 1_000
RENEWED_MS = DAY_MS // 2  # how old a photo is before a form that carries it makes it young again


class NoRoomForPhotos(BadInput):
    """There is no room for a photo: of the firm's own, or on the disk. What is recorded without it is."""


class PhotoLimits(NamedTuple):
    """How much room the photos of a firm may take, in MB, and how many days one may wait for its event."""

    firm_mb: int = 50_000
    waiting_mb: int = 2_000
    grace_days: int = 14


class PhotoUse(NamedTuple):
    """Bytes of photos: all, and those that no event names yet."""

    bytes: int
    waiting: int


class CleanedPhotos(NamedTuple):
    """What a clean-up removed, or would remove: photos that no event names, their bytes, and remains of uploads."""

    photos: int
    bytes: int
    parts: int


def limits_in(reader: Reader) -> PhotoLimits:
    """Return the limits of the installation's reference data, the usual ones where there are none."""
    stated = settings_in(reader).get("photos", {})
    limits = PhotoLimits(**{name: stated[name] for name in PhotoLimits._fields if name in stated})
    return limits._replace(grace_days=max(1, limits.grace_days))


# --- taking in ---------------------------------------------------------------------------------------------------


def keep_photo(
    blobs: Blobs, content: bytes, name: str, *, keeps_location: bool = False, least_free: int = 0
) -> tuple[str, int]:
    """Store a photo without what identifies anybody, and return its SHA-256 and size.

    Raises BadInput if too large or no photo, NoRoomForPhotos where less than so many bytes of the disk are free, StoreError.
    """
    if len(content) > blobs.max_bytes:
        raise BadInput("photo.too_large", name=name, most=blobs.max_bytes // BYTES_PER_MB)
    content = clean_picture(content, name, keeps_location=keeps_location)
    if not has_room(blobs, least_free, len(content)):
        raise NoRoomForPhotos("photo.disk_full", name=name)
    return blobs.put(content), len(content)


def has_room(blobs: Blobs, least_free: int, more: int = 0) -> bool:
    """Return whether so many bytes of the disk stay free when more are written."""
    folder = blobs.folder
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        return not least_free or shutil.disk_usage(folder).free - more >= least_free
    except OSError:  # writing will say what is wrong
        return True


def check_quota(reader: Reader, site: str, more: int, name: str = "") -> None:
    """Refuse more bytes than the firm of a site may keep. Raises NoRoomForPhotos."""
    limits, used = limits_in(reader), find_use(reader, list_siblings(reader, site))
    for code, most, held in (
        ("photo.firm_full", limits.firm_mb, used.bytes),
        ("photo.waiting_full", limits.waiting_mb, used.waiting),
    ):
        if held + more > most * BYTES_PER_MB:
            raise NoRoomForPhotos(code, name=name, most=most, days=limits.grace_days)


def own_photo(
    store: Store, blobs: Blobs, site: str, digest: str, size: int, now_ms: int, name: str = ""
) -> bool:
    """Keep that a site uploaded a photo whose file was stored just now; return whether the file is still there.

    The file of a photo that is refused goes again, unless somebody else has it. Raises NoRoomForPhotos, StoreError.
    """

    def work(writer: Writer) -> bool | BadInput:
        if not blobs.exists(digest):  # it was cleaned away before it had an owner
            return False
        key = f"{digest}:{site}"
        held = writer.find_documents(PHOTO, [key]).get(key)
        if held is not None and held.group != CLAIMED:
            _renew(writer, held, now_ms)
            return True
        try:
            check_quota(writer, site, size, name)
        except NoRoomForPhotos as error:
            if not _list_owners(writer, digest):
                blobs.remove(digest)
            return error
        group = NAMED if held is not None else WAITING
        writer.put_document(PHOTO, key, {"bytes": size, "made_ms": now_ms}, group=group)
        _add_use(writer, site, size, size if group == WAITING else 0)
        return True

    outcome = store.write(work)
    if isinstance(outcome, BadInput):
        raise outcome
    return outcome


def renew_photos(store: Store, blobs: Blobs, site: str, digests: Sequence[str], now_ms: int) -> list[str]:
    """Make the photos that a form of a site carries young again; return those that are no longer kept.

    One that arrived while the store was away becomes the site's now. Raises NoRoomForPhotos, StoreError.
    """
    with store.read() as reader:
        held = reader.find_documents(PHOTO, [f"{digest}:{site}" for digest in digests])
    gone = []
    for digest in digests:
        one = held.get(f"{digest}:{site}")
        there = blobs.exists(digest)
        if one is not None and one.group != CLAIMED and there and not _is_old(one, now_ms, RENEWED_MS):
            continue
        if not (there and own_photo(store, blobs, site, digest, blobs.size(digest), now_ms)):
            gone.append(digest)
    return gone


def _renew(writer: Writer, held: Document, now_ms: int) -> None:
    if held.group == WAITING and _is_old(held, now_ms, RENEWED_MS):
        writer.put_document(PHOTO, held.id, {**held.body, "made_ms": now_ms}, group=WAITING)


def _is_old(held: Document, now_ms: int, after_ms: int) -> bool:
    return held.group == WAITING and bool(held.body["made_ms"] < now_ms - after_ms)


# --- naming ------------------------------------------------------------------------------------------------------


def name_photos(writer: Writer, site: str, digests: Collection[str]) -> None:
    """Keep that an event of a site names photos; one that no site has becomes this one's."""
    sites = list_siblings(writer, site)
    for digest in digests:
        keys = [f"{digest}:{site}" for site in sites]
        held = writer.find_documents(PHOTO, keys)
        for one in held.values():
            if one.group == WAITING:
                writer.put_document(PHOTO, one.id, one.body, group=NAMED)
                _add_use(writer, one.id.partition(":")[2], 0, -one.body["bytes"])
        if not any(one.group != CLAIMED for one in held.values()) and keys[0] not in held:
            group = CLAIMED if _list_owners(writer, digest) else ADOPTED
            writer.put_document(PHOTO, keys[0], {"bytes": 0, "made_ms": 0}, group=group)


def list_siblings(reader: Reader, site: str) -> list[str]:
    """Return the sites of a site's firm, itself first."""
    reference = reference_in(reader)
    others = reference.sites_of(reference.firm_of(site))
    return [site, *(other for other in others if other != site)]


# --- showing -----------------------------------------------------------------------------------------------------


def find_shown(reader: Reader, viewer: Viewer, blobs: Blobs, digests: Iterable[str]) -> set[str]:
    """Return the photos that are there and belong to a site whose photos a person may see."""
    shown = set()
    for digest in digests:
        owners = [one for one in _list_owners(reader, digest) if one.group != CLAIMED]
        told = any(viewer.tells(one.id.partition(":")[2], Thing.PHOTO) for one in owners)
        if told and blobs.exists(digest):
            shown.add(digest)
    return shown


def find_photo(reader: Reader, viewer: Viewer, blobs: Blobs, digest: str) -> tuple[bytes, str]:
    """Return (content, media type). Raises NotFound, also for one that is not for the viewer, and for what is no photo."""
    if digest in find_shown(reader, viewer, blobs, [digest]):
        content = blobs.get(digest)
        kind = kind_of(content)
        if kind:
            return content, kind
    raise NotFound("blob.unknown", sha256=digest[:64])


def _list_owners(reader: Reader, digest: str) -> list[Document]:
    """Return the documents of a photo, of every site."""
    start = f"{digest}:"
    found: list[Document] = []
    after = start
    while True:
        page, following = reader.list_documents(PHOTO, after=after, limit=20)
        found += [one for one in page if one.id.startswith(start)]
        if not following or not page or not page[-1].id.startswith(start):
            return found
        after = following


# --- room --------------------------------------------------------------------------------------------------------


def find_use(reader: Reader, sites: Collection[str]) -> PhotoUse:
    """Return how many bytes of photos sites have."""
    found = reader.find_documents(USE, sites).values()
    return PhotoUse(sum(one.body["bytes"] for one in found), sum(one.body["waiting"] for one in found))


def _add_use(writer: Writer, site: str, size: int, waiting: int) -> None:
    used = find_use(writer, [site])
    body: Body = {"bytes": max(0, used.bytes + size), "waiting": max(0, used.waiting + waiting)}
    writer.put_document(USE, site, body)


# --- cleaning up -------------------------------------------------------------------------------------------------


def clean_photos(store: Store, blobs: Blobs, now_ms: int, *, dry_run: bool = False) -> CleanedPhotos:
    """Remove the photos that have waited for an event longer than the days of grace, and files that are nobody's.

    Raises StoreError.
    """
    with store.read() as reader:
        before_ms = now_ms - limits_in(reader).grace_days * DAY_MS
        old = [one.id for one in _list_all(reader, WAITING) if one.body["made_ms"] < before_ms]
        sizes = {one.id: one.body["bytes"] for one in _list_all(reader, WAITING)} if dry_run else {}
    if not dry_run:
        _measure(store, blobs)
    strays = _list_strays(store, blobs, before_ms, dry_run=dry_run)
    parts = blobs.list_parts(before_ms)
    if dry_run:
        of_strays = sum(blobs.size(digest) for digest in strays)
        return CleanedPhotos(len(old) + len(strays), sum(sizes[id_] for id_ in old) + of_strays, len(parts))
    photos = freed = 0
    for begin in range(0, len(old), AT_ONCE):
        batch = old[begin : begin + AT_ONCE]
        count, size = store.write(lambda writer, ids=batch: _forget(writer, blobs, ids, before_ms))  # type: ignore[misc]
        photos, freed = photos + count, freed + size
    for begin in range(0, len(strays), AT_ONCE):
        some = strays[begin : begin + AT_ONCE]
        count, size = store.write(lambda writer, ids=some: _drop(writer, blobs, ids, before_ms))  # type: ignore[misc]
        photos, freed = photos + count, freed + size
    return CleanedPhotos(photos, freed, sum(blobs.remove_part(name) for name in parts))


def _list_all(reader: Reader, group: str) -> list[Document]:
    found: list[Document] = []
    after = ""
    while True:
        page, after = reader.list_documents(PHOTO, group, after)
        found += page
        if not after:
            return found


def _forget(writer: Writer, blobs: Blobs, ids: Sequence[str], before_ms: int) -> tuple[int, int]:
    """Forget photos that still wait, and their files where they are nobody else's; return their number and bytes."""
    count = freed = 0
    for one in writer.find_documents(PHOTO, ids).values():
        if one.group != WAITING or one.body["made_ms"] >= before_ms:
            continue
        digest, _, site = one.id.partition(":")
        writer.erase_document(PHOTO, one.id)
        _add_use(writer, site, -one.body["bytes"], -one.body["bytes"])
        # One that is young is being uploaded again.
        if not _list_owners(writer, digest) and blobs.time_ms(digest) < before_ms:
            blobs.remove(digest)
        count, freed = count + 1, freed + one.body["bytes"]
    return count, freed


def _list_strays(store: Store, blobs: Blobs, before_ms: int, *, dry_run: bool) -> list[str]:
    """Return old files of no site and no event; one that an event names is adopted by its site."""
    found = []
    with store.read() as reader:
        for digest in blobs.scan():
            if blobs.time_ms(digest) < before_ms and not _list_owners(reader, digest):
                found.append(digest)
    if not found:
        return []
    wanted, named = set(found), set()
    after = 0
    while True:
        with store.read() as reader:
            rows = reader.scan_events(after, EVENTS_AT_ONCE)
        for row in rows:
            digests = [digest for digest in list_digests(row) if digest in wanted]
            named.update(digests)
            if digests and not dry_run:
                store.write(lambda writer, site=row.site, some=digests: name_photos(writer, site, some))  # type: ignore[misc]
        if len(rows) < EVENTS_AT_ONCE:
            return [digest for digest in found if digest not in named]
        after = rows[-1].seq


def list_digests(row: EventRow) -> list[str]:
    """Return what may be photos in an event: quoted texts of 64 hexadecimal digits, of any version of it."""
    texts = [text for text in (row.text, row.current) if text and '"photos"' in text]
    return [
        piece
        for text in texts
        for piece in text.split('"')
        if len(piece) == 64 and set(piece) <= set("0123456789abcdef")
    ]


def _drop(writer: Writer, blobs: Blobs, digests: Sequence[str], before_ms: int) -> tuple[int, int]:
    """Remove files that are still old and nobody's; return their number and bytes."""
    count = freed = 0
    for digest in digests:
        if not blobs.exists(digest) or blobs.time_ms(digest) >= before_ms or _list_owners(writer, digest):
            continue
        size = blobs.size(digest)
        blobs.remove(digest)
        count, freed = count + 1, freed + size
    return count, freed


def _measure(store: Store, blobs: Blobs) -> None:
    """Count the bytes of adopted photos that have arrived."""
    with store.read() as reader:
        ids = [one.id for one in _list_all(reader, ADOPTED)]
    ids = [id_ for id_ in ids if blobs.exists(id_.partition(":")[0])]

    def work(writer: Writer, some: Sequence[str]) -> None:
        for one in writer.find_documents(PHOTO, some).values():
            if one.group == ADOPTED:
                digest, _, site = one.id.partition(":")
                size = blobs.size(digest)
                writer.put_document(PHOTO, one.id, {**one.body, "bytes": size}, group=NAMED)
                _add_use(writer, site, size, 0)

    for begin in range(0, len(ids), AT_ONCE):
        store.write(lambda writer, some=ids[begin : begin + AT_ONCE]: work(writer, some))  # type: ignore[misc]

"""Enrol yard devices: browsers on which people of a site stay signed in for days instead of hours.

An administrator makes a code, which stands on no network: it is typed once on the device, within a day. The device then
keeps a random token; the book holds its SHA-256. Whoever records events at the site and signs in on the device has a
session of the device's kind. The device is erased when it is revoked, and with it its sessions at their next request.
"""

import secrets
from collections.abc import Collection
from hashlib import sha256
from typing import NamedTuple

from graph.paging import read_all
from graph.store import Body, Document, Reader, Store, Writer
from traceability.domain.calendar import DAY_MS
from traceability.domain.errors import BadInput, NotFound
from traceability.services.directory import audit

DEVICE_KIND, CODE_KIND = "device", "device_code"
LASTS_MS = 180 * DAY_MS
CODE_LASTS_MS = DAY_MS
CODE_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: none is read as another
CODE_LENGTH = 10
LONGEST_LABEL = 100
TOKEN_BYTES = 32
_MISREAD = str.maketrans("OIL", "011")


class YardDevice(NamedTuple):
    """An enrolled device, its site, and who enrolled it; ``id`` is the digest of its token."""

    id: str
    label: str
    site: str
    made_ms: int
    made_by: str
    used_ms: int
    ends_ms: int


class NewDevice(NamedTuple):
    """A device that was enrolled just now, and its token: nobody can learn that again."""

    device: YardDevice
    token: str


def new_token() -> str:
    """Return a random token of 256 bits."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest_of(token: str) -> str:
    """Return the digest that a token is found by."""
    return sha256(token.encode()).hexdigest()


def check_label(label: str) -> str:
    """Return the name that people give a device or token. Raises BadInput."""
    tidy = " ".join(label.split())
    if not tidy or len(tidy) > LONGEST_LABEL or not tidy.isprintable():
        raise BadInput("access.bad_label", longest=LONGEST_LABEL)
    return tidy


# --- enrolling -----------------------------------------------------------------------------------------------------


def make_code(store: Store, label: str, site: str, actor: audit.Actor) -> str:
    """Return a code that enrols one device of a site within a day. Raises BadInput."""
    body: Body = {
        "label": check_label(label),
        "site": site,
        "made_by": actor.person,
        "ends_ms": actor.now_ms + CODE_LASTS_MS,
    }
    code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    store.write(lambda writer: writer.put_document(CODE_KIND, digest_of(code), body))
    return f"{code[: CODE_LENGTH // 2]}-{code[CODE_LENGTH // 2 :]}"


def enrol(store: Store, typed: str, now_ms: int, address: str = "") -> NewDevice:
    """Enrol the device on which a code was typed, from an address. Raises NotFound for a code that is unknown, used or old."""
    code = "".join(char for char in typed.upper() if char.isalnum()).translate(_MISREAD)
    token = new_token()

    def work(writer: Writer) -> YardDevice:
        key = digest_of(code)
        document = writer.find_documents(CODE_KIND, [key]).get(key)
        if document is None or now_ms >= document.body["ends_ms"]:
            raise NotFound("device.bad_code")
        writer.erase_document(CODE_KIND, key)
        stated = document.body
        device = YardDevice(
            digest_of(token),
            stated["label"],
            stated["site"],
            now_ms,
            stated["made_by"],
            now_ms,
            now_ms + LASTS_MS,
        )
        _put(writer, device)
        maker = audit.Actor(device.made_by, now_ms, address)
        audit.note(writer, maker.entry(audit.AuditAction.DEVICE_ENROL, "site", device.site))
        return device

    return NewDevice(store.write(work), token)


def revoke_device(store: Store, device_id: str, actor: audit.Actor) -> bool:
    """Take a device out; its sessions end at their next request. Return whether there was one."""

    def work(writer: Writer) -> bool:
        document = writer.find_documents(DEVICE_KIND, [device_id]).get(device_id)
        if document is None:
            return False
        writer.erase_document(DEVICE_KIND, device_id)
        audit.note(writer, actor.entry(audit.AuditAction.SESSION_END, "site", document.body["site"]))
        return True

    return store.write(work)


# --- finding -------------------------------------------------------------------------------------------------------


def find_device(reader: Reader, token: str, now_ms: int) -> YardDevice | None:
    """Return the enrolled device that keeps a token; None for any other browser."""
    key = digest_of(token)
    return find_devices(reader, [key], now_ms).get(key)


def find_devices(reader: Reader, ids: Collection[str], now_ms: int) -> dict[str, YardDevice]:
    """Return enrolled devices by id; those that are revoked or over are left out."""
    found = {id_: _read(document) for id_, document in reader.find_documents(DEVICE_KIND, ids).items()}
    return {id_: device for id_, device in found.items() if now_ms < device.ends_ms}


def list_devices(reader: Reader, now_ms: int) -> list[YardDevice]:
    """Return the enrolled devices, the last used first."""
    documents = read_all(lambda after: reader.list_documents(DEVICE_KIND, after=after))
    devices = [device for device in map(_read, documents) if now_ms < device.ends_ms]
    return sorted(devices, key=lambda device: (-device.used_ms, device.id))


def note_device_use(writer: Writer, device_id: str, now_ms: int) -> None:
    """Write down that a device was used; one that was revoked meanwhile stays so."""
    document = writer.find_documents(DEVICE_KIND, [device_id]).get(device_id)
    if document is not None:
        _put(writer, _read(document)._replace(used_ms=now_ms))


def forget_devices(store: Store, now_ms: int) -> int:
    """Erase devices and codes whose time is over; return how many."""
    with store.read() as reader:
        old = [
            (kind, document.id)
            for kind in (DEVICE_KIND, CODE_KIND)
            for document in read_all(lambda after, kind=kind: reader.list_documents(kind, after=after))  # type: ignore[misc]
            if now_ms >= document.body["ends_ms"]
        ]

    def work(writer: Writer) -> None:
        for kind, id_ in old:
            writer.erase_document(kind, id_)

    if old:
        store.write(work)
    return len(old)


def _read(document: Document) -> YardDevice:
    return YardDevice(id=document.id, **document.body)


def _put(writer: Writer, device: YardDevice) -> None:
    body: Body = {name: value for name, value in device._asdict().items() if name != "id"}
    writer.put_document(DEVICE_KIND, device.id, body)

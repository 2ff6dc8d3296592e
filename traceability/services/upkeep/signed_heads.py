"""Sign heads of the book with a key that lies outside it, and keep them in a file that only grows.

A head is the seq and chain of the newest event; the chain stands for every event up to it. Whoever can write the book can
write all of it anew, chain included, so a head proves something only where they cannot reach it: signed (Ed25519) with
a key in another folder or on another machine, and kept in a file beside that key, one JSON line a head:

    {"signed_head": 1, "book": …, "seq": …, "chain": …, "record_ms": …, "signed_ms": …, "key": …, "signature": …}

``book`` is the chain of the first event, by which books are told apart. Signed is the line ``traceability signed head``
and then the canonical JSON of everything but the signature. The key that a head names proves nothing: a signature counts
where its key is one that is trusted (``list_trusted_keys``).
"""

import fcntl
import json
import os
import stat
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from graph.blobs import sync
from graph.store import Reader, Store
from traceability.domain.errors import BadInput, NotFound, WriteConflict
from traceability.wire import canonical

if TYPE_CHECKING:  # only the commands about heads load the library
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

VERSION = 1
OPENING = b"traceability signed head\n"
PUBLIC = ".pub"  # ending of the file with the public key, beside the key's
LONGEST_LINE = 2_000
LAST_BYTES = 10 * LONGEST_LINE  # of a file of heads, where only the newest is wanted
KEY_BITS = stat.S_IWGRP | stat.S_IXGRP | stat.S_IRWXO  # what nobody but the owner may do with a key

_KINDS = {
    "book": str,
    "seq": int,
    "chain": str,
    "record_ms": int,
    "signed_ms": int,
    "key": str,
    "signature": str,
}
_DIGITS = {"book": 64, "chain": 64, "key": 64, "signature": 128}


class SignedHead(NamedTuple):
    """A head of a book, when it was signed, with which key. ``record_ms`` is the newest time of recording then."""

    book: str
    seq: int
    chain: str
    record_ms: int
    signed_ms: int
    key: str
    signature: str

    def __str__(self) -> str:
        return f"{self.seq}:{self.chain}"


class SignatureState(StrEnum):
    """What a signature is worth; each is the message code ``head.<state>``."""

    RIGHT = "right"
    WRONG = "wrong"
    UNKNOWN_KEY = "unknown_key"


class BookState(StrEnum):
    """How the present book stands to a head; each is the message code ``head.<state>``."""

    CONTAINED = "contained"
    DIFFERS = "differs"
    BEYOND = "beyond"
    OTHER_BOOK = "other_book"


class CheckedHead(NamedTuple):
    """A signed head, and what became of its check; ``stored`` is the chain that the book has at its seq."""

    head: SignedHead
    signature: SignatureState
    book: BookState
    stored: str

    @property
    def is_proof(self) -> bool:
        """Return whether it proves that the book is what it was up to there."""
        return self.signature is SignatureState.RIGHT and self.book is BookState.CONTAINED


class HeadFile(NamedTuple):
    """The heads of a file, oldest first, and the numbers of its lines that are none."""

    heads: list[SignedHead]
    damaged: list[int]


# --- the key -------------------------------------------------------------------------------------------------------


def check_outside(path: Path, folders: Collection[Path]) -> None:
    """Refuse a file within one of the folders that hold the book and its photos. Raises BadInput."""
    place = path.resolve()
    for folder in (folder.resolve() for folder in folders):
        if folder == place or folder in place.parents:
            raise BadInput("head.inside", path=str(path), folder=str(folder))


def make_key(path: Path, folders: Collection[Path]) -> str:
    """Make a key, which only its owner can read, and beside it a file with its public key; return that key.

    Raises BadInput within one of the ``folders``, WriteConflict where a file is there, OSError.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    check_outside(path, folders)
    beside = path.with_name(path.name + PUBLIC)
    if beside.exists():
        raise WriteConflict("cli.file_exists", file=str(beside))
    key = Ed25519PrivateKey.generate()
    _write_new(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), 0o600)
    public = _public_text(key)
    _write_new(beside, f"{public}\n".encode(), 0o644)
    return public


def _write_new(path: Path, content: bytes, mode: int) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise WriteConflict("cli.file_exists", file=str(path)) from error
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fchmod(handle, mode)
        os.fsync(handle)
    sync(path.parent)


def read_key(path: Path, folders: Collection[Path]) -> "Ed25519PrivateKey":
    """Return the key of a file. Raises BadInput, NotFound, OSError."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    check_outside(path, folders)
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(LONGEST_LINE)
    except FileNotFoundError as error:
        raise NotFound("head.no_key_file", path=str(path)) from error
    if mode & KEY_BITS:
        raise BadInput("head.key_open", path=str(path), mode=f"{stat.S_IMODE(mode):o}")
    try:
        key = load_pem_private_key(content, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadInput("head.bad_key", path=str(path)) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise BadInput("head.bad_key", path=str(path))
    return key


def _public_text(key: "Ed25519PrivateKey") -> str:
    return key.public_key().public_bytes_raw().hex()


def list_trusted_keys(key: Path | None, given: Sequence[str] = ()) -> frozenset[str]:
    """Return the public keys whose signatures count: those given, as 64 digits or files, and that beside the own key.

    Raises BadInput, OSError.
    """
    trusted: set[str] = set()
    for text in given:
        trusted |= {text} if _is_hex(text, _DIGITS["key"]) else _read_public(Path(text))
    if key is not None:
        with suppress(FileNotFoundError, PermissionError):
            trusted |= _read_public(key.with_name(key.name + PUBLIC))
    return frozenset(trusted)


def _read_public(path: Path) -> set[str]:
    try:
        lines = path.read_text(encoding="ascii").split()
    except UnicodeDecodeError:
        lines = [""]
    if not lines or not all(_is_hex(line, _DIGITS["key"]) for line in lines):
        raise BadInput("head.bad_public_key", text=str(path))
    return set(lines)


# --- signing -------------------------------------------------------------------------------------------------------


def sign_head(store: Store, key: Path, kept: Path, folders: Collection[Path], now_ms: int) -> SignedHead:
    """Sign the present head and append it to the file of heads; return it.

    Raises WriteConflict where the book is not the one that was signed last, or no longer holds what was: signing goes on
    only in another file. Raises BadInput, NotFound, StoreError, OSError.
    """
    secret = read_key(key, folders)
    check_outside(kept, folders)
    with os.fdopen(os.open(kept, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600), "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        before = _parse(file)
        with store.read() as reader:
            head = reader.find_head()
            book = find_chains(reader, [1]).get(1, "")
            if before.heads:
                _check_continued(reader, before.heads[-1], {*list_trusted_keys(key), _public_text(secret)})
        if not head.seq:
            raise NotFound("head.empty_book")
        unsigned = SignedHead(book, head.seq, head.chain, head.record_ms, now_ms, _public_text(secret), "")
        signed = unsigned._replace(signature=secret.sign(_message(unsigned)).hex())
        torn = file.tell() and _ends_torn(file)
        file.write((b"\n" if torn else b"") + encode_head(signed).encode() + b"\n")
        file.flush()
        if not before.heads:
            with suppress(PermissionError):  # somebody let it only grow (chattr +a)
                os.fchmod(file.fileno(), 0o644)  # the server shows the newest one
        os.fsync(file.fileno())
    sync(kept.parent)
    return signed


def _ends_torn(file: Any) -> bool:
    """Return whether a power cut left the last line without its end."""
    file.seek(-1, os.SEEK_END)
    return bool(file.read(1) != b"\n")


def _check_continued(reader: Reader, last: SignedHead, trusted: Collection[str]) -> None:
    checked = check_heads(reader, [last], trusted)[0]
    if not checked.is_proof:
        at_fault = checked.book if checked.signature is SignatureState.RIGHT else checked.signature
        raise WriteConflict(f"head.not_continued_{at_fault}", head=str(last), stored=checked.stored)


def _message(head: SignedHead) -> bytes:
    body = {name: value for name, value in _encode(head).items() if name != "signature"}
    return OPENING + canonical(body).encode()


# --- checking ------------------------------------------------------------------------------------------------------


def check_heads(reader: Reader, heads: Iterable[SignedHead], trusted: Collection[str]) -> list[CheckedHead]:
    """Return of each head whether its signature is one of a trusted key, and whether the present book contains it."""
    heads = list(heads)
    chains = find_chains(reader, {1, *(head.seq for head in heads)})
    return [
        CheckedHead(
            head, check_signature(head, trusted), compare_head(chains, head), chains.get(head.seq, "")
        )
        for head in heads
    ]


def find_chains(reader: Reader, seqs: Iterable[int]) -> dict[int, str]:
    """Return the chains of events by seq; unknown ones are left out."""
    return {row.seq: row.chain for seq in seqs for row in reader.scan_events(seq - 1, 1, seq)}


def compare_head(chains: Mapping[int, str], head: SignedHead) -> BookState:
    """Return how a book stands to a head, by its chains at the first event and at the head."""
    if chains.get(1, head.book) != head.book:
        return BookState.OTHER_BOOK
    stored = chains.get(head.seq)
    if stored is None:
        return BookState.BEYOND
    return BookState.CONTAINED if stored == head.chain else BookState.DIFFERS


def check_signature(head: SignedHead, trusted: Collection[str]) -> SignatureState:
    """Return whether the signature is right, and of a key that is trusted."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(head.key))
        key.verify(bytes.fromhex(head.signature), _message(head))
    except (InvalidSignature, ValueError):
        return SignatureState.WRONG
    return SignatureState.RIGHT if head.key in trusted else SignatureState.UNKNOWN_KEY


# --- the file ------------------------------------------------------------------------------------------------------


def read_heads(path: Path) -> HeadFile:
    """Return the heads of a file. Raises NotFound, OSError."""
    try:
        with path.open("rb") as file:
            return _parse(file)
    except FileNotFoundError as error:
        raise NotFound("cli.no_file", path=str(path)) from error


def list_kept_heads(path: Path | None) -> list[SignedHead]:
    """Return the heads of the installation's file, none where there is no such file yet. Raises OSError."""
    if path is None or not path.exists():
        return []
    return read_heads(path).heads


def find_newest_head(path: Path | None) -> SignedHead | None:
    """Return the head signed last, as the installation's file has it; None where there is none to be read."""
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - LAST_BYTES))
            heads = _parse(file).heads
    except OSError:
        return None
    return heads[-1] if heads else None


def _parse(file: Any) -> HeadFile:
    heads, damaged, number = [], [], 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        try:
            heads.append(decode_head(json.loads(line)))
        except (BadInput, ValueError, RecursionError):
            damaged.append(number)
    return HeadFile(heads, damaged)


def find_newest_of(reader: Reader, path: Path | None) -> SignedHead | None:
    """Return the head signed last, if it is one of this book: what is signed covers everything up to its seq."""
    newest = find_newest_head(path)
    if newest is None:
        return None
    chains = find_chains(reader, {1, newest.seq})
    return newest if compare_head(chains, newest) is BookState.CONTAINED else None


def encode_head(head: SignedHead) -> str:
    """Return a signed head as the line that is kept of it."""
    return json.dumps(_encode(head))


def _encode(head: SignedHead) -> dict[str, Any]:
    return {"signed_head": VERSION, **head._asdict()}


def list_bodies(heads: Iterable[SignedHead]) -> list[dict[str, Any]]:
    """Return signed heads as JSON."""
    return list(map(_encode, heads))


def decode_head(body: object) -> SignedHead:
    """Return a signed head of its JSON, whatever its signature is worth. Raises BadInput."""
    if (
        not isinstance(body, dict)
        or body.get("signed_head") != VERSION
        or set(body) != {"signed_head", *_KINDS}
    ):
        raise BadInput("head.malformed")
    if any(type(body[name]) is not kind for name, kind in _KINDS.items()):
        raise BadInput("head.malformed")
    if not all(_is_hex(body[name], digits) for name, digits in _DIGITS.items()):
        raise BadInput("head.malformed")
    head = SignedHead(**{name: body[name] for name in _KINDS})
    if not 0 < head.seq < 2**53:
        raise BadInput("head.malformed")
    return head


def _is_hex(text: str, digits: int) -> bool:
    return len(text) == digits and set(text) <= set("0123456789abcdef")

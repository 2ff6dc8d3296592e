"""Photos are stored once, whole or not at all, under the digest of what they hold."""

import hashlib
import os
import resource
import signal
from pathlib import Path

import pytest

from graph.blobs import Blobs
from traceability.domain.errors import BadInput, NotFound, StoreFull, StoreUnavailable


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "blobs", max_bytes=1_000_000)


def test_content_is_found_by_its_digest(blobs: Blobs) -> None:
    digest = blobs.put(b"photo")
    assert digest == hashlib.sha256(b"photo").hexdigest()
    assert blobs.put(b"photo") == digest
    assert blobs.get(digest) == b"photo"
    assert blobs.exists(digest)
    assert (blobs.folder / digest).read_bytes() == b"photo"
    assert list(blobs.scan()) == [digest]


def test_scanning_goes_in_order_and_sees_blobs_only(blobs: Blobs) -> None:
    assert list(blobs.scan()) == []
    digests = [blobs.put(bytes([number])) for number in range(9)]
    (blobs.folder / "note.txt").write_text("not ours")
    assert list(blobs.scan()) == sorted(digests)


@pytest.mark.parametrize(
    "digest", ["", "x", "../book.db", "0" * 63, "G" * 64, "0" * 64, "0" * 64 + "\n", "A" * 64]
)
def test_what_is_not_here_is_not_found(blobs: Blobs, digest: str) -> None:
    blobs.put(b"photo")
    assert not blobs.exists(digest)
    with pytest.raises(NotFound):
        blobs.get(digest)


def test_too_large_content_is_refused(blobs: Blobs) -> None:
    with pytest.raises(BadInput, match=r"blob\.too_large"):
        blobs.put(bytes(blobs.max_bytes + 1))
    assert list(blobs.scan()) == []


def test_a_full_disk_leaves_nothing_behind(blobs: Blobs) -> None:
    kept = blobs.put(b"photo")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        with pytest.raises(StoreFull, match=r"store\.full"):
            blobs.put(os.urandom(100_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert os.listdir(blobs.folder) == [kept]


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreUnavailable, match=r"store\.no_access"):
        Blobs(tmp_path / "file" / "blobs").put(b"photo")

"""The server's own certificate: what trusts its authority takes it, by every name and address, and nothing else."""

import ssl
import stat
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from traceability.domain.calendar import DAY_MS
from traceability.domain.errors import BadInput
from traceability.services.upkeep import local_authority
from traceability.services.upkeep.local_authority import (
    AUTHORITY,
    PUBLIC,
    SERVER,
    provide_certificate,
    read_public,
)

NOW_MS = time.time_ns() // 1_000_000  # a handshake asks the machine's own clock
NAMES = ("192.168.7.5", "yard-pc", "yard-pc.local", "localhost", "127.0.0.1", "::1")


def shake_hands(folder: Path, name: str, shown: Path | None = None) -> None:
    """Connect a client that trusts the authority alone to a server, in memory. Raises ssl.SSLCertVerificationError."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.load_verify_locations(cadata=read_public(folder))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(shown or folder / SERVER)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (
        client.wrap_bio(to_client, to_server, server_hostname=name),
        server.wrap_bio(to_server, to_client, server_side=True),
    )
    for end in ends * 3:
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            continue
    assert ends[0].version() == "TLSv1.3"


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_every_name_and_address_is_certified_and_files_are_the_owners(tmp_path: Path) -> None:
    made = provide_certificate(tmp_path / "tls", NAMES, NOW_MS)
    for name in NAMES:
        shake_hands(tmp_path / "tls", name)
    for name in ("192.168.7.6", "yard-pc.example"):
        with pytest.raises(ssl.SSLCertVerificationError):
            shake_hands(tmp_path / "tls", name)
    assert made.is_new_authority
    assert made.left_out == ()
    assert len(made.fingerprint.split(":")) == 32
    assert {path.name for path in (tmp_path / "tls").iterdir()} == {AUTHORITY, PUBLIC, SERVER}
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "tls").iterdir()}
    assert modes == {0o600}
    assert stat.S_IMODE((tmp_path / "tls").stat().st_mode) == 0o700


def test_a_second_start_keeps_all_and_new_addresses_renew_the_server_alone(tmp_path: Path) -> None:
    provide_certificate(tmp_path, NAMES, NOW_MS)
    first = files_of(tmp_path)
    again = provide_certificate(tmp_path, NAMES[::-1], NOW_MS + DAY_MS)
    assert files_of(tmp_path) == first
    assert not again.is_renewed
    moved = provide_certificate(tmp_path, ("10.1.2.3", *NAMES), NOW_MS + DAY_MS)
    assert moved.is_renewed
    assert not moved.is_new_authority
    second = files_of(tmp_path)
    assert [name for name in first if first[name] != second[name]] == [SERVER]


@pytest.mark.parametrize(
    ("days", "renewed", "new"), [(365, False, False), (367, True, False), (3621, True, True)]
)
def test_it_is_renewed_a_month_before_it_ends(tmp_path: Path, days: int, renewed: bool, new: bool) -> None:
    provide_certificate(tmp_path, NAMES, NOW_MS)
    later = provide_certificate(tmp_path, NAMES, NOW_MS + days * DAY_MS)
    assert (later.is_renewed, later.is_new_authority) == (renewed, new)


def test_the_authority_signs_for_nothing_beyond_the_local_network(tmp_path: Path) -> None:
    provide_certificate(tmp_path, NAMES, NOW_MS)
    later = provide_certificate(tmp_path, ("bank.example", "8.8.8.8", *NAMES), NOW_MS)
    assert later.left_out == ("bank.example", "8.8.8.8")
    authority = local_authority._read_authority(tmp_path / AUTHORITY)
    assert authority is not None
    forged = local_authority._make_server(authority, ("bank.example",), datetime.now(UTC))
    (tmp_path / "forged.pem").write_bytes(local_authority._write_pem(forged))
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree"):
        shake_hands(tmp_path, "bank.example", tmp_path / "forged.pem")


def test_a_name_of_the_first_start_may_be_a_public_one(tmp_path: Path) -> None:
    assert provide_certificate(tmp_path, ("scrap.example", "203.0.113.9"), NOW_MS).left_out == ()
    shake_hands(tmp_path, "scrap.example")
    shake_hands(tmp_path, "203.0.113.9")


def test_a_damaged_certificate_is_made_anew_and_a_damaged_or_open_authority_told(tmp_path: Path) -> None:
    provide_certificate(tmp_path, NAMES, NOW_MS)
    (tmp_path / SERVER).write_bytes(b"-----BEGIN")
    assert provide_certificate(tmp_path, NAMES, NOW_MS).is_renewed
    (tmp_path / AUTHORITY).chmod(0o640)
    with pytest.raises(BadInput) as told:
        provide_certificate(tmp_path, NAMES, NOW_MS)
    assert (told.value.code, told.value.figures["mode"]) == ("tls.authority_open", "640")
    (tmp_path / AUTHORITY).chmod(0o600)
    (tmp_path / AUTHORITY).write_bytes((tmp_path / SERVER).read_bytes()[:300])
    with pytest.raises(BadInput) as told:
        provide_certificate(tmp_path, NAMES, NOW_MS)
    assert told.value.code == "tls.bad_authority"

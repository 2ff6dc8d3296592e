"""Keep a certificate authority of this installation's own, and a certificate of its server that the authority signed.

A phone opens its camera and keeps an app by https alone, and no public authority signs addresses of a local network. So
each phone is told once to trust this authority. In its folder:

    authority.pem   key and certificate of the authority, made once
    authority.crt   its certificate alone, as phones take it
    server.pem      key and certificate of the server, made anew when its names change and a month before it ends

Their mode is 0600, and each is replaced as a whole, so that nobody reads a key beside another one's certificate. The
authority may sign for addresses of local networks and the names that it was made for, and for nothing else: whoever stole
its key could not pose as a bank to a phone that trusts it.
"""

import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from graph.blobs import sync
from traceability.domain.errors import BadInput, NotFound

if TYPE_CHECKING:  # a web worker never loads the library
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.x509 import Certificate, CertificateBuilder, GeneralName, KeyUsage, NameConstraints

AUTHORITY, PUBLIC, SERVER = "authority.pem", "authority.crt", "server.pem"
OTHERS = stat.S_IRWXG | stat.S_IRWXO  # who may do nothing with a key
AUTHORITY_DAYS = 3650
SERVER_DAYS = 396  # phones refuse one of more than 398, or 825, days; one day is for clocks that are behind
RENEWED_DAYS = 30  # before the end
LOCAL_NETWORKS = (
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8",
    "fc00::/7", "fe80::/10", "::1/128",
)  # fmt: skip
LOCAL_NAMES = ("localhost", "local", "lan", "internal", "home.arpa")
"""Names, and ends of names, that exist in no public network."""


class Certified(NamedTuple):
    """The certificate that the server shows, and what became of it now.

    ``left_out`` are names that the authority may not sign for; ``fingerprint`` is the authority's.
    """

    file: Path
    names: tuple[str, ...]
    left_out: tuple[str, ...]
    is_new_authority: bool
    is_renewed: bool
    fingerprint: str


class _Signer(NamedTuple):
    """A key with the certificate of its public key."""

    key: "EllipticCurvePrivateKey"
    certificate: "Certificate"


def provide_certificate(folder: Path, names: Sequence[str], now_ms: int) -> Certified:
    """Return the server's certificate for names and addresses, made or renewed where need be.

    Raises BadInput where the authority's file is damaged or open to others, OSError.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    now = datetime.fromtimestamp(now_ms // 1000, UTC)
    authority = _read_authority(folder / AUTHORITY)
    is_new = authority is None or _ends_soon(authority.certificate, now)
    if authority is None or is_new:
        authority = _make_authority(names, now)
        _put(folder / AUTHORITY, _write_pem(authority))
    public = _der_of(authority.certificate)
    if is_new or not (folder / PUBLIC).is_file():
        _put(folder / PUBLIC, public)
    permitted = tuple(name for name in names if _may_sign(authority.certificate, name))
    is_renewed = not _is_good(folder / SERVER, authority, permitted, now)
    if is_renewed:
        _put(folder / SERVER, _write_pem(_make_server(authority, permitted, now)))
    left_out = tuple(name for name in names if name not in permitted)
    return Certified(folder / SERVER, permitted, left_out, is_new, is_renewed, write_fingerprint(public))


def read_public(folder: Path) -> bytes:
    """Return the certificate of the authority as phones take it (DER). Raises NotFound, OSError."""
    try:
        return (folder / PUBLIC).read_bytes()
    except FileNotFoundError as error:
        raise NotFound("tls.no_authority") from error


def write_fingerprint(certificate: bytes) -> str:
    """Return the SHA-256 of a certificate as phones show it: ``AB:CD:…``."""
    return sha256(certificate).digest().hex(":").upper()


# --- the authority -------------------------------------------------------------------------------------------------


def _read_authority(path: Path) -> _Signer | None:
    """Return the authority, None where there is none yet. Raises BadInput, OSError."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read()
    except FileNotFoundError:
        return None
    if mode & OTHERS:
        raise BadInput("tls.authority_open", path=str(path), mode=f"{stat.S_IMODE(mode):o}")
    found = _parse_pem(content)
    if found is None:
        raise BadInput("tls.bad_authority", path=str(path))
    return found


def _make_authority(names: Sequence[str], now: datetime) -> _Signer:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    # Phones list it by this name, and a second installation of the same machine must be told apart.
    title = f"Traceability {names[0]} {now:%Y-%m-%d}"
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, title[:64])])
    builder = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=AUTHORITY_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(_constrain(names), critical=True)
    )
    return _Signer(key, _sign(builder, key))


def _constrain(names: Sequence[str]) -> "NameConstraints":
    """Return what the authority may sign for: all that is local, and those of the names that are not."""
    from cryptography import x509

    permitted: list[GeneralName] = [x509.IPAddress(ip_network(network)) for network in LOCAL_NETWORKS]
    permitted += [x509.DNSName(name) for name in LOCAL_NAMES]
    for name in names:
        if _is_permitted(permitted, name):
            continue
        address = _address_of(name)
        permitted.append(x509.DNSName(name) if address is None else x509.IPAddress(ip_network(address)))
    return x509.NameConstraints(permitted, None)


def _may_sign(authority: "Certificate", name: str) -> bool:
    from cryptography import x509

    constraints = authority.extensions.get_extension_for_class(x509.NameConstraints).value
    return _is_permitted(constraints.permitted_subtrees or (), name)


def _is_permitted(permitted: "Sequence[GeneralName]", name: str) -> bool:
    from cryptography import x509

    address = _address_of(name)
    if address is not None:
        networks = (ip_network(one.value) for one in permitted if isinstance(one, x509.IPAddress))
        return any(address in network for network in networks)
    ends = (one.value for one in permitted if isinstance(one, x509.DNSName))
    return any(name == end or name.endswith(f".{end}") for end in ends)


# --- the server's certificate --------------------------------------------------------------------------------------


def _is_good(path: Path, authority: _Signer, names: Sequence[str], now: datetime) -> bool:
    """Return whether the server's file can go on being shown for these names."""
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature

    try:
        found = _parse_pem(path.read_bytes())
    except FileNotFoundError:
        return False
    if found is None or _ends_soon(found.certificate, now) or now < found.certificate.not_valid_before_utc:
        return False
    try:
        found.certificate.verify_directly_issued_by(authority.certificate)
        shown = found.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    return set(shown) == {_general_name(name) for name in names}


def _make_server(authority: _Signer, names: Sequence[str], now: datetime) -> _Signer:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0][:64])])
    until = min(now + timedelta(days=SERVER_DAYS), authority.certificate.not_valid_after_utc)
    issuer = authority.certificate.subject
    builder = (
        x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(map(_general_name, names)), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False
        )
    )
    return _Signer(key, _sign(builder, authority.key))


def _general_name(name: str) -> "GeneralName":
    from cryptography import x509

    address = _address_of(name)
    return x509.DNSName(name) if address is None else x509.IPAddress(address)


def _address_of(name: str) -> IPv4Address | IPv6Address | None:
    with suppress(ValueError):
        return ip_address(name)
    return None


# --- both ----------------------------------------------------------------------------------------------------------


def _key_usage(*, signs: bool) -> "KeyUsage":
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=not signs, key_cert_sign=signs, crl_sign=signs, content_commitment=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _sign(builder: "CertificateBuilder", key: "EllipticCurvePrivateKey") -> "Certificate":
    from cryptography.hazmat.primitives.hashes import SHA256

    return builder.sign(key, SHA256())


def _ends_soon(certificate: "Certificate", now: datetime) -> bool:
    return certificate.not_valid_after_utc - timedelta(days=RENEWED_DAYS) <= now


def _der_of(certificate: "Certificate") -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.DER)


def _write_pem(signer: _Signer) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = signer.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return key + signer.certificate.public_bytes(Encoding.PEM)


def _parse_pem(content: bytes) -> _Signer | None:
    """Return key and certificate of a file, None where it is damaged."""
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(content, None)
        certificate = x509.load_pem_x509_certificate(content)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    if not isinstance(key, EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        return None
    return _Signer(key, certificate)


def _put(path: Path, content: bytes) -> None:
    """Replace a file as a whole, durably; only its owner can read it. Raises OSError."""
    part = path.with_name(f"{path.name}.{os.getpid()}")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(handle)
    part.replace(path)
    sync(path.parent)

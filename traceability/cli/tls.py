"""Serve by https on a local network: which names and addresses the machine has, its certificate, and what phones do."""

import fcntl
import socket
import struct
from io import StringIO
from ipaddress import ip_address
from urllib.parse import urlsplit

import click

from traceability.cli.session import Session
from traceability.config import Settings, is_local
from traceability.services.upkeep.local_authority import Certified, provide_certificate

THIS_MACHINE, EVERY_ADDRESS = "127.0.0.1", "0.0.0.0"
HTTPS_PORT = 443
_SIOCGIFADDR = 0x8915  # of an interface, its IPv4 address (Linux)
_ELSEWHERE = ("192.0.2.1", 9)  # an address of nobody: nothing is sent there
_NAME_SIZE = 16  # of an interface
TRUST_STEPS = ("cli.tls.android", "cli.tls.ios", "cli.tls.fingerprint", "cli.tls.files")


def usual_address(bound: str, port: int, *, tls: bool) -> str:
    """Return what people type to reach a server that is bound to a host: over TLS also those at other machines."""
    if not tls:
        return f"http://localhost:{port}"
    host = "localhost" if is_local(bound) else f"[{bound}]" if ":" in bound else bound
    if bound in (EVERY_ADDRESS, "::"):
        host = next(iter(list_addresses()), "localhost")
    return f"https://{host}" + ("" if port == HTTPS_PORT else f":{port}")


def certify(settings: Settings, now_ms: int) -> Certified:
    """Return the certificate for the public address and every name of this machine. Raises BadInput, OSError."""
    own = socket.gethostname().lower().partition(".")[0]
    public = urlsplit(settings.public_url).hostname or "localhost"
    names = [public, *list_addresses(), own, f"{own}.local", "localhost", "127.0.0.1", "::1"]
    known = list(dict.fromkeys(name for name in names if is_certifiable(name)))
    return provide_certificate(settings.tls_folder, known, now_ms)


def is_certifiable(name: str) -> bool:
    """Return whether a certificate can hold a name: some machines are called what no name may be."""
    return name.isascii() and "_" not in name and name.strip(".-") == name != ""


def list_addresses() -> list[str]:
    """Return the IPv4 addresses by which others reach this machine, that of its way to other networks first."""
    found = [_way_out(), *(_address_of(name) for _, name in socket.if_nameindex())]
    return list(dict.fromkeys(one for one in found if one and not ip_address(one).is_loopback))


def _way_out() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trial:
        try:
            trial.connect(_ELSEWHERE)
        except OSError:  # without any network
            return ""
        return str(trial.getsockname()[0])


def _address_of(interface: str) -> str:
    name = interface.encode()[: _NAME_SIZE - 1]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trial:
        try:
            answer = fcntl.ioctl(trial.fileno(), _SIOCGIFADDR, struct.pack("256s", name))
        except OSError:  # an interface without an address
            return ""
    return socket.inet_ntoa(answer[20:24])


def show_trust(session: Session, settings: Settings, certified: Certified) -> None:
    """Print the address as a QR code, and how a phone comes to trust it."""
    address = trust_address(settings)
    if certified.is_new_authority:
        session.say("cli.tls.new_authority")
    elif certified.is_renewed:
        session.say("cli.tls.renewed")
    if certified.left_out:
        session.say("cli.tls.left_out", names=", ".join(certified.left_out), folder=settings.tls_folder)
    session.say("cli.tls.scan", address=address)
    if not session.json:
        click.echo(draw_code(address))
    for code in TRUST_STEPS:
        session.say(code, fingerprint=certified.fingerprint, folder=settings.tls_folder)


def trust_address(settings: Settings) -> str:
    """Return the address of the page that makes a phone trust the others: the one that is served without encryption."""
    has_port = urlsplit(settings.public_url).port
    return f"http://{settings.host}{'' if has_port else f':{HTTPS_PORT}'}/trust"


def draw_code(text: str) -> str:
    """Return a QR code in half blocks, right on dark and on light terminals."""
    from qrcode import QRCode

    code, drawn = QRCode(border=2), StringIO()
    code.add_data(text)
    code.print_ascii(out=drawn, invert=True)
    rows = drawn.getvalue().splitlines()
    return "\n".join(click.style(row, fg="bright_white", bg="black") for row in rows)

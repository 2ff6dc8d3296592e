"""Listen to a scale by TCP or at a serial port."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from scanners.scales.address import ScaleAddress

if TYPE_CHECKING:
    import serial

CONNECT_SECONDS = 5
READ_SECONDS = 0.2
"""A read waits so long at most, so that whoever listens can look at the clock."""
MOST_BYTES = (
    65_536  # more than any scale sends in a minute: a reader that was held up sees the newest frame at once
)


class ScaleLink(Protocol):
    """An open connection to a scale."""

    def read(self) -> bytes:
        """Return what was sent since, empty where nothing was. Raises OSError where the connection is gone."""


@contextmanager
def open_link(address: ScaleAddress, baud: int, bits: str) -> Iterator[ScaleLink]:
    """Open the connection; settings of the address count before the others. Raises OSError."""
    if address.host:
        with socket.create_connection((address.host, address.port), CONNECT_SECONDS) as connection:
            # A converter that lost its power says nothing; the network is asked whether it is still there.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            connection.settimeout(READ_SECONDS)
            yield _TcpLink(connection)
        return
    import serial  # where a serial port is listened to alone

    settings = address.bits or bits
    with serial.Serial(
        address.serial,
        address.baud or baud,
        bytesize=int(settings[0]),
        parity=settings[1],
        stopbits=int(settings[2]),
        timeout=READ_SECONDS,
    ) as port:
        yield _SerialLink(port)


class _TcpLink:
    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def read(self) -> bytes:
        try:
            sent = self._connection.recv(MOST_BYTES)
        except TimeoutError:
            return b""
        if not sent:
            raise ConnectionResetError("closed by the scale")
        return sent


class _SerialLink:
    def __init__(self, port: "serial.Serial") -> None:
        self._port = port

    def read(self) -> bytes:
        sent: bytes = self._port.read(max(1, min(self._port.in_waiting, MOST_BYTES)))
        return sent

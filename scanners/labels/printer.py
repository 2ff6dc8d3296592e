"""Send a file to a label printer, which prints whatever arrives at its port (RAW, port 9100)."""

import socket
import time
from typing import Literal, NamedTuple

PORT = 9100
CONNECT_S, SEND_S, ALL_S = 4, 10, 50
"""Longest waits: to be let in, for the printer to take the next piece, and for all of them: somebody waits for the answer."""
_PIECE = 1 << 14

PrinterFault = Literal["no_answer", "refused", "unreachable", "stalled"]


class PrinterAddress(NamedTuple):
    """Where a printer listens: an IP address of the site's network and a port."""

    host: str
    port: int = PORT


class PrinterFailed(OSError):
    """The printer took nothing, or not all; ``fault`` says why."""

    def __init__(self, fault: PrinterFault) -> None:
        super().__init__(fault)
        self.fault = fault


def send_to_printer(address: PrinterAddress, file: bytes) -> None:
    """Send a file. Raises PrinterFailed.

    That all was taken does not mean that all was printed: a printer has no word for that.
    """
    try:
        connection = socket.create_connection(address, timeout=CONNECT_S)
    except TimeoutError as error:
        raise PrinterFailed("no_answer") from error
    except ConnectionRefusedError as error:
        raise PrinterFailed("refused") from error
    except OSError as error:
        raise PrinterFailed("unreachable") from error
    with connection:
        try:
            _send_all(connection, memoryview(file))
            connection.shutdown(socket.SHUT_WR)
        except OSError as error:  # a time-out, or it hung up
            raise PrinterFailed("stalled") from error


def _send_all(connection: socket.socket, left: memoryview) -> None:
    """Send piece by piece: a printer takes the next one when it has printed, and of a roll only the whole takes long."""
    deadline = time.monotonic() + ALL_S
    while left:
        patience = min(SEND_S, deadline - time.monotonic())
        if patience <= 0:
            raise TimeoutError
        connection.settimeout(patience)
        left = left[connection.send(left[:_PIECE]) :]

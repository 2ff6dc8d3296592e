"""Send a file to a label printer, which prints whatever arrives at its port (RAW, port 9100)."""

import socket
from typing import Literal, NamedTuple

PORT = 9100
CONNECT_S, SEND_S = 4, 10
"""Longest waits: to be let in, and for the printer to take the next piece."""

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
        connection.settimeout(SEND_S)
        try:
            connection.sendall(file)
            connection.shutdown(socket.SHUT_WR)
        except OSError as error:  # a time-out, or it hung up
            raise PrinterFailed("stalled") from error

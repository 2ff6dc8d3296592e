"""A file arrives at a printer whole, or whoever prints is told why not."""

import socket
import time
from threading import Thread

import pytest

from scanners.labels import printer
from scanners.labels.printer import PrinterAddress, PrinterFailed, send_to_printer


def listen() -> socket.socket:
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(10)
    return server


def test_a_printer_gets_the_whole_file() -> None:
    received: list[bytes] = []

    def print_all(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            while piece := connection.recv(65536):
                received.append(piece)

    with listen() as server:
        thread = Thread(target=print_all, args=(server,))
        thread.start()
        send_to_printer(PrinterAddress(*server.getsockname()), b"^XA" * 100_000)
        thread.join(10)
    assert b"".join(received) == b"^XA" * 100_000


def test_a_slow_printer_is_waited_for_as_long_as_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printer, "SEND_S", 0.4)
    file, received = b"^XA" * 400_000, 0
    with listen() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        thread = Thread(target=send_to_printer, args=(PrinterAddress(*server.getsockname()), file))
        thread.start()
        connection, _ = server.accept()
        with connection:
            while piece := connection.recv(40_000, socket.MSG_WAITALL):
                received += len(piece)
                time.sleep(0.03)
        thread.join(10)
    assert received == len(file)


def test_a_printer_that_takes_a_little_now_and_then_is_left_in_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(printer, "ALL_S", 0)
    with listen() as server, pytest.raises(PrinterFailed) as raised:
        send_to_printer(PrinterAddress(*server.getsockname()), b"^XA")
    assert raised.value.fault == "stalled"


def test_a_printer_that_is_off_refuses() -> None:
    with listen() as server:
        address = PrinterAddress(*server.getsockname())
    with pytest.raises(PrinterFailed) as raised:
        send_to_printer(address, b"^XA")
    assert raised.value.fault == "refused"


def test_a_printer_without_paper_takes_no_more_and_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printer, "SEND_S", 0.3)
    with listen() as server, pytest.raises(PrinterFailed) as raised:
        send_to_printer(PrinterAddress(*server.getsockname()), b"^XA" * 10_000_000)
    assert raised.value.fault == "stalled"

"""Provide a connection between driver and Neo4j server that breaks at the worst moment: around a
COMMIT.

The bytes are Bolt's: a chunk of two bytes with no fields, COMMIT (12) or ROLLBACK (13), and its end mark.
"""

import socket
import threading
from contextlib import suppress
from typing import Literal

COMMIT = b"\x00\x02\xb0\x12\x00\x00"
ROLLBACK = b"\x00\x02\xb0\x13\x00\x00"

Fault = Literal["", "before commit", "after commit", "refuse commit"]
"""Faults of the next COMMIT: it is not delivered, its answer is not delivered, or the server says that it could
not write (and did not: it is told to roll back instead)."""


class Line:
    """A local port that leads to the server, and one fault at a time."""

    def __init__(self, port: int) -> None:
        self.port_behind = port
        self.fault: Fault = ""
        self.down_after_fault = False
        self.down = False
        self.faults = 0
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        self._calls: list[_Call] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Hang up every call and take no more."""
        self._door.close()
        self.hang_up()

    def hang_up(self) -> None:
        """End every call."""
        for call in self._calls:
            call.end()
        self._calls.clear()

    def strike(self) -> Fault:
        """Do the fault for a COMMIT that just came by; each strikes once."""
        fault, self.fault = self.fault, ""
        if fault:
            self.faults += 1
            self.down = self.down_after_fault
        return fault

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._door.accept()
                if self.down:
                    near.close()
                else:
                    self._calls.append(_Call(self, near))


class _Call:
    """One connection, carried in both directions."""

    def __init__(self, line: Line, near: socket.socket) -> None:
        self.line = line
        self.near = near
        self.far = socket.create_connection(("127.0.0.1", line.port_behind))
        self.answer: Fault = ""  # what becomes of the server's next answer
        for carry in (self._carry_out, self._carry_back):
            threading.Thread(target=carry, daemon=True).start()

    def end(self) -> None:
        """Break the line, so that both sides see it."""
        for side in (self.near, self.far):
            with suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)

    def _carry_out(self) -> None:
        with suppress(OSError):
            while said := self.near.recv(1 << 16):
                if said.endswith(COMMIT) and (fault := self.line.strike()):
                    if fault == "before commit":
                        break
                    self.answer = fault
                    if fault == "refuse commit":
                        said = said[: -len(COMMIT)] + ROLLBACK
                self.far.sendall(said)
        self.end()

    def _carry_back(self) -> None:
        with suppress(OSError):
            while said := self.far.recv(1 << 16):
                if self.answer == "after commit":
                    break  # the server has done it, and nobody hears of it
                if self.answer == "refuse commit":
                    self.answer = ""
                    said = _failure(
                        "Neo.DatabaseError.Transaction.TransactionLogError", "No space left on device"
                    )
                self.near.sendall(said)
        self.end()


def _failure(code: str, message: str) -> bytes:
    """Return Bolt's FAILURE with what drivers of every version look for."""
    fields = {
        "neo4j_code": code,
        "code": code,
        "message": message,
        "gql_status": "50N42",
        "description": message,
    }
    packed = b"\xb1\x7f" + bytes([0xA0 + len(fields)])
    for name, text in fields.items():
        packed += _text(name) + _text(text)
    return len(packed).to_bytes(2, "big") + packed + b"\x00\x00"


def _text(text: str) -> bytes:
    raw = text.encode()
    return b"\xd0" + bytes([len(raw)]) + raw

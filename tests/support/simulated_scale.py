"""A scale that plays a weighing over TCP: empty, a truck rolls on, the weight moves, then it stands still.

    python -m tests.support.simulated_scale --port 4001 --format yaohua

Tests let it break its connections, send noise between frames, or send frames byte by byte.
"""

import argparse
import socket
import time
from collections.abc import Iterator
from threading import Event, Lock, Thread

from tests.support.scale_frames import ENCODERS

TRUCK_G = 18_200_000
STEP_G = 20_000
WEIGHING = [
    *((0, False) for _ in range(10)),
    *((share * TRUCK_G // 8 // STEP_G * STEP_G, True) for share in range(1, 8)),
    *((TRUCK_G + swing * STEP_G, True) for swing in (3, -2, 2, -1, 1)),
    *((TRUCK_G, False) for _ in range(40)),
]
"""(grams, whether it moves) of each frame, ten a second."""


class SimulatedScale:
    """A TCP server that sends what stands on the scale to every client, ten frames a second."""

    def __init__(self, format_: str = "yaohua", port: int = 0, pause: float = 0.1) -> None:
        self._encode = ENCODERS[format_]
        self._pause = pause
        self._server = socket.create_server(("127.0.0.1", port))
        self._clients: list[socket.socket] = []
        self._lock = Lock()
        self._ended = Event()
        self.mass_g = 0
        self.moves = False
        self.noise = b""
        self.piece = 0  # bytes sent at once, 0: a whole frame
        self._threads = [Thread(target=work, daemon=True) for work in (self._accept, self._send)]

    @property
    def address(self) -> str:
        """Return where the command finds it."""
        return f"tcp://127.0.0.1:{self._server.getsockname()[1]}"

    def __enter__(self) -> "SimulatedScale":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._server.shutdown(socket.SHUT_RDWR)  # wakes whoever waits for a client
        self._server.close()
        self.cut()
        for thread in self._threads:
            thread.join(5)

    def put(self, mass_g: int, moves: bool = False) -> None:
        """Put a weight on the scale."""
        self.mass_g, self.moves = mass_g, moves

    def play(self) -> Iterator[int]:
        """Play a weighing, yielding each weight as it is put on."""
        for mass_g, moves in WEIGHING:
            self.put(mass_g, moves)
            yield mass_g
            time.sleep(self._pause)

    def cut(self) -> None:
        """Break every connection."""
        with self._lock:
            for client in self._clients:
                client.close()
            self._clients.clear()

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            with self._lock:
                self._clients.append(client)

    def _send(self) -> None:
        while not self._ended.wait(self._pause):
            frame = self.noise + self._encode(self.mass_g, self.moves)
            size = self.piece or len(frame)
            for start in range(0, len(frame), size):
                self._send_piece(frame[start : start + size])
                if self.piece:
                    time.sleep(0.005)

    def _send_piece(self, piece: bytes) -> None:
        with self._lock:
            for client in [*self._clients]:
                try:
                    client.sendall(piece)
                except OSError:
                    self._clients.remove(client)


def main() -> None:
    """Play weighings until interrupted."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--port", type=int, default=4001)
    parser.add_argument("--format", choices=sorted(ENCODERS), default="yaohua")
    chosen = parser.parse_args()
    with SimulatedScale(chosen.format, chosen.port) as scale:
        print(scale.address)
        while True:
            for _ in scale.play():
                pass


if __name__ == "__main__":
    main()

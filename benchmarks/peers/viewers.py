"""Many viewers in one light process. They read as fast as they can and note when each frame arrived.

python -m benchmarks.peers.viewers PORT COUNT

Prints "ready" once all are connected. For each line on its standard input it writes how many frames arrived since the
last one, as a line, and then the microseconds from publish to receipt of each, as 4-byte unsigned integers. The end of
its input ends it. A frame carries its time of publishing, `"at":"` and 16 digits of microseconds of the monotonic
clock, which is the same in all processes of a machine.
"""

from __future__ import annotations

import select
import socket
import sys
import time
from array import array
from collections.abc import Iterator

PING = b"\x81\x012"
PONG = b"\x81\x81\0\0\0\x003"  # Engine.IO's answer to its ping, masked with zeros
CONNECT = b"\x81\x82\0\0\0\x0040"
MARK = b'"at":"'
DIGITS = 16
PATIENCE = 60.0
"""Seconds that connecting may take."""
PAUSE = 0.001
"""Seconds between two looks at the sockets. Being woken for each single frame would cost more than all the rest."""
PART = 1 << 18


class Viewer:
    """One connection. `buffer` is what came of a frame that is not whole yet; `part` bytes are read at a time."""

    part = PART

    def __init__(self, port: int, *, wait: bool = True, token: str = "") -> None:
        """`token` is brought in the address. Without `wait` the caller calls `advance` when there is something to read,
        until it is open.
        """
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.buffer = b""
        self._token = f"&token={token}" if token else ""
        self._opening = self._open()
        self.opened = False
        self._go_on()
        while wait and not self.opened:
            self.advance()

    def advance(self) -> None:
        """Reads once, and goes on with the greeting as far as that leads."""
        self._receive()
        self._go_on()

    def read(self) -> list[bytes]:
        """Waits for something to come and gives the frames that are whole with it."""
        self._receive()
        return self.frames()

    def frames(self) -> list[bytes]:
        """Takes the whole frames out of the buffer."""
        data = self.buffer
        frames: list[bytes] = []
        start, end = 0, len(data)
        while end - start >= 2:
            size = data[start + 1]
            at = start + 2
            if size == 126:
                size = int.from_bytes(data[at : at + 2])
                at += 2
            elif size == 127:
                size = int.from_bytes(data[at : at + 8])
                at += 8
            if at + size > end:
                break
            payload = data[at : at + size]
            if payload == b"2":
                self.socket.send(PONG)
            else:
                frames.append(payload)
            start = at + size
        self.buffer = data[start:]
        return frames

    def note(self, taken: array[int]) -> None:
        """Adds to `taken` how long each frame that is there now was under way. It looks for nothing but time stamps."""
        part = self.socket.recv(PART)
        assert part, "the server ended the connection"
        now = time.monotonic_ns() // 1000
        data = self.buffer + part
        end = 0
        at = data.find(MARK) + len(MARK)
        while len(MARK) <= at <= len(data) - DIGITS:
            end = at + DIGITS
            taken.append(now - int(data[at:end]))
            at = data.find(MARK, end) + len(MARK)
        self.buffer = data[max(end, len(data) - len(MARK) - DIGITS) :]
        if PING in part:  # text has no byte 0x81
            self.socket.send(PONG)

    def _receive(self) -> None:
        part = self.socket.recv(self.part)
        assert part, "the server ended the connection"
        self.buffer += part

    def _go_on(self) -> None:
        self.opened = next(self._opening, self) is self

    def _open(self) -> Iterator[None]:
        """The greeting; each step waits for something to be read."""
        self.socket.sendall(
            f"GET /socket.io/?EIO=4&transport=websocket{self._token} HTTP/1.1\r\nHost: 127.0.0.1\r\n".encode()
            + b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            + b"Sec-WebSocket-Key: cGhsb2VtIGJlbmNobWFyaw==\r\n\r\n"
        )
        while b"\r\n\r\n" not in self.buffer:
            yield
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        assert head.startswith(b"HTTP/1.1 101"), head
        # What comes before the frame that is waited for is of no interest.
        while not any(frame.startswith(b"0") for frame in self.frames()):
            yield
        self.socket.sendall(CONNECT)
        while not any(frame.startswith(b"40") for frame in self.frames()):
            yield
        self.socket.setblocking(False)


def main(port: int, count: int) -> None:
    """Runs until its input ends."""
    viewers = {}
    poll = select.epoll()
    for _ in range(count):
        viewer = Viewer(port)
        viewers[viewer.socket.fileno()] = viewer
        poll.register(viewer.socket, select.EPOLLIN)
    poll.register(sys.stdin, select.EPOLLIN)
    print("ready", flush=True)
    taken = array("I")
    stdin = sys.stdin.fileno()
    while True:
        time.sleep(PAUSE)
        for fileno, _ in poll.poll():
            if fileno != stdin:
                viewers[fileno].note(taken)
            elif sys.stdin.readline():
                sys.stdout.buffer.write(b"%d\n" % len(taken))
                taken.tofile(sys.stdout.buffer)
                sys.stdout.buffer.flush()
                taken = array("I")
            else:
                return


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))

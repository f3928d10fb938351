"""Many viewers in one light process. They read as fast as they can and note when each frame arrived.

python -m benchmarks.peers.viewers PORT COUNT

Prints "ready" once all are connected. A line on its standard input ends it: it writes, as 4-byte unsigned integers,
the microseconds from publish to receipt of every frame. A frame carries its time of publishing, `"at":"` and 16 digits
of microseconds of the monotonic clock, which is the same in all processes of a machine.
"""

from __future__ import annotations

import select
import socket
import sys
import time
from array import array

PONG = b"\x81\x81\0\0\0\x003"  # Engine.IO's answer to its ping, masked with zeros
CONNECT = b"\x81\x82\0\0\0\x0040"
MARK = b'"at":"'
DIGITS = 16
PATIENCE = 60.0
"""Seconds that connecting may take."""
PAUSE = 0.001
"""Seconds between two looks at the sockets. Being woken for each single frame would cost more than all the rest."""


class Viewer:
    """One connection. `buffer` is what came of a frame that is not whole yet."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.socket.sendall(
            b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\n"
            b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: cGhsb2VtIGJlbmNobWFyaw==\r\n\r\n"
        )
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            self._receive()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        assert head.startswith(b"HTTP/1.1 101"), head
        self._expect(b"0")
        self.socket.sendall(CONNECT)
        self._expect(b"40")
        self.socket.setblocking(False)

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

    def _receive(self) -> None:
        part = self.socket.recv(1 << 18)
        assert part, "the server ended the connection"
        self.buffer += part

    def _expect(self, beginning: bytes) -> None:
        """Reads until a frame begins like that. What comes before it is of no interest."""
        while not any(frame.startswith(beginning) for frame in self.frames()):
            self._receive()


def main(port: int, count: int) -> None:
    """Runs until told to end."""
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
            if fileno == stdin:
                taken.tofile(sys.stdout.buffer)
                return
            for frame in viewers[fileno].read():
                at = frame.find(MARK)
                if at >= 0:
                    at += len(MARK)
                    taken.append(time.monotonic_ns() // 1000 - int(frame[at : at + DIGITS]))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))

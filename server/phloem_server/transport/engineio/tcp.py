"""Options of the TCP sockets that frames are written to, and their end."""

from __future__ import annotations

import contextlib
import socket
from typing import Any

UNSENT_BYTES = 128 * 1024
"""What the system may hold for a socket beyond the bytes that are on their way. More would only arrive late."""


def tune(stream: Any) -> None:
    """Lets small frames leave at once, and lets a stalled client block before the system holds megabytes for it."""
    with contextlib.suppress(OSError):  # not TCP
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if hasattr(socket, "TCP_NOTSENT_LOWAT"):
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)


def shut(stream: Any) -> None:
    """Ends a connection at once, whatever is still to be written. A greenlet that waits for the socket is woken."""
    with contextlib.suppress(OSError):  # ended already
        stream.shutdown(socket.SHUT_RDWR)

"""Listening on an address, with errors that say in one line what is wrong with it."""

from __future__ import annotations

import errno
import socket

from phloem.errors import PhloemError

BACKLOG = 4096
"""Connections that may wait to be accepted: with 50, a storm of 1,000 reconnects took 14.6 s instead of 0.9 s."""


class CannotListen(PhloemError):
    """The address cannot be listened on. Its text is the one line to print before exit status 2."""

    code = "address_unavailable"


def bind(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """A listening socket. Raises CannotListen.

    With `shared`, other processes that ask for it too can listen on the same address; the system gives each new
    connection to one of them. Only on demand: otherwise a second server would go unnoticed and take half of the
    connections.
    """
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if shared and not hasattr(socket, "SO_REUSEPORT"):
        raise CannotListen(f"cannot listen at {place}: processes cannot share a port on this system")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise CannotListen(f"HOST is {host!r}, which is no address of this machine ({error.strerror})") from error
    # IPv4 first: localhost is often ::1 as well, and people then open 127.0.0.1.
    family, kind, protocol, _, address = min(found, key=lambda each: each[0] != socket.AF_INET)
    sock = socket.socket(family, kind, protocol)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind(address)
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        raise CannotListen(f"cannot listen at {place}: {_reason(error, shared=shared)}") from error
    return sock


def _reason(error: OSError, *, shared: bool) -> str:
    if error.errno == errno.EADDRINUSE:
        reason = "another program listens there already; stop it, or choose another PORT"
        if shared:
            reason += " (it shares the port only if it was started with PHLOEM_SHARE_PORT=1, too)"
        return reason
    if error.errno == errno.EACCES:
        return "this user may not use that port; choose a PORT from 1024 up"
    if error.errno == errno.EADDRNOTAVAIL:
        return "HOST is no address of this machine"
    return error.strerror or str(error)

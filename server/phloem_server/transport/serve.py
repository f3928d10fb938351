"""Serving until a signal comes, and an orderly stop."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from phloem_server.transport.modes import choice
from phloem_server.transport.modes.mode import STOP_SECONDS

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication


def serve_until_signal(
    sock: socket.socket,
    wsgi_app: WSGIApplication,
    mode: str,
    *,
    on_start: Callable[[], None] = lambda: None,
    on_stop: Callable[[], None] = lambda: None,
) -> None:
    """Serves until SIGTERM or SIGINT comes, then returns within STOP_SECONDS, or ends the process with status 0.

    `mode` is one of MODES. `on_start` is called once connections are accepted; `on_stop` once none is accepted any
    more, and before those that are left are ended.
    """
    with _until_signalled() as wait:
        server = choice.load(mode).start(sock, wsgi_app)
        on_start()
        wait()
        server.stop_accepting()
        on_stop()
        server.stop()


@contextlib.contextmanager
def _until_signalled() -> Iterator[Callable[[], None]]:
    """Gives a function that waits for a signal to stop, and from then on bounds the time until the end."""
    # The interpreter itself writes the signal's number to this pair: it wakes the loop of each mode alike, and no
    # handler of ours runs in the middle of other code.
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    signals = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(each, lambda *_: None) for each in signals]
    wakeup = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)

    def wait() -> None:
        while not set(reader.recv(64)) & {int(each) for each in signals}:
            pass
        signal.signal(signal.SIGALRM, _end_process)
        signal.setitimer(signal.ITIMER_REAL, STOP_SECONDS)
        for each in signals:  # a second signal means that the sender does not want to wait
            signal.signal(each, _end_process)

    try:
        yield wait
    finally:
        # While the interpreter ends, a signal does what it does by default, and this one would kill.
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.set_wakeup_fd(wakeup)
        for each, handler in zip(signals, before, strict=True):
            if signal.getsignal(each) is not _end_process:
                signal.signal(each, handler)
        reader.close()
        writer.close()


def _end_process(*_: object) -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    os._exit(0)

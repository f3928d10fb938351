"""One run of `phloem watch`: a wire, a client, and the view that fits standard output."""

from __future__ import annotations

import os
import queue
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from io import TextIOWrapper
from typing import Any, TextIO
from urllib.parse import urlsplit

from rich.console import Console

from phloem.errors import PhloemError
from phloem.settings import without_password
from phloem_server.commands.watch import text
from phloem_server.commands.watch.client import Client
from phloem_server.commands.watch.plain import Notes, PlainList, PlainTask
from phloem_server.commands.watch.screen import ListScreen, TaskScreen
from phloem_server.commands.watch.wire import SocketWire
from phloem_server.web.hosts import parse_origin

TICK_SECONDS = 0.1
"""Between two ticks of the client, at most."""

INTERRUPTED = 130
"""The exit status after Ctrl-C, by the convention of shells: 128 and the signal's number."""


class CannotWatch(PhloemError):
    """The watch cannot begin or go on; the text says why in one sentence."""

    code = "watch_failed"


def run(url: str, password: str | None, request: Mapping[str, Any], say: Callable[[str], None]) -> int:
    """Shows `request` until it ends; the exit status. `say` takes lines that are not part of the view. CannotWatch."""
    address = _address(url)
    if password is not None and not password.isprintable():
        raise CannotWatch("PHLOEM_PASSWORD holds what is no password, which has printable characters alone")
    calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
    wire = SocketWire(address, password, calls.put)
    client = Client(request, wire)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal may know fewer characters than tasks use
    drawn = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    view = _screen(client, request, address) if drawn else _plain(client, request, sys.stdout)
    notes = None if drawn else Notes(client, say, request.get("task"))
    signal.signal(signal.SIGTERM, _end)  # so that the terminal is restored then, too
    try:
        wire.open(client)
        while client.link.kind == "connecting":  # nothing is drawn before the server has answered
            _take(calls, client)
        with view:
            while True:
                if notes:
                    notes.show()
                if (status := view.show()) is not None:
                    return status
                _take(calls, client)
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        wire.close()


def _take(calls: queue.SimpleQueue[Callable[[], None]], client: Client) -> None:
    try:
        call = calls.get(timeout=TICK_SECONDS)
    except queue.Empty:
        pass
    else:
        call()
    client.tick()
    if client.refusal is not None:
        raise CannotWatch(text.escaped(client.refusal))


def _screen(client: Client, request: Mapping[str, Any], address: str) -> ListScreen | TaskScreen:
    console = Console(highlight=False, markup=False, emoji=False)
    if task_id := request.get("task"):
        return TaskScreen(client, task_id, address, console)
    return ListScreen(client, address, console)


def _plain(client: Client, request: Mapping[str, Any], out: TextIO) -> PlainList | PlainTask:
    if task_id := request.get("task"):
        return PlainTask(client, task_id, out)
    return PlainList(client, out)


def _address(url: str) -> str:
    origin, prefix = None, ""
    with suppress(ValueError):
        parts = urlsplit(url)
        origin, prefix = parse_origin(f"{parts.scheme}://{parts.netloc}"), parts.path.rstrip("/")
        if parts.query or parts.fragment:
            origin = None
    if origin is None:
        raise CannotWatch(f"--url is {without_password(url)[:80]!r}; it takes an address such as http://127.0.0.1:8000")
    return origin + prefix


def _end(*_: object) -> None:
    raise SystemExit(128 + signal.SIGTERM)

"""The mode of this process. `prepare` has to be called before anything else is imported.

eventlet and gevent replace parts of the standard library, so a mode's module is imported once that mode is chosen.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from phloem.errors import PhloemError
from phloem_server.transport.modes.mode import MODES, Mode

T = TypeVar("T")

_prepared: Mode | None = None


def load(name: str) -> Mode:
    """The mode called `name`, one of MODES. Imports its library, so only where that mode is used."""
    if name == "eventlet":
        from phloem_server.transport.modes import eventlet_mode

        return eventlet_mode
    if name == "gevent":
        from phloem_server.transport.modes import gevent_mode

        return gevent_mode
    from phloem_server.transport.modes import threading_mode

    return threading_mode


def prepare(name: str) -> None:
    """Makes the standard library fit the mode `name`. An unknown name does nothing: the settings refuse it later."""
    global _prepared
    if name in MODES:
        _prepared = load(name)
        _prepared.prepare()


class ServerUnpatched(PhloemError):
    """A server of green threads serves, and the standard library was left as it is made for others."""

    code = "not_ready"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} serves this application, and the standard library is not patched for it. Call its monkey patching "
            "before everything else, or serve with threads: Flask-SocketIO takes async_mode='threading'."
        )


def adopt(environ: Mapping[str, Any]) -> str:
    """Takes the mode of the server that sent this request for that of the process; its name. ServerUnpatched.

    For an application that another server serves: nothing is patched.
    """
    global _prepared
    name = _of_server(environ)
    mode = load(name)
    if not mode.is_prepared():
        raise ServerUnpatched(name)
    _prepared = mode
    return name


def _of_server(environ: Mapping[str, Any]) -> str:
    # Flask-SocketIO disguises gunicorn as eventlet.
    if "eventlet.input" in environ and "gunicorn.socket" not in environ:
        return "eventlet"
    if str(environ.get("SERVER_SOFTWARE", "")).startswith("gevent"):
        return "gevent"
    # All workers of gunicorn look alike: what they have patched tells them apart.
    green = ("gevent", "eventlet")
    return next((name for name in green if name in sys.modules and load(name).is_prepared()), "threading")


def run_in_thread(work: Callable[[], T]) -> T:
    """Calls `work`, which waits for a disk, without holding up other connections. Returns its result."""
    return work() if _prepared is None else _prepared.run_in_thread(work)

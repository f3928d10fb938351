"""The mode of this process. `prepare` has to be called before anything else is imported.

eventlet and gevent replace parts of the standard library, so a mode's module is imported once that mode is chosen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

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


def run_in_thread(work: Callable[[], T]) -> T:
    """Calls `work`, which waits for a disk, without holding up other connections. Returns its result."""
    return work() if _prepared is None else _prepared.run_in_thread(work)

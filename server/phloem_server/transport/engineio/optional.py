"""What Socket.IO imports where it is installed, and a server does not use."""

from __future__ import annotations

import importlib
import sys

UNUSED = ("requests", "valkey", "websocket")
"""For clients, and for messages between servers: a seventh of the CPU time in which a web process starts."""


def import_socketio() -> None:
    """Imports Socket.IO as where none of UNUSED is installed. Whoever imports one of them afterwards gets it.

    For a process that is a server and nothing else: Socket.IO's client does not work in it.
    """
    hidden = [name for name in UNUSED if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None: it cannot be imported
    try:
        importlib.import_module("socketio")
    finally:
        for name in hidden:
            del sys.modules[name]

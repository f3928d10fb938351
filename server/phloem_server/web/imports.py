"""Importing a library without what it imports only where it is installed."""

from __future__ import annotations

import importlib
import sys

SERVED_WITHOUT = ("requests", "valkey", "websocket")
"""What Socket.IO imports for clients, and for messages between servers:
an eighth of the time that a web process takes to start."""

WATCHED_WITHOUT = ("redis", "valkey")
"""What Socket.IO imports for messages between servers: a third of the time to start `phloem watch`."""


def import_without(library: str, *unused: str) -> None:
    """Imports a library as where `unused` is not installed. Whoever imports one of these afterwards gets it.

    For processes that are ours alone: what the library does with them does not work in this process.
    """
    hidden = [name for name in unused if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None: it cannot be imported
    try:
        importlib.import_module(library)
    finally:
        for name in hidden:
            del sys.modules[name]

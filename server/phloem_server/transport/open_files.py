"""How many connections a process can have: each is an open file, and the system limits those."""

from __future__ import annotations

import contextlib

WAITING_LIMIT = 1024
"""Connections whose request has not arrived yet, at most; where few files may be open, a quarter of these."""

_RESERVED_FILES = 128
"""Open files beside the connections of viewers: Redis, logs, uploads, health checks."""


def connection_limit(wanted: int) -> int:
    """How many of the `wanted` connections this process can have: each is an open file.

    Raises the process' limit of open files as far as the system allows.
    """
    files = _open_files()
    return wanted if files is None else max(1, min(wanted, files - _RESERVED_FILES - waiting_limit()))


def waiting_limit() -> int:
    """How many connections there may be whose request has not arrived yet. They are open files as well."""
    files = _open_files()
    return WAITING_LIMIT if files is None else max(1, min(WAITING_LIMIT, files // 4))


def _open_files() -> int | None:
    """Files that this process may open, after that limit was raised; None where there is no limit."""
    try:
        import resource
    except ImportError:  # not on this system
        return None
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):  # macOS refuses its own "unlimited"
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        soft = hard
    return None if soft == resource.RLIM_INFINITY else soft

"""The subcommand `celery -A PROJECT phloem`."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import NoReturn

_FLAGS = {
    "host": "--host",
    "port": "--port",
    "redis_url": "--redis",
    "async_mode": "--async-mode",
}


def become_server(app: object, options: Mapping[str, str | None], *, share_port: bool) -> NoReturn:
    """Replaces this process by `phloem serve`, for the app that `celery -A` was given.

    Celery and much else are imported by now, too late for eventlet to replace what they use.
    """
    arguments = [sys.executable, "-m", "phloem_server", "serve"]
    if isinstance(app, str):
        arguments += ["--app", app]
    for name, flag in _FLAGS.items():
        if (value := options.get(name)) is not None:
            arguments += [flag, value]
    if share_port:
        arguments.append("--share-port")
    os.execv(sys.executable, arguments)

"""The subcommand `celery -A PROJECT phloem`."""

from __future__ import annotations

import os
import sys
from typing import NoReturn


def become_server(app: object) -> NoReturn:
    """Replaces this process by `phloem serve`, for the app that `celery -A` was given.

    Celery and much else are imported by now, too late for eventlet to replace what they use. Options have become
    variables: every user of the machine sees the arguments of a process.
    """
    target = ["--app", app] if isinstance(app, str) else []
    os.execv(sys.executable, [sys.executable, "-m", "phloem_server", "serve", *target])

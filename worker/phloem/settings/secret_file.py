"""Secrets that are made by the first process that needs them, and kept in files that only their owner reads."""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path

SECRET_LENGTH = 16
"""Characters that a secret has at least; a file with fewer was cut short, and holds none."""


def read_secret(path: Path) -> str | None:
    """The secret in a file; None if there is none that this process may read."""
    try:
        kept = path.read_text()
    except (OSError, ValueError):  # no file, no text, no path
        return None
    return kept if len(kept) >= SECRET_LENGTH else None


def kept_secret(path: Path) -> str:
    """The secret in a file, made the first time. Of two processes that both make one, the first one's stays. OSError.

    It is of characters that mean nothing in a URL.
    """
    if (kept := read_secret(path)) is not None:
        return kept
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Made under another name (and readable by its owner alone), so that no reader ever sees half a secret.
    descriptor, made = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(made, path)
        except FileExistsError:
            if read_secret(path) is None:  # there, and no secret: a full disk once cut it short
                Path(made).replace(path)
    finally:
        Path(made).unlink(missing_ok=True)
    return path.read_text()

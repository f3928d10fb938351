"""The key that signs cookies, kept as a file where the environment gives none."""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path

SECRET_KEY_FILE = "secret-key"
"""Name of the file in the data folder."""

KEY_LENGTH = 16
"""Characters that a key has at least."""


def kept_key(folder: Path) -> str:
    """The key in `folder`, made the first time. Of two processes that both make one, the first one's stays. OSError."""
    path = folder / SECRET_KEY_FILE
    if (kept := _read_key(path)) is not None:
        return kept
    folder.mkdir(parents=True, exist_ok=True)
    # Made under another name (and readable by its owner alone), so that no reader ever sees half a key.
    descriptor, made = tempfile.mkstemp(dir=folder, prefix=f".{SECRET_KEY_FILE}-")
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(made, path)
        except FileExistsError:
            if _read_key(path) is None:  # there, and no key: a full disk once cut it short
                Path(made).replace(path)
    finally:
        Path(made).unlink(missing_ok=True)
    return path.read_text()


def _read_key(path: Path) -> str | None:
    try:
        kept = path.read_text()
    except FileNotFoundError:
        return None
    return kept if len(kept) >= KEY_LENGTH else None

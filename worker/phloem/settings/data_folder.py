"""The data folder, and keeping it from the other users of the machine."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from tempfile import TemporaryFile

OURS = ("uploads", "files", "mailbox", "redis", "secret-key", "redis-password-*", "audit-end-*")
"""What processes of Phloem keep there, as patterns of names. Only that is touched: the folder may hold more."""

BESIDE = ("beat*", "*.log")
"""What Celery's beat keeps there, and logs, where the folder serves nobody else."""

FOLDER_MODE = 0o700
FILE_MODE = 0o600


def keep_private(folder: Path) -> str | None:
    """Makes the folder unless it exists, and takes from all other users what they may do with it and its content.

    A sentence that says so if others could reach any of it, else None. Files that this process makes from now on are
    its user's alone. What belongs to another user is left as it is. OSError if the folder cannot be made.
    """
    os.umask(0o077)
    folder.mkdir(parents=True, exist_ok=True)
    was_open = _is_open(folder)
    opened = sum(_close(path, mode) for path, mode in _kept(folder))
    if not (was_open and opened):
        return None
    return f"What is kept in {folder} was open to other users of this machine; it is its owner's alone from now on."


def within_reach(folder: Path) -> list[Path]:
    """What `keep_private` would take from other users who can reach it. Changes nothing. OSError if it is not there."""
    if not _is_open(folder):
        return []
    return [path for path, _ in _kept(folder) if _is_to_close(path)]


def refusal(folder: Path) -> str | None:
    """Why no file can be made in the folder, as the system says it; None where one can.

    One without a name is the only sure test: a disk may be mounted read-only, and root passes every check of rights.
    """
    try:
        with TemporaryFile(dir=folder):
            return None
    except OSError as error:
        return str(error.strerror)


def _kept(folder: Path) -> Iterator[tuple[Path, int]]:
    """What is Phloem's there, the folder itself unless it serves others as well, with the mode that each may have."""
    ours: tuple[str, ...] = OURS
    if not _is_shared(folder):
        ours += BESIDE
        yield folder, FOLDER_MODE  # first, so that nobody else can put another file in place of ours
    for entry in folder.iterdir():
        if _is_among(entry, ours):
            yield from _below(entry)


def _is_open(folder: Path) -> bool:
    return bool(folder.stat().st_mode & 0o077)


def _is_shared(folder: Path) -> bool:
    """Whether the folder is one of the system that serves others as well, such as /tmp, and /var in a container."""
    if folder.stat().st_mode & stat.S_ISVTX:
        return True
    resolved = folder.resolve()
    if resolved.parent.parent != resolved.parent:  # deeper than the first level
        return False
    return not all(_is_among(entry, OURS + BESIDE) for entry in folder.iterdir())


def _is_among(path: Path, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch(path.name, pattern) for pattern in patterns)


def _below(path: Path) -> Iterator[tuple[Path, int]]:
    """The path and everything below it, with the mode that it may have; links are neither listed nor followed."""
    found = _kind(path)
    if found is None:
        return
    yield path, found
    if found == FOLDER_MODE:
        for folder, folders, files in os.walk(path):
            for name in (*folders, *files):
                each = Path(folder, name)
                if (mode := _kind(each)) is not None:
                    yield each, mode


def _kind(path: Path) -> int | None:
    """The mode that a plain file or a folder may have; None for what is neither, or is gone."""
    try:
        found = path.lstat().st_mode
    except OSError:
        return None
    if stat.S_ISDIR(found):
        return FOLDER_MODE
    return FILE_MODE if stat.S_ISREG(found) else None


def _close(path: Path, mode: int) -> bool:
    """Gives a path of this user's the mode, if others may do anything with it. Whether it did."""
    try:
        if not _is_to_close(path):
            return False
        path.chmod(mode)
    except OSError:  # it is gone
        return False
    return True


def _is_to_close(path: Path) -> bool:
    """Whether others may do anything with a path of this user's. OSError where it is gone."""
    found = path.lstat()
    return bool(found.st_mode & 0o077) and found.st_uid == os.geteuid()

"""Deletes files of a store that are too old, and those that killed processes left behind.

Only files directly in one folder, with names that a store gives, are touched: links are not followed, folders not
entered.
"""

from __future__ import annotations

import fcntl
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from phloem.files import Description

_CONTENT = re.compile(r"[0-9a-f]{32}")
_BESIDE = re.compile(r"[0-9a-f]{32}\.json")
_PARTIAL = re.compile(r"\.[0-9a-f]{32}(\.json)?\.part")


class Swept(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was deleted, or would be. `filename` is None if it was left behind; `size` is in bytes."""

    id: str
    filename: str | None
    size: int


def sweep(path: Path, before: float, *, owner: str | None = None, dry_run: bool = False) -> Iterator[Swept]:
    """Deletes files that were stored `before` (Unix seconds), and all that were left behind. Yields each.

    With an `owner`, only files of theirs: of what was left behind nobody knows whose it is.

    Raises NotADirectoryError if `path` is anything but a folder, such as a link to one. A file that another sweep
    deletes at the same time is yielded by one of the two.
    """
    try:
        # Held open: if the folder is replaced by a link meanwhile, this is still the one that was checked.
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return
    except OSError as error:  # Linux and macOS have different numbers for a link
        raise NotADirectoryError(f"{path} is no folder of its own") from error
    try:
        for name in sorted(entry.name for entry in os.scandir(folder)):
            swept = None
            if _CONTENT.fullmatch(name):
                swept = _content(folder, name, before, owner, dry_run)
            elif owner is not None:
                continue
            elif _PARTIAL.fullmatch(name) or (_BESIDE.fullmatch(name) and _size(folder, name[:32]) is None):
                swept = _left_behind(folder, name, dry_run)
            if swept is not None:
                yield swept
    finally:
        os.close(folder)


def _content(folder: int, name: str, before: float, owner: str | None, dry_run: bool) -> Swept | None:
    """Deletes a file that is too old, after its description: without one, the store does not know it."""
    beside = f"{name}.json"
    size, size_beside = _size(folder, name), _size(folder, beside)
    if size is None:
        return None
    if size_beside is None:
        return _left_behind(folder, name, dry_run) if owner is None else None
    filename, created_at, its_owner = _described(folder, beside)
    if created_at >= before or (owner is not None and its_owner != owner):
        return None
    if not dry_run:
        # Locked meanwhile: between the two, another sweep would take the file for one that was left behind.
        with _abandoned(folder, name) as abandoned:
            if not abandoned or _size(folder, beside) is None:
                return None
            for each in (beside, name):
                with suppress(FileNotFoundError):
                    os.unlink(each, dir_fd=folder)
    return Swept(id=name, filename=filename, size=size + size_beside)


def _left_behind(folder: int, name: str, dry_run: bool) -> Swept | None:
    with _abandoned(folder, name) as abandoned:
        size = _size(folder, name)
        # Before it was locked, it may have been completed.
        if not abandoned or size is None or (_CONTENT.fullmatch(name) and _size(folder, f"{name}.json") is not None):
            return None
        if not dry_run:
            os.unlink(name, dir_fd=folder)
        return Swept(id=name.strip(".")[:32], filename=None, size=size)


@contextmanager
def _abandoned(folder: int, name: str) -> Iterator[bool]:
    """Whether no process writes to a file. Within the block it is locked, so none can begin to."""
    try:
        file = os.open(name, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    except OSError:
        yield False
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(file)


def _described(folder: int, name: str) -> tuple[str, float, str | None]:
    """Name, time of storing and owner in a description; the time of the file itself if it cannot be read."""
    try:
        with open(os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=folder), "rb") as beside:  # noqa: PTH123  a descriptor
            described = msgspec.json.decode(beside.read(), type=Description)
    except FileNotFoundError:
        return name, float("inf"), None
    except (msgspec.DecodeError, UnicodeDecodeError):
        return name, os.stat(name, dir_fd=folder, follow_symlinks=False).st_mtime, None
    return described.filename, described.created_at, described.origin.owner


def _size(folder: int, name: str) -> int | None:
    """Bytes of a plain file; None if there is none by this name."""
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None

"""Files that appear at their path only once they are complete.

Until then a file has another name, and is locked by the process that writes it. A process that dies releases its locks,
so `phloem.files.sweep` can tell a file that is being written from one that was left behind.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from phloem.errors import PhloemError

CHUNK_BYTES = 256 * 1024
"""How much is copied at a time."""


class FileTooLarge(PhloemError, ValueError):
    """More bytes came than the limit allows; nothing of them is kept."""

    code = "file_too_large"

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(f"the file is larger than {limit:,} bytes")


def partial(path: Path) -> Path:
    """Where a file is written that is to appear at `path`."""
    return path.with_name(f".{path.name}.part")


@contextmanager
def hidden(path: Path) -> Iterator[BinaryIO]:
    """A stream to the file that is to appear at `path`, locked meanwhile. If the block fails, nothing is left of it.

    The block makes the file appear, by renaming `partial(path)`.
    """
    hidden_path = partial(path)
    with _locked(hidden_path) as stream:
        try:
            yield stream
        except BaseException:
            hidden_path.unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            raise


def copy(source: BinaryIO, target: BinaryIO, limit: int | None) -> int:
    """Copies `source` to its end. Returns its size in bytes. Raises FileTooLarge once that is over `limit`."""
    size = 0
    while chunk := source.read(CHUNK_BYTES):
        size += len(chunk)
        if limit is not None and size > limit:
            raise FileTooLarge(limit)
        target.write(chunk)
    return size


def _locked(path: Path) -> BinaryIO:
    """A new file that is locked."""
    while True:
        stream = path.open("xb")
        fcntl.flock(stream, fcntl.LOCK_EX)
        if os.fstat(stream.fileno()).st_nlink:
            return stream
        stream.close()  # between the two calls, a sweep took it for one that was left behind

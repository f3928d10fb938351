"""Files that a job makes, and how its result names them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

from phloem.files import StoredFile, StoreFull
from phloem.jobs.app import files
from phloem.jobs.errors import JobError


def keep(source: BinaryIO | Path, filename: str, content_type: str, *, limit: int | None = None) -> StoredFile:
    """Keeps a file for as long as the task is kept. Raises JobError if as many are kept as may be."""
    try:
        return files.add("files", source, filename, content_type, limit=limit)
    except StoreFull as full:
        raise JobError(f"{filename} was not kept: {full}.") from None


def named(file: StoredFile) -> dict[str, Any]:
    """A file as an item of `files` in a result, where the page finds it."""
    return {"id": file.id, "filename": file.filename, "content_type": file.content_type, "size": file.size}

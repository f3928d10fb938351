"""Files that a job makes, whose they are, and how its result names them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

from celery import current_task

from phloem.files import Origin, StoredFile, StoreFull
from phloem.jobs.app import files
from phloem.jobs.errors import JobError
from phloem.progress.current import current


def owner() -> str | None:
    """Whose the task is that runs here. A task of an owner reads files of theirs alone."""
    run = current()
    return None if run is None else run.owner


def keep(source: BinaryIO | Path, filename: str, content_type: str, *, limit: int | None = None) -> StoredFile:
    """Keeps a file for as long as the task is kept. Raises JobError if as many are kept as may be."""
    try:
        return files.add("files", source, filename, content_type, limit=limit, origin=_origin())
    except StoreFull as full:
        raise JobError(f"{filename} was not kept: {full}.") from None


def _origin() -> Origin:
    request = current_task.request if current_task else None
    if request is None or request.called_directly:
        return Origin(owner=owner())
    return Origin(owner=owner(), task_id=request.id, root_id=request.root_id)


def named(file: StoredFile) -> dict[str, Any]:
    """A file as an item of `files` in a result, where the page finds it."""
    return {"id": file.id, "filename": file.filename, "content_type": file.content_type, "size": file.size}

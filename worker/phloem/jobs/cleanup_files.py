"""Deletes old files: a job for a schedule, or for when space is needed now."""

from __future__ import annotations

import time
from typing import Annotated, Any

from msgspec import Meta

import phloem
from phloem.files import Kind
from phloem.files.sweep import sweep
from phloem.jobs.app import app, files, settings
from phloem.jobs.errors import JobError
from phloem.jobs.results import owner

Days = Annotated[float, Meta(ge=0, le=3650)]

LISTED_FILES = 100
"""Most files that the result lists; the log has a line for each."""


@app.task(
    name="phloem.jobs.cleanup_files",
    shared=False,  # known to this app alone, not to every app of the process
    throws=(JobError,),
    soft_time_limit=10 * 60,
    time_limit=11 * 60,
)
def cleanup_files(older_than: Days = 30, dry_run: bool = False) -> dict[str, Any]:
    """Deletes old uploads, and results whose tasks are no longer kept.

    What killed jobs have left behind goes in any case. If the clean-up has an owner, it deletes
    files of that owner alone.

    Args:
        older_than: days, of uploads; results stay as long as the tasks that they belong to
        dry_run: only say what would be deleted
    """
    now = time.time()
    days: dict[Kind, float] = {"uploads": older_than, "files": settings.retention_days}
    done = "Would delete" if dry_run else "Deleted"
    found, freed = [], 0
    with phloem.step("Cleaning up", unit="file") as step:
        for kind, old in days.items():
            try:
                for swept in sweep(files.folder(kind), now - old * 86400, owner=owner(), dry_run=dry_run):
                    name = swept.filename or "left behind by a job that was killed"
                    phloem.log(f"{done} {kind}/{swept.id} ({name}), {swept.size:,} bytes")
                    found.append({"id": swept.id, "kind": kind, "filename": swept.filename, "size": swept.size})
                    freed += swept.size
                    step.advance()
            except NotADirectoryError as error:
                raise JobError(f"{error}, so nothing in it was touched.") from None
        step.total = len(found)
    phloem.log(f"{done} {len(found):,} files, {freed:,} bytes")
    return {"dry_run": dry_run, "count": len(found), "freed": freed, "deleted": found[:LISTED_FILES]}

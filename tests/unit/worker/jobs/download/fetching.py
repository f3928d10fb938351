"""What the job `fetch_url` returns."""

from __future__ import annotations

from typing import Any

from phloem.files import FileStore
from phloem.jobs.fetch_url import fetch_url

LIMIT = 100_000


def fetched(url: str) -> dict[str, Any]:
    """The result, of one try: outside a worker a task that asks for another one would begin it at once."""
    return dict(fetch_url._orig_run(url))


def content(store: FileStore, result: dict[str, Any]) -> bytes:
    [file] = result["files"]
    stored = store.get("files", file["id"])
    assert stored is not None
    assert stored.size == file["size"]
    return stored.path.read_bytes()

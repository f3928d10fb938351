"""The nightly clean-up: how long files stay."""

from __future__ import annotations

import io
from pathlib import Path

import msgspec
import pytest

from phloem.files import FileStore, Kind
from phloem.jobs import cleanup_files as module
from phloem.jobs.cleanup_files import cleanup_files
from phloem.jobs.settings import JobSettings

DAY = 86400.0


def kept(store: FileStore, kind: Kind, days: float) -> str:
    """A file of that age."""
    file = store.add(kind, io.BytesIO(b"x"), "x", "")
    beside = file.path.with_suffix(".json")
    beside.write_bytes(
        msgspec.json.encode({**msgspec.json.decode(beside.read_bytes()), "created_at": file.created_at - days * DAY})
    )
    return file.id


@pytest.mark.parametrize("retention", [7, 365])
def test_results_stay_as_long_as_their_tasks_and_uploads_as_one_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, retention: int
) -> None:
    store = FileStore(tmp_path)
    monkeypatch.setattr(module, "files", store)
    monkeypatch.setattr(module, "settings", JobSettings(retention_days=retention))
    old, young = kept(store, "files", retention + 1), kept(store, "files", retention - 1)
    upload, other = kept(store, "uploads", 31), kept(store, "uploads", 29)

    assert {each["id"] for each in cleanup_files()["deleted"]} == {old, upload}
    assert store.get("files", young)
    assert store.get("uploads", other)
    assert {each["id"] for each in cleanup_files(older_than=0)["deleted"]} == {other}

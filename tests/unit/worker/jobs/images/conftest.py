"""A store for uploaded pictures, and the pictures that are made of them."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from phloem.files import FileStore
from phloem.jobs import resize_image as module
from phloem.jobs import results
from tests.unit.worker.jobs.images.kinds import Upload


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FileStore:
    store = FileStore(tmp_path)
    for each in (module, results):
        monkeypatch.setattr(each, "files", store)
    return store


@pytest.fixture
def upload(store: FileStore) -> Upload:
    """Keeps content as an upload and gives its id."""

    def add(content: bytes, filename: str = "cat.jpg") -> str:
        return store.add("uploads", io.BytesIO(content), filename, "image/jpeg").id

    return add


@pytest.fixture
def images(store: FileStore) -> Callable[[dict[str, Any]], list[Image.Image]]:
    """Opens the files of a result."""

    def opened(result: dict[str, Any]) -> list[Image.Image]:
        found: list[Image.Image] = []
        for each in result["files"]:
            stored = store.get("files", each["id"])
            assert stored is not None
            assert (stored.filename, stored.content_type, stored.size) == (
                each["filename"],
                each["content_type"],
                each["size"],
            )
            assert stored.path.stat().st_size == each["size"]
            image = Image.open(io.BytesIO(stored.path.read_bytes()))
            image.load()
            assert image.size == (each["width"], each["height"])
            found.append(image)
        return found

    return opened

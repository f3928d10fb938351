"""Files that people upload, and files that tasks make.

Each is kept under an id that the store makes, with a description beside it:

    <data folder>/uploads/<id>    <data folder>/uploads/<id>.json
    <data folder>/files/<id>      <data folder>/files/<id>.json

The name of a file is data, and never part of a path. The description appears last, and the store does not know a file
without one, so nothing half-written is served. What a crash leaves behind begins with a dot or has no description.
"""

from __future__ import annotations

import os
import re
import secrets
import time
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Annotated, BinaryIO, Literal

import msgspec

from phloem.errors import PhloemError
from phloem.files.names import clean_name, clean_type
from phloem.files.writing import copy, hidden, partial

Kind = Literal["uploads", "files"]
"""The two folders: files that people uploaded, and files that tasks made."""

Upload = Annotated[
    str,
    msgspec.Meta(
        # The pattern is only for forms: msgspec 0.22 crashes on `Upload | list[Upload]` where it checks one itself. The
        # store knows no file by any other text of this length.
        min_length=32,
        max_length=32,
        description="the id of an uploaded file",
        extra_json_schema={"format": "upload", "pattern": "^[0-9a-f]{32}$"},
    ),
]
"""The type of a task's argument that is the id of an upload."""

FILES_LIMIT = 10_000
"""Most files of one kind by default: so many are still listed in a moment."""

_ID = re.compile(r"[0-9a-f]{32}")


FILES_BYTES = 10 * 1024**3
"""Most bytes of all files of one kind by default."""


class StoreFull(PhloemError, ValueError):
    """There are as many files, or as many bytes of them, as there may be. `kept` says how many."""

    code = "store_full"

    def __init__(self, kept: str, setting: str) -> None:
        super().__init__(f"{kept} are kept already, and no more may be ({setting})")


class Origin(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a file comes from: whose it is, and which task of which workflow made it. None is not known."""

    owner: str | None = None
    task_id: str | None = None
    root_id: str | None = None


UNKNOWN = Origin()
"""The origin of a file of which nobody said where it comes from."""


class Description(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept beside a file. `size` is in bytes, `created_at` in Unix seconds."""

    filename: str
    content_type: str
    size: int
    created_at: float
    origin: Origin = UNKNOWN


class StoredFile(Description, frozen=True, kw_only=True):
    """A file in the store."""

    id: str
    path: Path


class FileStore:
    """Uploads and results in one data folder, which any number of processes may share."""

    def __init__(self, data_dir: Path, *, most: int = FILES_LIMIT, most_bytes: int = FILES_BYTES) -> None:
        """`most` is the number of files of one kind that may be kept, `most_bytes` what they may have together.

        The last one may go beyond that.
        """
        self._data_dir = data_dir
        self._most = most
        self._most_bytes = most_bytes

    def folder(self, kind: Kind) -> Path:
        """The folder of files of this kind; it is made with the first of them."""
        return self._data_dir / kind

    def add(
        self,
        kind: Kind,
        source: BinaryIO | Path,
        filename: str,
        content_type: str,
        *,
        limit: int | None = None,
        origin: Origin = UNKNOWN,
    ) -> StoredFile:
        """Keeps a copy of `source`, which is read from its current position to its end.

        Raises FileTooLarge once more than `limit` bytes were read, StoreFull if as many files or bytes are kept as may
        be, and OSError if they cannot be written.
        """
        if isinstance(source, Path):
            with source.open("rb") as stream:
                return self.add(kind, stream, filename, content_type, limit=limit, origin=origin)
        folder = self.folder(kind)
        folder.mkdir(parents=True, exist_ok=True)
        self._check_room(folder)
        path = folder / secrets.token_hex(16)
        with hidden(path) as content, hidden(path.with_suffix(".json")) as beside:
            size = copy(source, content, limit)
            described = Description(
                filename=clean_name(filename),
                content_type=clean_type(content_type),
                size=size,
                created_at=time.time(),
                origin=origin,
            )
            beside.write(msgspec.json.encode(described))
            for part in (content, beside):
                part.flush()
                os.fsync(part.fileno())
            partial(path).replace(path)
            partial(path.with_suffix(".json")).replace(path.with_suffix(".json"))
        return _stored(path, described)

    def _check_room(self, folder: Path) -> None:
        count = size = 0
        for entry in os.scandir(folder):
            count += 1
            with suppress(FileNotFoundError):  # swept meanwhile
                size += entry.stat(follow_symlinks=False).st_size
        if count >= 2 * self._most:  # each has its description beside it
            raise StoreFull(f"{self._most:,} files", "PHLOEM_FILES_LIMIT")
        if size >= self._most_bytes:
            raise StoreFull(f"Files of {self._most_bytes:,} bytes", "PHLOEM_FILES_BYTES")

    def get(self, kind: Kind, file_id: str, *, owner: str | None = None) -> StoredFile | None:
        """The file with this id; None if there is none. With an `owner`, only one of theirs is there.

        A text that is not an id is not looked for on the disk.
        """
        if not _ID.fullmatch(file_id):
            return None
        path = self._data_dir / kind / file_id
        beside = path.with_suffix(".json")
        try:
            described = _described(beside, beside.stat().st_mtime_ns)
        except FileNotFoundError:
            return None
        if described is None or (owner is not None and described.origin.owner != owner):
            return None
        return _stored(path, described) if path.is_file() else None

    def find(self, file_id: str, *, owner: str | None = None) -> StoredFile | None:
        """The file with this id, a result or an upload, as `get`."""
        return self.get("files", file_id, owner=owner) or self.get("uploads", file_id, owner=owner)


# Kept, so that a file of others, which is refused, is looked for about as fast as one that is not there.
@lru_cache(maxsize=1000)
def _described(beside: Path, _changed: int) -> Description | None:
    """The description in a file that was changed then; None if it cannot be read."""
    try:
        return msgspec.json.decode(beside.read_bytes(), type=Description)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _stored(path: Path, described: Description) -> StoredFile:
    fields = {name: getattr(described, name) for name in Description.__struct_fields__}
    return StoredFile(id=path.name, path=path, **fields)

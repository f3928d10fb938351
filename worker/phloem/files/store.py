"""Files that people upload and files that tasks make.

Each lies under an id of its own making, with a description beside it:

    <data folder>/uploads/<id>    <data folder>/uploads/<id>.json
    <data folder>/files/<id>      <data folder>/files/<id>.json

A file's own name is data, never part of a path. The description appears last, and a file without
one is not there, so nothing half-written is ever served; what a crash leaves behind begins with a
dot or has no description. Whoever writes holds a lock on what is not yet there, and a process that
dies lets go of it: so `phloem.files.sweep` tells what is being written from what was left behind.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Annotated, BinaryIO, Literal

import msgspec

from phloem.errors import PhloemError

Kind = Literal["uploads", "files"]
"""The two folders: what came from people, and what tasks made."""

Upload = Annotated[
    str,
    msgspec.Meta(
        # The pattern is for forms alone: msgspec 0.22 dies of `Upload | list[Upload]` where it has one to check itself.
        # Whatever else has this length, the store knows no file by it.
        min_length=32,
        max_length=32,
        description="the id of an uploaded file",
        extra_json_schema={"format": "upload", "pattern": "^[0-9a-f]{32}$"},
    ),
]
"""The type of a task's argument that is the id of an upload."""

CHUNK = 256 * 1024
"""Bytes copied at a time."""

NAME_LIMIT = 255
"""Bytes of a file name in UTF-8: what common file systems hold, so that a download can be saved."""

SUFFIX_LIMIT = 16
"""Bytes of what follows the last dot; more is no suffix but part of the name."""

MOST = 10_000
"""Files of one kind, unless PHLOEM_FILES_LIMIT says otherwise: so many are still listed in a moment."""

UNKNOWN_TYPE = "application/octet-stream"

_ID = re.compile(r"[0-9a-f]{32}")
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}")


class FileTooLarge(PhloemError, ValueError):
    """More bytes came than the limit allows; nothing of them is kept."""

    code = "file_too_large"

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(f"the file is larger than {limit:,} bytes")


class StoreFull(PhloemError, ValueError):
    """There are as many files as there may be."""

    code = "store_full"

    def __init__(self, most: int) -> None:
        self.most = most
        super().__init__(f"{most:,} files are kept already, and no more may be (PHLOEM_FILES_LIMIT)")


class StoredFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file in the store. `size` in bytes, `created_at` in Unix seconds."""

    id: str
    filename: str
    content_type: str
    size: int
    created_at: float
    path: Path


class Description(msgspec.Struct, frozen=True, kw_only=True):
    """What lies beside a file."""

    filename: str
    content_type: str
    size: int
    created_at: float


class FileStore:
    """Uploads and results in one data folder. Any number of processes may use the same one."""

    def __init__(self, data_dir: Path, *, most: int = MOST) -> None:
        self._data_dir = data_dir
        self._most = most

    def folder(self, kind: Kind) -> Path:
        """Where files of this kind lie; it is made with the first of them."""
        return self._data_dir / kind

    def add(
        self,
        kind: Kind,
        source: BinaryIO | Path,
        filename: str,
        content_type: str,
        *,
        limit: int | None = None,
    ) -> StoredFile:
        """Keeps a copy of `source`, read from where it stands to its end.

        FileTooLarge as soon as more than `limit` bytes have come. StoreFull where there are too many
        already. OSError when the disk refuses.
        """
        if isinstance(source, Path):
            with source.open("rb") as stream:
                return self.add(kind, stream, filename, content_type, limit=limit)
        folder = self.folder(kind)
        folder.mkdir(parents=True, exist_ok=True)
        if sum(1 for _ in os.scandir(folder)) >= 2 * self._most:  # each has its description beside it
            raise StoreFull(self._most)
        path = folder / secrets.token_hex(16)
        with _unseen(path) as copy, _unseen(path.with_suffix(".json")) as beside:
            size = _copied(source, copy, limit)
            described = Description(
                filename=clean_name(filename),
                content_type=clean_type(content_type),
                size=size,
                created_at=time.time(),
            )
            beside.write(msgspec.json.encode(described))
            for part in (copy, beside):
                part.flush()
                os.fsync(part.fileno())
            _partial(path).replace(path)
            _partial(path.with_suffix(".json")).replace(path.with_suffix(".json"))
        return _stored(path, described)

    def get(self, kind: Kind, file_id: str) -> StoredFile | None:
        """The file by that id; None if there is none. What is no id never reaches the disk."""
        if not _ID.fullmatch(file_id):
            return None
        path = self._data_dir / kind / file_id
        try:
            described = msgspec.json.decode(path.with_suffix(".json").read_bytes(), type=Description)
        except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):  # none, or none that can be read
            return None
        return _stored(path, described) if path.is_file() else None

    def find(self, file_id: str) -> StoredFile | None:
        """The file by that id, be it a result or an upload."""
        return self.get("files", file_id) or self.get("uploads", file_id)


def clean_name(filename: str) -> str:
    """A file's name, fit to be shown and offered for saving; "file" if nothing is left of it.

    Its last part, without control, direction and other unseen characters, in at most 255 bytes.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", filename))[-1]
    seen = "".join(each for each in last if _seen(each))
    name = " ".join(seen.split())
    if not name.strip(". "):
        return "file"
    # What is clipped is not the suffix, unless it is none.
    suffix = PurePosixPath(name).suffix
    if len(suffix.encode()) > SUFFIX_LIMIT:
        suffix = ""
    stem = name.removesuffix(suffix).encode()[: NAME_LIMIT - len(suffix.encode())]
    return stem.decode(errors="ignore") + suffix


def clean_type(content_type: str) -> str:
    """A media type without parameters; application/octet-stream for what is none."""
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type if _TYPE.fullmatch(media_type) else UNKNOWN_TYPE


def _seen(character: str) -> bool:
    # Of the format characters (Cf: direction marks, zero-width spaces) the two joiners are part of
    # how words are spelt and emoji are put together.
    if character.isspace() or character in "\u200c\u200d":
        return True
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn")


def _stored(path: Path, described: Description) -> StoredFile:
    return StoredFile(id=path.name, path=path, **msgspec.structs.asdict(described))


def _copied(source: BinaryIO, copy: BinaryIO, limit: int | None) -> int:
    """Copies all that comes; how many bytes that were."""
    size = 0
    while chunk := source.read(CHUNK):
        size += len(chunk)
        if limit is not None and size > limit:
            raise FileTooLarge(limit)
        copy.write(chunk)
    return size


def _partial(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")


@contextmanager
def _unseen(path: Path) -> Iterator[BinaryIO]:
    """A stream to what is to appear at `path`, locked meanwhile. If the block fails, nothing of it stays."""
    partial = _partial(path)
    with _locked(partial) as stream:
        try:
            yield stream
        except BaseException:
            partial.unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            raise


def _locked(path: Path) -> BinaryIO:
    """A file that is made and locked."""
    while True:
        stream = path.open("xb")
        fcntl.flock(stream, fcntl.LOCK_EX)
        if os.fstat(stream.fileno()).st_nlink:
            return stream
        stream.close()  # a sweep came between the two and took it for left behind

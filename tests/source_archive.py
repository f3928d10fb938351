"""Source archives of packages that are installed: they hold the packages' own tests, which wheels leave out."""

from __future__ import annotations

import importlib.metadata
import sys
import tarfile
from pathlib import Path

SOURCES = Path(sys.prefix, "sources")
"""Where `bin/test` puts them, by the hashes in requirements/."""


def unpack(package: str, folder: Path, *parts: str) -> Path:
    """Unpack `parts` (files and folders) of a package's archive into `folder`; the folder that they are in.

    AssertionError if the archive is not there.
    """
    top = f"{package}-{importlib.metadata.version(package)}"
    archive = SOURCES / f"{top}.tar.gz"
    assert archive.exists(), f"{archive} is not there: bin/test fetches it"
    with tarfile.open(archive) as opened:
        wanted = [
            member
            for member in opened.getmembers()
            if any(member.name == f"{top}/{part}" or member.name.startswith(f"{top}/{part}/") for part in parts)
        ]
        filtered = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}  # not in Python 3.11.3 and before
        opened.extractall(folder, wanted, **filtered)  # type: ignore[arg-type]
    return folder / top

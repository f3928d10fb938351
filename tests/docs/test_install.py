"""The pages that set Phloem up: everything works as printed in a clone, and from the wheels."""

from __future__ import annotations

import os
import site
import venv
from pathlib import Path

import pytest

from tests.docs.pages import INSTALLING, OPERATING, TUTORIAL
from tests.docs.reader import Reader
from tests.processes import ROOT, free_port, settings

pytestmark = pytest.mark.timeout(900)  # it builds and installs the wheels


def installing(folder: Path, redis_port: int, port: int) -> dict[str, str]:
    """The environment of a machine that has Python and git, in `folder`, and nothing running."""
    venv.create(folder / "venv", symlinks=True)
    found = settings(port, f"redis://127.0.0.1:{redis_port}/0", folder / "var")
    return {
        **found,
        "PATH": f"{folder / 'venv' / 'bin'}{os.pathsep}{found['PATH']}",
        # What Phloem needs has been installed: pip and Python find it there, and Phloem itself comes from the wheels.
        "PYTHONPATH": site.getsitepackages()[0],
        "PIP_NO_DEPS": "1",
        "PIP_FORCE_REINSTALL": "1",
        "PIP_NO_INDEX": "1",
    }


def test_installing_works_as_printed(redis_url: str, tmp_path: Path) -> None:
    ports = {"8001": free_port(), "6390": int(redis_url.rpartition(":")[2].partition("/")[0])}
    with Reader(tmp_path / "clone", installing(tmp_path, ports["6390"], free_port()), ports) as reader:
        in_the_clone(reader)
        reader.follow(INSTALLING)
        assert_installed(reader, tmp_path / "venv")


def test_operating_works_as_printed(redis_url: str, tmp_path: Path) -> None:
    ports = {each: free_port() for each in ("8000", "8010", "6391", "6326")}
    redis_port = int(redis_url.rpartition(":")[2].partition("/")[0])
    with Reader(tmp_path / "clone", installing(tmp_path, redis_port, ports["8000"]), ports) as reader:
        in_the_clone(reader)
        reader.follow(OPERATING)


def test_the_tutorial_works_as_printed_in_an_empty_folder(tmp_path: Path) -> None:
    ports = {each: free_port() for each in ("8000", "6390")}
    with Reader(tmp_path / "empty", installing(tmp_path, ports["6390"], ports["8000"]), ports) as reader:
        (reader.folder / "phloem").symlink_to(ROOT)
        reader.follow(TUTORIAL)
        assert_installed(reader, reader.folder / "shop" / ".venv")


def in_the_clone(reader: Reader) -> None:
    """Let the folder of the reader be one in which a clone's commands work."""
    for name in ("bin", ".venv", "dist"):
        (reader.folder / name).symlink_to(ROOT / name)


def assert_installed(reader: Reader, environment: Path) -> None:
    """What was run came from the wheels, and not from the clone."""
    for package in ("phloem", "phloem_server"):
        where = reader.asks(f"python -c 'import {package}; print({package}.__file__)'")
        assert Path(where).is_relative_to(environment)

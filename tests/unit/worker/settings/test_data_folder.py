"""The data folder is its owner's alone, also one that was open before."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from phloem.files import FileStore
from phloem.settings import Settings
from phloem.settings.data_folder import keep_private


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    """What a shell has; it is set back, since this process runs other tests."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def opened(tmp_path: Path) -> Path:
    """A folder that an earlier version left, which everyone may read."""
    folder = tmp_path / "var"
    for name in ("uploads", "mailbox", "redis/appendonlydir"):
        (folder / name).mkdir(parents=True)
        (folder / name / "content").write_text("private")
    for name in ("secret-key", "redis-password-6390", "beat", "web.log"):
        (folder / name).write_text("private")
    (folder / "mine.sh").touch(0o755)
    return folder


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_made_is_its_owners_alone(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "var")
    assert settings.make_data_dir() is None
    (tmp_path / "source").write_text("text")
    stored = FileStore(settings.data_dir).add("files", tmp_path / "source", "name.txt", "text/plain")
    assert {mode(settings.data_dir), mode(stored.path.parent)} == {0o700}
    assert {mode(path) for path in stored.path.parent.iterdir()} == {0o600}


def test_what_was_open_is_closed_once_and_that_is_said(opened: Path) -> None:
    said = keep_private(opened)
    assert (
        said
        == f"What is kept in {opened} was open to other users of this machine; it is its owner's alone from now on."
    )
    ours = [path for path in opened.rglob("*") if path.name != "mine.sh"]
    assert {mode(path) for path in ours if path.is_file()} == {0o600}
    assert {mode(path) for path in [opened, *ours] if path.is_dir()} == {0o700}
    assert keep_private(opened) is None


def test_nothing_is_said_of_what_nobody_else_could_reach(opened: Path) -> None:
    opened.chmod(0o700)
    assert keep_private(opened) is None
    assert mode(opened / "secret-key") == 0o600


def test_what_is_not_ours_stays_as_it_is(opened: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.touch(0o644)
    (opened / "uploads" / "link").symlink_to(elsewhere)
    (opened / "files").symlink_to(tmp_path)
    keep_private(opened)
    assert (mode(opened / "mine.sh"), mode(elsewhere)) == (0o755, 0o644)


def test_a_folder_that_serves_others_as_well_stays_open_but_for_what_is_ours(opened: Path) -> None:
    opened.chmod(0o1777)  # as /tmp is
    keep_private(opened)
    modes = [mode(path) for path in (opened, opened / "uploads", opened / "web.log")]
    assert modes == [0o1777, 0o700, 0o644]

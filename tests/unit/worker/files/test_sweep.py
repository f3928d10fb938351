"""What a sweep deletes, and above all what it does not."""

from __future__ import annotations

import fcntl
import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from phloem.files import FileStore, Origin, StoredFile, StoreFull
from phloem.files.sweep import Swept, sweep
from tests.waiting import wait_until

NOW = 2_000_000_000.0
DAY = 86400.0


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "data")


@pytest.fixture
def folder(store: FileStore) -> Path:
    folder = store.folder("uploads")
    folder.mkdir(parents=True)
    return folder


def kept(store: FileStore, days: float, name: str = "cat.jpg") -> StoredFile:
    """An upload of that age."""
    file = store.add("uploads", io.BytesIO(b"x" * 1000), name, "image/jpeg")
    beside = file.path.with_suffix(".json")
    described = msgspec.json.decode(beside.read_bytes())
    beside.write_bytes(msgspec.json.encode({**described, "created_at": NOW - days * DAY}))
    return file


def swept(folder: Path, days: float = 30, *, dry_run: bool = False) -> list[Swept]:
    return list(sweep(folder, NOW - days * DAY, dry_run=dry_run))


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*")}


def test_what_is_older_goes_and_what_is_not_stays(store: FileStore, folder: Path) -> None:
    old, older, fresh = kept(store, 30.1, "a.jpg"), kept(store, 400, "b.jpg"), kept(store, 29.9)

    found = swept(folder)

    assert {(each.id, each.filename) for each in found} == {(old.id, "a.jpg"), (older.id, "b.jpg")}
    assert all(each.size > 1000 for each in found)
    assert names(folder) == {fresh.id, f"{fresh.id}.json"}
    assert store.get("uploads", old.id) is None


def test_who_cleans_up_for_an_owner_takes_nothing_of_others(store: FileStore, folder: Path) -> None:
    for owner in ("acme", "bolt", None):
        store.add("uploads", io.BytesIO(b"x"), f"{owner}.jpg", "", origin=Origin(owner=owner))
    left_behind = f".{'0' * 32}.part"
    (folder / left_behind).write_bytes(b"half")
    found = list(sweep(folder, time.time() + DAY, owner="acme"))
    assert [each.filename for each in found] == ["acme.jpg"]
    assert left_behind in names(folder)
    assert {each.filename for each in sweep(folder, time.time() + DAY)} == {"bolt.jpg", "None.jpg", None}


def test_a_dry_run_says_the_same_and_deletes_nothing(store: FileStore, folder: Path) -> None:
    kept(store, 31)
    (folder / f".{'0' * 32}.part").write_bytes(b"half")
    before = names(folder)

    told = swept(folder, dry_run=True)

    assert names(folder) == before
    assert swept(folder) == told
    assert len(told) == 2


def test_what_a_killed_process_left_behind_goes_however_young(folder: Path) -> None:
    one, two, three = ("1" * 32, "2" * 32, "3" * 32)
    for name in (f".{one}.part", f".{one}.json.part", two, f"{three}.json"):
        (folder / name).write_bytes(b"half")

    found = swept(folder, days=10_000)

    assert [(each.filename, each.size) for each in found] == [(None, 4)] * 4
    assert names(folder) == set()


def test_what_two_sweeps_find_is_told_by_one_of_them(
    store: FileStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        kept(store, 31)
    real, theirs = os.unlink, list[Swept]()

    def unlink(name: str, *, dir_fd: int) -> None:
        monkeypatch.setattr("phloem.files.sweep.os.unlink", real)
        theirs.extend(swept(folder))  # before the first file goes
        real(name, dir_fd=dir_fd)
        theirs.extend(swept(folder))  # and when nothing but its description went

    monkeypatch.setattr("phloem.files.sweep.os.unlink", unlink)
    ours = swept(folder)

    assert sorted(each.filename or "" for each in ours + theirs) == ["cat.jpg"] * 3
    assert len({each.id for each in ours + theirs}) == 3
    assert names(folder) == set()


WRITER = """
import sys
from pathlib import Path
from phloem.files import FileStore

class Endless:
    def read(self, size):
        print("reading", flush=True)
        return sys.stdin.buffer.read1(size)

FileStore(Path(sys.argv[1])).add("uploads", Endless(), "cat.jpg", "image/jpeg")
"""


def test_without_its_lock_what_another_process_writes_is_taken_for_left_behind(folder: Path) -> None:
    unlocked = f"import fcntl\nfcntl.flock = lambda *_: None\n{WRITER}"
    with subprocess.Popen(
        [sys.executable, "-c", unlocked, str(folder.parent)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"reading\n"
        assert len(swept(folder)) == 2
        writer.kill()


@pytest.mark.parametrize("end", ["killed", "finished"])
def test_what_another_process_writes_is_left_until_it_is_dead(store: FileStore, folder: Path, end: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder.parent)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdin is not None
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"reading\n"
        writer.stdin.write(b"half")
        writer.stdin.flush()
        assert writer.stdout.readline() == b"reading\n"
        before = names(folder)
        assert len(before) == 2

        assert swept(folder, days=-10_000) == []
        assert names(folder) == before

        if end == "killed":
            writer.send_signal(signal.SIGKILL)
        else:
            writer.stdin.close()
        writer.wait(10)
    if end == "killed":
        assert len(swept(folder)) == 2
        assert names(folder) == set()
    else:
        assert swept(folder, days=10_000) == []
        assert len(names(folder)) == 2


def test_a_writer_that_a_sweep_came_before_begins_again(
    store: FileStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, swept_away = fcntl.flock, list[str]()

    def flock(stream: io.BufferedWriter, operation: int) -> None:
        if not swept_away:  # between the making of the file and its lock
            swept_away.append(stream.name)
            Path(stream.name).unlink()
        real(stream, operation)

    monkeypatch.setattr("fcntl.flock", flock)
    added = store.add("uploads", io.BytesIO(b"whole"), "x", "")

    assert len(swept_away) == 1
    assert added.path.read_bytes() == b"whole"


def test_links_are_not_followed(store: FileStore, folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    precious = outside / ("9" * 32)
    precious.write_text("precious")
    beside = precious.with_suffix(".json")
    beside.write_text('{"filename":"x","content_type":"a/b","size":8,"created_at":0}')
    for each in (precious, beside):
        (folder / each.name).symlink_to(each)
    (folder / f".{'8' * 32}.part").symlink_to(precious)
    (folder / ("7" * 32)).symlink_to(outside, target_is_directory=True)
    before = names(folder)

    assert swept(folder, days=0) == []
    assert names(folder) == before
    assert precious.read_text() == "precious"


def test_a_folder_that_is_a_link_is_refused(store: FileStore, tmp_path: Path) -> None:
    kept(store, 100)
    link = tmp_path / "link"
    link.symlink_to(store.folder("uploads"), target_is_directory=True)

    with pytest.raises(NotADirectoryError, match="is no folder of its own"):
        swept(link)
    assert len(names(store.folder("uploads"))) == 2


def test_what_no_store_has_written_is_left_alone(folder: Path) -> None:
    (folder / "README").write_text("mine")
    (folder / ("A" * 32)).write_text("mine")
    (folder / f".{'1' * 31}.part").write_text("mine")
    (folder / ("2" * 32)).mkdir()
    os.mkfifo(folder / ("3" * 32))
    before = names(folder)

    assert swept(folder, days=0) == []
    assert names(folder) == before


def test_a_folder_that_is_not_there_has_nothing_to_delete(tmp_path: Path) -> None:
    assert swept(tmp_path / "none") == []


@pytest.mark.parametrize("described", [b"{", b'{"filename": "\xff"}'])
def test_of_a_file_whose_description_cannot_be_read_its_own_age_counts(
    store: FileStore, folder: Path, described: bytes
) -> None:
    file = kept(store, 0)
    beside = file.path.with_suffix(".json")
    beside.write_bytes(described)
    os.utime(beside, (NOW - 31 * DAY, NOW - 31 * DAY))

    assert [each.id for each in swept(folder)] == [file.id]


def test_no_more_files_are_kept_than_there_may_be(tmp_path: Path) -> None:
    store = FileStore(tmp_path, most=2)
    for _ in range(2):
        store.add("uploads", io.BytesIO(b"x"), "x", "")
    with pytest.raises(StoreFull, match=r"^2 files are kept already"):
        store.add("uploads", io.BytesIO(b"x"), "x", "")
    store.add("files", io.BytesIO(b"x"), "x", "")

    wait_until(lambda: time.time() > store.folder("uploads").stat().st_mtime, what="time passes")
    assert len(list(sweep(store.folder("uploads"), time.time()))) == 2
    store.add("uploads", io.BytesIO(b"x"), "x", "")

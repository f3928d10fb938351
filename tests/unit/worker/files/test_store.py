"""The file store: names are data, ids are checked, and nothing half-written is there."""

from __future__ import annotations

import io
from pathlib import Path
from typing import BinaryIO

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phloem.files import FileStore, FileTooLarge, Kind, Origin, Upload, clean_name, clean_type
from phloem.instrument.signature import ArgumentsError, Signature


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "data")


def below(folder: Path) -> set[str]:
    """Names of everything in a folder that may not be there."""
    return {path.name for path in folder.rglob("*") if path.is_file()}


class Failing(io.BytesIO):
    """A stream that breaks off after its content, as a connection does."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(size) or self._break()

    def _break(self) -> bytes:
        raise ConnectionResetError("gone")


def test_a_file_comes_back_as_it_was(store: FileStore) -> None:
    content = bytes(range(256)) * 4096

    added = store.add("uploads", io.BytesIO(content), "cat.jpg", "image/jpeg")
    got = store.get("uploads", added.id)

    assert got == added
    assert got is not None
    assert got.path.read_bytes() == content
    assert (got.filename, got.content_type, got.size) == ("cat.jpg", "image/jpeg", len(content))


def test_where_a_file_comes_from_is_kept_beside_it(store: FileStore, tmp_path: Path) -> None:
    origin = Origin(owner="acme", task_id="t1", root_id="t0")
    added = store.add("files", io.BytesIO(b"x"), "x", "", origin=origin)
    source = tmp_path / "source"
    source.touch()
    from_path = store.add("files", source, "x", "", origin=origin)
    after_restart = FileStore(tmp_path / "data")
    for file_id in (added.id, from_path.id):
        found = after_restart.find(file_id)
        assert found is not None
        assert found.origin == origin


@pytest.mark.parametrize("kind", ["uploads", "files"])
@pytest.mark.parametrize(
    ("its", "asked", "there"), [("acme", "acme", True), ("bolt", "acme", False), (None, "acme", False)]
)
def test_an_owner_has_their_own_files_and_no_others(
    store: FileStore, kind: Kind, its: str | None, asked: str, there: bool
) -> None:
    added = store.add(kind, io.BytesIO(b"x"), "x", "", origin=Origin(owner=its))
    assert (store.find(added.id, owner=asked) is not None) is there
    assert store.find(added.id) == added


def test_a_file_of_which_an_earlier_version_noted_no_origin_has_none(store: FileStore) -> None:
    added = store.add("uploads", io.BytesIO(b"x"), "x", "")
    beside = added.path.with_suffix(".json")
    described = msgspec.json.decode(beside.read_bytes())
    del described["origin"]
    beside.write_bytes(msgspec.json.encode(described))
    assert store.get("uploads", added.id) == added


def test_a_file_can_be_added_from_a_path(store: FileStore, tmp_path: Path) -> None:
    source = tmp_path / "report.csv"
    source.write_text("a,b\n")

    added = store.add("files", source, source.name, "text/csv")

    assert added.path.read_text() == "a,b\n"
    assert source.exists()


def test_an_empty_file_is_a_file(store: FileStore) -> None:
    added = store.add("uploads", io.BytesIO(), "empty", "")

    assert store.get("uploads", added.id) == added
    assert added.size == 0


def test_uploads_and_results_are_apart(store: FileStore) -> None:
    added = store.add("uploads", io.BytesIO(b"x"), "x", "text/plain")

    assert store.get("files", added.id) is None


def test_ids_are_32_hex_digits_and_never_the_same(store: FileStore) -> None:
    ids = {store.add("files", io.BytesIO(b"x"), "same.txt", "text/plain").id for _ in range(20)}

    assert len(ids) == 20
    for each in ids:
        msgspec.convert(each, Upload)


@pytest.mark.parametrize("limit", [0, 1, 9, 10, 11, 300_000])
def test_a_file_over_the_limit_is_refused_and_nothing_is_kept(store: FileStore, tmp_path: Path, limit: int) -> None:
    store.add("uploads", io.BytesIO(b"x" * limit), "fits", "text/plain", limit=limit)
    before = below(tmp_path)

    with pytest.raises(FileTooLarge, match=f"larger than {limit:,} bytes"):
        store.add("uploads", io.BytesIO(b"x" * (limit + 1)), "too large", "", limit=limit)

    assert below(tmp_path) == before


def test_reading_stops_at_the_limit(store: FileStore) -> None:
    endless = io.BytesIO(b"x" * 10_000_000)

    with pytest.raises(FileTooLarge):
        store.add("uploads", endless, "endless", "", limit=1000)

    assert endless.tell() < 1_000_000


def test_a_stream_that_breaks_off_leaves_nothing(store: FileStore, tmp_path: Path) -> None:
    with pytest.raises(ConnectionResetError):
        store.add("uploads", Failing(b"half"), "half.jpg", "image/jpeg")

    assert below(tmp_path) == set()


def test_a_file_is_not_there_before_all_of_it_is(store: FileStore, tmp_path: Path) -> None:
    class Watching(io.BytesIO):
        seen: set[str]

        def read(self, size: int | None = -1) -> bytes:
            self.seen = below(tmp_path)
            return super().read(size)

    source = Watching(b"x" * 1000)
    added = store.add("uploads", source, "x", "")

    assert source.seen
    assert all(name.startswith(".") and name.endswith(".part") for name in source.seen)
    assert below(tmp_path) == {added.id, f"{added.id}.json"}


def test_a_file_without_its_description_is_not_there(store: FileStore) -> None:
    added = store.add("uploads", io.BytesIO(b"x"), "x", "")
    added.path.with_suffix(".json").unlink()

    assert store.get("uploads", added.id) is None


@pytest.mark.parametrize("described", [b"", b"{", b"[]", b'{"filename": 1}', b"\xff", b'{"filename": "\xff"}'])
def test_a_file_whose_description_is_none_is_not_there(store: FileStore, described: bytes) -> None:
    added = store.add("uploads", io.BytesIO(b"x"), "x", "")
    added.path.with_suffix(".json").write_bytes(described)

    assert store.get("uploads", added.id) is None


def test_a_description_without_its_file_is_not_there(store: FileStore) -> None:
    added = store.add("uploads", io.BytesIO(b"x"), "x", "")
    added.path.unlink()

    assert store.get("uploads", added.id) is None


def test_a_full_disk_leaves_no_half(store: FileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: object) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("msgspec.json.encode", full)
    with pytest.raises(OSError, match="No space left"):
        store.add("uploads", io.BytesIO(b"x"), "x", "")

    assert below(tmp_path) == set()


@pytest.mark.parametrize(
    "file_id",
    [
        "",
        ".",
        "..",
        "../../etc/passwd",
        "/etc/passwd",
        "0" * 31,
        "0" * 33,
        "0" * 32 + "\n",
        "A" * 32,
        "g" * 32,
        "٠" * 32,
        "0" * 31 + "/",
        "0" * 31 + "\0",
        "0" * 32 + ".json",
        "." + "0" * 32 + ".part",
    ],
)
def test_what_is_no_id_never_reaches_the_disk(store: FileStore, monkeypatch: pytest.MonkeyPatch, file_id: str) -> None:
    def touched(*_: object) -> bytes:
        raise AssertionError("the disk was touched")

    monkeypatch.setattr(Path, "read_bytes", touched)
    monkeypatch.setattr(Path, "is_file", touched)

    assert store.get("uploads", file_id) is None


def test_an_id_that_nothing_has_gives_nothing(store: FileStore) -> None:
    assert store.get("uploads", "0" * 32) is None


NAMES = [
    ("cat.jpg", "cat.jpg"),
    ("Müller & Söhne (2).pdf", "Müller & Söhne (2).pdf"),
    ("Mu\u0308ller.pdf", "Müller.pdf"),
    ("猫.png", "猫.png"),
    ("../../etc/passwd", "passwd"),
    ("..\\..\\boot.ini", "boot.ini"),
    ("/absolute/cat.jpg", "cat.jpg"),
    ("C:\\fakepath\\cat.jpg", "cat.jpg"),
    ("cat.jpg\0.exe", "cat.jpg.exe"),
    ("cat\r\nSet-Cookie: a=b", "cat Set-Cookie: a=b"),
    ("a\x1b[31mb.txt", "a[31mb.txt"),
    ("a\x7fb\x9bc", "abc"),
    ("photo_\u202egpj.exe", "photo_gpj.exe"),
    ("a\u2066b\u2069c\u200ed\u200be\ufefff", "abcdef"),
    ("می\u200cخواهم.txt", "می\u200cخواهم.txt"),
    ("a\u2028b\u2029c", "a b c"),
    ("bad\udcff.txt", "bad.txt"),
    ("  many   spaces .txt ", "many spaces .txt"),
    ("", "file"),
    (".", "file"),
    ("..", "file"),
    ("a/..", "file"),
    ("a/", "file"),
    ("\0", "file"),
    (" . ", "file"),
    (".bashrc", ".bashrc"),
    ("archive.tar.gz", "archive.tar.gz"),
    ("x" * 300 + ".jpeg", "x" * 250 + ".jpeg"),
    ("é" * 200 + ".jpg", "é" * 125 + ".jpg"),
    ("x." + "y" * 300, "x." + "y" * 253),
]


@pytest.mark.parametrize(("given_name", "kept"), NAMES)
def test_a_name_is_cleaned_for_display(store: FileStore, given_name: str, kept: str) -> None:
    assert store.add("uploads", io.BytesIO(b"x"), given_name, "").filename == kept


@pytest.mark.parametrize("name", [name for name, _ in NAMES])
@pytest.mark.parametrize("kind", ["uploads", "files"])
def test_no_name_leaves_the_folder(store: FileStore, tmp_path: Path, kind: Kind, name: str) -> None:
    added = store.add(kind, io.BytesIO(b"x"), name, "")

    assert added.path.parent == tmp_path / "data" / kind
    assert set(tmp_path.rglob("*")) == {
        tmp_path / "data",
        tmp_path / "data" / kind,
        added.path,
        added.path.with_suffix(".json"),
    }


@settings(deadline=None)  # a busy machine is no fault
@given(st.text(max_size=400))
def test_any_name_becomes_one_that_can_be_saved(name: str) -> None:
    cleaned = clean_name(name)

    assert 1 <= len(cleaned.encode()) <= 255
    assert not set("/\\\0\r\n\u202e") & set(cleaned)
    assert cleaned not in (".", "..")
    assert cleaned == cleaned.strip()


@pytest.mark.parametrize(
    ("given_type", "kept"),
    [
        ("image/jpeg", "image/jpeg"),
        ("Text/Plain; charset=utf-8", "text/plain"),
        ("application/vnd.ms-excel", "application/vnd.ms-excel"),
        ("image/svg+xml", "image/svg+xml"),
        ("", "application/octet-stream"),
        ("image", "application/octet-stream"),
        ("image/png\r\nX-Evil: 1", "application/octet-stream"),
        ("image/png/x", "application/octet-stream"),
        ("a" * 100 + "/b", "application/octet-stream"),
    ],
)
def test_a_content_type_is_one_or_is_unknown(given_type: str, kept: str) -> None:
    assert clean_type(given_type) == kept


def test_a_task_may_take_one_upload_or_several() -> None:
    def one_or_several(files: Upload | list[Upload]) -> None: ...

    signature = Signature.of(one_or_several)
    for _ in range(50):  # a union that msgspec does not get along with ends the process, sooner or later
        signature.check([], {"files": ["0" * 32]})
        signature.check([], {"files": "0" * 32})
        assert Signature.of(one_or_several).schema == signature.schema
    one, several = signature.schema["properties"]["files"]["anyOf"]
    assert (one["pattern"], several["items"]) == ("^[0-9a-f]{32}$", one)
    for refused in ("0" * 31, ["0" * 33], 5, None):
        with pytest.raises(ArgumentsError, match=r"^files"):
            signature.check([refused], {})


def test_any_stream_that_reads_bytes_will_do(store: FileStore, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"0123456789")
    with path.open("rb") as stream:
        source: BinaryIO = stream
        source.seek(4)
        assert store.add("files", source, "rest", "").size == 6

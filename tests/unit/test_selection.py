"""What `bin/test` leaves to `bin/test --all`."""

from __future__ import annotations

import pytest

from tests.processes import ROOT
from tests.selection import LONG, is_long


@pytest.mark.parametrize("long", LONG)
def test_what_is_left_out_is_there(long: str) -> None:
    path, _, name = long.partition("::")
    assert (ROOT / path).exists()
    assert name.partition("[")[0] in ((ROOT / path).read_text() if name else "")


def test_a_folder_a_file_and_a_single_test_are_left_out_and_what_is_beside_them_stays() -> None:
    assert is_long("tests/matrix/test_oldest.py::test_it[1]")
    assert is_long("tests/browser/test_wall.py::test_it")
    assert is_long(next(long for long in LONG if "[" in long))
    assert not is_long("tests/browser/test_list.py::test_it")
    assert not is_long("tests/docs/test_words.py::test_it")


def test_of_each_folder_something_stays_but_of_those_that_have_a_command_of_their_own() -> None:
    folders = {path.parent for path in (ROOT / "tests").glob("*/test_*.py")}
    left_out = {folder.name for folder in folders if all(map(_is_left_out, folder.glob("test_*.py")))}
    assert left_out == {"matrix", "openapi"}


def _is_left_out(path: object) -> bool:
    return is_long(f"{path}".removeprefix(f"{ROOT}/") + "::test")

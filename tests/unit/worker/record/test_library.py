"""The library that Redis loads is made of all Lua files, and of nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from phloem.model.event import ARRIVAL, DESCRIPTION, LATEST, OUTCOME
from phloem.record.functions import library as library_module
from phloem.record.functions.library import FILES, library

FOLDER = Path(library_module.__file__).parent


def test_every_lua_file_of_the_folder_is_part_of_the_library() -> None:
    assert sorted(FILES) == sorted(
        path.relative_to(FOLDER).with_suffix("").as_posix() for path in FOLDER.rglob("*.lua")
    )


def test_all_that_python_knows_better_is_filled_in() -> None:
    name, code = library()
    assert re.findall(r"\$\w+", code) == []
    assert code.startswith(f"#!lua name={name}\n")
    assert f"'{name}_' .. name" in code
    for field in DESCRIPTION + LATEST + ARRIVAL + OUTCOME:
        assert f"'{field}'" in code


def test_another_lease_is_another_library() -> None:
    assert library(10) == library()
    assert library(10)[0] != library(20)[0]
    assert "local LEASE = 20 " in library(20)[1]


@pytest.mark.parametrize("file", FILES)
def test_a_lua_file_can_be_read_at_a_sitting(file: str) -> None:
    assert len((FOLDER / f"{file}.lua").read_text().splitlines()) <= 250

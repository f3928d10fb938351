"""The reader of pages notices what does not work as printed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.reader import Reader
from tests.processes import free_port


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    with Reader(tmp_path / "reader", os.environ, {"8000": free_port()}) as reading:
        yield reading


def page(folder: Path, text: str) -> Path:
    """A page of that text."""
    path = folder / "page.md"
    path.write_text(text.replace("'''", "```"))
    return path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("'''sh\nfalse\n'''\n", "status 1"),
        ("'''sh\nfalse | cat\n'''\n", "status 1"),
        ("'''python\nraise SystemExit(3)\n'''\n", "status 3"),
        ("'''sh\necho one\n'''\n\n'''text\ntwo\n'''\n", "printed\none"),
        ("'''sh title=\"In a terminal of its own\"\nfalse\n'''\n", "it ended"),
    ],
)
def test_what_does_not_work_as_printed_is_noticed(reader: Reader, tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        reader.follow(page(tmp_path, text))


def test_blocks_are_typed_in_one_terminal_and_follow_from_each_other(reader: Reader, tmp_path: Path) -> None:
    reader.follow(
        page(
            tmp_path,
            """
'''sh
mkdir inner
cd inner
name=Ann
'''

'''python title="greet.py"
print("Hello")
'''

'''sh
echo '{"id":"0123456789abcdef0123456789abcdef"}' "$(python3 greet.py) $name"
'''

'''text
{"id":"…"} Hello Ann
'''

'''sh
echo /tasks/ID
'''

'''text
/tasks/0123456789abcdef0123456789abcdef
'''
""",
        )
    )
    assert (reader.folder / "inner" / "greet.py").is_file()

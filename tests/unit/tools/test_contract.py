"""What follows from the Python types is what bin/contract writes, and a type that changed is noticed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from phloem.model.task import Task
from phloem_server.api.boards import BOARDS
from tests.processes import ROOT
from tools.contract import records, subject, typescript
from tools.contract.__main__ import main
from tools.contract.codes import codes
from tools.contract.outputs import Misplaced, outputs

TASK = "frontend/src/contract/generated/task.ts"
FOLLOWING = ["docs/api.md", "docs/contract.md", "frontend/public/embed.d.ts", TASK]
"""What follows from the type of a task."""


def test_nothing_that_follows_from_the_types_is_stale() -> None:
    assert [output.path for output in outputs(ROOT) if output.is_stale] == [], "run bin/contract"


def test_every_board_has_its_call_and_can_be_found_in_the_contract() -> None:
    contract = (ROOT / "docs/contract.md").read_text()
    live = contract.partition("### Boards, live\n")[2].partition("<!--")[0]
    assert {*BOARDS} == {*subject.BOARDS}
    assert [name for name in subject.BOARDS if f"| `GET /{name}` |" not in contract] == []
    assert [name for name in subject.BOARDS if f'"{name}"' not in live] == []


class Clone:
    """A copy of what bin/contract reads and writes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # With what is compiled already; a file of that which another process is writing now has a longer name.
        leave = shutil.ignore_patterns("static", "*.pyc.*", "jobs")
        for part in ("worker/phloem", "server/phloem_server", "tools"):
            shutil.copytree(ROOT / part, folder / part, ignore=leave)
        for output in outputs(ROOT):
            (folder / output.path).parent.mkdir(parents=True, exist_ok=True)
            (folder / output.path).write_text(output.found)

    def read(self, path: str) -> str:
        return (self.folder / path).read_text()

    def replace(self, path: str, old: str, new: str) -> None:
        content = self.read(path)
        assert content.count(old) == 1, f"{path} has {content.count(old)} times: {old}"
        (self.folder / path).write_text(content.replace(old, new))

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join(str(self.folder / part) for part in ("worker", "server", "."))
        environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
        command = (sys.executable, *command)
        return subprocess.run(command, cwd=self.folder, env=environment, text=True, capture_output=True, check=False)

    def contract(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run("-m", "tools.contract", *arguments)

    def lua(self) -> tuple[str, str]:
        """The library's name and its code."""
        printed = self.run(
            "-c", "from phloem.record.functions.library import library; print(*library(), sep='\\n', end='')"
        ).stdout
        name, _, code = printed.partition("\n")
        return name, code


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path)


def test_a_field_of_a_task_changes_typescript_documentation_and_lua(clone: Clone) -> None:
    before, code = clone.lua()
    assert "'made_up'" not in code
    clone.replace(
        "worker/phloem/model/task.py",
        "    retries: Arrival[int] = 0\n",
        '    made_up: Description[int | None] = None\n    """Known to this test alone."""\n\n'
        "    retries: Arrival[int] = 0\n",
    )
    stale = clone.contract("--check")
    assert stale.returncode == 1
    assert sorted(stale.stderr.splitlines()) == [
        f"{path} is not what the types say: run bin/contract" for path in FOLLOWING
    ]
    assert clone.contract().returncode == 0
    assert clone.contract("--check").returncode == 0
    for path in FOLLOWING[2:]:
        assert "/** Known to this test alone. */\n  readonly made_up: number | null;" in clone.read(path)
    assert "| `made_up` | integer or null | Known to this test alone. |" in clone.read("docs/contract.md")
    name, code = clone.lua()
    assert re.search(r"local DESCRIPTION, ARRIVAL, OUTCOME = \{ [^}]*'made_up'", code)
    assert name != before


def test_a_state_changes_its_rank_in_lua_and_on_the_page(clone: Clone) -> None:
    clone.replace("worker/phloem/model/state.py", "State.RECEIVED: 1,", "State.RECEIVED: 2,")
    assert clone.contract().stdout == f"{TASK}\n"
    assert "\n  RECEIVED: 2,\n" in clone.read(TASK)
    assert "local RECEIVED, STARTED, RETRY, LOST, OVER = 2, 2, 4, 5, 6\n" in clone.lua()[1]


def test_a_limit_changes_the_text_that_names_it(clone: Clone) -> None:
    clone.replace("server/phloem_server/mirror/query/values.py", "STARS_LIMIT = 20\n", "STARS_LIMIT = 1234\n")
    assert clone.contract().returncode == 0
    assert "at most 1,234 of them" in clone.read("docs/contract.md")


def test_a_table_without_a_place_is_refused(clone: Clone) -> None:
    clone.replace("docs/contract.md", "<!-- generated by bin/contract: query -->", "")
    refused = clone.contract()
    assert refused.returncode == 2
    assert "docs/contract.md has no place for query" in refused.stderr
    assert "\n<!-- generated by bin/contract: query -->\n\n<!-- end -->\n" in refused.stderr


def test_a_place_without_a_table_is_refused(clone: Clone) -> None:
    clone.replace("docs/contract.md", "bin/contract: query -->", "bin/contract: nothing -->")
    with pytest.raises(Misplaced, match=r"docs/contract.md has a place for nothing; there is .*query"):
        list(outputs(clone.folder))


def test_the_types_of_the_bar_have_one_place(clone: Clone) -> None:
    clone.replace("frontend/public/embed.d.ts", "// end of what is generated", "")
    with pytest.raises(Misplaced, match=r"embed.d.ts has 0 places"):
        list(outputs(clone.folder))


def test_other_arguments_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--chek"]) == 2
    assert capsys.readouterr() == ("", "usage: bin/contract [--check]\n")


class Silent(msgspec.Struct):
    name: str


class Unitless(msgspec.Struct):
    name: str
    """A name."""

    speed: float
    """How fast it is."""


class Mistaken(msgspec.Struct):
    name: str
    """At most {query_values.NOTHING} of them."""


def test_a_field_without_a_text_is_refused() -> None:
    with pytest.raises(records.Undescribed, match=r"Silent.name has no text"):
        records.record(Silent)


def test_a_number_without_its_unit_is_refused() -> None:
    with pytest.raises(records.Undescribed, match=r"Unitless.speed is a number, and the text below it names no unit"):
        records.record(Unitless)


def test_a_constant_without_a_text_is_refused() -> None:
    with pytest.raises(records.Undescribed, match="ROOT has no text"):
        records.constant(__name__, "ROOT")


def test_a_text_that_names_what_is_no_constant_is_refused() -> None:
    with pytest.raises(records.Undescribed, match=r"names query_values.NOTHING, which is not a constant"):
        records.record(Mistaken)


def test_every_type_has_one_name_in_typescript() -> None:
    names = list(subject.NAMES.values())
    assert len(names) == len(set(names))


@pytest.fixture(scope="module")
def written() -> tuple[str, str]:
    """What the page is told of a task, and what the bar is."""
    return typescript.generated()["task"], typescript.embedded()


@pytest.mark.parametrize("name", Task.__struct_fields__)
def test_the_bar_and_the_page_know_every_field_of_a_task(written: tuple[str, str], name: str) -> None:
    for types in written:
        assert re.search(rf"  readonly {name}\??: ", types)


def test_a_code_is_told_with_its_status_and_where_it_comes_from() -> None:
    found = {code.name: code for code in codes()}
    query, unread, ended = found["query_invalid"], found["record_unread"], found["task_ended"]
    assert (query.status, query.in_refusals, query.temporary) == (400, True, False)
    assert (unread.status, unread.in_refusals, unread.temporary) == (503, True, True)
    assert (ended.status, ended.in_refusals) == (409, False)
    assert found["http_error"].status is None


def test_codes_are_words_for_programs() -> None:
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", code.name) for code in codes())

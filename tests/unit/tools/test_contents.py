"""The docstring of each folder is its table of contents: it names every module and folder in it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.processes import ROOT

OTHERWISE = ("server/phloem_server", "worker/phloem", "worker/phloem/jobs")
"""Folders that are described elsewhere: two by docs/architecture.md, and the jobs by docs/parts."""

FOLDERS = sorted(
    init.parent
    for package in ("server/phloem_server", "worker/phloem", "tools")
    for init in (ROOT / package).rglob("__init__.py")
    if str(init.parent.relative_to(ROOT)) not in OTHERWISE
)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_each_module_is_named_by_the_docstring_of_its_folder(folder: Path) -> None:
    contents = ast.get_docstring(ast.parse((folder / "__init__.py").read_text("utf-8"))) or ""
    inside = {path.stem for path in folder.iterdir() if path.suffix in (".py", ".lua") and path.stem != "__init__"}
    inside |= {path.parent.name for path in folder.glob("*/__init__.py")}
    assert {name for name in inside if not re.search(rf"\b{name}\b", contents)} == set()

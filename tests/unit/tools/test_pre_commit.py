"""The checks before a commit are those of the clone, with its own tools."""

from __future__ import annotations

import re

from tests.processes import ROOT

CONFIG = (ROOT / ".pre-commit-config.yaml").read_text()


def test_hooks_are_local_and_load_nothing() -> None:
    assert re.findall(r"repo: (.*)", CONFIG) == ["local"]
    assert set(re.findall(r"language: (.*)", CONFIG)) == {"system"}


def test_hooks_run_the_tools_of_the_clone() -> None:
    assert all(entry.startswith((".venv/bin/", "bash -c 'PATH=")) for entry in re.findall(r"entry: (.*)", CONFIG))


def test_hooks_that_are_told_no_files_check_all() -> None:
    for hook in CONFIG.split("- id: ")[1:]:
        gets_files = "ruff" in hook
        assert ("pass_filenames: false" in hook) is not gets_files, hook

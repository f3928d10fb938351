"""The tests of tqdm's suite that docs/tqdm.md says do not pass where bars are not drawn."""

from __future__ import annotations

import re

from tests.processes import ROOT

_ROW = re.compile(r"^\| `(tests_\w+)` \| (.+) \| (.+) \|$", re.MULTILINE)


def failures() -> dict[str, str]:
    """The reason for each `tests_file.py::name`. A name stands for all parametrised forms of a test."""
    rows = _ROW.findall((ROOT / "docs" / "tqdm.md").read_text())
    return {f"{file}.py::{name}": reason for file, names, reason in rows for name in re.findall(r"`(\w+)`", names)}

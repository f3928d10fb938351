"""The user of Redis that the documentation names."""

from __future__ import annotations

import re

from tests.processes import ROOT


def documented_user(password: str) -> list[str]:
    """The command that makes it, as docs/operating.md has it."""
    text = (ROOT / "docs" / "operating.md").read_text()
    command: str
    [command] = re.findall(r"```redis\n(.*?)```", text, re.DOTALL)
    return command.replace("\\\n", "").replace("PASSWORD", password).split()

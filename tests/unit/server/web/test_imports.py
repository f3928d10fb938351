"""Socket.IO is imported without what this process does not use of it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from phloem_server.web.imports import SERVED_WITHOUT, WATCHED_WITHOUT

SERVE, WATCH = "phloem_server.app.create", "phloem_server.commands.watch.wire"


@pytest.mark.parametrize(
    ("first", "unused", "program", "found"),
    [
        ("import sys", SERVED_WITHOUT, SERVE, []),
        ("import requests", SERVED_WITHOUT, SERVE, ["requests"]),
        ("import socketio", SERVED_WITHOUT, SERVE, [*SERVED_WITHOUT]),
        ("import sys", WATCHED_WITHOUT, WATCH, []),
        ("import socketio", WATCHED_WITHOUT, WATCH, [*WATCHED_WITHOUT]),
    ],
    ids=["server", "server where it is there already", "server undefended", "watch", "watch undefended"],
)
def test_what_is_not_used_is_not_imported_until_somebody_asks_for_it(
    first: str, unused: tuple[str, ...], program: str, found: list[str]
) -> None:
    code = f"""
import sys
{first}
from phloem_server.web.imports import import_without
import_without("socketio", *{unused})
import {program}
print([name for name in {unused} if name in sys.modules])
import {", ".join(unused)}
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout.strip() == str(found)

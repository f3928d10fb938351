"""No password is in the list of processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from phloem_server.commands import process_list
from tests.waiting import wait_until

URL = "redis://:geheim@127.0.0.1:1/0"


@pytest.mark.parametrize(
    ("arguments", "kept"),
    [
        (["python", "-m", "phloem_server", "serve", "--redis", URL], ["python", "-m", "phloem_server", "serve"]),
        (["phloem", "serve", f"--redis={URL}", "--port", "1"], ["phloem", "serve", "--port", "1"]),
        (["phloem", "serve", "--redis", "redis://h"], ["phloem", "serve", "--redis", "redis://h"]),
    ],
)
def test_options_with_a_password_are_left_out_of_the_arguments(arguments: list[str], kept: list[str]) -> None:
    assert process_list.without(arguments, {"--redis": URL, "--broker": None}) == kept
    assert process_list.without(arguments, {"--redis": "redis://h"}) == arguments


def test_a_server_that_was_given_a_password_as_an_option_keeps_it_in_its_environment(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "phloem_server", "serve", "--redis", URL, "--port", "0"]
    environment = {**os.environ, "PHLOEM_DATA_DIR": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as server:
        try:
            told = Path(f"/proc/{server.pid}/cmdline")
            wait_until(lambda: b"serve" in told.read_bytes() and b"geheim" not in told.read_bytes())
            assert b"geheim" in Path(f"/proc/{server.pid}/environ").read_bytes()
        finally:
            server.kill()
        assert b"geheim" not in server.communicate()[0]

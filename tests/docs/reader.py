"""A reader who follows a page: saves its files, types its commands, and compares what comes."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.child import Child
from tests.docs.pages import OWN_TERMINAL, Block, blocks
from tests.processes import START_SECONDS
from tests.waiting import wait_until

PATIENCE = 240.0
"""Seconds for one block."""

READY = re.compile(
    r"\bready\b|Phloem is at|listens|Running on|Listening at|Uvicorn running|Serving HTTP|development server at|"
    r"beat: Starting|-{14} \S+@"
)
"""What those that keep running say when they are there."""

WORKER_READY = re.compile(r"\S@\S+ ready\.")
"""What a worker logs once it takes tasks. Its banner comes before it has told what it can run."""

_ID = re.compile(r'\\?"id\\?": ?\\?"([0-9a-f-]{32,36})\\?"')
_PLACE = Path(__file__).parent


class Reader:
    """Reads one page in a folder of their own; ends what the page started.

    `ports` replaces the ports that the page names with others, because those may be taken. `ID` in a block stands for
    the last id that was printed.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str], ports: Mapping[str, int]) -> None:
        self.folder = folder
        self._ports = ports
        self._port = re.compile(rf"\b({'|'.join(ports)})\b")
        self._where = folder
        self._id = "ID"
        self._printed = ""
        self._children: dict[str, Child] = {}
        self._starting: list[tuple[Block, str]] = []
        commands = folder.parent / f"{folder.name}-commands"
        commands.mkdir(parents=True)
        folder.mkdir(parents=True)
        if shutil.which("curl") is None:
            command = f"{shlex.quote(sys.executable)} -IS {_PLACE / 'curl.py'}"
            (commands / "curl").write_text(f'#!/bin/sh\nexec {command} "$@"\n')
            (commands / "curl").chmod(0o755)
        # Commands of Python name the interpreter they were made for; here they are to be those of the first `python`.
        for name in ("celery", "flask", "gunicorn", "pip", "uvicorn"):
            (commands / name).write_text(f'#!/bin/sh\nexec python -m {name} "$@"\n')
            (commands / name).chmod(0o755)
        self._environment = {**environment, "PATH": f"{commands}{os.pathsep}{environment['PATH']}"}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for line, child in self._children.items():
            if line.startswith("honcho"):  # it ends the processes that it started, which are in groups of their own
                child.stop()
            child.kill()

    def follow(self, page: Path) -> None:
        """Do all that the page says. AssertionError where it does not work, or prints something else."""
        ran: Block | None = None
        for block in blocks(page):
            if block.is_file:
                self.save(block.title, block.text)
            elif block.title == OWN_TERMINAL:
                self._start(block)
            elif block.is_run:
                self._printed = self._run(block)
                ran = block
            elif block.language == "text" and not block.title and ran is not None:
                expected = block.text.strip()
                assert matches(self._here(expected), self._printed), f"{block}: {ran} printed\n{self._printed}"
        self._wait_for_what_was_started()

    def save(self, name: str, text: str) -> None:
        """Save a file under this name, with folders that it names."""
        file = self._where / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(self._here(text))

    def asks(self, text: str) -> str:
        """What a command prints, typed where the page ends."""
        return self._run(Block(page=self.folder, line=0, language="sh", title="", text=text))

    def _here(self, text: str) -> str:
        text = re.sub(r"\bphloem redis$", "phloem redis --port 6390", text, flags=re.MULTILINE)
        ours = self._port.sub(lambda found: str(self._ports[found[0]]), text)
        return re.sub(r"\bID\b", self._id, ours)

    def _run(self, block: Block) -> str:
        text = self._here(block.text)
        self._wait_for_what_was_started()
        if block.language == "python":
            command = [shutil.which("python", path=self._environment["PATH"]) or sys.executable, "-c", text]
            after = None
        else:
            after = self.folder.parent / f"{self.folder.name}-after"
            command = [
                "bash",
                "-ae",
                "-o",
                "pipefail",
                "-c",
                f"{text}\n{{ pwd && env -0; }} >{shlex.quote(str(after))}",
            ]
        done = subprocess.run(
            command,
            cwd=self._where,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, f"{block}: status {done.returncode}\n{text}\n{done.stdout}\n{done.stderr}"
        if after is not None:
            folder, _, variables = after.read_text(errors="surrogateescape").partition("\n")
            self._where = Path(folder)
            self._environment = dict(each.split("=", 1) for each in variables.split("\0") if each)
        if found := _ID.findall(done.stdout):
            self._id = found[-1]
        return done.stdout.strip()

    def _start(self, block: Block) -> None:
        line = self._here(block.text).strip()
        if before := self._children.pop(line, None):  # "stop it with Ctrl-C, and start it again"
            before.stop()
        log = self.folder.parent / f"{self.folder.name}-{block.line}.log"
        command = f"cd {shlex.quote(str(self._where))} && exec env {line}"
        self._children[line] = Child(command, log, self._environment)
        self._starting.append((block, line))

    def _wait_for_what_was_started(self) -> None:
        for block, line in self._starting:
            wait_until(partial(self._ready, block, line), START_SECONDS, partial(self._waits, block, line))
        self._starting.clear()

    def _ready(self, block: Block, line: str) -> bool:
        child = self._children[line]
        assert child.status is None, f"{block}: it ended\n{child.log()}"
        port = re.search(r"--port (\d+)", line)
        if port is not None:
            return _listens(int(port[1]))
        logs = "worker" in line and "--loglevel INFO" in line
        return (WORKER_READY if logs else READY).search(child.log()) is not None

    def _waits(self, block: Block, line: str) -> str:
        return f"{block}: {line} is ready\n{self._children[line].log()}"


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def matches(expected: str, printed: str) -> bool:
    """Whether that is what is to be expected, where … stands for anything."""
    return re.fullmatch(".*?".join(map(re.escape, expected.split("…"))), printed, re.DOTALL) is not None

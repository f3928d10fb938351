"""What runs the Procfile, of which no process is needed to see it."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from importlib import util
from pathlib import Path
from types import ModuleType

import pytest
from honcho.printer import Message, Printer

from phloem.settings import REDIS_URL
from phloem.settings.embedded_redis import password_file
from phloem_server.settings import Config
from tests.processes import ROOT


@pytest.fixture(scope="module")
def processes() -> ModuleType:
    spec = util.spec_from_file_location("processes", ROOT / "bin/processes.py")
    assert spec
    assert spec.loader
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def line(text: str) -> Message:
    return Message(type="line", data=f"{text}\n", time=datetime(2026, 1, 1, tzinfo=UTC), name="system", colour=None)


class Interrupted(io.StringIO):
    """A terminal at which Ctrl-C is pressed after the text of the first line, before its end."""

    def __init__(self) -> None:
        super().__init__()
        self.printer: Printer | None = None

    def write(self, text: str, /) -> int:
        written = super().write(text)
        if self.printer and text.endswith("first"):
            self.printer.write(line("second"))
        return written


def test_what_a_signal_says_in_the_middle_of_a_line_follows_it(processes: ModuleType) -> None:
    terminal = Interrupted()
    screen = terminal.printer = processes.Screen(terminal)
    screen.write(line("first"))
    assert terminal.getvalue() == "00:00:00 system | first\n00:00:00 system | second\n"


def test_without_a_terminal_it_prints_nothing_and_goes_on(processes: ModuleType) -> None:
    class Closed(io.StringIO):
        def write(self, text: str, /) -> int:
            raise BrokenPipeError

    screen = processes.Screen(Closed())
    for text in ("first", "second"):
        screen.write(line(text))
    assert screen.output.getvalue().endswith("second\n")


def test_every_line_gets_the_password_of_redis_in_its_address(
    processes: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REDIS_URL", raising=False)
    config = Config.from_environment({"PHLOEM_DATA_DIR": str(tmp_path), "PHLOEM_PASSWORD": "open sesame"})
    kept = password_file(tmp_path, 6390).read_text()
    assert processes.environment(config, 8000)["REDIS_URL"] == f"redis://default:{kept}@127.0.0.1:6390/0"
    config = Config.from_environment({"PHLOEM_DATA_DIR": str(tmp_path / "other")})
    assert processes.environment(config, 8000)["REDIS_URL"] == REDIS_URL

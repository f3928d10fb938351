"""Shows what the static checks found that bin/test runs beside the tests: above pytest's last line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.waiting import wait_until

LONGEST_SECONDS = 300.0
"""How long the checks may take that have not ended with the tests."""


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Wait for the report of the checks, print it, and take it away as a sign of that."""
    if hasattr(terminalreporter.config, "workerinput"):  # a process of pytest-xdist, which prints nothing
        return
    report = Path(os.environ["PHLOEM_CHECKS"], "report")
    wait_until(report.exists, LONGEST_SECONDS, "the static checks have ended")
    terminalreporter.section("static checks")
    terminalreporter.write(report.read_text())
    report.unlink()

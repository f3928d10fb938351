"""What pytest loads beside Celery's suite: attaches Phloem if it is told to, and writes down what happened."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from celery.app.control import Inspect

from tests.celery_suite.plugin_files import ATTACH, EVENTS, FOLDER, HURRY, OUTCOMES
from tests.celery_suite.witness import Witness

_folder, _attaches, _hurries = Path(os.environ[FOLDER]), bool(os.environ[ATTACH]), bool(os.environ[HURRY])


def pytest_configure() -> None:
    """Hear everything before anything happens."""
    Witness(_folder / EVENTS).begin()
    if _hurries:
        # There is one worker: whoever asks all of them has its answer, and need not wait for a second for others.
        Inspect.__init__ = functools.partialmethod(Inspect.__init__, limit=1)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: Any) -> Generator[None, object, object]:
    """Attach Phloem to the app of the suite where it is made, as the documentation asks for."""
    made = yield
    if _attaches and fixturedef.argname == "celery_session_app":
        import phloem

        phloem.attach(made)
    return made


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep what became of each part of a test."""
    kept = {
        "test": report.nodeid,
        "when": report.when,
        "outcome": report.outcome,
        "seconds": report.duration,
        "said": report.longreprtext[-3000:],
    }
    with (_folder / OUTCOMES).open("a") as file:
        file.write(json.dumps(kept) + "\n")

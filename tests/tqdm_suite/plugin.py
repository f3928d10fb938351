"""What pytest loads beside tqdm's suite: puts Phloem's bars in the place of tqdm's, and runs each test in a task.

PHLOEM_SUITE_OUTCOMES says where to write down what became of each test.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from phloem.progress import current
from phloem.progress.run import Run

PLACES = {
    "tqdm": "phloem.tqdm",
    "tqdm.std": "phloem.tqdm",
    "tqdm.auto": "phloem.tqdm.auto",
    "tqdm.asyncio": "phloem.tqdm.asyncio",
    "tqdm.contrib": "phloem.tqdm.contrib",
    "tqdm.contrib.concurrent": "phloem.tqdm.contrib.concurrent",
    "tqdm.contrib.itertools": "phloem.tqdm.contrib.itertools",
    "tqdm.contrib.logging": "phloem.tqdm.contrib.logging",
}
"""Modules of tqdm that the suite imports, and what a user would import instead."""

_outcomes: dict[str, str] = {}


class Nobody:
    """Looks at no run."""

    def watch(self, watched: Run) -> None:
        pass

    def unwatch(self, watched: Run) -> None:
        pass


def put_ours_in_place() -> None:
    """Put our bars in the place of tqdm's."""
    modules = [(importlib.import_module(theirs), importlib.import_module(ours)) for theirs, ours in PLACES.items()]
    ours = [(theirs, name, getattr(module, name)) for theirs, module in modules for name in module.__all__]
    for theirs, name, value in ours:
        setattr(theirs, name, value)
    contrib = importlib.import_module("tqdm.contrib")
    contrib.tqdm = importlib.import_module("phloem.tqdm").tqdm  # type: ignore[attr-defined]  # that of DummyTqdmFile


put_ours_in_place()  # when this is loaded: conftest.py of the suite imports them before there is any hook


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Run each test in a task of its own."""
    current.enter(Run(item.name, "run", Nobody()))
    try:
        return (yield)
    finally:
        current.leave()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: Any) -> bool | None:
    """Run coroutines, which the suite leaves to a plugin."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = pyfuncitem._fixtureinfo.argnames
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note what became of each test; a mishap before or after it counts."""
    name = report.nodeid
    if _outcomes.get(name) != "failed":
        _outcomes[name] = report.outcome if _outcomes.get(name) != "skipped" else "skipped"


def pytest_sessionfinish() -> None:
    """Write it all down."""
    Path(os.environ["PHLOEM_SUITE_OUTCOMES"]).write_text(json.dumps(_outcomes))

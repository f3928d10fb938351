"""A project whose app can be loaded."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = '''
from celery import Celery

celery = Celery("project", broker="redis://127.0.0.1:1/0", set_as_current=False)


@celery.task(name="images.resize", shared=False)
def resize(upload: str, width: int = 800) -> None:
    """Makes a picture smaller.

    Args:
        width: the new width in pixels
    """


@celery.task(name="mail.send", bind=True, shared=False)
def send(self, to: str) -> None:
    """Sends a mail."""


@celery.task(name="odd.one", shared=False)
def odd(*args, **kwargs):
    pass


@celery.task(name="mail.part", shared=False, launch=False)
def part():
    pass
'''


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    known, path = set(sys.modules), list(sys.path)
    (tmp_path / "shop.py").write_text(PROJECT)
    yield tmp_path
    sys.path[:] = path
    for name in set(sys.modules) - known:
        if getattr(sys.modules[name], "__file__", None) and str(tmp_path) in str(sys.modules[name].__file__):
            del sys.modules[name]

"""The bundled jobs, each of which stops in the middle of its work: `celery -A tests.acceptance.held worker`.

So they are killed where they are sure to be: with a file half kept, one of several deleted, a line just logged.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import phloem
from phloem.files import sweep, writing
from phloem.jobs.app import app

__all__ = ["app"]

_copy, _sweep = writing.copy, sweep.sweep


def hold(*_: Any) -> None:
    phloem.log("held in the middle")
    time.sleep(600)


def copied(*args: Any) -> int:
    """The bytes of a picture or a report are there, and it is not yet complete."""
    size = _copy(*args)
    hold()
    return size


def sweeping(*args: Any, **options: Any) -> Iterator[Any]:
    """One file is deleted."""
    for swept in _sweep(*args, **options):
        yield swept
        hold()


def log(*args: Any, **options: Any) -> None:
    phloem.log(*args, **options)
    hold()


patch("phloem.files.store.copy", copied).start()
patch("phloem.jobs.cleanup_files.sweep", sweeping).start()
patch("phloem.jobs.send_newsletter.as_they_end", hold).start()  # its mails are on their way
patch("phloem.jobs.log_event.phloem", SimpleNamespace(log=log)).start()

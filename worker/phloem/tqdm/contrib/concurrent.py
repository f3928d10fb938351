"""Stands for `tqdm.contrib.concurrent`: `thread_map` and others, with bars that are steps of the task."""

from __future__ import annotations

import functools
from typing import Any

from tqdm.contrib import concurrent as theirs

from phloem.tqdm.auto import tqdm
from phloem.tqdm.contrib.classes import adopted

__all__ = list(theirs.__all__)


def __getattr__(name: str) -> Any:
    function = adopted(theirs, name, tqdm)

    @functools.wraps(function.func)
    def mapped(*args: Any, tqdm_class: Any = tqdm, **kwargs: Any) -> Any:
        # Else tqdm makes a lock for the time of the call, and takes it away from others that have begun meanwhile.
        tqdm_class.get_lock()
        return function(*args, tqdm_class=tqdm_class, **kwargs)

    return mapped

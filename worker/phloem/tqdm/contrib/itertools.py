"""Stands for `tqdm.contrib.itertools`: `product`, `chain` and others, with bars that are steps of the task."""

from __future__ import annotations

from typing import Any

from tqdm.contrib import itertools as theirs

from phloem.tqdm.auto import tqdm
from phloem.tqdm.contrib.classes import adopted

__all__ = list(theirs.__all__)


def __getattr__(name: str) -> Any:
    return adopted(theirs, name, tqdm)

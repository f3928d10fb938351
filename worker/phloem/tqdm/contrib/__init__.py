"""Stands for `tqdm.contrib`: `tenumerate`, `tzip` and `tmap`, with bars that are steps of the task.

classes     tqdm's functions with a bar class of ours
concurrent  stands for tqdm.contrib.concurrent: thread_map, process_map
itertools   stands for tqdm.contrib.itertools: product, chain and others
logging     stands for tqdm.contrib.logging: log lines beside drawn bars
"""

from __future__ import annotations

from typing import Any

from tqdm import contrib as theirs

from phloem.tqdm.auto import tqdm
from phloem.tqdm.contrib.classes import adopted

__all__ = ["DummyTqdmFile", "tenumerate", "tmap", "tzip"]  # of __getattr__

DummyTqdmFile = theirs.DummyTqdmFile


def __getattr__(name: str) -> Any:
    return adopted(theirs, name, tqdm)

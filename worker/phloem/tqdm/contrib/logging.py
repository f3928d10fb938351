"""Stands for `tqdm.contrib.logging`: log lines beside drawn bars."""

from __future__ import annotations

from typing import Any

from tqdm.contrib.logging import logging_redirect_tqdm as redirect
from tqdm.contrib.logging import tqdm_logging_redirect as redirect_with_bar

from phloem.tqdm.bar import tqdm

__all__ = ["logging_redirect_tqdm", "tqdm_logging_redirect"]


def logging_redirect_tqdm(loggers: Any = None, tqdm_class: Any = tqdm) -> Any:
    """A `with` block in which what loggers write to the console does not disturb drawn bars."""
    return redirect(loggers, tqdm_class)


def tqdm_logging_redirect(*args: Any, tqdm_class: Any = tqdm, **kwargs: Any) -> Any:
    """As `logging_redirect_tqdm`, with a bar, whose arguments it takes."""
    return redirect_with_bar(*args, tqdm_class=tqdm_class, **kwargs)

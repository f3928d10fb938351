"""Whether bars are drawn on the terminal, which tqdm's own bar does, and what replaces it where they are not."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

_OFF = ("", "0", "no", "false", "off")


class _Undrawn:
    """Replaces tqdm's own bar where nothing is drawn: it takes every call and every attribute, and does nothing."""

    format_dict: Mapping[str, Any] = MappingProxyType({"rate": None})

    def __getattr__(self, name: str) -> Any:
        return lambda *_args, **_kwargs: None

    def __setattr__(self, name: str, value: object) -> None:
        pass


UNDRAWN = _Undrawn()


def wanted(draw: bool | None, file: Any) -> bool:
    """Whether a bar is to be drawn: as `draw` says, or if it has a file, or if PHLOEM_TQDM_DRAW is on."""
    if draw is not None:
        return draw
    return file is not None or os.environ.get("PHLOEM_TQDM_DRAW", "").lower() not in _OFF


def original() -> Any:
    """The class of tqdm's own bar. Raises ImportError if tqdm is not installed."""
    try:
        return importlib.import_module("tqdm").tqdm
    except ImportError as error:
        raise ImportError(
            "a bar was asked to draw on the terminal (file=, draw=True or PHLOEM_TQDM_DRAW), which tqdm does: "
            "`pip install tqdm`, or do not ask"
        ) from error

"""tqdm's functions with a bar class of ours."""

from __future__ import annotations

import functools
from types import ModuleType
from typing import Any


def adopted(module: ModuleType, name: str, bar_class: type) -> functools.partial[Any]:
    """The public function `name` of one of tqdm's modules, with bars of `bar_class` unless another is given.

    Raises AttributeError if there is none.
    """
    if name not in module.__all__:
        raise AttributeError(f"module {module.__name__} has no function {name!r}")
    return functools.partial(getattr(module, name), tqdm_class=bar_class)

"""Stands for `tqdm.asyncio`: bars for `async for`, `as_completed` and `gather`."""

from __future__ import annotations

from typing import Any, TypeVar

from tqdm import asyncio as theirs

from phloem.tqdm import bar

__all__ = ["tarange", "tqdm", "tqdm_asyncio", "trange"]

T = TypeVar("T")


class tqdm_asyncio(bar.tqdm[T], theirs.tqdm_asyncio):  # type: ignore[misc]  # noqa: N801  # as for bar.tqdm
    """A bar as `phloem.tqdm.tqdm`, with `as_completed`, `gather` and `send`."""

    __aiter__ = theirs.tqdm_asyncio.__aiter__


def tarange(*args: int, **kwargs: Any) -> tqdm_asyncio[int]:
    """`tqdm_asyncio(range(*args), **kwargs)`."""
    return tqdm_asyncio(range(*args), **kwargs)


tqdm, trange = tqdm_asyncio, tarange

"""Stands for `tqdm.auto`. In a task there is no notebook to choose."""

from phloem.tqdm.asyncio import tqdm, trange

__all__ = ["tqdm", "trange"]

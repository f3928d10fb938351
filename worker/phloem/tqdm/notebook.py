"""Stands for `tqdm.notebook`, for code that is run in notebooks and in tasks: in a task its bars are steps."""

from phloem.tqdm.bar import tqdm, trange

__all__ = ["tqdm", "trange"]

"""`from phloem.tqdm import tqdm`: tqdm's bar as a step of the task it runs in."""

from phloem.tqdm.drop_in import tqdm, trange

__all__ = ["tqdm", "trange"]

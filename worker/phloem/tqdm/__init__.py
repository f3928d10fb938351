"""tqdm's bar as a step of the task that it runs in: `from phloem.tqdm import tqdm`.

drop_in   `tqdm` and `trange`, with tqdm's arguments and attributes
bar       what a bar counts and says
terminal  the part of tqdm's interface that is about the terminal
drawing   whether bars are drawn on the terminal, and by what
text      counts, rates and durations as short text
stream    a stream that reports how much is read or written
"""

from phloem.tqdm.drop_in import tqdm, trange

__all__ = ["tqdm", "trange"]

"""tqdm's bar as a step of the task that it runs in: `from phloem.tqdm import tqdm` instead of `from tqdm import tqdm`.

bar       `tqdm` and `trange`
step      the step of a bar
undrawn   what a bar has instead of a terminal
auto      stands for tqdm.auto
asyncio   stands for tqdm.asyncio
notebook  stands for tqdm.notebook
contrib   stands for tqdm.contrib
"""

from phloem.tqdm.bar import tqdm, trange

__all__ = ["tqdm", "trange"]

"""What of a workflow runs when one of its tasks runs again, in sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from phloem.instrument.calls.call import Follows


def effect(follows: Follows, follow: bool) -> str:
    """What comes of running a task again, with what follows it or without."""
    after = [*follows.chain, *follows.callbacks, *(f"{name} (if it fails)" for name in follows.errbacks)]
    said = "It runs again."
    if after and follow:
        said = f"It runs again, followed by {_listed(after)}."
    elif after:
        said = f"It runs again by itself, without what followed it: {_listed(after)}."
    if follows.chord:
        said += f" A member counts once in its chord, so this run does not bring about {_listed(follows.chord)}."
    return said


def _listed(names: Sequence[str]) -> str:
    """Each name once, in the order in which they came, with how often."""
    often = {1: "", 2: " (twice)"}
    each = [name + often.get(count, f" ({count} times)") for name, count in Counter(names).items()]
    return each[0] if len(each) == 1 else f"{', '.join(each[:-1])} and {each[-1]}"

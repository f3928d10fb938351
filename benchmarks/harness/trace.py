"""What a page's main thread did, from Chromium's own trace."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

CATEGORIES = ("devtools.timeline", "disabled-by-default-devtools.timeline", "v8")

SCRIPT = frozenset(
    {"EvaluateScript", "FireAnimationFrame", "FunctionCall", "RunMicrotasks", "TimerFire", "v8.callFunction", "v8.run"}
)
"""What the trace calls running script; a layout that script forces, and garbage collected meanwhile, are within it."""
FRAME = "Commit"
"""How a frame ends for the main thread: what it painted goes to the compositor."""

TASK = "RunTask"

Span = tuple[float, float]
"""Begin and end, in milliseconds."""


class Trace:
    """The main thread of one page."""

    def __init__(self, recorded: bytes) -> None:
        events = json.loads(recorded)["traceEvents"]
        # Of all renderers and workers, the page's main thread is the one that has animation frames.
        threads = Counter((each["pid"], each["tid"]) for each in events if each["name"] == "FireAnimationFrame")
        ((thread, _),) = threads.most_common(1)
        spans: defaultdict[str, list[Span]] = defaultdict(list)
        self.tasks: list[tuple[float, float]] = []
        """Milliseconds that each task took, and those of CPU in it."""
        for each in events:
            if (each["pid"], each["tid"]) == thread:
                spans[each["name"]].append((each["ts"] / 1000, (each["ts"] + each.get("dur", 0)) / 1000))
                if each["name"] == TASK:
                    self.tasks.append((each.get("dur", 0) / 1000, each.get("tdur", 0) / 1000))
        self._spans = spans

    @property
    def frames(self) -> int:
        """How many were painted."""
        return len(self._spans[FRAME])

    def script_per_frame(self) -> list[float]:
        """Milliseconds of script between the end of one frame and the end of the next, where there was any.

        What it costs to take in a message is part of the frame that shows it. Frames without script, which a fading
        colour has, would only make the figure smaller.
        """
        ran = merged(span for name in SCRIPT for span in self._spans[name])
        costs, waiting = [], iter(ran)
        begun = next(waiting, None)
        for _, end in sorted(self._spans[FRAME]):
            cost = 0.0
            while begun is not None and begun[0] < end:
                cost += begun[1] - begun[0]
                begun = next(waiting, None)
            if cost:
                costs.append(cost)
        return costs

    @property
    def longest(self) -> tuple[float, float]:
        """Milliseconds that the longest task took, and those of CPU in it: the rest of the time others had it."""
        return max(self.tasks)

    def busy(self, *names: str) -> float:
        """Milliseconds within events of these names."""
        return sum(end - start for start, end in merged(span for name in names for span in self._spans[name]))


def merged(spans: Iterable[Span]) -> Sequence[Span]:
    """The same time without overlaps, in order."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found

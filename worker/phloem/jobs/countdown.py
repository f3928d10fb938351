"""Waits: a job that runs for as long as it is told to, with a bar."""

from __future__ import annotations

import time
from typing import Annotated

from msgspec import Meta

import phloem
from phloem.jobs.app import app

LONGEST = 3600
"""Seconds."""

TICK_SECONDS = 0.1
"""Time between two reports."""

Seconds = Annotated[float, Meta(ge=0, le=LONGEST)]


@app.task(
    name="phloem.jobs.countdown",
    shared=False,  # known to this app alone, not to every app of the process
    soft_time_limit=LONGEST + 60,
    time_limit=LONGEST + 120,
)
def countdown(duration: Seconds = 10) -> str:
    """Counts down, to see a bar move.

    Args:
        duration: seconds that it takes, at most an hour
    """
    with phloem.step("Counting down", total=duration, unit="s") as step:
        start = time.monotonic()
        while (passed := time.monotonic() - start) < duration:
            step.set(passed)
            # To the next whole tick of the clock, so the time that reports take does not add up.
            time.sleep(min(TICK_SECONDS - passed % TICK_SECONDS, duration - passed))
        step.set(duration)
    done = f"{duration:g} s have passed"
    phloem.log(done)
    return done

"""How long a submission takes to be answered, while the work goes on elsewhere: `python -m benchmarks.submit`.

The processes of the Procfile run as in production. The peer in the same run is the least that any server has to do:
the same call with a body that is refused at once, answered without Redis.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from tests.api import Api
from tests.processes import Stack

SUBMISSIONS = 200
BOUND = 0.050
"""Seconds in which a submission is to be answered."""


def main() -> None:
    """Prints the first answer, then median, 99th percentile and longest of the others, beside the peer's."""
    with tempfile.TemporaryDirectory() as folder, Stack(Path(folder)) as stack:
        api = Api(stack.url)
        api.get("/session")  # the connection, which a browser has as well
        first = _answer_time(api, "phloem.jobs.countdown")
        submitted, refused = [], []
        for _ in range(SUBMISSIONS):
            submitted.append(_answer_time(api, "phloem.jobs.countdown"))
            refused.append(_answer_time(api, "no.such.task"))
    print(f"the very first submission of the process      {first * 1000:6.1f} ms")
    for name, times in (("submitted (202)", submitted), ("refused (422)", refused)):
        ordered = sorted(times)
        percentile = ordered[int(len(ordered) * 0.99)]
        print(
            f"{name:20s} median {statistics.median(ordered) * 1000:6.1f} ms"
            f"   p99 {percentile * 1000:6.1f} ms   longest {ordered[-1] * 1000:6.1f} ms"
        )
    ratio = statistics.median(submitted) / statistics.median(refused)
    print(f"ratio of the medians {ratio:.1f}; {sum(t < BOUND for t in submitted)} of {SUBMISSIONS} under 50 ms")


def _answer_time(api: Api, name: str) -> float:
    start = time.perf_counter()
    api.post("/tasks", json={"name": name, "kwargs": {"duration": 0}})
    return time.perf_counter() - start


if __name__ == "__main__":
    main()

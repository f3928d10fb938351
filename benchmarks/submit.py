"""How long a submission takes to be answered, while the work goes on elsewhere: `python -m benchmarks.submit`.

The processes of the Procfile run as in production. The peer in the same run is the least that any server has to do:
the same call with a body that is refused at once, answered without Redis.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.harness.measures import Limit, add_short, verdict
from tests.api import Api
from tests.processes import Stack

SUBMISSIONS = 200
BOUND = 0.050
"""Seconds in which a submission is to be answered."""


def main() -> int:
    """Prints the first answer, then median, 99th percentile and longest of the others, beside the peer's."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    add_short(parser)
    chosen = parser.parse_args()
    submissions = 10 if chosen.short else SUBMISSIONS
    with tempfile.TemporaryDirectory() as folder, Stack(Path(folder)) as stack:
        api = Api(stack.url)
        api.get("/session")  # the connection, which a browser has as well
        first = _answer_time(api, "phloem.jobs.countdown", 202)
        submitted, refused = [], []
        for _ in range(submissions):
            submitted.append(_answer_time(api, "phloem.jobs.countdown", 202))
            refused.append(_answer_time(api, "no.such.task", 422))
    print(f"the very first submission of the process      {first * 1000:6.1f} ms")
    for name, times in (("submitted (202)", submitted), ("refused (422)", refused)):
        ordered = sorted(times)
        percentile = ordered[int(len(ordered) * 0.99)]
        print(
            f"{name:20s} median {statistics.median(ordered) * 1000:6.1f} ms"
            f"   p99 {percentile * 1000:6.1f} ms   longest {ordered[-1] * 1000:6.1f} ms"
        )
    ratio = statistics.median(submitted) / statistics.median(refused)
    print(f"ratio of the medians {ratio:.1f}")
    late = sum(seconds >= BOUND for seconds in submitted)
    return verdict([Limit(what="submissions that took 50 ms or more", value=late, limit=0)], short=chosen.short)


def _answer_time(api: Api, name: str, expected: int) -> float:
    start = time.perf_counter()
    answer = api.post("/tasks", json={"name": name, "kwargs": {"duration": 0}})
    taken = time.perf_counter() - start
    if answer.status_code != expected:
        raise SystemExit(f"{name} was answered {answer.status_code} instead of {expected}: {answer.text}")
    return taken


if __name__ == "__main__":
    sys.exit(main())

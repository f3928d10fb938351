"""`python -m tests.chaos.model`: the random lives of tests/contract/test_record_model.py, for 20,000 steps."""

from __future__ import annotations

import argparse
import time

from tests.contract.test_record_model import run, within_reach
from tests.processes import running_redis


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=20_000)
    steps = parser.parse_args().steps
    with running_redis() as server, within_reach():
        beginning = time.monotonic()
        run(server.url, steps, repeatable=False)
    print(f"{steps} steps in {time.monotonic() - beginning:.0f} s: record, model and memory never differed")


if __name__ == "__main__":
    main()

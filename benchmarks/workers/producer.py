"""A process that sends empty tasks: reads how many, sends them, and says the seconds that it took, also of CPU."""

from __future__ import annotations

import sys
import time

from benchmarks.workers.app import nothing


def main() -> None:
    """One line for each line of standard input."""
    nothing.delay()  # connects
    print(flush=True)
    for line in sys.stdin:
        start, used = time.perf_counter(), time.process_time()
        for _ in range(int(line)):
            nothing.delay()
        print(time.perf_counter() - start, time.process_time() - used, flush=True)


if __name__ == "__main__":
    main()

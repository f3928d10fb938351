"""`python -m tests.chaos`: a minute in which everything fails; exits 1 if anybody disagrees at the end."""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from pathlib import Path

from tests.chaos.places import PLACES
from tests.chaos.run import Chaos, Plan

NEEDED = (
    "1000 events/s, 100 connections, 5 failures each of Redis, workers and web processes, viewers who were told, "
    "and a control that ends wrong"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--seed", type=int, default=int(time.time()), help="of the faults; the same seed, the same dice"
    )
    parser.add_argument("--folder", type=Path, help="where to keep what all processes said")
    parser.add_argument("--place", choices=PLACES, default="alone", help="where the record is, and so what befalls it")
    options = parser.parse_args()
    logging.getLogger("phloem").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory(prefix="phloem-chaos-") as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        report = Chaos(folder, Plan(seed=options.seed, place=options.place)).run()
    print(f"seed {options.seed}\n{report}")
    if not report.enough:
        print(f"This run was too mild to show anything; it needs {NEEDED}.")
        sys.exit(1)
    sys.exit(bool(report.wrong))


if __name__ == "__main__":
    main()

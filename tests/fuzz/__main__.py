"""`python -m tests.fuzz`: 100,000 messages that no client should send; exits 1 if another client notices."""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from pathlib import Path

from phloem_server.settings import FANOUTS
from phloem_server.transport.modes.mode import MODES
from tests.fuzz.run import Fuzz, Plan
from tests.fuzz.test_short import GROWTH


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the messages")
    parser.add_argument("--fanout", choices=FANOUTS, default="direct")
    parser.add_argument("--mode", choices=MODES, default=MODES[0])
    parser.add_argument("--folder", type=Path, help="where to keep what the server said")
    options = parser.parse_args()
    logging.getLogger("phloem").setLevel(logging.ERROR)
    plan = Plan(messages=options.messages, seed=options.seed, fanout=options.fanout, mode=options.mode)
    with tempfile.TemporaryDirectory(prefix="phloem-fuzz-") as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        report = Fuzz(folder, plan).run(lambda line: print(f"\r{line}\033[K", end="", file=sys.stderr, flush=True))
    print(f"\nseed {options.seed}\n{report}")
    sys.exit(bool(report.wrong) or report.growth > GROWTH)


if __name__ == "__main__":
    main()

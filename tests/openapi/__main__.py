"""`python -m tests.openapi`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.openapi.run import run
from tests.processes import Stack


def main() -> int:
    """Runs against the real server; the status is that of schemathesis."""
    parser = argparse.ArgumentParser(description="Random requests of every kind, against the description of the API.")
    parser.add_argument("--examples", type=int, default=100, help="random requests for each call")
    parser.add_argument("--seed", type=int, default=13)
    chosen = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        Stack(Path(folder), parts=("redis", "web", "mailbox")) as stack,
    ):
        ended = run(stack.url, chosen.examples, chosen.seed)
    print(ended.stdout)
    return ended.returncode


if __name__ == "__main__":
    sys.exit(main())

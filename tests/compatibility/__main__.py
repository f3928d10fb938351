"""`python -m tests.compatibility --record` keeps what is answered now; without it, says what differs from that.

The interpreter says which tree is asked: its `phloem` and `celery` are run, with the environment's PYTHONPATH.
"""

from __future__ import annotations

import argparse
import sys

from tests.compatibility.compare import differences, read, write
from tests.compatibility.scenario import RECORDED, converse


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.compatibility", description=__doc__)
    parser.add_argument("--record", action="store_true", help="keep what is answered now, instead of what was kept")
    options = parser.parse_args()
    answers = converse()
    if options.record:
        for file, told in answers.items():
            write(RECORDED / file, told)
        return
    found = [f"{file}: {each}" for file, told in answers.items() for each in differences(read(RECORDED / file), told)]
    print("\n".join(found) or "All is as it was recorded.")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()

"""The command line of bin/contract."""

from __future__ import annotations

import sys
from pathlib import Path

from tools.contract.outputs import Misplaced, outputs
from tools.contract.records import Undescribed

ROOT = Path(__file__).parents[2]


def main(arguments: list[str]) -> int:
    """Writes every file, or with --check says which are stale. Returns the exit status: 1 where one is."""
    if arguments not in ([], ["--check"]):
        print("usage: bin/contract [--check]", file=sys.stderr)
        return 2
    try:
        stale = [output for output in outputs(ROOT) if output.is_stale]
    except (Misplaced, Undescribed) as error:
        print(error, file=sys.stderr)
        return 2
    for output in stale:
        if arguments:
            print(f"{output.path} is not what the types say: run bin/contract", file=sys.stderr)
        else:
            (ROOT / output.path).parent.mkdir(exist_ok=True)
            (ROOT / output.path).write_text(output.wanted)
            print(output.path)
    return 1 if arguments and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

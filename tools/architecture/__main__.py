"""The command line of bin/architecture."""

from __future__ import annotations

import sys
from pathlib import Path

from tools.architecture.outputs import outputs
from tools.architecture.rooms import Unreadable

ROOT = Path(__file__).parents[2]


def main(arguments: list[str]) -> int:
    """Writes every file, or with --check says which are stale. Returns the exit status: 1 where one is."""
    if arguments not in ([], ["--check"]):
        print("usage: bin/architecture [--check]", file=sys.stderr)
        return 2
    try:
        stale = [output for output in outputs(ROOT) if output.is_stale]
    except Unreadable as error:
        print(error, file=sys.stderr)
        return 2
    for output in stale:
        if arguments:
            print(f"{output.path} is not what the import contracts say: run bin/architecture", file=sys.stderr)
        else:
            (ROOT / output.path).write_text(output.wanted)
            print(output.path)
    return 1 if arguments and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

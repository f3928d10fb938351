"""Lines that commands print for the person who runs them.

Imports nothing at the top that a mode has to change first (see `__main__`).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

PAST_THE_PAGE = "Redis at {} asks nobody for a password; whoever reaches it can walk around the page"
"""A warning with the address of a Redis, where the page asks people who they are."""


def tell(line: str) -> None:
    """Prints a line to standard output."""
    print(line, flush=True)


def warn(line: str) -> None:
    """Prints a line to standard error, without secrets, as that of the command `phloem`."""
    from phloem.redaction import scrub

    print(f"phloem: {scrub(line)}", file=sys.stderr, flush=True)


@contextmanager
def errors_in_one_line() -> Iterator[None]:
    """What the person can put right becomes one line, with exit status 2 and no traceback."""
    from phloem.record.record import ChannelError
    from phloem.settings import SettingError
    from phloem_server.transport.listen import CannotListen

    try:
        yield
    except (SettingError, ChannelError, CannotListen) as error:
        warn(" ".join(str(error).split()))
        raise SystemExit(2) from None


def tell_table(rows: Sequence[Sequence[str]]) -> None:
    """Prints rows of as many cells each, in columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        tell("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())

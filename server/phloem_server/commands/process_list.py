"""Keeps passwords out of the list of processes, which every user of a machine can read.

Imports nothing that a mode has to change first (see `__main__`).
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence

_PASSWORD = re.compile(r"@|[?&;][^=&;]*(?:passw|pwd)", re.IGNORECASE)
"""What an address with a password has: more addresses are hidden than need be."""


def hide(given: Mapping[str, str | None]) -> None:
    """Starts this process anew, under the same id, without those options that hold a password.

    `given` are the values of options, by the options. Returns if none of them does, or none stands in the arguments.
    What they say has to be in the environment already, which only the owner of the process can read.
    """
    rest = without(sys.orig_argv, given)
    if rest != sys.orig_argv:
        sys.stdout.flush()
        sys.stderr.flush()
        os.execv(sys.executable, rest)


def without(arguments: Sequence[str], given: Mapping[str, str | None]) -> list[str]:
    """Arguments without those options of `given` whose value holds a password."""
    secret = {option: value for option, value in given.items() if value and _PASSWORD.search(value)}
    kept: list[str] = []
    skip = False
    for number, argument in enumerate(arguments):
        following = arguments[number + 1 : number + 2]
        if skip:
            skip = False
        elif argument in secret and following == [secret[argument]]:
            skip = True
        elif not any(argument == f"{option}={value}" for option, value in secret.items()):
            kept.append(argument)
    return kept

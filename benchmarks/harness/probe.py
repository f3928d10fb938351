"""The web process with a probe in it: `python -m benchmarks.harness.probe FILE serve …` is `phloem serve …`.

Whenever its mirror has taken in changes that it heard, it notes in FILE how long that took, from the moment that the
message of the last of these tasks carries (`at=` and 16 digits of microseconds of the monotonic clock, which is the
same in all processes of a machine): through Redis, the subscription, and whatever the mirror's lock was held for.
"""

from __future__ import annotations

import struct
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.harness.viewers import STAMP
from phloem_server.transport.modes import choice
from phloem_server.transport.modes.mode import MODES

SAMPLE = struct.Struct("dd")
"""When, in seconds of the monotonic clock, and how long it took, in milliseconds."""

FLUSH_SECONDS = 0.5
"""Between two times that samples are written to the file."""


def samples(file: Path, since: float) -> list[float]:
    """The milliseconds of the samples since a moment of the monotonic clock."""
    held = file.read_bytes()
    whole = len(held) - len(held) % SAMPLE.size
    return [took for at, took in SAMPLE.iter_unpack(held[:whole]) if at >= since]


def watch(file: str) -> None:
    """Notes each time that a mirror of this process takes in changes that were heard."""
    from phloem_server.mirror.mirror import Mirror  # after the mode was prepared

    output = Path(file).open("ab")  # noqa: SIM115  # for as long as the process lives
    apply = Mirror.apply
    flushed = 0.0

    def noted(mirror: Mirror, changes: Any, *, heard: bool) -> bool:
        nonlocal flushed
        concerned = apply(mirror, changes, heard=heard)
        now = time.monotonic()
        stamp = STAMP.match((changes.tasks[-1].message or "").encode()) if heard and changes.tasks else None
        if stamp is not None:
            output.write(SAMPLE.pack(now, now * 1000 - int(stamp[1]) / 1000))
        if now - flushed >= FLUSH_SECONDS:
            flushed = now
            output.flush()
        return concerned

    Mirror.apply = noted  # type: ignore[assignment, method-assign]


if __name__ == "__main__":
    choice.prepare(MODES[0])
    file, *sys.argv[1:] = sys.argv[1:]
    watch(file)
    from phloem_server.__main__ import main  # as above

    main()

"""What benchmarks measure with, and the bounds they hold it against."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

KIB = 1024


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A bound and what was measured.

    `sound` marks a bound without which the other figures mean nothing: that all was sent, recorded and received.
    """

    what: str
    value: float
    limit: float
    at_least: bool = False
    sound: bool = False

    @property
    def kept(self) -> bool:
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def __str__(self) -> str:
        bound = "at least" if self.at_least else "at most"
        verdict = "kept" if self.kept else "NOT KEPT"
        return f"{self.what:66} {self.value:6.2f}  ({bound} {self.limit:g})  {verdict}"


def verdict(limits: Sequence[Limit], *, short: bool = False) -> int:
    """Prints the limits; the status to end with: 1 if one is not kept.

    A `short` run is judged only by the limits that are `sound`: it is too short for any other figure.
    """
    print(*limits, sep="\n")
    return int(not all(limit.kept for limit in limits if limit.sound or not short))


def add_short(parser: argparse.ArgumentParser) -> None:
    """Adds the option that every benchmark has."""
    parser.add_argument("--short", action="store_true", help="some seconds, to see that it measures; no limit counts")


def quantile(values: Sequence[float], share: float) -> float:
    """The value that this share of all does not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def cpu(pid: int) -> float:
    """Seconds of CPU that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def busy() -> float:
    """Seconds of CPU that all programs have used so far, and other machines on the same hardware."""
    user, nice, system, _, _, _, _, steal, *_ = map(int, Path("/proc/stat").read_text().split()[1:11])
    return (user + nice + system + steal) / os.sysconf("SC_CLK_TCK")


def memory(pid: int) -> int:
    """Bytes that a process has in memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Machine:
    """What processes have used since this was made, and what all other programs had of the machine."""

    def __init__(self, *pids: int) -> None:
        self._pids = pids
        self._start, self._busy, self._cpu = time.monotonic(), busy(), [cpu(pid) for pid in pids]

    @property
    def used(self) -> list[float]:
        """Seconds of CPU, of each."""
        return [cpu(pid) - before for pid, before in zip(self._pids, self._cpu, strict=True)]

    @property
    def others(self) -> float:
        """The share of the others, 0 to 1."""
        cores = (time.monotonic() - self._start) * (os.cpu_count() or 1)
        return max(0.0, busy() - self._busy - sum(self.used)) / cores

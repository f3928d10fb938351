"""What producers know, written where no Redis can lose it, and the comparison of the record with it.

Each process appends to a file of its own, one line at a time, so that a SIGKILL cuts off nothing that was written.
A line says that a task was sent, that a run of it was received, that its code ended and how, or that the recorder
said that this end is recorded.
"""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import msgspec

from phloem.model.state import State
from phloem.model.task import Task

FOLDER = "CHAOS_TRUTH"
OWNER = "CHAOS_OWNER"
"""Variables that name the folder of the files, and the worker that a process belongs to and dies with."""


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One line."""

    what: Literal["sent", "received", "ended", "told"]
    id: str
    at: float
    owner: str = ""
    run: str = ""
    attempt: int = 0
    state: State | None = None


class Notebook:
    """The file of this process; a forked child starts its own."""

    def __init__(self, folder: Path, owner: str) -> None:
        self._folder = folder
        self._owner = owner
        self._pid = 0
        self._file = -1

    def note(
        self,
        what: Literal["sent", "received", "ended", "told"],
        task_id: str,
        run: str = "",
        *,
        attempt: int = 0,
        state: State | None = None,
    ) -> None:
        """Adds a line, at once and as a whole."""
        if self._pid != os.getpid():
            self._pid = os.getpid()
            path = self._folder / f"{self._owner}-{self._pid}.jsonl"
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        fact = Fact(what=what, id=task_id, at=time.time(), owner=self._owner, run=run, attempt=attempt, state=state)
        os.write(self._file, msgspec.json.encode(fact) + b"\n")


def notebook() -> Notebook:
    """The one that the environment names."""
    return Notebook(Path(os.environ[FOLDER]), os.environ[OWNER])


@dataclass
class Run:
    """What is known of one execution of a task."""

    owner: str
    attempt: int
    received: float
    ended: State | None = None
    told: bool = False


@dataclass
class Truth:
    """What all producers together know: the runs of each task."""

    tasks: dict[str, dict[str, Run]] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> Truth:
        truth = cls()
        facts = [
            msgspec.json.decode(line, type=Fact) for file in folder.iterdir() for line in file.read_bytes().splitlines()
        ]
        for fact in sorted(facts, key=lambda fact: fact.at):
            runs = truth.tasks.setdefault(fact.id, {})
            if fact.run:
                run = runs.setdefault(fact.run, Run(fact.owner, fact.attempt, fact.at))
                run.ended = fact.state or run.ended
                run.told = run.told or fact.what == "told"
        return truth

    def differences(self, record: Mapping[str, Task], killed: Collection[str]) -> Iterator[str]:
        """Where the record is not what producers know. `killed` are the owners that were ended by SIGKILL."""
        for task_id, runs in self.tasks.items():
            task = record.get(task_id)
            if task is None:
                yield f"{task_id} is not in the record"
            elif reason := _difference(task, runs, killed):
                error = task.error and task.error.message
                yield f"{task_id} is {task.state} in run {task.run} ({error}): {reason}; {runs}"
        for task_id in record.keys() - self.tasks.keys():
            yield f"{task_id} is in the record, and nobody sent it"

    def untold(self, killed: Collection[str]) -> int:
        """Runs that ended, and whose worker was killed before it knew that this is recorded: both ends are right."""
        runs = (run for runs in self.tasks.values() for run in runs.values())
        return sum(run.ended is not None and not run.told and run.owner in killed for run in runs)


def _difference(task: Task, runs: Mapping[str, Run], killed: Collection[str]) -> str:
    """Why a task is not what its runs say; empty if it is."""
    # What a worker knew when it was killed may have died with it.
    certain = {token: run for token, run in runs.items() if run.told or run.owner not in killed}
    if task.run is None:
        goes_on = all(run.ended is State.RETRY for run in certain.values())
        return "" if task.state in (State.PENDING, State.RETRY) and goes_on else "it was received"
    run = runs.get(task.run)
    if run is None:
        # A worker that was killed as it took a message may have told of it, and not noted it yet.
        taken_along = task.state is State.LOST and (task.worker or "").partition("@")[0] in killed
        return "" if taken_along else "nobody knows this run"
    for token, other in certain.items():
        if (other.attempt, other.received) > (run.attempt, run.received) and token != task.run:
            return f"run {token} is later"
    right = {run.ended or State.LOST}
    if run.ended is None and run.owner not in killed:
        return "its run has not ended, though its worker lives"
    if run.owner in killed and not run.told:
        right.add(State.LOST)
    return "" if task.state in right else f"it should be {' or '.join(sorted(right))}"

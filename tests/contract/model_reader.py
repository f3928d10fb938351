"""A reader of the record, as the contract describes it, and its rows as the model has them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import msgspec

from phloem.model.changes import Changes, Position
from phloem.model.known_by import KnownBy
from phloem.model.state import State
from phloem.model.task import LogEntry, Task
from phloem.record.record import Channel
from tests.contract.record_model import NOW, STOPPED, VANISHED, Said

CLOCK_SECONDS = 3600.0
"""So near to the present, a time is one of the record's own clock: those of events are drawn from decades."""


class Reader:
    """Holds rows, hears some of what is published, and reads the rest: what the contract of a reader comes to."""

    def __init__(self) -> None:
        self.position = Position()
        self.rows: dict[str, Task] = {}
        self.inbox: list[Changes] = []
        self.pages: Iterator[Changes] | None = None
        self._furthest: dict[tuple[str, str], tuple[int, bool]] = {}

    def look(self, channel: Channel) -> None:
        """Reads all that changed since its position."""
        self.pages = None
        for page in channel.changed(self.position):
            self.take(page)

    def turn_page(self, channel: Channel) -> None:
        """Reads one page more."""
        self.pages = self.pages or channel.changed(self.position)
        page = next(self.pages, None)
        if page is None:
            self.pages = None
        else:
            self.take(page)

    def hear(self, channel: Channel) -> None:
        """Takes the next message if it follows what is held; if something is missing, looks."""
        message = self.inbox.pop(0)
        here = self.position
        if message.epoch == here.epoch and message.from_ <= here.offset < message.to:
            self.take(message)
        elif message.epoch != here.epoch or message.to > here.offset:
            self.look(channel)

    def take(self, changes: Changes) -> None:
        if changes.reset:
            self.rows.clear()
            self._furthest.clear()
        for task_id in changes.drop:
            self.rows.pop(task_id, None)
        for task in changes.tasks:
            held = self.rows.get(task.id)
            if held is not None and held.first_offset != task.first_offset:
                self._furthest = {key: value for key, value in self._furthest.items() if key[0] != task.id}
            if held is None or held.offset < task.offset:
                self.rows[task.id] = task
                self._watch(task)
        self.position = Position(epoch=changes.epoch, offset=changes.to)

    def _watch(self, task: Task) -> None:
        """Within one run no state goes back. A run that waits for its time is received, though it shows RETRY."""
        if task.run is None:
            return
        rank, begun = self._furthest.get((task.id, task.run), (0, False))
        now = task.state.rank
        if task.state is State.RETRY and task.run.startswith("waits") and not begun:
            now = State.RECEIVED.rank
        assert now >= rank, f"{task.id} went back to {task.state} in {task.run}"
        self._furthest[task.id, task.run] = now, begun or now > State.RECEIVED.rank


def shown(task: Task) -> dict[str, Any]:
    """The fields of a task that have a value; what only the record's clock and words know is made comparable."""
    row = known_only({name: getattr(task, name) for name in task.__struct_fields__})
    row |= _without_clock(row)
    assert abs(row.pop("known_at") - time.time()) < CLOCK_SECONDS
    if "tries" in row:
        tries = [known_only(msgspec.structs.asdict(each)) for each in row["tries"]]
        row["tries"] = [each | _without_clock(each) for each in tries]
    if abs(row.get("retried_at", NOW) - time.time()) < CLOCK_SECONDS:
        row["retried_at"] = NOW
    return row


def _without_clock(row: dict[str, Any]) -> dict[str, Any]:
    """What takes the place of the record's own words and times."""
    error = row.get("error")
    if error is None or error.type != "WorkerLost":
        return {}
    return {"error": VANISHED if "vanished" in error.message else STOPPED, "finished_at": NOW}


def known_only(row: dict[str, Any]) -> dict[str, Any]:
    """Without what says nothing."""
    known = {name: value for name, value in row.items() if value not in (None, (), [], msgspec.UNSET)}
    plain = (("retries", 0), ("earlier_tries", 0), ("known_by", (KnownBy.ATTACH,)))
    return {name: value for name, value in known.items() if (name, value) not in plain}


def unplaced(row: dict[str, Any]) -> dict[str, Any]:
    """Without its offset: who lets go of several tasks at once may do so in any order."""
    return {name: value for name, value in row.items() if name != "offset"}


def entries(log: tuple[LogEntry, ...]) -> list[Said]:
    return [(entry.kind, entry.level, entry.message) for entry in log]

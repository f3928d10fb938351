"""The view for pipes and files: one line for each change of state, and for each line that a task logs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

from phloem.model.state import State
from phloem.model.task import Task
from phloem_server.commands.watch import text
from phloem_server.commands.watch.client import Client
from phloem_server.commands.watch.outcome import Outcome, report
from phloem_server.commands.watch.store import order

REMEMBERED = 10_000
"""Tasks whose last line is remembered, so that one that comes back to the list is not printed again."""


class Notes:
    """Lines beside the view, for standard error.

    They tell that the connection is lost, that it is back, and that the task to be watched is not known yet.
    """

    def __init__(self, client: Client, say: Callable[[str], None], task_id: str | None = None) -> None:
        self._client, self._say = client, say
        self._last_kind = "live"
        self._task_id = task_id

    def show(self) -> None:
        """Prints what is new."""
        link = self._client.link
        kind = "live" if link.kind in ("connecting", "resynced") else link.kind
        if kind != self._last_kind:
            self._last_kind = kind
            self._say(text.connection(link, link.since) if kind != "live" else "live again")
        if self._task_id is not None and link.kind != "connecting":
            if self._client.store.task(self._task_id) is None:
                self._say(f"{text.escaped(self._task_id)}: {text.UNKNOWN}")
            self._task_id = None


class PlainList:
    """A list: the state of every task now, oldest first, then each change of state."""

    def __init__(self, client: Client, out: TextIO) -> None:
        self._client, self._out = client, out
        self._printed: dict[str, tuple[State, str | None]] = {}
        self._version = 0

    def __enter__(self) -> PlainList:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def show(self) -> int | None:
        """Prints what is new. None: a list has no end."""
        store = self._client.store
        if store.version == self._version:
            return None
        self._version = store.version
        for task in reversed(store.tasks):
            if self._printed.get(task.id) != (task.state, task.run):
                self._printed.pop(task.id, None)
                self._printed[task.id] = (task.state, task.run)
                self._write(task)
        for task_id in list(self._printed)[:-REMEMBERED]:
            del self._printed[task_id]
        return None

    def _write(self, task: Task) -> None:
        at = _changed_at(task) or self._client.now()
        facts = (task.name or "?", task.id, task.worker or "-", text.percent(task) or "-")
        words = (text.moment(at), f"{task.state:<8}", *map(text.escaped, facts), text.says(task))
        print("  ".join(words).rstrip(), file=self._out, flush=True)


class PlainTask:
    """One task: its log as it comes, with the states that it goes through, and its outcome."""

    def __init__(self, client: Client, task_id: str, out: TextIO) -> None:
        self._outcome = Outcome(client, task_id)
        self._client, self._out = client, out
        self._last = (0, 0)
        self._version = 0

    def __enter__(self) -> PlainTask:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def show(self) -> int | None:
        """Prints what is new; the exit status once the task has ended."""
        store = self._client.store
        if store.version != self._version:
            self._version = store.version
            for entry in store.log:
                if order(entry.id) > self._last:
                    self._last = order(entry.id)
                    word = f"{entry.message if entry.kind == 'state' else entry.level:<8}"
                    said = "" if entry.kind == "state" else text.said(entry)
                    self._print(f"{text.moment(entry.at)}  {text.escaped(word)}  {said}".rstrip())
        task = self._outcome.task()
        if task is None:
            return None
        for line in report(task):
            self._print(line)
        return text.STATUS[task.state]

    def _print(self, line: str) -> None:
        print(line, file=self._out, flush=True)


def _changed_at(task: Task) -> float | None:
    """When a task came into its state, in Unix seconds, where that is known."""
    match task.state:
        case State.PENDING:
            return task.created_at
        case State.RECEIVED:
            return task.received_at
        case State.STARTED:
            return task.started_at
        case _:
            return task.finished_at

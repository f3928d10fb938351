"""The view for terminals, drawn with rich. All texts are escaped and put in as `Text`, which knows no markup."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from phloem.model.state import State
from phloem.model.task import LogEntry, Step, Task
from phloem_server.commands.watch import text
from phloem_server.commands.watch.client import Client
from phloem_server.commands.watch.outcome import Outcome, report
from phloem_server.commands.watch.store import order

DRAW_SECONDS = 0.1
"""Between two pictures, at least, if something changed; without that, each second has one for what counts time."""

WIDE_COLUMNS = 100
"""Width of the terminal from which a list shows rate and worker, too."""

STATES = {
    State.PENDING: "dim",
    State.RECEIVED: "dim",
    State.STARTED: "cyan",
    State.PROGRESS: "cyan",
    State.RETRY: "yellow",
    State.SUCCESS: "green",
    State.FAILURE: "red",
    State.REVOKED: "magenta",
    State.LOST: "red",
}
LEVELS = {"debug": "dim", "warning": "yellow", "error": "red", "critical": "bold red"}
LINKS = {"live": "green", "resynced": "green", "connecting": "dim", "reconnecting": "bold red", "stale": "bold yellow"}


class Screen:
    """A picture that is drawn again when it changed. When the block ends, the terminal is as it was before."""

    whole = False
    """Whether it takes the whole terminal, as an editor does."""

    def __init__(self, client: Client, title: str, console: Console, clock: Callable[[], float]) -> None:
        self.client, self.console = client, console
        self._title, self._clock = title, clock
        self._live = Live(console=console, auto_refresh=False, screen=self.whole, transient=True)
        self._drawn: object = None
        self._drawn_at = -DRAW_SECONDS

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def picture(self) -> RenderableType:
        """What is to be drawn now."""
        raise NotImplementedError

    def draw(self) -> None:
        """Draws the picture, unless it was drawn just before or would be the same."""
        state = (self.client.store.version, self.client.link, int(self.client.now()), self.console.size)
        if state != self._drawn and self._clock() - self._drawn_at >= DRAW_SECONDS:
            self._drawn, self._drawn_at = state, self._clock()
            self._live.update(self.picture(), refresh=True)

    def head(self, left: Text) -> Table:
        """One line: what is watched, and at the right the state of the connection."""
        link = self.client.link
        head = Table.grid(expand=True, padding=(0, 1))
        head.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
        head.add_column(no_wrap=True, justify="right")
        title = Text(text.escaped(self._title), style="bold").append("  ").append_text(left)
        head.add_row(title, Text(text.connection(link, self.client.now()), style=LINKS[link.kind]))
        return head


class ListScreen(Screen):
    """The newest tasks, as many as fit."""

    whole = True

    def __init__(
        self, client: Client, title: str, console: Console, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(client, title, console, clock)

    def show(self) -> int | None:
        """Draws. None: a list has no end."""
        self.draw()
        return None

    def picture(self) -> RenderableType:
        store = self.client.store
        table = Table(box=None, expand=True, pad_edge=False, header_style="dim")
        table.add_column("State", no_wrap=True)
        table.add_column("Task", ratio=4, no_wrap=True, overflow="ellipsis")
        table.add_column("Says", ratio=4, no_wrap=True, overflow="ellipsis")
        table.add_column("Progress", width=10)
        table.add_column("", width=5, justify="right", no_wrap=True)
        table.add_column("Age", justify="right", no_wrap=True)
        wide = self.console.width >= WIDE_COLUMNS
        if wide:
            table.add_column("Rate", width=20, no_wrap=True, overflow="ellipsis")
            table.add_column("Worker", ratio=2, no_wrap=True, overflow="ellipsis")
        room = max(1, self.console.height - 2)
        for task in store.tasks[:room]:
            table.add_row(*self._row(task)[: None if wide else -2])
        return Group(self.head(Text(text.totals(store.totals))), table)

    def _row(self, task: Task) -> tuple[RenderableType, ...]:
        step = text.current(task)
        begun = task.created_at or task.received_at or task.started_at
        running = step is not None and not task.state.ended
        return (
            Text(task.state, style=STATES[task.state]),
            Text(text.escaped(text.called(task))),
            Text(text.says(task), style="dim"),
            _bar(task.percent),
            Text(text.percent(task)),
            Text("" if begun is None else text.duration(self.client.now() - begun)),
            Text(text.pace(step) if step is not None and running else "", style="dim"),
            Text(text.escaped(task.worker or ""), style="dim"),
        )


class TaskScreen(Screen):
    """One task: its log scrolls above, and its facts and steps stay below."""

    def __init__(
        self, client: Client, task_id: str, title: str, console: Console, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(client, title, console, clock)
        self._task_id = task_id
        self._outcome = Outcome(client, task_id, clock)
        self._last = (0, 0)
        self._version = 0

    def show(self) -> int | None:
        """Draws; the exit status once the task has ended, whose last picture then stays."""
        if self.client.store.version != self._version:
            self._version = self.client.store.version
            for entry in self.client.store.log:
                if order(entry.id) > self._last:
                    self._last = order(entry.id)
                    self.console.print(_line(entry))
        task = self._outcome.task()
        if task is None:
            self.draw()
            return None
        self._live.stop()
        self.console.print(self._facts(task))
        for line in report(task):
            self.console.print(Text(line, style=STATES[task.state] if line.startswith("Error: ") else ""))
        return text.STATUS[task.state]

    def picture(self) -> RenderableType:
        task = self.client.store.task(self._task_id)
        if task is None:
            known = "" if self.client.link.kind == "connecting" else text.UNKNOWN
            return self.head(Text(f"{text.escaped(self._task_id)}  {known}".rstrip()))
        return Group(self.head(Text("")), self._facts(task))

    def _facts(self, task: Task) -> RenderableType:
        now = self.client.now()
        begun, ended = task.started_at, task.finished_at
        ran = "" if begun is None else text.duration((ended if ended is not None else now) - begun)
        facts = {
            "Id": task.id,
            "Arguments": " ".join(given for given in (task.args, task.kwargs) if given and given not in ("[]", "{}")),
            "Queue": task.queue or "",
            "Worker": task.worker or "",
            "Tries": str(task.retries + 1) if task.retries else "",
            "Ran": ran,
            "Says": task.message or "",
        }
        grid = Table.grid(padding=(0, 2))
        grid.add_column(style="dim", no_wrap=True)
        grid.add_column(no_wrap=True, overflow="ellipsis")
        grid.add_row(
            Text(task.state, style=STATES[task.state]), Text(text.escaped(text.called(task) if task.name else ""))
        )
        for name, value in facts.items():
            if value:
                grid.add_row(Text(name), Text(text.escaped(value)))
        room = max(1, self.console.height - len(facts) - 4)
        return Group(grid, _steps(task.steps[-room:]))


def _steps(steps: tuple[Step, ...]) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True, overflow="ellipsis")
    grid.add_column(width=24)
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True, style="dim")
    for step in steps:
        name = "  " * step.key.count(".") + text.escaped(step.description or step.key)
        share = 100 * step.current / step.total if step.total else 100.0 if step.done else None
        grid.add_row(
            Text(name, style="dim" if step.done else ""), _bar(share), Text(text.progress(step)), Text(text.pace(step))
        )
    return grid


def _bar(percent: float | None) -> RenderableType:
    if percent is None:
        return Text("")
    return ProgressBar(total=100, completed=min(100.0, max(0.0, percent)))


def _line(entry: LogEntry) -> Text:
    line = Text().append(f"{text.moment(entry.at)}  ", style="dim")
    if entry.kind == "state":
        known = entry.message in State.__members__
        return line.append(text.escaped(entry.message), style=STATES[State(entry.message)] if known else "")
    return line.append(f"{text.escaped(entry.level):<8}  ").append(text.said(entry), style=LEVELS.get(entry.level, ""))

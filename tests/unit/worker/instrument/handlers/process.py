"""A process in which an app is observed, and what Celery gives to its handlers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from celery import Celery

from phloem.instrument.handlers.child_process import ChildProcess
from phloem.instrument.handlers.main_process import MainProcess
from phloem.instrument.handlers.observer import Observer
from phloem.instrument.handlers.producer import Producer
from phloem.model.event import Event
from phloem.model.state import State
from phloem.model.task import Task
from phloem.record.record import Recorded
from phloem.reporting.recorder import Recorder
from phloem.testing import MemoryChannel


class Heard(MemoryChannel):
    """A record that knows who said that they are there, and can lose events."""

    def __init__(self) -> None:
        super().__init__()
        self.beats: list[tuple[str, int]] = []
        self.lost: set[State] = set()
        self.attempts: list[int] = []
        self.runs: list[str | None] = []

    def record(self, events: Sequence[Event], epoch: str = "") -> Recorded:
        self.attempts += [event.attempt for event in events]
        self.runs += [event.run for event in events]
        recorded = super().record([event for event in events if event.state not in self.lost], epoch)
        return Recorded(recorded.epoch, recorded.verdicts or ("ok",))

    def heartbeat(self, lease: str, seconds: int) -> str:
        self.beats.append((lease, seconds))
        return super().heartbeat(lease, seconds)


class Process:
    """A process in which an app is observed, and the record that it writes."""

    def __init__(self) -> None:
        self.channel = Heard()
        self.recorder = Recorder(lambda: self.channel)
        app = Celery("observed", set_as_current=False)
        app.task(_add, name="app.add", shared=False)
        self.observer = Observer(app, self.recorder)
        self.producer = Producer(self.observer)
        self.main = MainProcess(self.observer)
        self.child = ChildProcess(self.observer)

    def task(self) -> Task:
        """The task, once all that was reported is recorded."""
        assert self.recorder.flush(40)
        found = self.channel.task("t1")
        assert found is not None
        return found


def _add(a: int, b: int = 0) -> None: ...


class Request(SimpleNamespace):
    """A request as a worker's main process has it, with the methods of Celery's."""

    def on_success(self, outcome: object) -> None:
        """Its pool tells what came of it."""
        self.heard.append(outcome)

    def reject(self, requeue: bool = False) -> None:
        """Its message is not worked off."""
        self.on_reject(None, (), requeue)

    def on_reject(self, logger: object, connection_errors: object, requeue: bool = False) -> None:
        """The broker is told so."""
        self.rejected.append(requeue)


def message(retries: int = 0, headers: Mapping[str, object] | None = None) -> Any:
    """A request that a worker has received, of a class of its own: who hears of it changes its class."""
    kind: Any = type("Received", (Request,), {})
    return kind(
        heard=[],
        rejected=[],
        id="t1",
        name="app.add",
        args=[1],
        kwargs={},
        eta=None,
        expires=None,
        hostname="w@here",
        delivery_info={},
        request_dict={"task": "app.add", "retries": retries, **(headers or {})},
    )


def task(request_dict: dict[str, Any]) -> Any:
    """The task that runs it, as its child has it."""

    class Context(SimpleNamespace):
        def get(self, name: str, default: object = None) -> object:
            return getattr(self, name, default)

    return SimpleNamespace(name="app.add", request=Context(**{"id": "t1", **request_dict}))

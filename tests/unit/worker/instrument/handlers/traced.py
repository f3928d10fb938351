"""Tasks that Celery itself traces in this process, without a worker, and the record of what is observed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from celery import Celery
from celery.app.trace import build_tracer

from phloem.instrument import attachment
from phloem.instrument.labels import LabelOf
from phloem.instrument.messages.owners import OwnerOf
from phloem.model.state import State
from phloem.model.task import Task
from phloem.reporting.recorder import Recorder
from phloem.testing import MemoryChannel


class Traced:
    """An app that is attached to a record in memory. Its messages go to a broker in memory, and stay there."""

    def __init__(self, owner: OwnerOf | None = None, label: LabelOf | str | None = None) -> None:
        self.app = Celery("traced", broker="memory://", backend="cache+memory://", set_as_current=False)
        self.channel = MemoryChannel()
        self.recorder = Recorder(lambda: self.channel)
        self.observer = attachment.attach_recorder(self.app, self.recorder, owner=owner, label=label)

    def close(self) -> None:
        attachment.detach(2)
        self.app.close()

    def task(self, function: Callable[..., Any], **options: Any) -> Any:
        """A task of the app."""
        return self.app.task(bind=True, name=f"app.{function.__name__}", shared=False, **options)(function)

    def trace(self, task: Any, *args: Any, **request: Any) -> Any:
        """What Celery does with a message for the task, in a process that runs tasks."""
        request = {"id": "t1", "root_id": "t1", "delivery_info": {}, **request}
        return build_tracer(task.name, task, app=self.app)(request["id"], args, {}, request)

    def found(self, task_id: str = "t1") -> Task:
        """The task, once all that was reported is recorded."""
        assert self.recorder.flush(40)
        found = self.channel.task(task_id)
        assert found is not None, task_id
        return found

    def states(self, task_id: str = "t1") -> list[str]:
        """The states that the task went through."""
        assert self.recorder.flush(40)
        return [entry.message for entry in self.channel.log(task_id) if entry.kind == "state"]

    def ended(self, task_id: str = "t1") -> State:
        """The state in which the task ended; it holds no lease any more."""
        found = self.found(task_id)
        assert found.state.ended, found
        assert self.channel.lease(task_id) is None
        return found.state

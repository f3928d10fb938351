"""Where the messages of a task go, as far as that does not depend on its arguments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import celery
from celery.app.task import extract_exec_options
from kombu.entity import Exchange, Queue


class Route(NamedTuple):
    """How Celery would send a task."""

    queue: Queue | None
    options: dict[str, Any]
    """Further options of `apply_async`."""


class DependsOnArguments(Exception):
    """A router of the app looks at the arguments, of which there are none yet."""


def route(app: celery.Celery, task: Any) -> Route:
    """How the app would send the task. DependsOnArguments; and whatever else a router of the app raises."""
    own = {name: value for name, value in extract_exec_options(task).items() if value is not None}
    unseen = _Unseen()
    routed = app.amqp.router.route(dict(own), task.name, _Args(unseen), _Kwargs(unseen), task)
    if unseen.looked:  # a router may have caught what that raised
        raise DependsOnArguments
    queue = routed.pop("queue", None)
    if app.conf.task_compression is not None:
        routed.setdefault("compression", app.conf.task_compression)
    exchange = queue.exchange if queue is not None else None
    routed.setdefault("delivery_mode", getattr(exchange, "delivery_mode", None) or app.conf.task_default_delivery_mode)
    routed["ignore_result"] = bool(task.ignore_result)
    options = {name: _plain(value) for name, value in routed.items()}
    return Route(queue, {name: value for name, value in options.items() if value is not None})


def _plain(value: object) -> object:
    if isinstance(value, Exchange):
        return value.name
    return value if isinstance(value, str | int | float | bool) else None


class _Unseen:
    looked = False

    def look(self, *_: object) -> Any:
        """Notes that the arguments were looked at."""
        self.looked = True
        raise DependsOnArguments


class _Args(tuple[Any, ...]):
    """Positional arguments that are not there yet."""

    _unseen: _Unseen

    def __new__(cls, unseen: _Unseen) -> _Args:
        made = super().__new__(cls)
        made._unseen = unseen
        return made

    def __len__(self) -> int:
        return int(self._unseen.look())

    def __bool__(self) -> bool:
        return bool(self._unseen.look())

    def __iter__(self) -> Iterator[Any]:
        return iter(self._unseen.look())

    def __getitem__(self, place: Any) -> Any:
        return self._unseen.look(place)

    def __contains__(self, value: object) -> bool:
        return bool(self._unseen.look(value))


class _Kwargs(Mapping[str, Any]):
    """Keyword arguments that are not there yet. Celery itself asks whether there are any."""

    def __init__(self, unseen: _Unseen) -> None:
        self._unseen = unseen

    def __bool__(self) -> bool:
        return True

    def __len__(self) -> int:
        return int(self._unseen.look())

    def __iter__(self) -> Iterator[str]:
        return iter(self._unseen.look())

    def __getitem__(self, name: str) -> Any:
        return self._unseen.look(name)

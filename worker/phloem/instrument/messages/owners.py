"""Whose a task is that is sent: as its message says, else as the application says, else as the task that sends it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from celery.app.task import Task

from phloem.isolation import reraise_time_limit
from phloem.logs import Once, logger_of
from phloem.model.owner import LIMIT_CHARACTERS, fault
from phloem.progress.current import current

logger = logger_of(__name__)

OwnerOf = Callable[[Any, Sequence[Any], Mapping[str, Any]], str | None]
"""Gives the owner of a task that is sent, by the task and its arguments; None where it has none."""

_once = Once()

_behalf: ContextVar[str | None] = ContextVar("phloem_behalf", default=None)
"""The owner of the task for which this context sends something, where no run of it is here."""


class Owners:
    """Names the owners of what this process sends. `of` is the application's function, if it has one."""

    def __init__(self, of: OwnerOf | None, find: Callable[[Any], Any]) -> None:
        """`find` gives the task by its name; None if this process does not have it."""
        self._of = of
        self._find = find

    def of_sent(self, given: object, name: Any, args: Any, kwargs: Any) -> str | None:
        """The owner of a task that is sent from here. `given` is what the header of its message holds."""
        owner = told(given)
        if owner is None and self._of is not None:
            owner = self._asked(self._of, name, args, kwargs)
        return inherited() if owner is None else owner

    def _asked(self, of: OwnerOf, name: Any, args: Any, kwargs: Any) -> str | None:
        """What the application says. Its function may raise anything: the task is sent all the same."""
        try:
            return told(of(self._find(name) or bare(name), args or (), kwargs or {}))
        except Exception as error:
            reraise_time_limit(error)
            if _once.is_new_error(error):
                logger.exception("A task is sent without an owner: the function that phloem.attach got as owner failed")
            return None


def told(value: object) -> str | None:
    """The owner that somebody gave as `value`. What cannot be one is logged once, and counts as none."""
    if value is None or value == "":
        return None
    if (why := fault(value)) is None:
        return str.__str__(value)  # not one of a class of its own
    if _once.is_new(why):
        logger.error(
            "A task has no owner, for the one that it was given %s; expected a text of at most %d printable "
            "characters. This is logged once.",
            why,
            LIMIT_CHARACTERS,
        )
    return None


def common(given: Iterable[object]) -> str | None:
    """The one owner of several tasks that are worked off together; None where they have several."""
    owners = {told(each) for each in given}
    return owners.pop() if len(owners) == 1 else None


def inherited() -> str | None:
    """The owner of the task that this code belongs to, or sends something for; None where it has none."""
    run = current()
    return _behalf.get() if run is None else run.owner


@contextmanager
def on_behalf_of(owner: str | None) -> Iterator[None]:
    """What is sent within the block, outside of any run, is sent for a task of this owner."""
    token = _behalf.set(owner)
    try:
        yield
    finally:
        _behalf.reset(token)


def bare(name: Any) -> Task:
    """Stands for a task that this process does not have."""
    task = Task()
    task.name = str(name)
    return task

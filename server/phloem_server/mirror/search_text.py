"""The text of a task that free-text search looks at."""

from __future__ import annotations

from collections.abc import Callable

from phloem.model.task import Task

Texts = Callable[[list[Task]], list[str]]
"""Gives the search text of each task, in their order."""


def search_texts(tasks: list[Task]) -> list[str]:
    """The search text of each task: name, label, id, message and arguments, case-folded.

    The parts are separated by NUL, which none of them contains, so that no match spans two of them.
    """
    texts = [(task.name, task.label, task.id, task.message, task.args, task.kwargs) for task in tasks]
    return ["\0".join([part for part in parts if part]).casefold() for parts in texts]


class SearchTexts:
    """Search texts of task objects that the caller keeps alive, each built when it is first asked for."""

    def __init__(self) -> None:
        self._known: dict[int, str] = {}

    def __call__(self, tasks: list[Task]) -> list[str]:
        known = self._known
        unknown = [task for task in tasks if id(task) not in known]
        known.update(zip(map(id, unknown), search_texts(unknown), strict=True))
        return [known[id(task)] for task in tasks]

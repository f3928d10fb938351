"""The text of a task that words are looked for in, and the words of a search."""

from __future__ import annotations

import re
from collections.abc import Callable

from phloem.model.task import Error, Task

Texts = Callable[[list[Task]], list[str]]
"""Gives the search text of each task, in their order."""

WORDS_LIMIT = 20
"""Most words and phrases of a search."""

_WORD = re.compile(r'"([^"]*)"?|(\S+)')


def words_of(search: str) -> tuple[str, ...]:
    """The words of a search, each as it is looked for; what is in quotes is one phrase."""
    return tuple(dict.fromkeys(word.casefold() for pair in _WORD.findall(search) if (word := pair[0] or pair[1])))


def search_texts(tasks: list[Task]) -> list[str]:
    """The search text of each task, case-folded: name, label, id, queue, worker, owner, message, arguments,
    result and error.

    The parts are separated by NUL, which none of them contains, so that no match spans two of them.
    """
    texts = [
        (
            task.name,
            task.label,
            task.id,
            task.queue,
            task.worker,
            task.owner,
            task.message,
            task.args,
            task.kwargs,
            task.result,
            task.error and error_text(task.error),
        )
        for task in tasks
    ]
    return ["\0".join([part for part in parts if part]).casefold() for parts in texts]


def error_text(error: Error) -> str:
    """Type and message, as Python writes them below a traceback."""
    return f"{error.type}: {error.message}" if error.message else error.type


class SearchTexts:
    """Search texts of task objects that the caller keeps alive, each built when it is first asked for."""

    def __init__(self) -> None:
        self._known: dict[int, str] = {}

    def __call__(self, tasks: list[Task]) -> list[str]:
        known = self._known
        unknown = [task for task in tasks if id(task) not in known]
        known.update(zip(map(id, unknown), search_texts(unknown), strict=True))
        return [known[id(task)] for task in tasks]

"""The first rows of the list: the page brings them along, so that they are drawn before there is a connection."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

import msgspec

from phloem.model.task import Task
from phloem_server.api.calls.resource import caller
from phloem_server.mirror.mirror import Page
from phloem_server.mirror.query.query import Query

ROWS = 8
"""As many as fit on a phone: each further one would keep the page's script waiting on a slow line."""


class FirstRows(msgspec.Struct, frozen=True, kw_only=True):
    """The newest tasks that the client may see."""

    now: float
    """As of when they are, in Unix seconds of the server's clock."""
    tasks: tuple[Task, ...]
    """Newest first."""
    totals: dict[str, int]
    """How many tasks there are in each state."""


class Rows(Protocol):
    """Lists of tasks: the follower of the record."""

    @property
    def live(self) -> bool:
        """Whether Redis answers and everything it holds has arrived."""

    def page(self, query: Query) -> Page:
        """The newest tasks that fit."""


def first_rows(follower: Rows) -> Callable[[], bytes | None]:
    """What tells the first rows for the caller of the present request, as JSON.

    None while what is held here may be old: a client learns from its connection since when.
    """

    def tell() -> bytes | None:
        if not follower.live:
            return None
        now = time.time()
        page = follower.page(Query.parse({"limit": ROWS}, caller().scope))
        return msgspec.json.encode(FirstRows(now=now, tasks=page.tasks, totals=page.totals))

    return tell

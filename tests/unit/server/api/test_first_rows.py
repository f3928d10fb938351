"""The first rows of the list, which its page brings along."""

from __future__ import annotations

import json
import time
from typing import Any

import msgspec
from flask import Flask

from phloem.model.changes import Changes
from phloem.model.state import State
from phloem.model.task import Task
from phloem_server.access.principal import ANYONE
from phloem_server.api.first_rows import ROWS, first_rows
from phloem_server.mirror.mirror import Mirror, Page
from phloem_server.mirror.query.query import Query
from phloem_server.mirror.scope import Scope
from phloem_server.web.environ import PRINCIPAL


class Follower:
    """Tasks of two owners in turn, the newest last."""

    live = True

    def __init__(self) -> None:
        self._mirror = Mirror()
        owners = enumerate(["ann", "bob"] * ROWS, 1)
        tasks = [
            Task(id=f"{owner}-{at}", state=State.STARTED, offset=at, first_offset=at, owner=owner)
            for at, owner in owners
        ]
        self._mirror.apply(Changes(epoch="e", from_=0, to=len(tasks), tasks=tuple(tasks), drop=()), heard=True)

    def page(self, query: Query) -> Page:
        return self._mirror.page(query)


def told(follower: Follower, scope: Scope | None = None) -> Any:
    principal = msgspec.structs.replace(ANYONE, scope=scope)
    with Flask(__name__).test_request_context("/", environ_base={PRINCIPAL: principal}):
        rows = first_rows(follower)()
    return None if rows is None else json.loads(rows)


def test_they_are_the_newest_tasks_with_the_counts_of_all_and_the_time() -> None:
    before = time.time()
    said = told(Follower())
    assert [task["id"] for task in said["tasks"]][:2] == [f"bob-{2 * ROWS}", f"ann-{2 * ROWS - 1}"]
    assert len(said["tasks"]) == ROWS
    assert said["totals"]["STARTED"] == 2 * ROWS
    assert before <= said["now"] <= time.time()


def test_a_client_that_is_limited_to_an_owner_gets_and_counts_those_of_the_owner_alone() -> None:
    said = told(Follower(), Scope(owner="ann"))
    assert {task["owner"] for task in said["tasks"]} == {"ann"}
    assert said["totals"]["STARTED"] == ROWS
    assert told(Follower(), Scope(owner="nobody"))["tasks"] == []


def test_there_are_none_while_what_is_held_may_be_old() -> None:
    follower = Follower()
    follower.live = False
    assert told(follower) is None

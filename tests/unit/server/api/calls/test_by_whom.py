"""A task says by whom it was launched, retried and revoked: as a fact of its own, and in its log."""

from __future__ import annotations

import pytest

from phloem.model.event import Event
from phloem.model.state import State
from phloem.sharing.token import Share
from phloem_server.access.principal import ANYONE, Principal, bearer_of
from tests.unit.server.api.served import Served


@pytest.fixture
def ann(served: Served) -> Served:
    served.client.principal = Principal.of_role("operator", "session", name="ann")
    return served


def log(served: Served, task_id: str) -> list[str]:
    return [entry.message for entry in served.channel.log(task_id) if entry.kind == "log" and entry.message]


def launched_by(served: Served, task_id: str) -> str | None:
    task = served.channel.task(task_id)
    assert task is not None
    return task.launched_by


def test_a_task_says_who_launched_it(ann: Served) -> None:
    sent = ann.client.post("/api/v1/tasks", json={"name": "resize", "args": ["a.png"]}).get_json()
    assert log(ann, sent["id"]) == ["Launched by ann."]
    assert launched_by(ann, sent["id"]) == "ann"


def test_a_task_says_who_revoked_it(ann: Served) -> None:
    ann.channel.record([Event(id="1", at=1.0, source="test", seq=1, state=State.PENDING, name="resize")])
    answer = ann.client.post("/api/v1/tasks/1/revoke").get_json()
    assert answer["effect"] == "Asked to be revoked. A worker drops it when its turn comes."
    assert log(ann, "1") == ["Asked by ann to be revoked. A worker drops it when its turn comes."]
    assert launched_by(ann, "1") is None


def test_a_task_says_who_ran_it_again(ann: Served) -> None:
    ann.channel.record([Event(id="1", at=1.0, run="r", state=State.SUCCESS, name="resize")])
    sent = ann.client.post("/api/v1/tasks/1/retry", json={"args": ["a.png"], "kwargs": {}}).get_json()
    assert log(ann, sent["id"]) == ["Run again by ann."]
    assert [launched_by(ann, each) for each in ("1", sent["id"])] == [None, "ann"]


def test_a_token_with_the_name_of_a_person_is_told_as_a_token(served: Served) -> None:
    served.client.principal = bearer_of(Share(name="ann", role="operator", exp=2e9))
    sent = served.client.post("/api/v1/tasks", json={"name": "resize", "args": ["a.png"]}).get_json()
    assert log(served, sent["id"]) == ["Launched by the token ann."]
    assert launched_by(served, sent["id"]) == "the token ann"


def test_where_nobody_has_a_name_nothing_is_said(served: Served) -> None:
    served.client.principal = ANYONE
    sent = served.client.post("/api/v1/tasks", json={"name": "resize", "args": ["a.png"]}).get_json()
    assert log(served, sent["id"]) == []

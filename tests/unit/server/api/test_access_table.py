"""Who may do what: every call and every message, for every kind of client, with its own task, a foreign one and none.

The rows are those of `access_table.txt`, one for each call and message; a new one without a row fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from phloem.model.event import Event
from phloem.model.state import State
from phloem.sharing.token import Share
from phloem_server.access.principal import ANYONE, Principal, bearer_of, onlooker
from phloem_server.live.board_hub import is_about_boards
from phloem_server.live.protocol import TO_SERVER, Refusal
from tests.unit.server.access.doorway import PASSWORD, Doorway
from tests.unit.server.api.served import Served
from tests.unit.server.live.stage import Stage
from tests.unit.server.live.test_board_hub import Setup

TABLE = Path(__file__).with_name("access_table.txt")

NOBODY = "nobody"
WHOSE = {"own": "mine", "foreign": "theirs", "missing": "none"}
"""The task that a call is about, by whose it is."""


def token(**of: Any) -> Principal:
    return bearer_of(Share(actions=("see",), exp=1e12, **of))


CLIENTS: dict[str, Principal | None] = {
    NOBODY: None,
    "viewer": Principal.of_role("viewer", "session", name="vic"),
    "operator": Principal.of_role("operator", "session", name="olga"),
    "admin": Principal.of_role("admin", "session", name="ada"),
    "open": ANYONE,
    "ann": Principal.of_role("viewer", "session", name="ann", owner="ann"),
    "ann-op": Principal.of_role("operator", "session", name="ann", owner="ann"),
    "task": token(task="mine"),
    "root": token(root="mine"),
    "owner": token(owner="ann"),
    "program": bearer_of(Share(role="operator", exp=1e12)),
    "guest": onlooker(ANYONE),
}
"""The columns: nobody at a server with a password; people by role, also limited to the owner ann; the bearers of tokens
of one task, of a workflow, of an owner and of a program; and a page of another origin on behalf of its visitor."""


def rows() -> dict[str, dict[str, str]]:
    """The table: what becomes of each call, by the kind of client."""
    head, *lines = TABLE.read_text().splitlines()
    width = head.index(NOBODY)
    return {line[:width].rstrip(): dict(zip(CLIENTS, line[width:].split(), strict=True)) for line in lines}


@pytest.fixture
def served(tmp_path: Path) -> Served:
    """Two tasks that have ended, one of each owner."""
    made = Served(tmp_path)
    for number, (task_id, owner) in enumerate({"mine": "ann", "theirs": "bob"}.items()):
        event = Event(
            source="s", seq=number, id=task_id, at=1.0, run="r", state=State.SUCCESS, name="resize", owner=owner
        )
        made.channel.record([event])
    return made


def calls(served: Served) -> Iterator[tuple[str, str, str]]:
    """Each call with its row, its method and an address."""
    for rule in served.client.application.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            for whose, task_id in WHOSE.items() if "task_id" in rule.arguments else [("", "")]:
                path = rule.rule
                for argument in rule.arguments:
                    part = next(each for each in path.split("/") if f"{argument}>" in each)
                    path = path.replace(part, task_id or "1")
                yield f"{method} {rule.rule} {whose}".strip(), method, path


def letter_of_call(served: Served, kind: str, method: str, path: str) -> str:
    """What becomes of a call: `.` it is made, `U` the client is unknown, `F` it is forbidden, `N` there is no task."""
    principal = CLIENTS[kind]
    if principal is None:
        answer = Doorway(password=PASSWORD).ask(path, method=method)
    else:
        served.client.principal = principal
        answer = served.client.open(path, method=method)
    if answer.status_code in (401, 403):
        return "U" if answer.status_code == 401 else "F"
    return "N" if b'"task_unknown"' in answer.data else "."


def letter_of_message(kind: str, name: str, message: dict[str, Any]) -> str:
    """What becomes of a message: as above, and `N` an answer without the task."""
    principal = CLIENTS[kind]
    if principal is None:
        return "U"  # the door lets nobody connect
    stage, boards = Stage(), Setup().boards
    for task_id, owner in {"mine": "ann", "theirs": "bob"}.items():
        stage.say(task_id, State.STARTED, owner=owner)
    stage.hub.connect("client", principal)
    boards.connect("client", principal)
    hub = boards if is_about_boards(message) else stage.hub
    answer = getattr(hub, name)("client", message)
    if isinstance(answer, Refusal):
        return "F" if answer.code in ("forbidden", "scope_exceeded") else "."
    return "N" if "task" in message and not answer.tasks else "."


def test_every_call_and_every_message_has_a_row_and_no_row_is_left_over(served: Served) -> None:
    there = {row for row, *_ in calls(served)} | {row for row, *_ in messages()}
    assert {*rows()} == there


def test_every_call_is_answered_as_the_table_says(served: Served) -> None:
    table = rows()
    for row, method, path in calls(served):
        found = {kind: letter_of_call(served, kind, method, path) for kind in CLIENTS}
        assert found == table[row], row


def test_every_message_is_answered_as_the_table_says() -> None:
    table = rows()
    for row, name, message in messages():
        assert {kind: letter_of_message(kind, name, message) for kind in CLIENTS} == table[row], row


def messages() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each message with its row and its name."""
    for name in TO_SERVER:
        if name != "watch":
            yield f"message {name}", name, {"watch": "nothing", "offset": 0}
            continue
        yield "message watch: a list", name, {"view": {}}
        yield "message watch: a board", name, {"board": "weather"}
        for whose, task_id in WHOSE.items():
            yield f"message watch: a task, {whose}", name, {"task": task_id}

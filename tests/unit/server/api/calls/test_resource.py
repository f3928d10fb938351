"""What holds for the calls of all resources."""

from __future__ import annotations

from phloem.model.event import Event
from phloem.model.state import State
from phloem.sharing.token import Share
from phloem_server.access.principal import ANYONE, bearer_of, onlooker
from phloem_server.web.paths import API
from tests.unit.server.api.served import Served, refused


def test_the_bearer_of_a_token_is_refused_every_call_that_is_not_about_its_task(served: Served) -> None:
    served.channel.record(
        [Event(source="s", seq=number, id=str(number), at=1.0, state=State.STARTED) for number in (1, 2)]
    )
    served.client.principal = bearer_of(Share(task="1", actions=("see",), exp=1e12))
    for path in ("/tasks/1", "/tasks/1/log"):
        assert served.client.get(API + path).status_code == 200
    for path in ("/tasks/2", "/tasks/2/log", "/tasks", "/session", "/me"):
        refused(served.client.get(API + path), 403, code="scope_exceeded")
    refused(served.client.get(f"{API}/tasks/1/call"), 403, "the right to run tasks again", code="forbidden")
    for path in ("/tasks/1/revoke", "/tasks/1/retry"):
        refused(served.client.post(API + path), 403, code="forbidden")


def test_a_client_that_may_look_at_single_tasks_is_refused_by_every_call_that_shows_or_does_more(
    served: Served,
) -> None:
    served.channel.record([Event(source="s", seq=1, id="1", at=1.0, state=State.STARTED)])
    served.client.principal = onlooker(ANYONE)
    allowed: set[str] = set()
    rules = [rule for rule in served.client.application.url_map.iter_rules() if rule.rule.startswith(API)]
    for rule in rules:
        path = rule.rule
        for argument in rule.arguments:
            path = path.replace(next(part for part in path.split("/") if f"{argument}>" in part), "1")
        for method in (rule.methods or set()) & {"GET", "POST", "DELETE"}:
            answer = served.client.open(path, method=method)
            if answer.status_code == 200:
                allowed.add(path)
            else:
                refused(answer, 403)
                assert answer.get_json()["code"] in ("scope_exceeded", "forbidden")
    assert allowed == {f"{API}/tasks/1", f"{API}/tasks/1/log"}
    assert len(rules) > 12

"""The description of the API: whole, and true of what the calls answer."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from phloem.model.event import Event
from phloem.model.state import State
from phloem_server.api import openapi
from phloem_server.api.calls.resource import resource
from phloem_server.web.declared import needed, needs
from phloem_server.web.paths import API
from tests.unit.server.api.served import Served


def calls(served: Served) -> set[tuple[str, str]]:
    found: dict[str, dict[str, Any]] = served.client.get(f"{API}/openapi.json").get_json()["paths"]
    return {(method, path) for path, methods in found.items() for method in methods}


def test_it_holds_every_call_and_no_other(served: Served) -> None:
    rules = [rule for rule in served.client.application.url_map.iter_rules() if rule.rule.startswith(API)]
    count = sum(len((rule.methods or set()) - {"HEAD", "OPTIONS"}) for rule in rules)
    assert len(calls(served)) == count > 20
    assert {("get", f"{API}/tasks/{{task_id}}"), ("post", f"{API}/tasks")} <= calls(served)


def test_it_says_what_each_call_needs_takes_and_answers(served: Served) -> None:
    found = openapi.document(served.client.application)
    submit = found["paths"][f"{API}/tasks"]["post"]
    assert (submit["x-action"], submit["x-scoped"]) == ("launch", True)
    assert submit["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Submission"}
    assert set(submit["responses"]) == {"202", "default"}
    upload = found["paths"][f"{API}/uploads"]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert upload["required"] == ["file"]
    listed = {each["name"] for each in found["paths"][f"{API}/tasks"]["get"]["parameters"]}
    assert {"state", "name", "not.name", "q", "within", "before", "limit", "owner"} <= listed


def test_a_call_that_does_not_declare_what_it_answers_is_found() -> None:
    app = Flask(__name__)
    calls = resource("undescribed")

    @calls.get("/undescribed")
    @needs("see")
    def undescribed() -> str:
        return ""

    app.register_blueprint(calls)
    with pytest.raises(LookupError, match="undescribed"):
        openapi.document(app)


def test_every_route_declares_what_it_needs_or_is_public(served: Served) -> None:
    views = served.client.application.view_functions
    assert [name for name, view in views.items() if needed(view) is None] == ["site.health", "site.readiness"]


def test_answers_are_as_described(served: Served) -> None:
    served.channel.record(
        [Event(source="s", seq=1, id="1", at=1.0, state=State.STARTED, name="resize", created_at=1.0)]
    )
    described = openapi.document(served.client.application)
    required = described["components"]["schemas"]
    for path, schema in ((f"{API}/tasks", "Page"), (f"{API}/tasks/1", "Task"), (f"{API}/me", "Me")):
        answer = served.client.get(path).get_json()
        assert set(required[schema].get("required", ())) <= set(answer) <= set(required[schema]["properties"])

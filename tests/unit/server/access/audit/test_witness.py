"""Which requests become entries, and what they say."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_network
from typing import Any

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Response

from phloem.testing.audit import MemoryAudit
from phloem_server.access.audit.entry import Entry
from phloem_server.access.audit.trail import Trail
from phloem_server.access.audit.witness import Witness
from phloem_server.access.errors import OriginRefused, SignInRequired, TokenInvalid
from phloem_server.access.principal import ANYONE, PASSWORD_HOLDER, Kind, Principal
from phloem_server.web import problem
from phloem_server.web.environ import PEER, PRINCIPAL
from phloem_server.web.noted import noted
from phloem_server.web.problem import Problem
from tests.unit.server.access.audit.entries import chain_over

ANN = Principal.of_role("operator", "session", name="ann", session="7")


class Noting(Trail):
    """Remembers what it was told."""

    def __init__(self) -> None:
        super().__init__(chain_over(MemoryAudit()))
        self.entries: list[Entry] = []

    def add(self, entry: Entry) -> None:
        self.entries.append(entry)


class Inside:
    """What is witnessed: lets `principal` in, notes what is `said` and gives `answer`."""

    def __init__(self) -> None:
        self.principal: Principal | None = ANN
        self.said: dict[str, Any] = {}
        self.answer: Response | Problem = Response("", 202)

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        if self.principal is not None:
            environ[PRINCIPAL] = self.principal
        for name, value in self.said.items():
            setattr(noted(environ), name, value)
        answer = self.answer
        return (problem.of_problem(answer) if isinstance(answer, Problem) else answer)(environ, start_response)


class Scene:
    """A witness, what it watches, and a client."""

    def __init__(self) -> None:
        self.inside, self.trail = Inside(), Noting()
        self.witness = Witness(self.trail, (ip_network("127.0.0.1"),), clock=lambda: 1000.0)
        self.client = Client(self.witness.watching(self.inside))

    def ask(self, method: str = "POST", path: str = "/api/v1/tasks/1/revoke", **headers: str) -> Entry | None:
        self.client.open(path, method=method, headers=headers, environ_overrides={"REMOTE_ADDR": "127.0.0.1"}).close()
        return self.trail.entries[-1] if self.trail.entries else None


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_a_change_is_an_entry_that_says_who_did_what_from_where(scene: Scene) -> None:
    scene.inside.said = {"action": "revoke", "changes": True, "target": "t1", "detail": "Asked to be revoked."}
    assert scene.ask(**{"X-Forwarded-For": "192.0.2.7"}) == Entry(
        at=1000.0,
        actor="ann",
        kind="session",
        means="page",
        address="192.0.2.7",
        action="revoke",
        target="t1",
        outcome="done",
        detail="Asked to be revoked.",
    )


def test_what_only_reads_is_no_entry(scene: Scene) -> None:
    scene.inside.said = {"action": "see", "target": "t1"}
    assert scene.ask("GET") is None


def test_what_was_made_is_the_target_or_stands_beside_it(scene: Scene) -> None:
    scene.inside.said = {"action": "launch", "changes": True}
    scene.inside.answer = Response("", 202, headers={"Location": "/api/v1/tasks/new%2F1"})
    made = scene.ask()
    assert made is not None
    assert (made.target, made.detail) == ("new/1", "")
    scene.inside.said = {"action": "retry", "changes": True, "target": "old"}
    again = scene.ask()
    assert again is not None
    assert (again.target, again.detail) == ("old", "as new/1")


@pytest.mark.parametrize(
    ("status", "code", "outcome"), [(409, "task_ended", "refused"), (503, "broker_unavailable", "failed")]
)
def test_a_change_that_did_not_come_about_says_why(scene: Scene, status: int, code: str, outcome: str) -> None:
    scene.inside.said = {"action": "revoke", "changes": True, "target": "t1"}
    scene.inside.answer = problem.answer(status, "No.", code)
    entry = scene.ask()
    assert entry is not None
    assert (entry.outcome, entry.code, entry.target) == (outcome, code, "t1")


@pytest.mark.parametrize(("refusal", "code"), [(OriginRefused, "origin_refused"), (TokenInvalid, "token_invalid")])
def test_what_the_door_refuses_is_an_entry_whatever_it_was(scene: Scene, refusal: type[Problem], code: str) -> None:
    scene.inside.principal = None
    scene.inside.answer = refusal("No.")
    entry = scene.ask("GET", "/api/v1/täsks")
    assert entry is not None
    assert (entry.actor, entry.kind, entry.action) == (None, "none", "request")
    assert (entry.target, entry.outcome, entry.code) == ("/api/v1/täsks", "refused", code)


def test_what_somebody_may_not_do_is_an_entry_with_the_action(scene: Scene) -> None:
    scene.inside.said = {"action": "workers"}
    scene.inside.answer = problem.answer(403, "No.", "forbidden")
    entry = scene.ask("GET")
    assert entry is not None
    assert (entry.actor, entry.action, entry.code) == ("ann", "workers", "forbidden")


def test_a_visitor_who_brought_nothing_is_no_entry(scene: Scene) -> None:
    scene.inside.principal = None
    scene.inside.answer = SignInRequired("Sign in.")
    assert scene.ask("GET", "/") is None


def test_an_answer_of_an_application_with_the_status_of_a_refusal_is_none(scene: Scene) -> None:
    scene.inside.answer = Response("", 403)
    assert scene.ask("GET") is None


def test_somebody_who_signs_in_is_named_by_what_is_noted(scene: Scene) -> None:
    scene.inside.principal = None
    scene.inside.said = {"action": "sign_in", "changes": True, "actor": "ann"}
    scene.inside.answer = Response("", 303, headers={"Location": "/tasks/17"})
    entry = scene.ask(path="/sign-in")
    assert entry is not None
    assert (entry.actor, entry.action, entry.outcome, entry.target) == ("ann", "sign_in", "done", "")


def test_a_wrong_password_in_the_form_is_a_refusal(scene: Scene) -> None:
    scene.inside.principal = None
    scene.inside.said = {"action": "sign_in", "changes": True, "code": "password_wrong"}
    scene.inside.answer = Response("", 401)
    entry = scene.ask(path="/sign-in")
    assert entry is not None
    assert (entry.outcome, entry.code) == ("refused", "password_wrong")


@pytest.mark.parametrize(
    ("principal", "headers", "means"),
    [
        (ANN, {}, "page"),
        (Principal.of_role("viewer", "proxy", name="bob"), {}, "page"),
        (Principal(kind="token"), {"Sec-Fetch-Site": "same-origin"}, "token"),
        (PASSWORD_HOLDER, {"Sec-Fetch-Site": "same-origin"}, "program"),
        (ANYONE, {"Sec-Fetch-Site": "same-origin"}, "page"),
        (ANYONE, {}, "program"),
        (None, {"Authorization": "Bearer x", "Origin": "https://a.example"}, "program"),
        (None, {"Origin": "https://a.example"}, "page"),
    ],
)
def test_the_means_follow_from_how_somebody_was_recognised(
    scene: Scene, principal: Principal | None, headers: dict[str, str], means: str
) -> None:
    scene.inside.principal = principal
    scene.inside.said = {"action": "revoke", "changes": True}
    entry = scene.ask(**headers)
    assert entry is not None
    assert entry.means == means


@pytest.mark.parametrize("kind", ["session", "token"])
def test_a_message_that_is_refused_is_an_entry(scene: Scene, kind: Kind) -> None:
    principal = Principal(kind=kind, name="ann")
    scene.witness.refused({PRINCIPAL: principal, PEER: "192.0.2.7"}, "watch", "forbidden")
    scene.witness.refused({PRINCIPAL: principal, PEER: "192.0.2.7"}, "watch", "message_invalid")
    [entry] = scene.trail.entries
    assert (entry.actor, entry.kind, entry.address) == ("ann", kind, "192.0.2.7")
    assert (entry.target, entry.code, entry.outcome) == ("watch", "forbidden", "refused")


def test_an_audit_that_fails_keeps_nobody_from_being_answered(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(entry: Entry) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr(scene.trail, "add", fail)
    scene.inside.said = {"action": "revoke", "changes": True}
    assert scene.client.post("/").status_code == 202
    assert "could not be audited" in caplog.text

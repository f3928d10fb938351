"""Places for viewers: which requests need one, which do not, and how many there are."""

from __future__ import annotations

import resource

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Response

from phloem_server.transport.capacity import Admission, connection_limit


def full(taken: int = 3) -> Admission:
    return Admission(Response("inside"), 3, lambda: taken)


@pytest.mark.parametrize("query", ["EIO=4&transport=polling", "EIO=4&transport=websocket", "", "sid="])
def test_without_a_place_left_a_new_session_is_refused_for_a_while(query: str) -> None:
    admission = full()
    answer = Client(admission).get(f"/socket.io/?{query}")
    assert (answer.status_code, answer.content_type) == (503, "application/problem+json")
    assert int(answer.headers["Retry-After"]) > 0
    assert "All 3 places for viewers are taken" in answer.text
    assert admission.refused == 1


@pytest.mark.parametrize("path", ["/healthz", "/", "/api/v1/tasks", "/socket.io/?EIO=4&transport=polling&sid=mine"])
def test_requests_of_a_session_and_requests_that_need_none_are_served(path: str) -> None:
    admission = full()
    assert Client(admission).get(path).text == "inside"
    assert admission.refused == 0


def test_while_there_are_places_new_sessions_are_served() -> None:
    assert Client(full(taken=2)).get("/socket.io/?EIO=4&transport=websocket").text == "inside"


@pytest.mark.parametrize(
    ("soft", "hard", "limit"),
    [(1024, 4096, 3968), (1024, 1024, 896), (10, 20, 1), (1024, resource.RLIM_INFINITY, 10_000)],
)
def test_there_are_as_many_connections_as_the_system_allows_open_files(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, limit: int
) -> None:
    raised: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: raised.append(limits))
    assert connection_limit(10_000) == limit
    assert raised == [(hard, hard)]


def test_a_limit_of_open_files_that_cannot_be_raised_counts_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise ValueError("not this one")

    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, resource.RLIM_INFINITY))
    monkeypatch.setattr(resource, "setrlimit", refuse)
    assert connection_limit(10_000) == 896

"""Places for viewers: which requests need one, which do not, and how many there are."""

from __future__ import annotations

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Response

from phloem_server.transport.capacity import Admission


class Opening:
    def __init__(self, room: bool) -> None:
        self.room = room

    def has_room(self) -> bool:
        return self.room


def full(taken: int = 3, *, room: bool = True) -> Admission:
    return Admission(Response("inside"), 3, lambda: taken, Opening(room))


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


def test_while_too_many_sessions_are_being_opened_further_ones_are_refused_for_a_while() -> None:
    admission = full(taken=0, room=False)
    answer = Client(admission).get("/socket.io/?EIO=4&transport=websocket")
    assert (answer.status_code, int(answer.headers["Retry-After"]) > 0) == (503, True)
    assert Client(admission).get("/socket.io/?EIO=4&transport=polling&sid=mine").text == "inside"


def test_a_client_that_connects_last_has_no_place_where_there_is_none() -> None:
    assert full(taken=3).seats()
    assert not full(taken=4).seats()


def test_while_there_are_places_new_sessions_are_served() -> None:
    assert Client(full(taken=2)).get("/socket.io/?EIO=4&transport=websocket").text == "inside"

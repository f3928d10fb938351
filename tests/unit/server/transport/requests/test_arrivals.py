"""Connections whose request has not arrived yet: how many there are, whose, and for how long."""

from __future__ import annotations

import pytest

from phloem_server.transport.requests.arrivals import (
    ANSWER_GRACE_SECONDS,
    GRACE_SECONDS,
    HEAD_SECONDS,
    IDLE_SECONDS,
    Arrival,
    Arrivals,
)

GET, POST = b"GET / HTTP/1.1\r\n", b"POST / HTTP/1.1\r\n"


class Stream:
    def __init__(self) -> None:
        self.ended = False

    def shutdown(self, how: int) -> None:
        self.ended = True


class Door:
    """Arrivals at a clock of their own."""

    def __init__(self, limit: int) -> None:
        self.now = 100.0
        self.arrivals = Arrivals(limit, lambda: self.now)
        self._ports = iter(range(1000))

    def enter(self, peer: str = "10.0.0.1") -> tuple[Stream, Arrival]:
        stream, address = Stream(), (peer, next(self._ports))
        self.arrivals.enter(stream, address)
        return stream, self.arrivals.claim(stream, address)


def test_a_connection_too_many_takes_the_place_of_the_oldest() -> None:
    door = Door(2)
    first, second = door.enter()[0], door.enter()[0]
    assert not door.arrivals.has_room(), "a request arrives soon after its connection"
    door.now += GRACE_SECONDS
    assert door.arrivals.has_room()
    assert (first.ended, second.ended) == (True, False)


def test_one_peer_does_not_push_out_another() -> None:
    door = Door(3)
    other = door.enter("10.0.0.2")[0]
    first, _ = door.enter(), door.enter()
    door.now += GRACE_SECONDS
    assert door.arrivals.has_room()
    assert (other.ended, first[0].ended) == (False, True)


def test_what_has_arrived_needs_no_room_of_what_has_not() -> None:
    door = Door(2)
    stream, arrival = door.enter()
    arrival.take_head(GET, b"\r\n")
    assert door.arrivals.has_room()
    assert len(door.arrivals) == 0
    arrival.await_next()
    assert len(door.arrivals) == 1
    door.now += IDLE_SECONDS - 1
    door.arrivals.sweep()
    assert not stream.ended


def test_a_head_that_does_not_arrive_is_given_up_and_a_body_that_goes_on_is_not() -> None:
    door = Door(10)
    half, _ = door.enter()
    stream, arrival = door.enter()
    arrival.take_head(POST, b"Content-Length: 5\r\n\r\n")
    for _ in range(3):
        door.now += HEAD_SECONDS
        arrival.go_on()
        door.arrivals.sweep()
    assert (half.ended, stream.ended) == (True, False)
    door.now += IDLE_SECONDS
    door.arrivals.sweep()
    assert stream.ended


def test_who_does_not_read_an_answer_makes_room_for_others() -> None:
    door = Door(2)
    first, second = door.enter(), door.enter()
    for _, arrival in (first, second):
        arrival.take_head(GET, b"\r\n")
    assert not door.arrivals.has_room()
    door.now += ANSWER_GRACE_SECONDS
    assert door.arrivals.has_room()
    assert (first[0].ended, second[0].ended) == (True, False)


@pytest.mark.parametrize("target", [b"/socket.io/?EIO=4", b"/below/socket.io/?EIO=4&sid=x"])
def test_what_engine_io_answers_is_not_counted(target: bytes) -> None:
    door = Door(1)
    stream, arrival = door.enter()
    arrival.take_head(b"GET " + target + b" HTTP/1.1\r\n", b"\r\n")
    door.now += 1000
    door.arrivals.sweep()
    assert door.arrivals.has_room()
    assert not stream.ended

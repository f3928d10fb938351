"""Listening, and what is wrong with an address that cannot be listened on."""

from __future__ import annotations

import pytest

from phloem_server.transport.listen import CannotListen, bind


def test_a_port_that_is_taken_is_told_in_one_line() -> None:
    with bind("127.0.0.1", 0) as first:
        with pytest.raises(CannotListen, match="another program listens there already") as refusal:
            bind("127.0.0.1", first.getsockname()[1])
        assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("host", ["no.such.host.invalid", "203.0.113.7"])
def test_an_address_of_another_machine_is_told_in_one_line(host: str) -> None:
    with pytest.raises(CannotListen, match="no address of this machine"):
        bind(host, 0)


def test_localhost_is_where_people_look_for_it() -> None:
    with bind("localhost", 0) as sock:
        assert sock.getsockname()[0] == "127.0.0.1"


def test_an_address_of_the_newer_kind_can_be_listened_on() -> None:
    try:
        sock = bind("::1", 0)
    except CannotListen:
        pytest.skip("this machine has no IPv6")
    with sock:
        assert sock.getsockname()[0] == "::1"

"""Listening, and what is wrong with an address that cannot be listened on."""

from __future__ import annotations

import errno
import os
import socket

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


def test_a_port_is_shared_by_those_that_all_ask_for_it() -> None:
    with bind("127.0.0.1", 0, shared=True) as first:
        port = first.getsockname()[1]
        with bind("127.0.0.1", port, shared=True) as second:
            assert second.getsockname()[1] == port
        with pytest.raises(
            CannotListen, match="another program listens there already; stop it, or choose another PORT$"
        ):
            bind("127.0.0.1", port)
    with bind("127.0.0.1", 0) as alone, pytest.raises(CannotListen, match="started with PHLOEM_SHARE_PORT=1"):
        bind("127.0.0.1", alone.getsockname()[1], shared=True)


def test_a_system_on_which_ports_cannot_be_shared_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(socket, "SO_REUSEPORT")
    with pytest.raises(CannotListen, match="processes cannot share a port on this system"):
        bind("127.0.0.1", 0, shared=True)


@pytest.mark.parametrize(
    ("number", "reason"),
    [(errno.EACCES, "choose a PORT from 1024 up"), (errno.EMFILE, os.strerror(errno.EMFILE))],
)
def test_other_reasons_are_told_as_well(monkeypatch: pytest.MonkeyPatch, number: int, reason: str) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(socket.socket, "listen", refuse)
    with pytest.raises(CannotListen, match=f"^cannot listen at 127.0.0.1:0: .*{reason}$"):
        bind("127.0.0.1", 0)

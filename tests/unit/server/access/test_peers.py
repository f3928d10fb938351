"""The peer that a request's guesses are counted for."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from phloem_server.access.peers import UNKNOWN, peer_of

PROXIES = (ip_network("127.0.0.1"), ip_network("10.0.0.0/8"))


@pytest.mark.parametrize(
    ("address", "peer"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::9", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", UNKNOWN),
        ("/run/phloem.sock", UNKNOWN),
    ],
)
def test_a_peer_is_an_address_and_of_ipv6_the_network_that_one_line_gets(address: str, peer: str) -> None:
    assert peer_of({"REMOTE_ADDR": address}) == peer


@pytest.mark.parametrize(
    ("address", "forwarded", "peer"),
    [
        ("127.0.0.1", "192.0.2.1", "192.0.2.1"),
        ("127.0.0.1", "192.0.2.9, 192.0.2.1", "192.0.2.1"),
        ("127.0.0.1", "192.0.2.1, 10.1.2.3", "192.0.2.1"),
        ("127.0.0.1", "2001:db8::1", "2001:db8::/64"),
        ("127.0.0.1", "anything, 10.1.2.3", "10.1.2.3"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("192.0.2.7", "192.0.2.1", "192.0.2.7"),
    ],
)
def test_a_trusted_proxy_names_the_peer_and_what_was_written_before_it_counts_for_nothing(
    address: str, forwarded: str, peer: str
) -> None:
    environ = {"REMOTE_ADDR": address, "HTTP_X_FORWARDED_FOR": forwarded}
    assert peer_of(environ, PROXIES) == peer
    assert peer_of(environ) == address


@pytest.mark.parametrize(
    ("forwarded", "peer"),
    [
        ("203.0.113.7:51324", "203.0.113.7"),
        ("203.0.113.9:1, 203.0.113.7:51324", "203.0.113.7"),
        ("203.0.113.7:51324, 10.1.2.3:80", "203.0.113.7"),
        ("[2001:db8::1]:443", "2001:db8::/64"),
        ("[2001:db8::1]", "2001:db8::/64"),
        ("[::ffff:192.0.2.1]:443", "192.0.2.1"),
    ],
)
def test_clients_are_told_apart_also_where_a_proxy_writes_their_ports(forwarded: str, peer: str) -> None:
    environ = {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": forwarded}
    assert peer_of(environ, PROXIES) == peer


@pytest.mark.parametrize(
    "forwarded",
    [
        *("203.0.113.7:", "203.0.113.7:0", "203.0.113.7:65536", "203.0.113.7:80:80", "203.0.113.7:x", "203.0.113.7:-1"),
        *("[203.0.113.7]:80", "[2001:db8::1", "2001:db8::1]", "[2001:db8::1]80", "[[2001:db8::1]]", "[]:80", ":80"),
        *("client.example:80", "203.0.113.7 :80", "203.0.113.7;80", "203.0.113.7\n:80", "for=203.0.113.7:80"),
    ],
)
def test_what_is_no_address_with_a_port_names_nobody(forwarded: str) -> None:
    environ = {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": forwarded}
    assert peer_of(environ, PROXIES) == "127.0.0.1"

"""Origins and hosts in their one spelling."""

from __future__ import annotations

import pytest

from phloem_server.web.hosts import address, announced, parse_host, parse_origin


@pytest.mark.parametrize(
    ("text", "spelling"),
    [
        ("http://localhost:8000", "http://localhost:8000"),
        ("HTTPS://Example.COM", "https://example.com"),
        ("https://example.com:443", "https://example.com"),
        ("http://example.com:443", "http://example.com:443"),
        ("http://[0:0::1]:8000", "http://[::1]:8000"),
        ("null", None),
        ("", None),
        ("*", None),
        ("example.com", None),
        ("file://", None),
        ("ftp://example.com", None),
        ("https://example.com/", None),
        ("https://user@example.com", None),
        ("https://example.com:0", None),
        ("https://example.com:65536", None),
        ("https://example.com:", None),
        ("https://[::1", None),
        ("https://exa mple.com", None),
        ("https://example.com?x", None),
        ("https://-example.com", None),
    ],
)
def test_an_origin_has_one_spelling_or_is_none(text: str, spelling: str | None) -> None:
    assert parse_origin(text) == spelling


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("Localhost", ("localhost", None)),
        ("a.example:80", ("a.example", 80)),
        ("[::1]:8000", ("::1", 8000)),
        ("[::1]", ("::1", None)),
        ("::1", None),
        ("a b", None),
        ("a/b", None),
        ("a:b", None),
        ("a@b", None),
        ("[::1]x", None),
        ("[fe80::1%25eth0]", None),
        ("[fe80::1%eth0]:80", None),
        ("a, b", None),
        ("", None),
    ],
)
def test_a_host_header_is_taken_apart_or_refused(text: str, host: object) -> None:
    assert parse_host(text) == host


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("::1", "http://[::1]:80"),
        ("phloem.example", "http://phloem.example:80"),
        ("0.0.0.0", "http://127.0.0.1:80, and every other address of this machine"),
        ("::", "http://[::1]:80, and every other address of this machine"),
    ],
)
def test_the_address_for_people_says_when_it_is_not_the_only_one(host: str, said: str) -> None:
    assert announced(host, 80) == said
    assert address(host, 80) == said.split(",")[0]

"""How many connections there can be, by the system's limit of open files."""

from __future__ import annotations

import resource

import pytest

from phloem_server.transport.open_files import connection_limit, waiting_limit


@pytest.mark.parametrize(
    ("soft", "hard", "limit"),
    [(1024, 4096, 2944), (1024, 1024, 640), (10, 20, 1), (1024, resource.RLIM_INFINITY, 10_000)],
)
def test_there_are_as_many_connections_as_the_system_allows_open_files(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, limit: int
) -> None:
    raised: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: raised.append(limits))
    assert connection_limit(10_000) == limit
    assert set(raised) == {(hard, hard)}


def test_a_limit_of_open_files_that_cannot_be_raised_counts_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise ValueError("not this one")

    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, resource.RLIM_INFINITY))
    monkeypatch.setattr(resource, "setrlimit", refuse)
    assert connection_limit(10_000) == 640
    assert waiting_limit() == 256

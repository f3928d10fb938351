"""Ports for what tests start: each is given once, also where several processes run tests."""

from __future__ import annotations

import socket

import pytest

from tests import processes
from tests.processes import free_port


def test_a_port_is_given_once_and_nobody_listens_there() -> None:
    given = [free_port() for _ in range(200)]
    assert len({*given}) == len(given)
    for port in given[:20]:
        socket.create_server(("127.0.0.1", port)).close()


def test_processes_that_run_tests_side_by_side_give_different_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_XDIST_WORKER_COUNT", "6")
    ports: list[int] = []
    for number in range(6):
        monkeypatch.setenv("PYTEST_XDIST_WORKER", f"gw{number}")
        ports += processes._own_ports.__wrapped__()
    assert len({*ports}) == len(ports) > 1000

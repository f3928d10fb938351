"""Duties that one process has at a time."""

from __future__ import annotations

import pytest

from phloem.record.record import Channel
from tests.waiting import wait_until


@pytest.fixture
def web(channel: Channel) -> str:
    assert channel.duties.hold("observer", "web-1", 60)
    return "web-1"


def test_one_holder_has_a_duty_and_renews_it(channel: Channel, web: str) -> None:
    assert not channel.duties.hold("observer", "web-2", 60)
    assert channel.duties.hold("observer", web, 60)
    assert channel.duties.hold("another", "web-2", 60)


def test_a_duty_that_is_let_go_is_anybodys(channel: Channel, web: str) -> None:
    channel.duties.let_go("observer", "web-2")
    assert not channel.duties.hold("observer", "web-2", 60)
    channel.duties.let_go("observer", web)
    assert channel.duties.hold("observer", "web-2", 60)


def test_a_duty_whose_holder_is_silent_is_anybodys(channel: Channel) -> None:
    assert channel.duties.hold("observer", "web-1", 0.05)
    wait_until(lambda: channel.duties.hold("observer", "web-2", 60), 60)

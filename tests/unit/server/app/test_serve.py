"""The web process waits for a Redis that starts at the same time, and for nobody whom it would not ask."""

from __future__ import annotations

import pytest

from phloem.record.record import ChannelError, ChannelRefused
from phloem.record.stores.users import User
from phloem.settings import REDIS_URL, SettingError
from phloem.testing.access import MemoryUsers
from phloem_server.app.serve import asks_people, wait_for_redis
from phloem_server.settings import Config


class Away:
    """A Redis that answers once `answers` seconds have passed."""

    def __init__(self, answers: float, error: ChannelError, address: str = "redis://***@r:1/0") -> None:
        self.address = address
        self.now = 0.0
        self.checks = 0
        self._answers = answers
        self._error = error

    def check(self) -> str | None:
        self.checks += 1
        if self.now < self._answers:
            raise self._error
        return "a warning"

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def wait_for(channel: Away) -> str | None:
    return wait_for_redis(channel, lambda: channel.now, channel.sleep)


def test_a_redis_that_starts_at_the_same_time_is_waited_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert wait_for(Away(0.5, ChannelError("away"))) == "a warning"
    assert capsys.readouterr() == ("", "")
    assert wait_for(Away(3, ChannelError("away"))) == "a warning"
    assert capsys.readouterr() == ("phloem: waiting for Redis at redis://***@r:1/0 …\n", "")
    assert wait_for(Away(3, ChannelError("away"), REDIS_URL)) == "a warning"
    hint = "(`phloem redis` starts one there; PHLOEM_REDIS_URL names another, as --redis does for a server)"
    assert hint in capsys.readouterr().out


def test_a_redis_that_stays_away_is_given_up_after_five_seconds() -> None:
    redis = Away(100, ChannelError("Redis does not answer"))
    with pytest.raises(ChannelError, match="does not answer"):
        wait_for(redis)
    assert 5 <= redis.now < 6


def test_a_redis_that_can_never_serve_is_not_waited_for() -> None:
    redis = Away(100, ChannelRefused("Redis is version 6"))
    with pytest.raises(ChannelRefused):
        wait_for(redis)
    assert redis.checks == 1


def test_an_address_that_others_reach_needs_a_password_or_users_and_the_refusal_says_so() -> None:
    users = MemoryUsers()
    with pytest.raises(SettingError, match=r"^HOST is '0.0.0.0'.*PHLOEM_PASSWORD.*phloem users add.*no users yet"):
        asks_people(Config(host="0.0.0.0"), users)
    assert asks_people(Config(host="0.0.0.0", password="open sesame"), users)
    assert not asks_people(Config(host="127.0.0.1"), users)
    users.add(User(name="ann", role="viewer", hash="", created_at=1.0, changed_at=1.0))
    assert asks_people(Config(host="0.0.0.0"), users)

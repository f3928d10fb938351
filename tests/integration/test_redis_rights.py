"""A user of Redis with the least rights, and what is said of one that has fewer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from phloem.model.event import Event
from phloem.model.state import State
from phloem.record.functions import library
from phloem.record.record import ChannelError, ChannelRefused
from phloem.record.redis_record import RedisChannel
from phloem.record.rights import CALLS, OF_A_CLUSTER, OF_ONE_SERVER, right
from phloem.settings import Settings
from tests.redis_rights import documented_user

Limited = Callable[..., RedisChannel]
CHANNEL = "phloem:{phloem}:events"


@pytest.fixture
def limited(redis_url: str) -> Iterator[Limited]:
    """Makes the documented user, with further rules, and gives a record with it."""
    with redis.Redis.from_url(redis_url) as client:

        def make(*rules: str) -> RedisChannel:
            client.execute_command("ACL", "DELUSER", "phloem")
            client.execute_command(*documented_user("word"), *rules)
            return RedisChannel(Settings(redis_url=redis_url.replace("//", "//phloem:word@")))

        yield make
        client.execute_command("ACL", "DELUSER", "phloem")


def test_the_documented_rights_are_those_that_are_tried() -> None:
    rights = {word for call in CALLS + OF_ONE_SERVER for word in right(call, CHANNEL).split()}
    assert set(documented_user("word")[5:]) == {"~phloem:{phloem}:*", *rights}


def test_every_command_of_the_functions_is_tried() -> None:
    texts = [path.read_text() for path in Path(library.__file__).parent.rglob("*.lua")]
    called = {name.lower() for text in texts for name in re.findall(r"redis\.p?call\([^)]*?'([A-Z]+)'", text)}
    assert {"spublish", "publish"} - called == {"publish"} - called
    assert called <= {call.split()[0] for call in CALLS + OF_ONE_SERVER + OF_A_CLUSTER}


def test_the_documented_user_passes_the_check(limited: Limited) -> None:
    assert limited().check() is None


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("-zadd", r"it lacks \+zadd$"),
        ("-function|load", r"it lacks \+function\|load$"),
        ("-info", "'info'"),
        ("-fcall", "'fcall'"),
        ("resetkeys", "access a key"),
        ("resetchannels", rf"it lacks \+publish &{re.escape(CHANNEL)} \+subscribe &{re.escape(CHANNEL)}$"),
    ],
)
def test_a_missing_right_is_named_at_the_start(limited: Limited, rule: str, said: str) -> None:
    limited().check()  # the functions are loaded
    with pytest.raises(ChannelRefused, match=rf"does not permit this user all that the record needs .*: .*{said}"):
        limited(rule).check()


def test_what_a_worker_may_not_record_yet_is_not_refused_for_good(limited: Limited) -> None:
    event = Event(id="t1", at=1.0, source="p", seq=1, run="r1", state=State.STARTED)
    with pytest.raises(ChannelError, match="does not permit this user") as error:
        limited("-fcall").record([event])
    assert not isinstance(error.value, ChannelRefused)
    assert limited().record([event]).verdicts == ("begin",)

"""Where Redis is comes from outside."""

from __future__ import annotations

import pytest
import redis

from phloem.record.connection import UrlConnections
from phloem.record.record import ChannelError
from phloem.record.redis_record import RedisChannel
from phloem.settings import RecordSettings


class Elsewhere:
    """Connections to a Redis that no URL names."""

    address = "the moon"

    def __init__(self) -> None:
        self.clients = 0

    def client(self) -> redis.Redis:
        self.clients += 1
        return redis.Redis(unix_socket_path="/nowhere")


def test_the_record_goes_where_its_connections_lead_and_names_that_place() -> None:
    elsewhere = Elsewhere()
    channel = RedisChannel(RecordSettings(), elsewhere)
    assert (channel.address, elsewhere.clients) == ("the moon", 1)
    with pytest.raises(ChannelError, match="^Redis at the moon does not answer: "):
        channel.task("t1")


def test_a_url_is_shown_without_its_password() -> None:
    assert UrlConnections("redis://user:geheim@here:1/0").address == "redis://***@here:1/0"


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("redis://127.0.0.1:1/0", redis.Connection),
        ("rediss://127.0.0.1:1/0", redis.SSLConnection),
        ("unix:///run/redis.sock", redis.UnixDomainSocketConnection),
    ],
)
def test_a_client_connects_only_when_it_is_used(url: str, kind: type[object]) -> None:
    with UrlConnections(url).client() as client:
        assert client.connection_pool.connection_class is kind

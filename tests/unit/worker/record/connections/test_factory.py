"""Where Redis is comes from outside."""

from __future__ import annotations

import pytest
import redis

from phloem.record.connections.factory import connections_to
from phloem.record.record import ChannelError
from phloem.record.redis_errors import translated
from phloem.record.redis_record import RedisChannel
from phloem.settings import RecordSettings


class Elsewhere:
    """Connections to a Redis that no URL names."""

    address = "the moon"
    is_cluster = False

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


@pytest.mark.parametrize("address", ["redis://127.0.0.1:6390/0", "redis://***@127.0.0.1:6390/0"])
def test_where_the_embedded_redis_does_not_answer_both_cures_are_named(address: str) -> None:
    cures = r"`phloem redis` starts one there; PHLOEM_REDIS_URL names another, as --redis does for a server"
    with (
        pytest.raises(ChannelError, match=rf"refused \({cures}\)"),
        translated(address),
    ):
        raise redis.ConnectionError("refused")


def test_a_url_is_shown_without_its_password() -> None:
    assert connections_to("redis://user:geheim@here:1/0", "key").address == "redis://***@here:1/0"


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("redis://127.0.0.1:1/0", redis.Connection),
        ("rediss://127.0.0.1:1/0", redis.SSLConnection),
        ("valkeys://127.0.0.1:1/0?ssl_cert_reqs=CERT_NONE", redis.SSLConnection),
        ("unix:///run/redis.sock", redis.UnixDomainSocketConnection),
        ("redis+socket:///run/redis.sock?virtual_host=2", redis.UnixDomainSocketConnection),
        ("sentinel://127.0.0.1:1;sentinel://127.0.0.1:2/0?master_name=main", redis.Connection),
        ("redis+cluster://127.0.0.1:1,127.0.0.1:2", redis.Connection),
        ("rediss+cluster://127.0.0.1:1", redis.SSLConnection),
    ],
)
def test_a_client_connects_only_when_it_is_used(url: str, kind: type[object]) -> None:
    with connections_to(url, "key").client() as client:
        assert issubclass(client.connection_pool.connection_class, kind)

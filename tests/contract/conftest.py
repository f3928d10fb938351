"""The same channel tests against the record in memory, and against Redis wherever it is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis

from phloem.record.record import Channel
from phloem.record.redis_record import RedisChannel
from phloem.settings import Settings
from phloem.testing import MemoryChannel
from tests.redis_rights import documented_user
from tests.redis_servers import Cluster, Watched, running


@pytest.fixture(scope="session")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    servers = Watched(tmp_path_factory.mktemp("watched"))
    with running(servers):
        yield servers


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    servers = Cluster(tmp_path_factory.mktemp("cluster"))
    with running(servers):
        yield servers


@pytest.fixture
def sentinel_url(watched: Watched) -> str:
    """The address of an empty Redis that Sentinels know."""
    watched.master.ask("FLUSHALL")
    return watched.url


@pytest.fixture
def cluster_url(cluster: Cluster) -> str:
    """The address of an empty cluster."""
    for node in cluster.nodes:
        node.ask("FLUSHALL")
    return cluster.url


@pytest.fixture
def limited_url(redis_url: str) -> str:
    """The address of an empty Redis, for a user with no more rights than the documentation gives it."""
    with redis.Redis.from_url(redis_url) as client:
        client.execute_command(*documented_user("word"))
    return redis_url.replace("//", "//phloem:word@")


@pytest.fixture(params=["memory", "limited", "sentinel", "cluster"])
def channel(request: pytest.FixtureRequest) -> Iterator[Channel]:
    if request.param == "memory":
        yield MemoryChannel()
        return
    channel = RedisChannel(Settings(redis_url=request.getfixturevalue(f"{request.param}_url")))
    yield channel
    channel.close()

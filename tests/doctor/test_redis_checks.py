"""What the doctor finds in Redis, broker and result backend: each test plants a mistake in a real Valkey."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import redis

from phloem.model.changes import Position
from phloem.record.redis_record import RedisChannel
from phloem.record.stores.users import User
from phloem.settings import Settings
from phloem_server.commands.doctor.installation import Installation
from phloem_server.settings import Config
from tests.doctor.examined import results, trouble
from tests.old_redis import old_redis
from tests.processes import free_port
from tests.redis_rights import documented_user


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    """Changes the server, which is as it was afterwards."""
    with redis.Redis.from_url(redis_url) as made:
        yield made
        made.config_set("maxmemory", "0")
        made.config_set("maxmemory-policy", "noeviction")
        made.config_set("min-replicas-to-write", "0")
        made.acl_deluser("limited")
        made.flushall()


def test_a_redis_that_is_not_there_is_found(tmp_path: Path) -> None:
    url = f"redis://127.0.0.1:{free_port()}/0"
    for name in ("redis-reach", "broker-reach", "result-backend"):
        assert "refused" in trouble(name, tmp_path, PHLOEM_REDIS_URL=url, REDIS_URL=url).evidence


def test_looking_at_an_empty_redis_begins_no_record(tmp_path: Path, redis_url: str, client: redis.Redis) -> None:
    environ = {"PHLOEM_REDIS_URL": redis_url, "REDIS_URL": redis_url, "PHLOEM_DATA_DIR": str(tmp_path)}
    results(Installation(environ))
    assert [key for key in client.scan_iter() if not key.startswith(b"_kombu")] == []
    with closing(RedisChannel(Config.from_environment(environ))) as channel:
        list(channel.changed(Position()))
    assert client.keys("phloem:*") == [b"phloem:{phloem}:meta"]


def test_a_redis_that_wants_another_password_is_found(tmp_path: Path, redis_url: str, client: redis.Redis) -> None:
    url = redis_url.replace("//", "//nobody:wrong@")
    found = trouble("redis-reach", tmp_path, PHLOEM_REDIS_URL=url)
    assert "password" in found.evidence
    assert "wrong" not in found.evidence


def test_a_redis_that_is_too_old_is_found(tmp_path: Path) -> None:
    with old_redis("6.2.1", greets=True) as url:
        assert "6.2.1" in trouble("redis-version", tmp_path, PHLOEM_REDIS_URL=url).evidence


def test_a_user_who_lacks_rights_is_found(tmp_path: Path, redis_url: str, client: redis.Redis) -> None:
    client.acl_setuser(
        "limited", enabled=True, passwords=["+secret"], keys="*", channels="*", commands=["+@all", "-hset"]
    )
    url = redis_url.replace("//", "//limited:secret@")
    assert "lacks +hset" in trouble("redis-rights", tmp_path, PHLOEM_REDIS_URL=url).evidence


def test_with_the_rights_of_the_documentation_nothing_is_wrong(
    tmp_path: Path, redis_url: str, client: redis.Redis
) -> None:
    client.execute_command(*documented_user("secret"))  # type: ignore[no-untyped-call]
    tmp_path.chmod(0o700)
    url = redis_url.replace("//", "//phloem:secret@")
    broker = dict.fromkeys(("CELERY_BROKER_URL", "CELERY_RESULT_BACKEND"), redis_url)
    environ = {"PHLOEM_REDIS_URL": url, "PHLOEM_DATA_DIR": str(tmp_path), **broker}
    found = results(Installation(environ))
    client.acl_deluser("phloem")
    assert {name for name, result in found.items() if result.verdict == "wrong"} == {"workers-there"}, found


def test_a_redis_that_evicts_is_found(tmp_path: Path, redis_url: str, client: redis.Redis) -> None:
    client.config_set("maxmemory", "100mb")
    client.config_set("maxmemory-policy", "allkeys-lru")
    for name in ("redis-eviction", "broker-eviction"):
        found = trouble(name, tmp_path, PHLOEM_REDIS_URL=redis_url, REDIS_URL=redis_url)
        assert "allkeys-lru" in found.evidence
        assert "noeviction" in found.cure


def test_a_redis_that_is_full_is_found(tmp_path: Path, redis_url: str, client: redis.Redis) -> None:
    client.config_set("maxmemory", str(client.info("memory")["used_memory"] + 10_000))
    assert "in use" in trouble("redis-memory", tmp_path, PHLOEM_REDIS_URL=redis_url).evidence


def test_a_redis_that_takes_no_writes_is_found(tmp_path: Path, redis_url: str, client: redis.Redis) -> None:
    client.config_set("min-replicas-to-write", "1")
    assert "NOREPLICAS" in trouble("redis-writes", tmp_path, PHLOEM_REDIS_URL=redis_url).evidence.upper()


def test_a_record_of_another_format_is_found(tmp_path: Path, redis_url: str, client: redis.Redis) -> None:
    with closing(RedisChannel(Settings(redis_url=redis_url))) as channel:
        channel.record([])
    client.hset("phloem:{phloem}:meta", "format", "99")
    assert "99" in trouble("record-format", tmp_path, PHLOEM_REDIS_URL=redis_url).evidence


@pytest.mark.parametrize(("off", "word"), [(30, "30 s ahead of"), (-30, "30 s behind")])
def test_a_clock_that_is_off_by_30_seconds_is_found(tmp_path: Path, redis_url: str, off: int, word: str) -> None:
    found = trouble("redis-clock", tmp_path, PHLOEM_REDIS_URL=redis_url, clock=lambda: time.time() + off)
    assert word in found.evidence


def test_a_redis_without_a_password_behind_a_page_with_one_is_found(tmp_path: Path, redis_url: str) -> None:
    found = trouble("redis-password", tmp_path, PHLOEM_REDIS_URL=redis_url, PHLOEM_PASSWORD="open sesame")
    assert "while the page asks people who they are" in found.evidence


def test_a_redis_without_a_password_behind_a_page_with_users_is_found(
    tmp_path: Path, redis_url: str, client: redis.Redis
) -> None:
    seen = {"PHLOEM_REDIS_URL": redis_url, "PHLOEM_DATA_DIR": str(tmp_path)}
    assert results(Installation(seen), "redis-password")["redis-password"].verdict == "ok"
    with closing(RedisChannel(Config.from_environment(seen))) as channel:
        channel.users.add(User(name="ann", role="admin", hash="", created_at=1.0, changed_at=1.0))
    found = trouble("redis-password", tmp_path, PHLOEM_REDIS_URL=redis_url)
    assert "while the page asks people who they are" in found.evidence

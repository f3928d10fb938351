"""The Redis of the record as Celery is told of it."""

from __future__ import annotations

import ssl

import pytest

from phloem.settings import SettingError, Settings
from phloem.settings.celery_redis import for_celery


@pytest.mark.parametrize(
    ("redis_url", "celery_url"),
    [
        ("redis://localhost:6379/0", "redis://localhost:6379/0"),
        ("valkey://localhost:6379/0", "redis://localhost:6379/0"),
        ("unix:///run/redis.sock", "redis+socket:///run/redis.sock"),
        ("unix:///run/redis.sock?db=2", "redis+socket:///run/redis.sock?virtual_host=2"),
        ("rediss://host/0", "rediss://host/0?ssl_cert_reqs=required"),
        ("rediss://host/0?timeout=1", "rediss://host/0?timeout=1&ssl_cert_reqs=required"),
        ("rediss://host/0?ssl_cert_reqs=none", "rediss://host/0?ssl_cert_reqs=none"),
        ("valkeys://host/0?ssl_cert_reqs=CERT_NONE", "rediss://host/0?ssl_cert_reqs=CERT_NONE"),
        ("sentinel://:p%40@a:1/2,[::1]?master_name=main", "sentinel://:p%40@a:1/2;sentinel://:p%40@[::1]:26379/2"),
        ("redis-sentinel://a:1,b:2/main/3", "sentinel://a:1/3;sentinel://b:2/3"),
        ("valkey://a/0;valkeys://b/1", "redis://a/0;rediss://b/1?ssl_cert_reqs=required"),
        ("amqp://guest@host//", "amqp://guest@host//"),
        ("pyamqp://host//;amqps://other//", "pyamqp://host//;amqps://other//"),
    ],
)
def test_celery_gets_the_same_redis_in_its_own_spelling(redis_url: str, celery_url: str) -> None:
    assert for_celery(redis_url) == celery_url


def test_celery_is_told_beside_the_address_what_the_master_is_called_and_how_to_ask_for_it() -> None:
    url = "sentinel://a:1/2;sentinel://b:2?master_name=main&sentinel_password=word&ssl_cert_reqs=CERT_NONE"
    settings = Settings.from_environment({"REDIS_URL": url, "CELERY_RESULT_BACKEND": "rpc://"}).celery
    assert settings == {
        "broker_url": "sentinel://a:1/2;sentinel://b:2/2",
        "result_backend": "rpc://",
        "broker_transport_options": {"master_name": "main", "sentinel_kwargs": {"password": "word"}},
        "broker_use_ssl": {"ssl_cert_reqs": ssl.CERT_NONE},
    }


def test_a_cluster_holds_the_record_but_cannot_be_celerys() -> None:
    url = "redis+cluster://a:1"
    settings = Settings.from_environment({"REDIS_URL": url})
    with pytest.raises(SettingError, match=r"^CELERY_BROKER_URL is .* since Celery cannot use a Redis Cluster$"):
        settings.celery  # noqa: B018  # it raises
    celery = Settings.from_environment({"REDIS_URL": url, "CELERY_BROKER_URL": "amqp://host"}).celery
    assert celery == {"broker_url": "amqp://host", "result_backend": "disabled://"}

"""The spellings of a Redis' address, and how one that is none is refused."""

from __future__ import annotations

import pytest

from phloem.settings import RedisUrl, SettingError, Settings


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("redis://localhost", RedisUrl(kind="server", hosts=(("localhost", 6379),))),
        ("redis://localhost/", RedisUrl(kind="server", hosts=(("localhost", 6379),))),
        ("redis://", RedisUrl(kind="server", hosts=(("127.0.0.1", 6379),))),
        ("redis:///2", RedisUrl(kind="server", hosts=(("127.0.0.1", 6379),), database=2)),
        ("redis://:secret@10.0.0.1:1/0", RedisUrl(kind="server", hosts=(("10.0.0.1", 1),), password="secret")),
        (
            "redis://user:p%40ss@[::1]:6379/15?health_check_interval=5",
            RedisUrl(kind="server", hosts=(("::1", 6379),), database=15, username="user", password="p@ss"),
        ),
        ("valkey://cache:1?db=3", RedisUrl(kind="server", hosts=(("cache", 1),), database=3)),
        (
            "rediss://cache:1/0?ssl_cert_reqs=none",
            RedisUrl(kind="server", hosts=(("cache", 1),), tls=True, options={"ssl_cert_reqs": "none"}),
        ),
        (
            "valkeys://cache:1/0?ssl_cert_reqs=CERT_REQUIRED&ssl_ca_certs=%2Fetc%2Fca.pem&ssl_check_hostname=false",
            RedisUrl(
                kind="server",
                hosts=(("cache", 1),),
                tls=True,
                options={"ssl_cert_reqs": "required", "ssl_ca_certs": "/etc/ca.pem", "ssl_check_hostname": False},
            ),
        ),
        ("unix:///run/redis.sock", RedisUrl(kind="socket", socket="/run/redis.sock")),
        (
            "unix://:pw@/run/redis.sock?db=3",
            RedisUrl(kind="socket", socket="/run/redis.sock", database=3, password="pw"),
        ),
        ("redis+socket:///run/a%20b?virtual_host=3", RedisUrl(kind="socket", socket="/run/a b", database=3)),
        (
            "sentinel://:pw@one:1/2;sentinel://two?master_name=main&sentinel_password=word",
            RedisUrl(
                kind="sentinel",
                hosts=(("one", 1), ("two", 26379)),
                database=2,
                password="pw",
                master_name="main",
                sentinel_options={"password": "word"},
            ),
        ),
        (
            "sentinel://one/0?master_name=main&ssl_cert_reqs=required",
            RedisUrl(
                kind="sentinel",
                hosts=(("one", 26379),),
                master_name="main",
                tls=True,
                options={"ssl_cert_reqs": "required"},
            ),
        ),
        ("redis+cluster://one:1,two,[::1]:3", RedisUrl(kind="cluster", hosts=(("one", 1), ("two", 6379), ("::1", 3)))),
        ("rediss+cluster://one:1", RedisUrl(kind="cluster", hosts=(("one", 1),), tls=True)),
    ],
)
def test_an_address_is_read_as_redis_py_and_celery_read_it(url: str, read: RedisUrl) -> None:
    assert RedisUrl.parse(url) == read
    assert Settings.from_environment({"REDIS_URL": url}).redis_url == url


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("nonsense", "it begins with none of these"),
        ("http://localhost:6379/0", "it begins with none of these"),
        ("localhost:6379", "it begins with none of these"),
        ("redis:localhost", "it begins with none of these"),
        ("redis://localhost:port/0", "host or port are not well-formed"),
        ("redis://localhost:99999/0", "host or port are not well-formed"),
        ("redis://[::1/0", "host or port are not well-formed"),
        ("redis://localhost:0/0", "nothing listens on port 0"),
        ("redis://localhost/zero", "its database is no number"),
        ("redis://localhost/0?db=zero", "its database is no number"),
        ("redis://local host/0", "it has a blank in it"),
        ("redis://localhost/0\n", "it has a blank in it"),
        ("unix://", "it names no socket"),
        ("unix:///run/redis.sock?db=zero", "its database is no number"),
        ("redis://localhost/0?ssl_cert_reqs=none", "ssl_cert_reqs goes with rediss:// or rediss+cluster://"),
        ("rediss://localhost/0?ssl_cert_reqs=maybe", "ssl_cert_reqs cannot hold that"),
        ("redis://localhost/0?colour=red", "it knows no parameter colour"),
        ("redis://localhost/0?master_name=main", "only sentinel:// goes with the name of a master"),
        ("sentinel://localhost", "Sentinels are asked for a master by its name, as in ?master_name=mymaster"),
        ("redis+cluster://localhost/1", "a cluster has database 0 only"),
    ],
)
def test_an_address_that_is_no_redis_is_refused_with_the_reason(url: str, reason: str) -> None:
    with pytest.raises(SettingError, match=r"^REDIS_URL is .* it may hold a Redis address") as refusal:
        Settings.from_environment({"REDIS_URL": url})
    assert str(refusal.value).endswith(f": {reason}")

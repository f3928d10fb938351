"""The Celery app that --app names."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from phloem.settings import SettingError, Settings
from phloem_server.control.celery_app import celery_app


@pytest.mark.parametrize("target", ["shop", "shop:celery", "shop.celery"])
def test_an_app_is_named_as_for_celery_itself(project: Path, target: str) -> None:
    assert "mail.send" in celery_app(target, Settings()).tasks


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("nowhere", "No module named"),
        ("shop:nothing", "module 'shop' has no attribute 'nothing'"),
        ("shop:resize", "not a Celery app"),
        ("broken", "ZeroDivisionError"),
        ("quits", "SystemExit"),
        ("two_lines", "one two"),
        (":", "ValueError"),
        ("", "ValueError"),
    ],
)
def test_an_app_that_cannot_be_had_is_one_line(project: Path, target: str, reason: str) -> None:
    (project / "broken.py").write_text("1 / 0")
    (project / "quits.py").write_text("raise SystemExit('bye')")
    (project / "two_lines.py").write_text("raise RuntimeError('one\\ntwo')")
    with pytest.raises(SettingError, match=f"^--app is .*{reason}") as refusal:
        celery_app(target, Settings())
    assert "\n" not in str(refusal.value)


def test_a_broker_that_swallows_packets_is_given_up_within_seconds(project: Path) -> None:
    options = celery_app("shop:celery", Settings()).conf.broker_transport_options
    assert options["socket_connect_timeout"] <= 2
    assert options["socket_timeout"] <= 5


def test_limits_that_the_app_has_itself_are_kept(project: Path) -> None:
    (project / "own.py").write_text(
        "from celery import Celery\n"
        "celery = Celery(broker='redis://r', set_as_current=False)\n"
        "celery.conf.broker_transport_options = {'socket_timeout': 60, 'visibility_timeout': 9}"
    )
    options = celery_app("own", Settings()).conf.broker_transport_options
    assert (options["socket_timeout"], options["visibility_timeout"]) == (60, 9)


@pytest.mark.parametrize(("durable", "exclusive"), [(False, True), (True, False)])
def test_queues_for_answers_are_such_as_rabbitmq_takes(project: Path, *, durable: bool, exclusive: bool) -> None:
    (project / "own.py").write_text(
        "from celery import Celery\n"
        "celery = Celery(broker='amqp://r', set_as_current=False)\n"
        f"celery.conf.update(control_queue_exclusive=False, control_queue_durable={durable})\n"
    )
    celery = celery_app("own", Settings())
    queue = celery.control.mailbox.get_reply_queue()
    assert (queue.durable, queue.exclusive) == (durable, exclusive)
    assert celery.conf.broker_transport_options == {"confirm_publish": True}


@pytest.mark.parametrize(
    ("address", "transport", "host", "rest"),
    [
        ("unix:///run/redis.sock?db=2", "redis", "socket:///run/redis.sock?virtual_host=2", {}),
        ("redis+socket:///run/redis.sock", "redis", "socket:///run/redis.sock", {}),
        ("valkey://host:1/2", "redis", "host", {"port": 1, "virtual_host": "2"}),
        ("rediss://host/0", "rediss", "host", {"ssl": {"ssl_cert_reqs": ssl.CERT_REQUIRED}}),
        ("redis://a/0;valkey://b/1", "redis", "a", {"alt": ["redis://a/0", "redis://b/1"]}),
        (
            "sentinel://a:1/0;sentinel://b:2?master_name=main",
            "sentinel",
            "a",
            {"alt": ["sentinel://a:1/0", "sentinel://b:2/0"]},
        ),
        ("redis+sentinel://a:1/main/3", "sentinel", "a", {"port": 1, "virtual_host": "3"}),
        ("amqps://host//", "amqps", "host", {"virtual_host": "/"}),
        ("pyamqp://a//;pyamqp://b//", "pyamqp", "a", {"alt": ["pyamqp://a//", "pyamqp://b//"]}),
    ],
)
def test_a_broker_that_is_observed_is_reached_by_every_spelling(
    address: str, transport: str, host: str, rest: dict[str, object]
) -> None:
    connection = celery_app(None, Settings(), broker=address).connection_for_read()
    assert (connection.transport_cls, connection.hostname) == (transport, host)
    assert {name: getattr(connection, name) for name in rest} == rest
    assert transport != "sentinel" or connection.transport_options["master_name"] == "main"


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("sentinel://a:1", r"Sentinels are asked for a master by its name, as in \?master_name=mymaster"),
        ("redis://:geheim@host:many/0", "host or port are not well-formed"),
        ("redis://host/many", "its database is no number"),
        ("redis+cluster://host", "Celery cannot use a Redis Cluster"),
        ("nonsense://host", "No such transport: nonsense"),
        ("amqp://u:geheim@host:many", "it is not well-formed"),
    ],
)
def test_a_broker_that_cannot_be_observed_is_refused_in_a_sentence(address: str, reason: str) -> None:
    with pytest.raises(SettingError, match=f"^PHLOEM_BROKER is .*; it may hold an address .*{reason}") as refusal:
        celery_app(None, Settings(), broker=address)
    assert "geheim" not in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_the_result_backend_of_an_observed_app_is_one_address() -> None:
    conf = celery_app(None, Settings(), backend="redis-sentinel://a:1/main/3").conf
    assert (conf.result_backend, conf.result_backend_transport_options) == ("sentinel://a:1/3", {"master_name": "main"})
    with pytest.raises(SettingError, match="^PHLOEM_RESULT_BACKEND is .*it is a list"):
        celery_app(None, Settings(), backend="redis://a;redis://b")


def test_an_app_names_the_master_that_an_address_leaves_out(project: Path) -> None:
    (project / "own.py").write_text(
        "from celery import Celery\n"
        "celery = Celery(broker='redis://r', set_as_current=False)\n"
        "celery.conf.broker_transport_options = {'master_name': 'main'}"
    )
    conf = celery_app("own", Settings(), broker="sentinel://a:1").conf
    assert (conf.broker_url, conf.broker_transport_options["master_name"]) == ("sentinel://a:1", "main")

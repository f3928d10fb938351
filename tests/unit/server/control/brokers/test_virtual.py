"""Queues in stores for which kombu is the broker: counted without making any, or said to be unknown."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from kombu.connection import Connection
from kombu.transport import virtual as kombu_virtual

from phloem_server.control.brokers import virtual
from phloem_server.control.brokers.broker import address_of
from phloem_server.control.brokers.held import ABSENT, UNKNOWN, Held
from phloem_server.control.errors import WorkerRefused
from phloem_server.control.remote_control import RemoteControl


def app(url: str, **options: Any) -> Celery:
    made = Celery("stores", broker=url, set_as_current=False)
    made.conf.update(task_default_queue="mail", broker_transport_options=options)
    return made


def put(celery: Celery, priority: int = 0) -> None:
    with celery.connection_for_write() as connection:
        connection.SimpleQueue("mail").put("one that waits", priority=priority)


def test_redis_has_a_list_for_each_step_of_priorities_and_options_say_which(redis_url: str) -> None:
    steps: dict[str, Any] = {"priority_steps": [0, 5, 9], "sep": ":", "global_keyprefix": "shop-"}
    with app(redis_url, **steps) as celery:
        for priority in (0, 5, 6, 9):
            put(celery, priority)
        told = RemoteControl(celery).survey(["none"]).broker
    assert told.queues["mail"] == Held(messages=4, by_priority={0: 1, 5: 2, 9: 1})
    assert (told.queues["none"], told.unknown) == (Held(messages=0), None)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://localhost:6379/0", "redis://localhost:6379/0"),
        ("redis://:geheim@localhost/1", "redis://:[redacted]@localhost:6379/1"),
        ("amqp://shop:geheim@mq/v", "amqp://shop:[redacted]@mq:5672/v"),
        ("amqp://mq//", "amqp://guest:[redacted]@mq:5672//"),
    ],
)
def test_the_address_of_a_broker_hides_a_password_and_makes_none_up(url: str, shown: str) -> None:
    assert address_of(Connection(url)) == shown


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, str]:
    names = {name: str(tmp_path / name) for name in ("data_folder_in", "data_folder_out", "control_folder")}
    for folder in (names["data_folder_in"], names["control_folder"]):
        Path(folder).mkdir()
    return names | {"data_folder_out": names["data_folder_in"]}


def test_a_folder_is_counted_and_nothing_is_added_to_it(folders: dict[str, str]) -> None:
    with app("filesystem://", **folders) as celery:
        put(celery)
        told = RemoteControl(celery).survey(["none"]).broker
    assert (told.queues["mail"].messages, told.queues["none"].messages) == (1, 0)
    [only] = Path(folders["data_folder_in"]).iterdir()
    assert only.name.endswith("mail.msg")


@pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy")  # which kombu takes
def test_a_database_is_counted_gets_no_queue_and_cannot_ask_workers(tmp_path: Path) -> None:
    pytest.importorskip("sqlalchemy")
    with app(f"sqla+sqlite:///{tmp_path}/broker.db") as celery:
        put(celery)
        control = RemoteControl(celery)
        told = control.survey(["none"]).broker
        assert (told.queues["mail"].messages, told.queues["none"]) == (1, ABSENT)
        assert told.unknown == (
            "A database carries no message to all workers, so they cannot be asked or told anything: which of them are "
            "online is known by their leases alone."
        )
        assert control.consumed() == []
        with pytest.raises(WorkerRefused, match="A database carries no message to all workers, so none can be told"):
            control.revoke("t1", None, terminate=False, signal="SIGTERM")
        celery.pool.force_close_all()
    with sqlite3.connect(tmp_path / "broker.db") as database:
        assert database.execute("SELECT name FROM kombu_queue").fetchall() == [("mail",)]


def test_the_memory_of_a_process_is_said_to_be_one() -> None:
    with app("memory://") as celery:
        unknown = RemoteControl(celery).survey().broker.unknown
    assert unknown == "The broker is the memory of this process: what other processes send is not in it."


class Countless(kombu_virtual.Channel):
    """Of a store whose messages kombu cannot count: its own count is 0 for all."""

    supports_fanout = True

    def __init__(self) -> None:
        pass


class Topics(Countless):
    """Counts what the process itself consumes, as kombu's Kafka does."""

    def _size(self, queue: str) -> int:
        raise AssertionError


class Sqs(Countless):
    """Makes a queue that is not there, as kombu's SQS does."""

    def __init__(self) -> None:
        self._queue_cache = {"shop-mail": "https://queue"}

    def canonical_queue_name(self, name: str) -> str:
        return f"shop-{name}"

    def _size(self, queue: str) -> int:
        assert queue == "mail"
        return 7


def test_what_cannot_be_counted_is_unknown_and_not_zero() -> None:
    assert virtual.held(Countless(), "odd", ["mail"]) == {"mail": UNKNOWN}
    assert virtual.held(Topics(), "kafka", ["mail"]) == {"mail": UNKNOWN}


def test_of_sqs_only_queues_that_exist_are_counted() -> None:
    assert virtual.held(Sqs(), "sqs", ["mail", "none"]) == {"mail": Held(messages=7), "none": UNKNOWN}

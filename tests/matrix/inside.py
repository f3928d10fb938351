"""The steps of the scenario that need no other process: parts of the server, where versions of Celery differ."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from celery import Celery
from celery.schedules import crontab, schedule

from phloem.model.event import Event
from phloem.model.state import State
from phloem.record.record import ChannelRefused
from phloem.record.redis_record import RedisChannel
from phloem.settings import Settings
from phloem_server.boards.due_times import due_time
from phloem_server.control.celery_app import celery_app
from phloem_server.control.errors import BrokerUnavailable
from phloem_server.control.sender import Sender
from tests.old_redis import answering

BERLIN = ZoneInfo("Europe/Berlin")
BUILT_IN = "celery.backend_cleanup"
"""A task that every app has."""


def due_times() -> str:
    """When entries of three kinds are due: across summer time, long after their last run, and by an interval."""
    app = Celery("clock", broker="memory://", set_as_current=False)
    app.conf.timezone = "Europe/Berlin"
    ran = datetime(2026, 3, 28, 12, 0, tzinfo=BERLIN).timestamp()  # the day before
    schedules = (crontab(hour="12", minute="0", app=app), crontab(app=app), schedule(90.0, app=app))
    with app:
        found = [datetime.fromtimestamp(round(due_time(when, ran)), UTC).astimezone(BERLIN) for when in schedules]
    return ", ".join(f"{due:%d %B %H:%M:%S}" for due in found)


def broker_away(kind: str) -> str:
    """What comes of sending a task where no broker of that kind listens, and how soon."""
    settings = Settings(broker_url=f"{kind}://127.0.0.1:1/0", result_backend="redis://127.0.0.1:1/0")
    sender = Sender(celery_app(None, settings), lambda: None)
    began = time.monotonic()
    try:
        sender.send(BUILT_IN, (), {})
    except BrokerUnavailable:
        return f"refused {'at once' if time.monotonic() - began < 5 else 'late'}"
    return "sent"


def node_of_a_cluster() -> str:
    """What the record says of a Redis that is a node of a cluster, and is named as if it were alone."""
    greeting = b"%1\r\n$5\r\nproto\r\n:3\r\n"
    with answering({b"HELLO": greeting, b"FCALL": b"-MOVED 1 127.0.0.1:1\r\n"}) as address:
        channel = RedisChannel(Settings(redis_url=address))
        try:
            channel.record([Event(id="t1", at=1.0, source="p", seq=1, state=State.PENDING)])
        except ChannelRefused as error:
            return "told" if "is a node of a cluster" in str(error) else str(error)
        finally:
            channel.close()
    return "nothing"

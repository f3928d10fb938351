"""What it costs to observe an app that is not attached: `python -m benchmarks.observer`.

A process sends Celery's events of tasks (received, started, succeeded), one message each, as fast as it is told; this
process observes them, and records what they say. Counted are its processor time and what was recorded. The record's
mirror and viewers are not part of it: they cost the same whoever tells of a task (`benchmarks.ingest`). Ends with
status 1 if a limit is not kept.
"""

from __future__ import annotations

import argparse
import secrets
import subprocess
import sys
import time

import redis
from celery import Celery

from benchmarks.harness.measures import Limit, add_short, verdict
from phloem.model.state import State
from phloem.record.redis_record import RedisChannel
from phloem.settings import Settings
from phloem_server.control.celery_app import celery_app
from phloem_server.control.remote_control import RemoteControl
from phloem_server.sources.observation import Observation
from tests.processes import running_redis
from tests.waiting import wait_until

EVENTS_A_SECOND = 2_000
CORES = 0.5
"""Processor time for each second, at most."""
LATE_SECONDS = 2.0
"""After the last event was sent, in which all has to be recorded."""

_OF_A_TASK = 3


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    add_short(parser)
    parser.add_argument("--send", nargs=2, metavar=("URL", "SECONDS"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.send:
        send(chosen.send[0], float(chosen.send[1]))
        return 0
    seconds = 1.0 if chosen.short else 15.0
    with running_redis() as broker, running_redis() as record:
        return verdict(measure(broker.url, record.url, seconds), short=chosen.short)


def measure(broker: str, record: str, seconds: float) -> list[Limit]:
    """Observes what a sender tells for so long."""
    settings = Settings(redis_url=record, namespace=secrets.token_hex(4))
    channel = RedisChannel(settings)
    celery = celery_app(None, settings, broker=broker)
    observation = Observation(
        celery,
        channel,
        RemoteControl(celery).ask,
        row=lambda _: None,
        open_tasks=tuple,
        open_channel=lambda: RedisChannel(settings),
        namespace=settings.namespace,
        lease_seconds=settings.lease_seconds,
        is_own=False,
    )
    observation.start()
    try:
        wait_until(lambda: observation.receiver.connected, 10, "the observer is connected")
        began, used = time.monotonic(), time.process_time()
        sender = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.observer", "--send", broker, str(seconds)], stdout=subprocess.PIPE
        )
        said, _ = sender.communicate()
        sent, took = (float(word) for word in said.split())
        ended = time.monotonic()
        tasks = int(sent) // _OF_A_TASK
        wait_until(lambda: succeeded(record, settings.namespace) >= tasks, 60, "all is recorded")
        late, wall = time.monotonic() - ended, time.monotonic() - began
        cores = (time.process_time() - used) / wall
    finally:
        observation.stop()
        celery.close()
        channel.close()
    return [
        Limit(what="Celery events a second", value=sent / took, limit=EVENTS_A_SECOND * 0.95, at_least=True),
        Limit(what="processor time of the observer, in cores", value=cores, limit=CORES),
        Limit(what="seconds after the last event until all is recorded", value=late, limit=LATE_SECONDS),
    ]


def succeeded(url: str, namespace: str) -> int:
    """How many tasks of the record have succeeded."""
    with redis.Redis.from_url(url) as client:
        counts = client.hget(f"phloem:{{{namespace}}}:meta", "counts") or b""
    _, _, rest = counts.partition(f'"{State.SUCCESS}":'.encode())
    digits = rest.split(b",")[0].rstrip(b"}")
    return int(digits) if digits else 0


def send(url: str, seconds: float) -> None:
    """Sends the events of tasks for so long, and prints how many, and for how long it did."""
    app = Celery("sender", broker=url, set_as_current=False)
    with app.connection_for_write() as connection:
        dispatcher = app.events.Dispatcher(connection, hostname="one@benchmark")
        sent, began = 0, time.monotonic()
        while (now := time.monotonic()) - began < seconds:
            if sent >= (now - began) * EVENTS_A_SECOND:
                time.sleep(0.001)
                continue
            task_id = secrets.token_hex(16)
            dispatcher.send(
                "task-received",
                uuid=task_id,
                name="benchmarks.observer.work",
                args="(1, 2)",
                kwargs="{'path': '/some/where/on/disk'}",
                root_id=task_id,
                parent_id=None,
                retries=0,
                eta=None,
                expires=None,
            )
            dispatcher.send("task-started", uuid=task_id)
            dispatcher.send("task-succeeded", uuid=task_id, result="42", runtime=0.01)
            sent += _OF_A_TASK
        print(sent, time.monotonic() - began)


if __name__ == "__main__":
    sys.exit(main())

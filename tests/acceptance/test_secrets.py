"""No secret of random calls is in the raw bytes of the record, of HTTP, of frames and of the server's log.

`SECRETS_CALLS=…` makes that many calls of another seed. Each failure names its seed: `SECRETS_SEED=…` makes them again.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from random import SystemRandom
from typing import Any

import pytest
import redis

from tests.api import Api
from tests.processes import ROOT, Stack
from tests.random_secrets import MARK, Secrets
from tests.viewer import Viewer
from tests.waiting import wait_until

ASKED = os.environ.get("SECRETS_CALLS")
SEED = os.environ.get("SECRETS_SEED") or (str(SystemRandom().getrandbits(32)) if ASKED else "1")
CALLS = int(ASKED or "8")
"""Calls of each producer; each is two tasks, one of them with two tries."""

WORKER = "-m celery -A tests.acceptance.secrets_app worker -Q secrets -n secrets@%h --concurrency 2"


class Told:
    """What is told of the calls: the tasks, and bytes wherever they can be read."""

    def __init__(self, stack: Stack, ids: list[str], seen: list[dict[str, Any]], messages: list[bytes]) -> None:
        self.stack, self.ids, self.seen, self.messages = stack, ids, seen, messages
        self.api = Api(stack.url)


@pytest.fixture(scope="module")
def told(stack: Stack) -> Iterator[Told]:
    """All of it, after random calls of a plain producer and of a Flask process were run by a worker."""
    options = "--without-mingle --without-gossip --loglevel WARNING"
    stack.add("secrets", f"exec env C_FORCE_ROOT=1 {shlex.quote(sys.executable)} {WORKER} {options}")
    stack.ensure("secrets")
    client = redis.Redis.from_url(stack.redis.url)
    heard = client.pubsub()  # type: ignore[no-untyped-call]
    heard.psubscribe("*test*")
    with Viewer(stack.url, view={"name": "secrets.*"}) as viewer:
        producers = [started(stack, kind) for kind in ("plain", "flask")]
        ids = [task_id for producer in producers for task_id in sent(producer)]
        api = Api(stack.url)
        for task_id in ids:
            api.ended(task_id, 60)
        newest = set(ids[-50:])  # a view has the newest 200
        wait_until(lambda: {row["id"] for row in viewer.seen if row["finished_at"]} >= newest, 60)
        messages = []
        while (message := heard.get_message()) is not None:
            if isinstance(message["data"], bytes):
                messages.append(message["data"])
        yield Told(stack, ids, viewer.seen, messages)
    heard.close()
    client.close()


def started(stack: Stack, kind: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.acceptance.secrets_producer", kind, SEED, str(CALLS)],
        env={**stack.environment, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def sent(producer: subprocess.Popen[str]) -> list[str]:
    with producer:
        ids, errors = producer.communicate(timeout=60)
    assert producer.returncode == 0, f"seed {SEED}: {errors}"
    return ids.split()


def expose(raw: bytes, where: str) -> None:
    found = re.search(rf".{{0,200}}{MARK}.{{0,60}}".encode(), raw, re.DOTALL)
    assert found is None, f"seed {SEED}, {where}: {found[0]!r}"


def test_the_calls_had_secrets_and_ran_to_their_ends(told: Told) -> None:
    states = [told.api.task(task_id)["state"] for task_id in told.ids]
    assert states == ["SUCCESS", "FAILURE"] * 2 * CALLS, SEED
    with redis.Redis.from_url(told.stack.redis.url) as client:  # Celery keeps results as they are
        results = [client.get(f"celery-task-meta-{task_id}") or b"" for task_id in told.ids]
    assert all(MARK.encode() in result for result in results)


def test_what_was_withheld_by_the_producer_is_told_by_the_worker(told: Told) -> None:
    for task_id in told.ids:
        args = told.api.task(task_id)["args"]
        assert args.startswith(('["ann","[redacted]",', "['ann', '[redacted]',", '["[redacted]",', "['[redacted]',"))


def test_no_secret_is_in_the_record(told: Told) -> None:
    with redis.Redis.from_url(told.stack.redis.url) as client:
        reading = {
            b"string": client.get,
            b"hash": client.hgetall,
            b"list": lambda key: client.lrange(key, 0, -1),
            b"set": client.smembers,
            b"zset": lambda key: client.zrange(key, 0, -1),
            b"stream": client.xrange,
        }
        keys = [key for key in client.scan_iter("*", 1000) if b"test" in key and b":call" not in key]
        assert len(keys) > 2 * len(told.ids)
        for key in keys:
            expose(repr((key, reading[client.type(key)](key))).encode(), f"key {key!r}")
    assert len(told.messages) > len(told.ids)
    for message in told.messages:
        expose(message, "a message of the record")


def test_no_secret_is_in_frames(told: Told) -> None:
    expose(repr(told.seen).encode(), "a frame")


def test_no_secret_is_in_an_answer_nor_in_the_log_of_the_server(told: Told) -> None:
    paths = [
        "/tasks?limit=200",
        f"/tasks?q={MARK}",
        "/registry",
        *(f"/{board}" for board in ("now", "queues", "workers")),
    ]
    paths += [f"/tasks/{task_id}{end}" for task_id in told.ids for end in ("", "/log")]
    for path in paths:
        answer = told.api.get(path)
        assert answer.ok, path
        expose(answer.content.replace(f'"{MARK}"'.encode(), b""), path)
    expose(told.api.session.get(f"{told.stack.url}/metrics").content, "/metrics")
    for number in range(CALLS):
        made = Secrets(f"{SEED}-refused-{number}")
        body = {"args": [made.value(2, plain=True)], "kwargs": {made.name(): made.value(1, plain=True)}}
        for name in ("phloem.jobs.countdown", f"unknown ghp_{made.secret()}"):
            answer = told.api.post("/tasks", json={"name": name, **body})
            assert answer.status_code == 422
            expose(answer.content, f"the refusal of {body}")
    expose(told.stack.log("web").encode(), "the server's log")

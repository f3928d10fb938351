"""One run of the suite in a process of its own, with a Redis for broker and result backend, and one for the record."""

from __future__ import annotations

import json
import os
import shlex
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import redis

from phloem.model.changes import Position
from phloem.record.redis_record import RedisChannel
from phloem.settings import RecordSettings
from tests.celery_suite import story
from tests.celery_suite.plugin_files import ATTACH, EVENTS, FOLDER, HURRY, OUTCOMES
from tests.celery_suite.story import Story
from tests.child import Child
from tests.processes import ROOT, Redis
from tests.source_archive import unpack
from tests.waiting import wait_until

LEASE_SECONDS = 2
"""The lease of the suite's worker: what it holds is lost soon after the suite has ended."""

LOG = 1000
"""Entries of a task's log that are read; the record keeps no more."""

META, QUEUE = b"celery-task-meta-", b"celery"
"""What the keys of results begin with, and those of the suite's one queue."""

PLUGINS = ("celery.contrib.pytest", "pytest_timeout", "tests.celery_suite.plugin")


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one run."""

    outcomes: dict[str, str]
    """What became of each test: passed, failed, skipped, error."""
    said: dict[str, str]
    """What tests that failed said."""
    stories: dict[str, Story]
    """What the witness saw, by the id of the task."""
    stored: dict[str, str]
    """The state of each task in the result backend."""
    recorded: dict[str, tuple[str, ...]]
    """The states that each task went through by the record, and the one that it is in, last."""
    waiting: frozenset[str]
    """The ids of the tasks whose messages are still in the broker."""
    seconds: float


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What runs, and how."""

    tests: Sequence[str]
    """Files and tests, below the top of the archive, and options of pytest that choose among them."""
    attach: bool
    """Whether Phloem is attached."""
    hurry: bool = False
    """Whether tests are spared the second for which Celery's control waits for the answers of other workers."""
    shared: bool = False
    """Whether the record is in the Redis of broker and results, instead of one of its own. Celery's client misses a
    result that is published while it subscribes to it, which a busier Redis makes likelier: the test waits for ever.
    """
    seconds: float = 3600
    """How long it may take."""


def run(folder: Path, plan: Plan, progress: Callable[[str], None] = lambda _: None) -> Run:
    """Run the suite. What all processes said stays in `folder`. AssertionError if it takes too long or cannot run."""
    folder.mkdir(parents=True)
    source = unpack("celery", folder, "t", "pyproject.toml")
    server = Redis(folder / "redis").start()
    record = server if plan.shared else Redis(folder / "record").start()
    start = time.monotonic()
    child = Child(_command(source, plan), folder / "suite.log", _environment(folder, server, record, plan))
    try:
        while child.status is None:
            progress(child.log().rpartition("\n")[2])
            assert time.monotonic() < start + plan.seconds, f"it runs on and on:\n{child.log()[-3000:]}"
            time.sleep(0.2)
        child.kill()  # what is left of its group
        # 0 and 1: all tests have passed, or some have failed.
        assert child.status in (0, 1), f"pytest ended with status {child.status}:\n{child.log()[-3000:]}"
        outcomes, said = _outcomes(folder / OUTCOMES)
        return Run(
            outcomes=outcomes,
            said=said,
            stories=story.read(folder / EVENTS),
            stored=_stored(server.url),
            recorded=_recorded(record.url) if plan.attach else {},
            waiting=_waiting(server.url),
            seconds=time.monotonic() - start,
        )
    finally:
        child.kill()
        for each in {server, record}:
            each.sigkill()


def _command(source: Path, plan: Plan) -> str:
    options = [option for plugin in PLUGINS for option in ("-p", plugin)]
    options += ["-p", "no:cacheprovider", "--continue-on-collection-errors", "--color=no", "--tb=native"]
    return (
        f"cd {shlex.quote(str(source))} && exec {shlex.join([sys.executable, '-m', 'pytest', *options, *plan.tests])}"
    )


def _environment(folder: Path, server: Redis, record: Redis, plan: Plan) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("PHLOEM_", "PYTEST_"))},
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        FOLDER: str(folder),
        ATTACH: "1" if plan.attach else "",
        HURRY: "1" if plan.hurry else "",
        # What the suite reads.
        "TEST_BROKER": server.url,
        "TEST_BACKEND": server.url,
        "REDIS_HOST": "127.0.0.1",
        "REDIS_PORT": str(server.port),
        "WORKER_LOGLEVEL": "INFO",
        # What Phloem reads.
        "REDIS_URL": record.url,
        "PHLOEM_LEASE_SECONDS": str(LEASE_SECONDS),
        "PHLOEM_RETENTION_TASKS": "1000000",
    }


def _outcomes(file: Path) -> tuple[dict[str, str], dict[str, str]]:
    outcomes: dict[str, str] = {}
    said: dict[str, str] = {}
    for line in file.read_text().splitlines():
        part = json.loads(line)
        test, outcome = part["test"], part["outcome"]
        if outcome == "failed" and part["when"] != "call":
            outcome = "error"
        if outcome != "passed" or test not in outcomes:
            outcomes[test] = outcome
        if part["said"]:
            said[test] = part["said"]
    return outcomes, said


def _stored(url: str) -> dict[str, str]:
    """The states in the result backend. A test's own serializer may make one unreadable; that is left out."""
    found = {}
    with redis.Redis.from_url(url) as client:
        for key in client.scan_iter(META + b"*", count=1000):
            try:
                found[key.removeprefix(META).decode()] = str(json.loads(client.get(key) or b"")["status"])
            except (ValueError, KeyError, TypeError):
                continue
    return found


def _waiting(url: str) -> frozenset[str]:
    """The ids in the queues, and of what workers hold that have not said that they are done with it."""
    with redis.Redis.from_url(url) as client:
        messages = [json.loads(held)[0] for held in client.hvals("unacked")]
        for key in client.scan_iter(QUEUE + b"*", _type="list"):
            messages += map(json.loads, client.lrange(key, 0, -1))
    return frozenset(str(message["properties"]["correlation_id"]) for message in messages)


def _recorded(url: str) -> dict[str, tuple[str, ...]]:
    """The states in the record, once no worker holds a task: those of the suite have ended, or are gone."""
    settings = RecordSettings(redis_url=url, lease_seconds=LEASE_SECONDS)
    channel = RedisChannel(settings)

    def tasks() -> dict[str, str]:
        pages = channel.changed(Position(epoch="", offset=0))
        return {task.id: str(task.state) for page in pages for task in page.tasks}

    with redis.Redis.from_url(url) as client:
        wait_until(
            lambda: tasks() and not client.exists(f"phloem:{{{settings.namespace}}}:leases"),
            5 * LEASE_SECONDS,
            "no lease is held",
        )
    found = {
        task_id: (*(said.message for said in channel.short_log(task_id, LOG) if said.kind == "state"), state)
        for task_id, state in tasks().items()
    }
    channel.close()
    return found

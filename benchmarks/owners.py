"""What it costs that viewers see the tasks of different owners: `python -m benchmarks.owners`.

500 viewers of one view that shows all tasks, and 500 viewers who are each limited to the tasks of another owner by a
token, take turns at one web process that holds 100,000 tasks. In each turn the same number of changes is recorded, of
tasks of all owners. Compared is the CPU time of the web process, the medians of the turns. Ends with status 1 if a
limit is not kept.
"""

from __future__ import annotations

import argparse
import os
import random
import secrets
import select
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import median

from benchmarks.harness.measures import Limit, add_short, cpu, verdict
from benchmarks.harness.viewers import Watcher
from benchmarks.harness.web import record_of, running
from benchmarks.peers.viewers import PATIENCE
from benchmarks.record import batches
from phloem.model.event import Event
from phloem.model.state import State
from phloem.record.redis_record import RedisChannel
from phloem.sharing.token import KEY_NAME, Share, new_id, sign
from tests.processes import Stack

OWNERS = 500
TASKS = 100_000
RATE = 400
"""Changes a second."""
BATCH = 20
"""Changes recorded at once."""
SECONDS = 6.0
"""Seconds of each turn."""
TURNS = 3
TWICE = 2.0
"""CPU time for viewers of different owners, as a share of that for viewers of one view, at most."""


def main() -> int:
    """Prints what was measured, then the limits."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    add_short(parser)
    chosen = parser.parse_args()
    if chosen.short:
        return verdict(measure(owners=10, tasks=100, seconds=1.0, turns=1), short=True)
    return verdict(measure(owners=OWNERS, tasks=TASKS, seconds=SECONDS, turns=TURNS))


def measure(*, owners: int, tasks: int, seconds: float, turns: int) -> list[Limit]:
    """So many turns of both crowds."""
    names = [f"owner-{number}" for number in range(owners)]
    with running("direct") as stack:
        channel = record_of(stack)
        for batch in batches(_history(tasks, names), 100, tasks):
            channel.record(batch)
        key = channel.keys.get(KEY_NAME)
        tokens = {
            "one view": [""] * owners,
            "own tasks": [sign(Share(id=new_id(), owner=name, actions=("see",), exp=2e9), key) for name in names],
        }
        used: dict[str, list[float]] = {name: [] for name in tokens}
        opened: dict[str, list[float]] = {name: [] for name in tokens}
        strangers = missed = 0
        for turn in range(turns):
            for name, crowd in tokens.items():
                before = cpu(stack.pid("web"))
                viewers = _enter(stack, crowd)
                opened[name].append(cpu(stack.pid("web")) - before)
                before = cpu(stack.pid("web"))
                heard = _change(channel, viewers, names, seconds, f"{name}-{turn}")
                used[name].append(cpu(stack.pid("web")) - before)
                if name == "own tasks":
                    strangers += sum(found - {own} != set() for own, found in zip(names, heard, strict=True))
                missed += sum(not found for found in heard)
                for viewer in viewers:
                    viewer.socket.close()
    ratio = median(used["own tasks"]) / median(used["one view"])
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {tasks:,} tasks, {owners} viewers, {turns} turns")
    for name, taken in used.items():
        print(
            f"{name:10}: CPU of the web process {median(opened[name]):.2f} s to open, {median(taken):.2f} s for "
            f"{int(seconds * RATE):,} changes"
        )
    return [
        Limit(what="viewers who were told of a task of another owner", value=strangers, limit=0, sound=True),
        Limit(what="viewers who were told of no change", value=missed, limit=0, sound=True),
        Limit(what="CPU for viewers of different owners, of that for one view", value=ratio, limit=TWICE),
    ]


def _history(tasks: int, names: Sequence[str]) -> Iterator[Event]:
    now = time.time()
    for number in range(tasks):
        owner = names[number % len(names)]
        yield _event(f"old-{number}", owner, now, number + 1, State.SUCCESS, "history")


def _event(task_id: str, owner: str, now: float, seq: int, state: State, source: str) -> Event:
    return Event(
        id=task_id,
        at=now,
        source=source,
        seq=seq,
        run=task_id,
        state=state,
        name="benchmarks.owners.work",
        queue="celery",
        owner=owner,
        created_at=now,
        started_at=now,
        message=owner,
    )


def _enter(stack: Stack, tokens: Sequence[str]) -> list[Watcher]:
    asked = {"view": {"limit": 50}}
    with ThreadPoolExecutor(16) as pool:
        return list(pool.map(lambda token: Watcher(stack.port, asked, token=token).wait(), tokens))


def _change(
    channel: RedisChannel, viewers: Sequence[Watcher], names: Sequence[str], seconds: float, run: str
) -> list[set[str]]:
    """Records changes for so many seconds, one of each owner first; the owners of which each viewer was told."""
    chance = random.Random(run)
    heard: list[set[str]] = [set() for _ in viewers]
    places = {viewer.socket.fileno(): place for place, viewer in enumerate(viewers)}
    poll = select.epoll()
    for fileno in places:
        poll.register(fileno, select.EPOLLIN)

    def read(until: float) -> None:
        while (left := until - time.monotonic()) > 0:
            for fileno, _ in poll.poll(left):
                viewer = viewers[places[fileno]]
                for text in viewer.read():
                    viewer.take(text)
                    heard[places[fileno]].update(_owners(text))
            _say(viewers, begun)

    source, begun, told = secrets.token_hex(8), time.monotonic(), 0
    count = max(len(names), int(seconds * RATE))
    owners = [*names, *(chance.choice(names) for _ in range(count - len(names)))]
    while told < count:
        now = time.time()
        events = [
            _event(f"{run}-{told + place}", owner, now, told + place + 1, State.STARTED, source)
            for place, owner in enumerate(owners[told : told + BATCH])
        ]
        channel.record(events)
        told += len(events)
        read(begun + told / RATE)
    end = time.monotonic() + PATIENCE
    while not all(heard):
        assert time.monotonic() < end, "not every viewer was told of a change"
        read(time.monotonic() + 0.1)
    poll.close()
    return heard


def _say(viewers: Sequence[Watcher], begun: float) -> None:
    """Has each viewer say how far it is, once a second and at a moment of its own, as people's browsers do."""
    share = (time.monotonic() - begun) % 1.0
    place = int(share * len(viewers))
    for viewer in viewers[max(0, place - len(viewers) // 20) : place + 1]:
        viewer.seen()


def _owners(text: bytes) -> Iterator[str]:
    """The owners that a frame names."""
    for part in text.split(b'"owner":"')[1:]:
        yield part[: part.index(b'"')].decode()


if __name__ == "__main__":
    sys.exit(main())

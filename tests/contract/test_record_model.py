"""Random lives of a few tasks: the record in Redis, the one in memory, and the plain model never differ.

Sources are heard late, twice and out of turn; workers leave and vanish; Redis forgets what it had taken; readers
come at any time, hear only some of what is published, and read page by page while more is recorded.
`python -m tests.chaos.model` runs this for 20,000 steps.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

import hypothesis.strategies as st
import msgspec
import pytest
import redis
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from phloem.model.changes import Changes, Position
from phloem.model.event import Event
from phloem.model.log import left_out
from phloem.model.state import State
from phloem.record import redis_record as channel_module
from phloem.record.functions.library import library
from phloem.record.record import Subscribed
from phloem.record.redis_record import RedisChannel
from phloem.settings import Settings
from phloem.testing import memory as memory_record
from tests.contract.model_reader import Reader, entries, known_only, shown, unplaced
from tests.contract.random_events import LEASES, SOURCES, TASKS, facts, moments
from tests.contract.record_model import Model, Said

REMEMBERED = 3

"""Removals that this record remembers, instead of thousands: readers do fall behind it."""


LOG_KEPT = 12


ROOMY = 100


FOREVER = 10**6

"""Seconds. No lease runs out by itself while a slow machine thinks."""


_names = itertools.count()


class Record(RuleBasedStateMachine):
    """One namespace, in Redis and in the model; where nothing is beyond it, in memory as well."""

    redis_url = ""

    def __init__(self) -> None:
        super().__init__()
        name = f"model{next(_names)}"
        self.prefix = f"phloem:{{{name}}}:"
        self.client: redis.Redis = redis.Redis.from_url(self.redis_url)
        self.settings = Settings(redis_url=self.redis_url, namespace=name)
        self.seqs = dict.fromkeys(SOURCES, 0)
        self.outboxes: dict[str, list[Event]] = {source: [] for source in SOURCES}
        self.since_image: dict[str, list[Event]] = {source: [] for source in SOURCES}
        self.image: tuple[dict[bytes, bytes], Model] | None = None
        self.leases: set[str] = set()
        self.readers = [Reader() for _ in range(3)]
        self.heard_to = Position()
        self.memory: memory_record.MemoryChannel | None = None

    @initialize(most=st.sampled_from((2, 4, ROOMY)), memory=st.booleans())
    def begin(self, most: int, memory: bool) -> None:
        self.memory = memory_record.MemoryChannel() if memory else None
        self.model = Model(ROOMY if memory else most, REMEMBERED)
        self.channel = RedisChannel(msgspec.structs.replace(self.settings, retention_tasks=self.model.most))
        self.messages = self.channel.listen(idle=5)
        assert isinstance(next(self.messages), Subscribed)

    def teardown(self) -> None:
        if hasattr(self, "messages"):
            self.messages.close()
        if keys := self._keys():
            self.client.delete(*keys)
        self.client.close()
        if hasattr(self, "channel"):
            self.channel.close()

    # What producers do.

    @rule(source=st.sampled_from(SOURCES), task_id=st.sampled_from(TASKS), facts=facts, at=moments)
    def say(self, source: str, task_id: str, facts: dict[str, Any], at: float) -> None:
        """A source has something to say, and keeps it until it is recorded."""
        self.seqs[source] += 1
        if facts.get("begins"):
            facts = {**facts, "state": State.RETRY if facts["run"].startswith("waits") else State.RECEIVED}
        self.outboxes[source].append(Event(id=task_id, at=at, source=source, seq=self.seqs[source], **facts))

    @rule(shares=st.lists(st.tuples(st.sampled_from(SOURCES), st.integers(1, 4)), max_size=3), answered=st.booleans())
    def send(self, shares: list[tuple[str, int]], answered: bool) -> None:
        """Some of what waits is sent, in any order of the sources; if no answer comes it will be sent again."""
        batch: list[Event] = []
        for source, count in shares:
            batch += [event for event in self.outboxes[source] if event not in batch][:count]
        recorded = self.channel.record(batch)
        verdicts, removed = self.model.record(batch)
        assert list(recorded.verdicts) == verdicts
        if self.memory is not None:
            assert list(self.memory.record(batch).verdicts) == verdicts
        if answered:
            for source in SOURCES:
                self.since_image[source] += [event for event in self.outboxes[source] if event in batch]
                self.outboxes[source] = [event for event in self.outboxes[source] if event not in batch]
        self.leases |= {event.lease for event in batch if event.lease}
        self._published(removed)

    @rule(source=st.sampled_from(SOURCES))
    def send_with_another_epoch_in_mind(self, source: str) -> None:
        """Nothing is recorded for who does not know that the record may have forgotten something."""
        assert self.channel.record(self.outboxes[source], "another").verdicts == ()
        self._published([])

    @rule(lease=st.sampled_from(LEASES))
    def heartbeat(self, lease: str) -> None:
        self.channel.heartbeat(lease, FOREVER)
        self.leases.add(lease)

    @rule(lease=st.sampled_from(LEASES))
    def say_goodbye(self, lease: str) -> None:
        self.channel.heartbeat(lease, 0)
        if self.memory is not None:
            self.memory.heartbeat(lease, 0)
        self._let_go(lease, goodbye=True)

    @precondition(lambda self: self.memory is None)
    @rule(lease=st.sampled_from(LEASES))
    def vanish(self, lease: str) -> None:
        """The lease of a worker runs out, and whoever speaks to the record next brings it to light."""
        if lease in self.leases:
            self.client.zadd(f"{self.prefix}leases", {lease: 1}, xx=True)
            self.channel.heartbeat("another", FOREVER)
            self._let_go(lease, goodbye=False)

    # What befalls Redis.

    @precondition(lambda self: self.memory is None)
    @rule()
    def write_image(self) -> None:
        """All that there is now is on disk."""
        self.image = {key: self.client.dump(key) for key in self._keys()}, deepcopy(self.model)  # type: ignore[misc]
        self.since_image = {source: [] for source in SOURCES}

    @precondition(lambda self: self.image is not None)
    @rule()
    def crash(self) -> None:
        """Redis comes back with what is on disk, as another process, and sources send again what they remember."""
        assert self.image is not None
        image, model = self.image
        if keys := self._keys():
            self.client.delete(*keys)
        for key, value in image.items():
            self.client.restore(key, 0, value)
        if image:
            self.client.hset(f"{self.prefix}meta", "boot", "another")
        self.model = deepcopy(model)
        self.model.epoch += 1
        for source in SOURCES:
            self.outboxes[source] = self.since_image[source] + self.outboxes[source]
        self.since_image = {source: [] for source in SOURCES}
        assert self.channel.record(()).epoch != self.heard_to.epoch
        self.heard_to = Position(epoch=self.channel.record(()).epoch, offset=self.model.offset)

    # What readers do.

    @precondition(lambda self: any(reader.inbox for reader in self.readers))
    @rule(reader=st.integers(0, 2), lost=st.integers(0, 2))
    def hear(self, reader: int, lost: int) -> None:
        """A reader hears a message, after it missed some."""
        this = self.readers[reader]
        del this.inbox[:lost]
        if this.inbox and this.pages is None:
            this.hear(self.channel)
            self._published([])

    @rule(reader=st.integers(0, 2))
    def turn_page(self, reader: int) -> None:
        self.readers[reader].turn_page(self.channel)

    @rule(reader=st.integers(0, 2))
    def look(self, reader: int) -> None:
        """A reader compares its position with the record's, and then holds what the record holds."""
        this = self.readers[reader]
        this.look(self.channel)
        assert {task_id: shown(task) for task_id, task in this.rows.items()} == self._rows()
        assert this.position.offset == self.model.offset

    # What is always true.

    @invariant()
    def the_record_is_what_the_model_says(self) -> None:
        if not hasattr(self, "channel"):
            return
        new = Reader()
        new.look(self.channel)
        assert {task_id: shown(task) for task_id, task in new.rows.items()} == self._rows()
        for task_id in TASKS:
            known = self.model.tasks.get(task_id)
            task = self.channel.task(task_id)
            assert (task and shown(task)) == (known and known_only(known.row(task_id, long=True)))
            assert self.channel.call(task_id) == (known and known.call)
            check_log(entries(self.channel.short_log(task_id, 1000)), known.log if known else [])

    @invariant()
    def the_counts_are_those_of_the_tasks(self) -> None:
        if hasattr(self, "channel"):
            held: bytes | None = self.client.hget(f"{self.prefix}meta", "counts")  # type: ignore[assignment]
            assert Counter(msgspec.json.decode(held or b"{}")) == self.model.counts()

    @invariant()
    def memory_says_the_same(self) -> None:
        if self.memory is None or not hasattr(self, "channel"):
            return
        new = Reader()
        new.look(self.memory)
        assert {task_id: unplaced(shown(task)) for task_id, task in new.rows.items()} == {
            task_id: unplaced(row) for task_id, row in self._rows().items()
        }
        assert new.position.offset == self.model.offset
        for task_id, known in self.model.tasks.items():
            task = self.memory.task(task_id)
            assert task is not None
            assert unplaced(shown(task)) == unplaced(known_only(known.row(task_id, long=True)))
            assert self.memory.call(task_id) == known.call
            assert entries(self.memory.short_log(task_id, 1000)) == known.log

    def _rows(self) -> dict[str, dict[str, Any]]:
        return {task_id: known_only(known.row(task_id)) for task_id, known in self.model.tasks.items()}

    def _keys(self) -> list[bytes]:
        return list(self.client.scan_iter(match=self.prefix.replace("{", "\\{") + "*"))

    def _let_go(self, lease: str, *, goodbye: bool) -> None:
        """The order in which a worker's tasks are let go is the record's own choice."""
        concerned = self.model.answers_for(lease)
        new = Reader()
        new.look(self.channel)
        order = sorted(concerned, key=lambda task_id: new.rows[task_id].offset)
        self.model.let_go(order, goodbye=goodbye)
        self.leases.discard(lease)
        self._published([])

    def _published(self, removed: list[str]) -> None:
        """What changed was published as one message that follows the last, and tells it as it is now."""
        if self.model.offset == self.heard_to.offset:
            return
        message = next(self.messages)
        assert isinstance(message, Changes)
        assert message.from_ == self.heard_to.offset
        assert message.to == self.model.offset
        assert message.epoch == self.heard_to.epoch or not self.heard_to.epoch
        assert list(message.drop) == removed
        assert not message.reset
        for task in message.tasks:
            known = self.model.tasks[task.id]
            assert shown(task) == known_only(known.row(task.id))
            told = entries(message.logs.get(task.id, ()))
            assert told == known.log[len(known.log) - len(told) :]
        self.heard_to = Position(epoch=message.epoch, offset=message.to)
        for reader in self.readers:
            reader.inbox.append(message)


def check_log(kept: list[Said], said: list[Said]) -> None:
    """Of a log that got too long the beginning and the end are kept, the rest in order, and the missing are counted."""
    if len(said) <= LOG_KEPT:
        assert kept == said
        return
    assert len(kept) <= LOG_KEPT
    cut = LOG_KEPT * 4 // 5
    assert kept[: cut // 10 or 1] == said[: cut // 10 or 1]
    assert kept[-(cut // 2) :] == said[-(cut // 2) :]
    [gap] = [place for place, (kind, *_) in enumerate(kept) if kind == "gap"]
    assert kept[gap] == ("gap", "warning", left_out(len(said) - len(kept) + 1))
    left = iter(said)
    assert all(entry in left for entry in kept[:gap] + kept[gap + 1 :])


@contextmanager
def within_reach() -> Iterator[None]:
    """Makes the record's limits so small that a few tasks reach them."""
    name, code = library()
    for limit, value in (("GONE_KEPT", REMEMBERED), ("LOG_KEPT", LOG_KEPT), ("LEASE", FOREVER)):
        code, found = re.subn(rf"(?m)^(local {limit} =) \d+", rf"\1 {value}", code)
        assert found == 1, limit
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(channel_module, "library", lambda *_: (f"{name}_small", code.replace(name, f"{name}_small")))
        patch.setattr(channel_module, "PAGE", 2)
        patch.setattr(memory_record, "PAGE", 2)
        yield


def run(redis_url: str, steps: int, *, repeatable: bool) -> None:
    """Runs the machine for so many steps, 50 in each life."""
    machine = type("Record", (Record,), {"redis_url": redis_url})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=max(1, steps // 50),
            stateful_step_count=50,
            deadline=None,
            database=None,
            derandomize=repeatable,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        ),
    )


@pytest.mark.timeout(300)  # this many steps take about 5 s; the machine may have other work
def test_the_record_and_a_plain_model_never_differ(redis_url: str) -> None:
    with within_reach():
        run(redis_url, 1000, repeatable=True)

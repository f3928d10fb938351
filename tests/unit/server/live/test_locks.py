"""Clients, delivery, announcements and the follower at once, in threads: none waits for another for good."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from phloem.model.state import State
from phloem_server.live.protocol import Answer
from tests.unit.server.live.stage import OwnedLock, Stage

SECONDS = 0.5


def test_clients_delivery_and_the_follower_never_wait_for_each_other_for_good(stage: Stage) -> None:
    end = time.monotonic() + SECONDS
    failures: list[Exception] = []
    rounds = {"follower": 0, "client": 0}

    def repeat(step: Callable[[random.Random], None], seed: int) -> None:
        chance = random.Random(seed)
        try:
            while time.monotonic() < end:
                step(chance)
        except Exception as error:
            failures.append(error)
            raise

    def follow(chance: random.Random) -> None:
        rounds["follower"] += 1
        if chance.random() < 0.02:
            stage.channel.epoch = f"epoch{rounds['follower']}"
        stage.say(f"t{chance.randrange(5)}", chance.choice((State.STARTED, State.PROGRESS, State.SUCCESS)))
        stage.set_live(chance.random() < 0.9)

    def come_and_go(chance: random.Random) -> None:
        rounds["client"] += 1
        sid = f"client{chance.random()}"
        stage.hub.connect(sid)
        for _ in range(5):
            asked: dict[str, Any] = chance.choice(({"view": {}}, {"view": {"limit": 2}}, {"task": "t1"}))
            answer = stage.hub.watch(sid, asked)
            if isinstance(answer, Answer):
                stage.hub.seen(sid, {"watch": answer.watch, "offset": answer.offset})
                if chance.random() < 0.5:
                    stage.hub.unwatch(sid, {"watch": answer.watch})
        stage.hub.census()
        stage.hub.disconnect(sid)

    steps = (follow, *[come_and_go] * 3, lambda _: stage.delivery.flush(), lambda _: stage.announcements.announce())
    threads = [threading.Thread(target=repeat, args=[step, number], daemon=True) for number, step in enumerate(steps)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert [thread for thread in threads if thread.is_alive()] == []
    assert failures == []
    assert min(rounds.values()) > 5


def test_locks_that_are_taken_in_the_wrong_order_are_noticed() -> None:
    second = OwnedLock()
    first = OwnedLock(later=second)
    with first, second, first:
        pass
    with second, pytest.raises(AssertionError, match="wrong order"), first:
        pass

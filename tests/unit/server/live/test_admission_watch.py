"""Connections end with the session of the person who opened them, or once what its principal may see is over."""

from __future__ import annotations

import time
from typing import Any

import pytest
from werkzeug.wrappers import Request

from phloem.record.record import ChannelError
from phloem.sharing.token import KEY_NAME, Share, sign
from phloem.testing.access import MemoryKeys, MemorySessions
from phloem.testing.tokens import MemoryTokens
from phloem_server.access.people.sessions import Sessions, SessionTokens
from phloem_server.access.principal import ANYONE, PASSWORD_HOLDER, Principal, bearer_of, onlooker, signed_in
from phloem_server.access.tokens.shares import Shares
from phloem_server.app.loops import Loops
from phloem_server.live.admission_watch import AdmissionWatch
from tests.unit.server.live.stage import Stage
from tests.waiting import wait_until

TOKENS = SessionTokens("open sesame", "k" * 32)


class Setup:
    """One of the web processes that share a store: its sessions, and clients of two of them and of a program."""

    def __init__(self, stage: Stage) -> None:
        self.store = MemorySessions()
        self.sessions = Sessions(TOKENS, self.store)
        self.keys, self.tokens = MemoryKeys(), MemoryTokens()
        self.shares = Shares(self.keys, self.tokens)
        self.watch = AdmissionWatch(stage.hub, self.sessions, self.shares)
        self.ann, self.bob = (str(self.sessions.of(self.sessions.begin("", ""))) for _ in range(2))
        for sid, session in (("ann", self.ann), ("ann2", self.ann), ("bob", self.bob)):
            stage.hub.connect(sid, signed_in(session))
        stage.hub.connect("embedded", onlooker(signed_in(self.ann)))
        stage.hub.connect("program", PASSWORD_HOLDER)


@pytest.fixture
def setup(stage: Stage) -> Setup:
    return Setup(stage)


def test_who_signs_out_here_is_disconnected_at_once_and_nobody_else(stage: Stage, setup: Setup) -> None:
    setup.sessions.end(setup.ann)
    assert sorted(stage.wire.cuts) == ["ann", "ann2", "embedded"]


def test_who_signs_out_in_another_process_is_disconnected_at_the_next_look(stage: Stage, setup: Setup) -> None:
    Sessions(TOKENS, setup.store).end(setup.ann)
    assert stage.wire.cuts == []
    setup.watch.look()
    assert sorted(stage.wire.cuts) == ["ann", "ann2", "embedded"]


def test_a_session_that_another_process_began_after_the_list_was_read_goes_on(stage: Stage, setup: Setup) -> None:
    setup.watch.look()
    begun = Sessions(TOKENS, setup.store)
    stage.hub.connect("eve", signed_in(str(begun.of(begun.begin("", "")))))
    setup.store.ids = lambda: frozenset({setup.ann, setup.bob})  # type: ignore[method-assign]
    setup.watch.look()
    assert stage.wire.cuts == []


def test_while_redis_is_away_everybody_stays_and_that_is_logged_once(
    stage: Stage, setup: Setup, caplog: pytest.LogCaptureFixture
) -> None:
    def away() -> Any:
        raise ChannelError("Redis does not answer")

    setup.store.ids = away  # type: ignore[method-assign]
    setup.watch.look()
    setup.watch.look()
    assert stage.wire.cuts == []
    assert caplog.messages == ["Which sessions and tokens others ended is not known: Redis does not answer"]


def test_it_looks_until_it_is_stopped(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("phloem_server.live.admission_watch.EVERY_SECONDS", 0.01)
    looks: list[None] = []
    setup.watch.look = lambda: looks.append(None)  # type: ignore[method-assign]
    with Loops({"admissions": setup.watch}):
        wait_until(lambda: len(looks) > 2, 5, "it looks again and again")


@pytest.mark.parametrize("signs_in", [True, False])
def test_the_bearer_of_a_token_that_expired_is_disconnected_and_nobody_else(
    stage: Stage, setup: Setup, *, signs_in: bool
) -> None:
    for sid, seconds in (("late", 0.0), ("early", 60.0)):
        share = Share(task="t1", actions=("see",), exp=time.time() + seconds)
        stage.hub.connect(sid, bearer_of(share))
    stage.hub.connect("eve", ANYONE)
    AdmissionWatch(stage.hub, setup.sessions if signs_in else None, setup.shares).look()
    assert set(stage.wire.cuts) == {"late"}


def bearer(setup: Setup, token_id: str) -> Principal:
    """Whom the door makes of a token of this id."""
    share = Share(id=token_id, role="viewer", exp=time.time() + 60)
    headers = {"Authorization": f"Bearer {sign(share, setup.keys.get(KEY_NAME))}"}
    found = setup.shares.principal(Request.from_values(headers=headers))
    assert found is not None
    return found


def test_the_bearer_of_a_token_that_was_revoked_anywhere_is_disconnected_and_nobody_else(
    stage: Stage, setup: Setup
) -> None:
    for sid in ("leaked", "kept"):
        stage.hub.connect(sid, bearer(setup, sid))
    setup.tokens.revoke("leaked", time.time() + 60, time.time())
    setup.watch.look()
    assert stage.wire.cuts == ["leaked"]


def test_with_another_key_the_bearers_of_all_tokens_are_disconnected(stage: Stage, setup: Setup) -> None:
    for sid in ("t1", "t2"):
        stage.hub.connect(sid, bearer(setup, sid))
    setup.watch.look()
    assert stage.wire.cuts == []
    setup.keys.renew(KEY_NAME)
    stage.hub.connect("t3", bearer(setup, "t3"))
    setup.watch.look()
    assert sorted(stage.wire.cuts) == ["t1", "t2"]

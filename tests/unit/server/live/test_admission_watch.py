"""Connections end with the session of the person who opened them, or once what its principal may see is over."""

from __future__ import annotations

import time
from typing import Any

import pytest
from werkzeug.wrappers import Request

from phloem.record.record import ChannelError
from phloem.record.stores.access import Identity
from phloem.sharing.token import KEY_NAME, Share, sign
from phloem.testing.access import MemoryGuesses, MemoryKeys, MemorySessions, MemoryUsers
from phloem.testing.tokens import MemoryTokens
from phloem_server.access.people.accounts import Accounts
from phloem_server.access.people.guesses.throttle import Throttle
from phloem_server.access.people.hashing import Hashing
from phloem_server.access.people.sessions import LIMITS, Sessions, SessionTokens
from phloem_server.access.people.users import Users, identity_of
from phloem_server.access.principal import ANYONE, PASSWORD_HOLDER, Principal, bearer_of, onlooker
from phloem_server.access.protection import Protection
from phloem_server.access.tokens.shares import Shares
from phloem_server.app.loops import Loops
from phloem_server.live.admission_watch import AdmissionWatch
from phloem_server.settings import Config
from tests.unit.server.access.doorway import PASSWORD, Quick, signed_in
from tests.unit.server.live.stage import Stage
from tests.waiting import wait_until

TOKENS = SessionTokens("open sesame", lambda: "k" * 32)


class Setup:
    """One of the web processes that share a store: its sessions, and clients of two of them and of a program."""

    def __init__(self, stage: Stage, password: str | None = "open sesame") -> None:
        self.store = MemorySessions()
        self.now = time.time()
        self.user_store = MemoryUsers()
        hashing = Hashing(Quick(), lambda work: work())
        self.accounts = Accounts(self.user_store, hashing, lambda: self.now, alone=False)
        self.users = Users(self.user_store, hashing, Throttle(MemoryGuesses()))
        self.sessions = self.process()
        self.keys, self.tokens = MemoryKeys(), MemoryTokens()
        self.shares = Shares(self.keys, self.tokens)
        protection = Protection(Config(password=password), self.users)
        self.watch = AdmissionWatch(stage.hub, protection, self.sessions, self.shares)
        self.ann, self.bob = (self.begin(self.sessions) for _ in range(2))
        for sid, session in (("ann", self.ann), ("ann2", self.ann), ("bob", self.bob)):
            stage.hub.connect(sid, signed_in(session))
        stage.hub.connect("embedded", onlooker(signed_in(self.ann)))
        stage.hub.connect("program", PASSWORD_HOLDER)

    def process(self) -> Sessions:
        """What one web process knows of the sessions."""
        return Sessions(TOKENS, self.store, LIMITS, self.users.stands, lambda: self.now)

    def begin(self, process: Sessions) -> str:
        """The id of a session that begins in a web process."""
        person = process.of(process.begin(Identity(), "", ""))
        assert person is not None
        return str(person.session)


@pytest.fixture
def setup(stage: Stage) -> Setup:
    return Setup(stage)


def test_who_signs_out_here_is_disconnected_at_once_and_nobody_else(stage: Stage, setup: Setup) -> None:
    setup.sessions.end(setup.ann)
    assert sorted(stage.wire.cuts) == ["ann", "ann2", "embedded"]


def test_who_signs_out_in_another_process_is_disconnected_at_the_next_look(stage: Stage, setup: Setup) -> None:
    setup.process().end(setup.ann)
    assert stage.wire.cuts == []
    setup.watch.look()
    assert sorted(stage.wire.cuts) == ["ann", "ann2", "embedded"]


def test_a_session_that_another_process_began_after_the_list_was_read_goes_on(stage: Stage, setup: Setup) -> None:
    setup.watch.look()
    stage.hub.connect("eve", signed_in(setup.begin(setup.process())))
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
    assert caplog.messages == ["Whom others let in and sent away is not known: Redis does not answer"]


def test_it_looks_until_it_is_stopped(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("phloem_server.live.admission_watch.EVERY_SECONDS", 0.01)
    looks: list[None] = []
    setup.watch.look = lambda: looks.append(None)  # type: ignore[method-assign]
    with Loops({"admissions": setup.watch}):
        wait_until(lambda: len(looks) > 2, 60, "it looks again and again")


@pytest.mark.parametrize("password", ["open sesame", None])
def test_the_bearer_of_a_token_that_expired_is_disconnected_and_nobody_else(stage: Stage, password: str | None) -> None:
    setup = Setup(stage, password)
    for sid, seconds in (("late", 0.0), ("early", 60.0)):
        share = Share(task="t1", actions=("see",), exp=time.time() + seconds)
        stage.hub.connect(sid, bearer_of(share))
    if password is None:
        stage.hub.connect("eve", ANYONE)
    setup.watch.look()
    assert set(stage.wire.cuts) == {"late"}


def user(setup: Setup, name: str = "zoe", role: str = "operator") -> tuple[str, Principal]:
    """Somebody who was added as a user and signed in: the id of the session, and whom the door lets in with it."""
    added = setup.accounts.add(name, role, None, PASSWORD)
    person = setup.sessions.of(setup.sessions.begin(identity_of(added), "", ""))
    assert person is not None
    return str(person.session), person


@pytest.mark.parametrize("what", ["removed", "role", "password"])
def test_who_was_removed_or_changed_is_disconnected_at_the_next_look_and_nobody_else(
    stage: Stage, setup: Setup, what: str
) -> None:
    session, person = user(setup)
    stage.hub.connect("zoe", person)
    setup.watch.look()
    assert stage.wire.cuts == []
    setup.now += 1
    if what == "removed":
        setup.accounts.remove("zoe")
    elif what == "role":
        setup.accounts.change("zoe", role="viewer", owner=None)
    else:
        setup.accounts.change("zoe", password="another word")
    setup.watch.look()
    assert set(stage.wire.cuts) == {"zoe"}
    assert session not in setup.store.ids()


def test_once_there_are_users_everybody_who_did_not_sign_in_is_disconnected(stage: Stage) -> None:
    setup = Setup(stage, None)
    for sid in ("eve", "mallory"):
        stage.hub.connect(sid, ANYONE)
    setup.watch.look()
    assert stage.wire.cuts == []
    user(setup)
    setup.watch.look()
    assert sorted(stage.wire.cuts) == ["eve", "mallory"]


def test_an_open_page_keeps_its_session_from_being_idle_until_it_has_lasted_for_as_long_as_one_may(
    stage: Stage, setup: Setup
) -> None:
    unwatched = setup.begin(setup.sessions)
    for _ in range(3):
        setup.now += LIMITS.idle_seconds / 2
        setup.watch.look()
    assert stage.wire.cuts == []
    assert not setup.sessions.goes_on(unwatched)
    setup.now += LIMITS.idle_seconds / 2
    setup.watch.look()
    assert set(stage.wire.cuts) == {"ann", "ann2", "bob", "embedded"}


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

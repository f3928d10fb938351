"""Sessions of people who signed in: their tokens, and how they end."""

from __future__ import annotations

import time
from collections.abc import Collection

import pytest

from phloem.record.record import ChannelError
from phloem.record.stores.access import Session
from phloem.testing.access import MemorySessions
from phloem_server.access.people.sessions import LIFETIME_SECONDS, Sessions, SessionTokens
from phloem_server.access.principal import PASSWORD_HOLDER, principal_of, signed_in
from tests.unit.server.access.doorway import KEY, PAGE, PASSWORD, Doorway, cookie_of

TOKENS = SessionTokens(PASSWORD, KEY)


class Shared(MemorySessions):
    """A store that several processes share, and that is away at times."""

    away = False

    def end(self, session_ids: Collection[str]) -> None:
        self._reach()
        super().end(session_ids)

    def has(self, session_id: str) -> bool:
        self._reach()
        return super().has(session_id)

    def ids(self) -> frozenset[str]:
        self._reach()
        return super().ids()

    def _reach(self) -> None:
        if self.away:
            raise ChannelError("Redis does not answer")


@pytest.fixture
def store() -> Shared:
    return Shared()


def process(store: Shared) -> Sessions:
    """What one web process knows of the sessions in a store."""
    return Sessions(TOKENS, store)


def test_a_token_is_void_with_another_password_and_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    token = TOKENS.issue("1")
    assert SessionTokens(PASSWORD, KEY).read(token) == "1"
    assert SessionTokens("changed", KEY).read(token) is None
    said, signature = token.rsplit(".", 1)
    assert TOKENS.read(f"{said}.{signature.swapcase()}") is None
    later = time.time() + LIFETIME_SECONDS + 2
    monkeypatch.setattr(time, "time", lambda: later)
    assert TOKENS.read(token) is None


def test_a_session_goes_on_in_every_process_at_once_and_each_is_another(store: Shared) -> None:
    here, there = process(store), process(store)
    tokens = [here.begin("192.0.2.1", "a browser") for _ in range(2)]
    found = [there.of(token) for token in tokens]
    assert found == [here.of(token) for token in tokens]
    assert len({*found, None}) == 3
    assert [(each.address, each.agent) for each in store.all().values()] == [("192.0.2.1", "a browser")] * 2


def test_what_ended_stays_ended_in_every_process_also_one_that_starts_later(store: Shared) -> None:
    here, there = process(store), process(store)
    token = here.begin("", "")
    session = there.of(token)
    assert session is not None
    told: list[Collection[str]] = []
    here.on_end.add(told.append)
    here.end(session)
    assert (here.of(token), told) == (None, [{session}])
    there.refresh()
    assert [each.of(token) for each in (here, there, process(store))] == [None] * 3
    assert not there.admits(signed_in(session))
    assert there.admits(PASSWORD_HOLDER)


def test_a_list_that_was_read_before_a_session_ended_does_not_bring_it_back(store: Shared) -> None:
    here = process(store)
    token = here.begin("", "")
    read = store.ids

    def ids() -> frozenset[str]:
        found = read()
        here.end(str(here.of(token)))
        return found

    store.ids = ids  # type: ignore[method-assign]
    here.refresh()
    assert here.of(token) is None
    store.ids = read  # type: ignore[method-assign]
    here.refresh()
    assert here.of(token) is None


def test_without_redis_known_sessions_go_on_and_what_ends_is_kept_in_mind(store: Shared) -> None:
    here = process(store)
    staying, leaving = here.begin("", ""), here.begin("", "")
    foreign = process(store).begin("", "")
    session = here.of(leaving)
    assert session is not None
    store.away = True
    here.end(session)
    assert here.of(staying) is not None
    assert here.of(leaving) is None
    with pytest.raises(ChannelError):
        here.refresh()
    with pytest.raises(ChannelError):
        here.of(foreign)
    store.away = False
    here.refresh()
    assert process(store).of(leaving) is None
    assert here.of(foreign) is not None


def test_signing_out_ends_the_session_and_not_only_the_cookie(locked_door: Doorway) -> None:
    cookie, other = cookie_of(locked_door.sign_in()), cookie_of(locked_door.sign_in())
    assert locked_door.ask("/api/v1/tasks", headers=cookie).status_code == 200
    assert principal_of(locked_door.inside.seen[-1]).session in locked_door.store.ids()
    locked_door.ask("/sign-out", method="POST", headers=cookie)
    for path in ("/", "/api/v1/tasks", "/socket.io/?EIO=4&transport=polling"):
        assert locked_door.ask(path, headers=cookie).status_code == 401
        assert locked_door.ask(path, headers=other).status_code == 200
    assert len(locked_door.store.ids()) == 1


def test_while_redis_is_away_a_person_reads_why_nobody_can_sign_in(locked_door: Doorway) -> None:
    def begin(session_id: str, session: Session, oldest: float) -> None:
        raise ChannelError("Redis does not answer")

    locked_door.store.begin = begin  # type: ignore[method-assign]
    answer = locked_door.sign_in()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert "Redis does not answer" in answer.text
    assert '"code":"sessions_unread"' in answer.text
    page = locked_door.sign_in(headers=PAGE)
    assert page.status_code == 503
    assert "Redis does not answer" in page.text
    assert page.content_type == "text/html; charset=utf-8"

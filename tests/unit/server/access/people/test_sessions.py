"""Sessions of people who signed in: their tokens, and how they end."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from phloem.record.record import ChannelError
from phloem.record.stores.access import Identity, Session
from phloem.testing.access import MemorySessions
from phloem_server.access.people.sessions import LIMITS, SEEN_SECONDS, Sessions, SessionTokens
from phloem_server.access.principal import PASSWORD_HOLDER, Principal, principal_of
from tests.unit.server.access.doorway import KEY, PAGE, PASSWORD, Doorway, cookie_of, signed_in

TOKENS = SessionTokens(PASSWORD, lambda: KEY)
ANYBODY = Identity()


class Shared(MemorySessions):
    """A store that several processes share, and that is away at times."""

    away = False

    def end(self, session_ids: Collection[str]) -> None:
        self._reach()
        super().end(session_ids)

    def get(self, session_ids: Collection[str]) -> dict[str, Session]:
        self._reach()
        return super().get(session_ids)

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


def session_of(process: Sessions, token: str) -> str:
    """The id of the session that a token names."""
    person = process.of(token)
    assert person is not None
    assert person.session is not None
    return person.session


def test_a_token_is_void_with_another_password_and_when_it_was_tampered_with() -> None:
    token = TOKENS.issue("1")
    assert SessionTokens(PASSWORD, lambda: KEY).read(token) == "1"
    assert SessionTokens("changed", lambda: KEY).read(token) is None
    said, signature = token.rsplit(".", 1)
    assert TOKENS.read(f"{said}.{signature.swapcase()}") is None


def test_a_session_goes_on_in_every_process_at_once_and_each_is_another(store: Shared) -> None:
    here, there = process(store), process(store)
    tokens = [here.begin(ANYBODY, "192.0.2.1", "a browser") for _ in range(2)]
    found = [session_of(there, token) for token in tokens]
    assert found == [session_of(here, token) for token in tokens]
    assert len({*found, None}) == 3
    assert [(each.address, each.agent) for each in store.all().values()] == [("192.0.2.1", "a browser")] * 2


def test_what_ended_stays_ended_in_every_process_also_one_that_starts_later(store: Shared) -> None:
    here, there = process(store), process(store)
    token = here.begin(ANYBODY, "", "")
    session = session_of(there, token)
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
    token = here.begin(ANYBODY, "", "")
    read = store.ids

    def ids() -> frozenset[str]:
        found = read()
        here.end(session_of(here, token))
        return found

    store.ids = ids  # type: ignore[method-assign]
    here.refresh()
    assert here.of(token) is None
    store.ids = read  # type: ignore[method-assign]
    here.refresh()
    assert here.of(token) is None


def test_without_redis_known_sessions_go_on_and_what_ends_is_kept_in_mind(store: Shared) -> None:
    here = process(store)
    staying, leaving = here.begin(ANYBODY, "", ""), here.begin(ANYBODY, "", "")
    foreign = process(store).begin(ANYBODY, "", "")
    session = session_of(here, leaving)
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


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def timed(store: Shared, clock: Clock) -> Sessions:
    """A process with a clock that stands still until it is set."""
    return Sessions(TOKENS, store, LIMITS, lambda _: True, clock)


def test_a_session_is_whoever_signed_in_until_it_has_lasted_for_as_long_as_one_may(store: Shared) -> None:
    clock = Clock()
    here = timed(store, clock)
    token = here.begin(Identity(kind="user", name="Zoë", role="viewer", owner="acme"), "", "")
    person = here.of(token)
    assert person == Principal.of_role(
        "viewer",
        "session",
        name="Zoë",
        account="user:Zoë",
        session=session_of(here, token),
        owner="acme",
        expires_at=clock.now + LIMITS.seconds,
    )
    end = clock.now + LIMITS.seconds
    while clock.now < end:
        assert timed(store, clock).of(token) == here.of(token) == person
        clock.now += LIMITS.idle_seconds / 2
        here.refresh()
    assert [each.of(token) for each in (timed(store, clock), here)] == [None, None]
    assert store.ids() == frozenset()


def test_a_session_that_is_not_used_is_over_and_one_that_another_process_saw_is_not(store: Shared) -> None:
    clock = Clock()
    here, there = timed(store, clock), timed(store, clock)
    used, unused = here.begin(ANYBODY, "", ""), here.begin(ANYBODY, "", "")
    clock.now += LIMITS.idle_seconds - 1
    assert there.of(used) is not None
    there.refresh()
    here.refresh()
    clock.now += 1
    assert here.of(used) is not None
    assert [each.of(unused) for each in (here, there, timed(store, clock))] == [None] * 3


def test_the_record_is_told_of_use_once_a_minute(store: Shared) -> None:
    clock, told = Clock(), list[dict[str, float]]()
    here = timed(store, clock)
    token = here.begin(ANYBODY, "", "")
    keep = store.saw
    store.saw = lambda times: (told.append(dict(times)), keep(times))[1]  # type: ignore[method-assign, func-returns-value]
    for _ in range(int(2 * SEEN_SECONDS)):
        here.of(token)
        here.refresh()
        clock.now += 1
    session = session_of(here, token)
    assert [each for each in told if each] == [{session: 1_000_000.0}, {session: 1_000_000.0 + SEEN_SECONDS}]
    assert here.seen_at(session) == clock.now


def test_who_is_not_who_they_were_has_no_session_any_more(store: Shared) -> None:
    gone: set[str] = set()
    here = Sessions(TOKENS, store, LIMITS, lambda identity: identity.name not in gone)
    ann, bob = (here.begin(Identity(kind="user", name=name), "192.0.2.1", "") for name in ("ann", "bob"))
    assert [here.knows("ann", address) for address in ("192.0.2.1", "192.0.2.2")] == [True, False]
    session = session_of(here, ann)
    gone.add("ann")
    assert not here.admits(signed_in(session))
    assert here.of(ann) is None
    assert session not in store.ids()
    assert [each.identity.name for each in here.all().values()] == ["bob"]
    assert not here.knows("ann", "192.0.2.1")
    gone.clear()
    assert here.of(ann) is None
    assert here.of(bob) is not None


def test_who_has_the_name_of_a_user_elsewhere_is_not_known_as_that_user(store: Shared) -> None:
    here = process(store)
    here.begin(Identity(kind="openid", name="ann", role="viewer"), "192.0.2.1", "")
    assert not here.knows("ann", "192.0.2.1")

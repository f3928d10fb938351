"""Every defence of the record and its readers, against its fault; and its twin: the same fault with it switched off.

A twin shows that the fault is real and that nothing else covers for the defence.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import msgspec
import pytest
import redis

from phloem.model.changes import Changes
from phloem.model.event import Event
from phloem.model.state import State
from phloem.record import encoding
from phloem.record import redis_record as channel_module
from phloem.record.functions.library import library
from phloem.record.record import ChannelRefused
from phloem.record.redis_record import RedisChannel
from phloem.reporting.delivery import Delivery
from phloem.reporting.recorder import Recorder
from phloem.reporting.replay import Replay
from phloem.settings import Settings
from phloem_server.app.loops import Loops
from phloem_server.mirror import follower as follower_module
from phloem_server.mirror.follower import Follower
from phloem_server.mirror.query.query import Query
from tests.chaos.twins import Faulty, Image, Producer, States, goes_on, states
from tests.processes import Redis
from tests.waiting import wait_until

both = pytest.mark.parametrize("defended", [True, False], ids=["defended", "undefended"])


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Switches off a defence in the function library, whose code must hold it."""

    def switch_off(defence: str, instead: str) -> None:
        name, code = library()
        assert code.count(defence) == 1
        off = f"{name}_{zlib.crc32(defence.encode()):08x}"  # beside the libraries without another defence
        monkeypatch.setattr(
            channel_module, "library", lambda *_: (off, code.replace(defence, instead).replace(name, off))
        )

    return switch_off


# Run identity: a worker takes up what another had begun, and then the first is heard again.


@both
def test_a_late_word_of_a_dead_run_does_not_end_the_run_that_took_its_place(
    redis_url: str, without: Callable[[str, str], None], defended: bool
) -> None:
    if not defended:
        without("local foreign = event.run and event.run ~= task.run and not named", "local foreign = false")
    channel = RedisChannel(Settings(redis_url=redis_url))
    said = Producer(channel)
    said("t1", State.STARTED, "dead")
    said("t1", State.STARTED, "alive", attempt=1)
    said("t1", State.SUCCESS, "dead")
    assert states(channel) == {"t1": State.STARTED if defended else State.SUCCESS}


# Turn: calls that are sent in a row without waiting, of which one fails. Sent again, it has to be known as the next.


@both
def test_what_failed_in_a_row_is_not_taken_for_a_duplicate_when_it_is_sent_again(
    redis_url: str, without: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch, defended: bool
) -> None:
    if not defended:
        without("if args[8] ~= '' and in_turn[sender] ~= args[8] then return record.epoch end", "")
    channel = RedisChannel(Settings(redis_url=redis_url))
    row = [
        [Event(id="t1", at=1.0, source="p", seq=seq, run="r1", state=state)]
        for seq, state in enumerate((State.STARTED, State.PROGRESS, State.SUCCESS), 1)
    ]
    row[1][0] = msgspec.structs.replace(row[1][0], name="app.add")
    pack = encoding.encode_events
    with monkeypatch.context() as fault:
        fault.setattr(encoding, "encode_events", lambda events: b"broken" if events[0].seq == 2 else pack(events))
        with pytest.raises(ChannelRefused):
            list(channel.record_all(row))
    again = [recorded.verdicts for recorded in channel.record_all(row[1:])]
    assert again == ([("ok",), ("ok",)] if defended else [("duplicate",), ("duplicate",)])


# Boot mark: Redis comes back from an older image, and its offsets are given out a second time.


@both
def test_a_reader_of_an_offset_that_redis_forgot_reads_everything_anew(
    own_redis: Redis, without: Callable[[str, str], None], defended: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower_module, "HEALING", 0)  # it is not told again
    if not defended:
        without("if not record.epoch or held[4] ~= boot_mark() then", "if not record.epoch then")
    channel = RedisChannel(Settings(redis_url=own_redis.url))
    said = Producer(channel)
    said("t1", State.STARTED)
    image = Image(own_redis)
    said("t2", State.STARTED)
    reader = Follower(channel)
    reader.catch_up()
    image.come_back()
    Producer(channel)("t3", State.STARTED)
    reader.catch_up()
    assert states(channel) == {"t1": State.STARTED, "t3": State.STARTED}
    shown = {task.id for task in reader.index.newest()}
    assert shown == ({"t1", "t3"} if defended else {"t1", "t2"})


# The three checks of a reader: of the next message, at a new subscription, and in silence.


class Trusting(Follower):
    """Without the gap check: takes any message for the next."""

    def fits(self, message: Changes) -> bool:
        return True


@pytest.fixture
def faulty(redis_url: str) -> Faulty:
    return Faulty(Settings(redis_url=redis_url))


@pytest.fixture
def said(faulty: Faulty) -> Producer:
    return Producer(RedisChannel(faulty.settings))


@pytest.fixture
def follow() -> Iterator[Callable[[Follower], Callable[[], States]]]:
    """Starts a follower; returns what tells what it shows."""
    with ExitStack() as stack:

        def start(follower: Follower) -> Callable[[], States]:
            stack.enter_context(Loops({"follower": follower, "views": follower.views}))
            wait_until(lambda: follower.live, 10, "the follower is live")
            return lambda: {task.id: task.state for task in follower.mirror.page(Query()).tasks}

        yield start


@both
def test_a_lost_message_is_noticed_by_the_next(
    faulty: Faulty,
    said: Producer,
    follow: Callable[[Follower], Callable[[], States]],
    monkeypatch: pytest.MonkeyPatch,
    defended: bool,
) -> None:
    monkeypatch.setattr(follower_module, "CHECK_EVERY", math.inf)
    shown = follow((Follower if defended else Trusting)(faulty))
    faulty.unheard = {"t1"}
    said("t1", State.STARTED)
    said("t2", State.STARTED)
    wait_until(lambda: "t2" in shown(), 10, "t2 is shown")
    assert shown() == ({"t1": State.STARTED, "t2": State.STARTED} if defended else {"t2": State.STARTED})


@both
def test_what_was_published_between_two_subscriptions_is_read(
    faulty: Faulty,
    said: Producer,
    follow: Callable[[Follower], Callable[[], States]],
    monkeypatch: pytest.MonkeyPatch,
    defended: bool,
) -> None:
    monkeypatch.setattr(follower_module, "CHECK_EVERY", math.inf)
    shown = follow(Follower(faulty))
    said("t1", State.STARTED)
    wait_until(lambda: shown() == {"t1": State.STARTED}, 10, "t1 is shown")
    faulty.before_listening = lambda: said("t1", State.SUCCESS)
    faulty.hides = not defended
    with redis.Redis.from_url(faulty.settings.redis_url) as control:
        assert control.client_kill_filter(_type="pubsub") >= 1
        if defended:
            wait_until(lambda: shown() == {"t1": State.SUCCESS}, 10, "its end is shown")
        else:
            wait_until(lambda: control.pubsub_numsub("phloem:{phloem}:events")[0][1] == 1, 10, "subscribed again")
            goes_on(lambda: shown() == {"t1": State.STARTED})


@both
def test_the_last_message_is_not_lost_though_none_follows(
    faulty: Faulty,
    said: Producer,
    follow: Callable[[Follower], Callable[[], States]],
    monkeypatch: pytest.MonkeyPatch,
    defended: bool,
) -> None:
    monkeypatch.setattr(follower_module, "CHECK_EVERY", 0.05 if defended else math.inf)
    shown = follow(Follower(faulty))
    said("t1", State.STARTED)
    wait_until(lambda: shown() == {"t1": State.STARTED}, 10, "t1 is shown")
    faulty.unheard = {"t1"}
    said("t1", State.SUCCESS)
    if defended:
        wait_until(lambda: shown() == {"t1": State.SUCCESS}, 10, "its end is shown")
    else:
        goes_on(lambda: shown() == {"t1": State.STARTED})


# The recorder: what Redis could not take is sent again, and what it took and forgot as well.


class Careless(Delivery):
    """Without re-sending: what cannot be recorded now is dropped."""

    def fail(self, error: Exception, *, first: bool) -> None:
        self.queue.clear()
        super().fail(error, first=first)


class Forgetful(Replay):
    """Without replay: what was recorded once is taken to stay."""

    def take(self) -> tuple[Event, ...]:
        super().take()
        return ()


def event(state: State) -> Event:
    return Event(id="t1", at=1.0, run="r1", state=state)


@both
def test_what_is_reported_while_redis_is_away_is_recorded_when_it_is_back(
    own_redis: Redis, monkeypatch: pytest.MonkeyPatch, defended: bool
) -> None:
    settings = Settings(redis_url=own_redis.url)
    if not defended:
        monkeypatch.setattr("phloem.reporting.recorder.Delivery", Careless)
    recorder = Recorder(lambda: RedisChannel(settings))
    recorder.report(event(State.STARTED))
    assert recorder.flush(10)
    own_redis.stop()
    recorder.report(event(State.SUCCESS))
    assert not recorder.flush(10)
    own_redis.start()
    if defended:
        wait_until(lambda: recorder.flush(1), 10, "it is recorded")
    recorder.close(10)
    assert states(RedisChannel(settings)) == {"t1": State.SUCCESS if defended else State.STARTED}


@both
@pytest.mark.parametrize("silent", [True, False], ids=["silent since", "and goes on"])
def test_what_redis_took_and_forgot_is_told_again(
    own_redis: Redis, monkeypatch: pytest.MonkeyPatch, defended: bool, silent: bool
) -> None:
    settings = Settings(redis_url=own_redis.url)
    channel = RedisChannel(settings)
    if not defended:
        monkeypatch.setattr("phloem.reporting.delivery.Replay", Forgetful)
    recorder = Recorder(lambda: RedisChannel(settings), heartbeat=0.05)
    recorder.report(event(State.STARTED))
    assert recorder.flush(10)
    image = Image(own_redis)
    recorder.report(event(State.SUCCESS))
    assert recorder.flush(10)
    image.come_back()
    if not silent:
        recorder.report(Event(id="t2", at=2.0, run="r2", state=State.STARTED))
        wait_until(lambda: recorder.flush(1), 10, "it is recorded")
    if defended:
        wait_until(lambda: states(channel)["t1"] is State.SUCCESS, 10, lambda: str(states(channel)))
    else:
        goes_on(lambda: states(channel)["t1"] is State.STARTED)
    recorder.close(10)

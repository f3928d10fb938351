"""Every defence between the record and a viewer's screen, against its fault; and its twin, as in test_twins.py.

Viewers are real, as are the sockets and the server, which runs in this process so that a defence can be switched off.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from phloem.model.changes import Changes, Position
from phloem.model.state import State
from phloem.model.task import Task
from phloem.record.record import ChannelError, Heard
from phloem.record.redis_record import RedisChannel
from phloem.settings import Settings
from phloem_server.app.create import create_app
from phloem_server.commands.watch.store import Store
from phloem_server.control.registry import Registry
from phloem_server.live.protocol import Frame
from phloem_server.mirror import follower as follower_module
from phloem_server.mirror.follower import Follower
from phloem_server.mirror.freshness.continuity import Continuity
from phloem_server.settings import Config
from phloem_server.transport import listen
from phloem_server.transport.fanout import Fanout
from phloem_server.transport.modes import threading_mode
from tests.chaos.twins import Faulty, Image, Producer, States, goes_on
from tests.chaos.viewers import Message, Viewer
from tests.processes import Redis
from tests.waiting import wait_until

both = pytest.mark.parametrize("defended", [True, False], ids=["defended", "undefended"])
Serve = Callable[[RedisChannel], str]
Watch = Callable[..., Viewer]

STARTED, SUCCESS = State.STARTED, State.SUCCESS


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts a web process' server for a channel; returns its address once it has read the record."""
    ends: list[Callable[[], object]] = []

    def start(channel: RedisChannel) -> str:
        config = Config(redis_url=channel.settings.redis_url, async_mode="threading", data_dir=tmp_path)
        follower = Follower(channel)
        app = create_app(config, follower=follower, channel=channel, registry=Registry.load(None, config))
        sock = listen.bind("127.0.0.1", 0)
        ends.append(threading_mode.start(sock, app.wsgi_app).stop_accepting)
        runtime = app.extensions["phloem"]
        ends.append(runtime.close)
        runtime.start()
        wait_until(lambda: follower.live, 10, "the follower is live")
        return f"http://127.0.0.1:{sock.getsockname()[1]}"

    yield start
    for end in reversed(ends):
        end()


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Starts a viewer of everything; returns it once it has an answer."""
    viewers: list[Viewer] = []

    def start(url: str, kind: type[Viewer] = Viewer) -> Viewer:
        viewer = kind([url], {"view": {}})
        viewers.append(viewer)
        viewer.start()
        wait_until(lambda: viewer.watches[0].store.position, 20, "the view is open")
        return viewer

    yield start
    for viewer in viewers:
        viewer.stop()


def shown(viewer: Viewer) -> States:
    return {task.id: task.state for task in viewer.watches[0].store.tasks}


class Inattentive(Viewer):
    """Misses frames for a while."""

    misses = False

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.missed = threading.Event()

    def frame(self, frame: Message) -> None:
        if not self.misses:
            super().frame(frame)
        elif frame["put"]:
            self.missed.set()


@both
def test_a_viewer_who_missed_a_frame_notices_by_the_next(
    redis_url: str, serve: Serve, watch: Watch, monkeypatch: pytest.MonkeyPatch, defended: bool
) -> None:
    if not defended:
        take = Store.take
        fitting: Callable[[Store, Frame], Any] = lambda store, frame: Frame(  # noqa: E731
            **{name: getattr(frame, name) for name in Frame.__struct_fields__ if name != "from_"}, from_=0
        )
        monkeypatch.setattr(Store, "take", lambda store, frame: take(store, fitting(store, frame)))
    channel = RedisChannel(Settings(redis_url=redis_url))
    said, url = Producer(channel), serve(channel)
    viewer, other = watch(url, Inattentive), watch(url)
    assert isinstance(viewer, Inattentive)
    viewer.misses = True
    said("t1", STARTED)
    wait_until(lambda: shown(other) == {"t1": STARTED}, 10, "the frame is sent")
    assert viewer.missed.wait(10), "it came to the one who misses it as well"
    viewer.misses = False
    said("t2", STARTED)
    if defended:
        wait_until(lambda: shown(viewer) == {"t1": STARTED, "t2": STARTED}, 10, "nothing is missing")
    else:
        wait_until(lambda: shown(viewer) == {"t2": STARTED}, 10, "t2 is shown")
        goes_on(lambda: shown(viewer) == {"t2": STARTED})
    assert len(viewer.watches[0].oracle.gaps) == 1  # the oracle notices in either case
    assert other.watches[0].oracle.gaps == []


@both
def test_nothing_is_missing_when_the_last_message_to_a_relay_was_lost(
    redis_url: str, serve: Serve, watch: Watch, monkeypatch: pytest.MonkeyPatch, defended: bool
) -> None:
    monkeypatch.setattr(follower_module, "CHECK_EVERY", 0.05 if defended else math.inf)
    channel = Faulty(Settings(redis_url=redis_url))
    said = Producer(RedisChannel(channel.settings))
    viewer = watch(serve(channel))
    said("t1", STARTED)
    wait_until(lambda: shown(viewer) == {"t1": STARTED}, 10, "t1 is shown")
    channel.unheard = {"t1"}
    said("t1", SUCCESS)
    if defended:
        wait_until(lambda: shown(viewer) == {"t1": SUCCESS}, 10, "its end is shown")
    else:
        goes_on(lambda: shown(viewer) == {"t1": STARTED})
    assert viewer.watches[0].oracle.gaps == []


class LyingOfItsEpoch(Viewer):
    """Resumes with the epoch that the server is in, as if the server did not look at it."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.epoch = ""
        send = self.line.send

        def lie(name: str, content: Message, *then: Any) -> None:
            since = {"since": {**content["since"], "epoch": self.epoch}} if self.epoch and "since" in content else {}
            send(name, {**content, **since}, *then)

        vars(self.line)["send"] = lie


@both
def test_who_comes_back_from_another_epoch_is_shown_everything(
    own_redis: Redis, serve: Serve, watch: Watch, monkeypatch: pytest.MonkeyPatch, defended: bool
) -> None:
    monkeypatch.setattr(follower_module, "HEALING", 0)
    channel = RedisChannel(Settings(redis_url=own_redis.url))
    said, url = Producer(channel), serve(channel)
    said("t1", STARTED)
    image = Image(own_redis)
    viewer, other = watch(url, LyingOfItsEpoch), watch(url)
    said("t2", STARTED)
    wait_until(lambda: shown(viewer) == {"t1": STARTED, "t2": STARTED}, 10, "t2 is shown")
    viewer.line.urls = ["http://127.0.0.1:9"]  # no server is there
    viewer.line.cut()
    image.come_back()
    wait_until(lambda: shown(other) == {"t1": STARTED}, 20, "the relay starts anew")
    Producer(RedisChannel(channel.settings))("t3", STARTED)
    wait_until(lambda: shown(other) == {"t1": STARTED, "t3": STARTED}, 10, "t3 is shown")
    if not defended:
        assert isinstance(viewer, LyingOfItsEpoch)
        position = other.watches[0].store.position
        assert position is not None
        viewer.epoch = position.epoch
    viewer.line.urls = [url]
    answers = viewer.watches[0].oracle.counts
    wait_until(lambda: answers["answers"] == 2, 20, "it is back")
    right = {"t1": STARTED, "t3": STARTED}
    if defended:
        wait_until(lambda: shown(viewer) == right, 10, "it shows the record as it is")
    else:
        goes_on(lambda: shown(viewer) != right)


@both
def test_viewers_are_told_when_the_record_starts_anew(
    own_redis: Redis, serve: Serve, watch: Watch, monkeypatch: pytest.MonkeyPatch, defended: bool
) -> None:
    if not defended:
        send = Fanout.send

        def keep_resyncs(fanout: Fanout, event: str, *messages: object, to: str | None = None) -> None:
            if event != "resync":
                send(fanout, event, *messages, to=to)

        monkeypatch.setattr(Fanout, "send", keep_resyncs)
    channel = RedisChannel(Settings(redis_url=own_redis.url))
    said, url = Producer(channel), serve(channel)
    said("t1", STARTED)
    viewer = watch(url)
    own_redis.sigkill()
    own_redis.start()
    said = Producer(RedisChannel(channel.settings))
    oracle = viewer.watches[0].oracle
    if defended:
        wait_until(lambda: oracle.counts["resyncs"], 20, "it is told")
    else:
        wait_until(lambda: said("t2", STARTED) and oracle.gaps, 20, "what it is told does not fit")
    said("t3", SUCCESS)
    wait_until(lambda: shown(viewer).get("t3") is SUCCESS, 10, "t3 is shown")
    assert (oracle.gaps == []) is defended


class Away(RedisChannel):
    """A channel that can lose Redis for good."""

    away = False

    def changed(self, since: Position) -> Iterator[Changes]:
        self._reach()
        return super().changed(since)

    def listen(self, idle: float) -> Heard:
        self._reach()
        return super().listen(idle)

    def task(self, task_id: str) -> Task | None:
        self._reach()
        return super().task(task_id)

    def _reach(self) -> None:
        if self.away:
            raise ChannelError("away")


@both
def test_who_moves_to_a_server_that_lost_redis_sees_nothing_go_back(
    own_redis: Redis, serve: Serve, watch: Watch, monkeypatch: pytest.MonkeyPatch, defended: bool
) -> None:
    if not defended:
        monkeypatch.setattr(Continuity, "succeeds", lambda *_: True)
    settings = Settings(redis_url=own_redis.url)
    ahead, behind = RedisChannel(settings), Away(settings)
    there, here = serve(behind), serve(ahead)
    said = Producer(ahead)
    said("t1", STARTED)
    viewer, other = watch(here), watch(there)
    wait_until(lambda: shown(viewer) == shown(other) == {"t1": STARTED}, 10, "t1 is shown by both")
    behind.away = True
    own_redis.sigkill()
    own_redis.start()
    said("t1", SUCCESS)
    wait_until(lambda: shown(viewer) == {"t1": SUCCESS}, 20, "its end is shown")
    viewer.line.urls = [there]
    viewer.line.cut()
    watched = viewer.watches[0]
    if defended:
        wait_until(lambda: watched.oracle.counts["refusals"] > 1, 20, "it is refused")
        assert shown(viewer) == {"t1": SUCCESS}
        assert watched.regressions == []
    else:
        wait_until(lambda: watched.regressions, 20, "its end is taken back")

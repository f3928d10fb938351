"""The command `phloem serve`: the web process, from its settings to its end."""

from __future__ import annotations

import gc
import logging
import os
import time
from collections.abc import Callable
from typing import Protocol

from phloem.record.record import ChannelError, ChannelRefused
from phloem.record.stores.users import UserStore
from phloem.settings import WHERE_IT_IS, SettingError, is_embedded
from phloem_server.access.protection import WAYS
from phloem_server.app import access_log, log
from phloem_server.app.access_log import AccessLog
from phloem_server.commands.output import PAST_THE_PAGE, tell, warn
from phloem_server.settings import Config
from phloem_server.transport import listen
from phloem_server.transport.serve import serve_until_signal
from phloem_server.web.hosts import announced
from phloem_server.web.imports import SERVED_WITHOUT, import_without

REDIS_START_SECONDS = 5.0
"""For which a Redis that does not answer yet is waited for: both often start at the same time."""

DISMISSAL_SECONDS = 1.0
"""Within which the clients of a process that stops are disconnected: they connect to another one, or its successor."""

logger = logging.getLogger(__name__)

_TOLD_AFTER_SECONDS = 1.0
_CHECK_SECONDS = 0.1


class Checked(Protocol):
    """The record, as far as it is waited for."""

    address: str

    def check(self) -> str | None:
        """Raises ChannelError unless Redis can hold the record; a warning, if there is one."""


def serve(target: str | None) -> None:
    """Serves the app that `target` names until a signal comes. SettingError, CannotListen, ChannelError.

    The mode has to be prepared before this module is imported.
    """
    log.begin()
    config = Config.from_environment(os.environ)
    log.begin(config.log_level, config.log_format)
    opened = config.make_data_dir()
    sock = listen.bind(config.host, config.port, shared=config.share_port)
    if opened:
        tell(opened)

    # They take most of a second to import: a wrong setting, or a port that is taken, is told before that. All that they
    # make stays, so to look for garbage among it takes a twentieth of that for nothing.
    gc.disable()
    import_without("socketio", *SERVED_WITHOUT)
    from phloem.instrument.attachment import attach
    from phloem.record.redis_record import RedisChannel
    from phloem_server.app.create import create_app
    from phloem_server.app.runtime import Runtime
    from phloem_server.control.registry import Registry
    from phloem_server.mirror.follower import Follower

    channel = RedisChannel(config)
    try:
        warning = wait_for_redis(channel)
    except ChannelError as error:
        if config.is_local or config.is_protected:
            raise
        raise _open_to_others(config, f"Redis does not tell whether there are users: {error}") from None
    if warning:
        warn(warning)
    asks = asks_people(config, channel.users)
    if asks and channel.is_open():
        warn(PAST_THE_PAGE.format(channel.address))
    registry = Registry.load(
        target, config, channel.forms, broker=config.observed_broker, backend=config.observed_backend
    )
    if target is None:
        attach(registry.celery, config)  # else what is sent from here would be known only once a worker has it
    log.begin(config.log_level, config.log_format)  # again: the app that was imported may configure logging
    registry.warm_up()
    follower = Follower(channel)
    app = create_app(config, follower=follower, channel=channel, registry=registry)
    gc.collect()
    gc.freeze()  # what is here now stays: looking through it would stop everything for 50 ms each time
    gc.enable()
    runtime: Runtime = app.extensions["phloem"]
    runtime.start()
    host, port = sock.getsockname()[:2]
    wsgi_app = app.wsgi_app
    if config.access_log:
        access_log.begin(config.log_level, config.log_format)
        wsgi_app = AccessLog(wsgi_app, config.trusted_proxies)
    announce = tell if config.log_format == "text" else logger.info
    to_whom = "" if asks else ", open to everybody on this machine"

    serve_until_signal(
        sock,
        wsgi_app,
        config.async_mode,
        on_start=lambda: announce(f"Phloem is at {announced(host, port, config.prefix)}{to_whom}"),
        on_stop=lambda: runtime.stop(DISMISSAL_SECONDS),
    )


def asks_people(config: Config, users: UserStore) -> bool:
    """Whether a server asks people who they are. SettingError where others reach one that does not. ChannelError."""
    asks = config.is_protected or bool(users.all())
    if not (asks or config.is_local):
        raise _open_to_others(config, "there are no users yet")
    return asks


def _open_to_others(config: Config, why: str) -> SettingError:
    return SettingError(
        "HOST",
        config.host,
        f"127.0.0.1, or an address that others can reach once this server has {WAYS}; {why}",
    )


def wait_for_redis(
    channel: Checked,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], object] = time.sleep,
) -> str | None:
    """Waits until Redis can hold the record; the warning of `check`, if there is one.

    ChannelRefused where it never can, ChannelError where it does not answer for REDIS_START_SECONDS.
    """
    start, told = clock(), False
    while True:
        try:
            return channel.check()
        except ChannelRefused:
            raise
        except ChannelError:
            waited = clock() - start
            if waited >= REDIS_START_SECONDS:
                raise
            if waited >= _TOLD_AFTER_SECONDS and not told:
                told = True
                # Not an error yet: standard error stays one line, should it come to that.
                hint = f" ({WHERE_IT_IS})" if is_embedded(channel.address) else ""
                tell(f"phloem: waiting for Redis at {channel.address}{hint} …")
        sleep(_CHECK_SECONDS)

"""The whole of Phloem as one WSGI application, for a server that is somebody else's."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import msgspec

from phloem.instrument import attachment
from phloem.record.record import ChannelError
from phloem.record.redis_record import RedisChannel
from phloem.record.stores.forms import FormStore
from phloem.settings import RecordSettings, SettingError, without_password
from phloem_server.access.application import Application
from phloem_server.app.create import create_app
from phloem_server.app.runtime import Runtime
from phloem_server.control.registry import Registry
from phloem_server.mirror.follower import Follower
from phloem_server.settings import Config
from phloem_server.transport.modes import choice
from phloem_server.web.errors import NotReady
from phloem_server.web.problem import of_problem

if TYPE_CHECKING:  # the standard library has these types in its stubs alone
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

FAILED_SECONDS = 2.0
"""For which a failure answers all requests, and nothing is tried again: Redis may take seconds to say nothing."""

logger = logging.getLogger(__name__)


class Embedded:
    """A WSGI application that each process makes with the first request that it gets.

    So it costs nothing to import, nor in processes that serve none of it; it knows from that request which server
    there is; and threads and connections, which do not survive a fork, are made where they are used.
    """

    def __init__(
        self,
        config: Config,
        registry: Callable[[FormStore], Registry],
        application: Application | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`registry` gives the tasks that can be launched, with those that workers tell of. It is called in each
        process that serves. `application` decides who may do what. `clock` gives monotonic seconds.
        """
        self._application = application
        self._config = config
        self._registry = registry
        self._clock = clock
        self._lock = threading.Lock()
        self._pid = 0
        self._told = ""
        self._trouble: str | None = None
        """Why it could not be made at the last try, which ended at `_failed_at`."""
        self._failed_at = float("-inf")
        self._inside: WSGIApplication | None = None
        self._runtime: Runtime | None = None
        self._channel: RedisChannel | None = None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            inside = self._made(environ)
        except NotReady as error:
            return of_problem(error)(environ, start_response)
        return inside(environ, start_response)

    def close(self) -> None:
        """Ends all threads and connections of this process. A request that comes later begins anew."""
        with self._lock:
            runtime, channel = self._runtime, self._channel
            self._inside = self._runtime = self._channel = self._trouble = None
        if runtime is not None:
            runtime.close()
        if channel is not None:
            channel.close()

    def _tell(self, trouble: str) -> None:
        """Logs what is wrong, once."""
        if trouble != self._told:
            self._told = trouble
            logger.warning(trouble)

    def _made(self, environ: WSGIEnvironment) -> WSGIApplication:
        """What answers requests in this process. NotReady where it cannot be made."""
        trouble = self._trouble
        if trouble is None:
            self._lock.acquire()
        elif not self._lock.acquire(blocking=False):  # one request tries again: all threads would soon wait for it
            raise NotReady(trouble)
        try:
            if self._inside is None or self._pid != os.getpid():
                self._inside = self._try(environ)
                self._pid = os.getpid()
            return self._inside
        finally:
            self._lock.release()

    def _try(self, environ: WSGIEnvironment) -> WSGIApplication:
        """Makes it, unless that failed just now."""
        if self._trouble is not None and self._clock() - self._failed_at < FAILED_SECONDS:
            raise NotReady(self._trouble)
        try:
            made = self._make(environ)
        except (ChannelError, SettingError, choice.ServerUnpatched) as error:
            self._trouble, self._failed_at = str(error), self._clock()
            self._tell(f"Phloem cannot be served yet: {error}")
            raise NotReady(self._trouble) from error
        self._trouble = None
        return made

    def _make(self, environ: WSGIEnvironment) -> WSGIApplication:
        config = msgspec.structs.replace(self._config, async_mode=choice.adopt(environ))
        if environ["wsgi.multiprocess"] and not config.share_port:
            config = msgspec.structs.replace(config, share_port=True)
            logger.warning(
                "Several processes serve this application, so viewers connect by WebSocket alone: requests of "
                "long-polling would reach another process each time. Each process holds all tasks in memory; one with "
                "many threads is enough"
            )
        config.make_data_dir()
        if (elsewhere := _recorded_elsewhere(config)) is not None:
            logger.warning("%s", elsewhere)
        channel = RedisChannel(config)
        if warning := channel.check():
            logger.warning("%s", warning)
        app = create_app(
            config,
            follower=Follower(channel),
            channel=channel,
            registry=self._registry(channel.forms),
            application=self._application,
        )
        runtime: Runtime = app.extensions["phloem"]
        runtime.start()
        self._channel, self._runtime = channel, runtime
        return app.wsgi_app


def _recorded_elsewhere(config: RecordSettings) -> str | None:
    """Says so if this process is attached to another record than the one that is shown."""
    recorded = attachment.attached_with()
    if recorded is None or _place(recorded) == _place(config):
        return None
    return (
        f"Phloem shows {_place(config)}, and this process records to {_place(recorded)}: attach, share and workers "
        "read PHLOEM_REDIS_URL and PHLOEM_NAMESPACE in the environment"
    )


def _place(settings: RecordSettings) -> str:
    return f"namespace {settings.namespace} of {without_password(settings.redis_url)}"

"""The Celery app that the server sends tasks with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import kombu
from celery import Celery
from celery.app.utils import find_app

from phloem.record.stores.forms import AppFacts
from phloem.settings import SettingError, Settings, celery_redis

_BROKER_CONNECT_SECONDS = 2
_BROKER_ANSWER_SECONDS = 5
_CONNECT_AGAIN_ONCE = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}
_KOMBU = tuple(int(part) for part in kombu.__version__.split(".")[:2])
CONFIRMED = {"confirm_timeout": _BROKER_ANSWER_SECONDS} if _KOMBU >= (5, 5) else {}
"""Option of a message for which RabbitMQ is waited for until it says that it has it. Older kombus wait for ever."""

_AMQP = frozenset({"amqp", "amqps", "pyamqp", "librabbitmq"})

_READ_WITHOUT_RISK = frozenset({"json", "msgpack", "yaml", "application/json", "application/x-yaml"})
"""Serializers that the server reads because workers do. A pickle runs code where it is read: only an app that the
server was started with can have it read those."""


def celery_app(
    target: str | None, settings: Settings, *, broker: str | None = None, backend: str | None = None
) -> Celery:
    """The app that `target` names, as for Celery's own `-A`; one without tasks if it is None. `broker` and `backend`
    are addresses to use instead of its own.

    SettingError if it cannot be loaded, or an address is none.
    """
    celery = _bare(settings, observes=broker is not None) if target is None else _find(target)
    if broker is not None:
        _set_broker(celery, "PHLOEM_BROKER", broker)
    if backend is not None:
        _set_backend(celery, "PHLOEM_RESULT_BACKEND", backend)
    _limit_waiting(celery)
    _own_queues(celery)
    return celery


def follow_app(celery: Celery, facts: AppFacts, transport: Mapping[str, Any]) -> None:
    """Sets an app without tasks up as that of the workers is, as far as sending to them needs it.

    `transport` are the options of its transport that it was made with.
    """
    conf = celery.conf
    conf.task_protocol = facts.task_protocol
    conf.accept_content = sorted({"json", *_READ_WITHOUT_RISK.intersection(facts.accept_content)})
    options = {**transport, **facts.transport}
    if options != conf.broker_transport_options:
        conf.broker_transport_options = options
        # What is connected already goes on under the old names. Celery has no public way to begin anew.
        celery._pool = celery.amqp._producer_pool = None


def _find(target: str) -> Celery:
    """The app. Whatever its module raises while it is imported becomes one line, a SettingError."""
    try:
        found = find_app(target)
        if isinstance(found, Celery):
            found.finalize()
            found.loader.import_default_modules()
    except SettingError:
        raise
    except (Exception, SystemExit) as error:
        if isinstance(error, ModuleNotFoundError) and error.name == target and error.__context__:
            # Celery took what is missing in the module for a module of that name.
            raise _not_an_app(target, str(error.__context__)) from error
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise _not_an_app(target, reason) from error
    if not isinstance(found, Celery):
        raise _not_an_app(target, f"that is {type(found).__name__}, not a Celery app")
    return found


def _not_an_app(target: str, reason: str) -> SettingError:
    return SettingError("--app", target, f"MODULE:CELERY, as Celery's own -A does ({reason})")


def _bare(settings: Settings, *, observes: bool) -> Celery:
    """An app without tasks. One that is observed keeps its results where that is said, and else nobody knows where."""
    celery = Celery("phloem", set_as_current=False)
    if not observes:
        celery.conf.update(settings.celery)
    return celery


def _set_broker(celery: Celery, variable: str, url: str) -> None:
    conf = celery.conf
    own = dict(conf.broker_transport_options or {})
    celery_redis.check(variable, url, master_name=own.get("master_name", ""), takes_list=True)
    given = celery_redis.of_broker(variable, url)
    # Celery's own variable, CELERY_BROKER_URL, would be believed before `broker_url`.
    conf.broker_read_url = conf.broker_write_url = given["broker_url"]
    conf.update({**given, "broker_transport_options": own | given.get("broker_transport_options", {})})
    try:
        celery.connection_for_read().get_transport_cls()
    except (KeyError, ImportError) as error:
        raise SettingError(variable, url, f"{celery_redis.MAY_HOLD}: {error.args[0]}") from error
    except ValueError as error:  # its text might quote a password
        raise SettingError(variable, url, f"{celery_redis.MAY_HOLD}: it is not well-formed") from error


def _set_backend(celery: Celery, variable: str, url: str) -> None:
    own = dict(celery.conf.result_backend_transport_options or {})
    celery_redis.check(variable, url, master_name=own.get("master_name", ""))
    given = celery_redis.of_result_backend(variable, url)
    options = own | given.get("result_backend_transport_options", {})
    celery.conf.update({**given, "result_backend_transport_options": options})


def _limit_waiting(celery: Celery) -> None:
    """Without a limit, a broker that swallows packets holds a caller that sends a task for minutes."""
    kind = str(celery.conf.broker_url or "amqp").partition(":")[0]
    limits: dict[str, object] = {}
    if kind.startswith(("redis", "sentinel")):
        limits = {"socket_connect_timeout": _BROKER_CONNECT_SECONDS, "socket_timeout": _BROKER_ANSWER_SECONDS}
        if _KOMBU < (5, 5):  # which does not connect by the retry policy of the message that is to be sent
            limits |= _CONNECT_AGAIN_ONCE
    elif kind in _AMQP and CONFIRMED:
        # RabbitMQ says that it has a message where it is asked to, and else nothing at all.
        limits = {"confirm_publish": True}
    own = dict(celery.conf.broker_transport_options or {})
    celery.conf.broker_transport_options = limits | own


def _own_queues(celery: Celery) -> None:
    """RabbitMQ 4.3 refuses the queues by which Celery before 5.7 hears answers and events, unless told to keep them to
    one connection, as these are anyway.
    """
    for name in ("control_queue", "event_queue"):
        if not celery.conf.get(f"{name}_durable"):
            setattr(celery.conf, f"{name}_exclusive", True)

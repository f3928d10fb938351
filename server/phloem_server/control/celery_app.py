"""The Celery app that the server sends tasks with."""

from __future__ import annotations

from celery import Celery
from celery.app.utils import find_app

from phloem.settings import SettingError, Settings

_BROKER_CONNECT_SECONDS = 2
_BROKER_ANSWER_SECONDS = 5


def celery_app(target: str | None, settings: Settings) -> Celery:
    """The app that `target` names, as for Celery's own `-A`; one without tasks if it is None.

    SettingError if it cannot be loaded.
    """
    celery = _bare(settings) if target is None else _find(target)
    _limit_waiting(celery)
    return celery


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


def _bare(settings: Settings) -> Celery:
    return Celery("phloem", broker=settings.broker_url, backend=settings.result_backend, set_as_current=False)


def _limit_waiting(celery: Celery) -> None:
    """Without a limit, a broker that swallows packets holds a caller that sends a task for minutes."""
    if str(celery.conf.broker_url or "").startswith(("redis", "valkey")):
        limits = {"socket_connect_timeout": _BROKER_CONNECT_SECONDS, "socket_timeout": _BROKER_ANSWER_SECONDS}
        own = dict(celery.conf.broker_transport_options or {})
        celery.conf.broker_transport_options = limits | own

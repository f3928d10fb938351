"""Phloem inside a Flask application: `Phloem(app)` serves all of it below a path, on the port of that application.

    from phloem_server.flask import Phloem

    app = Flask(__name__)
    Phloem(app, url_prefix="/phloem")

Settings are the environment's, and those in the application's config whose names begin with PHLOEM_, which come first.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from celery import Celery
from flask import Flask

from phloem.record.stores.forms import FormStore
from phloem.settings import SettingError
from phloem_server.access.application import Application, May
from phloem_server.app.embedded import Embedded
from phloem_server.control.registry import Registry
from phloem_server.settings import Config
from phloem_server.web.middleware.mount import Mount

URL_PREFIX = "/phloem"

_OURS = "PHLOEM_"


class Phloem:
    """The extension. It goes beside the application's own routes, sign-in and Flask-SocketIO, and sees none of them."""

    def __init__(
        self,
        app: Flask | None = None,
        url_prefix: str = URL_PREFIX,
        *,
        celery: Celery | None = None,
        may: May | None = None,
    ) -> None:
        """With `app`, does `init_app` at once.

        `celery` is the Celery app whose tasks can be launched from the page; without it that is
        `app.extensions["celery"]`, where Flask's documentation puts it. Without either, the tasks that attached
        workers tell of can be.

        `may(principal, action, task_id)` decides what a client may do, instead of a password or users: to the task
        with that id, or in general where it is None. It is called within the client's request, so that `flask.session`
        and what builds on it say who that is. The actions are those of GET /me.
        """
        self.url_prefix = url_prefix
        self.celery = celery
        self.may = may
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Serves Phloem below `url_prefix` of `app`. SettingError if a setting holds what it may not.

        `app.extensions["phloem"]` ends it with `close()`, for tests.
        """
        config = Config.embedded({**os.environ, **_settings(app.config), "PHLOEM_PREFIX": self.url_prefix})
        if not config.prefix:
            raise SettingError("url_prefix", self.url_prefix, "a path such as /phloem")
        application = None if self.may is None else Application(self.may, app.request_context)
        embedded = Embedded(config, lambda forms: self._registry(app, config, forms), application)
        app.wsgi_app = Mount(app.wsgi_app, config.prefix, embedded)  # type: ignore[method-assign]
        app.extensions["phloem"] = embedded

    def _registry(self, app: Flask, config: Config, forms: FormStore) -> Registry:
        celery = self.celery or app.extensions.get("celery")
        if celery is None:
            return Registry.load(None, config, forms, broker=config.observed_broker, backend=config.observed_backend)
        celery.finalize()
        # Without what workers tell: their tasks would stand in for the application's own, which it may import later.
        return Registry(celery, app.name)


def _settings(config: Mapping[str, Any]) -> dict[str, str]:
    """Those of a Flask config that are ours, as they would stand in the environment."""
    return {name: _text(value) for name, value in config.items() if name.startswith(_OURS) and value is not None}


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, (list, tuple, set, frozenset)):
        return ",".join(map(str, value))
    return str(value)

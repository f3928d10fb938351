"""Phloem for gunicorn and other WSGI servers: `gunicorn phloem_server.wsgi:application`.

Settings are the environment's, as for `phloem serve`, except HOST and PORT, which are the server's business.
PHLOEM_APP names a Celery app, as `phloem serve --app` does.
"""

from __future__ import annotations

import os

from phloem.instrument.attachment import attach
from phloem.record.stores.forms import FormStore
from phloem_server.app import log
from phloem_server.app.embedded import Embedded
from phloem_server.control.registry import Registry
from phloem_server.settings import Config

log.begin()
_config = Config.embedded(os.environ)
log.begin(_config.log_level, _config.log_format)


def _registry(forms: FormStore) -> Registry:
    target = os.environ.get("PHLOEM_APP") or None
    registry = Registry.load(target, _config, forms, broker=_config.observed_broker, backend=_config.observed_backend)
    if target is None:
        attach(registry.celery, _config)  # else what is sent from here would be known only once a worker has it
    return registry


application = Embedded(_config, _registry)
"""The WSGI application."""

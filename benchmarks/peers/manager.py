"""celery-manager's two halves, as its documentation wires them: `create` for its web server, `celery` for its listener.

CELERY_BROKER_URL is where the events come from, MANAGER_DATABASE where both keep what they know.
"""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery_manager.api.app import create_app
from celery_manager.auth.users import create_user, user_exists
from celery_manager.config import CeleryManagerConfig

USER = PASSWORD = "benchmark"

celery = Celery("benchmark", broker=os.environ["CELERY_BROKER_URL"])


def create() -> Any:
    """The web application, with one user who may sign in."""
    config = CeleryManagerConfig(
        celery_app=celery, db_url=os.environ["MANAGER_DATABASE"], secret_key="benchmark", cookie_secure=False
    )
    app, sessions = create_app(config)
    with sessions() as session:
        if not user_exists(session, USER):
            create_user(session, USER, PASSWORD)
    return app

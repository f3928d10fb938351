"""Flask inside tasks, as Flask's documentation shows it: every task runs in the application's context.

In a task, `flask.current_app` is the application below, and `flask.url_for` knows the page's addresses:

    url_for("task", task_id=self.request.id)      http://127.0.0.1:8000/tasks/9f2c...
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from celery import Celery, Task
from flask import Flask

from phloem.jobs.settings import JobSettings


def create_app(settings: JobSettings, celery: dict[str, Any]) -> Flask:
    """The Flask application of the jobs; its Celery app, configured by `celery`, is in `extensions["celery"]`.

    It serves nothing: it only knows the addresses of the page, which the web process serves.
    """
    url = urlsplit(settings.url)
    app = Flask("phloem.jobs", static_folder=None)
    app.config.from_mapping(
        CELERY=celery,
        SETTINGS=settings,
        SERVER_NAME=url.netloc,
        APPLICATION_ROOT=url.path or "/",
        PREFERRED_URL_SCHEME=url.scheme,
    )
    app.add_url_rule("/", "home", build_only=True)
    app.add_url_rule("/tasks/<path:task_id>", "task", build_only=True)
    app.add_url_rule("/api/v1/files/<file_id>", "file", build_only=True)
    celery_init_app(app)
    return app


def celery_init_app(app: Flask) -> Celery:
    """The Celery app whose tasks run inside the Flask application's context."""

    class FlaskTask(Task):  # type: ignore[misc]  # Celery has no types
        def __call__(self, *args: object, **kwargs: object) -> object:
            with app.app_context():
                return self.run(*args, **kwargs)

    celery = Celery(app.name, task_cls=FlaskTask)
    celery.config_from_object(app.config["CELERY"])
    app.extensions["celery"] = celery
    return celery

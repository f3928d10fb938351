"""The three apps: Celery's own example, one on RabbitMQ with `rpc`, and a Django project with django-celery-beat.

Each is written as the documentation of what it uses shows it. The tasks are those of Celery's guides, with their
waiting made short; `broker` stands for the address in them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

TASKS = """
import time

from celery.exceptions import Reject


@TASK
def add(x, y):
    return x + y


@TASK
def mul(x, y):
    return x * y


@TASK
def xsum(numbers):
    return sum(numbers)


@TASK
def div(x, y):
    return x / y


@TASK(bind=True)
def upload_files(self, filenames, seconds=0.0):
    for i, file in enumerate(filenames):
        if not self.request.called_directly:
            self.update_state(state='PROGRESS', meta={'current': i, 'total': len(filenames)})
        time.sleep(seconds)


@TASK(bind=True, default_retry_delay=1, max_retries=2)
def send_twitter_status(self, oauth, tweet):
    try:
        if self.request.retries < 1:
            raise ConnectionError('the whale')
    except ConnectionError as exc:
        raise self.retry(exc=exc)
    return tweet


@TASK(bind=True, acks_late=True)
def render_scene(self, path):
    raise Reject('out of memory', requeue=False)
"""
"""From "Next Steps", "Tasks" and "Canvas" of Celery's guide."""


class App(NamedTuple):
    """An app. `module` is what `celery -A` is given, `tasks` the module of its tasks."""

    name: str
    module: str
    tasks: str
    files: Mapping[str, str]
    broker: str
    """`redis` or `rabbitmq`."""
    backend: str
    """`redis`, or `rpc`, which nobody but the sender can read."""
    worker: str = "worker -l INFO --concurrency 2"
    beat: str | None = None
    prepare: str | None = None
    """Code of the project that is run first."""
    named_to_phloem: str | None = None
    """What `--app` is given; None where Phloem knows no more than the addresses."""

    def write(self, folder: Path, broker: str) -> None:
        """Writes its files into a folder."""
        for name, text in self.files.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(dedent(text).lstrip().replace("THE-BROKER", broker))


PROJ = App(
    name="proj",
    module="proj",
    tasks="proj.tasks",
    broker="redis",
    backend="redis",
    files={
        "proj/__init__.py": "",
        "proj/celery.py": """
            from celery import Celery

            app = Celery('proj',
                         broker='THE-BROKER',
                         backend='THE-BROKER',
                         include=['proj.tasks'])

            # Optional configuration, see the application user guide.
            app.conf.update(
                result_expires=3600,
            )

            if __name__ == '__main__':
                app.start()
        """,
        "proj/tasks.py": "from .celery import app\n" + TASKS.replace("TASK", "app.task"),
    },
)
"""The project of "Next Steps", on Redis."""

TASKS_APP = App(
    name="rabbitmq",
    module="tasks",
    tasks="tasks",
    broker="rabbitmq",
    backend="rpc",
    worker="worker -l INFO -E --autoscale 2,2",
    files={
        "tasks.py": "from celery import Celery\n\napp = Celery('tasks', backend='rpc://', broker='THE-BROKER')\n"
        + TASKS.replace("TASK", "app.task"),
    },
)
"""The module of "First Steps", on RabbitMQ with results by `rpc`."""

DJANGO = App(
    name="django",
    module="shop",
    tasks="demoapp.tasks",
    broker="redis",
    backend="redis",
    beat="beat -l INFO --scheduler django_celery_beat.schedulers:DatabaseScheduler --max-interval 1",
    named_to_phloem="shop",
    prepare="""
        import django

        django.setup()
        from django.core.management import call_command
        from django_celery_beat.models import IntervalSchedule, PeriodicTask

        call_command("migrate", verbosity=0)
        schedule, created = IntervalSchedule.objects.get_or_create(every=10, period=IntervalSchedule.SECONDS)
        PeriodicTask.objects.create(interval=schedule, name='Importing contacts', task='demoapp.tasks.mul',
                                    args='[6, 7]')
    """,
    files={
        "shop/__init__.py": "from .celery import app as celery_app\n\n__all__ = ('celery_app',)\n",
        "shop/settings.py": """
            from pathlib import Path

            SECRET_KEY = "django-insecure-of-a-test"
            INSTALLED_APPS = ["django_celery_beat", "demoapp"]
            DATABASES = {
                "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": Path(__file__).with_name("db.sqlite3")},
            }
            USE_TZ = True
            TIME_ZONE = "UTC"

            CELERY_TIMEZONE = "UTC"
            CELERY_TASK_TRACK_STARTED = True
            CELERY_TASK_TIME_LIMIT = 30 * 60
            CELERY_TASK_SEND_SENT_EVENT = True
            CELERY_BROKER_URL = "THE-BROKER"
            CELERY_RESULT_BACKEND = "THE-BROKER"
        """,
        "shop/celery.py": """
            import os

            from celery import Celery

            # Set the default Django settings module for the 'celery' program.
            os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')

            app = Celery('shop')

            # - namespace='CELERY' means all celery-related configuration keys
            #   should have a `CELERY_` prefix.
            app.config_from_object('django.conf:settings', namespace='CELERY')

            # Load task modules from all registered Django apps.
            app.autodiscover_tasks()
        """,
        "demoapp/__init__.py": "",
        "demoapp/tasks.py": "from celery import shared_task\n" + TASKS.replace("TASK", "shared_task"),
    },
)
"""The project of "First steps with Django", with the schedule in its database; its producers tell what they send."""

APPS = (PROJ, TASKS_APP, DJANGO)

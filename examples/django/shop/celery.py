"""The Celery app of the project, for `celery -A shop worker`."""

import os

import phloem
from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")

app = Celery("shop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["shop"])
phloem.attach(app)

"""Two Celery apps in one process, of which the first is attached and the second has a worker."""

from __future__ import annotations

import os

from celery import Celery
from kombu.entity import Exchange, Queue

import phloem

first = Celery("first", broker=os.environ["REDIS_URL"], set_as_current=False)
phloem.attach(first)

second = Celery("second", broker=os.environ["REDIS_URL"], set_as_current=False)
second.conf.task_queues = [Queue("mail", Exchange("post", type="topic"), "mail.#"), Queue("other")]
second.conf.task_default_queue = "mail"
second.conf.task_default_routing_key = "mail.usual"
phloem.attach(second)


@first.task(name="first.follow", shared=False)
def follow(number: int) -> None: ...


@second.task(name="second.send", shared=False)
def send(to: str, password: str) -> None:
    """Sends it, and a message of the first app."""
    follow.delay(1)

"""Apps that are not alone: several in one process, and one whose logging silences everybody else's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from kombu.entity import Exchange, Queue

from phloem.model.changes import Position
from phloem.model.state import State
from tests.integration.worker import Worker
from tests.processes import Redis
from tests.waiting import wait_until


@pytest.fixture
def redis_url(redis_server: Redis) -> Iterator[str]:
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
        yield redis_server.url
        client.flushall()


def test_the_worker_of_a_second_app_is_known_with_that_apps_queues_tasks_and_secrets(
    redis_url: str, tmp_path: Path
) -> None:
    with Worker(redis_url, tmp_path, "--concurrency 1 -Q mail", "tests.integration.two_apps:second") as worker:
        [offer] = wait_until(worker.channel.forms.all, 10, "it tells what it can run") or ()
        assert [(form.name, form.queue) for form in offer.catalogue.tasks] == [("second.send", "mail")]
        assert offer.worker.queues == ("mail",)
        mail = Queue("mail", Exchange("post", type="topic"), "mail.#")
        sent = worker.send("second.send", "ann", "geheim", queue=mail, routing_key="mail.usual")
        task = worker.reaches(sent, State.SUCCESS)
        assert (task.queue, task.exchange, task.args) == ("mail", "post", '["ann","[redacted]"]')
        [changes] = worker.channel.changed(Position(epoch="", offset=0))
        [follows] = [each for each in changes.tasks if each.name == "first.follow"]
        assert (follows.queue, follows.parent_id, follows.state) == ("celery", sent, State.PENDING)


def test_logging_that_disables_all_loggers_takes_nothing_from_the_log_of_a_task_and_no_warning_of_phloem(
    redis_url: str, tmp_path: Path
) -> None:
    with Worker(redis_url, tmp_path, "--concurrency 1", "tests.integration.quiet_app") as worker:
        task = worker.reaches(worker.send("quiet.speak"), State.SUCCESS)
        said = [entry.message for entry in worker.channel.log(task.id) if entry.kind == "log"]
        assert said == ["printed", "logged", "warned"]
        assert "is refused: this process is attached already" in worker.child.log()
        assert "told to be silent" not in worker.child.log()

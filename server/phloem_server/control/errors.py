"""Why Celery could not be told something. HTTP and Socket.IO give these errors their statuses and refusals."""

from __future__ import annotations

from phloem.errors import PhloemError


class NoAnswer(PhloemError):
    """The worker did not answer in time: it may or may not have done what it was told. The text says which."""

    code = "no_answer"
    temporary = True


class BrokerUnavailable(NoAnswer):
    """The broker does not answer, so nothing was sent."""

    code = "broker_unavailable"


class WorkerRefused(PhloemError):
    """The worker said no. The text is its reason."""

    code = "worker_refused"


class TaskNameUnknown(PhloemError):
    """The app has no task of that name."""

    code = "task_name_unknown"

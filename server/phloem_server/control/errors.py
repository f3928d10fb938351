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


class TaskNotLaunchable(PhloemError):
    """The task says `launch=False`: nobody may send it with arguments of their own."""

    code = "task_not_launchable"


class TaskRefused(PhloemError):
    """Celery, or the task's own `apply_async`, would not send it. The text is the reason."""

    code = "task_refused"


class QueueUnknown(PhloemError):
    """Neither the app nor a worker has the queue that was named."""

    code = "queue_unknown"


class QueueGone(PhloemError):
    """Neither the app nor a worker has the queue that a task was sent to."""

    code = "queue_gone"

"""A run in this process, with what its handlers have to know to tell how it ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from phloem.instrument.messages import headers
from phloem.isolation import reraise_time_limit
from phloem.logs import logger_of
from phloem.model.event import Event
from phloem.progress.current import current
from phloem.progress.run import Run
from phloem.redaction import Veil, texts_in
from phloem.reporting.deferred import Deferred

logger = logger_of(__name__)


class Stored(NamedTuple):
    """An end that was stored for the run before its code was through."""

    state: str
    value: object
    """The result, or the error."""
    at: float
    """In Unix seconds."""


class Start(Protocol):
    """That a run started."""

    def ends(self, result: object, now: float) -> Callable[[], Event]:
        """What makes the event that the run started, and ended with this result at the time `now`."""


class Execution(Run):
    """A run that Celery executes in this process."""

    request: Mapping[str, Any] = MappingProxyType({})
    """What the request of its task said when it started, headers of ours included."""

    members: Sequence[Mapping[str, Any]] = ()
    """What the messages say that it works off together, if it has none of its own."""

    borrows_lease = False
    """Whether it needs the lease of this process, where no worker has one."""

    start: tuple[Deferred, Start] | None = None
    """The event that it started, if that was not told at once."""

    stored: Stored | None = None
    replaced_by: str | None = None
    """The task that goes on under its id; "" where another message of the same task does."""

    queue: str | None = None
    """The queue of the message that goes on under its id."""

    tries_again = False
    """Whether its next try was sent."""

    reported = False
    """Whether an end of it, or another try, was reported."""

    _described: tuple[Mapping[str, Any], Veil] | None = None

    @property
    def eager(self) -> bool:
        """Whether the process that asked for the task runs it itself: no message, and no worker."""
        return bool(self.request.get("is_eager"))

    @property
    def carried(self) -> Mapping[str, Any]:
        """The headers of ours that its message had: its next try has them as well."""
        return headers.ours(self.request)

    @property
    def success_is_heard(self) -> bool:
        """Whether the worker's main process tells that it succeeded, if this process dies before it does."""
        return headers.CALL in self.request

    def describe(self, hidden: list[object]) -> Mapping[str, Any]:  # noqa: ARG002  # is set, where it is known
        """The fields of an event that name the task and tell its arguments; what they hide is added to `hidden`."""
        return {}

    @property
    def description(self) -> Mapping[str, Any]:
        """What `describe` gives."""
        return self._description()[0]

    @property
    def veil(self) -> Veil:
        """Hides what is secret in its texts, which its arguments tell."""
        return self._description()[1]

    def _description(self) -> tuple[Mapping[str, Any], Veil]:
        # Without a lock, as that of `functools.cached_property` in Python 3.11: code of the application may run here,
        # and wait for what another thread holds that waits for this.
        if self._described is not None:
            return self._described
        hidden: list[object] = []
        described: Mapping[str, Any] = {}
        try:
            described = self.describe(hidden=hidden)
        except Exception as error:
            reraise_time_limit(error)
            logger.exception("Phloem could not tell what a task is called with")
        found: tuple[Mapping[str, Any], Veil]
        found = vars(self).setdefault(
            "_described", (described, Veil(texts_in(hidden) if hidden else ()))
        )  # the first of several threads
        vars(self).pop("describe", None)  # with the arguments, which may be large
        return found


def execution(task_id: object = None) -> Execution | None:
    """The run that this code belongs to, if Celery executes it here (and is that of `task_id`, if that is given)."""
    run = current()
    if not isinstance(run, Execution) or (task_id is not None and run.task_id != str(task_id)):
        return None
    return run

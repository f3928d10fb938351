"""Running a task again that has ended: with the message that was kept of it, or with other arguments."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import msgspec
from kombu.serialization import prepare_accept_content

from phloem.instrument.arguments import Places
from phloem.instrument.calls import call as kept_call
from phloem.instrument.calls.call import Call, Follows
from phloem.model.known_by import KnownBy
from phloem.model.task import Task
from phloem.record.record import Channel
from phloem.redaction import REDACTED
from phloem_server.control.again.arguments import Editable, is_field
from phloem_server.control.again.body import Body
from phloem_server.control.again.errors import CallFixed, CallNotKept, TaskUnnamed
from phloem_server.control.again.second_run import Wish, copied, second_run
from phloem_server.control.again.words import effect
from phloem_server.control.destinations import Destinations, Way
from phloem_server.control.registry import Registry
from phloem_server.control.sender import Sender, Sent

LATE_SECONDS = 0.25
"""How long after the end of a task its message may be recorded; a worker tells what it knows every 10 ms."""

_NOT_KEPT = (
    "The message of this task was not kept: none came to a worker with Phloem, as when it ran eagerly, or it was "
    "removed since, or PHLOEM_KEEP_CALLS is 0. Send args and kwargs."
)

_NOT_ATTACHED = (
    "The app of this task is not attached, so its message is not known: its arguments are known as text that Celery "
    "cut. Send args and kwargs. With phloem.attach(app) it could be run again as it was."
)


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a task's call, for a person who is to run it again."""

    args: tuple[Any, ...] | None
    """Positional arguments, to be edited. An object of the one key `$kept` stands for a value that JSON cannot hold or
    that is secret; as it is, it means that value. Null where they cannot be edited."""

    kwargs: dict[str, Any] | None
    """Keyword arguments, to be edited, like `args`."""

    fixed: str | None
    """Why the arguments cannot be edited; others can still be sent."""

    refusal: str | None
    """Why the task cannot be run again as it was."""

    follows: Follows
    """What follows it, by kind: `chain`, `callbacks`, `errbacks`, and the `chord` that it is a member of; the names of
    tasks."""

    effect: str
    """What comes of running it again by itself, in a sentence."""

    effect_follow: str
    """What comes of running it again with what follows it."""


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What a person wants to be different: see `api.task_actions.Again`."""

    args: list[Any] | None = None
    kwargs: dict[str, Any] | None = None
    queue: str | None = None
    follow: bool = False


class Reruns:
    """Runs tasks again, by what the record has kept of them."""

    def __init__(self, channel: Channel, registry: Registry, sender: Sender, destinations: Destinations) -> None:
        self._channel = channel
        self._registry = registry
        self._sender = sender
        self._destinations = destinations

    def kept(self, task: Task) -> Kept:
        """What is kept of the call of a task. Raises ChannelError."""
        args, kwargs, fixed, refusal, follows = None, None, None, None, Follows()
        try:
            call = self._call(task)
            if isinstance(call, Call):
                follows, refusal = call.follows, call.refusal
            editable = self._editable(task, call)
            args, kwargs = tuple(editable.args), editable.kwargs
        except CallFixed as error:
            fixed = str(error)
        except (CallNotKept, kept_call.CallUnreadable) as error:
            fixed = refusal = str(error)
        return Kept(
            args=args,
            kwargs=kwargs,
            fixed=fixed,
            refusal=refusal,
            follows=follows,
            effect=effect(follows, follow=False),
            effect_follow=effect(follows, follow=True),
        )

    def run(self, task: Task, changes: Changes) -> tuple[Sent, str]:
        """Sends another run of a task. Returns what was sent, and what comes of it, in a sentence.

        Raises CallNotKept, CallFixed, TaskNameUnknown, TaskNotLaunchable, ArgumentsError, QueueUnknown, QueueGone, and
        what `Sender.send` and the record raise.
        """
        edits = changes.args is not None or changes.kwargs is not None
        try:
            call = self._call(task)
        except (CallNotKept, kept_call.CallUnreadable):
            if not edits and task.name is not None:
                raise
            call = ([], {})
        if not isinstance(call, Call):
            if task.name is None:
                raise TaskUnnamed("Nobody said what this task is called, so it cannot be run again.")
            return self._anew(task.name, call, changes, self._queue(task, changes), task)
        if call.body is not None:
            return self._again(call, changes, task)
        if not edits:
            raise CallNotKept(f"{call.refusal} Send args and kwargs.")
        return self._anew(call.name, ([], {}), changes, self._way(call, changes).queue.name, task)

    def _again(self, call: Call, changes: Changes, task: Task) -> tuple[Sent, str]:
        """Sends the message that was kept."""
        self._registry.check_name(call.name)
        way = self._way(call, changes)
        args, kwargs = self._meant(call, changes, task)
        wish = Wish(args=args, kwargs=kwargs, follow=changes.follow)
        make = partial(second_run, call, of=task, wish=wish, accept=self._accept)
        sent = self._sender.send_again(make, way)
        return sent, effect(call.follows, changes.follow)

    def _anew(
        self, name: str, call: tuple[Any, Any], changes: Changes, queue: str | None, task: Task
    ) -> tuple[Sent, str]:
        """Sends a message of our own, where none was kept; earlier versions kept arguments alone."""
        args = changes.args if changes.args is not None else list(call[0] or ())
        kwargs = changes.kwargs if changes.kwargs is not None else dict(call[1] or {})
        edits = changes.args is not None or changes.kwargs is not None
        (self._registry.check_launch if edits else self._registry.check)(name, args, kwargs)
        sent = self._sender.send(name, args, kwargs, queue=queue, headers=copied(task, edited=edits))
        return sent, effect(Follows(), follow=False)

    def _meant(self, call: Call, changes: Changes, task: Task) -> tuple[Any, Any]:
        """The arguments that replace kept ones; None where the kept ones stay. ArgumentsError, TaskNotLaunchable."""
        if changes.args is None and changes.kwargs is None:
            return None, None
        kept_args, kept_kwargs = Body.of(call, self._accept).arguments()
        editable = self._shown(task, call.name, kept_args, kept_kwargs)
        args = editable.meant_args(changes.args) if changes.args is not None else None
        kwargs = editable.meant_kwargs(changes.kwargs) if changes.kwargs is not None else None
        if args is not None or kwargs is not None:
            self._registry.check_launch(
                call.name,
                editable.by_hand(editable.args if changes.args is None else changes.args, editable.args),
                editable.by_hand(editable.kwargs if changes.kwargs is None else changes.kwargs, editable.kwargs),
            )
        return args, kwargs

    def _way(self, call: Call, changes: Changes) -> Way:
        if changes.queue is not None:
            return self._destinations.named(changes.queue)
        return self._destinations.reached(call.exchange, call.routing_key)

    def _queue(self, task: Task, changes: Changes) -> str | None:
        """The queue for a task of which no message was kept: the one that it was sent to, by the record."""
        if changes.queue is not None:
            return self._destinations.named(changes.queue).queue.name
        name = self._registry.queue(task.queue)
        return None if name is None else self._destinations.reached("", name).queue.name

    def _call(self, task: Task) -> Call | tuple[Any, Any]:
        """What was kept: a message, or of an earlier version the arguments. CallNotKept, CallUnreadable."""
        held = self._held(task)
        if held is None:
            raise CallNotKept(_NOT_KEPT if KnownBy.ATTACH in task.known_by else _NOT_ATTACHED)
        if not held.startswith(b"["):
            return kept_call.read(held)
        try:
            args, kwargs = msgspec.json.decode(held)
        except (msgspec.MsgspecError, ValueError) as error:
            raise kept_call.CallUnreadable(f"What was kept of its call cannot be read: {error}.") from error
        return args or [], kwargs or {}

    def _held(self, task: Task) -> bytes | None:
        """What was kept of its message. The process that ran the task tells its end, and the main process of the worker
        its message: in a burst that is recorded a little later.
        """
        now = time.time()
        until = min(task.finished_at or 0, now) + LATE_SECONDS  # the clock of the worker may be ahead
        while (held := self._channel.call(task.id)) is None and now < until:
            time.sleep(0.01)
            now = time.time()
        return held

    def _editable(self, task: Task, call: Call | tuple[Any, Any]) -> Editable:
        if not isinstance(call, Call):
            return self._shown(task, task.name or "", *call)
        if call.body is None:
            raise CallFixed(call.refusal or "Its message was not kept.")
        return self._shown(task, call.name, *Body.of(call, self._accept).arguments())

    def _shown(self, task: Task, name: str, args: Any, kwargs: Any) -> Editable:
        if not isinstance(args, (list, tuple)) or not isinstance(kwargs, dict) or not all(map(is_field, kwargs)):
            raise CallFixed("Its arguments are no list, or have no names that JSON can hold, so they cannot be edited.")
        return Editable(args, kwargs, self._registry.secret_places(name) or _told_places(task, len(args)))

    @property
    def _accept(self) -> set[str]:
        return set(prepare_accept_content(self._registry.celery.conf.accept_content) or ())


def _told_places(task: Task, count: int) -> Places | None:
    """Where the worker, which has the task, saw secrets among its positional arguments; None if that cannot be told."""
    try:
        told = msgspec.json.decode(task.args or "", type=list[msgspec.Raw])
    except (msgspec.MsgspecError, ValueError):
        return None
    if len(told) != count:
        return None
    hidden = (place for place, raw in enumerate(told) if REDACTED.encode() in bytes(raw))
    return Places(at=frozenset(hidden), rest=float("inf"), most=float("inf"), named=None)

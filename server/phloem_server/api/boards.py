"""Workers, queues, the schedule, the last hour and shared views: what the boards show, and what is done beside them.

A worker can be asked for all that it tells of itself, and an entry of the schedule can be run.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import msgspec
from flask import Blueprint
from werkzeug.wrappers import Response

from phloem_server.access.principal import Principal
from phloem_server.api.calls.accepted import accepted
from phloem_server.api.calls.answers import Accepted
from phloem_server.api.calls.by_whom import Report, tell_launch
from phloem_server.api.calls.resource import caller, resource
from phloem_server.boards import activity
from phloem_server.boards.queues import Queues
from phloem_server.boards.schedule import Entries, Schedule
from phloem_server.boards.views import Views
from phloem_server.boards.worker_answers import WorkerAnswers, WorkerInterview
from phloem_server.boards.workers import Workers
from phloem_server.control.registry import Registry
from phloem_server.control.sender import Sender
from phloem_server.web.body import answer, optional
from phloem_server.web.declared import needs, tells

BOARDS: dict[str, tuple[str, type]] = {
    "workers": ("All workers.", Workers),
    "queues": ("All queues.", Queues),
    "schedule": ("The schedule.", Entries),
    "now": ("The last hour.", activity.Picture),
    "views": ("The shared views.", Views),
}
"""The boards that can be read, each at /api/v1/NAME: what they show, in a sentence and as a type."""


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A body with nothing in it."""


def blueprint(
    *,
    picture: Callable[[str, Principal], object],
    interview: WorkerInterview,
    schedule: Schedule,
    registry: Registry,
    sender: Sender,
    report: Report,
) -> Blueprint:
    """The calls. `picture` gives what the board of a name shows to a principal, `report` records by whom an entry was
    run.
    """
    calls = resource("boards")

    def read(board: str) -> Response:
        return answer(picture(board, caller()))

    for board, (text, kind) in BOARDS.items():
        calls.add_url_rule(f"/{board}", board, needs("see")(tells(text, kind)(partial(read, board))))

    @calls.get("/workers/<name:worker>")
    @needs("see")
    @tells("All that a worker tells of itself.", WorkerAnswers)
    def worker(worker: str) -> Response:
        return answer(interview.ask(worker))

    @calls.post("/schedule/<name:name>/run")
    @needs("run")
    @tells("Sends the task of an entry of the schedule now.", Accepted, status=202, body=Nothing, needs_body=False)
    def run(name: str) -> Response:
        optional(Nothing)
        sent = schedule.run(name, registry, sender)
        tell_launch(report, sent.id, "Run ahead of its time")
        return accepted(sent)

    return calls

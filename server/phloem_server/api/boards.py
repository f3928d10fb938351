"""The HTTP calls about more than tasks: workers, queues, the schedule, and the last hour."""

from __future__ import annotations

import msgspec
from flask import Blueprint
from werkzeug.wrappers import Response

from phloem_server.boards.schedule import Schedule
from phloem_server.control.registry import Registry
from phloem_server.control.sender import Sender
from phloem_server.live.board_hub import Boards
from phloem_server.web.body import answer, optional


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A body with nothing in it."""


def blueprint(*, boards: Boards, schedule: Schedule, registry: Registry, sender: Sender) -> Blueprint:
    """The calls. What is there is what the boards show."""
    operations = Blueprint("operations", __name__, url_prefix="/api/v1")

    @operations.get("/workers")
    def workers() -> Response:
        return answer(boards.picture("workers"))

    @operations.get("/queues")
    def queues() -> Response:
        return answer(boards.picture("queues"))

    @operations.get("/schedule")
    def entries() -> Response:
        return answer(boards.picture("schedule"))

    @operations.get("/now")
    def now() -> Response:
        return answer(boards.picture("now"))

    @operations.post("/schedule/<path:name>/run")
    def run(name: str) -> Response:
        optional(Nothing)
        return schedule.run(name, registry, sender)

    return operations

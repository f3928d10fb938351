"""Sending a task: POST /tasks, what its body may say, and GET /registry, which tells what can be sent."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from flask import Blueprint, request
from msgspec import Meta
from werkzeug.wrappers import Response

from phloem.instrument.messages.headers import OWNER
from phloem_server.api.calls.accepted import accepted
from phloem_server.api.calls.answers import Accepted, Registered
from phloem_server.api.calls.by_whom import Report, tell_launch
from phloem_server.api.calls.errors import TimeInvalid
from phloem_server.api.calls.resource import owner, resource
from phloem_server.control.destinations import Destinations
from phloem_server.control.registry import Registry
from phloem_server.control.sender import Sender
from phloem_server.web.body import answer, json_body
from phloem_server.web.declared import needs, tells
from phloem_server.web.errors import BodyInvalid, BodyNotJson
from phloem_server.web.noted import noted

YEAR_SECONDS = 366 * 24 * 3600
"""The longest time by which a task may be postponed. No Unix time of interest is that small."""

_CLOCK_SKEW_SECONDS = 60  # by which a client's clock may be behind ours

Moment = float | Annotated[datetime, Meta(tz=True)]
"""Unix seconds, or RFC 3339 with a zone."""

QueueName = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]{1,128}\Z")]

_MOMENT = "Unix seconds, or RFC 3339 with a zone such as 2030-01-31T12:00:00Z"


class Submission(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body. `countdown` is in seconds. `expires` may count from now, as in Celery: up to YEAR_SECONDS it does."""

    name: Annotated[str, Meta(min_length=1, max_length=256)]
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    queue: QueueName | None = None
    countdown: Annotated[float, Meta(ge=0, le=YEAR_SECONDS)] | None = None
    eta: Moment | None = None
    expires: Moment | None = None

    @classmethod
    def parse(cls, body: bytes) -> Submission:
        """BodyNotJson; BodyInvalid for JSON that does not fit."""
        try:
            return _decoder.decode(body)
        except msgspec.ValidationError as error:
            moment = re.search(r"\$\.(eta|expires)", str(error))
            hint = f" {moment[1]} takes {_MOMENT}." if moment else ""
            raise BodyInvalid(f"The body does not fit: {error}.{hint}") from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BodyNotJson(f"The body is not JSON: {error}.") from error

    def options(self, now: datetime) -> dict[str, Any]:
        """Queue and times as Celery's `apply_async` takes them.

        TimeInvalid where the times contradict each other or the clock.
        """
        options: dict[str, Any] = {} if self.queue is None else {"queue": self.queue}
        if self.countdown is not None:
            if self.eta is not None:
                raise TimeInvalid("Both countdown and eta came; only one can say when it runs.")
            options["countdown"] = self.countdown
        if self.eta is not None:
            options["eta"] = eta = _moment("eta", self.eta)
            if (now - eta).total_seconds() > _CLOCK_SKEW_SECONDS:
                raise TimeInvalid(f"eta is {eta.isoformat()}, which is past; it is yet to come.")
        if self.expires is not None:
            options["expires"] = expires = self._expiry(self.expires)
            if isinstance(expires, datetime) and expires <= now:
                raise TimeInvalid(f"expires is {expires.isoformat()}, which is past; the task would not run.")
        return options

    @staticmethod
    def _expiry(value: float | datetime) -> float | datetime:
        if not isinstance(value, datetime) and 0 < value <= YEAR_SECONDS:
            return value
        return _moment("expires", value)


_decoder = msgspec.json.Decoder(Submission)


def blueprint(*, registry: Registry, sender: Sender, destinations: Destinations, report: Report) -> Blueprint:
    """The calls. `report` records by whom a task was launched."""
    calls = resource("submission")

    @calls.post("/tasks")
    @needs("launch", scoped=True)
    @tells("Sends a task.", Accepted, status=202, body=Submission)
    def submit() -> Response:
        wanted = Submission.parse(json_body())
        noted(request.environ).detail = wanted.name
        whose = owner()
        registry.check_launch(wanted.name, wanted.args, wanted.kwargs)
        if wanted.queue is not None:
            destinations.named(wanted.queue)
        options = wanted.options(datetime.now(UTC)) | ({} if whose is None else {"headers": {OWNER: whose}})
        sent = sender.send(wanted.name, wanted.args, wanted.kwargs, **options)
        tell_launch(report, sent.id, "Launched")
        return accepted(sent)

    @calls.get("/registry")
    @needs("see", scoped=True)
    @tells("What can be launched, with the schemas of its arguments.", Registered)
    def entries() -> Response:
        return answer(Registered(tasks=tuple(registry.entries()), notice=registry.notice))

    return calls


def _moment(name: str, value: float | datetime) -> datetime:
    try:  # the first and the last days of the calendar are in no other zone
        return value.astimezone(UTC) if isinstance(value, datetime) else datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise TimeInvalid(f"{name} is {value}; it takes {_MOMENT}.") from error

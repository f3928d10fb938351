"""What POST /tasks takes: a call, and when it is to run."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from phloem_server.web.problem import Problem

YEAR = 366 * 24 * 3600
"""Seconds: nobody postpones a task for longer, and no Unix time of interest is that small."""

_CLOCKS_APART = 60  # seconds by which a client's clock may be behind ours

Moment = float | Annotated[datetime, Meta(tz=True)]

_MOMENT = "Unix seconds, or RFC 3339 with a zone such as 2030-01-31T12:00:00Z"


class Submission(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body. `expires` may count from now, as in Celery: a number of seconds up to YEAR does."""

    name: Annotated[str, Meta(min_length=1, max_length=256)]
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    queue: Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]{1,128}\Z")] | None = None
    countdown: Annotated[float, Meta(ge=0, le=YEAR)] | None = None
    eta: Moment | None = None
    expires: Moment | None = None

    @classmethod
    def parse(cls, body: bytes) -> Submission:
        """Problem 400 for what is no JSON, 422 for JSON that does not fit."""
        try:
            return _decoder.decode(body)
        except msgspec.ValidationError as error:
            moment = re.search(r"\$\.(eta|expires)", str(error))
            hint = f" {moment[1]} takes {_MOMENT}." if moment else ""
            raise Problem(422, f"The body does not fit: {error}.{hint}") from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Problem(400, f"The body is not JSON: {error}.") from error

    def options(self, now: datetime) -> dict[str, Any]:
        """Queue and times as Celery's `apply_async` takes them.

        Problem 422 where they contradict each other or the clock.
        """
        options: dict[str, Any] = {} if self.queue is None else {"queue": self.queue}
        if self.countdown is not None:
            if self.eta is not None:
                raise Problem(422, "Both countdown and eta came; only one can say when it runs.")
            options["countdown"] = self.countdown
        if self.eta is not None:
            options["eta"] = eta = _moment("eta", self.eta)
            if (now - eta).total_seconds() > _CLOCKS_APART:
                raise Problem(422, f"eta is {eta.isoformat()}, which is past; it is yet to come.")
        if self.expires is not None:
            options["expires"] = expires = self._expiry(self.expires)
            if isinstance(expires, datetime) and expires <= now:
                raise Problem(422, f"expires is {expires.isoformat()}, which is past; the task would not run.")
        return options

    @staticmethod
    def _expiry(value: float | datetime) -> float | datetime:
        if not isinstance(value, datetime) and 0 < value <= YEAR:
            return value
        return _moment("expires", value)


_decoder = msgspec.json.Decoder(Submission)


def _moment(name: str, value: float | datetime) -> datetime:
    try:  # the first and the last days of the calendar are in no other zone
        return value.astimezone(UTC) if isinstance(value, datetime) else datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise Problem(422, f"{name} is {value}; it takes {_MOMENT}.") from error

"""The Socket.IO messages, as records. What comes in is checked by its record before anything is done."""

from __future__ import annotations

from typing import Any, Self, TypeVar

import msgspec

from phloem.errors import PhloemError
from phloem.model.changes import Position
from phloem.model.task import LogEntry, Task

M = TypeVar("M")


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """To server: show me this view, or this task; `since` where I have been before.

    `searching`, as I was told last: older rows were still to come, so what I show is not all there was by then.
    """

    view: dict[str, Any] | None = None
    task: str | None = None
    since: Position | None = None
    searching: bool = False


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """To server: I show everything up to here."""

    watch: str
    offset: int


class Unwatch(msgspec.Struct, frozen=True, kw_only=True):
    """To server: I look at this no more."""

    watch: str


class Watching(msgspec.Struct, frozen=True, kw_only=True):
    """How many connections of this process look at the same view, and how many there are in all."""

    view: int
    all: int


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """What a board shows: the answer to `watch` of it, and sent again whenever it changed.

    With `part`, what takes the place of the same things in the picture before; else the whole of it.
    """

    ok: bool = True
    watch: str
    board: Any
    live: bool
    now: float
    part: bool | msgspec.UnsetType = msgspec.UNSET


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to `watch`. `resumed`: only what changed since; else the whole window, to show instead of all before.

    `live` says whether the server itself sees Redis, `now` is its clock. A task's log comes whole, up to 500 entries.
    `next` is where the rows that follow begin: the `before` of another view. While `searching`, rows and counts of
    older tasks are still to come, in frames.
    """

    ok: bool = True
    watch: str
    epoch: str
    offset: int
    tasks: tuple[Task, ...]
    drop: tuple[str, ...]
    totals: dict[str, int]
    resumed: bool
    live: bool
    now: float
    watching: Watching | msgspec.UnsetType = msgspec.UNSET
    next: int | None = None
    searching: bool = False
    log: tuple[LogEntry, ...] | msgspec.UnsetType = msgspec.UNSET


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to a message that does not fit. It changed nothing. `again`: the same may be taken a moment later.

    `code` is for programs; docs/contract.md lists them under "Errors". A server of an earlier version sends none.
    """

    ok: bool = False
    error: str
    again: bool = False
    code: str = "error"

    @classmethod
    def of(cls, error: PhloemError) -> Self:
        """The refusal that tells this error."""
        return cls(error=str(error), again=error.temporary, code=error.code)


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to `seen`, which tells the server's clock as well, and to `unwatch`."""

    ok: bool = True
    now: float | msgspec.UnsetType = msgspec.UNSET


class Frame(msgspec.Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """To viewer: what is new in (from_, to]. Rows are whole, so taking one in twice is harmless.

    `lag`: seconds from when Redis published the last change to when the server knew it. `tick`: seconds until the next
    frame, at least. `next` and `searching` as in Answer.
    """

    watch: str
    epoch: str
    from_: int
    to: int
    put: tuple[Task, ...]
    drop: tuple[str, ...]
    totals: dict[str, int]
    watching: Watching | msgspec.UnsetType = msgspec.UNSET
    next: int | None = None
    searching: bool = False
    lag: float = 0.0
    tick: float = 0.0
    log: tuple[LogEntry, ...] | msgspec.UnsetType = msgspec.UNSET


class Resync(msgspec.Struct, frozen=True, kw_only=True):
    """To viewer: watch again; what you show may be old."""

    watch: str
    reason: str


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """To viewer: whether the server sees Redis, and since when; and which build of the page it hands out now."""

    live: bool
    since: float
    build: str | None = None


def read(message: Any, kind: type[M]) -> M | Refusal:
    """What somebody said, as a record of that kind; a refusal if it does not fit."""
    try:
        return msgspec.convert(message, kind)
    except msgspec.ValidationError as error:
        return Refusal(error=f"The message does not fit: {error}.")


class Json:
    """What Flask-SocketIO needs of a JSON module, by msgspec: it writes records as they are, several times faster."""

    @staticmethod
    def dumps(value: object, **_: object) -> str:
        """`value` as compact JSON."""
        return msgspec.json.encode(value).decode()

    @staticmethod
    def loads(text: str | bytes, **_: object) -> object:
        """What JSON text says. Raises ValueError, as callers of json.loads expect."""
        try:
            return msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError) as error:  # the latter: nested too deep
            raise ValueError(str(error)) from error

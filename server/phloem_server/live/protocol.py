"""The Socket.IO messages, as records. What comes in is checked by its record before anything is done.

The text below a field is its one description, as in `phloem.model`: `bin/contract` hands it on to the TypeScript types
and to docs/contract.md.
"""

from __future__ import annotations

from typing import Any, Self, TypeVar

import msgspec

from phloem.errors import PhloemError
from phloem.model.changes import Position
from phloem.model.task import LogEntry, Task
from phloem_server.live.errors import MessageInvalid
from phloem_server.web.declared import Action

M = TypeVar("M")


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """Opens a view or a task; every change of it follows in frames."""

    view: dict[str, Any] | None = None
    """The query of a list. Either this or `task` is given."""

    task: str | None = None
    """Id of one task."""

    since: Position | None = None
    """Up to where the client holds everything, if it was there before: then only what changed since is answered."""

    searching: bool = False
    """What the client was told last: older rows were still to come, so it did not hold all there was."""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """The client has taken everything up to an offset. Once a second at most, when it has moved on."""

    watch: str
    """Name of the watch, from its answer."""

    offset: int
    """Offset of the last frame that was taken."""


class Unwatch(msgspec.Struct, frozen=True, kw_only=True):
    """Closes what `watch` opened."""

    watch: str
    """Name of the watch, from its answer."""


class Watching(msgspec.Struct, frozen=True, kw_only=True):
    """Connections of this web process."""

    view: int
    """Count of those that watch the same view."""

    all: int
    """Count of all."""


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """What a board shows: the answer to `watch` of it, and sent again whenever it changed."""

    ok: bool = True
    """True in an answer, and in what follows it."""

    watch: str
    """Name of the watch: `board:` and the name of the board."""

    board: Any
    """The board, as the HTTP call of its name answers it."""

    live: bool
    """Whether the server itself sees Redis."""

    now: float
    """The server's clock, in Unix seconds: of two boards the one with the greater is the newer."""

    part: bool | msgspec.UnsetType = msgspec.UNSET
    """True where `board` holds only what takes the place of the same things in the picture before."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to `watch`."""

    ok: bool = True
    """True in an answer that is no refusal."""

    watch: str
    """Name of the watch, which its frames bear. All that watch the same share it."""

    epoch: str
    """The record that offsets count in."""

    offset: int
    """The client holds everything up to this offset now."""

    tasks: tuple[Task, ...]
    """With `resumed` the tasks that changed since, else all there is to show."""

    drop: tuple[str, ...]
    """Ids of tasks that belong to the view no longer."""

    totals: dict[str, int]
    """Count of the tasks that fit, for each state; the choice of states, `before` and `limit` aside."""

    resumed: bool
    """Whether `tasks` and `drop` are what changed since the position of the client."""

    live: bool
    """Whether the server itself sees Redis."""

    now: float
    """The server's clock, in Unix seconds."""

    watching: Watching | msgspec.UnsetType = msgspec.UNSET
    """How many connections watch."""

    next: int | None = None
    """The `before` of the view that shows the rows which follow; null where there are none."""

    searching: bool = False
    """Whether rows and counts of older tasks are still to come, in frames."""

    log: tuple[LogEntry, ...] | msgspec.UnsetType = msgspec.UNSET
    """Of a task: its log; of a long one {task_view.LOG_KEPT} entries at most, and a `gap` for those left out."""


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a message that does not fit. It changed nothing."""

    ok: bool = False
    """False in a refusal."""

    error: str
    """What came and what was expected, in one sentence."""

    again: bool = False
    """Whether the same may be answered a moment later."""

    code: str = "error"
    """What went wrong, for programs: one of the codes under "Errors". A server of an earlier version sends none."""

    @classmethod
    def of(cls, error: PhloemError) -> Self:
        """The refusal that tells this error."""
        return cls(error=str(error), again=error.temporary, code=error.code)


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to `seen` and to `unwatch`."""

    ok: bool = True
    """True in an answer that is no refusal."""

    now: float | msgspec.UnsetType = msgspec.UNSET
    """The server's clock, in Unix seconds, in the answer to `seen`."""


class Frame(msgspec.Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """What changed in (from, to]. Rows are whole, so taking one in twice is harmless."""

    watch: str
    """Name of the watch, from its answer."""

    epoch: str
    """The record that offsets count in."""

    from_: int
    """The frame fits a client whose offset is not below this one."""

    to: int
    """The client holds everything up to this offset then. One below its own tells nothing new."""

    put: tuple[Task, ...]
    """Tasks that came or changed."""

    drop: tuple[str, ...]
    """Ids of tasks that belong to the view no longer."""

    totals: dict[str, int]
    """As in the answer to `watch`."""

    watching: Watching | msgspec.UnsetType = msgspec.UNSET
    """How many connections watch. Where nothing else changes it comes in a frame of its own, at most every 2 s."""

    next: int | None = None
    """As in the answer to `watch`."""

    searching: bool = False
    """As in the answer to `watch`."""

    lag: float = 0.0
    """Seconds that the last change took from Redis to the server; 0 once nothing was left to take in."""

    tick: float = 0.0
    """Seconds until the next frame, at least. More than 0.05: the server has much to do."""

    log: tuple[LogEntry, ...] | msgspec.UnsetType = msgspec.UNSET
    """Of a task: the entries that were added to its log."""


class Resync(msgspec.Struct, frozen=True, kw_only=True):
    """The client is to watch again: what it shows may be old."""

    watch: str
    """Name of the watch, from its answer."""

    reason: str
    """Why, in one sentence."""


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the server itself sees Redis; and which build of the page it hands out."""

    live: bool
    """Whether it sees Redis. Where not, all that it shows may be old."""

    since: float
    """Since when, in Unix seconds."""

    build: str | None = None
    """Name of the page's build, which a page can compare with its own."""

    trouble: str | None = None
    """What keeps Redis from recording what happens, as a sentence; null if nothing does."""


TO_SERVER: dict[str, type[msgspec.Struct]] = {"watch": Watch, "seen": Seen, "unwatch": Unwatch}
"""The messages of a client, by name. `watch` also takes the name of a board, and nothing else with it."""

NEEDS: dict[str, Action] = {"watch": "see", "seen": "see", "unwatch": "see"}
"""What a client has to be allowed for each of its messages. One that is not listed is refused to everybody."""

TO_CLIENT: dict[str, type[msgspec.Struct]] = {"frame": Frame, "resync": Resync, "status": Status, "board": Picture}
"""The messages of the server, by name."""


def read(message: Any, kind: type[M]) -> M | Refusal:
    """A message of a client as a record of that kind; a refusal if it does not fit."""
    try:
        return msgspec.convert(message, kind)
    except msgspec.ValidationError as error:
        return Refusal.of(MessageInvalid(f"The message does not fit: {error}."))


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

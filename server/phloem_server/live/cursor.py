"""How far a client is with a view, what a client that is behind gets next, and the limits on both."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass

from phloem_server.mirror.view import View

BEHIND_AFTER = 5.0
"""Seconds without `seen` after which a client counts as behind. Clients send it once a second."""

BEHIND_TICK = 2.0
"""Seconds between two frames to a client that is behind, each with all that is new since the last."""

BLOCKED_LIMIT = 30.0
"""Seconds for which a client's socket may take nothing. Then the connection is cut; the client can come back and
resume."""

SILENT_LIMIT = 30.0
"""Seconds for which a client may be behind although its socket takes everything. Then it is told to watch again; if it
sends nothing for as long again, the connection is cut."""

UNREAD_LIMIT = 64
"""Messages that may wait in a client's outbox when it asks for another answer; what it does not read stays in
memory."""


class Due(enum.Enum):
    """What a client that is behind gets now."""

    NOTHING = enum.auto()
    FRAME = enum.auto()
    """One frame with all that is new; it stays behind."""
    CATCH_UP = enum.auto()
    """One frame with all that is new; from then on it gets every frame."""
    RESYNC = enum.auto()
    """Word that it has to watch again; no frame until it does."""
    CUT = enum.auto()
    """The end of its connection."""


@dataclass(kw_only=True, slots=True)
class Cursor:
    """How far one client is with one view. There is no queue: what is new is worked out when it is sent.

    A client that is not `behind` gets every frame of the view. It falls behind when it has not confirmed a frame for
    BEHIND_AFTER (`waiting_since`: the first of them that it did not), or when its socket takes nothing
    (`blocked_since`). While it is behind, `told` is the offset of the last frame that was sent to it, at `sent_at`.
    `given_up`: it was told to watch again. Times are those of the monotonic clock.
    """

    view: View
    told: int
    sent_at: float
    behind: bool = False
    behind_since: float = 0.0
    given_up: bool = False
    blocked_since: float | None = None
    waiting_since: float | None = None

    def pass_by(self, since: int, now: float) -> bool:
        """Takes in that a frame from `since` is sent to the view's audience.

        Whether the client fell behind by that, and is not to get this frame.
        """
        if self.behind:
            self.told = min(self.told, since)  # a view may have found more as of an offset that was told before
        elif self.waiting_since is None:
            self.waiting_since = now
        elif now - self.waiting_since >= BEHIND_AFTER:
            self.behind, self.told, self.sent_at, self.behind_since = True, since, now, now
            return True
        return False

    def block(self, since: int, now: float) -> None:
        """Takes in that the client's socket did not take a frame from `since`."""
        self.behind, self.told = True, since
        self.blocked_since = self.behind_since = now

    def confirm(self, offset: int, now: float) -> bool:
        """Takes in that the client shows everything up to `offset`. Whether it can catch up, if it is behind."""
        if not self.behind:
            self.waiting_since = None if offset >= self.view.flushed else now
            return False
        if offset >= self.told:
            return True
        self.sent_at = now  # it reads what it was sent; one frame after that tells all the rest
        return False

    def tell(self, offset: int, now: float) -> None:
        """Takes in that the client was sent all that there is up to `offset`."""
        self.told, self.sent_at, self.blocked_since = offset, now, None

    def catch_up(self) -> None:
        """Takes in that the client gets every frame again."""
        self.behind, self.given_up, self.waiting_since = False, False, None

    def due(self, now: float, is_ready: Callable[[], bool]) -> Due:
        """What this client, which is behind, gets now. `is_ready` says whether its socket takes anything."""
        if self.blocked_since is not None:
            if is_ready():
                return Due.CATCH_UP
            return Due.CUT if now - self.blocked_since >= BLOCKED_LIMIT else Due.NOTHING
        if self.given_up:
            return Due.CUT if now - self.behind_since >= 2 * SILENT_LIMIT else Due.NOTHING
        if now - self.behind_since >= SILENT_LIMIT:
            return Due.RESYNC
        if self.told < self.view.flushed and now - self.sent_at >= BEHIND_TICK:
            return Due.FRAME
        return Due.NOTHING


@dataclass(frozen=True, kw_only=True)
class Census:
    """How many clients are connected, how many different views they watch, and how many were cut so far."""

    connected: int
    views: int
    behind: int
    blocked: int
    cut: int

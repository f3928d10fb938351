"""How far a viewer is, and how many are how far."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from phloem_server.mirror.view import View

BEHIND_AFTER = 5.0
"""Seconds without `seen` after which a viewer counts as behind. It is due once a second."""

BEHIND_TICK = 2.0
"""Seconds between two frames to a viewer who is behind, each with all that is new since the last."""

BLOCKED_LIMIT = 30.0
"""Seconds for which a viewer's socket may take nothing. Then the connection is ended; he can come back and resume."""

SILENT_LIMIT = 30.0
"""Seconds for which a viewer may be behind whose socket takes everything. Then he is told to watch again; if nothing
is heard of him for as long again, the connection is ended."""


@dataclass(kw_only=True, slots=True)
class Cursor:
    """How far one viewer is with one view. There is no queue: what is new is worked out when it is sent.

    `told` is the offset of the last frame sent while behind; who keeps up is where the view is. Behind is who did
    not say `seen` for a while, or whose socket takes nothing since `blocked_since`. Who is behind since `behind_since`
    for too long is told to watch again, and is sent nothing more until he does: `given_up`.
    """

    view: View
    told: int
    behind: bool = False
    behind_since: float = 0.0
    given_up: bool = False
    blocked_since: float | None = None
    waiting_since: float | None = None
    sent_at: float = field(default_factory=time.monotonic)


@dataclass(frozen=True, kw_only=True)
class Census:
    """How many are here now, how many different views they look at, and how many were cut off so far."""

    connected: int
    views: int
    behind: int
    blocked: int
    cut: int

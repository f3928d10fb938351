"""By what a task is known, and whose word counts more."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec


class KnownBy(StrEnum):
    """Who tells of a task. What one of them says is never overwritten by what a later one in this list says."""

    ATTACH = "attach"
    """A process of its app that called `phloem.attach`."""

    BACKEND = "backend"
    """What Celery's result backend stores."""

    EVENTS = "events"
    """Celery's own events."""

    BROKER = "broker"
    """The message that waits in the broker."""

    INSPECT = "inspect"
    """What workers answer when they are asked which tasks they have."""

    @property
    def rank(self) -> int:
        """0 for the one that knows best; the Redis Functions follow the same ranks."""
        return RANKS[self]


RANKS = {known_by: rank for rank, known_by in enumerate(KnownBy)}
"""Position of each in the order of trust."""

Teller = Annotated[str, msgspec.Meta(extra_json_schema={"enum": [str(each) for each in KnownBy]})]
"""Who told of a task, as readers get it. They take any other as well: a later version may know more."""

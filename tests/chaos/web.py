"""`phloem serve`, whose relay now and then does not hear a message: `python -m tests.chaos.web serve`."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

from phloem_server.__main__ import main
from phloem_server.transport.modes import choice

UNHEARD = "CHAOS_UNHEARD"
"""The variable that names a file, which grows by a byte with each message that is not heard."""


def deafen() -> None:
    """Loses messages between Redis and the relay. To be called once the mode is prepared: it imports redis."""
    from phloem.model.changes import Changes
    from phloem.record import redis_record as channel
    from tests.chaos.readers import DROPPED

    listen = channel.RedisChannel.listen
    file = os.open(Path(os.environ[UNHEARD]), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def bad_ear(self: channel.RedisChannel, idle: float) -> Iterator[object]:
        for message in listen(self, idle):
            if isinstance(message, Changes) and random.random() < DROPPED:
                os.write(file, b".")
            else:
                yield message

    vars(channel)["RedisChannel"].listen = bad_ear


def _prepare_deafened(mode: str) -> None:
    _prepare(mode)
    deafen()


if __name__ == "__main__":
    _prepare = choice.prepare
    vars(choice)["prepare"] = _prepare_deafened
    main()

"""The record of the namespace that the environment names, for one command."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from phloem.errors import PhloemError
from phloem.record.record import ChannelError
from phloem.record.redis_record import RedisChannel
from phloem.settings import RecordSettings
from phloem_server.commands.output import warn


@contextmanager
def opened_record() -> Iterator[RedisChannel]:
    """The record. What is refused ends the command with that sentence, and status 1. ChannelError."""
    channel = RedisChannel(RecordSettings.of_record(os.environ))
    try:
        yield channel
    except ChannelError:
        raise
    except PhloemError as error:
        warn(str(error))
        raise SystemExit(1) from None
    finally:
        channel.close()

"""The end of a process: what is to be done before it, and the goodbye of the leases that it held."""

from __future__ import annotations

import atexit
import sys
from collections.abc import Callable, Iterable
from typing import Any

from phloem.logs import logger_of
from phloem.record.record import Channel, ChannelError

logger = logger_of(__name__)


class ProcessEnd:
    """Calls something if this process ends between `heed` and `ignore`. Not safe to use from two threads at once."""

    def __init__(self, call: Callable[[], None]) -> None:
        self._call = call
        self._finalizer: Any = None

    def heed(self) -> None:
        """Has it called when the process ends."""
        atexit.register(self._call)
        self._finalizer = _finalizer(self._call)

    def ignore(self) -> None:
        """Has it called no more."""
        atexit.unregister(self._call)
        if self._finalizer is not None:
            self._finalizer.cancel()
            self._finalizer = None


def _finalizer(call: Callable[[], None]) -> Any:
    """What calls this when this process ends, if `multiprocessing` began it: such a one ends without `atexit`. None in
    other processes.
    """
    process, util = sys.modules.get("multiprocessing.process"), sys.modules.get("multiprocessing.util")
    if process is not None and util is not None and process.parent_process() is not None:
        return util.Finalize(None, call, exitpriority=0)
    return None


def say_goodbye(channel: Channel | None, leases: Iterable[str]) -> None:
    """Ends the leases, and closes the channel."""
    if channel is None:
        return
    try:
        for lease in leases:
            channel.heartbeat(lease, 0)
    except ChannelError as error:
        logger.warning("Phloem could not say that this worker ends: %s", error)
    finally:
        channel.close()

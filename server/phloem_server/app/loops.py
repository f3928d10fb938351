"""Every thread of an application: where it starts, and where it ends."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Protocol, Self

logger = logging.getLogger(__name__)

END_SECONDS = 6.0
"""Seconds for which the ends of threads are waited for: one that waits for a silent Redis takes up to five."""


class Loop(Protocol):
    """Something that goes on until it is stopped, in a thread of its own."""

    def run(self) -> None:
        """Goes on until `stop` is called, be it before or meanwhile."""

    def stop(self) -> None:
        """Has `run` return soon. May be called from any thread, and more than once."""


class Loops:
    """Threads by name, one for each loop. They start once and end once; as a context, they run for the block."""

    def __init__(self, loops: Mapping[str, Loop]) -> None:
        self._loops = dict(loops)
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Starts each in a thread of its own, which does not keep the process from ending."""
        for name, loop in self._loops.items():
            thread = threading.Thread(target=loop.run, name=f"phloem-{name}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """Has all end soon."""
        for loop in self._loops.values():
            loop.stop()

    def close(self, seconds: float = END_SECONDS) -> None:
        """Stops all and waits for so long at most until they have ended; logs the name of one that has not."""
        self.stop()
        end = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
            if thread.is_alive():
                logger.warning("The thread %s did not end within %g seconds", thread.name, seconds)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

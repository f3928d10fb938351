"""What an application runs besides answering requests, from its start to its end."""

from __future__ import annotations

from phloem_server.app.loops import END_SECONDS, Loops
from phloem_server.live.hub import Hub
from phloem_server.transport.fanout import Fanout


class Runtime:
    """Is `extensions["phloem"]` of the application that `create_app` made.

    What was given to `create_app` stays the caller's: its channel and the connections of its Celery app are not closed
    here.
    """

    def __init__(self, hub: Hub, fanout: Fanout, loops: Loops) -> None:
        self.hub = hub
        self._fanout = fanout
        self._loops = loops

    def start(self) -> None:
        """Starts all threads. Without that, requests are answered and nothing is followed or sent."""
        self._loops.start()

    def stop(self, dismissal: float) -> None:
        """Ends all connections within so many seconds, and has all threads end soon: for a process that ends.

        Call it once no connection is accepted any more. Nothing waits for the threads.
        """
        self.hub.dismiss(dismissal)
        self._loops.stop()

    def close(self, seconds: float = END_SECONDS) -> None:
        """Ends all threads and connections, and waits for the threads for so many seconds at most.

        Call it once no connection is accepted any more.
        """
        self._loops.close(seconds)
        self._fanout.close()
